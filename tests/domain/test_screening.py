"""Screening: what the rules find, where, in every disguise; what they leave alone; and what follows on the market."""

import time
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.moderation import service as moderation
from exchange.domain.moderation.model import Case, Hit
from exchange.domain.offer import importing, service
from exchange.domain.offer.model import Offer
from exchange.domain.screening.model import Figure, Judged, Other, Parameters, Rule, Subject, Verdict
from exchange.domain.screening.rules import Surroundings, screen
from exchange.errors import Forbidden
from exchange.jobs import middle_prices
from exchange.pages.screening import explain
from schemas.offer import OfferIn
from tests.world import World, offer_json

RULES = tuple(
    Rule(code, True, Parameters(terms=("hàng giả", "rhino horn"), first=0))
    for code in ("banned_terms", "contact_phone", "contact_email", "contact_url", "contact_handle", "price_far", "double",
        "rejected_before", "first_offers")
)  # fmt: skip
PAPER = Subject(
    n=0, title="A4 copy paper 70 gsm", description="", category="paper", currency="VND", unit="C62",
    price_micro=62_000_000_000, mpn=None,
)  # fmt: skip


def found(text: str) -> list[tuple[str, str]]:
    """(rule, the marked part of the text) of a description."""
    verdict = screen(msgspec.structs.replace(PAPER, description=text), Surroundings(), RULES)
    return [(hit.rule, text[hit.from_ : hit.to]) for hit in verdict.hits]


@pytest.mark.parametrize(
    ("text", "rule", "marked"),
    [
        ("Gọi ngay 0903 123 456 để có giá", "contact_phone", "0903 123 456"),
        ("LH 0 9 0 3 1 2 3 4 5 6", "contact_phone", "0 9 0 3 1 2 3 4 5 6"),
        ("o9o3.123.456", "contact_phone", "o9o3.123.456"),
        ("không chín không ba một hai ba bốn năm sáu", "contact_phone", "không chín không ba một hai ba bốn năm sáu"),
        ("Call +1 202 555 0143", "contact_phone", "+1 202 555 0143"),
        ("Thư: kho (at) giay [dot] vn", "contact_email", "kho (at) giay [dot] vn"),
        ("xem www.giay-re.com", "contact_url", "www.giay-re.com"),
        ("Zalo: kho.giay", "contact_handle", "Zalo: kho.giay"),
        ("nhắn qua Telegram", "contact_handle", "nhắn qua Telegram"),
        ("Bán HÀNG   GIẢ loại 1", "banned_terms", "HÀNG   GIẢ"),
    ],
)
def test_what_does_not_belong_in_a_text_is_marked_where_it_stands(text: str, rule: str, marked: str) -> None:
    """Spaced, dotted, spoken, accented or not: found as it is written."""
    assert (rule, marked) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "EAN 0095205603217, part 006R90321, DB9 RS232, 2560 x 1440",
        "StarTech.com USB-C hub, 10/100/1000 Mbit/s",
        "Bổ sung đạm, hàng gia dụng; giá từ một đến ba triệu",
        "WhatsApp ready phone with Telegram support, 0.5 mm",
        "Mã hàng 0903123, lô 2026.11.23, 1 234 567 890 cái",
    ],
)
def test_what_looks_alike_is_left_alone(text: str) -> None:
    """Part numbers, sizes, brands, dates and ordinary words are no contact data."""
    assert found(text) == []


def test_prices_and_doubles_are_compared_with_what_there_is() -> None:
    """A price fires when it is farther from the middle than is ordinary here, a thin market says nothing; word order hides no
    double, another number, size or part number tells articles apart; what an operator approved is not found again."""
    figure = Figure("paper", "VND", "C62", 40, 60_000_000_000, 0.5)
    rules = [rule for rule in RULES if rule.code in ("price_far", "double")]

    def hits(around: Surroundings, **changes: object) -> list[str]:
        return [hit.rule for hit in screen(msgspec.structs.replace(PAPER, **changes), around, rules).hits]

    assert hits(Surroundings(figure), price_micro=62_000_000) == ["price_far"]
    assert hits(Surroundings(figure), price_micro=62_000_000_000_000) == ["price_far"]
    assert hits(Surroundings(figure), price_micro=720_000_000_000) == []
    assert hits(Surroundings(figure), price_micro=740_000_000_000) == ["price_far"]
    # Nearly the same price everywhere: ten times as dear is still another size, not a slip. Prices all over: only a slip.
    assert hits(Surroundings(msgspec.structs.replace(figure, spread=0.0)), price_micro=590_000_000_000) == []
    assert hits(Surroundings(msgspec.structs.replace(figure, spread=0.0)), price_micro=610_000_000_000) == ["price_far"]
    assert hits(Surroundings(msgspec.structs.replace(figure, spread=1.0)), price_micro=8_000_000_000_000) == []
    assert hits(Surroundings(msgspec.structs.replace(figure, spread=1.0)), price_micro=62_000_000_000_000) == ["price_far"]
    assert hits(Surroundings(msgspec.structs.replace(figure, offers=19)), price_micro=62_000_000) == []
    near = (Other(None, "A4 copy papper 70 gsm", None),)
    assert hits(Surroundings(near=near)) == ["double"]
    assert hits(Surroundings(near=near), title="A4 copy paper 80 gsm") == []
    assert hits(Surroundings(near=(Other(None, PAPER.title, "X-2"),)), mpn="X-1") == []
    assert hits(Surroundings(near=(Other(None, PAPER.title, None, ("8935",)),)), gtins=("8936",)) == []
    before = screen(msgspec.structs.replace(PAPER, price_micro=62_000_000), Surroundings(figure), rules)
    cleared = Surroundings(figure, judged=Judged("approved", before.hits))
    assert hits(cleared, price_micro=62_000_000) == []
    assert hits(cleared, price_micro=63_000_000) == ["price_far"]
    assert screen(PAPER, Surroundings(), []) == Verdict()


async def _write(db: Database, ctx: Ctx, **changes: object) -> Offer:
    async with db.tx(ctx) as tx:
        return await service.create(tx, msgspec.convert(offer_json(**changes), OfferIn), publish=True)


async def _about(db: Database, ctx: Ctx, offer: UUID) -> Case | None:
    async with db.read(ctx) as tx:
        return await moderation.about(tx, offer)


async def test_a_listing_waits_only_when_a_rule_holds_it(world: World) -> None:
    """Clean goes live; a new member's first ones are looked at afterwards; a phone number waits; without it, it is live."""
    api = await world.db.api()
    seller, buyer = await world.company("Seller"), await world.company("Buyer")
    titles = [f"Paper of kind {word}" for word in ("alder", "birch", "cedar", "daisy")]
    clean = [await _write(api, seller, title=title, mpn=None) for title in titles]
    cases = [await _about(api, seller, offer.id) for offer in clean]
    assert [offer.status for offer in clean] == ["live"] * 4
    assert [case is not None and [hit.rule for hit in case.hits] for case in cases] == [["first_offers"]] * 2 + [False] * 2
    held = await _write(api, seller, title="Ink", description="Zalo 0903 123 456", mpn=None)
    waiting = await _about(api, seller, held.id)
    assert (held.status, waiting is not None and {hit.rule for hit in waiting.hits}) == (
        "in_review",
        {"contact_phone", "contact_handle"},
    )
    async with api.read(buyer) as tx:
        assert await tx.value("SELECT count(*) FROM offer WHERE id = $1", held.id) == 0
    with pytest.raises(Forbidden):
        async with api.tx(seller) as tx:
            await tx.execute("UPDATE offer SET status = 'live' WHERE id = $1", held.id)
    async with api.tx(seller) as tx:
        command = msgspec.convert(offer_json(title="Ink", mpn=None), OfferIn)
        revised = await service.revise(tx, held.id, command, version=held.version)
    dropped = await _about(api, seller, held.id)
    assert (revised.status, dropped and dropped.outcome) == ("live", "dropped")
    async with api.tx(seller) as tx:
        command = msgspec.convert(offer_json(title="Ink", mpn=None, description="ink@seller.example"), OfferIn)
        assert (await service.revise(tx, held.id, command, version=revised.version)).status == "in_review"
    double = await _write(api, seller, title="kind ALDER of Paper", mpn=None)
    twice = await _about(api, seller, double.id)
    assert twice is not None
    assert [hit.data["found"] for hit in twice.hits] == [str(clean[0].id)]


async def test_a_file_is_screened_in_its_own_transaction(world: World) -> None:
    """A bad row waits, a double inside the file is looked at, the others go live; the same file again changes nothing."""
    api = await world.db.api()
    seller = await world.company("Seller")
    rows = [offer_json(external_id=str(n), title=f"Bolt M{n} zinc", mpn=f"B-{n}", firm=False) for n in range(6)]
    rows[4] |= {"title": "Washer", "description": "call 0903 123 456"}
    rows[5] |= {"title": "zinc M1 bolt", "mpn": None}
    for expected in ({"0": "live", "1": "live", "2": "live", "3": "live", "4": "in_review", "5": "live"}, {}):
        async with api.tx(seller) as tx:
            against = await service.rules(tx)
            good, bad = importing.prepare(against, [(n, importing.read_row(n, row)) for n, row in enumerate(rows)])
            written = await importing.write(tx, good)
        assert ({item.external_id: item.status for item in written}, bad) == (expected, [])
    cases = await world.owner.fetch("SELECT hits FROM moderation_case WHERE kind = 'offer'")
    assert len(cases) == 4  # the first two of a new member, the number, the double


def test_a_finding_is_the_same_wherever_it_moved() -> None:
    """An edit elsewhere in the text does not make an approved number a new one."""
    assert (
        Hit("contact_phone", "title", 3, 9, {"found": "+84"}).mark()
        == Hit("contact_phone", "title", 7, 13, {"found": "+84"}).mark()
    )


async def test_the_middle_price_is_kept_and_used(world: World) -> None:
    """Twenty listings make a middle; a slip of three zeros then waits, with both prices named; private ones count not."""
    api, worker = await world.db.api(), await world.db.worker()
    seller = await world.company("Seller")
    rows = [offer_json(external_id=str(n), title=f"Paper {n}", mpn=f"P-{n}") for n in range(20)]
    # Of the others every second one is a quarter dearer or cheaper; one costs a hundredfold and moves neither middle.
    for row, price in zip(rows, (["62000"] * 9 + ["77500"] * 5 + ["49600"] * 5 + ["6200000"]), strict=True):
        row["tiers"] = [{"min_quantity": "10", "price": price}]
    rows.append(offer_json(external_id="own", title="Hidden", mpn="P-own", visibility="own", unit="KGM"))
    async with api.tx(seller) as tx:
        good, _ = importing.prepare(await service.rules(tx), [(n, importing.read_row(n, row)) for n, row in enumerate(rows)])
        await importing.write(tx, good)
    await middle_prices.renew(worker)
    figures = await world.owner.fetch("SELECT unit, offers, median_micro, round(exp(spread)::numeric, 3) FROM category_price")
    assert [tuple(row.values()) for row in figures] == [("C62", 20, 62_000_000_000, Decimal("1.25"))]
    slip = await _write(api, seller, title="Paper slip", mpn="P-slip", tiers=[{"min_quantity": "10", "price": "62"}])
    case = await _about(api, seller, slip.id)
    assert slip.status == "in_review"
    assert case is not None
    assert explain(case.hits[0], "en") == (
        "The middle price of 20 listings in this category, ₫62,000, is 1,000 times the price; half of them cost at most 1.25 "
        "times more or less than that."
    )


@pytest.mark.parametrize("piece", ["aa.", "a-", "khong ", "0 ", "a@aa.", "zalo "])
def test_no_text_holds_the_exchange_up(piece: str) -> None:
    """The longest description that a member can write, made of what almost is an address or a number."""
    began = time.process_time()
    screen(msgspec.structs.replace(PAPER, description=piece * (20_000 // len(piece))), Surroundings(), RULES)
    assert time.process_time() - began < 1
