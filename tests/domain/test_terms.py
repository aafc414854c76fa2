"""The terms block and the shared wire types: what is accepted, what is refused and with which words."""

import re
from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest

from schemas.common import EXPECTED, Amount, Email, Percent, Price, Quantity, RegionCode
from schemas.terms import DUTIES, PRESETS, DeliveryRule, InstalmentTerm, Preset, TermsIn, TermsView, instalments, terms_view

TENTH = '{"percent": "10", "trigger": "invoice"}'
DECODER = msgspec.json.Decoder(TermsIn)


class Line(msgspec.Struct, forbid_unknown_fields=True):
    price: Price
    quantity: Quantity = "1"


@pytest.mark.parametrize("text", ["1", "49.95", "0.000001", "999999999999.999999", "0.50"])
def test_a_price_is_a_plain_decimal_string(text: str) -> None:
    """Up to 12 digits before and 6 after the point, above zero."""
    assert msgspec.json.decode(msgspec.json.encode({"price": text}), type=Line).price == text


@pytest.mark.parametrize(
    "value",
    [
        *('"0"', '"0.000000"', '"-1"', '"+1"', '"1e5"', '"NaN"', '"Infinity"', '"1e400000"', '"01"', '"1."', '".5"', '"1_0"'),
        *('"1 "', '"1\\n"', '"١"', '"1,5"', '"1.0000001"', '"1000000000000"', '""', "1", "1.5", "1e400000", "null", "[]", "true"),
    ],
)
def test_everything_else_is_a_validation_error_at_its_place(value: str) -> None:
    """Numbers of JSON, exponents, NaN, other scripts, zero and too many digits are refused, none with another error."""
    with pytest.raises(msgspec.ValidationError, match=r"\$\.price"):
        msgspec.json.decode(f'{{"price": {value}}}', type=Line)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_a_bare_nan_is_no_json(value: str) -> None:
    """What JSON does not know is malformed, not a number."""
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(f'{{"price": {value}}}', type=Line)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Percent, ["0", "2.5", "100", "100.000"], ["100.001", "-1", "101", "1.2345", "5\n"]),
        (Amount, ["0", "1250000", "49.95"], ["-1", "1e3", "01", "1.23456", "1\n"]),
        (RegionCode, ["VN", "VN-SG", "US-CA"], ["vn", "*", "VN-", "VN-SGGG", "VN\n"]),
        (Email, ["a@b.vn", "a.b+c@mail.b-c.com"], ["a@b", "a b@c.vn", "a@b.vn\n", "<a@b.vn>", "a@-b.vn", "a..b@c.vn", "ă@b.vn"]),
    ],
)
def test_shared_texts_have_one_form(kind: Any, good: list[str], bad: list[str]) -> None:
    """Each shared type takes its own form only, without a line feed at its end."""
    assert [msgspec.convert(text, kind) for text in good] == good
    for text in bad:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(text, kind)


def test_every_pattern_is_explained_in_words() -> None:
    """A refusal by a pattern can be said to people: each pattern has its sentence."""
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert("0", Price)
    found = re.search(r"regex '(.*)'$", str(refused.value))
    assert found is not None
    assert EXPECTED[found.group(1).replace("\\\\", "\\")].startswith("a decimal number above 0")


@pytest.mark.parametrize("preset", get_args(Preset))
def test_every_preset_is_a_whole_schedule(preset: Preset) -> None:
    """A usual schedule sums to 100 percent and reads back unchanged."""
    schedule = instalments(TermsIn(payment=preset))
    assert schedule == PRESETS[preset]
    assert sum(item.share for item in schedule) == Decimal(100)


def test_terms_read_back_as_they_were_written() -> None:
    """Own instalments, delivery and all else survive storage as JSON, and the view resolves schedule and duties."""
    body = (
        b'{"payment": [{"percent": "33.333", "trigger": "order_confirmation", "method": "protected", "days_after": 3},'
        b'{"percent": "66.667", "trigger": "invoice", "days_after": 30}], "delivery": {"rule": "CIF", "place": "Hai Phong"},'
        b'"documents": ["CO form D"], "penalty_percent_per_day": "0.5", "penalty_cap_percent": "8", "warranty_months": 12}'
    )
    terms = DECODER.decode(body)
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(terms)), TermsIn) == terms
    shown = terms_view(terms)
    assert (shown.payment, shown.instalments, shown.duties) == ("custom", terms.payment, DUTIES["CIF"])
    assert (shown.duties.freight, shown.duties.insurance, shown.duties.duty) == ("seller", "seller", "buyer")
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(shown)), TermsView) == shown


def test_every_delivery_rule_says_who_pays() -> None:
    """The table of duties is complete, and duty is nobody's inside one country only."""
    assert set(DUTIES) == set(get_args(DeliveryRule))
    assert {rule for rule, duties in DUTIES.items() if duties.duty is None} == {"collect", "delivered"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"payment": [{"percent": "50", "trigger": "acceptance"}]}', "sum to 50 percent"),
        ('{"payment": []}', "length >= 1"),
        ('{"payment": [' + ",".join([TENTH] * 11) + "]}", "length <= 10"),
        ('{"payment": [{"percent": "0", "trigger": "invoice"}]}', "more than 0"),
        ('{"payment": [{"percent": 100, "trigger": "invoice"}]}', r"\$.payment\[0\].percent"),
        ('{"payment": [{"percent": "100", "trigger": "acceptance", "method": "protected"}]}', "held before despatch"),
        ('{"payment": "cash"}', "Invalid enum value 'cash'"),
        ('{"delivery": {"rule": "FOB"}}', "FOB needs a named place"),
        ('{"penalty_percent_per_day": "0.5"}', "needs a cap"),
        ('{"claim_days": 366}', "<= 365"),
        ('{"interest": "5"}', "unknown field"),
    ],
)
def test_terms_that_make_no_sense_are_refused_in_words(body: str, words: str) -> None:
    """Each rule of the block refuses with a sentence that says what is wrong."""
    with pytest.raises(msgspec.ValidationError, match=words):
        DECODER.decode(body)


def test_an_instalment_gives_its_share_as_an_exact_number() -> None:
    """The percentage is exact, whatever its decimals."""
    assert InstalmentTerm("33.333", "invoice").share == Decimal("33.333")
