"""The pairing of a published RFQ: who fits each line, what the buyer sees, who is told."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from exchange import events
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.pairing import store
from exchange.domain.pairing.model import SUPPLIERS_MOST, Asked, Found, LineResult
from exchange.domain.pairing.needs import need_of
from schemas.matching import Match, MatchResult, Need


async def needs(tx: Tx, rfq: Asked) -> list[Need]:
    """Every line as the matcher takes it."""
    tree = await categories.tree(tx)
    return [need_of(tree, line, rfq.currency, rfq.now, rfq.buyer_id, rfq.own_group) for line in rfq.lines]


async def record(tx: Tx, rfq: Asked, answers: Sequence[MatchResult], tell: Callable[[Tx, UUID], Awaitable[None]]) -> int:
    """Keep what was found and tell each supplier once; returns how many were told now. Done again it changes nothing.

    Of an invited RFQ only those whom the buyer named learn, with a fitting offer or without.
    """
    results = [LineResult(line_id=line.id, result=answer) for line, answer in zip(rfq.lines, answers, strict=True)]
    await store.keep_results(tx, rfq, results)
    found = [item for result in results for item in _found(result)]
    if rfq.mode == "invited":
        found = [item for item in found if item.seller_id in rfq.audience]
    suppliers = _suppliers(rfq, found)
    await store.keep_opportunities(tx, rfq, [item for item in found if item.seller_id in suppliers])
    told = await store.invite(tx, rfq, suppliers)
    for invitation in told:
        best = max((item for item in found if item.seller_id == invitation.seller_id), key=lambda item: item.score, default=None)
        event = await events.append(
            tx,
            "opportunity.found",
            invitation.id,
            1,
            to_state="sent",
            audience=(invitation.seller_id,),
            payload={
                "rfq_id": str(rfq.id),
                "offer_id": None if best is None else str(best.offer_id),
                "score": None if best is None else best.score,
            },
        )
        await tell(tx, event)
    return len(told)


def _found(line: LineResult) -> list[Found]:
    """The ranked offers, and the best one of each supplier who has none among them."""
    listed = {match.company_id for match in line.result.matches}
    others = [supplier.best for supplier in line.result.suppliers if supplier.company_id not in listed]
    return [_one(line.line_id, match) for match in (*line.result.matches, *others)]


def _one(line_id: UUID, match: Match) -> Found:
    return Found(
        line_id=line_id,
        offer_id=match.offer_id,
        offer_version=match.version,
        seller_id=match.company_id,
        score=match.score,
        reasons=match.reasons,
    )


def _suppliers(rfq: Asked, found: Sequence[Found]) -> list[UUID]:
    """Whom to tell: those whom the buyer named, then the best of the others."""
    best: dict[UUID, int] = {}
    for item in found:
        best[item.seller_id] = max(best.get(item.seller_id, 0), item.score)
    ranked = sorted(best, key=lambda company: (-best[company], company))
    return list(dict.fromkeys((*rfq.audience, *ranked)))[: max(SUPPLIERS_MOST, len(rfq.audience))]
