"""The life of a company: a saved draft, a dossier sent back field by field, a suspension and a closing."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.company import account_store, addresses, closing, dossier, drafting, review, service, store, suspending
from exchange.domain.company.applying import application_ctx
from exchange.domain.company.model import Company
from exchange.domain.privacy import retention
from exchange.domain.rfq import service as rfqs
from exchange.errors import CompanyNotActive, Conflict, Forbidden, Invalid, NotFound, WrongState
from exchange.ids import new_id
from exchange.jobs import companies, deadlines
from exchange.jobs.kinds import Internal, Job
from exchange.jobs.tell import tell
from exchange.passwords import Passwords
from schemas.address import AddressAdd
from schemas.application import ApplicationDraft, ApplicationStart
from schemas.company import CompanyFacts, CompanySuspend
from schemas.dossier import ChecksIn, FieldCheckIn, TaxStatusIn
from tests.domain.buying import buying
from tests.domain.test_company import EVERY_FIELD, FIRM, operator
from tests.world import World

FACTS: dict[str, Any] = {key: value for key, value in FIRM.items() if key != "owner"}


def facts(**changes: Any) -> CompanyFacts:
    return msgspec.convert({**FACTS, **changes}, CompanyFacts)


async def registered(api: Database, email: str = "dao@donga.example") -> Ctx:
    command = ApplicationStart(email=email, password="correct horse", name="Trần Thị Đào", legal_name="Đông Á", country="VN")
    acting = application_ctx()
    hashed = await Passwords.cheap().hash(command.password)
    async with api.tx(acting, "any") as tx:
        assert (await drafting.start(tx, command, hashed)).status == "draft"
    return msgspec.structs.replace(acting, stepped_up=True)


async def sent(api: Database, acting: Ctx, **changes: Any) -> Company:
    async with api.tx(acting, "applicant") as tx:
        return await drafting.submit(tx, facts(**changes))


async def written(api: Database, acting: Ctx) -> int:
    """Save half an application; the draft's version."""
    async with api.tx(acting, "applicant") as tx:
        return (await drafting.save(tx, ApplicationDraft(legal_name="Công ty TNHH Thực", registration_id="01"))).version


async def test_a_draft_is_saved_half_written_and_sent_when_it_is_whole(world: World) -> None:
    """Half a word is kept; every rule holds when it is sent; the representative who registered may sign."""
    api = await world.db.api()
    acting = await registered(api)
    with pytest.raises(Conflict):
        await registered(api)
    async with api.tx(acting, "applicant") as tx:
        saved = await drafting.save(tx, ApplicationDraft(legal_name="Công ty TNHH Thực", registration_id="01"))
        assert (await drafting.load(tx)).body.registration_id == saved.body.registration_id == "01"
    with pytest.raises(Invalid):
        await sent(api, acting, registration_id="0100233489")
    with pytest.raises(Invalid) as refused:
        await sent(api, acting, lei="529900T8BM49AURSDO50")
    assert refused.value.errors[0].pointer == "/lei"
    with pytest.raises(CompanyNotActive):
        async with api.tx(acting, "active") as tx:
            pass
    after = await sent(api, acting)
    assert (after.status, after.registration_id, after.legal_name) == ("applied", "0100233488", FIRM["legal_name"])
    async with api.tx(acting, "any") as tx:
        assert {role for person in await service.people(tx) for role in person.roles} == {"owner", "signatory"}
        bank = await account_store.get(tx, acting.company)
    assert bank is not None
    assert bank.number == "0071001234567"
    other = await registered(api, "second@donga.example")
    with pytest.raises(Conflict):
        await sent(api, other)
    with pytest.raises(WrongState):
        await sent(api, acting)


async def test_a_draft_that_nobody_sends_is_announced_and_deleted(world: World) -> None:
    """Its people hear of it two weeks before, once; saved again it stays; else it goes, and a new one may begin."""
    api, worker = await world.db.api(), await world.db.worker()
    drafts = [await registered(api, f"{name}@donga.example") for name in ("kept", "gone")]
    for acting in drafts:
        await written(api, acting)
    (rule,) = [item for item in deadlines.SWEEPS if item.kind == "warn_of_draft"]
    await world.advance("75 days")
    assert await deadlines.sweep(worker, rule) == 0
    await world.advance("2 days")
    assert (await deadlines.sweep(worker, rule), await deadlines.sweep(worker, rule)) == (2, 0)
    warn = companies.HANDLERS["warn_of_draft"]
    assert isinstance(warn, Internal)
    for acting in drafts * 2:
        job = Job(id=new_id(), kind=rule.kind, payload={"id": str(acting.company)}, attempts=1, lease_token=new_id())
        async with worker.system() as tx:
            await warn.handler(tx, job)
    for event in await world.owner.fetch("SELECT id FROM event WHERE type = 'company.draft_ending' ORDER BY seq"):
        async with worker.system() as tx:
            await tell(tx, event["id"])
    told = await world.owner.fetch("SELECT person_id, kind FROM notification WHERE kind = 'company.draft_ending'")
    assert sorted(row["person_id"] for row in told) == sorted(acting.person for acting in drafts)
    await world.advance("13 days 1 hour")
    assert (await retention.carry_out(worker))["drafts"] == 0
    await written(api, drafts[0])
    await world.advance("1 day")
    assert [(await retention.carry_out(worker))["drafts"] for _ in range(2)] == [1, 0]
    versions = []
    for acting in drafts:
        async with api.tx(acting, "applicant") as tx:
            versions.append((await drafting.load(tx)).version)
    assert versions == [2, 0]
    assert await written(api, drafts[1]) == 1
    assert await world.owner.fetchval("SELECT count(*) FROM event WHERE type = 'company.draft_removed'") == 1


async def test_a_dossier_goes_back_and_is_approved_when_every_field_is_right(world: World) -> None:
    """A marked field is changed and sent again; what was changed is unchecked; the row refuses the rest."""
    api = await world.db.api()
    acting = await registered(api)
    await sent(api, acting)
    moderator, company = operator(), acting.company
    async with api.tx(moderator, "any") as tx:
        await review.take(tx, company)
        with pytest.raises(dossier.NothingToChange):
            await review.ask_changes(tx, company)
        with pytest.raises(Invalid):
            await dossier.mark(tx, company, ChecksIn((FieldCheckIn("address", "change"),)))
        await dossier.mark(tx, company, EVERY_FIELD)
        await dossier.mark(tx, company, ChecksIn((FieldCheckIn("address", "change", "The register says another street."),)))
        with pytest.raises(dossier.ChecksMissing):
            await review.approve(tx, company)
        assert (await review.ask_changes(tx, company)).status == "changes_requested"
    with pytest.raises(Forbidden):
        async with api.tx(moderator, "any") as tx:
            await tx.execute("UPDATE company SET legal_name = 'X Y' WHERE id = $1", company)
    async with api.tx(acting, "applicant") as tx:
        assert [item.note for item in await dossier.checks(tx, company) if item.result == "change"]
        assert (await drafting.load(tx)).body.address == FIRM["address"]
    assert (await sent(api, acting, address="14 Nguyễn Huệ, Quận 1")).status == "in_review"
    async with api.tx(moderator, "any") as tx:
        assert {item.field for item in await dossier.checks(tx, company)} == set(dossier.REQUIRED) - {"address"}
        await dossier.set_tax(
            tx, company, TaxStatusIn("active", (await service.get(tx, company)).applied_at.date(), "gdt.gov.vn")
        )
    with pytest.raises(Forbidden):
        async with api.tx(moderator, "any") as tx:
            await store.move(tx, company, ["in_review"], "active", None)
    async with api.tx(moderator, "any") as tx:
        await dossier.mark(tx, company, ChecksIn((FieldCheckIn("address", "ok"),)))
        assert (await review.approve(tx, company)).status == "active"
    with pytest.raises(Forbidden):
        async with api.tx(acting, "any") as tx:
            await tx.execute("UPDATE company SET tax_id = '1' WHERE id = $1", company)


async def test_the_end_of_a_suspension_is_a_reminder_and_nothing_more(world: World) -> None:
    """On the day that was named operators are told; the company stays suspended until two of them lift it."""
    api, worker = await world.db.api(), await world.db.worker()
    member = await world.company("Sao Mai")
    async with api.tx(operator(), "any") as tx:
        now = await tx.value("SELECT market_now() + interval '2 days'")
        with pytest.raises(Invalid):
            await review.suspend(tx, member.company, CompanySuspend("Three complaints", now - timedelta(days=3)))
        await review.suspend(tx, member.company, CompanySuspend("Three complaints", now))
        found = await suspending.running(tx, member.company)
    assert found is not None
    rule = next(item for item in deadlines.SWEEPS if item.noun == "suspension")
    assert await deadlines.sweep(worker, rule) == 0
    await world.advance("3 days")
    assert await deadlines.sweep(worker, rule) == 1
    handler = companies.HANDLERS[rule.kind]
    assert isinstance(handler, Internal)
    async with worker.system() as tx:
        job = Job(id=new_id(), kind=rule.kind, payload={"id": str(found.id)}, attempts=1, lease_token=new_id())
        await handler.handler(tx, job)
    types = [row["type"] for row in await world.owner.fetch("SELECT type FROM event ORDER BY seq")]
    assert types == ["company.suspended", "company.suspension_due"]
    assert await world.owner.fetchval("SELECT status FROM company WHERE id = $1", member.company) == "suspended"


async def test_a_company_closes_when_nothing_is_open(world: World) -> None:
    """Money, a request or a listing keeps it open, in the service and in the row; only an owner ends it."""
    api = await world.db.api()
    owner = await world.company("Sao Mai")
    admin = await world.person(owner.company, "Sao Mai", "Quản trị", "admin")
    await world.owner.execute(
        "INSERT INTO ledger_account (company_id, kind, currency, balance_minor, version) VALUES ($1, 'member', 'VND', 5, 1)",
        owner.company,
    )
    with pytest.raises(Forbidden):
        async with api.tx(admin, "any") as tx:
            await closing.close(tx)
    with pytest.raises(closing.StillOpen) as refused:
        async with api.tx(owner, "any") as tx:
            await closing.close(tx)
    assert refused.value.data["what"] == "money 1"
    with pytest.raises(Forbidden):
        async with api.tx(owner, "any") as tx:
            await store.move(tx, owner.company, ["active"], "closed", None)
    await world.owner.execute("UPDATE ledger_account SET balance_minor = 0")
    async with api.tx(owner, "any") as tx:
        assert (await closing.close(tx)).status == "closed"
    closed = "SELECT closed_at > market_now() - interval '1 minute' FROM company WHERE id = $1"
    assert await world.owner.fetchval(closed, owner.company)
    with pytest.raises(CompanyNotActive):
        async with api.tx(owner, "finish") as tx:
            pass


async def test_a_request_and_the_closing_of_its_company_follow_each_other(world: World) -> None:
    """The closing waits for what is being begun and then sees it; what comes while it closes waits and is refused."""
    market = await buying(world)
    owner = await world.company("Sao Mai")

    async def close() -> Company:
        async with market.api.tx(owner, "any") as tx:
            return await closing.close(tx)

    draft = await market.rfq(owner, publish=False)
    async with market.api.tx(owner) as tx:
        await rfqs.publish(tx, draft.id)
        late = asyncio.create_task(close())
        done, _ = await asyncio.wait({late}, timeout=0.3)
        assert not done
    with pytest.raises(closing.StillOpen):
        await late
    await world.owner.execute("UPDATE rfq SET status = 'cancelled'")
    async with market.api.tx(owner, "any") as tx:
        assert (await closing.close(tx)).status == "closed"
        begun = asyncio.create_task(market.rfq(owner))
        done, _ = await asyncio.wait({begun}, timeout=0.3)
        assert not done
    with pytest.raises(CompanyNotActive):
        await begun


async def test_addresses_are_checked_against_country_and_number(world: World) -> None:
    """A warehouse says its hours, a branch has the digits of its company, and others see nothing of either."""
    api = await world.db.api()
    owner, stranger = await world.company("Sao Mai"), await world.company("Lạ")
    await world.owner.execute("UPDATE company SET tax_id = '0100233488' WHERE id = $1", owner.company)

    async def add(**changes: Any) -> addresses.CompanyAddress:
        given = {"kind": "warehouse", "street": "KCN Tân Tạo", "commune": "Bình Tân", "province": "VN-SG", "hours": "7-17"}
        async with api.tx(owner, "any") as tx:
            return await addresses.add(tx, msgspec.convert({**given, **changes}, AddressAdd))

    for changes, place in (
        ({"hours": ""}, "/hours"),
        ({"province": "US-CA"}, "/province"),
        ({"kind": "branch", "branch_tax_id": "0301442989-001"}, "/branch_tax_id"),
        ({"branch_tax_id": "0100233488-001"}, "/branch_tax_id"),
    ):
        with pytest.raises(Invalid) as refused:
            await add(**changes)
        assert refused.value.errors[0].pointer == place
    made = await add()
    assert (await add(kind="branch", branch_tax_id="0100233488-001")).branch_tax_id == "0100233488001"
    with pytest.raises(Conflict):
        await add(kind="branch", branch_tax_id="0100233488001")
    async with api.tx(stranger, "any") as tx:
        assert await addresses.listed(tx, owner.company) == []
        with pytest.raises(NotFound):
            await addresses.remove(tx, made.id)
    async with api.tx(owner, "any") as tx:
        await addresses.remove(tx, made.id)
        assert [item.kind for item in await addresses.listed(tx, owner.company)] == ["branch"]
