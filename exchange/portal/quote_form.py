"""The form of a quotation: what stands in it at first, and how it becomes the command that the API takes too."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from exchange.country import VatCode, profile, required_currency, vat_codes_on
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.category.model import AttributeRow, Tree
from exchange.domain.offer import store as offers
from exchange.domain.offer.model import Offer, tier_price
from exchange.domain.pairing import service as pairing
from exchange.domain.pairing.model import Fit
from exchange.domain.quote import service as quotes
from exchange.domain.quote.estimating import Estimate, Typed, estimate
from exchange.domain.quote.model import Quote, Setting
from exchange.domain.rfq import service as rfqs
from exchange.domain.rfq.model import Rfq
from exchange.errors import DomainError
from exchange.money import decode_price, decode_quantity
from exchange.pages import terms
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kind, Kinds
from exchange.pages.typed import Unreadable, read_number
from schemas.offer import AttributeValue
from schemas.quote import QuoteBody, QuoteIn, QuoteLineIn
from schemas.rfq import RfqLine
from schemas.terms import TermsView

OFFERS_MOST: Final = 300
VALID_AFTER: Final = timedelta(days=30)
FIELDS: Final[dict[str, Kind]] = {
    "lines.*.quantity": "number",
    "lines.*.price": "number",
    "lines.*.lead_time_days": "number",
    "valid_until": "datetime",
    "all_or_nothing": "boolean",
    **{f"terms.{name}": kind for name, kind in terms.KINDS.items()},
}


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """All that the form needs to know: the request, the own offers, the rules of the day."""

    rfq: Rfq
    tree: Tree
    setting: Setting
    vat_codes: tuple[VatCode, ...]
    offers: tuple[Offer, ...]
    fits: tuple[Fit, ...]
    quote: Quote | None

    @property
    def late(self) -> bool:
        return self.rfq.status != "open" or self.setting.now >= self.rfq.due_at

    @property
    def required_currency(self) -> str | None:
        """The one that both residents must use, when the request names another."""
        required = required_currency(profile(self.setting.seller_profile), profile(self.setting.buyer_profile))
        return None if required == self.rfq.currency else required

    def attributes_of(self, line: RfqLine) -> list[AttributeRow]:
        """The characteristics that the line asks about, once each."""
        declared = self.tree.nodes[line.category].attributes if line.category in self.tree.nodes else {}
        asked = dict.fromkeys(item.attribute for item in line.requirements)
        return [declared[key] for key in asked if key in declared]

    def offers_for(self, line: RfqLine) -> list[Offer]:
        """Own live offers that may answer a line: those that fit first, then others of its category."""
        ranked = {fit.offer_id: place for place, fit in enumerate(self.fits) if fit.line_id == line.id}
        usable = [offer for offer in self.offers if offer.id in ranked or offer.category_code == line.category]
        return sorted(usable, key=lambda offer: ranked.get(offer.id, len(self.fits)))


async def desk(tx: Tx, rfq_id: UUID) -> Desk:
    """Raises NotFound for a request that is hidden."""
    rfq = await rfqs.get(tx, rfq_id)
    setting = await quotes.setting(tx, rfq.buyer_id)
    fits = await pairing.fits(tx, rfq_id)
    quote = await quotes.own_on(tx, rfq_id)
    named = {fit.offer_id for fit in fits}
    if quote is not None and quote.body is not None:
        named |= {line.offer_id for line in quote.body.lines if line.offer_id is not None}
    wanted = sorted({line.category for line in rfq.lines})
    return Desk(
        rfq=rfq,
        tree=await categories.tree(tx),
        setting=setting,
        vat_codes=vat_codes_on(profile(setting.seller_profile), setting.now.date()),
        offers=tuple(await offers.own_live(tx, tx.ctx.company, wanted, sorted(named), OFFERS_MOST)),
        fits=tuple(fits),
        quote=quote,
    )


def first(at: Desk, locale: str) -> Form:
    """The own quotation as it stands, else what the fitting offers say."""
    body = None if at.quote is None else at.quote.body
    return blank(locale, _fresh(at) if body is None else _again(at, body))


def _fresh(at: Desk) -> dict[str, object]:
    return {
        "lines": [_from_offer(at, line) for line in at.rfq.lines],
        "valid_until": at.rfq.due_at + VALID_AFTER,
        "terms_choice": "accept",
        "terms": terms.typed(at.rfq.terms),
    }


def _from_offer(at: Desk, line: RfqLine) -> dict[str, object]:
    """A line prefilled from the offer that fits best, where it counts in the same unit and currency."""
    base: dict[str, object] = {"quoted": "on", "quantity": Decimal(line.quantity), "vat_code": at.vat_codes[0].code}
    ranked = {fit.offer_id for fit in at.fits if fit.line_id == line.id}
    offer = next((item for item in at.offers_for(line) if item.id in ranked), None)
    if offer is None:
        return base
    valid = {code.code for code in at.vat_codes}
    base |= {
        "offer_id": str(offer.id),
        "lead_time_days": offer.lead_time_days,
        "attributes": _typed_attributes(at, line, offer.attributes),
    }
    if offer.vat_code in valid:
        base["vat_code"] = offer.vat_code
    if offer.unit == line.unit and offer.currency == at.rfq.currency:
        base["price"] = tier_price(offer.tiers, Decimal(line.quantity))
    return base


def _again(at: Desk, body: QuoteBody) -> dict[str, object]:
    own = {line.line_id: line for line in body.lines}
    lines: list[dict[str, object]] = []
    for asked in at.rfq.lines:
        line = own.get(asked.id)
        if line is None:
            lines.append({"quantity": Decimal(asked.quantity), "vat_code": at.vat_codes[0].code})
            continue
        lines.append(
            {
                "quoted": "on",
                "quantity": Decimal(line.quantity),
                "price": Decimal(line.price),
                "vat_code": line.vat_code,
                "lead_time_days": line.lead_time_days,
                "offer_id": "" if line.offer_id is None else str(line.offer_id),
                "attributes": _typed_attributes(at, asked, line.attributes),
                "note": line.note,
            }
        )
    return {
        "lines": lines,
        "valid_until": body.valid_until,
        "terms_choice": "accept" if body.terms == at.rfq.terms else "own",
        "terms": terms.typed(body.terms),
        "all_or_nothing": body.all_or_nothing,
        "own_number": body.own_number or "",
        "note": body.note,
    }


def _typed_attributes(at: Desk, line: RfqLine, values: Mapping[str, AttributeValue]) -> dict[str, object]:
    """The asked characteristics as their fields hold them."""
    found: dict[str, object] = {}
    for attribute in at.attributes_of(line):
        value = values.get(attribute.key)
        if isinstance(value, bool):
            found[attribute.key] = "yes" if value else "no"
        elif isinstance(value, int | float):
            found[attribute.key] = Decimal(str(value))
        elif value is not None:
            found[attribute.key] = value
    return found


def quoted(form: Form, count: int) -> list[int]:
    """The places of the lines that are answered; a single line always is."""
    return [place for place in range(count) if count == 1 or form.value(f"lines.{place}.quoted") == "on"]


def as_command(form: Form, at: Desk) -> tuple[Form, list[int]]:
    """The form as the command's fields, and which line each of its lines is: lines that are not quoted are left out."""
    places = quoted(form, len(at.rfq.lines))
    own_terms = form.value("terms_choice") == "own"
    typed: dict[str, list[str]] = {}
    for path, values in form.typed.items():
        head, _, rest = path.partition(".")
        if head == "lines":
            index, _, name = rest.partition(".")
            if index.isdecimal() and int(index) in places and name not in ("quoted", "line_id"):
                typed[f"lines.{places.index(int(index))}.{name}"] = values
        elif (head == "terms" and own_terms) or head not in ("terms", "terms_choice"):
            typed[path] = values
    for number, place in enumerate(places):
        typed[f"lines.{number}.line_id"] = [str(at.rfq.lines[place].id)]
    if own_terms:
        typed = terms.completed(typed, before=terms_before(at))
    return replace(form, typed=typed), places


def terms_before(at: Desk) -> TermsView:
    """The terms that stand in the form at first: an own schedule of instalments stays as it was written."""
    body = None if at.quote is None else at.quote.body
    return at.rfq.terms if body is None else body.terms


def kinds(at: Desk) -> Kinds:
    """How each field is read; characteristics by what their category says."""
    found = dict(FIELDS)
    for line in at.rfq.lines:
        for attribute in at.attributes_of(line):
            if attribute.kind == "number":
                found[f"lines.*.attributes.{attribute.key}"] = "number"
    return found


def drawn_again(sent: Form, refused: Form, places: Sequence[int]) -> Form:
    """The form as it was sent, with the errors of its command beside the lines that they are about."""
    errors: dict[str, str] = {}
    for path, text in refused.errors.items():
        head, _, rest = path.partition(".")
        index, dot, name = rest.partition(".")
        if head == "lines" and index.isdecimal() and int(index) < len(places):
            name = "price" if name == "line_id" else name
            errors[f"lines.{places[int(index)]}{dot}{name}"] = text
        else:
            errors[path] = text
    return sent.with_errors(errors)


def complete(command: QuoteIn, at: Desk) -> QuoteIn:
    """The command with the characteristics of the offers it points at, under those that were typed."""
    asked = {line.id: line for line in at.rfq.lines}
    known = {offer.id: offer.attributes for offer in at.offers}
    return msgspec.structs.replace(command, lines=tuple(_with_attributes(line, asked, known, at) for line in command.lines))


def _with_attributes(
    line: QuoteLineIn, asked: Mapping[UUID, RfqLine], known: Mapping[UUID, Mapping[str, AttributeValue]], at: Desk
) -> QuoteLineIn:
    kinds_of = {item.key: item.kind for item in at.attributes_of(asked[line.line_id])} if line.line_id in asked else {}
    typed = {key: as_value(str(value), kinds_of.get(key, "text")) for key, value in line.attributes.items()}
    own = known.get(line.offer_id, {}) if line.offer_id is not None else {}
    return msgspec.structs.replace(line, attributes={**own, **typed})


def as_value(text: str, kind: str) -> AttributeValue:
    """A typed characteristic as its kind wants it; what does not fit stays text and is refused by the rules."""
    if kind == "boolean":
        return text == "yes" if text in ("yes", "no") else text
    if kind != "number":
        return text
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else float(value)


def counted(form: Form, at: Desk) -> Estimate:
    """What the lines come to as far as they are readable."""
    percents = {code.code: code.percent for code in at.vat_codes}
    places = quoted(form, len(at.rfq.lines))
    typed = [_typed_line(form, f"lines.{place}", percents) if place in places else None for place in range(len(at.rfq.lines))]
    return estimate(typed, at.rfq.currency, at.setting.fee_percent, at.setting.fee_vat_percent)


def _typed_line(form: Form, at: str, percents: Mapping[str, Decimal]) -> Typed | None:
    try:
        quantity = decode_quantity(read_number(form.value(f"{at}.quantity"), form.locale))
        price = decode_price(read_number(form.value(f"{at}.price"), form.locale))
    except (Unreadable, DomainError):
        return None
    percent = percents.get(form.value(f"{at}.vat_code"))
    return None if percent is None else Typed(quantity, price, percent)
