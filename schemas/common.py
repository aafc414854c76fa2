"""Types that several nouns share on the wire: numbers, money, names, places and pages.

Numbers with decimals are strings. A JSON number is refused there, so no float, NaN or 1e400000 ever becomes a price; the
patterns allow plain digits only, bounded in length, so what passes is finite, exact and at most 18 digits long.
"""

from datetime import datetime
from typing import Annotated, Final, Generic, Literal, TypeVar

from msgspec import Meta, Struct

# A pattern's end: `$` alone also matches before a final line feed.
END: Final = r"$(?!\n)"
# Above zero, at most 12 digits before the point and 6 after it.
POSITIVE: Final = (
    r"^([1-9][0-9]{0,11}(\.[0-9]{1,6})?"
    r"|0\.([1-9][0-9]{0,5}|0[1-9][0-9]{0,4}|00[1-9][0-9]{0,3}|000[1-9][0-9]{0,2}|0000[1-9][0-9]?|00000[1-9]))" + END
)
STOCK: Final = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?" + END
AMOUNT: Final = r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?" + END
PERCENT: Final = r"^(100(\.0{1,3})?|[1-9]?[0-9](\.[0-9]{1,3})?)" + END
REGION: Final = r"^[A-Z]{2}(-[A-Z0-9]{1,3})?" + END
SERVED: Final = r"^(\*|[A-Z]{2}(-[A-Z0-9]{1,3})?)" + END
EMAIL: Final = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+" + END
)
# One line: no control characters, none that turn the direction of what follows (a name would read as another), no space at
# either end; and text of several lines.
_OUT: Final = r"\x7f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
LINE: Final = rf"^[^\x00-\x20{_OUT}]([^\x00-\x1f{_OUT}]*[^\x00-\x20{_OUT}])?" + END
OPTIONAL_LINE: Final = rf"^([^\x00-\x20{_OUT}]([^\x00-\x1f{_OUT}]*[^\x00-\x20{_OUT}])?)?" + END
TEXT: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*" + END

# What a pattern asks for, in words, for whoever turns "matching regex" into an answer for people.
EXPECTED: Final[dict[str, str]] = {
    POSITIVE: "a decimal number above 0 in a string, at most 12 digits before the point and 6 after it",
    STOCK: "a quantity in a string, 0 or more, at most 12 digits before the point and 6 after it",
    AMOUNT: "an amount in a string, digits with an optional decimal point",
    PERCENT: "a percentage from 0 to 100 in a string, at most 3 decimals",
    REGION: "a region such as VN-SG or a country such as VN",
    SERVED: "a region such as VN-SG, a country such as VN, or * for everywhere",
    EMAIL: "an e-mail address",
    LINE: "one line of text without spaces at its ends",
    OPTIONAL_LINE: "one line of text without spaces at its ends, or nothing",
    TEXT: "text without control characters",
}

Price = Annotated[str, Meta(pattern=POSITIVE, max_length=19, examples=["49.95"], description="Net unit price")]
Quantity = Annotated[str, Meta(pattern=POSITIVE, max_length=19, examples=["120"])]
# What is there to sell; zero is sold out.
Stock = Annotated[str, Meta(pattern=STOCK, max_length=19, examples=["1000"])]
# An amount of the currency that stands beside it; zero is allowed.
Amount = Annotated[str, Meta(pattern=AMOUNT, max_length=20, examples=["1250000"])]
Percent = Annotated[str, Meta(pattern=PERCENT, max_length=7, examples=["2.5"])]

Currency = Literal["VND", "USD", "EUR", "GBP", "JPY", "CNY", "KRW", "SGD", "THB", "AUD", "CHF", "KWD"]
Locale = Literal["vi", "en"]
CountryCode = Annotated[str, Meta(pattern="^[A-Z]{2}", min_length=2, max_length=2, description="ISO 3166-1")]
# Where something is, and where it may be delivered to.
RegionCode = Annotated[str, Meta(pattern=REGION, max_length=6, examples=["VN-SG"], description="ISO 3166-2 or a country")]
ServedRegion = Annotated[str, Meta(pattern=SERVED, max_length=6, examples=["VN-SG", "VN", "*"])]
Email = Annotated[str, Meta(pattern=EMAIL, min_length=3, max_length=254, examples=["name@company.example"])]

# The version of an object that the sender has seen, and a point in time with its offset.
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Instant = Annotated[datetime, Meta(tz=True)]

# Put a length beside them: Annotated[Line, Meta(max_length=80)].
Line = Annotated[str, Meta(pattern=LINE)]
OptionalLine = Annotated[str, Meta(pattern=OPTIONAL_LINE)]
Text = Annotated[str, Meta(pattern=TEXT)]

PAGE_MAX: Final = 100


Item = TypeVar("Item")


class Page(Struct, Generic[Item], frozen=True):
    """Part of a list. `next` is the cursor of the following page, null at the end."""

    items: tuple[Item, ...]
    next: str | None = None
