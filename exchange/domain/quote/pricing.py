"""A quote's rules and arithmetic: every line against what was asked, VAT and the fee pinned. Pure."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from exchange.country import VatCodeNotValid, profile, vat_percent
from exchange.domain.category.model import NUMBER_MAX, TEXT_MAX
from exchange.domain.quote.model import VALID_AT_MOST, Asked, Setting
from exchange.errors import FieldError, Invalid
from exchange.i18n import N_
from exchange.money import decimal_text, decode_price, decode_quantity, line_net_minor, vat_minor
from schemas.offer import AttributeValue
from schemas.quote import QuoteBody, QuoteIn, QuoteLine, QuoteLineIn
from schemas.rfq import RfqLine
from schemas.terms import terms_view

ATTRIBUTES_MOST: Final = 100
HUNDRED: Final = Decimal(100)


def body_of(command: QuoteIn, asked: Asked, setting: Setting, offers: Mapping[UUID, int]) -> QuoteBody:
    """What the quote says, priced. `offers` are the versions of the supplier's own. Raises Invalid with every wrong field."""
    errors = valid_until_errors(command.valid_until, asked.due_at)
    wanted = {line.id: line for line in asked.lines}
    tolerance = Decimal(asked.terms.quantity_tolerance_percent)
    lines: list[QuoteLine] = []
    for index, line in enumerate(command.lines):
        at = f"/lines/{index}"
        wrong = _line_errors(line, wanted.get(line.line_id), tolerance, offers, at)
        if any(line.line_id == other.line_id for other in command.lines[:index]):
            wrong.append(FieldError(f"{at}/line_id", "named-twice", "This line is answered already."))
        percent = _vat(setting, line.vat_code, f"{at}/vat_code", wrong)
        errors += wrong
        if not wrong:
            lines.append(_priced(line, percent, asked.currency, offers))
    if not errors and sum(line.net_minor for line in lines) == 0:
        errors.append(FieldError("/lines", "worth-nothing", "The quote is worth less than the smallest amount of its currency."))
    if errors:
        raise Invalid(errors=tuple(errors))
    net = sum(line.net_minor for line in lines)
    vat = sum(line.vat_minor for line in lines)
    fee = vat_minor(net, setting.fee_percent)
    return QuoteBody(
        currency=asked.currency,
        lines=tuple(lines),
        terms=asked.terms if command.terms is None else terms_view(command.terms),
        valid_until=command.valid_until.astimezone(UTC),
        all_or_nothing=command.all_or_nothing,
        net_minor=net,
        vat_minor=vat,
        gross_minor=net + vat,
        fee_percent=decimal_text(setting.fee_percent),
        fee_vat_percent=decimal_text(setting.fee_vat_percent),
        fee_minor=fee,
        fee_vat_minor=vat_minor(fee, setting.fee_vat_percent),
        own_number=command.own_number,
        note=command.note,
    )


def valid_until_errors(until: datetime, due_at: datetime) -> list[FieldError]:
    """A quote binds its supplier at least until the deadline has passed, and not for ever."""
    if until.tzinfo is None:
        return [FieldError("/valid_until", "time-zone-missing", "Write the time with its zone, e.g. 2027-01-31T17:00:00+07:00.")]
    if until <= due_at:
        return [FieldError("/valid_until", "before-deadline", "A quote must be valid beyond the RFQ's deadline.")]
    if until - due_at > VALID_AT_MOST:
        detail = N_("A quote is valid at most %(days)s days after the deadline.")
        return [FieldError("/valid_until", "too-late", detail, {"days": VALID_AT_MOST.days})]
    return []


def most_of(line: RfqLine, tolerance_percent: Decimal) -> Decimal:
    """The largest quantity that still answers a line."""
    return decode_quantity(line.quantity) * (HUNDRED + tolerance_percent) / HUNDRED


def _line_errors(
    line: QuoteLineIn, wanted: RfqLine | None, tolerance: Decimal, offers: Mapping[UUID, int], at: str
) -> list[FieldError]:
    errors: list[FieldError] = []
    if wanted is None:
        errors.append(FieldError(f"{at}/line_id", "unknown-line", "The RFQ has no such line."))
    elif decode_quantity(line.quantity) > (most := most_of(wanted, tolerance)):
        detail = N_("At most %(most)s is asked for.")
        errors.append(FieldError(f"{at}/quantity", "too-much", detail, {"most": decimal_text(most)}))
    if line.offer_id is not None and line.offer_id not in offers:
        errors.append(FieldError(f"{at}/offer_id", "unknown-offer", "Your company has no such offer."))
    if len(line.attributes) > ATTRIBUTES_MOST:
        errors.append(FieldError(f"{at}/attributes", "too-many", "At most 100 attributes."))
    elif not all(_plain(key, value) for key, value in line.attributes.items()):
        detail = N_("An attribute is a number, a text of one line, true or false, under a short name.")
        errors.append(FieldError(f"{at}/attributes", "not-plain", detail))
    return errors


def _plain(key: str, value: AttributeValue) -> bool:
    if not 1 <= len(key) <= 80 or not key.isprintable():
        return False
    if isinstance(value, str):
        return len(value) <= TEXT_MAX and value.isprintable()
    return isinstance(value, bool) or (math.isfinite(value) and abs(value) <= NUMBER_MAX)


def _vat(setting: Setting, code: str, at: str, errors: list[FieldError]) -> Decimal:
    """The percentage that the code has in the supplier's country on this day."""
    try:
        return vat_percent(profile(setting.seller_profile), code, setting.now.date())
    except VatCodeNotValid:
        detail = N_("VAT code %(code)s is not valid today in your country profile.")
        errors.append(FieldError(at, "vat-code-not-valid", detail, {"code": code}))
        return Decimal(0)


def _priced(line: QuoteLineIn, percent: Decimal, currency: str, offers: Mapping[UUID, int]) -> QuoteLine:
    price, quantity = decode_price(line.price), decode_quantity(line.quantity)
    net = line_net_minor(price, quantity, currency)
    return QuoteLine(
        line_id=line.line_id,
        quantity=decimal_text(quantity),
        price=decimal_text(price),
        vat_code=line.vat_code,
        vat_percent=decimal_text(percent),
        lead_time_days=line.lead_time_days,
        net_minor=net,
        vat_minor=vat_minor(net, percent),
        offer_id=line.offer_id,
        offer_version=None if line.offer_id is None else offers[line.offer_id],
        attributes=line.attributes,
        note=line.note,
    )
