"""The mail server of `exchange inbound`: takes replies for addresses that the exchange made, and nothing else."""

import asyncio
from collections import Counter
from typing import Any, Final

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from exchange.files import MAX_BYTES
from exchange.inbound.letter import read
from exchange.inbound.posting import AUTOMATIC, UNKNOWN, Poster
from exchange.log import reason

# One file of the largest size, as text for transport, and what is written.
MOST_BYTES: Final = MAX_BYTES * 4 // 3 + 1_000_000
CONNECTIONS: Final = 50
FROM_ONE_HOST: Final = 10
RECIPIENTS: Final = 5
IDLE_S: Final = 60.0
COMMANDS: Final = 100
HOST: Final = "exchange"

log = structlog.get_logger(__name__)


class Receiver:
    """What the server does with an address and a letter; aiosmtpd calls it by these names."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """A letter without a sender is a machine's."""
        if not address.strip("<> "):
            return AUTOMATIC
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Refused before the letter is sent, when nobody would get it."""
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        refusal = await self._poster.answers(address, envelope.mail_from or "")
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Every address is posted to. One answer for all: asked again after a part, what was posted stays one message."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        letter = await asyncio.to_thread(read, content)
        answers = [await self._poster.post(address, letter, envelope.mail_from or "") for address in envelope.rcpt_tos]
        for status in ("4", "5"):
            for answer in answers:
                if answer.startswith(status):
                    return answer
        return answers[0] if answers else UNKNOWN

    async def handle_exception(self, error: Exception) -> str:
        """Something of ours failed: the sender tries again."""
        log.error("a letter was not taken", error=reason(error))
        return "451 4.3.0 Not available for a moment. Send it again."


class _Door:
    """How many are connected, in all and from each host."""

    def __init__(self) -> None:
        self.hosts: Counter[str] = Counter()

    def enter(self, host: str) -> bool:
        if self.hosts.total() >= CONNECTIONS or self.hosts[host] >= FROM_ONE_HOST:
            return False
        self.hosts[host] += 1
        return True

    def leave(self, host: str) -> None:
        self.hosts[host] -= 1
        if not self.hosts[host]:
            del self.hosts[host]


class _Connection(SMTP):
    """One connection; one too many is told so and closed."""

    def __init__(self, door: _Door, receiver: Receiver) -> None:
        super().__init__(
            receiver,
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname=HOST,
            ident="exchange",
            timeout=IDLE_S,
            command_call_limit=COMMANDS,
        )
        self._door = door
        self._host: str | None = None

    def connection_made(self, transport: Any) -> None:
        peer = transport.get_extra_info("peername")
        host = str(peer[0]) if peer else ""
        if not self._door.enter(host):
            transport.write(b"421 4.7.0 Too many connections. Try again later.\r\n")
            transport.close()
            return
        self._host = host
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._host is not None:
            self._door.leave(self._host)
            self._host = None
            super().connection_lost(error)


async def listen(poster: Poster, host: str, port: int) -> asyncio.Server:
    """A server that listens; the caller closes it. Port 0 takes a free one."""
    door, receiver = _Door(), Receiver(poster)
    return await asyncio.get_running_loop().create_server(lambda: _Connection(door, receiver), host, port)
