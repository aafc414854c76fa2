"""The offer as the matcher sees it: one row of the projection, checked once on the way in."""

from uuid import UUID

from msgspec import Struct

from schemas.matching import MICRO_MAX, Scalar

OK, UNKNOWN, FAIL = 0, 1, 2
ABSENT, NUMBER, TEXT, BOOLEAN = 0, 1, 2, 3
NONE_YET = -1
NEVER_US = 2**63 - 1
LEAD_DAYS_MAX = 2**31 - 1
NUMBER_MAX = 1e300


class Tier(Struct, frozen=True):
    """From this quantity on, this net unit price; both in micro units."""

    min_quantity_micro: int
    price_micro: int


class OfferRow(Struct, frozen=True, kw_only=True):
    """One version of one offer. `attributes` holds declared ones only; numbers are compared as IEEE doubles.

    `visibility` "own" shows it to its company and to `audience` alone. `available_micro` None states no limit. Raises ValueError
    when a value is outside what the columns can carry, so that a bad row is refused whole.
    """

    id: UUID
    company_id: UUID
    version: int
    category_path: str
    title: str
    currency: str
    unit: str
    mpn: str = ""
    tiers: tuple[Tier, ...] = ()
    moq_micro: int = 0
    increment_micro: int = 0
    available_micro: int | None = None
    lead_time_days: int | None = None
    regions: tuple[str, ...] = ()
    attributes: dict[str, Scalar] = {}
    firm: bool = False
    valid_until_us: int | None = None
    visibility: str = "all"
    audience: tuple[UUID, ...] = ()
    live: bool = True

    def __post_init__(self) -> None:
        quantities = [self.moq_micro, self.increment_micro, self.available_micro or 0]
        for tier in self.tiers:
            quantities += [tier.min_quantity_micro, tier.price_micro]
        if not all(0 <= quantity <= MICRO_MAX for quantity in quantities):
            raise ValueError("a price or quantity is outside 0..10^18 micro units")
        minimums = [tier.min_quantity_micro for tier in self.tiers]
        if minimums != sorted(set(minimums)):
            raise ValueError("price tiers do not ascend")
        if self.lead_time_days is not None and not 0 <= self.lead_time_days < LEAD_DAYS_MAX:
            raise ValueError("the lead time is outside its range")
        if self.valid_until_us is not None and not 0 <= self.valid_until_us < NEVER_US:
            raise ValueError("the validity is outside its range")
        if self.visibility not in ("all", "own"):
            raise ValueError("the visibility is not known")
        for value in self.attributes.values():
            if not isinstance(value, str) and not abs(value) <= NUMBER_MAX:
                raise ValueError("an attribute's number is outside -10^300..10^300")
