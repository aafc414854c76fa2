"""Offers as the flat columns of a file: what an export writes and an import takes."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from exchange.country import profile, vat_codes_on
from exchange.domain.offer.model import Offer
from exchange.i18n import N_
from exchange.money import decimal_text
from exchange.pages.export import Cell

# The columns that every offer has, in the order of the file.
FLAT: Final = (
    "external_id", "title", "category", "unit", "currency", "min_quantity", "price", "vat_code", "lead_time_days", "ship_from",
    "regions", "firm", "moq", "increment", "available", "available_seen", "mpn", "gtins", "description",
    "terms.payment", "visibility",
)  # fmt: skip
# What a column means to who fills it in.
COLUMNS: Final = (
    ("external_id", True, N_("Your own number. It is the key: a row with the same number changes the listing.")),
    ("title", True, N_("What it is, as buyers search for it.")),
    ("category", True, N_("The code of the category, such as salt or notebooks.")),
    ("unit", True, N_("UN/ECE code: C62 piece, KGM kilogram, LTR litre, MTR metre.")),
    ("currency", True, N_("VND, USD, EUR …")),
    ("price", True, N_("Net price of one unit. More price breaks: price_2 with min_quantity_2, and so on.")),
    ("min_quantity", False, N_("From which quantity the price holds. Without it: 1.")),
    ("vat_code", True, N_("VAT code of your country.")),
    ("lead_time_days", True, N_("Days from the order to the delivery.")),
    ("ship_from", True, N_("Province or country, such as VN-SG.")),
    ("regions", True, N_("Where you deliver, with commas between: VN-SG, VN-HN; VN for the whole country; * for everywhere.")),
    ("firm", False, N_("true: buyers can order at once at this price. Without it: price on request.")),
    ("moq", False, N_("Smallest order.")),
    ("increment", False, N_("Orders are multiples of it.")),
    ("available", False, N_("Quantity that you can deliver now. Without it: no limit.")),
    ("available_seen", False, N_("What the listing showed when you exported it: orders that came meanwhile stay counted.")),
    ("mpn", False, N_("Part number of the manufacturer.")),
    ("gtins", False, N_("Barcodes, with commas between.")),
    ("description", False, N_("Free text.")),
    ("terms.payment", False, N_("advance, 30_70, on_delivery, net_30, protected_full or direct_after_acceptance.")),
    ("attributes.…", False, N_("A characteristic of the category, such as attributes.memory_gb.")),
    ("visibility", False, N_("all, or own for a listing that only you see.")),
)  # fmt: skip


def flat_row(offer: Offer) -> Mapping[str, Cell]:
    """An offer as one row; further price breaks, characteristics and usual payment terms in columns of their own."""
    row: dict[str, Cell] = {
        "external_id": offer.external_id or str(offer.id),
        "title": offer.title,
        "category": offer.category_code,
        "unit": offer.unit,
        "currency": offer.currency,
        "vat_code": offer.vat_code,
        "lead_time_days": offer.lead_time_days,
        "ship_from": offer.ship_from,
        "regions": ", ".join(offer.regions),
        "firm": "true" if offer.firm else "false",
        "moq": decimal_text(offer.moq),
        "increment": decimal_text(offer.increment),
        "available": "" if offer.available is None else decimal_text(offer.available),
        "available_seen": "" if offer.available is None else decimal_text(offer.available),
        "mpn": offer.mpn or "",
        "gtins": ", ".join(offer.gtins),
        "description": offer.description,
        "terms.payment": "" if offer.terms.payment == "custom" else offer.terms.payment,
        "visibility": offer.visibility,
    }
    for index, tier in enumerate(offer.tiers, 1):
        tail = "" if index == 1 else f"_{index}"
        row[f"min_quantity{tail}"] = tier.min_quantity
        row[f"price{tail}"] = tier.price
    for key, value in {**offer.attributes, **offer.extra}.items():
        row[f"attributes.{key}"] = str(value).lower() if isinstance(value, bool) else str(value)
    return row


def sample_rows(country: str, day: date) -> list[dict[str, str]]:
    """Two rows that an import takes as they are, for a seller of this country profile."""
    home = profile(country)
    vat = vat_codes_on(home, day)[0].code
    region, currency = ("VN-SG", "VND") if home.country == "VN" else ("US", "USD")
    prices = (("62000", "58000"), ("45000", "41000")) if currency == "VND" else (("2.60", "2.40"), ("1.90", "1.70"))
    base = {"unit": "C62", "currency": currency, "vat_code": vat, "ship_from": region, "regions": region[:2]}
    return [
        {
            "external_id": "SAMPLE-1", "title": "A4 copy paper 70 gsm, 500 sheets", "category": "other", **base,
            "min_quantity": "10", "price": prices[0][0], "min_quantity_2": "100", "price_2": prices[0][1],
            "lead_time_days": "3", "firm": "true", "available": "1000", "terms.payment": "direct_after_acceptance",
        },
        {
            "external_id": "SAMPLE-2", "title": "Ring binder A4, 50 mm", "category": "other", **base,
            "min_quantity": "20", "price": prices[1][0], "min_quantity_2": "200", "price_2": prices[1][1],
            "lead_time_days": "5", "firm": "false", "available": "", "terms.payment": "net_30",
        },
    ]  # fmt: skip
