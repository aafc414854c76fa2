"""Search: the matcher finds and ranks, the database shows only what the reader may see."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import msgspec

from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.offer import store
from exchange.domain.offer.model import MICRO, OfferSummary
from exchange.domain.permission import need
from exchange.errors import NotFound, Unavailable, invalid
from matching.client import MatcherClient, MatcherUnavailable
from schemas.matching import Requirement, SearchQuery
from schemas.search import SearchIn

_NOW: Final = "SELECT market_now()"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Hit(msgspec.Struct, frozen=True):
    offer: OfferSummary
    price_micro: int | None


class Found(msgspec.Struct, frozen=True):
    """One page of hits in the matcher's order."""

    hits: tuple[Hit, ...]
    total: int
    total_exact: bool
    all_words: bool


def instant_us(at: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def micro(text: str | None) -> int | None:
    """A decimal string in millionths."""
    return None if text is None else int(Decimal(text) * MICRO)


async def _path(tx: Tx, category: str) -> str:
    try:
        return (await categories.tree(tx)).get(category).row.path
    except NotFound:
        raise invalid("/category", "unknown-category", "There is no category %(category)s.", category=category) from None


async def search(tx: Tx, matcher: MatcherClient, command: SearchIn) -> Found:
    """Raises Unavailable while the matcher is away: browsing lists still works then."""
    need(tx.ctx, "market.read")
    path = "" if command.category is None else await _path(tx, command.category)
    query = SearchQuery(
        at_us=instant_us(await tx.value(_NOW)),
        viewer_id=tx.ctx.company_id,
        text=command.words,
        category_path=path,
        requirements=[msgspec.convert(item, Requirement, from_attributes=True) for item in command.requirements],
        quantity_micro=micro(command.quantity),
        price_min_micro=micro(command.price_from),
        price_max_micro=micro(command.price_to),
        currency=command.currency,
        max_lead_days=command.deliver_within_days,
        region=command.region,
        firm=command.firm,
        sort=command.sort,
        offset=command.offset,
        limit=command.limit,
    )
    try:
        result = await matcher.search(query)
    except MatcherUnavailable:
        raise Unavailable(what="Search") from None
    offers = await store.by_ids(tx, [hit.offer_id for hit in result.hits])
    hits = tuple(Hit(offers[hit.offer_id], hit.price_micro) for hit in result.hits if hit.offer_id in offers)
    return Found(hits, result.total, result.total_exact, result.all_words)
