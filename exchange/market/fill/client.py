"""The product's public API as one person or system uses it: typed answers, and the same key when a request is sent again."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import httpx2
import msgspec

from exchange.problems import Problem

API: Final = "/api/v1"
TIMEOUT_S: Final = 60.0
ATTEMPTS: Final = 40
# A market that is busy, or whose process has just been started again, is asked again after this.
AGAIN_S: Final = 0.25
AGAIN: Final = frozenset({429, 502, 503})
KEY_IN_PROGRESS: Final = "key-in-progress"
WAIT_S: Final = 30.0
FIRST_POLL_S: Final = 0.02
LONGEST_POLL_S: Final = 0.2

T = TypeVar("T")
Query = str | int | bool


class FillFailed(Exception):
    """The sample market could not be filled; the message says at which request or wait."""


class Caller:
    """One session or key. Every request that changes something has a key of its own, kept when it is sent again."""

    def __init__(self, url: str, name: str, turns: asyncio.Semaphore, *, secret: str | None = None) -> None:
        self._name = name
        self._turns = turns
        self._http = httpx2.AsyncClient(
            base_url=f"{url}{API}",
            headers={} if secret is None else {"authorization": f"Bearer {secret}"},
            timeout=TIMEOUT_S,
            trust_env=False,
            verify=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str, answer: type[T], **query: Query) -> T:
        return _read(await self._send("GET", path, query), answer)

    async def post(self, path: str, answer: type[T], body: msgspec.Struct | None = None, **query: Query) -> T:
        return _read(await self._send("POST", path, query, body), answer)

    async def put(self, path: str, answer: type[T], body: msgspec.Struct) -> T:
        return _read(await self._send("PUT", path, {}, body), answer)

    async def patch(self, path: str, answer: type[T], body: msgspec.Struct) -> T:
        return _read(await self._send("PATCH", path, {}, body), answer)

    async def upload(self, path: str, answer: type[T], name: str, content: bytes, **query: Query) -> T:
        return _read(await self._send("POST", path, query, file=(name, content)), answer)

    async def _send(
        self,
        method: str,
        path: str,
        query: dict[str, Query],
        body: msgspec.Struct | None = None,
        file: tuple[str, bytes] | None = None,
    ) -> bytes:
        headers = {"idempotency-key": uuid.uuid4().hex} if method == "POST" else {}
        sent: dict[str, Any] = {"params": query, "headers": headers}
        if body is not None:
            headers["content-type"] = "application/json"
            sent["content"] = msgspec.json.encode(body)
        if file is not None:
            sent["files"] = {"file": file}
        said = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(AGAIN_S)
            try:
                async with self._turns:
                    answer = await self._http.request(method, path, **sent)
            except httpx2.TransportError as error:
                said = f"{type(error).__name__} {error}"
                continue
            if answer.status_code < 300:
                return answer.content
            said = _refusal(answer)
            if answer.status_code not in AGAIN and KEY_IN_PROGRESS not in said:
                break
        raise FillFailed(f"{self._name}: {method} {path}: {said}")


def _read(content: bytes, answer: type[T]) -> T:
    return msgspec.json.decode(content, type=answer)


def _refusal(answer: httpx2.Response) -> str:
    """A problem document in one line."""
    try:
        problem = msgspec.json.decode(answer.content, type=Problem)
    except msgspec.DecodeError:
        return f"{answer.status_code} {answer.text[:300]}"
    wrong = "".join(f"; {item.pointer} {item.detail}" for item in problem.errors)
    return f"{problem.status} {problem.code}: {problem.detail}{wrong} (request {problem.request_id})"


async def until(what: str, look: Callable[[], Awaitable[T]], ready: Callable[[T], bool]) -> T:
    """Look until it is ready: a job does it beside us. FillFailed after 30 s."""
    end = time.monotonic() + WAIT_S
    pause_s = FIRST_POLL_S
    while not ready(found := await look()):
        if time.monotonic() > end:
            raise FillFailed(f"{what}: not within {WAIT_S:.0f} s")
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LONGEST_POLL_S)
    return found
