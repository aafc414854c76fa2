"""Every list is read along an index: the plans of all paged statements as their own role over a crowded market."""

import asyncio
import json
import re
import shutil
from collections.abc import Iterator

import asyncpg
import pytest

from exchange.connection import PLANNING
from exchange.ctx import Ctx
from exchange.db import begin_statement
from exchange.domain.home.model import NEEDED
from exchange.embedded.postgres import Postgres
from exchange.embedded.scratch import scratch
from tests.rules.crowd import NAME, fill
from tests.rules.plans import PAGE, SMALL_ROWS, Reading, Work, at, run, tid
from tests.rules.product import statements

BIG, PERSON = tid(1, 1), tid(2, 1000)
EARLY = at(0)
# What the large member has of anything: a search that finds nothing reads through it, and never through the market's rows.
OWN_MOST = 5_500
WORKER, MATCHER = "exchange_worker", "exchange_matcher"
ORDER_STATES = ["placed", "confirmed", "in_progress", "completed", "lapsed"]
OFFER_STATES = ["draft", "in_review", "live", "paused", "expired", "withdrawn", "rejected"]
RFQ_STATES = ["draft", "open", "deadline_passed", "evaluating", "award_pending", "awarded", "no_award", "cancelled"]
QUOTE_STATES = ["draft", "submitted", "opened", "awarded", "lost", "expired", "withdrawn"]


def first_and_deep(
    kind: int, *, before: tuple[object, ...] = (), after: tuple[object, ...] = (), deep: int = 50_000
) -> tuple[Reading, ...]:
    """A list paged by (time, id): its first page, and one in the middle."""
    return (
        Reading("first page", (*before, None, None, *after)),
        Reading("deep page", (*before, at(deep), tid(kind, deep), *after)),
    )


def due(kind: int) -> tuple[Reading, ...]:
    """What the clock acts on: the first batch."""
    return (Reading("first batch", (100, EARLY, tid(kind, 0)), role=WORKER),)


# Statement -> how it is read. A paged statement without a row fails the test below.
READINGS: dict[str, tuple[Reading, ...]] = {
    "exchange.domain.identity.passkey_store.LIST": (Reading("own", (PERSON, PAGE)),),
    "exchange.domain.access_log.store.OF_COMPANY": (
        Reading("first page", (BIG, None, PAGE)),
        Reading("deep page", (BIG, tid(27, 50_000), PAGE)),
    ),
    "exchange.domain.access_log.store.ALL": (
        Reading("first page", (None, PAGE), role="operator"),
        Reading("deep page", (tid(27, 50_000), PAGE), role="operator"),
    ),
    "exchange.domain.access_log.store.ABOUT": (
        Reading("a company", (None, PAGE, BIG), role="operator"),
        Reading("a person", (tid(27, 50_000), PAGE, PERSON), role="operator"),
    ),
    "exchange.domain.affiliation.store.WAITING": (Reading("first page", (None, None, PAGE), role="operator"),),
    "exchange.domain.approval.store.LIST": (
        *first_and_deep(8, after=(PAGE, BIG, ["pending", "approved", "rejected", "recalled", "expired"]), deep=50_000),
        Reading("pending", (None, None, PAGE, BIG, ["pending"])),
    ),
    "exchange.domain.bank_account.store.WAITING": (Reading("first page", (None, None, PAGE), role="operator"),),
    "exchange.domain.document.store.WAITING": (Reading("first page", (None, None, PAGE), role="operator"),),
    "exchange.jobs.deadlines.SUSPENSION_REMINDS": due(1),
    "exchange.jobs.deadlines.DOCUMENT_MONTH": due(1),
    "exchange.jobs.deadlines.DOCUMENT_WEEK": due(1),
    "exchange.jobs.deadlines.DOCUMENT_EXPIRES": due(1),
    "exchange.domain.company.store.DIRECTORY": (
        Reading("first page", (None, None, PAGE, None, None)),
        Reading("deep page", ("COMPANY 00500", tid(1, 500), PAGE, None, None)),
        Reading("found by name", (None, None, PAGE, "COMPANY 005", "company 005")),
    ),
    "exchange.domain.company.store.QUEUE": (Reading("applied", ("applied", None, None, PAGE), role="operator"),),
    "exchange.domain.contract.store.LIST": first_and_deep(9, before=(BIG,), after=(PAGE,)),
    "exchange.domain.contract.listing.PAGE": (
        *first_and_deep(9, before=(BIG, None, None), after=(PAGE,)),
        Reading("active", (BIG, "active", None, None, None, PAGE)),
    ),
    "exchange.domain.history.recent.RECENT": (
        Reading("first page", (BIG, None, PAGE)),
        Reading("deep page", (BIG, 50_000, PAGE)),
    ),
    "exchange.domain.history.store.FEED": (
        Reading("from the start", (BIG, 0, 101)),
        Reading("from the middle", (BIG, 50_000, 101)),
    ),
    "exchange.domain.history.store.TIMELINE": (Reading("of one object", ([tid(10, 200)], None, 200)),),
    "exchange.domain.home.store.OPEN_BUSINESS": (Reading("all", (BIG,)),),
    "exchange.domain.home.store.SURROUNDINGS": (Reading("all", (PERSON, BIG)),),
    "exchange.domain.home.store.TASKS": (
        Reading("all", (BIG, [tid(8, 99_100)], sorted(NEEDED), PAGE, PERSON), touched_most=3 * OWN_MOST, sorted_most=OWN_MOST),
    ),
    "exchange.domain.identity.lost_factor.LIST": (
        Reading("first page", (None, PAGE), role="operator"),
        Reading("deep page", (tid(31, 50_000), PAGE), role="operator"),
    ),
    "exchange.domain.identity.invitation_store.LISTED": (Reading("all", (BIG, 200)),),
    "exchange.jobs.deadlines.FACTORS_REMOVED": due(31),
    "exchange.jobs.deadlines.INVITATION_EXPIRES": due(28),
    "exchange.jobs.deadlines.KEY_WARNS": due(28),
    "exchange.jobs.deadlines.DRAFT_WARNS": due(1),
    "exchange.domain.identity.key_store.LISTED": (Reading("all", (BIG, 200)),),
    "exchange.domain.identity.sessions.LIST": (Reading("all", (PERSON, b"", 100)),),
    "exchange.domain.ledger.store.STATEMENT": (
        Reading("first page", (BIG, 2**62, None, PAGE)),
        Reading("deep page", (BIG, 50_000, None, PAGE)),
        Reading("one currency", (BIG, 2**62, "VND", PAGE)),
    ),
    "exchange.domain.ledger.store.OPEN_HOLDS": (Reading("all", (BIG, 200), touched_most=2 * OWN_MOST),),
    "exchange.domain.ledger.store.DEPOSITS": (Reading("newest", (None, PAGE), role="operator"),),
    "exchange.domain.ledger.store.DEPOSITS_IN": (Reading("waiting", (None, PAGE, "entered"), role="operator"),),
    "exchange.domain.ledger.store.DEPOSITS_OF": (Reading("of one company", (None, PAGE, BIG, None), role="operator"),),
    "exchange.domain.moderation.store.QUEUE": (
        Reading("first page", (None, None, None, None, PAGE), role="operator"),
        Reading("deep page", (at(99_000), tid(29, 99_000), None, None, PAGE), role="operator"),
        Reading("of one kind", (None, None, ["flag"], None, PAGE), role="operator"),
        Reading("taken by me", (None, None, None, PERSON, PAGE), role="operator", touched_most=2_500),
    ),
    "exchange.domain.notification.store.LIST": first_and_deep(22, after=(PAGE, PERSON, BIG)),
    "exchange.domain.notification.store.LIST_UNREAD": first_and_deep(22, after=(PAGE, PERSON, BIG)),
    "exchange.domain.notification.store.LIST_OPERATOR": (
        Reading("first page", (None, None, PAGE, PERSON, False), role="operator"),
        Reading("deep page", (at(50_000), tid(22, 50_000), PAGE, PERSON, False), role="operator"),
        Reading("unread", (None, None, PAGE, PERSON, True), role="operator"),
    ),
    "exchange.domain.offer.store.LIST_LIVE": first_and_deep(3, after=(PAGE,)),
    "exchange.domain.offer.browsing.LIST_CATEGORIES": (
        *first_and_deep(3, after=(PAGE, ["c7"])),
        Reading("a branch", (None, None, PAGE, [f"c{n}" for n in range(12)])),
    ),
    "exchange.domain.offer.store.LIST_OWN": (
        *first_and_deep(3, after=(PAGE, BIG, OFFER_STATES)),
        Reading("drafts", (None, None, PAGE, BIG, ["draft"])),
    ),
    "exchange.domain.offer.store.FIND_OWN": (
        *first_and_deep(3, after=(PAGE, BIG, OFFER_STATES, ["%offer%"])),
        Reading("nothing", (None, None, PAGE, BIG, OFFER_STATES, ["%absent%"]), touched_most=OWN_MOST),
    ),
    "exchange.domain.offer.store.ALL_OWN": (
        Reading("a file", (BIG, OFFER_STATES, ["%"], 5_001), touched_most=2 * OWN_MOST, sorted_most=OWN_MOST),
    ),
    "exchange.domain.offer.store.VERSIONS": (Reading("of one offer", (tid(3, 20), BIG, 50)),),
    "exchange.domain.offer.store.OWN_LIVE": (Reading("of two categories", (BIG, ["c0", "c20"], [tid(3, 40)], PAGE)),),
    "exchange.domain.order.store.LIST_BOUGHT": (
        *first_and_deep(10, before=(BIG, None), after=(PAGE,)),
        Reading("in progress", (BIG, "in_progress", None, None, PAGE)),
    ),
    "exchange.domain.order.store.LIST_SOLD": (
        *first_and_deep(10, before=(BIG, None), after=(PAGE,)),
        Reading("in progress", (BIG, "in_progress", None, None, PAGE)),
    ),
    "exchange.domain.operating.store.OVERVIEW": (Reading("all", (), role="operator", touched_most=5_000),),
    "exchange.domain.operating.store.AUDIT": (
        Reading("newest", (None, PAGE), role="operator"),
        Reading("deep page", (50_000, PAGE), role="operator"),
    ),
    "exchange.domain.operating.store.AUDIT_OF": (
        Reading("of one type", ("order", None, PAGE, "order."), role="operator"),
        Reading("deep page", ("order", 50_000, PAGE, "order.confirmed"), role="operator"),
        Reading("a kind that never happened", ("clock", None, PAGE, "clock."), role="operator"),
    ),
    "exchange.domain.operating.store.AUDIT_ABOUT": (
        Reading("one object", (None, None, PAGE, [tid(10, 200)], None), role="operator"),
        Reading("one request", (None, None, PAGE, [], "request 7"), role="operator"),
    ),
    "exchange.domain.operating.waiting.WAITING": (Reading("all", (100,), role="operator", touched_most=2_000),),
    "exchange.domain.operating.store.NUMBERED": (Reading("an order", ("PO-200",), role="operator"),),
    "exchange.domain.operating.store.OPEN_JOBS": (
        Reading("newest", (None, PAGE), role="operator"),
        Reading("deep page", (tid(23, 75_000), PAGE), role="operator"),
    ),
    "exchange.domain.operating.store.DEAD_JOBS": (
        Reading("newest", (None, PAGE), role="operator"),
        Reading("deep page", (tid(23, 75_000), PAGE), role="operator"),
    ),
    "exchange.domain.operating.store.MEMBERS": (Reading("all", (None, None, None, None, None, None, PAGE), role="operator"),),
    "exchange.domain.order.listing.PAGE": (
        *first_and_deep(10, before=(BIG, "buy", None, None), after=(PAGE,)),
        *first_and_deep(10, before=(BIG, "sell", None, None), after=(PAGE,)),
        Reading("in progress", (BIG, "buy", ["in_progress"], None, None, None, PAGE)),
    ),
    "exchange.domain.pairing.store.INVITATIONS": (Reading("of one RFQ", (tid(4, 200), None, PAGE)),),
    "exchange.domain.pairing.store.OPPORTUNITIES": (
        Reading("first page", (BIG, None, None, PAGE, None)),
        Reading("deep page", (BIG, at(50_000), tid(6, 50_000), PAGE, None)),
        Reading("open", (BIG, None, None, PAGE, "open")),
    ),
    "exchange.domain.payment.store.LIST": (
        *first_and_deep(12, before=(BIG, None), after=(PAGE,)),
        Reading("due", (BIG, "due", None, None, PAGE), touched_most=3_000),
    ),
    "exchange.domain.payment.store.LIST_FEE_INVOICES": first_and_deep(15, before=(BIG,), after=(PAGE,), deep=50_000),
    "exchange.domain.payment.listing.OPEN": (Reading("all", (BIG, PAGE), touched_most=OWN_MOST, sorted_most=2_000),),
    "exchange.domain.quote.store.LIST_OWN": (
        *first_and_deep(5, after=(PAGE, BIG, QUOTE_STATES)),
        Reading("submitted", (None, None, PAGE, BIG, ["submitted"])),
    ),
    "exchange.domain.review.store.ABOUT": first_and_deep(16, before=(BIG,), after=(PAGE,), deep=50_000),
    "exchange.domain.rfq.store.LIST_OPEN": (
        Reading("first page", (None, None, PAGE)),
        Reading("deep page", (at(99_000), tid(4, 99_000), PAGE)),
    ),
    "exchange.domain.rfq.store.LIST_OWN": (
        *first_and_deep(4, after=(PAGE, BIG, RFQ_STATES, None)),
        Reading("open", (None, None, PAGE, BIG, ["open"], None)),
        Reading("nothing", (None, None, PAGE, BIG, RFQ_STATES, "%absent%"), touched_most=OWN_MOST),
    ),
    "exchange.domain.rfq.store.LIST_OWN_LATEST_DUE": first_and_deep(4, after=(PAGE, BIG, RFQ_STATES, None)),
    "exchange.domain.rfq.store.LIST_OWN_EARLIEST_DUE": first_and_deep(4, after=(PAGE, BIG, RFQ_STATES, None)),
    "exchange.domain.webhook.store.DELIVERIES": first_and_deep(25, after=(PAGE, BIG, None), deep=50_000),
    "exchange.jobs.deadlines.APPROVAL_ESCALATES": due(8),
    "exchange.jobs.deadlines.APPROVAL_EXPIRES": due(8),
    "exchange.jobs.deadlines.APPROVAL_REMINDED": due(8),
    "exchange.jobs.deadlines.CASE_OVERDUE": due(29),
    "exchange.jobs.deadlines.CLOSING_ESCALATES": due(0),
    "exchange.jobs.deadlines.CONTRACT_LAPSES": due(9),
    "exchange.jobs.deadlines.DELIVERY_ACCEPTED": due(13),
    "exchange.jobs.deadlines.INSTALMENT_LAPSES": due(12),
    "exchange.jobs.deadlines.OFFER_EXPIRES": due(3),
    "exchange.jobs.deadlines.PAYMENT_ESCALATES": due(12),
    "exchange.jobs.deadlines.PAYMENT_REMINDED": due(12),
    "exchange.jobs.deadlines.REVIEW_PUBLISHES": due(16),
    "exchange.jobs.deadlines.RFQ_CLOSES": due(4),
    "exchange.domain.privacy.erasing.LIST": (Reading("first page", (None, None, PAGE), role="operator"),),
    "exchange.jobs.deadlines.PERSON_ERASED": due(30),
    "exchange.domain.privacy.fields.CLEAR_ACCOUNTS": (Reading("a batch", (tid(1, 0), 200), role=WORKER),),
    "exchange.domain.privacy.fields.CLEAR_ENDPOINTS": (Reading("a batch", (tid(1, 0), 200), role=WORKER),),
    "exchange.domain.privacy.fields.CLEAR_FILES": (Reading("a batch", (tid(1, 0), 200), role=WORKER),),
    "exchange.domain.privacy.keys.OTHERS": (Reading("a batch", ("m1", 500), role=WORKER),),
    "exchange.domain.privacy.keys.STALE": (Reading("a batch", (at(0), 500), role=WORKER),),
    **{
        f"exchange.domain.privacy.outdated.{name}": (Reading("a batch", ("30 days", 200), role=WORKER),)
        for name in ("OLD_JOBS", "OLD_KEYS", "OLD_NOTIFICATIONS", "OLD_WEBHOOK_DELIVERIES", "UNUSED_FILES")
    },
    "exchange.jobs.queue.CLAIM": (Reading("a batch", (20, "0 seconds", ["tell", "pair_rfq"], [30.0, 30.0]), role=WORKER),),
    "exchange.jobs.sequencer.UNPLACED": (Reading("a batch", (500,), role=WORKER),),
    "matching.service.EVENTS_AFTER": (Reading("a batch", (50_000, 500), role=MATCHER),),
    "matching.service.LIVE_OFFERS_AFTER": (Reading("a batch", (tid(3, 50_000), 500), role=MATCHER),),
    "exchange.domain.thread.store.MESSAGES": (Reading("all", (None, None, PAGE, tid(40, 33_333))),),
    "exchange.domain.thread.store.THREADS": first_and_deep(40, after=(PAGE, BIG, PERSON, None, None, 100), deep=50_000),
    "exchange.domain.thread.store.UNREAD_THREADS": first_and_deep(40, after=(PAGE, BIG, PERSON, None, 200, 100), deep=50_000),
    "exchange.domain.thread.store.UNREAD": (Reading("all", (BIG, PERSON, 200)),),
    "exchange.notify.live_store.MISSED": (Reading("since the middle", (BIG, 50_000, 101)),),
    "exchange.notify.live_store.MISSED_BY_OPERATOR": (Reading("since the middle", (50_000, 101), role="operator"),),
}

PAGED = re.compile(r"^\s*(SELECT|WITH).*ORDER BY.*LIMIT \$\d", re.DOTALL)
LAYERS = ("exchange.domain.", "exchange.jobs.", "exchange.notify.", "matching.")


@pytest.fixture(scope="module")
def crowd() -> Iterator[Postgres]:
    """A server of its own with the crowded market."""
    folder = scratch("exchange-crowd-")
    try:
        server = Postgres.start(folder / "pg", durable=False)
        try:
            asyncio.run(fill(server))
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_every_paged_statement_has_a_row() -> None:
    """A new list says here how it is read, and is measured below."""
    paged = {name for name, sql in statements().items() if name.startswith(LAYERS) and PAGED.match(sql)}
    assert paged - READINGS.keys() == set()
    assert READINGS.keys() - statements().keys() == set()


async def small_tables(connection: asyncpg.Connection) -> set[str]:
    found = await connection.fetch("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND reltuples < $1", SMALL_ROWS)
    return {record[0] for record in found}


async def measured(crowd: Postgres, sql: str, reading: Reading) -> Work:
    """The work of one reading, as its role and in its context."""
    operator = reading.role == "operator"
    role = "exchange_api" if operator else reading.role
    connection = await asyncpg.connect(crowd.url(role, NAME), server_settings=PLANNING)
    try:
        small = await small_tables(connection)
        if role != MATCHER:
            ctx = Ctx(person_id=PERSON, company_id=None if operator else BIG, operator=operator)
            await connection.execute(begin_statement(ctx, "any"))
        return await run(connection, sql, reading.arguments, small)
    finally:
        await connection.close()


def too_much(work: Work, reading: Reading) -> bool:
    return bool(work.whole) or work.sorted_rows > reading.sorted_most or work.touched > reading.touched_most


@pytest.mark.parametrize("name", sorted(READINGS))
async def test_a_list_is_read_along_an_index(crowd: Postgres, name: str) -> None:
    """No large table is read whole, no more than some pages are sorted, and what is read is about what is shown."""
    works = [(reading, await measured(crowd, statements()[name], reading)) for reading in READINGS[name]]
    assert [(reading.what, work) for reading, work in works if too_much(work, reading)] == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT o.id FROM offer AS o WHERE o.company_id = $1 ORDER BY o.title LIMIT 21",
        "SELECT o.id FROM offer AS o WHERE o.title = 'Offer 7' AND o.company_id <> $1 ORDER BY o.id LIMIT 21",
        """SELECT o.id FROM offer AS o WHERE o.company_id = $1 AND (o.updated_at, o.id)
            < (coalesce(NULL::timestamptz, now() - interval '100 days'), coalesce(NULL, o.id))
            ORDER BY o.updated_at DESC, o.id DESC LIMIT 21""",
    ],
)
async def test_a_list_without_its_index_is_noticed(crowd: Postgres, sql: str) -> None:
    """The control: a sort of all own rows, a search by an unindexed column, a cursor that row security holds back."""
    reading = Reading("control", (BIG,))
    assert too_much(await measured(crowd, sql, reading), reading)


# Blocks of 8 kB that a page of found messages may look at, and of the control.
BLOCKS_MOST = 1_600
SEARCH = "SELECT f FROM search_messages($1, 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 21) AS f"
WITHOUT_WORDS = """
SELECT m.id FROM message AS m WHERE (m.buyer_id = app_company() OR m.seller_id = app_company()) AND m.body ILIKE ANY ($1)
ORDER BY m.created_at DESC LIMIT 21
"""


@pytest.mark.parametrize(
    ("sql", "asked", "little"),
    [
        (SEARCH, ["m4711"], True),
        (SEARCH, ["giao", "hang"], True),
        (SEARCH, ["giao", "nowhere"], True),
        (WITHOUT_WORDS, ["%nowhere%"], False),
    ],
    ids=["rare", "common", "nothing", "control"],
)
async def test_messages_are_found_without_reading_them_all(crowd: Postgres, sql: str, asked: list[str], little: bool) -> None:
    """Words that few, most or no messages hold, among 100,000; the control looks at every message of the company."""
    connection = await asyncpg.connect(crowd.url("exchange_api", NAME), server_settings=PLANNING)
    try:
        await connection.execute(begin_statement(Ctx(person_id=PERSON, company_id=BIG), "any"))
        text = sql.replace("$1", "ARRAY[" + ", ".join(f"'{word}'" for word in asked) + "]")
        explained = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}"))[0]["Plan"]
    finally:
        await connection.close()
    blocks = explained["Shared Hit Blocks"] + explained["Shared Read Blocks"]
    assert (blocks < BLOCKS_MOST) == little, blocks
