"""Proving once more who acts: what it asks for, how long it counts, and that the session gets another token."""

import asyncio

import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.identity import factor, keys
from exchange.domain.identity.access import Access
from exchange.domain.identity.refusals import CodeNeeded, PasswordNeeded, WrongCode, WrongPassword
from exchange.domain.identity.second_step import sign_in_with_code
from exchange.domain.identity.service import switch_company
from exchange.domain.identity.stepping_up import step_up
from exchange.domain.permission import need_step_up
from exchange.errors import Forbidden, NotFound, StepUpRequired
from schemas.identity import KeyCreate, SignInCode, StepUp
from tests.conftest import TestDatabase
from tests.domain.test_identity import PASSWORDS, RIGHT, VAULT, as_owner, enter, joined
from tests.domain.test_second_factor import connected, password_hash

EMAIL = "ann@x.example"


async def seen(access: Access, token: str) -> Ctx:
    found = await access.session(token, fresh=True)
    assert found is not None
    return found


async def prove(api: Database, ctx: Ctx, token: str, **given: str) -> str:
    """The token that the session has afterwards."""
    return (await step_up(api, PASSWORDS, VAULT, ctx, msgspec.convert(given, StepUp), token=token)).token


async def test_a_proof_counts_ten_minutes_and_renews_the_token(db: TestDatabase) -> None:
    """Signing in proves; ten minutes later keys are refused until the password was right; the old token opens nothing."""
    api = await db.api()
    await joined(api, "ann")
    access = await Access.open(api)
    old = (await enter(api, EMAIL)).token
    need_step_up(await seen(access, old))
    await as_owner(db, "UPDATE session SET stepped_up_at = stepped_up_at - interval '9 minutes 50 seconds'")
    need_step_up(await seen(access, old))
    await as_owner(db, "UPDATE session SET stepped_up_at = stepped_up_at - interval '11 seconds'")
    late = await seen(access, old)
    with pytest.raises(StepUpRequired):
        async with api.tx(late, "any") as tx:
            await keys.create(tx, KeyCreate(name="ERP", scopes=("rfq.read",)))
    for given, refusal in (({}, PasswordNeeded), ({"password": "wrong"}, WrongPassword), ({"code": "123456"}, PasswordNeeded)):
        with pytest.raises(refusal):
            await prove(api, late, old, **given)
    expires = await as_owner(db, "SELECT expires_at FROM session")
    new = await prove(api, late, old, password=RIGHT)
    need_step_up(await seen(access, new))
    assert await access.session(old, fresh=True) is None
    assert await as_owner(db, "SELECT expires_at FROM session") == expires
    with pytest.raises(NotFound):
        await prove(api, late, old, password=RIGHT)


async def test_who_has_a_second_factor_proves_with_it(db: TestDatabase) -> None:
    """The password is not enough, a code counts once, and a recovery code counts too; five at once renew one session once."""
    api = await db.api()
    ann = await joined(api, "ann")
    device, codes = await connected(api, ann)
    async with api.tx(Ctx(person_id=ann.person_id), "any") as tx:
        asked = await factor.challenge(tx, VAULT, EMAIL, await password_hash(tx))
    token = (await sign_in_with_code(api, VAULT, SignInCode(asked, codes[5]), address="192.0.2.1")).token
    with pytest.raises(CodeNeeded):
        await prove(api, ann, token, password=RIGHT)
    with pytest.raises(WrongCode):
        await prove(api, ann, token, code=device.wrong())
    proofs = [prove(api, ann, token, code=code) for code in codes[:5]]
    answers = await asyncio.gather(*proofs, return_exceptions=True)
    renewed = [item for item in answers if isinstance(item, str)]
    assert (len(renewed), [type(item) for item in answers if not isinstance(item, str)]) == (1, [NotFound] * 4)
    assert await prove(api, ann, renewed[0], code=device.code(1))


async def test_a_key_proves_nothing_and_acting_for_another_company_neither(db: TestDatabase) -> None:
    """A key is refused where its scope does not stand for the proof; switching takes along what was proved, no more."""
    api = await db.api()
    ann = await joined(api, "ann", approve=True)
    bob = await joined(api, "bob", approve=True)
    robot = msgspec.structs.replace(ann, scopes=frozenset({"payment.write"}), stepped_up=False)
    need_step_up(robot, key_may=True)
    with pytest.raises(StepUpRequired):
        need_step_up(robot)
    with pytest.raises(Forbidden):
        await prove(api, robot, "x", password=RIGHT)
    statement = "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, '{owner}')"
    await as_owner(db, statement, bob.company_id, ann.person_id)
    access = await Access.open(api)
    token = (await enter(api, EMAIL)).token
    await as_owner(db, "UPDATE session SET stepped_up_at = clock_timestamp() - interval '1 hour'")
    first = await seen(access, token)
    other = bob.company if first.company_id == ann.company_id else ann.company
    switched = await switch_company(api, first, other, token=token)
    assert await access.session(token, fresh=True) is None
    now = await seen(access, switched.token)
    assert (now.company_id, now.stepped_up) == (other, False)
