"""An order as one of its two parties sees it. Pure: row and reader in, wire type out."""

from decimal import Decimal
from typing import Final, Protocol
from uuid import UUID

from exchange.ctx import Ctx
from exchange.domain.order.model import Closing, Delivery, Instalment, Invoice, Order, OrderLine, OrderSummary
from exchange.domain.permission import may
from exchange.money import decimal_text, minor_text, vat_minor
from schemas.delivery import DeliveryLineView, DeliveryView
from schemas.invoice import InvoiceView
from schemas.order import ClosingLine, ClosingView, OrderLineView, OrderRow, OrderView, Progress
from schemas.payment import InstalmentView, PayTo

RUNNING: Final = ("confirmed", "in_progress")


class Between(Protocol):
    """An order as far as a view of one of its parts needs it: its id and whose it is."""

    @property
    def id(self) -> UUID: ...
    @property
    def buyer_id(self) -> UUID: ...
    @property
    def seller_id(self) -> UUID: ...


def view(order: Order, ctx: Ctx) -> OrderView:
    """What the reader's company may see of it, and what the reader may do next."""
    selling = ctx.company_id == order.seller_id
    currency = order.currency
    fee = vat_minor(order.net_minor, order.fee_percent)
    fee_vat = vat_minor(fee, order.fee_vat_percent)
    return OrderView(
        id=order.id,
        version=order.version,
        number=order.number,
        status=order.status,
        contract_id=order.contract_id,
        contract_number=order.contract_number,
        buyer_id=order.buyer_id,
        buyer=order.buyer,
        seller_id=order.seller_id,
        seller=order.seller,
        currency=currency,
        net=minor_text(order.net_minor, currency),
        vat=minor_text(order.vat_minor, currency),
        gross=minor_text(order.gross_minor, currency),
        terms=order.terms,
        deliver_to=order.delivery.deliver_to,
        region=order.delivery.region,
        buyer_reference=order.buyer_reference,
        # The buyer's own books.
        cost_centre=None if selling else order.cost_centre,
        placed_at=order.placed_at,
        confirmed_at=order.confirmed_at,
        completed_at=order.completed_at,
        lines=tuple(line_view(line, currency) for line in order.lines),
        deliveries=tuple(delivery_view(item, order, ctx) for item in order.deliveries),
        invoices=tuple(invoice_view(item, order, ctx) for item in order.invoices),
        instalments=tuple(instalment_view(item, order, ctx) for item in order.instalments),
        closing=None if order.closing is None else closing_view(order.closing, ctx),
        progress=progress(order),
        pay_to=None if order.pay_to is None else _pay_to(order),
        fee=minor_text(fee, currency) if selling else None,
        fee_vat=minor_text(fee_vat, currency) if selling else None,
        net_to_you=minor_text(order.gross_minor - fee - fee_vat, currency) if selling else None,
        actions=actions(order, ctx),
    )


def _pay_to(order: Order) -> PayTo | None:
    """Where a direct payment goes; nothing to know where everything is protected."""
    if order.pay_to is None or all(item.method == "protected" for item in order.instalments):
        return None
    account = order.pay_to
    return PayTo(
        holder=account.holder,
        bank_name=account.bank_name,
        number=account.number,
        verified=account.verified,
        paused_until=account.paused_until,
    )


def actions(order: Order, ctx: Ctx) -> tuple[str, ...]:
    """What the reader may do with the order itself now."""
    found: list[str] = []
    buying, selling = ctx.company_id == order.buyer_id, ctx.company_id == order.seller_id
    if order.status in RUNNING and any(line.open > 0 for line in order.lines):
        if selling and may(ctx, "delivery.despatch"):
            found.append("despatch")
        proposable = order.closing is None or order.closing.status in ("agreed", "declined")
        if proposable and ((buying and may(ctx, "order.write")) or (selling and may(ctx, "order.confirm"))):
            found.append("propose_closing")
    if order.status == "completed" and may(ctx, "review.write"):
        found.append("review")
    if buying and may(ctx, "order.write") and any(line.offer_id is not None for line in order.lines):
        found.append("repeat")
    return tuple(found)


def progress(order: Order) -> Progress:
    """Delivered, invoiced and paid as shares of the gross value; computed, never stored."""
    currency = order.currency
    accepted = sum(line.gross_of(line.accepted, currency) for line in order.lines if line.accepted > 0)
    invoiced = sum(item.gross_minor or 0 for item in order.invoices if item.status in ("received", "matched", "difference"))
    paid = sum(item.paid_minor for item in order.instalments)
    return Progress(
        delivered_percent=_percent(accepted, order.gross_minor),
        invoiced_percent=_percent(invoiced, order.gross_minor),
        paid_percent=_percent(paid, order.gross_minor),
        accepted_gross=minor_text(accepted, currency),
        invoiced_gross=minor_text(invoiced, currency),
        paid_gross=minor_text(paid, currency),
    )


def _percent(part: int, whole: int) -> int:
    """Rounded down, so that 100 means all of it."""
    return part * 100 // whole


def line_view(line: OrderLine, currency: str) -> OrderLineView:
    return OrderLineView(
        id=line.id,
        position=line.position,
        offer_id=line.offer_id,
        offer_version=line.offer_version,
        title=line.title,
        mpn=line.mpn,
        unit=line.unit,
        quantity=decimal_text(line.quantity),
        price=decimal_text(line.price),
        vat_code=line.vat_code,
        vat_percent=decimal_text(line.vat_percent),
        net=minor_text(line.net_minor, currency),
        vat=minor_text(line.vat_minor, currency),
        gross=minor_text(line.net_minor + line.vat_minor, currency),
        despatched=decimal_text(line.despatched),
        received=decimal_text(line.received),
        accepted=decimal_text(line.accepted),
        rejected=decimal_text(line.rejected),
        closed=decimal_text(line.closed),
    )


def delivery_view(item: Delivery, order: Between, ctx: Ctx) -> DeliveryView:
    doing: tuple[str, ...] = ()
    if ctx.company_id == order.buyer_id and may(ctx, "delivery.receive"):
        doing = {"despatched": ("arrive",), "arrived": ("inspect",)}.get(item.status, ())
    return DeliveryView(
        id=item.id,
        version=item.version,
        number=item.number,
        order_id=order.id,
        status=item.status,
        lines=tuple(
            DeliveryLineView(
                order_line_id=line.order_line_id,
                quantity=decimal_text(line.quantity),
                accepted=_optional(line.accepted),
                rejected=_optional(line.rejected),
                reason=line.reason or "",
                photo_file_id=line.photo_file_id,
            )
            for line in item.lines
        ),
        carrier=item.carrier,
        tracking=item.tracking,
        despatched_at=item.despatched_at,
        arrived_at=item.arrived_at,
        inspect_by=item.inspect_by,
        inspected_at=item.inspected_at,
        actions=doing,
    )


def _optional(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def invoice_view(item: Invoice, order: Between, ctx: Ctx) -> InvoiceView:
    writes = ctx.company_id == order.seller_id and may(ctx, "invoice.write")
    doing = {"expected": ("record",), "difference": ("replace",)}.get(item.status, ()) if writes else ()
    currency = item.currency
    return InvoiceView(
        id=item.id,
        version=item.version,
        order_id=order.id,
        delivery_id=item.delivery_id,
        status=item.status,
        number=item.number,
        issued_on=item.issued_on,
        currency=currency,
        expected_net=minor_text(item.expected_net_minor, currency),
        expected_vat=minor_text(item.expected_vat_minor, currency),
        expected_gross=minor_text(item.expected_net_minor + item.expected_vat_minor, currency),
        net=_amount(item.net_minor, currency),
        vat=_amount(item.vat_minor, currency),
        gross=_amount(item.gross_minor, currency),
        file_id=item.file_id,
        differences=item.differences,
        actions=doing,
    )


def _amount(value: int | None, currency: str) -> str | None:
    return None if value is None else minor_text(value, currency)


def instalment_view(item: Instalment, order: Between, ctx: Ctx) -> InstalmentView:
    """One payment; the fee in it is the seller's alone."""
    selling = ctx.company_id == order.seller_id
    doing: tuple[str, ...] = ()
    if may(ctx, "payment.write"):
        if not selling and item.status == "due":
            doing = ("pay",) if item.method == "protected" else ("announce",)
        elif selling and item.status == "announced":
            doing = ("confirm",)
    currency = item.currency
    return InstalmentView(
        id=item.id,
        version=item.version,
        order_id=order.id,
        position=item.position,
        method=item.method,
        trigger=item.trigger,
        status=item.status,
        currency=currency,
        amount=minor_text(item.amount_minor, currency),
        to_seller=minor_text(item.to_seller_minor, currency),
        returned=minor_text(item.returned_minor, currency),
        fee=minor_text(item.fee_minor, currency),
        fee_vat=minor_text(item.fee_vat_minor, currency),
        reference=item.reference,
        due_at=item.due_at,
        announced_at=item.announced_at,
        settled_at=item.settled_at,
        actions=doing,
    )


def closing_view(item: Closing, ctx: Ctx) -> ClosingView:
    waiting = item.status in ("proposed", "escalated") and ctx.company_id != item.proposed_by_company
    may_answer = may(ctx, "order.write") or may(ctx, "order.confirm")
    return ClosingView(
        id=item.id,
        version=item.version,
        status=item.status,
        proposed_by_company=item.proposed_by_company,
        reason=item.reason,
        created_at=item.created_at,
        answer_by=item.answer_by,
        lines=tuple(ClosingLine(line.order_line_id, decimal_text(line.quantity)) for line in item.lines),
        actions=("agree", "decline") if waiting and may_answer else (),
    )


def summary_view(item: OrderSummary, side: str) -> OrderRow:
    return OrderRow(
        id=item.id,
        version=item.version,
        number=item.number,
        status=item.status,
        side="sell" if side == "sell" else "buy",
        counterparty=item.counterparty,
        currency=item.currency,
        gross=minor_text(item.gross_minor, item.currency),
        line_count=item.line_count,
        first_line=item.first_line,
        buyer_reference=item.buyer_reference,
        created_at=item.created_at,
        updated_at=item.updated_at,
    )
