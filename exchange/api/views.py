"""Rows of the domain as the wire shows them: decimals as strings, amounts with their currency's digits."""

from decimal import Decimal
from typing import Final

from exchange.domain.offer.model import Offer, OfferSummary
from exchange.money import decimal_text
from schemas.offer import OfferRow, OfferView

MICRO: Final = 1_000_000


def price_text(price_micro: int) -> str:
    """A sortable price (millionths) as a decimal string: no exponent, no trailing zeros."""
    whole, rest = divmod(price_micro, MICRO)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else str(whole)


def optional_text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def offer_view(offer: Offer) -> OfferView:
    return OfferView(
        id=offer.id,
        version=offer.version,
        status=offer.status,
        company_id=offer.company_id,
        company=offer.company,
        title=offer.title,
        description=offer.description,
        category=offer.category_code,
        external_id=offer.external_id,
        mpn=offer.mpn,
        gtins=offer.gtins,
        unit=offer.unit,
        currency=offer.currency,
        tiers=offer.tiers,
        vat_code=offer.vat_code,
        vat_percent=decimal_text(offer.vat_percent),
        firm=offer.firm,
        moq=decimal_text(offer.moq),
        increment=decimal_text(offer.increment),
        available=optional_text(offer.available),
        lead_time_days=offer.lead_time_days,
        ship_from=offer.ship_from,
        regions=offer.regions,
        terms=offer.terms,
        attributes=offer.attributes,
        extra=offer.extra,
        visibility=offer.visibility,
        valid_until=offer.valid_until,
        created_at=offer.created_at,
        updated_at=offer.updated_at,
    )


def offer_row(offer: OfferSummary) -> OfferRow:
    return OfferRow(
        id=offer.id,
        version=offer.version,
        status=offer.status,
        company_id=offer.company_id,
        company=offer.company,
        title=offer.title,
        category=offer.category_code,
        mpn=offer.mpn,
        unit=offer.unit,
        currency=offer.currency,
        price=price_text(offer.price_micro),
        firm=offer.firm,
        moq=decimal_text(offer.moq),
        available=optional_text(offer.available),
        lead_time_days=offer.lead_time_days,
        ship_from=offer.ship_from,
        updated_at=offer.updated_at,
    )
