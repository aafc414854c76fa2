"""Orders from placement to the last review: despatched, inspected, invoiced, paid, closed, reviewed."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from exchange.country import profile
from exchange.market.data import Deal, Reached, Rejection, Review, Rfq
from exchange.market.fill import papers
from exchange.market.fill.cast import Cast
from exchange.market.fill.client import Caller, FillFailed, until
from exchange.money import decimal_text
from schemas.delivery import DeliveryView, DespatchCommand, DespatchLine, InspectCommand, InspectLine
from schemas.file import FileView
from schemas.invoice import InvoiceIn, InvoiceView
from schemas.order import ClosingAnswer, ClosingIn, ClosingView, OrderView, PlaceLineIn, PlaceOrder
from schemas.payment import InstalmentView, PaymentAnswer
from schemas.review import ReviewIn, ReviewView

CARRIER: Final = "Sông Cấm Logistics"
# Work that is done, not driven: hours, days, months, jobs.
DONE: Final = frozenset({"HUR", "DAY", "MON", "E51"})
REMAINDER: Final = "Phần bị từ chối không cần giao lại, xin đóng phần còn thiếu."


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """An order that stands, and the script for the rest of it; `first` maps the place of a line to its first delivery."""

    key: str
    id: UUID
    buyer: str
    seller: str
    goal: str
    reached: Reached | None = None
    first: Mapping[int, str] = {}
    rejected: tuple[Rejection, ...] = ()
    reason: str = ""
    invoice_number: str | None = None
    wrong_invoice: str | None = None
    buyer_review: Review | None = None
    seller_review: Review | None = None

    async def seen_by(self, reader: Caller) -> OrderView:
        return await reader.get(f"/orders/{self.id}", OrderView)


async def place(cast: Cast, deal: Deal) -> Running:
    """An order from firm offers; it binds at once, or waits for the buyer's own approver."""
    buyer = await cast.who(deal.buyer, "order.write")
    offers = [cast.offers[deal.seller, line.offer] for line in deal.lines]
    placed = await buyer.post(
        "/orders",
        OrderView,
        PlaceOrder(
            lines=tuple(
                PlaceLineIn(offer_id=offer.id, offer_version=offer.version, quantity=line.quantity)
                for offer, line in zip(offers, deal.lines, strict=True)
            ),
            deliver_to=deal.deliver_to,
            region=deal.region,
            buyer_reference=deal.buyer_reference,
            cost_centre=deal.cost_centre,
        ),
    )
    return Running(
        key=deal.key,
        id=placed.id,
        buyer=deal.buyer,
        seller=deal.seller,
        goal=deal.play_to,
        reached=deal.reached,
        first={place: line.first for place, line in enumerate(deal.lines) if line.first is not None},
        rejected=deal.rejected,
        reason=deal.reason,
        invoice_number=deal.invoice_number,
        wrong_invoice=deal.wrong_invoice,
        buyer_review=deal.buyer_review,
        seller_review=deal.seller_review,
    )


def awarded(rfq: Rfq, order: UUID) -> Running:
    """The order that the last signature has confirmed."""
    after = rfq.after
    return Running(
        key=rfq.key,
        id=order,
        buyer=rfq.buyer,
        seller=rfq.award_to or "",
        goal=after.order or "confirmed",
        reached=after.reached,
        rejected=after.rejected,
        invoice_number=after.invoice_number,
        buyer_review=after.buyer_review,
        seller_review=after.seller_review,
    )


async def protect(cast: Cast, run: Running) -> None:
    """Pay every instalment that must be in protection before the goods move; nothing for an order paid directly."""
    payer = await cast.who(run.buyer, "payment.write")
    for instalment in (await run.seen_by(payer)).instalments:
        if instalment.method == "protected" and instalment.status == "due":
            await payer.post(f"/instalments/{instalment.id}/pay", InstalmentView)


async def despatch(cast: Cast, run: Running) -> None:
    """The seller sends everything, or what goes with the first delivery."""
    seller = await cast.who(run.seller, "delivery.despatch")
    order = await run.seen_by(seller)
    lines = tuple(
        DespatchLine(order_line_id=line.id, quantity=run.first.get(place, line.quantity))
        for place, line in enumerate(order.lines)
    )
    driven = any(line.unit not in DONE for line in order.lines)
    tracking = f"SC-{order.number.removeprefix('PO-')}"
    command = DespatchCommand(lines=lines, carrier=CARRIER if driven else "", tracking=tracking if driven else "")
    await seller.post(f"/orders/{run.id}/deliveries", DeliveryView, command)


async def arrive(cast: Cast, run: Running) -> None:
    """The buyer has it at the gate."""
    receiver = await cast.who(run.buyer, "delivery.receive")
    delivery = (await run.seen_by(receiver)).deliveries[0]
    await receiver.post(f"/deliveries/{delivery.id}/arrive", DeliveryView)


async def inspect(cast: Cast, run: Running) -> None:
    """The buyer counts line by line; what it rejects has a reason and a photo."""
    receiver = await cast.who(run.buyer, "delivery.receive")
    order = await run.seen_by(receiver)
    delivery = order.deliveries[0]
    refused = {order.lines[item.line].id: item for item in run.rejected}
    counted: list[InspectLine] = []
    for line in delivery.lines:
        item = refused.get(line.order_line_id)
        if item is None:
            counted.append(InspectLine(order_line_id=line.order_line_id, accepted=line.quantity))
            continue
        photo = await receiver.upload("/files", FileView, f"{run.key}.png", papers.photo(), purpose="photo")
        counted.append(
            InspectLine(
                order_line_id=line.order_line_id,
                accepted=decimal_text(Decimal(line.quantity) - Decimal(item.quantity)),
                rejected=item.quantity,
                reason=item.reason,
                photo_file_id=photo.id,
            )
        )
    await receiver.post(f"/deliveries/{delivery.id}/inspect", DeliveryView, InspectCommand(tuple(counted)))


async def propose_closing(cast: Cast, run: Running, reason: str) -> ClosingView:
    """The buyer asks to close what is still undelivered."""
    buyer = await cast.who(run.buyer, "order.write")
    return await buyer.post(f"/orders/{run.id}/closing", ClosingView, ClosingIn(reason))


async def close_remainder(cast: Cast, run: Running) -> None:
    """The buyer proposes, the seller agrees: nothing more is owed of what was rejected."""
    proposal = await propose_closing(cast, run, REMAINDER)
    seller = await cast.who(run.seller, "order.confirm")
    await seller.post(f"/closings/{proposal.id}/answer", ClosingView, ClosingAnswer("agree"))


async def bill(cast: Cast, run: Running, number: str, now: datetime, *, wrong: bool = False) -> None:
    """The seller records its invoice for the first delivery with its file; a wrong one forgets the tax."""
    writer = await cast.who(run.seller, "invoice.write")
    order = await run.seen_by(writer)
    expected = order.invoices[0]
    seller, buyer = cast.companies[run.seller], cast.companies[run.buyer]
    on = now.astimezone(ZoneInfo(profile(seller.profile).timezone)).date()
    net, vat = expected.expected_net, "0" if wrong else expected.expected_vat
    paper = papers.invoice(seller, buyer, number, on, net, vat, order.currency)
    file = await writer.upload("/files", FileView, f"{number}.xml", paper, purpose="invoice")
    recorded = await writer.post(
        f"/deliveries/{expected.delivery_id}/invoice",
        InvoiceView,
        InvoiceIn(
            number=number,
            issued_on=on,
            net=net,
            vat=vat,
            seller_tax_id=seller.tax_id,
            buyer_tax_id=buyer.tax_id,
            file_id=file.id,
        ),
    )
    if recorded.status != ("difference" if wrong else "matched"):
        raise FillFailed(f"{run.key}: invoice {number} is {recorded.status}: {recorded.differences}")


async def announce(cast: Cast, run: Running) -> UUID:
    """Once the direct instalment is due the buyer pays the seller's account and says so."""
    payer = await cast.who(run.buyer, "payment.write")
    order = await until(
        f"{run.key}: the payment is due",
        lambda: run.seen_by(payer),
        lambda found: found.instalments[0].status == "due",
    )
    instalment = order.instalments[0].id
    await payer.post(f"/instalments/{instalment}/announce", InstalmentView)
    return instalment


async def pay_directly(cast: Cast, run: Running) -> None:
    """Announced by the buyer, found on the account by the seller."""
    instalment = await announce(cast, run)
    seller = await cast.who(run.seller, "payment.write")
    await seller.post(f"/instalments/{instalment}/confirm", InstalmentView, PaymentAnswer(received=True))


async def complete(cast: Cast, run: Running, now: datetime) -> None:
    """From an arrived delivery to the end: inspected, closed, invoiced, paid, settled by the exchange, reviewed by both."""
    await inspect(cast, run)
    if run.rejected:
        await close_remainder(cast, run)
    if run.invoice_number is not None:
        if run.wrong_invoice is not None:
            await bill(cast, run, run.wrong_invoice, now, wrong=True)
        await bill(cast, run, run.invoice_number, now)
    buyer = await cast.who(run.buyer, "review.write")
    if (await run.seen_by(buyer)).instalments[0].method == "direct":
        await pay_directly(cast, run)
    await until(f"{run.key}: completed", lambda: run.seen_by(buyer), lambda found: found.status == "completed")
    seller = await cast.who(run.seller, "review.write")
    for caller, written in ((buyer, run.buyer_review), (seller, run.seller_review)):
        if written is not None:
            await caller.post(f"/orders/{run.id}/review", ReviewView, ReviewIn(written.score, written.text))


async def go_on(cast: Cast, run: Running, now: datetime) -> None:
    """From a despatched delivery as far as the script of a running order says."""
    if run.reached in (None, "held", "despatched"):
        return
    await arrive(cast, run)
    if run.reached == "arrived":
        return
    await inspect(cast, run)
    if run.reached == "closing":
        await propose_closing(cast, run, run.reason)
    elif run.reached in ("difference", "announced") and run.invoice_number is not None:
        await bill(cast, run, run.invoice_number, now, wrong=run.reached == "difference")
        if run.reached == "announced":
            await announce(cast, run)
