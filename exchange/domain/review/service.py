"""Reviews: each side of a completed order writes one without seeing the other's; both are published together."""

from datetime import datetime
from uuid import UUID

from exchange import events
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.delivery import deal as deals
from exchange.domain.permission import need, show
from exchange.domain.review import store
from exchange.domain.review.model import BLIND_PERIOD, LIFECYCLE, AlreadyReviewed, Review, ReviewClosed
from exchange.errors import Forbidden, NotFound, WrongState
from exchange.ids import new_id
from schemas.common import Page
from schemas.review import ReviewIn


async def get(tx: Tx, review: UUID) -> Review:
    """An own review, or a published one."""
    found = await store.get(tx, review)
    if found is None:
        raise NotFound(noun="review")
    if found.status != "published":
        show(tx.ctx, "review", found.author_company_id)
    return found


async def about(tx: Tx, company: UUID, cursor: str | None, limit: int) -> Page[Review]:
    """What was published about a company, newest first."""
    need(tx.ctx, "market.read")
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    rows = await store.about(tx, company, after, after_id, limit + 1)
    return page_of(rows, limit, lambda row: (row.published_at, row.id))


async def write(tx: Tx, order: UUID, command: ReviewIn) -> Review:
    """The acting side's review of the other. Raises AlreadyReviewed and ReviewClosed."""
    need(tx.ctx, "review.write")
    deal = await deals.lock(tx, order)
    if tx.ctx.company not in deal.parties:
        raise Forbidden(needed="a party of the order")
    if deal.status != "completed":
        raise WrongState(noun="order", current=deal.status)
    seen = {found.author_company_id for found in await store.of_order(tx, order)}
    if tx.ctx.company in seen:
        raise AlreadyReviewed()
    if seen:
        # Row security shows the other side's only once it is published.
        raise ReviewClosed()
    subject = deal.seller_id if tx.ctx.company == deal.buyer_id else deal.buyer_id
    review = new_id()
    await store.insert(
        tx,
        review,
        order,
        tx.ctx.company,
        subject,
        command.score,
        command.text.strip(),
        tx.ctx.person,
        deal.at,
        deal.at + BLIND_PERIOD,
    )
    await events.append(
        tx,
        "review.written",
        review,
        1,
        to_state="written",
        audience=(subject,),
        payload={"order_id": str(order)},
    )
    await publish(tx, order)
    return await get(tx, review)


async def publish(tx: Tx, order: UUID) -> None:
    """Make public what may be: both reviews when there are two, or the one whose time has passed."""
    step = LIFECYCLE.step("publish")
    for review in await store.publish(tx, order):
        await events.append(
            tx,
            step.event,
            review.id,
            review.version,
            from_state=step.from_[0],
            to_state=step.to,
            audience=(review.author_company_id, review.subject_company_id),
            payload={"order_id": str(order)},
        )
