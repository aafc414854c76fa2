"""The mailbox of a machine that tries the exchange: takes every message by SMTP on loopback and keeps it as a file."""

from pathlib import Path
from typing import Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from exchange.embedded.local import LOOPBACK, free_port
from exchange.ids import new_id

MOST_BYTES: Final = 10_000_000


class Mailbox:
    """An SMTP server while it is entered; one .eml file for each message, named by time of arrival and first reader."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"smtp://{LOOPBACK}:{(port := free_port())}"
        self._controller = Controller(self, hostname=LOOPBACK, port=port, data_size_limit=MOST_BYTES)

    def __enter__(self) -> "Mailbox":
        self.folder.mkdir(parents=True, exist_ok=True)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        """Called for each message, in the server's own thread."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        reader = "".join(c for c in (envelope.rcpt_tos or ["nobody"])[0] if c.isalnum() or c in "@.-")[:100]
        (self.folder / f"{new_id()}-{reader}.eml").write_bytes(content)
        return "250 OK"
