"""Payments in lists and the exchange's fee invoices as they go over the wire. Pure."""

from exchange.domain.payment.model import FeeInvoice, InstalmentSummary
from exchange.money import decimal_text, minor_text
from schemas.invoice import FeeInvoiceView
from schemas.payment import InstalmentRow


def summary_view(item: InstalmentSummary) -> InstalmentRow:
    return InstalmentRow(
        id=item.id,
        version=item.version,
        order_id=item.order_id,
        order_number=item.order_number,
        side=item.side,
        counterparty=item.counterparty,
        position=item.position,
        method=item.method,
        status=item.status,
        currency=item.currency,
        amount=minor_text(item.amount_minor, item.currency),
        reference=item.reference,
        due_at=item.due_at,
        created_at=item.created_at,
    )


def fee_invoice_view(item: FeeInvoice) -> FeeInvoiceView:
    return FeeInvoiceView(
        id=item.id,
        number=item.number,
        instalment_id=item.instalment_id,
        currency=item.currency,
        net=minor_text(item.net_minor, item.currency),
        vat_percent=decimal_text(item.vat_percent),
        vat=minor_text(item.vat_minor, item.currency),
        gross=minor_text(item.gross_minor, item.currency),
        at=item.at,
    )
