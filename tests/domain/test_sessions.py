"""A person's sessions: listed with where they are, and ended here at once and elsewhere within ten seconds."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from exchange.ctx import Ctx
from exchange.domain.identity import sessions
from exchange.domain.identity.access import Access, SessionCache
from exchange.domain.identity.sessions import OpenSession
from exchange.errors import Forbidden, NotFound
from tests.conftest import TestDatabase
from tests.domain.test_identity import as_owner, enter, joined

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
EDGE = f"{CHROME} Edg/140.0.0.0"
SAFARI = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"


async def test_a_person_sees_their_own_live_sessions_newest_first(db: TestDatabase) -> None:
    """With address and family of the browser; not another person's, nor one that is over."""
    api = await db.api()
    ann, _ = await joined(api, "ann"), await joined(api, "bob")
    await enter(api, "ann@x.example", agent=SAFARI)
    await as_owner(db, "UPDATE session SET expires_at = clock_timestamp()")
    await enter(api, "bob@x.example", agent=CHROME)
    await enter(api, "ann@x.example", agent=EDGE, address="192.0.2.7")
    asking = await enter(api, "ann@x.example", agent=CHROME, address="2001:db8::1")
    async with api.tx(ann, "any") as tx:
        found = await sessions.listed(tx, asking.token)
    assert [(item.address, item.browser, item.current) for item in found] == [
        ("2001:db8::1", "Chrome", True),
        ("192.0.2.7", "Edge", False),
    ]


@pytest.mark.parametrize(
    ("agent", "family"), [(CHROME, "Chrome"), (EDGE, "Edge"), (SAFARI, "Safari"), ("curl/8.1", ""), ("", "")]
)
def test_the_family_of_a_browser(agent: str, family: str) -> None:
    """Browsers claim to be each other; the most particular word counts."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    item = OpenSession(id=UUID(int=0), created_at=now, expires_at=now, address="", user_agent=agent, current=False)
    assert item.browser == family


async def test_ending_holds_at_once_here_and_within_ten_seconds_elsewhere(db: TestDatabase) -> None:
    """Another process remembers for ten seconds at most; the session that asks goes on."""
    api = await db.api()
    ann = await joined(api, "ann")
    now = 0.0
    here = await Access.open(api)
    elsewhere = await Access.open(api, cache=SessionCache(clock=lambda: now))
    kept, lost, last = [(await enter(api, "ann@x.example")).token for _ in range(3)]
    for access in (here, elsewhere):
        for token in (kept, lost, last):
            assert await access.session(token) is not None
    async with api.tx(ann, "any") as tx:
        one = next(item for item in await sessions.listed(tx, lost) if item.current)
        await sessions.end(tx, one.id)
    here.forget_person(ann.person)
    assert await here.session(lost) is None
    assert await here.session(last) is not None
    async with api.tx(ann, "any") as tx:
        assert await sessions.end_others(tx, kept) == 1
    here.forget_person(ann.person)
    assert await here.session(last) is None
    assert await here.session(kept) is not None
    now = 10.0
    assert [await elsewhere.session(token) is not None for token in (kept, lost, last)] == [True, False, False]
    recorded = "SELECT array_agg(type ORDER BY seq) FROM event WHERE type LIKE 'person.%session%'"
    assert await as_owner(db, recorded) == ["person.session_ended", "person.other_sessions_ended"]


async def test_only_a_person_ends_their_own_sessions(db: TestDatabase) -> None:
    """Another person does not find it, a key of a system is refused, and row security holds without the service."""
    api = await db.api()
    ann, bob = await joined(api, "ann"), await joined(api, "bob")
    token = (await enter(api, "ann@x.example")).token
    async with api.tx(ann, "any") as tx:
        (session,) = await sessions.listed(tx, token)
    with pytest.raises(NotFound):
        async with api.tx(bob, "any") as tx:
            await sessions.end(tx, session.id)
    with pytest.raises(Forbidden):
        async with api.tx(Ctx(person_id=ann.person_id, scopes=frozenset()), "any") as tx:
            await sessions.end_others(tx, "")
    async with api.tx(bob, "any") as tx:
        assert await tx.execute("DELETE FROM session") == "DELETE 0"
