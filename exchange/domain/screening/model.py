"""What screening looks at, what it compares with, and what it says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.moderation.model import Hit

Code = Literal[
    "banned_terms", "contact_phone", "contact_email", "contact_url", "contact_handle", "price_far", "double",
    "rejected_before", "first_offers",
]  # fmt: skip


class Parameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """What operators set of a rule; each rule reads its own."""

    # banned_terms: as people write them; compared without case and accents.
    terms: tuple[str, ...] = ()
    # price_far: farther from the middle price of at least so many listings than so many times the distance within which half of
    # them lie, all on a scale of logarithms; and never nearer than the factor.
    steps: int = 5
    factor: int = 10
    least_offers: int = 20
    # double: titles that agree to so many per cent, with the same numbers in them.
    alike_percent: int = 94
    # first_offers: so many of a new member.
    first: int = 3


# Which parameters each rule has; the rest have none.
PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "banned_terms": ("terms",),
    "price_far": ("steps", "factor", "least_offers"),
    "double": ("alike_percent",),
    "first_offers": ("first",),
}


class Rule(msgspec.Struct, frozen=True):
    """A rule in force. `holds`: what it finds keeps the listing off the market until an operator has looked."""

    code: str
    holds: bool
    parameters: Parameters


class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `screening_rule`, for the operators who change it."""

    id: UUID
    code: Code
    enabled: bool
    holds: bool
    parameters: Parameters
    version: int
    updated_at: datetime | None
    updated_by: str | None


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """A listing as it is screened. `own`: its id when there is one already; `fresh`: it was never on the market."""

    n: int
    title: str
    description: str
    category: str
    currency: str
    unit: str
    price_micro: int
    mpn: str | None
    gtins: tuple[str, ...] = ()
    own: UUID | None = None
    external_id: str | None = None
    fresh: bool = True


class Figure(msgspec.Struct, frozen=True):
    """The middle price of a category in one currency and unit. `spread`: half of its prices lie within this distance of it, as
    natural logarithms."""

    category: str
    currency: str
    unit: str
    offers: int
    median_micro: int
    spread: float


class Other(msgspec.Struct, frozen=True):
    """Another listing of the same seller."""

    id: UUID | None
    title: str
    mpn: str | None
    gtins: tuple[str, ...] = ()


class Judged(msgspec.Struct, frozen=True):
    """What operators decided last about the same listing, and on which findings."""

    outcome: Literal["approved", "rejected"]
    hits: tuple[Hit, ...]


class Grounds(msgspec.Struct, frozen=True):
    """What a batch of listings is compared with; keys are the `n` of its subjects."""

    rules: tuple[Rule, ...] | None
    figures: tuple[Figure, ...] | None
    words: dict[str, str] | None
    doubles: dict[str, Other] | None
    near: tuple[Other, ...] | None
    had: int
    judged: dict[str, Judged] | None


class Verdict(msgspec.Struct, frozen=True):
    """What screening says of one listing."""

    hits: tuple[Hit, ...] = ()
    holds: bool = False


CLEAN: Final = Verdict()
