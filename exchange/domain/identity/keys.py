"""API keys of partner systems: made, listed and revoked by a company's owners; the form tells a typo from a key."""

import secrets
import string
import zlib
from typing import Final, Literal
from uuid import UUID

from exchange import events
from exchange.db import Tx
from exchange.domain.identity import store
from exchange.domain.identity.model import ApiKey, CreatedKey
from exchange.domain.identity.service import token_hash
from exchange.domain.permission import MEMBER, need, need_step_up
from exchange.errors import FieldError, Forbidden, Invalid, NotFound, WrongState, invalid
from exchange.ids import new_id
from schemas.identity import KeyCreate

Environment = Literal["live", "test"]

BASE62: Final = string.digits + string.ascii_letters
RANDOM_CHARS: Final = 32
CHECK_CHARS: Final = 6
SHOWN_CHARS: Final = 12
KEYS_MAX: Final = 100


def _check(body: str) -> str:
    """CRC32 of the key so far, in base 62: finds a mistyped or cut key without asking the database."""
    number = zlib.crc32(body.encode())
    digits: list[str] = []
    for _ in range(CHECK_CHARS):
        number, digit = divmod(number, 62)
        digits.append(BASE62[digit])
    return "".join(reversed(digits))


def new_secret(environment: Environment) -> str:
    """A key such as ``ex_test_`` + 32 random characters + 6 of checksum."""
    body = f"ex_{environment}_" + "".join(secrets.choice(BASE62) for _ in range(RANDOM_CHARS))
    return body + _check(body)


def environment_of(secret: str) -> Environment | None:
    """For which environment a well-formed key was made; None for anything else."""
    for environment in ("live", "test"):
        prefix = f"ex_{environment}_"
        if secret.startswith(prefix) and len(secret) == len(prefix) + RANDOM_CHARS + CHECK_CHARS and secret.isascii():
            return environment if secrets.compare_digest(_check(secret[:-CHECK_CHARS]), secret[-CHECK_CHARS:]) else None
    return None


async def environment(tx: Tx) -> Environment:
    """The one kind of key that this database makes and accepts."""
    return "test" if await store.sandbox(tx) else "live"


async def create(tx: Tx, command: KeyCreate) -> CreatedKey:
    """A new key of the acting company, made by a person."""
    need(tx.ctx, "key.write")
    scopes = tuple(sorted(set(command.scopes)))
    unknown = tuple(
        FieldError(f"/scopes/{index}", "unknown-scope", "There is no scope %(scope)s.", {"scope": scope})
        for index, scope in enumerate(command.scopes)
        if scope not in MEMBER
    )
    if unknown:
        raise Invalid(errors=unknown)
    if tx.ctx.scopes is not None:
        # A key that makes keys would outlive its own revocation.
        raise Forbidden(needed="a person's session")
    need_step_up(tx.ctx)
    if await store.count_keys(tx, tx.ctx.company) >= KEYS_MAX:
        raise invalid("", "too-many", "A company has at most %(most)s keys. Revoke one first.", most=KEYS_MAX)
    secret = new_secret(await environment(tx))
    key = await store.insert_key(
        tx,
        new_id(),
        tx.ctx.company,
        tx.ctx.person,
        command.name,
        secret[:SHOWN_CHARS],
        token_hash(secret),
        scopes,
        command.expires_in_days,
    )
    await events.append(tx, "key.created", key.id, key.version)
    return CreatedKey(key, secret)


async def get(tx: Tx, key: UUID) -> ApiKey:
    need(tx.ctx, "key.write")
    found = await store.get_key(tx, key)
    if found is None:
        raise NotFound(noun="key")
    return found


async def created(tx: Tx, key: UUID) -> CreatedKey:
    """The answer to a repeated request: the key without its secret."""
    return CreatedKey(await get(tx, key), None)


async def listed(tx: Tx) -> list[ApiKey]:
    """The company's keys, newest first, revoked ones included."""
    need(tx.ctx, "key.write")
    return await store.list_keys(tx, tx.ctx.company, 2 * KEYS_MAX)


async def revoke(tx: Tx, key: UUID) -> ApiKey:
    """The key opens nothing any more, everywhere within ten seconds."""
    need(tx.ctx, "key.write")
    revoked = await store.revoke_key(tx, key)
    if revoked is None:
        await get(tx, key)
        raise WrongState(noun="key", current="revoked")
    await events.append(tx, "key.revoked", revoked.id, revoked.version)
    return revoked
