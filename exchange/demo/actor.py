"""A person or partner system of the story, who knows nothing but the public API."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx2

WAIT_S: Final = 60.0
POLL_S: Final = 0.02


class Refused(Exception):
    """The exchange refused what the story needs; the answer says why."""


class Actor:
    """One signed-in person (cookie) or system (key)."""

    def __init__(self, url: str, name: str, *, key: str | None = None) -> None:
        self.name = name
        headers = {"origin": url} if key is None else {"authorization": f"Bearer {key}"}
        self._client = httpx2.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=60)

    async def close(self) -> None:
        await self._client.aclose()

    @property
    def cookies(self) -> dict[str, str]:
        """What a browser of this person would send."""
        return dict(self._client.cookies)

    async def sign_in(self, email: str, password: str) -> dict[str, Any]:
        return await self.post("/session", {"email": email, "password": password})

    async def get(self, path: str, **query: Any) -> Any:
        """The answer; Refused for anything but 2xx."""
        return self._checked(await self._client.get(path, params=query))

    async def status(self, method: str, path: str, body: Any = None, key: str | None = None) -> tuple[int, Any]:
        """Status and body, whatever they are: for what must be refused."""
        answer = await self._client.request(method, path, json=body, headers={"Idempotency-Key": key or uuid.uuid4().hex})
        return answer.status_code, answer.json() if answer.content else None

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Do something once."""
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self._checked(await self._client.post(path, json=body, headers=headers))

    async def patch(self, path: str, body: Any) -> Any:
        return self._checked(await self._client.patch(path, json=body))

    async def put(self, path: str, body: Any, **query: Any) -> Any:
        return self._checked(await self._client.put(path, json=body, params=query))

    async def upload(self, purpose: str, name: str, content: bytes) -> str:
        """The id of a stored file."""
        answer = await self._client.post("/files", params={"purpose": purpose}, files={"file": (name, content)})
        return str(self._checked(answer)["id"])

    async def send_file(self, path: str, name: str, content: bytes) -> Any:
        return self._checked(await self._client.post(path, files={"file": (name, content)}))

    async def bytes(self, path: str) -> bytes:
        answer = await self._client.get(path)
        if answer.status_code >= 300:
            raise Refused(f"{self.name}: GET {path}: {answer.status_code} {answer.text[:500]}")
        return answer.content

    async def today(self) -> str:
        """The market's date in Viet Nam, as an invoice bears it."""
        now = datetime.fromisoformat((await self.get("/clock"))["now"])
        return now.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).date().isoformat()

    async def until(self, path: str, seen: Callable[[Any], bool], **query: Any) -> Any:
        """Ask again until it is so: jobs run beside the story."""

        async def ask() -> Any:
            return await self.get(path, **query)

        return await until(ask, seen, f"{self.name}: {path}")

    def _checked(self, answer: httpx2.Response) -> Any:
        if answer.status_code >= 300:
            request = answer.request
            raise Refused(f"{self.name}: {request.method} {request.url.path}: {answer.status_code} {answer.text[:800]}")
        return answer.json() if answer.content else None


async def until(ask: Callable[[], Awaitable[Any]], seen: Callable[[Any], bool], what: str) -> Any:
    """The first answer that satisfies `seen`; TimeoutError after 60 seconds."""
    deadline = time.monotonic() + WAIT_S
    while True:
        found = await ask()
        if seen(found):
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not become what the story waits for: {str(found)[:600]}")
        await asyncio.sleep(POLL_S)
