"""Proving once more who acts, before what cannot be taken back: the session gets a new token, and ten minutes."""

import secrets

from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.domain.identity import factor, store
from exchange.domain.identity.factor import Vault
from exchange.domain.identity.model import SignedIn
from exchange.domain.identity.refusals import CodeNeeded, PasswordNeeded, WrongCode
from exchange.domain.identity.service import TOKEN_BYTES, check_password, token_hash
from exchange.errors import NotFound
from exchange.passwords import Passwords
from schemas.identity import StepUp


async def step_up(db: Database, passwords: Passwords, vault: Vault, ctx: Ctx, command: StepUp, *, token: str) -> SignedIn:
    """The session under a new token, proved just now: by a code where the person has a second factor, else by the password.

    Raises CodeNeeded, PasswordNeeded, WrongCode, WrongPassword, and LockedOut after ten wrong ones in a row.
    """
    factor.own(ctx)
    async with db.tx(ctx, "any") as tx:
        guarded = await factor.is_on(tx)
    if guarded:
        if command.code is None:
            raise CodeNeeded
        await factor.count(db, ctx)
        async with db.tx(ctx, "any") as tx:
            right = await factor.check(tx, vault, command.code)
        if not right:
            raise WrongCode
    else:
        if command.password is None:
            raise PasswordNeeded
        await check_password(db, passwords, ctx, command.password)
    async with db.tx(ctx, "any") as tx:
        return await renew(tx, token)


async def renew(tx: Tx, token: str) -> SignedIn:
    """The session of who has just proved who they are. Raises NotFound for one that is over."""
    ctx, renewed = tx.ctx, secrets.token_urlsafe(TOKEN_BYTES)
    left = await store.step_up(tx, token_hash(token), token_hash(renewed), ctx.person)
    if left is None:
        raise NotFound(noun="session")
    return SignedIn(renewed, left, ctx.person, ctx.company_id, ctx.operator)
