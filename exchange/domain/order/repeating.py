"""An order once more: a filled order of the same offers as they are now, with every difference named."""

from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from exchange.country import profile, vat_code_on, vat_percent
from exchange.db import Tx
from exchange.domain.offer.model import tier_price
from exchange.domain.order import placing
from exchange.domain.order.model import Order, OrderLine, serves
from exchange.domain.permission import need
from exchange.errors import NotFound
from exchange.money import decimal_text, line_net_minor, minor_text, vat_minor
from schemas.offer import Tier
from schemas.order import PlaceLineIn, PlaceOrder
from schemas.repeat import DifferenceCode, RepeatLine, RepeatView
from schemas.terms import TermsView


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """An offer of an order's line as it is now."""

    id: UUID
    version: int
    currency: str
    tiers: tuple[Tier, ...]
    vat_code: str
    moq: Decimal
    increment: Decimal
    available: Decimal | None
    regions: tuple[str, ...]
    terms: TermsView
    profile: str
    at: datetime


# What can be ordered of these offers now; one that is not firm, live and valid is not there.
OFFERED: Final = """
SELECT o.id, o.version, o.currency, o.tiers, o.vat_code, o.moq, o.increment, o.available, o.regions, o.terms, c.profile,
    market_now() AS at
FROM offer AS o JOIN company AS c ON c.id = o.company_id
WHERE o.id = ANY ($1) AND o.status = 'live' AND o.firm AND o.valid_until > (SELECT market_now()) AND c.status = 'active'
"""


async def proposal(tx: Tx, order: UUID) -> RepeatView:
    """The same again, as far as it can be had. Only its buyer repeats an order; nothing is held by asking."""
    need(tx.ctx, "order.write")
    before = await placing.get(tx, order)
    if before.buyer_id != tx.ctx.company:
        raise NotFound(noun="order")
    wanted = [line.offer_id for line in before.lines if line.offer_id is not None]
    offered = {offer.id: offer for offer in await tx.many(Offered, OFFERED, wanted)}
    return compose(before, offered)


def compose(before: Order, offered: dict[UUID, Offered]) -> RepeatView:
    """Each line against its offer of now. Pure."""
    lines: list[RepeatLine] = []
    placed: list[PlaceLineIn] = []
    net_minor = tax_minor = 0
    for line in before.lines:
        if line.offer_id is None:
            continue
        offer = offered.get(line.offer_id)
        quantity = None if offer is None else nearest(line.quantity, offer)
        if offer is None or quantity is None or offer.currency != before.currency:
            lines.append(_gone(line, line.offer_id))
            continue
        percent = _percent(offer)
        price = tier_price(offer.tiers, quantity)
        net = line_net_minor(price, quantity, before.currency)
        tax = vat_minor(net, percent)
        net_minor, tax_minor = net_minor + net, tax_minor + tax
        lines.append(
            RepeatLine(
                offer_id=offer.id,
                title=line.title,
                unit=line.unit,
                quantity_before=decimal_text(line.quantity),
                quantity=decimal_text(quantity),
                price_before=decimal_text(line.price),
                price=decimal_text(price),
                gross=minor_text(net + tax, before.currency),
                differences=_differences(before, line, offer, quantity, price, percent),
            )
        )
        placed.append(PlaceLineIn(offer_id=offer.id, offer_version=offer.version, quantity=decimal_text(quantity)))
    return RepeatView(
        order_id=before.id,
        number=before.number,
        seller_id=before.seller_id,
        seller=before.seller,
        currency=before.currency,
        net=minor_text(net_minor, before.currency),
        vat=minor_text(tax_minor, before.currency),
        gross=minor_text(net_minor + tax_minor, before.currency),
        lines=tuple(lines),
        place=_place(before, placed) if placed else None,
    )


def _place(before: Order, lines: list[PlaceLineIn]) -> PlaceOrder:
    return PlaceOrder(
        lines=tuple(lines),
        deliver_to=before.delivery.deliver_to,
        region=before.delivery.region,
        cost_centre=before.cost_centre,
    )


def nearest(wanted: Decimal, offer: Offered) -> Decimal | None:
    """The quantity that can be ordered nearest to the wanted one: not less where there is enough, else what is left."""
    steps = ((max(wanted, offer.moq) - offer.moq) / offer.increment).to_integral_value(ROUND_CEILING)
    quantity = offer.moq + steps * offer.increment
    if offer.available is not None and quantity > offer.available:
        steps = ((offer.available - offer.moq) / offer.increment).to_integral_value(ROUND_FLOOR)
        quantity = offer.moq + steps * offer.increment
    return quantity if quantity >= offer.moq else None


def _percent(offer: Offered) -> Decimal:
    """The VAT that is the law today for this offer."""
    country = profile(offer.profile)
    today = offer.at.astimezone(ZoneInfo(country.timezone)).date()
    return vat_percent(country, vat_code_on(country, offer.vat_code, today), today)


def _differences(
    before: Order, line: OrderLine, offer: Offered, quantity: Decimal, price: Decimal, percent: Decimal
) -> tuple[DifferenceCode, ...]:
    found: list[tuple[DifferenceCode, bool]] = [
        ("price", price != line.price),
        ("quantity", quantity != line.quantity),
        ("terms", offer.terms != before.terms),
        ("vat", percent != line.vat_percent),
        ("region", not serves(offer.regions, before.delivery.region)),
    ]
    return tuple(code for code, differs in found if differs)


def _gone(line: OrderLine, offer: UUID) -> RepeatLine:
    return RepeatLine(
        offer_id=offer,
        title=line.title,
        unit=line.unit,
        quantity_before=decimal_text(line.quantity),
        quantity=None,
        price_before=decimal_text(line.price),
        price=None,
        gross=None,
        differences=("gone",),
    )
