"""Amounts and how they round: minor units as integers, prices and quantities as exact decimals, half up, once.

Every product of a price and a quantity is rounded to minor units in one place, `to_minor`; every division of an
amount goes through `split`, which loses and invents nothing.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException
from fractions import Fraction
from functools import cache
from typing import Annotated, Final, Self

import msgspec
from babel.numbers import get_currency_precision, list_currencies

from exchange.errors import DomainError

# The ledger's own limit (CHECK in SQL): a sum of ninety amounts still fits a bigint.
MAX_AMOUNT_MINOR: Final = 10**17
MAX_DIGITS: Final = 18
MAX_DECIMALS: Final = 6
MAX_DECIMAL: Final = Decimal("999999999999.999999")

# Price and quantity on the wire: a plain decimal string with at most 12 digits before the point and 6 after it.
# decode_price and decode_quantity decide; the pattern says the form to those who read the schema.
DECIMAL_PATTERN: Final = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"
Price = Annotated[str, msgspec.Meta(pattern=DECIMAL_PATTERN, max_length=19, examples=["49.95"])]
Quantity = Annotated[str, msgspec.Meta(pattern=DECIMAL_PATTERN, max_length=19, examples=["120"])]

# A price (18 digits) times a quantity (18) times a percentage is exact in it; the default 28 digits would round.
_EXACT: Final = Context(prec=80, rounding=ROUND_HALF_UP)


class UnknownCurrency(DomainError):
    status = 422
    code = "unknown-currency"
    title = "Unknown currency"
    detail = "%(currency)s is not the code of a currency (ISO 4217)."


class CurrencyDiffers(DomainError):
    status = 422
    code = "currency-differs"
    title = "The currency is another one"
    detail = "Expected %(expected)s, got %(actual)s."


class NotAnAmount(DomainError):
    status = 422
    code = "not-an-amount"
    title = "Not a valid number"
    detail = "%(text)s is not valid here: %(reason)s."


@cache
def _known_currencies() -> frozenset[str]:
    return frozenset(list_currencies())


@cache
def digits(currency: str) -> int:
    """How many decimals the currency's minor unit has: VND 0, USD 2, KWD 3. Raises UnknownCurrency."""
    if currency not in _known_currencies():
        raise UnknownCurrency(currency=currency[:20])
    return get_currency_precision(currency)


class Money(msgspec.Struct, frozen=True):
    """An amount in minor units of its currency; adds and subtracts within one currency only."""

    amount_minor: int
    currency: str

    def __add__(self, other: Self) -> Self:
        return type(self)(self.amount_minor + self._same(other).amount_minor, self.currency)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.amount_minor - self._same(other).amount_minor, self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.amount_minor, self.currency)

    def text(self) -> str:
        return minor_text(self.amount_minor, self.currency)

    def _same(self, other: Self) -> Self:
        if other.currency != self.currency:
            raise CurrencyDiffers(expected=self.currency, actual=other.currency)
        return other


def to_minor(amount: Decimal, currency: str) -> int:
    """Rounds an amount of the currency half up (away from zero) to minor units. Raises NotAnAmount past the limit."""
    if not amount.is_finite():
        raise _refused(str(amount), "it must be a finite number")
    if amount.adjusted() > MAX_DIGITS:
        raise _refused(str(amount), "the amount is too large")
    minor = int(amount.scaleb(digits(currency), _EXACT).quantize(Decimal(1), context=_EXACT))
    if abs(minor) > MAX_AMOUNT_MINOR:
        raise _refused(str(amount), "the amount is too large")
    return minor


def from_minor(amount_minor: int, currency: str) -> Decimal:
    """The amount with exactly the currency's decimals: 4995 USD is 49.95, 1250000 VND is 1250000."""
    return Decimal(amount_minor).scaleb(-digits(currency), _EXACT)


def minor_text(amount_minor: int, currency: str) -> str:
    """The amount as it goes over the wire, a decimal string with exactly the currency's decimals."""
    places = digits(currency)
    if places == 0:
        return str(amount_minor)
    whole, rest = divmod(abs(amount_minor), 10**places)
    return f"{'-' if amount_minor < 0 else ''}{whole}.{rest:0{places}d}"


def decimal_text(value: Decimal) -> str:
    """A price, quantity or percentage as it goes over the wire: no exponent, no trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def line_net_minor(price: Decimal, quantity: Decimal, currency: str) -> int:
    """Net value of one line in minor units: unit price times quantity, rounded half up once."""
    return to_minor(_EXACT.multiply(price, quantity), currency)


def vat_minor(net_minor: int, percent: Decimal) -> int:
    """Tax on a net amount in minor units, rounded half up once. Also the fee: a per cent of the net value."""
    share = _EXACT.multiply(Decimal(net_minor), percent).scaleb(-2, _EXACT)
    return int(share.quantize(Decimal(1), context=_EXACT))


def split(amount_minor: int, weights: Sequence[int | Decimal]) -> list[int]:
    """Divides an amount in proportion to the weights by largest remainder: the parts sum to the amount exactly.

    Each part is within one minor unit of its exact share; of equal remainders the earlier part gets the unit.
    """
    exact = [Fraction(weight) for weight in weights]
    total = sum(exact)
    if total <= 0 or min(exact) < 0:
        raise ValueError("weights must not be negative and must sum to more than zero")
    if len(exact) == 1:
        return [amount_minor]
    sign = -1 if amount_minor < 0 else 1
    shares = [abs(amount_minor) * weight / total for weight in exact]
    parts = [share.numerator // share.denominator for share in shares]
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - shares[place], place))
    for place in by_remainder[: abs(amount_minor) - sum(parts)]:
        parts[place] += 1
    return [sign * part for part in parts]


def decode_price(text: str) -> Decimal:
    """A net unit price above zero from its wire form. Raises NotAnAmount."""
    return _decode(text, MAX_DECIMAL)


def decode_quantity(text: str) -> Decimal:
    """A quantity above zero from its wire form. Raises NotAnAmount."""
    return _decode(text, MAX_DECIMAL)


def decode_stock(text: str) -> Decimal:
    """A quantity that may be nothing. Raises NotAnAmount."""
    return _decode(text, MAX_DECIMAL, zero=True)


def decode_amount(text: str, currency: str) -> int:
    """An amount above zero in minor units from its wire form; more decimals than the currency has are refused."""
    amount = _decode(text, Decimal(MAX_AMOUNT_MINOR))
    if amount != _EXACT.quantize(amount, Decimal(1).scaleb(-digits(currency))):
        raise _refused(text, f"{currency} has {digits(currency)} decimals")
    return to_minor(amount, currency)


def _decode(text: str, most: Decimal, *, zero: bool = False) -> Decimal:
    """One check for every decimal that comes in: finite first, then exponent, digits and range."""
    # Decimal() also reads spaces, underscores and the digits of every script, and takes its time for long input.
    if len(text) > MAX_DIGITS + 2 or not text.isascii() or "_" in text or text != text.strip():
        raise _refused(text, "write it with digits and a decimal point")
    try:
        value = Decimal(text)
    except DecimalException:
        raise _refused(text, "write it with digits and a decimal point") from None
    if not value.is_finite():
        raise _refused(text, "it must be a finite number")
    _, figures, exponent = value.as_tuple()
    if not isinstance(exponent, int) or not -MAX_DECIMALS <= exponent <= 0 or len(figures) > MAX_DIGITS:
        raise _refused(text, f"at most {MAX_DECIMALS} decimals and {MAX_DIGITS} digits")
    if not (0 < value <= most or (zero and value == 0)):
        raise _refused(text, f"it must be above 0 and at most {most}")
    return value


def _refused(text: str, reason: str) -> NotAnAmount:
    return NotAnAmount(text=text[:40], reason=reason)
