"""What the matcher found for an RFQ, as its buyer sees it: ranked offers with reasons, near misses, counts of the rest."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from schemas.offer import OfferRow

Stated = bool | int | float | str | list[bool | int | float | str] | None


class ReasonView(Struct, frozen=True):
    """One criterion: its value (prices and quantities as decimal strings), utility 0 to 10,000, and weight."""

    criterion: str
    value: Stated
    utility: int
    weight: int


class MatchView(Struct, frozen=True, kw_only=True):
    """An offer that meets everything asked for; `price` is its net unit price at the asked quantity."""

    rank: int
    offer: OfferRow
    price: str | None
    score: int
    reasons: tuple[ReasonView, ...]


class NearMissView(Struct, frozen=True, kw_only=True):
    """An offer that fails one thing only: what was needed and what it has (null: it does not say)."""

    offer: OfferRow
    price: str | None
    reason: str
    op: str | None
    needed: Stated
    has: Stated


class ExclusionView(Struct, frozen=True):
    """`count` offers fail this; `only` of them nothing else, and `nearest` is what the closest of those has."""

    reason: str
    count: int
    only: int
    nearest: Stated


class LineMatches(Struct, frozen=True, kw_only=True):
    """The answer to one line. `considered` offers of the category could be seen at all, `total` of them match."""

    line_id: UUID | None
    line: Annotated[int, Meta(ge=1, description="The line's place, from 1")]
    considered: int
    total: int
    score_max: int
    suppliers: int
    matches: tuple[MatchView, ...]
    near_misses: tuple[NearMissView, ...]
    exclusions: tuple[ExclusionView, ...]


class MatchesView(Struct, frozen=True):
    """`ready` is false while a new RFQ is still being paired."""

    ready: bool
    lines: tuple[LineMatches, ...]
