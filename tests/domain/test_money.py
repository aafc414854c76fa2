"""Rounding happens once, half up, and never loses or invents a unit."""

from decimal import Decimal
from fractions import Fraction

import asyncpg
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import money
from exchange.money import Money


async def test_every_traded_currency_has_the_digits_that_babel_knows(db) -> None:
    """The currency table and the code never disagree about minor units."""
    connection: asyncpg.Connection = await db.owner()
    try:
        rows = await connection.fetch("SELECT code, digits FROM currency")
    finally:
        await connection.close()
    assert {row["code"]: row["digits"] for row in rows} == {row["code"]: money.digits(row["code"]) for row in rows}
    assert len(rows) >= 10


@pytest.mark.parametrize("code", ["XYZ", "usd", "", "US", "VND "])
def test_a_code_that_is_no_currency_is_refused(code: str) -> None:
    """Only ISO 4217 codes have digits."""
    with pytest.raises(money.UnknownCurrency):
        money.digits(code)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("49.95", "USD", 4995),
        ("0.005", "USD", 1),
        ("0.0049999", "USD", 0),
        ("1250000", "VND", 1250000),
        ("0.5", "VND", 1),
        ("2.5", "VND", 3),
        ("1.2345", "KWD", 1235),
        ("-0.005", "USD", -1),
    ],
)
def test_an_amount_rounds_half_up_to_the_minor_unit(amount: str, currency: str, minor: int) -> None:
    """Half of a unit goes up, in currencies with 0, 2 and 3 decimals."""
    assert minor == money.to_minor(Decimal(amount), currency)


def test_a_line_of_the_longest_price_and_quantity_is_exact() -> None:
    """36 digits are multiplied without rounding in between; the default decimal context would."""
    price, quantity = Decimal("9999.999999"), Decimal("999999999.999999")
    exact = Fraction(price) * Fraction(quantity) * 100
    assert (exact + Fraction(1, 2)).__floor__() == money.line_net_minor(price, quantity, "USD")


def test_a_product_beyond_the_ledgers_limit_is_refused() -> None:
    """No amount leaves money.py that a bigint column would refuse."""
    with pytest.raises(money.NotAnAmount):
        money.line_net_minor(money.MAX_DECIMAL, money.MAX_DECIMAL, "USD")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e400000"])
def test_an_amount_that_is_not_finite_or_far_too_large_is_refused(text: str) -> None:
    """to_minor itself refuses what no check before it has seen."""
    with pytest.raises(money.NotAnAmount):
        money.to_minor(Decimal(text), "USD")


@pytest.mark.parametrize(
    ("net", "percent", "vat"),
    [(4995, "10", 500), (4994, "10", 499), (1, "8", 0), (100000, "8", 8000), (999, "0", 0), (50, "1", 1)],
)
def test_tax_is_rounded_half_up_once(net: int, percent: str, vat: int) -> None:
    """VAT of a line from its net and its percentage."""
    assert vat == money.vat_minor(net, Decimal(percent))


@settings(max_examples=1000, deadline=None)
@given(
    minor=st.integers(-money.MAX_AMOUNT_MINOR, money.MAX_AMOUNT_MINOR),
    currency=st.sampled_from(["VND", "JPY", "USD", "EUR", "KWD"]),
)
def test_minor_units_survive_the_wire_and_back(minor: int, currency: str) -> None:
    """The text of an amount has the currency's decimals and reads back as the same minor units."""
    text = money.minor_text(minor, currency)
    assert minor == money.to_minor(Decimal(text), currency)
    assert money.digits(currency) == len(text.partition(".")[2])


@settings(max_examples=3000, deadline=None)
@given(
    minor=st.integers(-money.MAX_AMOUNT_MINOR, money.MAX_AMOUNT_MINOR),
    weights=st.lists(
        st.one_of(st.integers(0, 10**12), st.decimals(0, 100, places=3, allow_nan=False, allow_infinity=False)),
        min_size=1,
        max_size=12,
    ).filter(lambda weights: sum(Fraction(weight) for weight in weights) > 0),
)
def test_a_split_conserves_the_last_unit(minor: int, weights: list[int | Decimal]) -> None:
    """The parts sum to the whole, and each is less than one unit from its exact share."""
    parts = money.split(minor, weights)
    total = sum(Fraction(weight) for weight in weights)
    assert minor == sum(parts)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(weight) * minor / total) < 1


@settings(max_examples=500, deadline=None)
@given(
    amount=st.decimals("0.001", "99999999", places=3, allow_nan=False, allow_infinity=False),
    currency=st.sampled_from(["VND", "USD", "KWD"]),
    count=st.integers(1, 50),
)
def test_equal_instalments_add_up_to_the_price_in_every_currency(amount: Decimal, currency: str, count: int) -> None:
    """Splitting a rounded total over equal parts has no drift with 0, 2 or 3 decimals."""
    total = money.to_minor(amount, currency)
    parts = money.split(total, [1] * count)
    assert total == sum(parts)
    assert max(parts) - min(parts) <= 1


def test_of_equal_remainders_the_earlier_part_gets_the_unit() -> None:
    """The same split gives the same parts on any machine."""
    assert money.split(100, [1, 1, 1]) == [34, 33, 33]
    assert money.split(-100, [1, 1, 1]) == [-34, -33, -33]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [2, -1]])
def test_weights_that_mean_nothing_are_refused(weights: list[int]) -> None:
    """No weights, only zeros, or a negative one."""
    with pytest.raises(ValueError):
        money.split(100, weights)


@pytest.mark.parametrize("text", ["49.95", "0.000001", "1", "999999999999.999999", "100"])
def test_a_plain_decimal_is_a_price_and_a_quantity(text: str) -> None:
    """Decoding keeps the value exactly, and it reads back as it was written."""
    assert Decimal(text) == money.decode_price(text) == money.decode_quantity(text)
    assert text == money.decimal_text(money.decode_price(text))


@pytest.mark.parametrize(
    "text",
    [
        *["", "NaN", "sNaN", "-NaN", "Infinity", "-1", "0", "0.0", "1e400000", "1E3", "1e-7", "0.0000001", "1000000000000"],
        *["1_000", " 1", "1 ", "1\n", "1,5", "0x10", "١٢", "1" * 30, "1.2.3", "--1", "1e", "9" * 5000],
    ],
)
def test_anything_else_is_refused_with_a_reason(text: str) -> None:
    """Not finite, not plain, too fine, too large, zero or negative: one class of error for all of them."""
    with pytest.raises(money.NotAnAmount) as caught:
        money.decode_price(text)
    assert caught.value.status == 422
    assert caught.value.data["reason"]


def test_an_amount_with_more_decimals_than_its_currency_is_refused() -> None:
    """A deposit of 10.5 đồng or 1.999 dollars is a typing error, not something to round."""
    assert money.decode_amount("10.50", "USD") == 1050
    assert money.decode_amount("10.0", "VND") == 10
    assert money.decode_amount("5000000000000000", "VND") == 5 * 10**15
    for text, currency in [("10.5", "VND"), ("1.999", "USD")]:
        with pytest.raises(money.NotAnAmount):
            money.decode_amount(text, currency)


@settings(max_examples=300, deadline=None)
@given(value=st.decimals("0.000001", "999999999999", places=6, allow_nan=False, allow_infinity=False))
def test_what_the_database_returns_reads_without_trailing_zeros(value: Decimal) -> None:
    """numeric(18,6) comes back with six decimals; the wire form has none too many and the same value."""
    text = money.decimal_text(value)
    assert value == Decimal(text)
    assert "E" not in text
    assert not (("." in text) and text.endswith(("0", ".")))


def test_the_wire_types_build_a_decoder_that_checks_their_form() -> None:
    """Price and Quantity are usable in a Struct; numbers, exponents and signs are refused by the schema."""
    decode = msgspec.json.Decoder(tuple[money.Price, money.Quantity]).decode
    assert decode(b'["49.95","120"]') == ("49.95", "120")
    for bad in [b'[49.95,"1"]', b'["1e3","1"]', b'["-1","1"]', b'["NaN","1"]', b'["1","01"]', b'["1.0000001","1"]']:
        with pytest.raises(msgspec.ValidationError):
            decode(bad)


def test_money_of_two_currencies_is_never_added() -> None:
    """Arithmetic stays within one currency."""
    assert Money(150, "USD") == Money(100, "USD") + Money(50, "USD")
    assert Money(50, "USD") == Money(100, "USD") - Money(50, "USD")
    assert Money(-100, "USD") == -Money(100, "USD")
    assert Money(100, "USD").text() == "1.00"
    with pytest.raises(money.CurrencyDiffers):
        Money(100, "USD") + Money(100, "VND")
