"""The second step of signing in, and switching it on and off. They take the database: a wrong code must stay counted."""

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.identity import factor, sessions, store
from exchange.domain.identity.counting import ADDRESS_FAILURES, counter, network
from exchange.domain.identity.factor import Vault
from exchange.domain.identity.model import Place, SignedIn
from exchange.domain.identity.refusals import ChallengeOver, LockedOut, SecondFactorNotOn, WrongCode
from exchange.domain.identity.service import check_password, open_first
from exchange.domain.identity.stepping_up import renew
from exchange.passwords import Passwords
from schemas.identity import SignInCode


async def sign_in_with_code(
    db: Database, vault: Vault, command: SignInCode, *, address: str, agent: str = "", old_token: str | None = None
) -> SignedIn:
    """The session that the right password has earned, after a code of the second factor; its id is new.

    Raises ChallengeOver when the password must be entered again, WrongCode, and LockedOut.
    """
    by_address = counter("address", network(address))
    async with db.tx(Ctx(), "any") as tx:
        known = await factor.challenged(tx, vault, command.challenge)
        seconds = await store.wait(tx, by_address)
    if seconds:
        raise LockedOut(seconds=seconds)
    ctx = Ctx(person_id=known.person_id)
    await factor.count(db, ctx)
    async with db.tx(ctx, "any") as tx:
        if not await factor.is_on(tx):
            # Switched off meanwhile: the password alone opens a session again, and is asked for.
            raise ChallengeOver
        if await factor.check(tx, vault, command.code):
            return await open_first(tx, known, Place(address, agent), old_token)
        await store.failed(tx, by_address, ADDRESS_FAILURES)
    raise WrongCode


async def confirm(
    db: Database, passwords: Passwords, vault: Vault, ctx: Ctx, password: str, code: str, *, token: str
) -> tuple[tuple[str, ...], SignedIn]:
    """Switch the second factor on with the password and the first code of the device.

    Returns the recovery codes and the session under its new token; all others of the person end, for they were opened
    without the second factor.
    """
    factor.own(ctx)
    await check_password(db, passwords, ctx, password)
    await factor.count(db, ctx)
    async with db.tx(ctx, "any") as tx:
        codes = await factor.confirmed(tx, vault, code)
        if codes is not None:
            await sessions.end_others(tx, token)
            return codes, await renew(tx, token)
    raise WrongCode


async def switch_off(db: Database, passwords: Passwords, vault: Vault, ctx: Ctx, password: str, code: str) -> None:
    """Signing in needs the password alone again."""
    factor.own(ctx)
    await check_password(db, passwords, ctx, password)
    await factor.count(db, ctx)
    async with db.tx(ctx, "any") as tx:
        if not await factor.is_on(tx):
            raise SecondFactorNotOn
        right = await factor.check(tx, vault, code)
        if right:
            await factor.ended(tx)
    if not right:
        raise WrongCode
