"""Taking firm offers: what an order asks against what the offers say now. The offers stay locked to the end."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from exchange.country import profile, vat_code_on, vat_percent
from exchange.db import Tx
from exchange.domain.contract import body as text
from exchange.domain.contract.body import BodyLine
from exchange.domain.offer.model import in_increments, tier_price
from exchange.domain.order.model import FirmOffer, serves
from exchange.domain.order.refusals import NotEnough, OfferChanged, OwnCompany
from exchange.errors import FieldError, Invalid
from exchange.money import decimal_text, decode_quantity
from schemas.order import PlaceLineIn, PlaceOrder

# Holds the offers still and takes the quantities; a rollback gives all of it back.
TAKE: Final = """
SELECT t.id, t.company_id, t.status, t.version, t.title, t.mpn, t.category_code, t.unit, t.currency, t.tiers, t.vat_code, t.firm,
    t.moq, t.increment, t.available, t.lead_time_days, t.regions, t.terms, t.expired, t.taken, t.profile, t.at
FROM take_firm_offers($1, $2, $3) AS t
"""


async def take(tx: Tx, command: PlaceOrder) -> list[FirmOffer]:
    """The offer of each line, taken. Raises Invalid with every wrong line, then OfferChanged, OwnCompany or NotEnough."""
    repeated = tuple(_repeated(command.lines))
    if repeated:
        raise Invalid(errors=repeated)
    quantities = [decode_quantity(line.quantity) for line in command.lines]
    found = await tx.many(
        FirmOffer,
        TAKE,
        [line.offer_id for line in command.lines],
        [line.offer_version for line in command.lines],
        quantities,
    )
    by_id = {offer.id: offer for offer in found}
    unknown = [
        FieldError(f"/lines/{index}/offer_id", "unknown-offer", "There is no such offer, or it is not yours to see.")
        for index, line in enumerate(command.lines)
        if line.offer_id not in by_id
    ]
    if unknown:
        raise Invalid(errors=tuple(unknown))
    offers = [by_id[line.offer_id] for line in command.lines]
    for offer, line in zip(offers, command.lines, strict=True):
        _still_as_seen(tx.ctx.company, offer, line)
    wrong = [*_together(offers), *_fits(command, offers, quantities)]
    if wrong:
        raise Invalid(errors=tuple(wrong))
    for offer, quantity in zip(offers, quantities, strict=True):
        if not offer.taken:
            raise NotEnough(
                title=offer.title, available=decimal_text(offer.available or Decimal(0)), asked=decimal_text(quantity)
            )
    return offers


def _repeated(lines: Sequence[PlaceLineIn]) -> Iterator[FieldError]:
    seen: set[UUID] = set()
    for index, line in enumerate(lines):
        if line.offer_id in seen:
            yield FieldError(f"/lines/{index}/offer_id", "offer-twice", "One offer stands in one line; add the quantities up.")
        seen.add(line.offer_id)


def _still_as_seen(buyer: UUID, offer: FirmOffer, line: PlaceLineIn) -> None:
    if offer.company_id == buyer:
        raise OwnCompany
    if offer.status != "live" or offer.expired:
        raise OfferChanged(title=offer.title, current="expired" if offer.expired else offer.status)
    if offer.version != line.offer_version:
        raise OfferChanged(title=offer.title, current=f"version {offer.version}", current_version=offer.version)


def _together(offers: Sequence[FirmOffer]) -> Iterator[FieldError]:
    """What keeps offers from standing in one order."""
    first = offers[0]
    for index, offer in enumerate(offers):
        pointer = f"/lines/{index}/offer_id"
        if offer.company_id != first.company_id:
            yield FieldError(pointer, "several-sellers", "An order has one seller. Order this line separately.")
        elif offer.currency != first.currency:
            yield FieldError(pointer, "several-currencies", "An order has one currency. Order this line separately.")
        elif offer.terms != first.terms:
            yield FieldError(pointer, "several-terms", "This offer has other terms than the first line. Order it separately.")


def _fits(command: PlaceOrder, offers: Sequence[FirmOffer], quantities: Sequence[Decimal]) -> Iterator[FieldError]:
    """Each line against its offer: firm, quantity in whole increments from the minimum, region."""
    for index, (offer, quantity) in enumerate(zip(offers, quantities, strict=True)):
        at = f"/lines/{index}/quantity"
        if not offer.firm:
            yield FieldError(f"/lines/{index}/offer_id", "not-firm", "This price is indicative. Ask for a quote.")
        if quantity < offer.moq:
            yield FieldError(
                at, "below-moq", "The smallest order is %(moq)s %(unit)s.", {"moq": decimal_text(offer.moq), "unit": offer.unit}
            )
        elif not in_increments(quantity, offer.moq, offer.increment):
            yield FieldError(
                at,
                "not-in-increments",
                "Order %(moq)s plus a multiple of %(increment)s.",
                {"moq": decimal_text(offer.moq), "increment": decimal_text(offer.increment)},
            )
        if not serves(offer.regions, command.region):
            yield FieldError("/region", "region-not-served", "%(title)s is not delivered there.", {"title": offer.title})


def body_lines(command: PlaceOrder, offers: Sequence[FirmOffer]) -> tuple[BodyLine, ...]:
    """The contract's lines: the price of the tier that the quantity reaches, and the VAT that is the law today."""
    country = profile(offers[0].profile)
    at = max(offer.at for offer in offers)
    today = at.astimezone(ZoneInfo(country.timezone)).date()
    lines: list[BodyLine] = []
    for position, (offer, line) in enumerate(zip(offers, command.lines, strict=True), 1):
        quantity = decode_quantity(line.quantity)
        code = vat_code_on(country, offer.vat_code, today)
        lines.append(
            text.line(
                position=position,
                title=offer.title,
                category=offer.category_code,
                unit=offer.unit,
                quantity=quantity,
                price=tier_price(offer.tiers, quantity),
                vat_code=code,
                vat_percent=vat_percent(country, code, today),
                currency=offer.currency,
                region=command.region,
                deliver_to=command.deliver_to,
                deliver_within_days=offer.lead_time_days,
                offer=(offer.id, offer.version),
                mpn=offer.mpn,
            )
        )
    return tuple(lines)
