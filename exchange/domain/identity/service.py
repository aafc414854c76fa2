"""Signing in and out, changing the acting company, and entering the password again.

These functions take the database, not a transaction: a failed attempt must stay counted although its request fails, and no
connection is held while a password is hashed.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.domain.identity import factor, store
from exchange.domain.identity.counting import ADDRESS_FAILURES, counter, network
from exchange.domain.identity.factor import Vault
from exchange.domain.identity.model import Me, Place, SignedIn, SignInRow
from exchange.domain.identity.refusals import LockedOut, SecondFactorRequired, WrongCredentials, WrongPassword
from exchange.errors import Forbidden, NotFound
from exchange.passwords import Passwords
from schemas.common import Locale
from schemas.identity import SignIn

TOKEN_BYTES: Final = 32
LIFETIME: Final = timedelta(days=7)
OPERATOR_LIFETIME: Final = timedelta(hours=12)


def token_hash(token: str) -> bytes:
    """What the database keeps of a session token or an API key."""
    return hashlib.sha256(token.encode()).digest()


async def sign_in(
    db: Database,
    passwords: Passwords,
    vault: Vault,
    command: SignIn,
    *,
    address: str,
    agent: str = "",
    old_token: str | None = None,
) -> SignedIn:
    """A new session for the right password; a session that the browser had before is closed.

    An operator gets an operator's session, a member one for their first company. The attempt is counted by e-mail and address
    together before the password is checked, so that many at once are locked out like many in a row; never by e-mail alone,
    or anybody could lock out anybody. Raises LockedOut and WrongCredentials; both
    say the same about a person who does not exist, after the same work. Raises SecondFactorRequired with a challenge for who
    has a second factor: no session is made yet.
    """
    email = command.email.lower()
    place = network(address)
    by_pair, by_address = counter("sign-in", f"{email}\x00{place}"), counter("address", place)
    async with db.tx(Ctx(), "any") as tx:
        seconds = await store.wait(tx, by_address) or await store.attempt(tx, by_pair)
        known = None if seconds else await store.sign_in_row(tx, email)
    if seconds:
        raise LockedOut(seconds=seconds)
    right = await passwords.verify(command.password, None if known is None else known.password_hash)
    if known is None or not right:
        async with db.tx(Ctx(), "any") as tx:
            await store.failed(tx, by_address, ADDRESS_FAILURES)
        raise WrongCredentials
    async with db.tx(Ctx(person_id=known.person_id), "any") as tx:
        await store.succeeded(tx, by_pair)
        if not await factor.is_on(tx):
            return await open_first(tx, known, Place(address, agent), old_token)
        challenge = await factor.challenge(tx, vault, email, known.password_hash)
    raise SecondFactorRequired(challenge=challenge)


async def open_first(tx: Tx, known: SignInRow, place: Place, old_token: str | None) -> SignedIn:
    """The session of who has proved who they are: as operator, or for their first company."""
    operator = len(known.operator_roles) > 0
    company = known.company_ids[0] if known.company_ids and not operator else None
    return await _open(tx, known, company, operator, place, old_token)


async def _open(tx: Tx, known: SignInRow, company: UUID | None, operator: bool, place: Place, old_token: str | None) -> SignedIn:
    """A session under a token that nobody has seen yet, while the password that was read still counts."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    lifetime = OPERATOR_LIFETIME if operator else LIFETIME
    seen = known.password_hash
    if not await store.open_session(
        tx, token_hash(token), known.person_id, company, operator, place.agent, lifetime, place.address, seen
    ):
        # A new password, or the end of the membership, came between the proof and this.
        raise WrongCredentials
    if old_token:
        await store.close_session(tx, token_hash(old_token))
    return SignedIn(token, int(lifetime.total_seconds()), known.person_id, company, operator)


async def switch_company(db: Database, ctx: Ctx, company: UUID, *, token: str) -> SignedIn:
    """The same person acting for another of their companies, under a new token; the old one opens nothing any more.

    Who they are was proved when it was proved: switching proves nothing anew.
    """
    if ctx.operator or ctx.scopes is not None:
        raise Forbidden(needed="a member's own session")
    renewed = secrets.token_urlsafe(TOKEN_BYTES)
    async with db.tx(ctx, "any") as tx:
        left = await store.switch_company(tx, token_hash(token), token_hash(renewed), ctx.person, company)
    if left is None:
        raise NotFound(noun="company")
    return SignedIn(renewed, left, ctx.person, company, False)


async def sign_out(db: Database, token: str) -> None:
    """The session is over; an unknown token changes nothing."""
    async with db.tx(Ctx(), "any") as tx:
        await store.close_session(tx, token_hash(token))


async def check_password(db: Database, passwords: Passwords, ctx: Ctx, password: str) -> None:
    """The own password, entered again. Raises WrongPassword and, after ten wrong ones in a row, LockedOut."""
    by_person = counter("step-up", str(ctx.person))
    async with db.tx(ctx, "any") as tx:
        seconds = await store.attempt(tx, by_person)
        known = None if seconds else await store.own_password_hash(tx)
    if seconds:
        raise LockedOut(seconds=seconds)
    if not await passwords.verify(password, known):
        raise WrongPassword
    async with db.tx(ctx, "any") as tx:
        await store.succeeded(tx, by_person)


async def me(tx: Tx) -> Me:
    """The acting person and the companies they may act for."""
    person = await store.person(tx, tx.ctx.person)
    return Me(person, tuple(await store.workplaces(tx, tx.ctx.person)))


async def set_locale(tx: Tx, locale: Locale) -> None:
    """The language of the acting person's screens and mails."""
    await store.set_locale(tx, tx.ctx.person, locale)
