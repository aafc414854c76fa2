"""Personal fields open with their company's key alone, where they were sealed, and not at all once it is destroyed."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exchange import events, keyring, keys_command
from exchange.db import Database
from exchange.domain.company import file_store
from exchange.domain.company import service as companies
from exchange.domain.operating import service as operating
from exchange.domain.privacy import fields, keys, retention
from exchange.domain.privacy.sealing import KeyDestroyed, SealBroken, blind, open_sealed, seal
from exchange.jobs.sequencer import place_batch
from exchange.keyring import Keyring, KeyringBroken, Vault
from exchange.verify_audit import head, verify_audit
from tests.conftest import KEYRING, TestDatabase
from tests.world import World

AT = "bank_account.number"


async def sealed_for(db: Database, company: UUID | None, text: str, row: str = "1") -> bytes:
    assert company is not None
    async with db.system() as tx:
        return await seal(tx, company, text, at=AT, row=row)


async def opened(db: Database, company: UUID | None, value: bytes, *, at: str = AT, row: str = "1") -> str | None:
    assert company is not None
    async with db.system() as tx:
        return await open_sealed(tx, company, value, at=at, row=row)


async def test_a_sealed_value_opens_only_where_it_was_sealed(world: World) -> None:
    """Another company, column or row, a flipped bit or a cut value is refused; the same text is never sealed the same."""
    api = await world.db.api()
    ours, theirs = [await world.company(name) for name in ("Ours", "Theirs")]
    value = await sealed_for(api, ours.company, "0123456789 Nguyễn")
    assert await opened(api, ours.company, value) == "0123456789 Nguyễn"
    again = await sealed_for(api, ours.company, "0123456789 Nguyễn")
    assert again != value
    await sealed_for(api, theirs.company, "x")
    assert b"0123456789" not in value
    for company, changed, at, row in (
        (theirs.company, value, AT, "1"),
        (ours.company, value, "bank_account.holder", "1"),
        (ours.company, value, AT, "2"),
        (ours.company, value[:-1] + bytes([value[-1] ^ 1]), AT, "1"),
        (ours.company, value[:-1], AT, "1"),
        (ours.company, b"0123456789", AT, "1"),
        (ours.company, value[:1] + (7).to_bytes(4) + value[5:], AT, "1"),
    ):
        with pytest.raises(SealBroken):
            await opened(api, company, changed, at=at, row=row)
    async with api.system() as tx:
        assert blind(tx, "bank", "vn 01 23") == blind(tx, "bank", "VN0123") != blind(tx, "phone", "VN0123")


async def test_first_keys_made_at_once_and_rolled_back_lose_nothing(world: World) -> None:
    """Ten first writers share one key, and a key that was rolled back is remembered by nobody."""
    api = await world.db.api(10)
    company = (await world.company("Busy")).company
    async with api.system() as tx:
        lost = await seal(tx, company, "never", at=AT, row="1")
        assert await open_sealed(tx, company, lost, at=AT, row="1") == "never"
        await tx.execute("ROLLBACK AND CHAIN")
    values = await asyncio.gather(*(sealed_for(api, company, f"text {n}", str(n)) for n in range(10)))
    fresh = await world.db.api()
    assert [await opened(fresh, company, value, row=str(n)) for n, value in enumerate(values)] == [f"text {n}" for n in range(10)]
    assert await world.owner.fetchval("SELECT count(*) FROM company_key") == 1


async def recorded(world: World) -> None:
    """Give every event its position and hash."""
    connection = await asyncpg.connect(world.db.url("exchange_worker"))
    try:
        while (await place_batch(connection))[0]:
            continue
    finally:
        await connection.close()


async def test_a_destroyed_key_erases_what_it_sealed(world: World) -> None:
    """Crypto-erasure: the value stays, nothing opens it any more, and nothing new is sealed for the company."""
    worker = await world.db.worker()
    company = (await world.company("Gone")).company
    value = await sealed_for(worker, company, "secret")
    async with worker.system() as tx:
        assert await keys.destroy(tx, company) == 1
    assert await opened(worker, company, value) is None
    with pytest.raises(KeyDestroyed):
        await sealed_for(worker, company, "new")
    # An applicant who was not accepted is kept for a year; members and younger ones stay.
    values = {}
    for name, status, days in (("Old", "rejected", 366), ("Young", "rejected", 364), ("Member", "active", 999)):
        one = (await world.company(name, status=status)).company
        values[name] = one, await sealed_for(worker, one, name)
        await world.owner.execute(
            "UPDATE company_file SET decided_at = market_now() - make_interval(days => $2) WHERE company_id = $1", one, days
        )
    # A closed member's contacts go after a year, what the law asks for after ten whole years.
    for name, closed in (("Ten", "market_now() - interval '11 years'"), ("Nine", "market_now() - interval '10 years 1 day'")):
        one = (await world.company(name, status="closed")).company
        values[name] = one, await sealed_for(worker, one, name)
        await world.owner.execute(f"UPDATE company SET closed_at = {closed} WHERE id = $1", one)
    assert await fields.seal_all(worker) > 0
    async with worker.system() as tx:
        await events.append(tx, "company.closed", one, 2, from_state="active", to_state="closed")
    await recorded(world)
    before = await head(world.owner)
    assert before is not None
    done = await retention.carry_out(worker)
    assert [done[name] for name in ("rejected_applicants", "closed_contacts", "closed_companies_vn")] == [1, 2, 1]
    worker.vault = Vault(KEYRING)
    assert [await opened(worker, *pair) for pair in values.values()] == [None, "Young", "Member", None, "Nine"]
    await recorded(world)
    assert await verify_audit(world.owner, [before]) == []
    told = await world.owner.fetch("SELECT type, count(*) FROM event WHERE aggregate = 'company' GROUP BY type ORDER BY type")
    assert [tuple(row) for row in told] == [
        ("company.closed", 1),
        ("company.contacts_erased", 2),
        ("company.key_destroyed", 2),
    ]
    async with worker.system() as tx:
        nine, ten = [await file_store.get(tx, values[name][0]) for name in ("Nine", "Ten")]
    assert nine is not None
    assert ten is not None
    assert [(file.representative, file.contact_email) for file in (nine, ten)] == [("Nine Owner", ""), (fields.ERASED, "")]
    assert await fields.seal_all(worker) == 0


async def with_keyring(db: TestDatabase, path: Path) -> Database:
    """A worker whose keys stand in a file."""
    database = await db.worker()
    database.vault = Vault(Keyring.read(path))
    return database


async def test_a_rotation_that_is_killed_is_finished_by_the_next(world: World, tmp_path: Path) -> None:
    """Killed between two portions everything still opens; run again it finishes without another key; the old one then goes."""
    path = tmp_path / "keys"
    keyring.make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    running = await with_keyring(world.db, path)
    companies = [(await world.company(f"Company {n}")).company for n in range(5)]
    values = [await sealed_for(running, company, f"text {n}") for n, company in enumerate(companies)]
    first = Keyring.read(path).current
    second = keyring.add(path)
    with path.open("a") as file:
        file.write("torn AAAA")  # the process died while it wrote the next line
    dying = await with_keyring(world.db, path)
    async with dying.system() as tx:
        assert await keys.rewrap(tx, 2) == 2
    assert running.vault is not None
    running.vault = Vault(running.vault.keyring)  # forgets the keys that it opened, not those that it read
    assert [await opened(running, *pair) for pair in zip(companies, values, strict=True)] == [f"text {n}" for n in range(5)]

    url = world.db.url("exchange_worker")
    done = await keys_command.rotate(url, path, data=True, forget=True)
    assert done == {"master": second, "resumed": True, "rewrapped": 3, "renewed": 5, "removed": [first]}
    assert list(Keyring.read(path).masters) == [second]
    fresh = await with_keyring(world.db, path)
    assert [await opened(fresh, *pair) for pair in zip(companies, values, strict=True)] == [f"text {n}" for n in range(5)]
    newer = await sealed_for(fresh, companies[0], "newer")
    assert newer[1:5] == (2).to_bytes(4)
    again = await keys_command.rotate(url, path, data=False, forget=False)
    assert (again["resumed"], again["rewrapped"]) == (False, 10)
    assert await opened(fresh, companies[0], newer) == "newer"


PERSONAL = """
SELECT f.representative, f.phone, f.contact_email, b.number FROM company_file AS f JOIN bank_account AS b USING (company_id)
WHERE f.company_id = $1
"""


async def test_what_stands_in_clear_is_sealed_and_sealed_again_after_a_rotation(world: World) -> None:
    """Clear rows are read as they are, sealed by the worker, sealed anew under the next key; then the old key goes."""
    worker, api = await world.db.worker(), await world.db.api()
    ctx, double = await world.company("Sao Mai"), await world.company("Sao Hôm")
    assert ctx.company_id is not None
    clear = await world.owner.fetchrow(PERSONAL, ctx.company)
    assert clear is not None
    await world.owner.execute("UPDATE bank_account SET number = $1", clear["number"])
    for number in (1, 2):
        assert await fields.seal_all(worker) == 4
        stored = await world.owner.fetchrow(PERSONAL, ctx.company)
        assert stored is not None
        assert {text.split(":")[0:2][-1] for text in stored.values() if text} == {str(number)}
        assert not any(text in repr(stored) for text in clear.values() if text)
        async with api.tx(ctx, "any") as tx:
            dossier = await companies.dossier(tx, ctx.company)
            assert dossier.bank is not None
            found = (dossier.file.representative, dossier.file.phone, dossier.file.contact_email, dossier.bank.number)
        assert found == tuple(clear.values())
        assert await fields.seal_all(worker) == 0
        async with worker.system() as tx:
            assert await keys.renew(tx, await tx.value("SELECT clock_timestamp()")) == 2
    # The number may be looked for without opening any; another company's keyed hash is the same.
    async with api.tx(await world.operator("compliance"), "any") as tx:
        assert [item.id for item in await operating.lookalikes(tx, ctx.company)] == [double.company]
    # Keys 1 and 2 are retired; the third seals what the second did; both go once nobody can hold them.
    assert await fields.seal_all(worker) == 4
    assert await world.owner.fetchval("SELECT count(*) FROM company_key WHERE destroyed_at IS NULL") == 6
    await fields.seal_all(worker, timedelta())
    left = await world.owner.fetch("SELECT key_no FROM company_key WHERE company_id = $1 AND wrapped IS NOT NULL", ctx.company)
    assert [row["key_no"] for row in left] == [3]
    async with api.tx(ctx, "any") as tx:
        assert (await companies.dossier(tx, ctx.company)).file.representative == clear["representative"]


async def test_without_its_keys_a_process_refuses_to_start(world: World, tmp_path: Path) -> None:
    """A keyring of another exchange, a lost master or none outside a sandbox is named at the start, not at the first read."""
    path, other = tmp_path / "keys", tmp_path / "other"
    for name in (path, other):
        keyring.make(name)
    worker = await with_keyring(world.db, path)
    await sealed_for(worker, (await world.company("Sealed")).company, "text")
    await keys.check(worker, Vault(Keyring.read(path)))
    with pytest.raises(KeyringBroken, match="is not in the keyring"):
        await keys.check(worker, Vault(Keyring.read(other)))
    name = Keyring.read(path).current
    impostor = Keyring({name: b"x" * 32}, name, b"i" * 32)
    with pytest.raises(KeyringBroken, match="is not the master key"):
        await keys.check(worker, Vault(impostor))
    other.write_text("index AAAA\n")
    with pytest.raises(KeyringBroken, match="line 1"):
        Keyring.read(other)


def test_a_process_holds_a_bounded_number_of_keys_for_a_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was opened long ago or is one too many is opened again."""
    now = [0.0]
    monkeypatch.setattr(keyring, "HELD", 3)
    vault = Vault(Keyring.derived("s"), clock=lambda: now[0])
    for number in range(5):
        vault.hold(UUID(int=number), 1, AESGCM(b"k" * 32))
    assert (vault.holding, vault.held(UUID(int=1), 1)) == (3, None)
    assert vault.held(UUID(int=4), 1) is not None
    now[0] = keyring.HELD_S + 1
    assert vault.held(UUID(int=4), 1) is None
