"""Sign-in, sessions, lock-out, company switch and step-up, against the real database."""

import asyncio
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.company import dossier, review
from exchange.domain.company import service as companies
from exchange.domain.company.applying import application_ctx, apply
from exchange.domain.identity import service, store
from exchange.domain.identity.access import Access, SessionCache
from exchange.domain.identity.factor import Vault
from exchange.domain.identity.model import SignedIn
from exchange.domain.identity.refusals import LockedOut, WrongCredentials, WrongPassword
from exchange.domain.identity.service import check_password, sign_in, sign_out, switch_company, token_hash
from exchange.domain.identity.view import me_view
from exchange.errors import Forbidden, NotFound, Unavailable
from exchange.passwords import PENDING_MAX, Passwords
from exchange.settings import SettingsError, load
from schemas.company import CompanyApply, MemberAdd
from schemas.dossier import ChecksIn, FieldCheckIn
from schemas.identity import SignIn
from tests.conftest import TestDatabase

PASSWORDS = Passwords.cheap()
VAULT = Vault("a secret of the tests, long enough for anybody")
RIGHT = "correct horse"


async def joined(api: Database, name: str, *, approve: bool = False) -> Ctx:
    """The owner of a new company; their e-mail is name@x.example and their password RIGHT."""
    body: dict[str, Any] = {
        "legal_name": f"{name} Ltd",
        "country": "GB",
        "region": "GB",
        "registration_id": name,
        "tax_id": name,
        "address": "1 High Street",
        "representative": name,
        "bank": {"holder": f"{name} Ltd", "bank_name": "HSBC", "number": "12345678", "currency": "GBP"},
        "owner": {"name": name, "email": f"{name}@x.example", "password": RIGHT},
    }
    ctx = application_ctx()
    hashed = await PASSWORDS.hash(RIGHT)
    async with api.tx(ctx, "any") as tx:
        await apply(tx, msgspec.convert(body, CompanyApply), hashed)
    if approve:
        moderator = Ctx(person_id=uuid4(), operator=True, operator_roles=frozenset({"moderator"}))
        async with api.tx(moderator, "any") as tx:
            await review.take(tx, ctx.company)
            await dossier.mark(tx, ctx.company, ChecksIn(tuple(FieldCheckIn(field, "ok") for field in dossier.REQUIRED)))
            await review.approve(tx, ctx.company)
    return msgspec.structs.replace(ctx, stepped_up=True)


async def as_owner(db: TestDatabase, statement: str, *arguments: object) -> Any:
    owner = await db.owner()
    try:
        return await owner.fetchval(statement, *arguments)
    finally:
        await owner.close()


async def enter(api: Database, email: str, password: str = RIGHT, **more: Any) -> SignedIn:
    return await sign_in(api, PASSWORDS, VAULT, SignIn(email, password), **{"address": "192.0.2.1", **more})


async def test_a_member_signs_in_for_their_company(db: TestDatabase) -> None:
    """The right password gives a session whose context is the person, their company and roles; the table holds a hash only."""
    api = await db.api()
    ctx = await joined(api, "ann")
    signed_in = await enter(api, "Ann@X.example", agent="Browser")
    found = await (await Access.open(api)).session(signed_in.token, "r1")
    assert found == Ctx(
        person_id=ctx.person_id,
        person_name="ann",
        company_id=ctx.company_id,
        company_name="ann Ltd",
        company_status="applied",
        roles=frozenset({"owner", "signatory"}),
        request_id="r1",
        locale="vi",
        stepped_up=True,
    )
    assert await as_owner(db, "SELECT token_hash FROM session") == token_hash(signed_in.token)
    async with api.tx(found, "any") as tx:
        await service.set_locale(tx, "en")
        shown = me_view(found, await service.me(tx))
    assert (shown.email, shown.locale, [item.name for item in shown.companies]) == ("ann@x.example", "en", ["ann Ltd"])
    assert "key.write" in shown.permissions
    assert "operator.read" not in shown.permissions
    assert "contract.sign" in shown.permissions


async def test_whoever_it_is_a_wrong_password_gets_the_same_answer_and_work(
    db: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known, unknown, address unproved, left, erased: all alike, each one argon2id check of the same cost; with a control."""
    api = await db.api()
    for name in ("ann", "new", "left", "gone"):
        await joined(api, name)
    await as_owner(db, "UPDATE person SET verified_at = clock_timestamp() WHERE email <> 'new@x.example'")
    await as_owner(db, "UPDATE person SET verified_at = NULL WHERE email = 'new@x.example'")
    who = "person_id = (SELECT p.id FROM person AS p WHERE p.email = 'left@x.example')"
    await as_owner(db, f"UPDATE membership SET ended_at = clock_timestamp() WHERE {who}")
    await as_owner(db, "UPDATE person SET erased_at = clock_timestamp() WHERE email = 'gone@x.example'")
    checked: list[str] = []
    real = PASSWORDS._argon2.verify

    def watched(password: str, known: str) -> bool:
        checked.append(known.rsplit("$", 2)[0])
        return real(password, known)

    async def work(name: str) -> tuple[str, list[str]]:
        checked.clear()
        with pytest.raises(WrongCredentials) as refused:
            await enter(api, f"{name}@x.example", "wrong")
        return refused.value.text(), list(checked)

    monkeypatch.setattr(PASSWORDS._argon2, "verify", watched)
    alike = ("This e-mail and password do not belong together.", ["$argon2id$v=19$m=8,t=1,p=1"])
    assert {name: await work(name) for name in ("ann", "new", "left", "gone", "nobody")} == dict.fromkeys(
        ("ann", "new", "left", "gone", "nobody"), alike
    )

    async def hurried(password: str, known: str | None) -> bool:
        return known is not None and watched(password, known)

    # Without the hash of nobody, an unknown address is told by its missing work.
    monkeypatch.setattr(PASSWORDS, "verify", hurried)
    assert [(await work(name))[1] for name in ("ann", "nobody")] == [alike[1], []]


@pytest.mark.parametrize("name", ["ann", "nobody"])
async def test_ten_wrong_passwords_lock_and_the_lock_survives(db: TestDatabase, name: str) -> None:
    """The eleventh from there is refused after a restart and with the right password too, for a known person or not."""
    api = await db.api()
    await joined(api, "ann")
    for attempt in range(10):
        with pytest.raises(WrongCredentials):
            await enter(api, f"{name}@x.example", f"wrong {attempt}")
    restarted = await db.api()
    with pytest.raises(LockedOut) as locked:
        await enter(restarted, f"{name}@x.example")
    assert 890 <= int(str(locked.value.data["seconds"])) <= 900
    assert await as_owner(db, "SELECT count(*) FROM session") == 0


async def test_nobody_locks_out_another_person_by_their_e_mail(db: TestDatabase) -> None:
    """However many wrong passwords come from other addresses, the person signs in from their own."""
    api = await db.api()
    await joined(api, "ann")
    for number in range(24):
        with pytest.raises((WrongCredentials, LockedOut)):
            await enter(api, "ann@x.example", "wrong", address=f"198.51.100.{number % 2}")
    with pytest.raises(LockedOut):
        await enter(api, "ann@x.example", address="198.51.100.1")
    assert (await enter(api, "ann@x.example", address="203.0.113.9")).person_id


async def test_many_attempts_at_once_are_locked_out_like_many_in_a_row(db: TestDatabase) -> None:
    """Of thirty parallel guesses at most ten are checked."""
    api = await db.api()
    await joined(api, "ann")
    guesses = [enter(api, "ann@x.example", f"wrong {number}") for number in range(30)]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert [type(answer) for answer in answers].count(WrongCredentials) == 10
    assert [type(answer) for answer in answers].count(LockedOut) == 20


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8:1:2::%x"], ids=["one address", "any address of one IPv6 network"])
async def test_one_address_that_tries_many_people_is_locked(db: TestDatabase, address: str) -> None:
    """Thirty failures from one place lock it for everybody's e-mail, a success between them or not; other places are free."""
    api = await db.api()
    await joined(api, "ann")
    for number in range(30):
        if number == 15:
            assert await enter(api, "ann@x.example", address=address % number if "%" in address else address)
        with pytest.raises(WrongCredentials):
            await enter(api, f"p{number}@x.example", address=address % number if "%" in address else address)
    with pytest.raises(LockedOut):
        await enter(api, "ann@x.example", address=address % 255 if "%" in address else address)
    assert (await enter(api, "ann@x.example", address="203.0.113.9")).person_id


async def test_a_success_forgets_the_failures_before_it(db: TestDatabase) -> None:
    """Nine failures and a success, again and again, never lock the person; the address still has them on its account."""
    api = await db.api()
    await joined(api, "ann")
    for _ in range(2):
        for _ in range(9):
            with pytest.raises(WrongCredentials):
                await enter(api, "ann@x.example", "wrong")
        await enter(api, "ann@x.example")
    assert await as_owner(db, "SELECT array_agg(failures) FROM sign_in_counter") == [18]


async def test_the_session_id_changes_at_sign_in_and_an_unknown_one_is_never_adopted(db: TestDatabase) -> None:
    """A token that somebody planted opens nothing before and after sign-in; the one before is closed."""
    api = await db.api()
    await joined(api, "ann")
    access = await Access.open(api)
    planted = "A" * 43
    assert await access.session(planted) is None
    first = await enter(api, "ann@x.example", old_token=planted)
    assert first.token != planted
    assert await access.session(planted) is None
    second = await enter(api, "ann@x.example", old_token=first.token)
    assert second.token != first.token
    assert await access.session(first.token) is None
    assert await access.session(second.token) is not None
    for odd in ("", "x", second.token + "x", second.token[:-1] + "é", "'; DROP TABLE session; --"):
        assert await access.session(odd) is None


async def test_switching_the_company_makes_a_new_session_and_only_for_own_companies(db: TestDatabase) -> None:
    """The new session acts for the other company, the old one is gone, and a stranger's company is not found."""
    api = await db.api()
    ann = await joined(api, "ann")
    bob = await joined(api, "bob", approve=True)
    eve = await joined(api, "eve", approve=True)
    await as_owner(
        db, "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, '{buyer}')", bob.company_id, ann.person_id
    )
    access = await Access.open(api)
    before = await enter(api, "ann@x.example")
    ctx = await access.session(before.token)
    assert ctx is not None
    other = bob.company if ctx.company == ann.company else ann.company
    with pytest.raises(NotFound):
        await switch_company(api, ctx, eve.company, token=before.token)
    after = await switch_company(api, ctx, other, token=before.token)
    access.forget(before.token)
    assert await access.session(before.token) is None
    switched = await access.session(after.token)
    assert switched is not None
    assert (switched.company_id, switched.person_id) == (other, ann.person_id)
    assert switched.roles == frozenset({"buyer"} if other == bob.company else {"owner"})
    await as_owner(db, "UPDATE membership SET ended_at = clock_timestamp() WHERE person_id = $1", ann.person_id)
    ended = await access.session(after.token, fresh=True)
    assert ended is not None
    assert (ended.company_id, ended.roles) == (None, frozenset())


async def test_an_operators_session_never_has_a_company(db: TestDatabase) -> None:
    """A person with operator roles acts as operator only: no company at sign-in, none by switching, none by force."""
    api = await db.api()
    ann = await joined(api, "ann")
    await as_owner(db, "UPDATE person SET operator_roles = '{moderator,finance}' WHERE id = $1", ann.person_id)
    access = await Access.open(api)
    signed_in = await enter(api, "ann@x.example")
    ctx = await access.session(signed_in.token)
    assert ctx is not None
    assert (signed_in.operator, signed_in.company_id, ctx.operator, ctx.company_id) == (True, None, True, None)
    assert (ctx.roles, ctx.operator_roles) == (frozenset(), frozenset({"moderator", "finance"}))
    with pytest.raises(Forbidden):
        await switch_company(api, ctx, ann.company, token=signed_in.token)
    seen = await as_owner(db, "SELECT password_hash FROM person WHERE id = $1", ann.person_id)
    with pytest.raises(Exception, match="session_check"):
        async with api.tx(ctx, "any") as tx:
            await tx.value(store.OPEN, bytes(32), ann.person_id, ann.company_id, True, "", service.LIFETIME, "", seen)
    await as_owner(db, "UPDATE person SET operator_roles = '{}' WHERE id = $1", ann.person_id)
    assert await access.session(signed_in.token, fresh=True) is None


async def test_a_member_cannot_make_itself_operator(db: TestDatabase) -> None:
    """A session opened as operator is refused for who is none, and the own row's roles cannot be written."""
    api = await db.api()
    ann = await joined(api, "ann")
    seen = await as_owner(db, "SELECT password_hash FROM person WHERE id = $1", ann.person_id)
    async with api.tx(ann, "any") as tx:
        assert not await store.open_session(tx, bytes(32), ann.person, None, True, "", service.LIFETIME, "", seen)
    with pytest.raises(Exception, match="permission denied"):
        async with api.tx(ann, "any") as tx:
            await tx.execute("UPDATE person SET operator_roles = '{administrator}' WHERE id = $1", ann.person_id)


async def test_signing_out_ends_the_session_at_once_here_and_within_ten_seconds_elsewhere(db: TestDatabase) -> None:
    """Another process answers from its memory for ten seconds at most, and not at all when asked to read afresh."""
    api = await db.api()
    await joined(api, "ann")
    now = 0.0
    here = await Access.open(api)
    elsewhere = await Access.open(api, cache=SessionCache(clock=lambda: now))
    token = (await enter(api, "ann@x.example")).token
    assert await here.session(token) is not None
    assert await elsewhere.session(token) is not None
    await sign_out(api, token)
    here.forget(token)
    assert await here.session(token) is None
    now = 9.9
    assert await elsewhere.session(token) is not None
    now = 10.0
    assert await elsewhere.session(token) is None


async def test_reading_afresh_sees_a_closed_session_that_is_still_remembered(db: TestDatabase) -> None:
    """Money and signatures ask the database, and what they learn replaces what was remembered."""
    api = await db.api()
    await joined(api, "ann")
    access = await Access.open(api)
    token = (await enter(api, "ann@x.example")).token
    assert await access.session(token) is not None
    await sign_out(api, token)
    assert await access.session(token, fresh=True) is None
    assert await access.session(token) is None


async def test_an_expired_session_opens_nothing(db: TestDatabase) -> None:
    """A session past its end is nobody's, whoever still has the token."""
    api = await db.api()
    await joined(api, "ann")
    token = (await enter(api, "ann@x.example")).token
    await as_owner(db, "UPDATE session SET expires_at = clock_timestamp()")
    assert await (await Access.open(api)).session(token) is None


def test_the_memory_of_sessions_is_bounded() -> None:
    """The oldest context is dropped when one too many is remembered."""
    cache = SessionCache(most=3)
    proofs = [bytes([number]) for number in range(5)]
    for proof in proofs:
        cache.put(proof, Ctx(request_id=proof.hex()))
    assert len(cache) == 3
    assert [cache.get(proof) is not None for proof in proofs] == [False, False, True, True, True]


async def test_step_up_takes_the_own_password_only_and_locks_after_ten_wrong_ones(db: TestDatabase) -> None:
    """Ten wrong ones lock stepping up, not signing in."""
    api = await db.api()
    ann = await joined(api, "ann")
    await check_password(api, PASSWORDS, ann, RIGHT)
    with pytest.raises(WrongPassword):
        await check_password(api, PASSWORDS, Ctx(person_id=uuid4()), RIGHT)
    for _ in range(10):
        with pytest.raises(WrongPassword):
            await check_password(api, PASSWORDS, ann, "wrong")
    with pytest.raises(LockedOut):
        await check_password(api, PASSWORDS, ann, RIGHT)
    assert await enter(api, "ann@x.example")


async def test_a_colleague_signs_in_with_the_first_password(db: TestDatabase) -> None:
    """A person whom the owner added acts for the company with exactly the roles given."""
    api = await db.api()
    ann = await joined(api, "ann")
    hashed = await PASSWORDS.hash("first password")
    command = MemberAdd(name="Bo", email="bo@x.example", password="first password", roles=("buyer", "viewer"), locale="en")
    async with api.tx(ann, "any") as tx:
        await companies.add_member(tx, command, hashed)
    signed_in = await enter(api, "bo@x.example", "first password")
    ctx = await (await Access.open(api)).session(signed_in.token)
    assert ctx is not None
    assert (ctx.company_id, ctx.roles, ctx.locale) == (ann.company_id, frozenset({"buyer", "viewer"}), "en")


async def test_a_flood_of_sign_ins_is_told_to_come_back() -> None:
    """More checks than may wait are refused at once instead of piling up, and later ones succeed again."""
    passwords = Passwords(time_cost=1, memory_kib=8, parallelism=1, concurrent=1)
    known = await passwords.hash(RIGHT)
    answers = await asyncio.gather(*(passwords.verify(RIGHT, known) for _ in range(PENDING_MAX + 5)), return_exceptions=True)
    assert [type(answer) for answer in answers].count(Unavailable) == 5
    assert answers.count(True) == PENDING_MAX
    assert await passwords.verify(RIGHT, known)
    assert not await passwords.verify(RIGHT, None)
    passwords.close()


async def test_the_passwords_of_the_exchange_cost_what_they_should() -> None:
    """Without arguments a hash is argon2id with 64 MiB and three passes, each with a salt of its own."""
    passwords = Passwords()
    first, second = await passwords.hash(RIGHT), await passwords.hash(RIGHT)
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert await passwords.verify(RIGHT, first)
    assert not await passwords.verify("correct hors", first)
    passwords.close()


def test_cheap_hashes_are_refused_outside_a_sandbox() -> None:
    """The setting that spares the work of a hash stops the start of an exchange with real members."""
    cheap = load(
        {"DATABASE_URL": "x", "EXCHANGE_MATCHER_SOCKET": "x", "EXCHANGE_FILES_URL": "x", "EXCHANGE_SECRET": "x" * 32}
        | {"EXCHANGE_ARGON2": "cheap"}
    )
    with pytest.raises(SettingsError, match="EXCHANGE_ARGON2"):
        Passwords.of(cheap, sandbox=False)
    Passwords.of(cheap, sandbox=True).close()
