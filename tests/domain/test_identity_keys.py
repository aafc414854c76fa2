"""API keys: their form, their scopes, their environment and their end."""

from contextlib import suppress
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.file import service as files
from exchange.domain.history import service as history
from exchange.domain.identity import keys
from exchange.domain.identity.access import Access
from exchange.domain.identity.model import CreatedKey
from exchange.domain.identity.refusals import MistypedKey, OtherEnvironment, OtherNetwork
from exchange.domain.identity.service import token_hash
from exchange.domain.notification import service as notifications
from exchange.domain.permission import may
from exchange.errors import Forbidden, Invalid, NotFound, WrongState
from exchange.ids import new_id
from schemas.identity import KeyCreate, KeyRotate
from tests.conftest import TestDatabase
from tests.domain.test_identity import as_owner, joined


async def made(api: Database, ctx: Ctx, *scopes: str, days: int | None = None) -> CreatedKey:
    async with api.tx(ctx, "any") as tx:
        return await keys.create(tx, KeyCreate(name="ERP", scopes=scopes or ("offer.write",), expires_in_days=days))


async def test_a_key_acts_for_its_maker_within_its_scopes(db: TestDatabase) -> None:
    """The key's context is the maker's company and roles, limited to the scopes; the secret is kept as a hash only."""
    api = await db.api()
    ann = await joined(api, "ann")
    created = await made(api, ann, "offer.write", "contract.sign")
    assert created.secret is not None
    assert created.secret.startswith("ex_test_")
    assert created.key.prefix == created.secret[:12]
    ctx = await (await Access.open(api)).key(created.secret, "r2")
    assert ctx is not None
    assert (ctx.company_id, ctx.person_id, ctx.request_id) == (ann.company_id, ann.person_id, "r2")
    assert [may(ctx, name) for name in ("offer.write", "rfq.write", "contract.sign")] == [True, False, True]
    assert await as_owner(db, "SELECT secret_hash FROM api_key") == token_hash(created.secret)
    async with api.tx(ann, "any") as tx:
        again = await keys.created(tx, created.id)
        assert [item.id for item in await keys.listed(tx)] == [created.id]
    assert (again.key, again.secret) == (created.key, None)


async def test_a_revoked_or_expired_key_opens_nothing(db: TestDatabase) -> None:
    """Another owner's revocation and the key's own end both close it; revoking twice says it is revoked."""
    api = await db.api()
    ann = await joined(api, "ann")
    access = await Access.open(api)
    revoked, expired = await made(api, ann), await made(api, ann, days=1)
    assert revoked.secret is not None
    assert expired.secret is not None
    assert await access.key(revoked.secret) is not None
    colleague = msgspec.structs.replace(ann, person_id=uuid4(), roles=frozenset({"admin"}))
    async with api.tx(colleague, "any") as tx:
        assert (await keys.revoke(tx, revoked.id)).revoked_at is not None
        with pytest.raises(WrongState):
            await keys.revoke(tx, revoked.id)
    await as_owner(db, "UPDATE api_key SET expires_at = clock_timestamp() WHERE id = $1", expired.id)
    assert await access.key(revoked.secret, fresh=True) is None
    assert await access.key(revoked.secret) is None
    assert await access.key(expired.secret) is None


async def test_a_key_ends_with_its_makers_membership(db: TestDatabase) -> None:
    """A person who left the company leaves no working key behind."""
    api = await db.api()
    ann = await joined(api, "ann")
    created = await made(api, ann)
    await as_owner(db, "UPDATE membership SET ended_at = clock_timestamp()")
    assert created.secret is not None
    assert await (await Access.open(api)).key(created.secret) is None


async def test_a_key_of_the_other_environment_is_refused(db: TestDatabase) -> None:
    """A sandbox makes and accepts test keys only; a real exchange refuses even a test key that its table holds."""
    api = await db.api()
    ann = await joined(api, "ann")
    created = await made(api, ann)
    assert created.secret is not None
    live = keys.new_secret("live")
    await as_owner(db, "UPDATE api_key SET secret_hash = $1", token_hash(live))
    with pytest.raises(OtherEnvironment):
        await (await Access.open(api)).key(live)
    await as_owner(db, "UPDATE api_key SET secret_hash = $1", token_hash(created.secret))
    assert await Access(api, sandbox=True).key(created.secret) is not None
    with pytest.raises(OtherEnvironment):
        await Access(api, sandbox=False).key(created.secret)
    await as_owner(db, "UPDATE market_clock SET sandbox = false")
    assert ((await made(api, ann)).secret or "").startswith("ex_live_")


async def test_unknown_scopes_are_refused_and_a_key_makes_no_key(db: TestDatabase) -> None:
    """Each unknown scope is named; operator rights are no scopes; a key makes none, nor does a buyer."""
    api = await db.api()
    ann = await joined(api, "ann")
    with pytest.raises(Invalid) as refused:
        await made(api, ann, "offer.write", "everything", "operator.company")
    assert [error.pointer for error in refused.value.errors] == ["/scopes/1", "/scopes/2"]
    limited = msgspec.structs.replace(ann, scopes=frozenset({"key.write", "rfq.read"}))
    with pytest.raises(Forbidden):
        await made(api, limited, "rfq.read")
    with pytest.raises(Forbidden):
        await made(api, msgspec.structs.replace(ann, roles=frozenset({"buyer"})))


async def test_another_companys_key_is_invisible(db: TestDatabase) -> None:
    """A stranger neither sees nor revokes it, and cannot make one in the company's or another person's name."""
    api = await db.api()
    ann, eve = await joined(api, "ann"), await joined(api, "eve")
    created = await made(api, ann)
    async with api.tx(eve, "any") as tx:
        assert await keys.listed(tx) == []
        for act in (keys.get, keys.revoke):
            with pytest.raises(NotFound):
                await act(tx, created.id)
    for company, person in ((ann.company_id, eve.person_id), (eve.company_id, ann.person_id)):
        with pytest.raises(Exception, match="row-level security"):
            await forged(api, eve, company, person)


async def forged(api: Database, ctx: Ctx, company: UUID | None, person: UUID | None) -> None:
    async with api.tx(ctx, "any") as tx:
        await tx.execute(
            "INSERT INTO api_key (id, company_id, person_id, name, prefix, secret_hash, scopes) "
            "VALUES ($1, $2, $3, 'x', 'x', $4, '{}')",
            uuid4(),
            company,
            person,
            bytes(32),
        )


def test_the_form_of_a_key_finds_typing_errors() -> None:
    """Every changed, cut, lengthened or foreign key is told apart from a real one without asking the database."""
    secret = keys.new_secret("test")
    assert keys.environment_of(secret) == "test"
    assert len(secret) == len("ex_test_") + 32 + 6
    changed = [secret[:at] + ("A" if secret[at] != "A" else "B") + secret[at + 1 :] for at in range(8, len(secret))]
    wrong = [*changed, secret[:-1], secret + "0", secret.replace("test", "live"), "", "ex_test_", secret[:-1] + "é", "é" * 46]
    assert [text for text in wrong if keys.environment_of(text) is not None] == []
    assert len({keys.new_secret("live") for _ in range(50)}) == 50


async def test_a_key_reads_inbox_files_and_timelines_only_by_its_scopes(db: TestDatabase) -> None:
    """What every person may read of their own, a key reads when it was made for it."""
    api = await db.api()
    ann = await joined(api, "ann")
    narrow = msgspec.structs.replace(ann, scopes=frozenset({"offer.write"}))
    wide = msgspec.structs.replace(ann, scopes=frozenset({"inbox.read", "file.read", "event.read"}))
    for reading in (notifications.unread, lambda tx: files.get(tx, new_id()), lambda tx: history.timeline(tx, [new_id()])):
        with pytest.raises(Forbidden):
            async with api.tx(narrow, "any") as tx:
                await reading(tx)
        with suppress(NotFound):
            async with api.tx(wide, "any") as tx:
                await reading(tx)


async def test_a_mistyped_key_is_told_so_without_the_database(db: TestDatabase) -> None:
    """Its checksum is enough; the key of another environment is told apart by its prefix."""
    api = await db.api(1)
    access = Access(api, sandbox=True)
    secret = keys.new_secret("test")
    async with api.tx(Ctx(), "any"):  # the only connection is taken: asking would wait for it
        with pytest.raises(MistypedKey):
            await access.key(secret[:-1] + ("0" if secret[-1] != "0" else "1"))
        with pytest.raises(OtherEnvironment):
            await access.key(keys.new_secret("live"))


async def test_a_key_is_used_from_its_networks_alone(db: TestDatabase) -> None:
    """IPv4, IPv6 and IPv4 written as IPv6; also while the key is remembered; a network that is none is named."""
    api = await db.api()
    ann = await joined(api, "ann")
    wanted = ("203.0.113.0/24", "2001:db8::/48", "::ffff:198.51.100.7", "203.0.113.0/24")
    async with api.tx(ann, "any") as tx:
        created = await keys.create(tx, KeyCreate(name="ERP", scopes=("offer.write",), networks=wanted))
        with pytest.raises(Invalid) as refused:
            await keys.create(tx, KeyCreate(name="ERP", scopes=("offer.write",), networks=("203.0.113.1/24", "here")))
    assert created.key.networks == ("203.0.113.0/24", "2001:db8::/48", "198.51.100.7/32")
    assert [error.pointer for error in refused.value.errors] == ["/networks/0", "/networks/1"]
    assert created.secret is not None
    access = await Access.open(api)
    for address in ("203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1", "198.51.100.7"):
        assert await access.key(created.secret, address=address) is not None
    for address in ("203.0.114.1", "2001:db9::1", "::ffff:203.0.114.1", "127.0.0.1", "", "unknown"):
        with pytest.raises(OtherNetwork):
            await access.key(created.secret, address=address)


async def test_a_rotated_key_opens_with_both_secrets_until_the_overlap_ends(db: TestDatabase) -> None:
    """The same key id; a second rotation ends the oldest secret, no overlap the one before; only its maker rotates it."""
    api = await db.api()
    ann = await joined(api, "ann")
    first = await made(api, ann)
    access = await Access.open(api)

    async def rotate(ctx: Ctx, hours: int) -> CreatedKey:
        async with api.tx(ctx, "any") as tx:
            return await keys.rotate(tx, first.id, KeyRotate(overlap_hours=hours))

    async def opens(*secrets: str | None) -> list[bool]:
        return [await access.key(secret or "", fresh=True) is not None for secret in secrets]

    second = await rotate(ann, 168)
    assert (second.key.old_prefix, second.key.prefix) == (first.key.prefix, (second.secret or "")[:12])
    assert await opens(first.secret, second.secret) == [True, True]
    third = await rotate(ann, 1)
    assert await opens(first.secret, second.secret, third.secret) == [False, True, True]
    await as_owner(db, "UPDATE api_key SET old_until = clock_timestamp()")
    assert await opens(second.secret, third.secret) == [False, True]
    fourth = await rotate(ann, 0)
    assert await opens(third.secret, fourth.secret) == [False, True]
    colleague = msgspec.structs.replace(ann, person_id=uuid4())
    limited = msgspec.structs.replace(ann, scopes=frozenset({"key.write"}))
    for other in (colleague, limited):
        with pytest.raises(Forbidden):
            await rotate(other, 1)
    too_long = "UPDATE api_key SET old_secret_hash = secret_hash, old_prefix = '', old_until = rotated_at + interval '8 days'"
    with pytest.raises(asyncpg.CheckViolationError):
        await as_owner(db, too_long)
    async with api.tx(ann, "any") as tx:
        await keys.revoke(tx, first.id)
    assert await opens(fourth.secret) == [False]
    with pytest.raises(WrongState):
        await rotate(ann, 1)


async def test_the_last_use_of_a_key_is_written_in_batches(db: TestDatabase) -> None:
    """No request writes it; one statement writes all, and never an older time over a newer one."""
    api = await db.api()
    ann = await joined(api, "ann")
    used, unused = await made(api, ann), await made(api, ann)
    now = [1000.0]
    access = await Access.open(api)
    access.key_use = keys.KeyUse(lambda: now[0])
    for _ in range(3):
        await access.key(used.secret or "")
    now[0] += 50
    assert await as_owner(db, "SELECT count(last_used_at) FROM api_key") == 0
    assert (await access.key_use.write(api), await access.key_use.write(api)) == (1, 0)
    ago = "SELECT round(extract(epoch FROM clock_timestamp() - last_used_at)) FROM api_key WHERE id = $1"
    assert 50 <= await as_owner(db, ago, used.id) <= 55
    assert await as_owner(db, ago, unused.id) is None
    access.key_use.note(used.id)
    now[0] += 500
    await access.key_use.write(api)
    assert await as_owner(db, ago, used.id) <= 60
