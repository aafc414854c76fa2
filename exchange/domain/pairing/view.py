"""Matches, opportunities and invitations as their readers see them: integers of the matcher as decimal strings."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final
from uuid import UUID

from exchange.domain.pairing.model import Invitation, MatchedOffer, Opportunity
from exchange.money import decimal_text
from schemas.matching import Exclusion, Match, MatchResult, NearMiss, Reason, Value
from schemas.offer import OfferRow
from schemas.pairing import ExclusionView, LineMatches, MatchView, NearMissView, ReasonView
from schemas.rfq import InvitationView, OpportunityView

MICRO: Final = Decimal(1_000_000)
# The matcher counts these in millionths.
IN_MICRO: Final = frozenset({"price", "capacity", "moq", "increment", "available"})


def line_matches(result: MatchResult, offers: Mapping[UUID, MatchedOffer], line: int, line_id: UUID | None) -> LineMatches:
    """One line's answer; what the reader can no longer see is left out of the lists, the counts stay."""
    return LineMatches(
        line_id=line_id,
        line=line,
        considered=result.considered,
        total=result.total,
        score_max=result.score_max,
        suppliers=len(result.suppliers),
        matches=tuple(_match(match, offers[match.offer_id]) for match in result.matches if match.offer_id in offers),
        near_misses=tuple(_near_miss(miss, offers[miss.offer_id]) for miss in result.near_misses if miss.offer_id in offers),
        exclusions=tuple(_exclusion(item) for item in result.exclusions),
    )


def _match(match: Match, offer: MatchedOffer) -> MatchView:
    return MatchView(
        rank=match.rank,
        offer=offer_row(offer),
        price=_micro(match.price_micro),
        score=match.score,
        reasons=tuple(reason(item) for item in match.reasons),
    )


def _near_miss(miss: NearMiss, offer: MatchedOffer) -> NearMissView:
    return NearMissView(
        offer=offer_row(offer),
        price=_micro(miss.price_micro),
        reason=miss.reason,
        op=miss.op,
        needed=_stated(miss.reason, miss.needed),
        has=_stated(miss.reason, miss.has),
    )


def _exclusion(item: Exclusion) -> ExclusionView:
    return ExclusionView(item.reason, item.count, item.only, _stated(item.reason, item.nearest))


def reason(item: Reason) -> ReasonView:
    return ReasonView(item.criterion, _stated(item.criterion, item.value), item.utility, item.weight)


def _stated(criterion: str, value: Value) -> Value:
    """Prices and quantities as decimal strings; everything else as it was declared."""
    return _micro(value) if criterion in IN_MICRO and isinstance(value, int) else value


def _micro(value: int | None) -> str | None:
    return None if value is None else decimal_text(Decimal(value) / MICRO)


def offer_row(offer: MatchedOffer) -> OfferRow:
    return OfferRow(
        id=offer.id,
        version=offer.version,
        status=offer.status,
        company_id=offer.company_id,
        company=offer.company,
        title=offer.title,
        category=offer.category_code,
        mpn=offer.mpn,
        unit=offer.unit,
        currency=offer.currency,
        price=decimal_text(Decimal(offer.price_micro) / MICRO),
        firm=offer.firm,
        moq=decimal_text(offer.moq),
        available=None if offer.available is None else decimal_text(offer.available),
        lead_time_days=offer.lead_time_days,
        ship_from=offer.ship_from,
        updated_at=offer.updated_at,
    )


def opportunity(item: Opportunity) -> OpportunityView:
    text = next((line.text for line in item.lines if line.id == item.line_id), None)
    return OpportunityView(
        id=item.id,
        version=item.version,
        status=item.status,
        rfq_id=item.rfq_id,
        rfq_number=item.rfq_number,
        rfq_title=item.rfq_title,
        rfq_status=item.rfq_status,
        buyer=item.buyer,
        due_at=item.due_at,
        line_id=item.line_id,
        line_text=text,
        offer_id=item.offer_id,
        offer_title=item.offer_title,
        score=item.score,
        offers=item.offers,
        reasons=tuple(reason(part) for part in item.reasons or ()),
        created_at=item.created_at,
    )


def invitation(item: Invitation) -> InvitationView:
    return InvitationView(
        id=item.id,
        version=item.version,
        rfq_id=item.rfq_id,
        seller_id=item.seller_id,
        seller=item.seller,
        status=item.status,
        reason=item.reason,
    )
