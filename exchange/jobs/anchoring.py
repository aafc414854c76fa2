"""Keeps the head of the record outside the database, signed: appended to a file and sent by e-mail, every hour and on demand."""

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
import structlog

from exchange.domain.history.anchor import Anchor, private_key, sign
from exchange.log import reason
from exchange.notify.mail import send
from exchange.settings import Settings
from exchange.verify_audit import head

EVERY_S: Final = 3600.0

log = structlog.get_logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


async def anchor(settings: Settings, clock: Callable[[], datetime] = _now) -> Anchor | None:
    """Sign the head as it is now and keep it; nothing without a key, without events, or when this head is kept already.

    The file comes first: an e-mail that cannot be sent is an error in the log, and the next hour sends a later head.
    """
    if not settings.audit_key:
        return None
    connection = await asyncpg.connect(settings.database_url, timeout=10, server_settings={"application_name": "exchange anchor"})
    try:
        found = await head(connection)
    finally:
        await connection.close()
    if found is None:
        return None
    made = sign(private_key(settings.audit_key), found, clock())
    if settings.audit_anchors and not await asyncio.to_thread(keep, Path(settings.audit_anchors), made):
        return None
    if settings.audit_mail:
        try:
            await send(letter(made, settings), settings.smtp_url)
        except Exception as error:
            log.error("the anchor was not mailed", position=made.position, error=reason(error))
    log.info("record anchored", position=made.position)
    return made


def keep(file: Path, made: Anchor) -> bool:
    """Append one line, on disk before it returns; false when the last line holds this head already.

    A line that was cut off while it was written never was an anchor: it goes, or it would spoil the next one.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, 4096, max(0, size - 4096)).splitlines()
        whole = size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
        if tail and f'"hash":"{made.hash}"'.encode() in tail[-1]:
            return False
        if not whole and tail[-1].endswith(b"}"):
            os.write(descriptor, b"\n")
        elif not whole:
            os.ftruncate(descriptor, size - len(tail[-1]))
        os.write(descriptor, msgspec.json.encode(made) + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return True


def letter(made: Anchor, settings: Settings) -> EmailMessage:
    """The e-mail that keeps an anchor; `exchange verify audit --anchors FILE.eml` reads it as it is."""
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from
    message["To"] = settings.audit_mail
    message["Subject"] = f"Record of the exchange: head {made.position}"
    message.set_content(
        "Keep this message: it proves later that the record up to this position was not changed.\n"
        "Check it with: exchange verify audit --anchors FILE --public-key KEY\n\n"
        f"{msgspec.json.encode(made).decode()}\n"
    )
    return message
