"""Filling a market: a small one through a running exchange, and whether the script of the whole one can be played."""

from collections.abc import AsyncIterator
from datetime import date
from io import StringIO

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from rich.console import Console

from exchange.market.data import Company, sample_companies, sample_deals, sample_rfqs
from exchange.market.fill import FILLED, FILLING, MARK, SIGN_INS, Progress, fill
from exchange.market.fill.cast import PASSWORD, Cast
from exchange.market.fill.play import Script, play, whole_sample
from exchange.stack import Stack, StackOptions, running
from exchange.verify import verify_ledger
from schemas.common import Page
from schemas.offer import OfferRow
from schemas.order import OrderRow
from schemas.quote import QuoteRow
from schemas.rfq import RfqRow

TODAY = date(2026, 11, 23)
WHOLE = whole_sample(TODAY)
PEOPLE = {
    "phu-dien": ("hung.tran@phudien.example", "linh.nguyen@phudien.example"),
    "tan-long": ("bao.ly@tanlongbinh.example", "thao.tran@tanlongbinh.example"),
    "sao-khue": ("khue.le@saokhueseafood.example",),
}
ORDERED = {"BK-TRONG-48", "TC5-380-285-240", "TC5-480-320-260"}


def small() -> Script:
    """Three companies, one of them still an applicant; ten offers, an RFQ of a past deadline and a completed order."""
    companies = tuple(few(company) for company in WHOLE.companies.companies if company.key in PEOPLE)
    offers = [row for row in WHOLE.offers if row.company == "tan-long"]
    rfq = next(rfq for rfq in WHOLE.rfqs if rfq.key == "cartons-tet")
    return Script(
        companies=msgspec.structs.replace(WHOLE.companies, companies=companies),
        offers=tuple(sorted(offers, key=lambda row: row.offer.external_id not in ORDERED)[:10]),
        rfqs=(msgspec.structs.replace(rfq, quotes=tuple(quote for quote in rfq.quotes if quote.company == "tan-long")),),
        deals=tuple(deal for deal in WHOLE.deals if deal.key == "tape-repeat"),
    )


def few(company: Company) -> Company:
    """A password costs a quarter of a second: only who acts."""
    return msgspec.structs.replace(company, people=tuple(p for p in company.people if p.email in PEOPLE[company.key]))


@pytest_asyncio.fixture
async def stack() -> AsyncIterator[Stack]:
    """An empty sandbox, all three processes."""
    async with running(StackOptions(sandbox=True, durable=False)) as found:
        yield found


@pytest_asyncio.fixture
async def owner(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.database_url("exchange_owner"))
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_small_market_is_played_through_the_public_api(stack: Stack, owner: asyncpg.Connection) -> None:
    """Each object ends in the state that its script names, the books balance, and nothing is played a second time."""
    console = Console(file=StringIO())
    await play(stack.url, owner, small(), Progress(console))
    cast = Cast(stack.url, sample_companies())
    try:
        buyer, seller = await cast.person("linh.nguyen@phudien.example"), await cast.person("thao.tran@tanlongbinh.example")
        orders = await buyer.get("/orders", Page[OrderRow])
        rfqs = await buyer.get("/own/rfqs", Page[RfqRow])
        offers = await seller.get("/own/offers", Page[OfferRow])
        quotes = await seller.get("/own/quotes", Page[QuoteRow])
    finally:
        await cast.close()
    assert [(order.counterparty, order.status) for order in orders.items] == [("Bao bì Tân Long Bình", "completed")]
    assert [(rfq.title, rfq.status) for rfq in rfqs.items] == [(small().rfqs[0].title, "evaluating")]
    assert sorted(offer.status for offer in offers.items) == ["live"] * 10 + ["rejected"]
    assert [quote.status for quote in quotes.items] == ["opened"]
    states = await owner.fetch("SELECT status FROM company ORDER BY status")
    assert [row["status"] for row in states] == ["active", "active", "applied", "draft"]
    assert await owner.fetchval("SELECT count(*) FROM review WHERE status = 'published'") == 2
    assert await verify_ledger(owner) == []
    await keeps_its_hands_off(stack, owner, console)


async def keeps_its_hands_off(stack: Stack, owner: asyncpg.Connection, console: Console) -> None:
    """A market of its own, an interrupted one and a filled one are left as they are; only the last gives the sign-ins."""
    before = await owner.fetchval("SELECT count(*) FROM event")
    mark = stack.data / MARK
    said: dict[str, str] = {}
    for state in ("", FILLING, FILLED):
        if state:
            mark.write_text(state)
        said[state] = "\n".join(await fill(stack, console))
    assert "a market of its own" in said[""]
    assert f"remove {stack.data} first" in said[FILLING]
    assert PASSWORD not in said[FILLING]
    assert all(person.email in said[FILLED] for person in SIGN_INS)
    assert PASSWORD in said[FILLED]
    assert await owner.fetchval("SELECT count(*) FROM event") == before


def test_who_may_sign_in_is_of_the_sample_and_has_the_role() -> None:
    """Each printed sign-in is a person of the sample market, who can do what stands beside the e-mail."""
    roles = {person.email: person.roles for company in WHOLE.companies.companies for person in company.people}
    operators = {person.email: person.operator_roles for person in WHOLE.companies.operators}
    needed = {"buyer": "buyer", "buyer's approver": "approver", "buyer's signatory": "signatory", "seller": "seller"}
    for person in SIGN_INS:
        if person.email in operators:
            assert set(person.role.split()) & set(operators[person.email])
        else:
            assert needed.get(person.role, "signatory") in roles[person.email]


@pytest.mark.parametrize("named", sorted([*WHOLE.drafts, *WHOLE.paused, *WHOLE.withdrawn]))
def test_offers_that_are_not_live_are_in_no_deal(named: tuple[str, str]) -> None:
    """What is paused, withdrawn or a draft at the end exists, and nobody orders or quotes it."""
    assert named in {(row.company, row.offer.external_id) for row in WHOLE.offers}
    ordered = {(deal.seller, line.offer) for deal in sample_deals() for line in deal.lines}
    quoted = {(q.company, line.offer) for rfq in sample_rfqs(TODAY) for q in rfq.quotes for line in q.lines}
    assert named not in ordered | quoted


def test_every_part_of_the_script_has_somebody_to_play_it() -> None:
    """Buyers and sellers have people for each step, and another person where nobody may approve their own request."""
    cast = Cast("http://127.0.0.1:9", WHOLE.companies)
    for deal in WHOLE.deals:
        asks = cast.email(deal.buyer, "order.write")
        assert (
            deal.play_to not in ("draft", "pending_approval") or cast.email(deal.buyer, "approval.decide", besides=asks) != asks
        )
        for permission in ("delivery.receive", "payment.write", "review.write"):
            assert cast.email(deal.buyer, permission)
        for permission in ("delivery.despatch", "invoice.write", "order.confirm"):
            assert cast.email(deal.seller, permission)
    for rfq in WHOLE.rfqs:
        for company in [rfq.buyer] if rfq.after.signed_by == ("buyer", "seller") else []:
            assert cast.email(company, "contract.sign")
