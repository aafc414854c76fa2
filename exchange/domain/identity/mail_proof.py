"""Links by e-mail: that an address is the person's own, and a new password. Each counts once, for a day or an hour.

The secret of a link is made of its id and the process's own secret, so that no table, job or log holds it: the database keeps
its hash, and the worker makes it again when it writes the e-mail.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from exchange import events
from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.domain.identity import factor, store
from exchange.domain.identity.counting import counter, network
from exchange.domain.identity.refusals import LinkOver, TooManyMails
from exchange.domain.identity.service import token_hash
from exchange.ids import new_id
from exchange.passwords import Passwords
from exchange.seal import derived

Purpose = Literal["verify", "reset"]
LIFETIME: Final[dict[str, timedelta]] = {"verify": timedelta(hours=24), "reset": timedelta(hours=1)}
# Mails that one address on the network may ask for in a row, whoever they are for.
ADDRESS_MOST: Final = 20


def token_of(secret: str, purpose: str, proof: UUID) -> str:
    """The secret part of a link."""
    made = hmac.digest(derived(secret, f"mail {purpose}"), proof.bytes, hashlib.sha256)
    return urlsafe_b64encode(made).decode().rstrip("=")


ASK: Final = "SELECT mail_proof_ask($1, $2, $3, $4, $5)"


async def ask(tx: Tx, secret: str, purpose: Purpose, email: str) -> None:
    """A link goes to this address when it is somebody's; the same is done and said when it is nobody's."""
    proof = new_id()
    await tx.execute(ASK, proof, purpose, email, token_hash(token_of(secret, purpose, proof)), LIFETIME[purpose])
    await events.enqueue(tx, "mail_proof", f"mail_proof:{proof}", {"id": str(proof)}, priority=3)


async def ask_reset(db: Database, secret: str, email: str, *, address: str) -> None:
    """A link for a new password. Asked ten times for one person it is silent; raises TooManyMails by network."""
    by_address = counter("mail", network(address))
    async with db.tx(Ctx(), "any") as tx:
        seconds = await store.wait(tx, by_address)
        if seconds:
            raise TooManyMails(seconds=seconds)
        await store.failed(tx, by_address, ADDRESS_MOST)
        if not await store.attempt(tx, counter("reset", email.lower())):
            await ask(tx, secret, "reset", email)


async def ask_verification(db: Database, secret: str, ctx: Ctx) -> None:
    """Another link to the acting person's own address. Raises TooManyMails after ten in a row."""
    person = factor.own(ctx)
    async with db.tx(ctx, "any") as tx:
        seconds = await store.attempt(tx, counter("verify", str(person)))
        if seconds:
            raise TooManyMails(seconds=seconds)
        await ask(tx, secret, "verify", (await store.person(tx, person)).email)


OPEN: Final = "SELECT mail_proof_open($1, $2)"
USE: Final = "SELECT mail_proof_use($1, $2)"


async def verify(db: Database, token: str) -> UUID:
    """The address is the person's own from now on; who they are. Raises LinkOver."""
    async with db.tx(Ctx(), "any") as tx:
        person: UUID | None = await tx.value(USE, token_hash(token), "verify")
        if person is None:
            raise LinkOver
        await events.append(tx, "person.verified", person, 1)
    return person


RESET: Final = "SELECT password_reset($1, $2)"


async def reset(db: Database, passwords: Passwords, token: str, password: str) -> UUID:
    """The new password, and the end of all sessions; the second step of signing in stays. Raises LinkOver."""
    found = token_hash(token)
    async with db.tx(Ctx(), "any") as tx:
        # Nobody has a password hashed for nothing.
        if await tx.value(OPEN, found, "reset") is not True:
            raise LinkOver
    hashed = await passwords.hash(password)
    async with db.tx(Ctx(), "any") as tx:
        person: UUID | None = await tx.value(RESET, found, hashed)
        if person is None:
            raise LinkOver
        await events.append(tx, "person.password_reset", person, 1)
    return person
