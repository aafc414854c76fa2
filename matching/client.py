"""How the api and the worker ask the matcher: one persistent connection, many requests at once, answers by request id.

A frame is a length of 4 bytes, high byte first, and that much MessagePack.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import msgspec

from schemas.matching import (
    FRAME_BYTES_MAX,
    Freshness,
    MatchRequest,
    MatchResponse,
    MatchResult,
    Need,
    Ping,
    Pong,
    Refusal,
    Request,
    Response,
    SearchQuery,
    SearchRequest,
    SearchResponse,
    SearchResult,
)

TIMEOUT_S = 2.5
HEADER_BYTES = 4


class MatcherUnavailable(Exception):
    """The matcher gave no answer; asking again later may help. Its text is the reason, one word.

    "unreachable", "timeout", or what the matcher itself said: "starting", "behind", "invalid", "too-large", "failed".
    """


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """The next frame, or None at the end. Raises ConnectionError for a broken or over-long one."""
    try:
        size = int.from_bytes(await reader.readexactly(HEADER_BYTES))
        if size > FRAME_BYTES_MAX:
            raise ConnectionError(f"a frame of {size} bytes")
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError as cut:
        if cut.partial:
            raise ConnectionError("cut inside a frame") from cut
        return None


def packed(payload: bytes) -> bytes:
    """A frame around the payload, which must be within the limit."""
    assert len(payload) <= FRAME_BYTES_MAX, "the caller checks the size"
    return len(payload).to_bytes(HEADER_BYTES) + payload


class MatcherClient:
    """Connects on first use and again after a loss. Safe to share between the tasks of one event loop."""

    def __init__(self, socket_path: str | Path, *, timeout_s: float = TIMEOUT_S) -> None:
        self._path = str(socket_path)
        self._timeout_s = timeout_s
        self._ids = count(1)
        self._connecting = asyncio.Lock()
        self._connection: _Connection | None = None
        self._encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode

    async def match(self, needs: Sequence[Need], seen: Freshness | None = None) -> list[MatchResult]:
        """The ranked and explained matches of each need, in order. Raises MatcherUnavailable."""
        answer = await self._ask(MatchRequest(next(self._ids), list(needs), seen or Freshness()))
        if not isinstance(answer, MatchResponse):
            raise MatcherUnavailable("invalid")
        return answer.results

    async def search(self, query: SearchQuery, seen: Freshness | None = None) -> SearchResult:
        """One page of found offers. Raises MatcherUnavailable."""
        answer = await self._ask(SearchRequest(next(self._ids), query, seen or Freshness()))
        if not isinstance(answer, SearchResponse):
            raise MatcherUnavailable("invalid")
        return answer.result

    async def ping(self) -> Pong:
        """How the matcher is, also while it starts. Raises MatcherUnavailable."""
        answer = await self._ask(Ping(next(self._ids)))
        if not isinstance(answer, Pong):
            raise MatcherUnavailable("invalid")
        return answer

    async def close(self) -> None:
        """Lets go of the connection; the next question makes a new one."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _ask(self, request: Request) -> Response:
        payload = self._encode(request)
        if len(payload) > FRAME_BYTES_MAX:
            raise MatcherUnavailable("too-large")
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._answer(request.request_id, packed(payload))
        except TimeoutError as late:
            raise MatcherUnavailable("timeout") from late
        except OSError as gone:
            raise MatcherUnavailable("unreachable") from gone
        if isinstance(answer, Refusal):
            raise MatcherUnavailable(answer.error)
        return answer

    async def _answer(self, request_id: int, frame: bytes) -> Response:
        """Asks once more on a new connection when a kept one turns out to be dead: questions change nothing."""
        kept = self._connection
        if kept is not None and kept.open:
            with contextlib.suppress(ConnectionError):
                return await kept.ask(request_id, frame)
        return await (await self._connected()).ask(request_id, frame)

    async def _connected(self) -> "_Connection":
        async with self._connecting:
            if self._connection is None or not self._connection.open:
                await self.close()
                self._connection = _Connection(*await asyncio.open_unix_connection(self._path))
            return self._connection


class _Connection:
    """One connection, its waiting questions, and the task that hands out the answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open = True
        self._reader = reader
        self._writer = writer
        self._waiting: dict[int, asyncio.Future[Response]] = {}
        self._decode = msgspec.msgpack.Decoder[Response](Response).decode
        self._task = asyncio.create_task(self._hand_out())

    async def ask(self, request_id: int, frame: bytes) -> Response:
        if not self.open:
            raise ConnectionResetError("the matcher has gone")
        waiting: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = waiting
        try:
            self._writer.write(frame)
            await self._writer.drain()
            return await waiting
        finally:
            del self._waiting[request_id]

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _hand_out(self) -> None:
        """Until the end of the connection; whoever still waits then learns that it is gone."""
        try:
            while (payload := await read_frame(self._reader)) is not None:
                answer = self._decode(payload)
                waiting = self._waiting.get(answer.request_id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except (OSError, msgspec.MsgspecError):
            pass  # whatever broke it, the connection has ended
        finally:
            self.open = False
            self._writer.close()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionResetError("the matcher has gone"))
