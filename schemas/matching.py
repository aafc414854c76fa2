"""What the api and the worker say to the matcher over its socket: needs and searches in, ranked and explained offers out.

Money and quantities are integers in micro units (10^-6), at most 10^18; instants are microseconds since 1970 in market time.
Reasons are codes and values, never sentences: the pages put them into words.
"""

import math
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

MICRO_MAX = 10**18
MATCHES_MAX = 50
SUPPLIERS_MAX = 1_000
NEAR_MISSES_MAX = 20
SEARCH_PAGE_MAX = 100
SEARCH_TOTAL_MAX = 1_000
FRAME_BYTES_MAX = 8 * 1024 * 1024

Scalar = bool | int | float | str
Value = Scalar | list[Scalar] | None
Micro = Annotated[int, Meta(ge=0, le=MICRO_MAX)]
QuantityMicro = Annotated[int, Meta(ge=1, le=MICRO_MAX)]
Words = Annotated[str, Meta(max_length=500)]
CategoryPath = Annotated[str, Meta(max_length=1_000)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
Instant = Annotated[int, Meta(ge=0, le=2**62)]
Companies = Annotated[list[UUID], Meta(max_length=10_000)]
Op = Literal[">=", "<=", "=", "in", "between"]


def _is_number(value: Scalar) -> bool:
    """Whether the value can be compared as a finite number; a boolean cannot."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


class Requirement(Struct, frozen=True, forbid_unknown_fields=True):
    """One wish about a declared attribute. `between` takes [low, high], both inside; `in` takes one to 100 values."""

    attribute: Annotated[str, Meta(min_length=1, max_length=100)]
    op: Op
    value: Scalar | list[Scalar]

    def __post_init__(self) -> None:
        if self.op in (">=", "<="):
            if isinstance(self.value, list) or not _is_number(self.value):
                raise ValueError(f"{self.op} needs a number")
        elif self.op == "between":
            self._check_between()
        elif self.op == "in":
            if not isinstance(self.value, list) or not 1 <= len(self.value) <= 100:
                raise ValueError("in needs a list of 1 to 100 values")
        elif isinstance(self.value, list):
            raise ValueError("= needs one value")
        for value in self.values():
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError("a number must be finite")

    def _check_between(self) -> None:
        if not isinstance(self.value, list) or len(self.value) != 2:
            raise ValueError("between needs [low, high]")
        low, high = self.value
        if isinstance(low, str) or isinstance(high, str) or not (_is_number(low) and _is_number(high)):
            raise ValueError("between needs two numbers")
        if low > high:
            raise ValueError("between needs low before high")

    def values(self) -> list[Scalar]:
        """The asked values as a list, whatever the operator."""
        return self.value if isinstance(self.value, list) else [self.value]


Requirements = Annotated[list[Requirement], Meta(max_length=64)]


class Need(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One RFQ line, or its preview. `words` must all stand in an offer's title or part number.

    `viewer_id` is the company that asks: offers shown only to it take part, its own never do, nor those of the other companies of
    its group, `group_ids`. `category_path` is codes from the root joined by "/"; empty means every category.
    """

    quantity_micro: QuantityMicro
    unit: str
    currency: str
    at_us: Instant
    viewer_id: UUID | None = None
    group_ids: Companies = []
    category_path: CategoryPath = ""
    words: Words = ""
    requirements: Requirements = []
    region: str | None = None
    deliver_within_days: Days | None = None


class Reason(Struct, frozen=True):
    """Why a match stands where it stands. Criteria and the unit of their value:

    price (micro), lead_time (days), capacity (available micro, None is no stated limit), attribute:<key> (as declared), text
    (number of asked words found).
    """

    criterion: str
    value: Value
    utility: int
    weight: int


class Match(Struct, frozen=True):
    """An offer that meets every constraint. `score` is the sum of weight x utility; `rank` starts at 1."""

    offer_id: UUID
    company_id: UUID
    version: int
    rank: int
    score: int
    price_micro: int | None
    reasons: list[Reason]


class SupplierMatches(Struct, frozen=True):
    """How many offers of one supplier match, and the best of them."""

    company_id: UUID
    count: int
    best: Match


class Exclusion(Struct, frozen=True):
    """`count` offers fail this reason, `only` of them nothing else; `nearest` is the value of those `only` that comes closest.

    Reasons: same_group (set aside before anything else is judged, so `only` is 0), validity, currency, unit, region, moq,
    increment, available, lead_time, word:<word>, attribute:<key>, and unknown:<region|lead_time|key> where it is not said.
    """

    reason: str
    count: int
    only: int
    nearest: Value


class NearMiss(Struct, frozen=True):
    """An offer that fails one constraint only: what was needed, what it has (None: not stated), `op` for attributes."""

    offer_id: UUID
    company_id: UUID
    version: int
    price_micro: int | None
    reason: str
    op: Op | None
    needed: Value
    has: Value


class MatchResult(Struct, frozen=True):
    """The answer to one need. `considered` offers of the category could be seen at all; `score_max` is a perfect score."""

    considered: int
    total: int
    score_max: int
    matches: list[Match]
    suppliers: list[SupplierMatches]
    exclusions: list[Exclusion]
    near_misses: list[NearMiss]


Sort = Literal["relevance", "price", "lead_time", "newest"]


class SearchQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A search in the catalogue as one company sees it (None: no company, public offers only).

    Prices are those at `quantity_micro`, or at each offer's own minimum order when it is not given.
    """

    at_us: Instant
    viewer_id: UUID | None = None
    excluded_ids: Companies = []
    text: Words = ""
    category_path: CategoryPath = ""
    requirements: Requirements = []
    quantity_micro: QuantityMicro | None = None
    price_min_micro: Micro | None = None
    price_max_micro: Micro | None = None
    currency: str | None = None
    max_lead_days: Days | None = None
    region: str | None = None
    company_ids: Companies | None = None
    firm: bool | None = None
    sort: Sort = "relevance"
    offset: Annotated[int, Meta(ge=0, le=SEARCH_TOTAL_MAX)] = 0
    limit: Annotated[int, Meta(ge=1, le=SEARCH_PAGE_MAX)] = 20


class SearchHit(Struct, frozen=True):
    """One found offer with its price at the asked quantity; None when it states none."""

    offer_id: UUID
    version: int
    price_micro: int | None


class SearchResult(Struct, frozen=True):
    """One page of hits. `total` stops at 1,000 (`total_exact` false). `all_words` is false when no offer has them all."""

    hits: list[SearchHit]
    total: int
    total_exact: bool
    all_words: bool


class Seen(Struct, frozen=True, forbid_unknown_fields=True):
    """A version of an offer that the matcher must know before it answers."""

    offer_id: UUID
    version: int


class Freshness(Struct, frozen=True, forbid_unknown_fields=True):
    """What the matcher must have seen before it answers; it waits up to 2 seconds, then says "behind"."""

    position: int = 0
    offers: Annotated[list[Seen], Meta(max_length=1_000)] = []


class MatchRequest(Struct, frozen=True, forbid_unknown_fields=True, tag="match"):
    """Match each need; the results come in the same order."""

    request_id: int
    needs: Annotated[list[Need], Meta(min_length=1, max_length=100)]
    seen: Freshness = field(default_factory=Freshness)


class SearchRequest(Struct, frozen=True, forbid_unknown_fields=True, tag="search"):
    """Answer one search."""

    request_id: int
    query: SearchQuery
    seen: Freshness = field(default_factory=Freshness)


class Ping(Struct, frozen=True, forbid_unknown_fields=True, tag="ping"):
    """Ask how the matcher is; answered even while it starts."""

    request_id: int


Request = MatchRequest | SearchRequest | Ping


class MatchResponse(Struct, frozen=True, tag="matched"):
    request_id: int
    results: list[MatchResult]


class SearchResponse(Struct, frozen=True, tag="found"):
    request_id: int
    result: SearchResult


class Pong(Struct, frozen=True, tag="pong"):
    """How the matcher is. `position` is the last event it has applied; `refused_rows` were unreadable and take no part."""

    request_id: int
    ready: bool
    position: int
    offers: int
    delta_rows: int
    refused_rows: int
    rss_bytes: int


class Refusal(Struct, frozen=True, tag="refused"):
    """Why there is no answer: still loading, not caught up in time, an invalid request, too long an answer, or a defect."""

    request_id: int
    error: Literal["starting", "behind", "invalid", "too-large", "failed"]
    detail: str = ""


Response = MatchResponse | SearchResponse | Pong | Refusal
