"""What the buyer reads of the pairing, and what suppliers read and answer."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.pairing import store, view
from exchange.domain.pairing.model import LIFECYCLE, Fit, Invitation, Opportunity, Part
from exchange.domain.pairing.needs import need_of
from exchange.domain.permission import need
from exchange.domain.rfq import service as rfqs
from exchange.errors import NotFound, Unavailable, WrongState
from matching.client import MatcherClient, MatcherUnavailable
from schemas.common import Page
from schemas.matching import MatchResult
from schemas.pairing import MatchesView
from schemas.rfq import InvitationAnswer, RfqIn


async def matches(tx: Tx, rfq: UUID) -> MatchesView:
    """What the pairing found for an own RFQ, with offers as they are now. Not ready: no result yet."""
    need(tx.ctx, "rfq.read")
    asked = await rfqs.own(tx, rfq)
    found = {item.line_id: item.result for item in await store.results(tx, rfq)}
    offers = await store.offers(tx, _offer_ids(found.values()))
    lines = [
        view.line_matches(found[line.id], offers, index, line.id) for index, line in enumerate(asked.lines, 1) if line.id in found
    ]
    return MatchesView(ready=bool(found), lines=tuple(lines))


async def preview(tx: Tx, matcher: MatcherClient, command: RfqIn) -> MatchesView:
    """The same for an RFQ that is still being written; nothing is kept. Raises Unavailable while the matcher is away."""
    need(tx.ctx, "rfq.write")
    await rfqs.check(tx, command, publishing=False)
    tree, now = await categories.tree(tx), await rfqs.now(tx)
    group = await store.own_group(tx, tx.ctx.company)
    needs = [need_of(tree, line, command.currency, now, tx.ctx.company, group) for line in command.lines]
    try:
        found = await matcher.match(needs)
    except MatcherUnavailable:
        raise Unavailable(what="The matching service") from None
    offers = await store.offers(tx, _offer_ids(found))
    return MatchesView(
        ready=True, lines=tuple(view.line_matches(result, offers, index, None) for index, result in enumerate(found, 1))
    )


def _offer_ids(results: Iterable[MatchResult]) -> list[UUID]:
    ids: set[UUID] = set()
    for result in results:
        ids.update(match.offer_id for match in result.matches)
        ids.update(miss.offer_id for miss in result.near_misses)
    return sorted(ids)


async def opportunities(tx: Tx, cursor: str | None, limit: int, part: Part | None = None) -> Page[Opportunity]:
    """The RFQs that the acting supplier was told of, newest first; `part` shows some of them."""
    need(tx.ctx, "rfq.read")
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.opportunities(tx, tx.ctx.company, after, after_id, limit + 1, part)
    return page_of(rows, limit, lambda row: (row.created_at, row.id))


async def own_invitation(tx: Tx, rfq: UUID) -> Invitation | None:
    """The acting supplier's, or None for one who was not told of the RFQ."""
    return await store.own_invitation(tx, rfq, tx.ctx.company)


async def fits(tx: Tx, rfq: UUID) -> list[Fit]:
    """The acting supplier's offers that fit, best first."""
    need(tx.ctx, "rfq.read")
    return await store.fits(tx, rfq, tx.ctx.company)


async def invitations(tx: Tx, rfq: UUID, cursor: str | None, limit: int) -> Page[Invitation]:
    """How the suppliers of an own RFQ answered."""
    need(tx.ctx, "rfq.read")
    await rfqs.own(tx, rfq)
    after = None if cursor is None else read_cursor(cursor, UUID)
    return page_of(await store.invitations(tx, rfq, after, limit + 1), limit, lambda row: row.seller_id)


async def get_invitation(tx: Tx, invitation: UUID) -> Invitation:
    found = await store.invitation(tx, invitation)
    if found is None:
        raise NotFound(noun="invitation")
    return found


async def answer(tx: Tx, rfq: UUID, command: InvitationAnswer) -> Invitation:
    """Let the buyer know; the same answer again changes nothing."""
    step = LIFECYCLE.step(command.answer)
    need(tx.ctx, step.who)
    before = await store.hold(tx, rfq, tx.ctx.company)
    if before is None:
        raise NotFound(noun="invitation")
    if before.status == step.to or (step.action == "seen" and before.status != "sent"):
        return before
    if before.status not in step.from_:
        raise WrongState(noun="invitation", current=before.status)
    version = await store.answer(tx, before.id, step.to, command.reason)
    await events.append(
        tx,
        step.event,
        before.id,
        version,
        from_state=before.status,
        to_state=step.to,
        audience=(before.buyer_id,),
        payload={"rfq_id": str(rfq)},
    )
    return await get_invitation(tx, before.id)
