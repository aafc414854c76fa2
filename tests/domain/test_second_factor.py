"""The second factor: codes that count once, recovery codes, the challenge between the steps, and what is kept of it all."""

import asyncio
import time
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from pyotp import TOTP

from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.domain.identity import factor, store
from exchange.domain.identity.access import Access
from exchange.domain.identity.factor import Vault
from exchange.domain.identity.model import SignedIn
from exchange.domain.identity.refusals import (
    ChallengeOver,
    FactorUnreadable,
    SecondFactorIsOn,
    SecondFactorNotOn,
    SecondFactorRequired,
    TooManyCodes,
    WrongCode,
    WrongPassword,
)
from exchange.domain.identity.second_step import confirm, sign_in_with_code, switch_off
from exchange.errors import Forbidden, MailNotVerified
from exchange.seal import Seal
from schemas.identity import SignInCode
from tests.conftest import TestDatabase
from tests.domain.test_identity import PASSWORDS, RIGHT, VAULT, as_owner, enter, joined

EMAIL = "ann@x.example"


class Device:
    """What the person holds in the hand."""

    def __init__(self, uri: str) -> None:
        self.totp = TOTP(parse_qs(urlsplit(uri).query)["secret"][0])

    def code(self, steps: int = 0) -> str:
        return self.totp.generate_otp(int(time.time()) // factor.STEP_S + steps)

    def wrong(self) -> str:
        """Six digits that no step near now has."""
        near = {self.code(steps) for steps in range(-3, 4)}
        return next(text for text in (f"{number:06d}" for number in range(10)) if text not in near)


async def connected(api: Database, ann: Ctx) -> tuple[Device, tuple[str, ...]]:
    """A second factor that is on; its code of now is used up."""
    async with api.tx(ann, "any") as tx:
        device = Device(await factor.begin(tx, VAULT))
    codes, _ = await confirm(api, PASSWORDS, VAULT, ann, RIGHT, device.code(), token=(await enter(api, EMAIL)).token)
    return device, codes


async def password_hash(tx: Tx) -> str:
    found = await store.sign_in_row(tx, EMAIL)
    assert found is not None
    return found.password_hash


async def challenge(api: Database) -> str:
    with pytest.raises(SecondFactorRequired) as asked:
        await enter(api, EMAIL)
    return str(asked.value.data["challenge"])


async def answer(api: Database, given: str, code: str, address: str = "192.0.2.1", old: str | None = None) -> SignedIn:
    return await sign_in_with_code(api, VAULT, SignInCode(given, code), address=address, old_token=old)


async def test_with_a_second_factor_the_password_alone_makes_no_session(db: TestDatabase) -> None:
    """The right password gives a challenge; with a code of the device it becomes a session under a new id."""
    api = await db.api()
    ann = await joined(api, "ann")
    before = await enter(api, EMAIL)
    device, _ = await connected(api, ann)
    asked = await challenge(api)
    assert await as_owner(db, "SELECT count(*) FROM session") == 1
    signed_in = await answer(api, asked, device.code(1), old=before.token)
    assert (signed_in.person_id, signed_in.company_id) == (ann.person_id, ann.company_id)
    assert signed_in.token not in (before.token, asked)
    assert await as_owner(db, "SELECT count(*) FROM session") == 2


async def test_a_code_counts_once_even_when_it_is_sent_many_times_at_once(db: TestDatabase) -> None:
    """Of five parallel sign-ins with one code one succeeds, and no older code counts after it."""
    api = await db.api()
    device, _ = await connected(api, await joined(api, "ann"))
    asked = await challenge(api)
    code, older = device.code(1), device.code()
    answers = await asyncio.gather(*(answer(api, asked, code) for _ in range(5)), return_exceptions=True)
    assert sorted(type(item).__name__ for item in answers) == ["SignedIn", *["WrongCode"] * 4]
    with pytest.raises(WrongCode):
        await answer(api, asked, older)


async def test_codes_of_the_neighbouring_steps_count_and_no_others(db: TestDatabase) -> None:
    """A telephone whose clock is a minute and a half away is refused; one step ahead is not."""
    api = await db.api()
    device, _ = await connected(api, await joined(api, "ann"))
    asked = await challenge(api)
    for far in (-4, 4):
        with pytest.raises(WrongCode):
            await answer(api, asked, device.code(far))
    assert await answer(api, asked, f" {device.code(1)[:3]} {device.code(1)[3:]} ")


async def test_ten_recovery_codes_each_count_once(db: TestDatabase) -> None:
    """Each opens one session, typed with or without dashes; the table holds hashes only, and the use is recorded."""
    api = await db.api()
    ann = await joined(api, "ann")
    _, codes = await connected(api, ann)
    assert len(set(codes)) == 10
    asked = await challenge(api)
    assert await answer(api, asked, codes[0])
    assert await answer(api, asked, codes[1].replace("-", "").lower())
    for used in codes[:2]:
        with pytest.raises(WrongCode):
            await answer(api, asked, used)
    async with api.tx(ann, "any") as tx:
        assert (await factor.state(tx)).recovery_codes_left == 8
    kept = await as_owner(db, "SELECT string_agg(encode(code_hash, 'escape'), ' ') FROM recovery_code")
    assert not any(code in kept or factor.plain(code) in kept for code in codes)
    assert await as_owner(db, "SELECT count(*) FROM event WHERE type = 'person.recovery_code_used'") == 2


async def test_ten_wrong_codes_lock_the_account_from_every_address_and_after_a_restart(db: TestDatabase) -> None:
    """Codes are counted by person before they are checked; the right code waits too, and so does a recovery code."""
    api = await db.api()
    device, codes = await connected(api, await joined(api, "ann"))
    asked = await challenge(api)
    guesses = [answer(api, asked, device.wrong(), f"192.0.2.{number}") for number in range(15)]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert [type(item) for item in answers].count(WrongCode) == 10
    restarted = await db.api()
    for code in (device.code(1), codes[0]):
        with pytest.raises(TooManyCodes):
            await answer(restarted, asked, code, "198.51.100.1")


async def test_a_challenge_ends_and_cannot_be_made_up(db: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five minutes later, changed by one letter, or sealed with another secret it is worth nothing."""
    api = await db.api()
    device, _ = await connected(api, await joined(api, "ann"))
    asked = await challenge(api)
    async with api.tx(Ctx(), "any") as tx:
        kept = await password_hash(tx)
        foreign = await factor.challenge(tx, Vault("another secret, as long as the first one was"), EMAIL, kept)
        monkeypatch.setattr(factor, "CHALLENGE_S", 0)
        over = await factor.challenge(tx, VAULT, EMAIL, kept)
    changed = asked[:40] + ("A" if asked[40] != "A" else "B") + asked[41:]
    for bad in (foreign, over, changed, "x", "é"):
        with pytest.raises(ChallengeOver):
            await answer(api, bad, device.code(1))
    assert await answer(api, asked, device.code(1))


async def test_it_is_switched_on_and_off_only_with_password_and_code(db: TestDatabase) -> None:
    """A wrong password or code changes nothing; on and off are recorded, and off makes the codes worthless."""
    api = await db.api()
    ann = await joined(api, "ann")
    async with api.tx(ann, "any") as tx:
        device = Device(await factor.begin(tx, VAULT))
    with pytest.raises(WrongPassword):
        await confirm(api, PASSWORDS, VAULT, ann, "wrong", device.code(), token="")
    with pytest.raises(WrongCode):
        await confirm(api, PASSWORDS, VAULT, ann, RIGHT, device.wrong(), token="")
    here, there = (await enter(api, EMAIL)).token, (await enter(api, EMAIL)).token
    _, renewed = await confirm(api, PASSWORDS, VAULT, ann, RIGHT, device.code(), token=here)
    access = await Access.open(api)
    assert [await access.session(item) is not None for item in (here, there, renewed.token)] == [False, False, True]
    with pytest.raises(SecondFactorIsOn):
        async with api.tx(ann, "any") as tx:
            await factor.begin(tx, VAULT)
    with pytest.raises(WrongPassword):
        await switch_off(api, PASSWORDS, VAULT, ann, "wrong", device.code(1))
    with pytest.raises(WrongCode):
        await switch_off(api, PASSWORDS, VAULT, ann, RIGHT, device.wrong())
    await switch_off(api, PASSWORDS, VAULT, ann, RIGHT, device.code(1))
    with pytest.raises(SecondFactorNotOn):
        await switch_off(api, PASSWORDS, VAULT, ann, RIGHT, device.code(1))
    assert await enter(api, EMAIL)
    assert await as_owner(db, "SELECT count(*) FROM recovery_code") == 0
    recorded = "SELECT array_agg(type ORDER BY seq) FROM event WHERE type LIKE 'person.second%'"
    assert await as_owner(db, recorded) == ["person.second_factor_on", "person.second_factor_off"]


async def test_the_secret_is_sealed_for_its_person(db: TestDatabase) -> None:
    """The table does not hold it readably, and moved to another person's row it opens for nobody."""
    api = await db.api()
    ann, bob = await joined(api, "ann"), await joined(api, "bob")
    device, _ = await connected(api, ann)
    sealed = await as_owner(db, "SELECT sealed_secret FROM second_factor")
    assert device.totp.secret.encode() not in sealed
    assert VAULT.factor.open(sealed, ann.person.bytes) == device.totp.secret.encode()
    assert VAULT.factor.open(sealed, bob.person.bytes) is None
    assert VAULT.challenge.open(sealed, ann.person.bytes) is None
    assert VAULT.factor.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), ann.person.bytes) is None
    assert Seal("another secret, as long as the first one was", "second factor").open(sealed, ann.person.bytes) is None


async def test_after_a_change_of_the_secret_a_recovery_code_is_the_way(db: TestDatabase) -> None:
    """A code of the device is refused with what to do, not with an error of ours; a recovery code signs in and switches off."""
    api = await db.api()
    ann = await joined(api, "ann")
    device, codes = await connected(api, ann)
    changed = Vault("another secret, as long as the first one was")
    async with api.tx(Ctx(), "any") as tx:
        asked = await factor.challenge(tx, changed, EMAIL, await password_hash(tx))
    with pytest.raises(FactorUnreadable):
        await sign_in_with_code(api, changed, SignInCode(asked, device.code(1)), address="192.0.2.1")
    assert await sign_in_with_code(api, changed, SignInCode(asked, codes[0]), address="192.0.2.1")
    await switch_off(api, PASSWORDS, changed, ann, RIGHT, codes[1])
    async with api.tx(ann, "any") as tx:
        await factor.begin(tx, VAULT)
        assert await factor.begun(tx, changed) is None


async def test_nobody_reads_the_second_factor_of_another_person(db: TestDatabase) -> None:
    """Row security shows each person their own alone, an operator too; a key of a system reaches none."""
    api = await db.api()
    ann, bob = await joined(api, "ann"), await joined(api, "bob")
    await connected(api, ann)
    operator = Ctx(person_id=bob.person_id, operator=True, operator_roles=frozenset({"administrator"}))
    for other in (bob, operator, Ctx()):
        async with api.tx(other, "any") as tx:
            assert await tx.value("SELECT count(*) FROM second_factor") == 0
            assert await tx.value("SELECT count(*) FROM recovery_code") == 0
    with pytest.raises(Forbidden):
        async with api.tx(Ctx(person_id=ann.person_id, scopes=frozenset()), "any") as tx:
            await factor.begin(tx, VAULT)


async def test_an_address_that_nobody_proved_gets_no_second_factor(db: TestDatabase) -> None:
    """Else an account made with somebody's address would keep them out of it for good: a reset leaves the second step."""
    api = await db.api()
    ann = msgspec.structs.replace(await joined(api, "ann"), verified=False)
    with pytest.raises(MailNotVerified):
        async with api.tx(ann, "any") as tx:
            await factor.begin(tx, VAULT)
    with pytest.raises(MailNotVerified):
        await confirm(api, PASSWORDS, VAULT, ann, RIGHT, "123456", token=(await enter(api, EMAIL)).token)
