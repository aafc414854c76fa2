"""One reply becomes one message: who the address names writes it, however often the e-mail is delivered."""

from hashlib import sha256
from typing import Final
from uuid import UUID

import structlog

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.file import service as files
from exchange.domain.file.model import Received
from exchange.domain.permission import need
from exchange.domain.thread import service
from exchange.domain.thread.model import BODY_MOST, FILES_MOST, Message
from exchange.domain.thread.reply import Replier, replier, told_by
from exchange.errors import DomainError, Unavailable
from exchange.files import Files
from exchange.ids import new_request_id
from exchange.inbound.letter import Letter, proved
from schemas.thread import MessageIn

log = structlog.get_logger(__name__)

UNKNOWN: Final = "550 5.1.1 This address takes no mail. Open the conversation on the exchange to answer."
ENDED: Final = "550 5.7.1 This address takes no answers any more. Open the conversation on the exchange to answer."
STRANGER: Final = (
    "550 5.7.1 Answers are taken from the address of your own account alone. Open the conversation on the exchange to answer. "
    "Nothing was sent."
)
AUTOMATIC: Final = "550 5.7.1 Automatic replies are not taken."
EMPTY: Final = "550 5.6.0 There is no text above the history, and no file. Nothing was sent."
TOO_LONG: Final = f"550 5.3.4 A message has at most {BODY_MOST} characters. Nothing was sent."
LATER: Final = "451 4.3.0 Not available for a moment. Send it again."


class _Again(Exception):
    """This e-mail has been posted before: what is about to be kept a second time is undone."""

    def __init__(self, message: Message) -> None:
        super().__init__()
        self.message = message


class Poster:
    """Looks addresses up and posts, over the database as the api role.

    `proved_by` names the mail server before this one, which checks where letters come from; empty: none does.
    """

    def __init__(self, db: Database, stored: Files, secret: str, proved_by: str = "") -> None:
        self._db = db
        self._stored = stored
        self._secret = secret
        self._proved_by = proved_by

    async def answers(self, address: str, sender: str) -> str | None:
        """Why an address takes no mail of a sender; None: it does."""
        told = told_by(address, self._secret)
        if told is None:
            return UNKNOWN
        try:
            found = await self._replier(told)
        except Unavailable:
            return LATER
        if found is None:
            return ENDED
        return None if found.writes_from(sender) else STRANGER

    async def _replier(self, told: UUID) -> Replier | None:
        async with self._db.system() as tx:
            return await replier(tx, told)

    def _comes_from(self, found: Replier, letter: Letter, sender: str) -> bool:
        """Whether envelope and letter name the person's own address, and whoever checks such things agrees."""
        named = found.writes_from(sender) and found.writes_from(letter.sender)
        return named and (not self._proved_by or proved(letter, self._proved_by))

    async def post(self, address: str, letter: Letter, sender: str) -> str:
        """Post a letter to one address; the answer of the mail server. A refusal says why and promises nothing was sent."""
        told = told_by(address, self._secret)
        if told is None:
            return UNKNOWN
        if letter.automatic:
            return AUTOMATIC
        if not letter.text and not letter.files:
            return EMPTY
        if len(letter.text) > BODY_MOST:
            return TOO_LONG
        try:
            found = await self._replier(told)
            if found is None:
                return ENDED
            if not self._comes_from(found, letter, sender):
                return STRANGER
            await self._write(found, letter, sha256(told.bytes + letter.key).digest())
        except DomainError as error:
            if error.status >= 500:
                return LATER
            said = " ".join(item.text() for item in error.errors) or error.text()
            return "550 5.7.1 " + f"{said} Nothing was sent.".encode("ascii", "replace").decode()[:400]
        log.info("reply posted", notification_id=str(told))
        return "250 2.0.0 Posted"

    async def _write(self, found: Replier, letter: Letter, key: bytes) -> Message:
        """The bytes of files first, then files and message in one transaction; a reply to a note stays a note."""
        acting = found.acting(new_request_id())
        need(acting, "message.write")
        standing = service.STANDING[found.kind]
        received: list[Received] = []
        try:
            for file in letter.files[:FILES_MOST]:
                await files.admit(self._db, acting, len(file.content), "attachment", standing)
                received.append(await files.receive(acting, self._stored, file.name, file.content, "attachment"))
            message = await self._commit(found, acting, letter, key, received)
        except _Again as before:
            message = before.message
        except DomainError as error:
            if error.status < 500:
                await self._drop(received)
            raise
        await self._drop([item for item in received if item.id not in message.files])
        return message

    async def _commit(self, found: Replier, acting: Ctx, letter: Letter, key: bytes, received: list[Received]) -> Message:
        async with self._db.tx(acting, service.STANDING[found.kind]) as tx:
            for item in received:
                await files.record(tx, item)
            command = MessageIn(
                kind=found.kind,
                subject_id=found.subject_id,
                seller_id=found.seller_id,
                body=letter.text,
                internal=found.internal,
                files=tuple(item.id for item in received),
            )
            message = await service.post(tx, command, mail_key=key)
            if message.files != command.files:
                raise _Again(message)
            return message

    async def _drop(self, received: list[Received]) -> None:
        for item in received:
            await self._stored.remove(item.id)
