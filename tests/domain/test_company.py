"""A company applies, is decided on by operators, keeps its own file and its people, and sees nothing of others."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.company import account_store, dossier, file_store, people_store, review, service, store, suspending
from exchange.domain.company.applying import application_ctx, apply, profile_of
from exchange.domain.company.model import LIFECYCLE, Company, dossier_view, fold, queued_view, view
from exchange.errors import Conflict, Forbidden, Invalid, NotFound, StepUpRequired, WrongState
from exchange.passwords import Passwords
from schemas.common import Currency
from schemas.company import CompanyApply, CompanyEdit, CompanyReject, CompanySuspend, MemberAdd
from schemas.dossier import ChecksIn, FieldCheckIn
from tests.conftest import TestDatabase

PASSWORDS = Passwords.cheap()
EVERY_FIELD = ChecksIn(tuple(FieldCheckIn(field, "ok") for field in dossier.REQUIRED))
EVENTS = """
SELECT e.type, e.version, e.from_state, e.to_state, e.actor_id, e.company_id, e.audience
FROM event AS e WHERE e.aggregate_id = $1 ORDER BY e.seq
"""
STATUS_CHECK = """
SELECT pg_get_constraintdef(c.oid) FROM pg_constraint AS c
WHERE c.conrelid = 'company'::regclass AND c.conname = 'company_status_check'
"""
FIRM: dict[str, Any] = {
    "legal_name": "Công ty TNHH Thực phẩm Đông Á",
    "country": "VN",
    "region": "VN-SG",
    "registration_id": "0100 233 488",
    "trade_roles": ["wholesaler", "manufacturer"],
    "address": "12 Nguyễn Huệ, Quận 1",
    "representative": "Trần Thị Đào",
    "bank": {"holder": "CONG TY TNHH THUC PHAM DONG A", "bank_name": "VCB", "number": "0071 0012 3456 7", "currency": "VND"},
    "owner": {"name": "Trần Thị Đào", "email": "Dao@Donga.example", "password": "correct horse"},
}


def application(**changes: Any) -> CompanyApply:
    return msgspec.convert({**FIRM, **changes}, CompanyApply)


def second(**changes: Any) -> CompanyApply:
    """Another company, of a country without a profile of its own."""
    owner = {"name": "Ann Lee", "email": "ann@lee.example", "password": "correct horse"}
    bank = {
        "holder": changes.get("legal_name", "Lee Ltd"),
        "bank_name": "HSBC",
        "number": "GB33BUKB20201555555555",
        "currency": "GBP",
    }
    fields = {"legal_name": "Lee Ltd", "country": "GB", "region": "GB", "registration_id": "SC123456", "tax_id": "GB1"}
    return application(**{**fields, "owner": owner, "bank": bank, **changes})


def operator(*roles: str, person: UUID | None = None) -> Ctx:
    return Ctx(person_id=person or uuid4(), operator=True, operator_roles=frozenset(roles or ("moderator",)), request_id="test")


async def applied(api: Database, command: CompanyApply) -> tuple[Company, Ctx]:
    """The company and the context of its owner."""
    ctx = application_ctx(request_id="apply")
    hashed = await PASSWORDS.hash(command.owner.password)
    async with api.tx(ctx, "any") as tx:
        return await apply(tx, command, hashed), ctx


async def approved(api: Database, command: CompanyApply) -> tuple[Company, Ctx]:
    company, ctx = await applied(api, command)
    async with api.tx(operator(), "any") as tx:
        await review.take(tx, company.id)
        await dossier.mark(tx, company.id, EVERY_FIELD)
        return await review.approve(tx, company.id), ctx


async def events_of(db: TestDatabase, aggregate_id: UUID) -> list[tuple[Any, ...]]:
    owner = await db.owner()
    try:
        found = await owner.fetch(EVENTS, aggregate_id)
    finally:
        await owner.close()
    return [tuple(record) for record in found]


async def test_an_application_becomes_a_company_with_file_account_and_owner(db: TestDatabase) -> None:
    """Applying writes the company, its file, its unverified account, its owner and one event, in one transaction."""
    api = await db.api()
    company, ctx = await applied(api, application())
    assert (company.status, company.version, company.profile, company.base_currency) == ("applied", 1, "vn", "VND")
    assert (company.registration_id, company.tax_id) == ("0100233488", "0100233488")
    assert company.sort_key == "CONG TY TNHH THUC PHAM DONG A"
    async with api.tx(ctx, "applicant") as tx:
        shown = dossier_view(await service.dossier(tx, company.id))
        people = await service.people(tx)
    assert shown.bank is not None
    assert (shown.bank.number, shown.bank.verified_at, shown.bank.in_company_name) == ("0071001234567", None, True)
    assert [(person.person_id, person.email, person.roles) for person in people] == [
        (ctx.person_id, "dao@donga.example", ("owner", "signatory"))
    ]
    assert await events_of(db, company.id) == [("company.applied", 1, None, "applied", ctx.person_id, company.id, [])]


async def test_what_is_sealed_stands_nowhere_in_clear(db: TestDatabase) -> None:
    """No table holds the representative, telephone, contact e-mail or account number of an application; a reader does."""
    api = await db.api()
    given = {"representative": "Phạm Văn Bí", "phone": "0283 822 0011", "contact_email": "bi.mat@donga.example"}
    company, ctx = await applied(api, application(**given))
    owner = await db.owner()
    tables = await owner.fetch("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    async with api.tx(ctx, "applicant") as tx:
        file = (await service.dossier(tx, company.id)).file
    for text in (file.representative, file.phone, file.contact_email, "0071001234567"):
        assert len(text) > 8
        found = [
            row["name"]
            for row in tables
            if await owner.fetchval(f"SELECT EXISTS (SELECT FROM {row['name']} AS t WHERE t::text ILIKE $1)", f"%{text}%")
        ]
        assert (text, found) == (text, [])
    assert (file.representative, file.contact_email) == (given["representative"], given["contact_email"])
    await owner.close()


async def test_who_applies_signs_only_as_the_legal_representative(db: TestDatabase) -> None:
    """An owner who is not the representative named in the application may not sign for the company."""
    api = await db.api()
    _, ctx = await applied(api, application(representative="Somebody Else"))
    async with api.tx(ctx, "applicant") as tx:
        assert [person.roles for person in await service.people(tx)] == [("owner",)]


async def test_every_wrong_field_of_an_application_is_named(db: TestDatabase) -> None:
    """An application with five faults is refused with all five places, and nothing of it is kept."""
    bank = {"holder": "X Y", "bank_name": "ABC", "number": "DE00 1234 5678", "currency": "EUR"}
    command = application(registration_id="0100233489", tax_id="123", region="US-CA", country="VN", bank=bank)
    api = await db.api()
    with pytest.raises(Invalid) as refused:
        await applied(api, command)
    assert {error.pointer for error in refused.value.errors} == {"/region", "/registration_id", "/tax_id", "/bank/number"}
    assert "Enterprise code" in next(error.text() for error in refused.value.errors if error.pointer == "/registration_id")
    with pytest.raises(Invalid) as unknown:
        await applied(api, application(country="ZZ", region="ZZ", tax_id=None))
    assert {error.pointer for error in unknown.value.errors} == {"/country", "/tax_id"}
    owner = await db.owner()
    assert await owner.fetchval("SELECT count(*) FROM company") == 0
    await owner.close()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("legal_name", "A\x00B"),
        ("legal_name", " padded "),
        ("country", "vn"),
        ("status", "active"),
        ("website", "javascript:alert(1)"),
        ("base_currency", "XXX"),
        ("trade_roles", ["operator"]),
        ("owner", {**FIRM["owner"], "password": "short"}),
        ("owner", {**FIRM["owner"], "email": "a@b.vn\nBcc: x@y.vn"}),
        ("owner", {**FIRM["owner"], "operator_roles": ["administrator"]}),
    ],
)
def test_the_schema_refuses_what_no_application_may_say(field: str, value: object) -> None:
    """Control characters, unknown and server-owned fields and malformed values never reach a service."""
    with pytest.raises(msgspec.ValidationError):
        application(**{field: value})


async def test_a_known_number_or_e_mail_is_refused_and_leaves_nothing(db: TestDatabase) -> None:
    """A second application with the same number, or the same e-mail, is a conflict and writes no row."""
    api = await db.api()
    await applied(api, application())
    with pytest.raises(Conflict) as number:
        await applied(api, application(owner={**FIRM["owner"], "email": "other@donga.example"}))
    with pytest.raises(Conflict) as email:
        await applied(api, second(owner={**FIRM["owner"], "email": "DAO@donga.example"}))
    assert [number.value.errors[0].pointer, email.value.errors[0].pointer] == ["/registration_id", "/owner/email"]
    owner = await db.owner()
    counts = [await owner.fetchval(f"SELECT count(*) FROM {table}") for table in ("company", "person", "bank_account", "event")]
    await owner.close()
    assert counts == [1, 1, 1, 1]


async def test_an_operator_takes_approves_and_verifies_the_account(db: TestDatabase) -> None:
    """Taking and approving moves the company to active, verifies its account in the operator's name, and tells the company."""
    api = await db.api()
    company, ctx = await applied(api, application())
    moderator = operator()
    async with api.tx(moderator, "any") as tx:
        queued = await review.queue(tx, "applied", None, 10)
        assert [(item.id, item.reviewer_id) for item in queued.items] == [(company.id, None)]
        assert queued_view(queued.items[0]).age_s >= 0
        assert (await review.take(tx, company.id)).status == "in_review"
    async with api.tx(moderator, "any") as tx:
        with pytest.raises(dossier.ChecksMissing):
            await review.approve(tx, company.id)
        await dossier.mark(tx, company.id, EVERY_FIELD)
        active = await review.approve(tx, company.id)
        assert (await review.queue(tx, "in_review", None, 10)).items == ()
    assert (active.status, active.version, active.active_at is not None) == ("active", 3, True)
    async with api.tx(ctx, "active") as tx:
        bank = await account_store.get(tx, company.id)
        file = await file_store.get(tx, company.id)
    assert bank is not None
    assert (bank.verified_by, bank.verified_at is not None) == (moderator.person_id, True)
    assert file is not None
    assert (file.reviewer_id, file.decided_by) == (moderator.person_id, moderator.person_id)
    assert [(item[0], item[1], item[3], item[6]) for item in await events_of(db, company.id)] == [
        ("company.applied", 1, "applied", []),
        ("company.taken", 2, "in_review", [company.id]),
        *[("company.checked", 2, "in_review", [company.id])] * 6,
        ("company.approved", 3, "active", [company.id]),
    ]


async def test_rejection_and_suspension_give_their_reason_to_the_company_alone(db: TestDatabase) -> None:
    """A rejected applicant reads why and stays out; a suspended one reads why, and trades again when it is lifted."""
    api = await db.api()
    company, ctx = await applied(api, application())
    async with api.tx(operator("compliance"), "any") as tx:
        await review.take(tx, company.id)
        await review.reject(tx, company.id, CompanyReject("The number belongs to another name."))
    async with api.tx(ctx, "any") as tx:
        assert (await service.dossier(tx, company.id)).file.decision_reason == "The number belongs to another name."
        with pytest.raises(WrongState):
            await service.edit(tx, CompanyEdit(version=3, about="again"))
    other, other_ctx = await approved(api, second())
    async with api.tx(operator(), "any") as tx:
        suspended = await review.suspend(tx, other.id, CompanySuspend("Three complaints"))
    async with api.tx(other_ctx, "finish") as tx:
        assert (await service.get(tx, other.id)).status == suspended.status == "suspended"
    first = operator()
    async with api.tx(first, "any") as tx:
        assert (await review.unsuspend(tx, other.id)).status == "suspended"
    with pytest.raises(suspending.SameOperator):
        async with api.tx(first, "any") as tx:
            await review.unsuspend(tx, other.id)
    with pytest.raises(asyncpg.CheckViolationError):
        async with api.tx(first, "any") as tx:
            await tx.execute(suspending.LIFT, other.id, first.person)
    with pytest.raises(Forbidden):
        async with api.tx(first, "any") as tx:
            await store.move(tx, other.id, ["suspended"], "active", None)
    async with api.tx(operator(), "any") as tx:
        lifted = await review.unsuspend(tx, other.id)
    assert (lifted.status, lifted.active_at) == ("active", other.active_at)


@pytest.mark.parametrize("action", ["take", "approve", "unsuspend"])
async def test_an_applicant_cannot_decide_about_itself(db: TestDatabase, action: str) -> None:
    """Neither its own services nor its own row let a company change its standing or verify its account."""
    api = await db.api()
    company, ctx = await applied(api, application())
    act: Callable[..., Any] = getattr(review, action)
    with pytest.raises(Forbidden):
        async with api.tx(ctx, "any") as tx:
            await act(tx, company.id)
    # The same with the application's own checks left out: the database refuses too.
    with pytest.raises(Forbidden):
        async with api.tx(ctx, "any") as tx:
            await store.move(tx, company.id, ["applied"], "active", None)
    with pytest.raises(Forbidden):
        async with api.tx(ctx, "any") as tx:
            await tx.execute("UPDATE company SET active_at = market_now() WHERE id = $1", company.id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with api.tx(ctx, "any") as tx:
            await tx.execute(account_store.VERIFY, company.id, ctx.person_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with api.tx(application_ctx(), "any") as tx:
            await tx.execute(
                "INSERT INTO bank_account (id, company_id, holder, bank_name, number, currency, status, verified_at, "
                "verified_by) VALUES ($1, $2, 'X', 'Y', '12345', 'VND', 'verified', market_now(), $1)",
                tx.ctx.person_id,
                tx.ctx.company_id,
            )
    async with api.tx(ctx, "any") as tx:
        assert (await service.get(tx, company.id)).status == "applied"


async def test_an_operator_decides_neither_without_the_right_nor_about_its_own_company(db: TestDatabase) -> None:
    """A finance operator cannot approve, and a moderator who is one of the company's people cannot either."""
    api = await db.api()
    company, ctx = await applied(api, application())
    for who in (operator("finance"), operator("moderator", person=ctx.person_id)):
        with pytest.raises(Forbidden):
            async with api.tx(who, "any") as tx:
                await review.take(tx, company.id)


async def test_a_decision_in_the_wrong_state_says_the_current_one(db: TestDatabase) -> None:
    """Approving what nobody has taken is refused with the state it is in, and an unknown company is not found."""
    api = await db.api()
    company, _ = await applied(api, application())
    async with api.tx(operator(), "any") as tx:
        with pytest.raises(WrongState) as refused:
            await review.approve(tx, company.id)
        with pytest.raises(NotFound):
            await review.take(tx, uuid4())
    assert refused.value.data["current"] == "applied"


async def test_a_foreign_applicant_is_invisible_and_a_foreign_member_shows_its_profile_only(db: TestDatabase) -> None:
    """Others see nothing of an applicant; of an active member they see the profile, never file, account or people."""
    api = await db.api()
    hidden, _ = await applied(api, application())
    member, member_ctx = await approved(api, second())
    async with api.tx(member_ctx, "active") as tx:
        with pytest.raises(NotFound):
            await service.get(tx, hidden.id)
        with pytest.raises(NotFound):
            await service.dossier(tx, hidden.id)
        assert list(await service.names(tx, [hidden.id, member.id])) == [member.id]
    stranger = application_ctx()
    async with api.tx(stranger, "any") as tx:
        assert view(await service.get(tx, member.id)).legal_name == "Lee Ltd"
        with pytest.raises(NotFound):
            await service.dossier(tx, member.id)
        assert await service.people(tx) == []
        for table in ("company_file", "bank_account", "membership", "person"):
            assert await tx.value(f"SELECT count(*) FROM {table}") == 0
        assert await tx.execute(store.EDIT, member.id, 3, "Mine", "MINE", "", None, []) == "UPDATE 0"


async def test_the_queue_and_the_directory_page_without_gaps(db: TestDatabase) -> None:
    """Cursors walk each list in its order, once, and a changed or foreign cursor is refused with 422."""
    api = await db.api()
    ids: list[UUID] = []
    for number, name in enumerate(("Đại Nam", "Ánh Sao", "Bình Minh")):
        owner = {"name": "P", "email": f"p{number}@x.example", "password": "correct horse"}
        command = second(legal_name=name, registration_id=f"SC{number}", owner=owner)
        ids.append((await approved(api, command) if number else await applied(api, command))[0].id)
    async with api.tx(operator(), "any") as tx:
        for company in ids[:1]:
            await review.take(tx, company)
            await dossier.mark(tx, company, EVERY_FIELD)
            await review.approve(tx, company)
        first = await service.directory(tx, None, 2)
        assert first.next is not None
        rest = await service.directory(tx, first.next, 2)
        assert [row.display_name for row in (*first.items, *rest.items)] == ["Ánh Sao", "Bình Minh", "Đại Nam"]
        assert rest.next is None
        queued = await review.queue(tx, "active", None, 2)
        assert queued.next is not None
        assert [row.id for row in (await review.queue(tx, "active", queued.next, 2)).items] == ids[2:]
        changed = ("y" if first.next.startswith("x") else "x") + first.next[1:]
        for bad in (first.next[:-1], changed, queued.next, "", "%%%", "A" * 5000, "é"):
            with pytest.raises(Invalid) as refused:
                await service.directory(tx, bad, 2)
            assert refused.value.errors[0].pointer == "/cursor"


async def test_the_own_file_changes_only_at_the_version_that_was_read(db: TestDatabase) -> None:
    """An edit changes what it names, counts the version, and is refused when somebody was faster."""
    api = await db.api()
    _, ctx = await approved(api, second(base_currency="USD"))
    change = CompanyEdit(version=3, signing_limit="1000.50", display_name="Lễ Hội", website="https://lee.example/a")
    with pytest.raises(StepUpRequired):
        async with api.tx(ctx, "finish") as tx:
            await service.edit(tx, change)
    ctx = msgspec.structs.replace(ctx, stepped_up=True)
    async with api.tx(ctx, "finish") as tx:
        after = dossier_view(await service.edit(tx, change))
    assert (after.signing_limit, after.company.version) == ("1000.50", 4)
    assert (after.company.display_name, after.company.website, after.address) == (
        "Lễ Hội",
        "https://lee.example/a",
        FIRM["address"],
    )
    async with api.tx(ctx, "finish") as tx:
        with pytest.raises(WrongState):
            await service.edit(tx, change)
        again = await service.edit(tx, CompanyEdit(version=4, signing_limit="0", website=None))
    assert (again.file.signing_limit_minor, again.company.website) == (0, None)
    async with api.tx(ctx, "finish") as tx:
        with pytest.raises(Invalid) as refused:
            await service.edit(tx, CompanyEdit(version=5, signing_limit="1.001"))
    assert [error.pointer for error in refused.value.errors] == ["/signing_limit"]


async def test_only_owners_and_admins_change_the_company_or_its_people(db: TestDatabase) -> None:
    """A buyer changes neither file nor people; an admin adds people but makes no owner; the database agrees."""
    api = await db.api()
    _, ctx = await approved(api, second())
    hashed = await PASSWORDS.hash("first password")

    def newcomer(email: str, *roles: str) -> MemberAdd:
        return msgspec.convert({"name": "Bo", "email": email, "password": "first password", "roles": roles}, MemberAdd)

    async with api.tx(ctx, "active") as tx:
        admin = await service.add_member(tx, newcomer("admin@lee.example", "admin"), hashed)
        buyer = await service.add_member(tx, newcomer("buyer@lee.example", "buyer", "buyer"), hashed)
        with pytest.raises(Conflict):
            await service.add_member(tx, newcomer("Buyer@lee.example", "seller"), hashed)
    assert buyer.roles == ("buyer",)
    as_admin = msgspec.structs.replace(ctx, person_id=admin.person_id, roles=frozenset({"admin"}))
    async with api.tx(as_admin, "active") as tx:
        with pytest.raises(Forbidden):
            await service.add_member(tx, newcomer("x@lee.example", "owner"), hashed)
        await service.add_member(tx, newcomer("seller@lee.example", "seller"), hashed)
        assert len(await service.people(tx)) == 4
    as_buyer = msgspec.structs.replace(ctx, person_id=buyer.person_id, roles=frozenset({"buyer"}))
    async with api.tx(as_buyer, "active") as tx:
        for refused in (
            service.edit(tx, CompanyEdit(version=3, signing_limit=None)),
            service.add_member(tx, newcomer("y@lee.example", "owner"), hashed),
        ):
            with pytest.raises(Forbidden):
                await refused
    with pytest.raises(Forbidden):
        async with api.tx(as_buyer, "active") as tx:
            await people_store.add_member(tx, uuid4(), "z@lee.example", "Z", hashed, "vi", ["owner"])
    assert [item[0] for item in await events_of(db, admin.person_id)] == ["person.added"]


def test_names_fold_for_sorting_and_comparing() -> None:
    """Accents, case and the letter đ do not decide where a name stands."""
    assert fold("  Công ty  Đầu tư đại Ấn ") == "CONG TY DAU TU DAI AN"
    assert fold("Café Straße") == "CAFE STRASSE"


def test_a_country_without_its_own_profile_takes_the_neutral_one() -> None:
    """Viet Nam has a profile, others share the default one."""
    assert [profile_of(country).code for country in ("VN", "GB", "US")] == ["vn", "default", "default"]


async def test_states_and_currencies_are_those_of_the_database(db: TestDatabase) -> None:
    """The lifecycle names the states of the CHECK, and the wire's currencies are the table's rows."""
    owner = await db.owner()
    check = await owner.fetchval(STATUS_CHECK)
    currencies = {record["code"] for record in await owner.fetch("SELECT code FROM currency")}
    await owner.close()
    assert {state for state in LIFECYCLE.states if f"'{state}'" in check} == LIFECYCLE.states
    assert check.count("'::text") == len(LIFECYCLE.states)
    assert set(Currency.__args__) == currencies
