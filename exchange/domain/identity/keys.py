"""API keys of partner systems: made, listed and revoked by a company's owners; the form tells a typo from a key."""

import ipaddress
import secrets
import string
import time
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from exchange import events
from exchange.ctx import Ctx, Network
from exchange.db import Database, Tx
from exchange.domain.identity import key_store, store
from exchange.domain.identity.model import ApiKey, CreatedKey
from exchange.domain.identity.service import token_hash
from exchange.domain.permission import MEMBER, need, need_person, need_step_up, show
from exchange.errors import FieldError, Forbidden, Invalid, NotFound, WrongState, invalid
from exchange.ids import new_id
from schemas.identity import KeyCreate, KeyRotate

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
    need_person(tx.ctx, "key.write")
    networks = _checked(command)
    need_step_up(tx.ctx)
    if await key_store.count(tx, tx.ctx.company) >= KEYS_MAX:
        raise invalid("", "too-many", "A company has at most %(most)s keys. Revoke one first.", most=KEYS_MAX)
    secret = new_secret(await environment(tx))
    scopes = tuple(sorted(set(command.scopes)))
    key = await key_store.insert(
        tx, new_id(), command.name, secret[:SHOWN_CHARS], token_hash(secret), scopes, networks, command.expires_in_days
    )
    await events.append(tx, "key.created", key.id, key.version)
    return CreatedKey(key, secret)


def _checked(command: KeyCreate) -> tuple[str, ...]:
    """The networks as they are kept; every unknown scope and every network that is none is named."""
    wrong = [
        FieldError(f"/scopes/{index}", "unknown-scope", "There is no scope %(scope)s.", {"scope": scope})
        for index, scope in enumerate(command.scopes)
        if scope not in MEMBER
    ]
    networks: dict[str, None] = {}
    for index, text in enumerate(command.networks):
        try:
            networks[str(_unmapped(ipaddress.ip_network(text.strip())))] = None
        except ValueError:
            wrong.append(
                FieldError(
                    f"/networks/{index}",
                    "not-a-network",
                    "%(network)s is no network: write it as 203.0.113.0/24 or 2001:db8::/32, with zeros behind the mask.",
                    {"network": text},
                )
            )
    if wrong:
        raise Invalid(errors=tuple(wrong))
    return tuple(networks)


def _unmapped(network: Network) -> Network:
    """An IPv4 network that is written as IPv6 is that IPv4 network: addresses are compared as such."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    return network if mapped is None else ipaddress.ip_network((mapped, max(network.prefixlen - 96, 0)), strict=False)


def inside(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether a request from this address is one from these networks; nobody knows where an unreadable address is."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    return any(parsed in network for network in networks)


async def get(tx: Tx, key: UUID) -> ApiKey:
    need(tx.ctx, "key.write")
    found = await key_store.get(tx, key)
    if found is None:
        raise NotFound(noun="key")
    show(tx.ctx, "key", found.company_id)
    return found


async def created(tx: Tx, key: UUID) -> CreatedKey:
    """The answer to a repeated request: the key without its secret."""
    return CreatedKey(await get(tx, key), None)


async def listed(tx: Tx) -> list[ApiKey]:
    """The company's keys, newest first, revoked ones included."""
    need(tx.ctx, "key.write")
    return await key_store.listed(tx, tx.ctx.company, 2 * KEYS_MAX)


async def revoke(tx: Tx, key: UUID) -> ApiKey:
    """The key opens nothing any more: at once where it was revoked, everywhere within ten seconds."""
    need(tx.ctx, "key.write")
    await get(tx, key)
    revoked = await key_store.revoke(tx, key)
    if revoked is None:
        raise WrongState(noun="key", current="revoked")
    await events.append(tx, "key.revoked", revoked.id, revoked.version)
    return revoked


async def rotate(tx: Tx, key: UUID, command: KeyRotate) -> CreatedKey:
    """A new secret for the same key, given to the person who made it; the secret before stays valid for the overlap."""
    need_person(tx.ctx, "key.write")
    need_step_up(tx.ctx)
    secret = new_secret(await environment(tx))
    overlap = timedelta(hours=command.overlap_hours)
    rotated = await key_store.rotate(tx, key, token_hash(secret), secret[:SHOWN_CHARS], overlap)
    found = await get(tx, key)
    if not rotated:
        if found.person_id != tx.ctx.person_id:
            # It acts with its maker's rights, so nobody else gets its secret.
            raise Forbidden(needed="the person who made the key")
        raise WrongState(noun="key", current="revoked" if found.revoked_at else "expired")
    await events.append(tx, "key.rotated", found.id, found.version)
    return CreatedKey(found, secret)


class KeyUse:
    """When keys were used last, noted in the process and written once a minute, so that no request waits for it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[UUID, float] = {}

    def note(self, key: UUID) -> None:
        self._seen[key] = self._clock()

    async def write(self, db: Database) -> int:
        """Write what was noted since the last time; returns how many keys. What cannot be written is noted again."""
        seen, self._seen = self._seen, {}
        if not seen:
            return 0
        now = self._clock()
        try:
            async with db.tx(Ctx(), "any") as tx:
                await key_store.used(tx, {key: int(now - at) for key, at in seen.items()})
        except Exception:
            self._seen = seen | self._seen
            raise
        return len(seen)
