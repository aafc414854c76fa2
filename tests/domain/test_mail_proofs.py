"""Links by e-mail, through a real mail server: an address is proved, a lost password is replaced, and asking tells nothing."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from exchange.db import Database
from exchange.domain.identity import mail_proof
from exchange.domain.identity.access import Access
from exchange.domain.identity.refusals import ChallengeOver, LinkOver, LockedOut, SecondFactorRequired, WrongCredentials
from exchange.domain.identity.service import sign_in, token_hash
from exchange.domain.permission import need_step_up
from exchange.errors import MailNotVerified
from exchange.jobs.deliver import Deliverer, Lanes
from exchange.jobs.kinds import Job
from exchange.notify.webhooks import Sender
from exchange.passwords import Passwords
from schemas.identity import SignIn
from tests.conftest import TestDatabase
from tests.domain.test_identity import PASSWORDS, RIGHT, VAULT, as_owner, enter, joined
from tests.domain.test_second_factor import answer, connected
from tests.notify.neighbourhood import Mailbox, deps, mail_server, settings

SECRET = settings().secret
EMAIL = "ann@x.example"
NEW = "another long password"
ADDRESS = "192.0.2.7"
DELIVERER = Deliverer(Sender(), Lanes())
WAITING = "SELECT array_agg(payload ->> 'id' ORDER BY id) FROM job WHERE kind = 'mail_proof' AND state = 'new'"


async def posted(db: TestDatabase, box: Mailbox) -> list[str]:
    """The tokens of the letters that go out for what was asked, each job done once."""
    worker = await db.worker()
    before = len(box.messages)
    for proof in await as_owner(db, WAITING) or []:
        job = Job(id=uuid4(), kind="mail_proof", payload={"id": proof}, attempts=1, lease_token=uuid4())
        await DELIVERER.mail_proof(deps(worker, smtp_url=box.url), job)
    await as_owner(db, "UPDATE job SET state = 'done', done_at = clock_timestamp() WHERE kind = 'mail_proof' RETURNING 1")
    letters = [part.get_content() for letter in box.messages[before:] if (part := letter.get_body(("plain",))) is not None]
    return [re.findall(r"token=([\w-]+)", text)[0] for text in letters]


async def ask(api: Database, email: str, address: str = ADDRESS) -> None:
    await mail_proof.ask_reset(api, SECRET, email, address=address)


async def test_a_lost_password_is_replaced_once(db: TestDatabase) -> None:
    """The link of the e-mail counts once; all sessions end, other links too; the second step of signing in stays."""
    api = await db.api()
    ann = await joined(api, "ann")
    session = (await enter(api, EMAIL)).token
    async with mail_server() as box:
        await ask(api, EMAIL.upper())
        await ask(api, EMAIL)
        first, second = await posted(db, box)
        assert box.recipients == [[EMAIL], [EMAIL]]
    dumped = "SELECT string_agg(m::text, ' ') || (SELECT string_agg(j::text, ' ') FROM job AS j) FROM mail_proof AS m"
    kept = await as_owner(db, dumped)
    assert first not in kept
    assert token_hash(first).hex() in kept
    resets = [mail_proof.reset(api, PASSWORDS, first, NEW) for _ in range(3)]
    answers = await asyncio.gather(*resets, return_exceptions=True)
    assert sorted(type(item).__name__ for item in answers) == ["LinkOver", "LinkOver", "UUID"]
    for over in (second, first, "made up", ""):
        with pytest.raises(LinkOver):
            await mail_proof.reset(api, PASSWORDS, over, NEW)
    assert await (await Access.open(api)).session(session) is None
    with pytest.raises(WrongCredentials):
        await enter(api, EMAIL, RIGHT)
    assert (await enter(api, EMAIL, NEW)).person_id == ann.person_id
    recorded = "SELECT count(*) FROM event WHERE type = 'person.password_reset' AND aggregate_id = $1"
    assert await as_owner(db, recorded, ann.person_id) == 1


async def test_asking_tells_nothing_and_is_limited(db: TestDatabase) -> None:
    """The same rows and jobs for a stranger's address, and no letter; ten for one person are enough, twenty from one address."""
    api = await db.api()
    await joined(api, "ann")
    rows = "SELECT (SELECT count(*) FROM mail_proof) + (SELECT count(*) FROM job WHERE kind = 'mail_proof')"
    counts: list[Any] = []
    for email in (EMAIL, "nobody@x.example"):
        before = await as_owner(db, rows)
        await ask(api, email)
        counts.append(await as_owner(db, rows) - before)
    assert counts == [2, 2]
    async with mail_server() as box:
        assert len(await posted(db, box)) == 1
        for number in range(14):
            await ask(api, EMAIL, f"198.51.100.{number}")
        assert len(await posted(db, box)) == 4, "five an hour go to one person"
    for _ in range(18):
        await ask(api, "nobody@x.example")
    with pytest.raises(LockedOut):
        await ask(api, EMAIL)


async def test_links_end_after_an_hour_and_a_day(db: TestDatabase) -> None:
    """A late link is refused, one for another purpose too, and one of another secret is not even known."""
    api = await db.api()
    ann = await joined(api, "ann")
    await ask(api, EMAIL)
    await mail_proof.ask_verification(api, SECRET, ann)
    lives = "SELECT array_agg(extract(epoch FROM expires_at - created_at)::int ORDER BY created_at) FROM mail_proof"
    assert await as_owner(db, lives) == [3600, 86400]
    async with mail_server() as box:
        reset, verify = await posted(db, box)
    with pytest.raises(LinkOver):
        await mail_proof.verify(api, reset)
    with pytest.raises(LinkOver):
        await mail_proof.reset(api, PASSWORDS, verify, NEW)
    await as_owner(db, "UPDATE mail_proof SET expires_at = clock_timestamp() RETURNING 1")
    with pytest.raises(LinkOver):
        await mail_proof.reset(api, PASSWORDS, reset, NEW)
    with pytest.raises(LinkOver):
        await mail_proof.verify(api, verify)
    assert mail_proof.token_of(SECRET, "reset", UUID(int=1)) != mail_proof.token_of("x" * 40, "reset", UUID(int=1))


async def test_who_has_not_proved_the_address_binds_nobody(db: TestDatabase) -> None:
    """On a real exchange an applicant drafts, and neither binds nor pays until the link was opened; a sandbox asks nobody."""
    api = await db.api()
    await joined(api, "ann")
    token = (await enter(api, EMAIL)).token
    access = await Access.open(api)
    tried = await access.session(token, fresh=True)
    assert tried is not None
    assert tried.verified
    await as_owner(db, "UPDATE market_clock SET sandbox = false")
    fresh = await access.session(token, fresh=True)
    assert fresh is not None
    with pytest.raises(MailNotVerified):
        api.tx(fresh, "active")
    with pytest.raises(MailNotVerified):
        need_step_up(fresh)
    async with api.tx(fresh, "applicant"):
        pass
    await mail_proof.ask_verification(api, SECRET, fresh)
    async with mail_server() as box:
        (link,) = await posted(db, box)
    assert await mail_proof.verify(api, link) == fresh.person_id
    with pytest.raises(LinkOver):
        await mail_proof.verify(api, link)
    proved = await access.session(token, fresh=True)
    assert proved is not None
    need_step_up(proved)
    assert msgspec.structs.replace(proved, verified=False) == fresh


async def test_a_new_password_does_not_pass_by_the_second_step(db: TestDatabase) -> None:
    """Who reads the mail alone does not get in."""
    api = await db.api()
    await connected(api, await joined(api, "ann"))
    await ask(api, EMAIL)
    async with mail_server() as box:
        (link,) = await posted(db, box)
    await mail_proof.reset(api, PASSWORDS, link, NEW)
    with pytest.raises(SecondFactorRequired):
        await enter(api, EMAIL, NEW)


class Between(Passwords):
    """What somebody does while a password that is right is being checked."""

    def __init__(self, act: Callable[[], Awaitable[object]]) -> None:
        super().__init__(time_cost=1, memory_kib=8, parallelism=1)
        self._act = act

    async def verify(self, password: str, known: str | None) -> bool:
        right = await super().verify(password, known)
        await self._act()
        return right


async def test_a_sign_in_with_the_old_password_ends_with_the_reset(db: TestDatabase) -> None:
    """Begun before and finished after it, it opens no session: not at once, nor with a code that follows; the new one does."""
    api = await db.api()
    ann = await joined(api, "ann")

    async def link() -> str:
        await ask(api, EMAIL)
        async with mail_server() as box:
            return (await posted(db, box))[0]

    token = await link()
    slow = Between(lambda: mail_proof.reset(api, PASSWORDS, token, NEW))
    with pytest.raises(WrongCredentials):
        await sign_in(api, slow, VAULT, SignIn(EMAIL, RIGHT), address=ADDRESS)
    assert await as_owner(db, "SELECT count(*) FROM session") == 0
    assert (await enter(api, EMAIL, NEW)).person_id == ann.person_id
    # Many at once: whoever came first, nobody is left in with the old password.
    token = await link()
    tried = [enter(api, EMAIL, NEW) for _ in range(6)]
    await asyncio.gather(*tried[:3], mail_proof.reset(api, PASSWORDS, token, RIGHT), *tried[3:], return_exceptions=True)
    assert await as_owner(db, "SELECT count(*) FROM session") == 0
    # With a second factor: the challenge was earned by a password that counts no more.
    device, codes = await connected(api, ann)
    with pytest.raises(SecondFactorRequired) as asked:
        await enter(api, EMAIL)
    await mail_proof.reset(api, PASSWORDS, await link(), NEW)
    for code in (device.code(1), codes[0]):
        with pytest.raises(ChallengeOver):
            await answer(api, str(asked.value.data["challenge"]), code)
