"""Where parts meet: what one writes and another one must still find, and what two do at the same moment."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import msgspec
import pytest

from exchange.db import Tx
from exchange.domain.approval import deciding
from exchange.domain.company import closing, drafting, exporting, members, people_store
from exchange.domain.history.anchor import new_key, private_key, read_anchors, sign
from exchange.domain.history.chain import Head
from exchange.domain.identity import invitations
from exchange.domain.identity import keys as identity_keys
from exchange.domain.offer import service as offers
from exchange.domain.privacy import erasing, fields, keys, retention
from exchange.errors import CompanyNotActive, Forbidden, StepUpRequired
from exchange.jobs import anchoring
from schemas.application import ApplicationDraft
from schemas.approval import Decision
from schemas.company import MemberChange, MemberInvite
from schemas.identity import KeyCreate
from schemas.offer import OfferIn
from tests.domain.awards import binding_award
from tests.domain.firm_orders import live_offer, placed
from tests.domain.test_application import registered, sent
from tests.domain.test_company import FIRM
from tests.world import World, offer_json


async def test_who_applies_by_a_draft_signs_by_law(world: World) -> None:
    """The legal representative who saved a draft first signs on the same basis as one who applied at once."""
    api = await world.db.api()
    acting = await registered(api)
    await sent(api, acting)
    found = await world.owner.fetchrow("SELECT basis, status FROM signatory WHERE person_id = $1", acting.person)
    assert tuple(found) == ("legal_representative", "verified")


async def test_a_draft_survives_the_rotation_of_its_key(world: World) -> None:
    """What an applicant saved is sealed anew with the rest before the old key goes."""
    api, worker = await world.db.api(), await world.db.worker()
    acting = await registered(api)
    async with api.tx(acting, "applicant") as tx:
        await drafting.save(tx, ApplicationDraft(legal_name="Đông Á", registration_id="0100233488"))
    await keys.rotate(worker, data=True)
    await fields.seal_all(worker, timedelta(0))
    await fields.seal_all(worker, timedelta(0))
    # Another process, which holds no key yet.
    api = await world.db.api()
    async with api.tx(acting, "applicant") as tx:
        assert (await drafting.load(tx)).body.registration_id == "0100233488"
    assert await world.owner.fetchval("SELECT count(*) FROM company_key WHERE destroyed_at IS NOT NULL") == 1


async def test_a_copy_shows_no_order_that_was_not_placed_and_nothing_that_is_the_buyers_own(world: World) -> None:
    """A seller's copy holds neither an order that its buyer still decides about, nor where the buyer books it."""
    api, worker = await world.db.api(), await world.db.worker()
    buyer, seller = await world.company("Bep Viet", approval_limit=1000), await world.company("Giay Sai Gon")
    offer = await live_offer(api, seller)
    order = await placed(api, buyer, (offer, "100"), cost_centre="CC-SECRET")
    assert order.status == "pending_approval"
    async with worker.system() as tx:
        sellers, buyers = await exporting.rows(tx, seller.company), await exporting.rows(tx, buyer.company)
    assert [(row["id"], row["cost_centre"]) for row in buyers["orders"]] == [(str(order.id), "CC-SECRET")]
    assert len(buyers["order_lines"]) == 1
    assert sellers["orders"] == sellers["order_lines"] == []
    await world.owner.execute("UPDATE purchase_order SET status = 'placed', placed_at = market_now() WHERE id = $1", order.id)
    async with worker.system() as tx:
        assert [row.get("cost_centre") for row in (await exporting.rows(tx, seller.company))["orders"]] == [None]


async def test_nothing_begins_with_a_company_that_closes_meanwhile(world: World) -> None:
    """Who is selected does not close before the contract is drafted; what others would begin with a closed company is refused."""
    api = await world.db.api()
    buyer, seller = await world.company("Bep Viet"), await world.company("Giay Sai Gon")
    await binding_award(world, buyer, seller)
    for side in (buyer, seller):
        with pytest.raises(closing.StillOpen):
            async with api.tx(side, "any") as tx:
                await closing.close(tx)
    closed = await world.company("Sao Mai")
    async with api.tx(closed) as tx:
        kept = await offers.create(tx, msgspec.convert(offer_json(), OfferIn), publish=False)
    async with api.tx(closed, "any") as tx:
        await closing.close(tx)
    with pytest.raises(asyncpg.PostgresError, match="company is closed"):
        await world.owner.execute("UPDATE offer SET status = 'live' WHERE id = $1", kept.id)
    with pytest.raises(asyncpg.PostgresError, match="company is closed"):
        await binding_award(world, buyer, closed)


async def test_who_is_not_the_representative_after_all_signs_by_law_no_longer(world: World) -> None:
    """An application that comes back with another representative takes the basis from who registered, and gives it back."""
    api = await world.db.api()
    acting = await registered(api)
    basis = "SELECT basis || ' ' || status FROM signatory WHERE person_id = $1"
    for name, expected in (
        ("Lê Văn Khác", "authorisation incomplete"),
        (FIRM["representative"], "legal_representative verified"),
    ):
        await sent(api, acting, representative=FIRM["representative"]) if name == "Lê Văn Khác" else None
        await world.owner.execute("UPDATE company SET status = 'changes_requested' WHERE id = $1", acting.company)
        await sent(api, acting, representative=name)
        assert await world.owner.fetchval(basis, acting.person) == expected
    with pytest.raises(Forbidden):
        async with api.tx(acting, "any") as tx:
            await people_store.representative_is(tx, acting.person)


async def test_what_ends_with_an_erased_person_stands_in_the_record(world: World) -> None:
    """Their key, webhook and membership end with an event each that their company reads; nobody writes to who is erased."""
    api, worker = await world.db.api(), await world.db.worker()
    owner = await world.company("Sao Mai")
    gone = await world.person(owner.company, "Sao Mai", "Đi Rồi", "admin")
    async with api.tx(gone) as tx:
        key = await identity_keys.create(tx, KeyCreate(name="erp", scopes=("market.read",), expires_in_days=30))
        asked = await erasing.ask(tx, gone.person)
    await world.owner.execute(
        "INSERT INTO provider_link (company_id, person_id, subject) VALUES ($1, $2, 'sub')", owner.company, gone.person
    )
    await world.advance("8 days")
    async with worker.system() as tx:
        assert await erasing.carry_out(tx, asked.id) == "done"
    assert await world.owner.fetchval("SELECT count(*) FROM provider_link") == 0
    rows = await world.owner.fetch(
        "SELECT id, type, audience FROM event WHERE aggregate_id = ANY ($1) ORDER BY seq", [gone.person, key.key.id]
    )
    ended = [(row["type"], row["audience"]) for row in rows if row["type"] in ("person.left", "key.revoked")]
    assert ended == [("person.left", [owner.company]), ("key.revoked", [owner.company])]


async def test_a_suspended_company_agrees_to_what_binds_it_and_begins_nothing(world: World) -> None:
    """Its approver may reject or take back what waits, and not let a new order begin."""
    api = await world.db.api()
    buyer, seller = await world.company("Bep Viet", approval_limit=1000), await world.company("Giay Sai Gon")
    approver = await world.person(buyer.company, "Bep Viet", "Second", "approver")
    order = await placed(api, buyer, (await live_offer(api, seller), "100"))
    approval = await world.owner.fetchval("SELECT id FROM approval_request WHERE object_id = $1", order.id)
    await world.owner.execute("UPDATE company SET status = 'suspended' WHERE id = $1", buyer.company)
    with pytest.raises(CompanyNotActive):
        async with api.tx(approver, "finish") as tx:
            await deciding.decide(tx, approval, Decision(decision="approve"))
    async with api.tx(approver, "finish") as tx:
        assert (await deciding.decide(tx, approval, Decision(decision="reject", comment="No."))).status == "rejected"


async def test_a_reminder_is_given_once_however_long_its_deadline_has_passed(world: World) -> None:
    """Retention leaves the job that says that a certificate's end was announced, so that the sweep makes no second one."""
    worker = await world.db.worker()
    await world.owner.execute(
        """INSERT INTO job (id, kind, dedupe_key, payload, priority, state, done_at)
        SELECT uuidv7(-interval '9 days'), k, k, '{}', 3, 'done', clock_timestamp() - interval '8 days'
        FROM unnest(ARRAY['warn_document_month', 'tell']) AS k"""
    )
    await retention.carry_out(worker)
    assert [row["kind"] for row in await world.owner.fetch("SELECT kind FROM job")] == ["warn_document_month"]


def test_an_anchor_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    """A line of which a crash kept half is no anchor; the next one stands on a line of its own."""
    file, key = tmp_path / "anchors.jsonl", private_key(new_key())
    first, second = (sign(key, Head(position=at, hash=bytes([at]) * 32), datetime.now(UTC)) for at in (1, 2))
    assert anchoring.keep(file, first)
    with file.open("ab") as cut:
        cut.write(b'{"position":2,"ha')
    assert read_anchors(file) == [first]
    assert anchoring.keep(file, second)
    assert read_anchors(file) == [first, second]


async def test_who_makes_an_owner_has_just_proved_who_they_are(world: World) -> None:
    """A stolen session makes no owner, invites none and ends none; other roles it may give as before."""
    api = await world.db.api()
    owner = await world.company("Sao Mai")
    other = await world.person(owner.company, "Sao Mai", "Hai", "owner")
    stolen = msgspec.structs.replace(owner, stepped_up=False)
    acts: tuple[Callable[[Tx], Awaitable[object]], ...] = (
        lambda tx: members.change(tx, other.person, MemberChange(version=1, roles=("buyer",))),
        lambda tx: members.end(tx, other.person),
        lambda tx: invitations.invite(tx, MemberInvite(email="a@b.example", roles=("owner",), locale="en"), "s" * 32),
    )
    for act in acts:
        with pytest.raises(StepUpRequired):
            async with api.tx(stolen) as tx:
                await act(tx)
    async with api.tx(stolen) as tx:
        await invitations.invite(tx, MemberInvite(email="a@b.example", roles=("buyer",), locale="en"), "s" * 32)
    async with api.tx(owner) as tx:
        assert (await members.change(tx, other.person, MemberChange(version=1, roles=("buyer",)))).roles == ("buyer",)
