"""Guarantee 28: no webhook reaches inside, however its address is written and whatever its name answers."""

import asyncio
import ipaddress
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Final

import httpx2

from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.instead import instead
from exchange.domain.webhook.address import Target
from exchange.domain.webhook.model import new_secret
from exchange.notify import webhooks
from exchange.notify.webhooks import Refused, Resolve, Sender, look_up

NOBODY: Final[frozenset[str]] = frozenset()
TIMEOUT_S: Final = 3.0
# {port} is that of a real listener on loopback, which must never be called.
HOSTILE: Final = (
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://127.0.1:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.0.0.1:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://0:{port}/",
    "https://0.0.0.0:{port}/",
    "https://127.255.255.254:{port}/",
    "https://localhost:{port}/",
    "https://LOCALHOST:{port}/",
    "https://localhost.:{port}/",
    "https://[::1]:{port}/",
    "https://[::]:{port}/",
    "https://[0:0:0:0:0:0:0:1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[::127.0.0.1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://[2002:7f00:1::]:{port}/",
    "https://[2001:0:7f00:1::]:{port}/",
    "https://[fe80::1]:{port}/",
    "https://[fe80::1%25lo]:{port}/",
    "https://[fc00::1]:{port}/",
    "https://[fd12:3456::1]:{port}/",
    "https://[ff02::1]:{port}/",
    "https://10.0.0.1:{port}/",
    "https://100.64.0.1:{port}/",
    "https://169.254.169.254:{port}/latest/meta-data/",
    "https://172.16.0.1:{port}/",
    "https://192.0.0.8:{port}/",
    "https://192.168.1.1:{port}/",
    "https://198.18.0.1:{port}/",
    "https://224.0.0.1:{port}/",
    "https://255.255.255.255:{port}/",
    "https://example.com@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@example.com/",
    "https://user:word@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}#@example.com/",
    "https://①②⑦.⓪.⓪.①:{port}/",
    "https://127。0。0。1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd?{port}",
    "gopher://127.0.0.1:{port}/_",
    "https:///{port}",
    "https://127.0.0.1:{port}\r\nHost: example.com/",
    "https://127.0.0.1 :{port}/",
    "https://[::1:{port}/",
    "https://127.0.0.1:{port}{port}/",
)
# What a name answers that somebody outside has made to point inside.
ANSWERS: Final = (
    ("127.0.0.1",),
    ("::ffff:127.0.0.1",),
    ("93.184.216.34", "127.0.0.1"),
    ("0.0.0.0",),  # noqa: S104  an answer, nothing is bound to it
)


class _Inside:
    """A server on loopback that counts who reaches it, and answers with `answer`."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0
        self.answer = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            # A greeting of TLS has no such end: it is hung up on.
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 0.2)
            writer.write(self.answer)
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def _inside() -> AsyncGenerator[_Inside]:
    found = _Inside()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()


def _lenient(url: str, _exempt: frozenset[str]) -> Target:
    """What a careless sender makes of an address: whatever can be called is called."""
    parsed = httpx2.URL(url)
    return Target(url=url, host=parsed.host, port=parsed.port or 443, exempt=True)


@contextmanager
def _wall(guarded: bool) -> Generator[None]:
    with ExitStack() as stack:
        if not guarded:
            stack.enter_context(instead(webhooks, "target", _lenient))
            stack.enter_context(instead(webhooks, "is_public", lambda _address: True))
        yield


def _only_loopback(resolve: Resolve) -> Resolve:
    """Without the wall this machine alone is called, and nobody else's network."""

    async def look(host: str, port: int) -> list[str]:
        found = [ipaddress.ip_address(text.partition("%")[0]) for text in await resolve(host, port)]
        near = [item for item in found if item.is_loopback or item.is_unspecified or getattr(item, "ipv4_mapped", None)]
        return [str(item) for item in near]

    return look


def _answering(answer: tuple[str, ...]) -> Resolve:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(answer)

    return resolve


async def call(plan: Plan) -> Figures:
    """Every hostile spelling, every name that points inside, and a redirect; nobody is exempt but the one that redirects."""
    refused = 0

    async def send(resolve: Resolve, url: str, exempt: frozenset[str] = NOBODY) -> int:
        sender = Sender(resolve=resolve if plan.guarded else _only_loopback(resolve), timeout_s=TIMEOUT_S)
        try:
            await sender.send(url, new_secret(), "id", b"{}", exempt)
        except (Refused, ValueError, OverflowError, ExceptionGroup):
            return 1
        return 0

    async with _inside() as inside, _inside() as outside:
        with _wall(plan.guarded):
            for hostile in HOSTILE:
                refused += await send(look_up, hostile.replace("{port}", str(inside.port)))
            for answer in ANSWERS:
                refused += await send(_answering(answer), f"https://hooks.partner.example:{inside.port}/")
        outside.answer = (
            f"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:{inside.port}/\r\nContent-Length: 0\r\n\r\n"
        ).encode()
        pair = f"127.0.0.1:{outside.port}"
        refused += await send(look_up, f"http://{pair}/", frozenset({pair}))
        return {
            "addresses": len(HOSTILE) + len(ANSWERS) + 1,
            "refused": refused,
            "redirected": outside.connections,
            "connections": inside.connections,
        }


CASES: Final = (
    Case(
        id="28",
        name="webhooks to addresses inside, names that point there, and a redirect",
        attempt=call,
        exercised=lambda f: f["addresses"] >= 40 and f["redirected"] == 1,
        holds=lambda f: f["connections"] == 0 and f["refused"] == f["addresses"],
    ),
)
