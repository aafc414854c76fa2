"""The seller's own invoice: expected at inspection, recorded by the seller, checked against what was accepted at once."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from exchange import events
from exchange.country import profile
from exchange.db import Tx
from exchange.domain.delivery import deal as deals
from exchange.domain.delivery import store as deliveries
from exchange.domain.delivery.deal import Deal
from exchange.domain.delivery.model import Delivery
from exchange.domain.file import service as files
from exchange.domain.invoice import store
from exchange.domain.invoice.model import LIFECYCLE, Invoice, InvoiceNumberUsed, compact
from exchange.domain.invoice.store import Recorded
from exchange.domain.order.model import OrderLine
from exchange.domain.permission import need, show
from exchange.errors import FieldError, Invalid, NotFound, WrongState
from exchange.ids import new_id
from exchange.money import digits, minor_text, to_minor
from schemas.invoice import Difference, InvoiceIn


async def get(tx: Tx, invoice: UUID) -> Invoice:
    """The invoice as one of its parties may see it."""
    found = await store.get(tx, invoice)
    if found is None:
        raise NotFound(noun="invoice")
    show(tx.ctx, "invoice", found.buyer_id, found.seller_id)
    return found


async def expect(tx: Tx, deal: Deal, delivery: UUID, lines: Sequence[OrderLine], accepted: Mapping[UUID, Decimal]) -> None:
    """Part of an inspection: `lines` as they were before it, `accepted` what it accepts. Nothing accepted, no invoice.

    The value is that of everything accepted after the inspection less that before it, so that the invoices of all
    deliveries sum to the value of the line, to the last unit.
    """
    net_minor = vat_minor = 0
    for line in lines:
        if line.id in accepted:
            net_before, vat_before = deals.value(line, line.accepted, deal.currency)
            net_after, vat_after = deals.value(line, line.accepted + accepted[line.id], deal.currency)
            net_minor += net_after - net_before
            vat_minor += vat_after - vat_before
    if net_minor + vat_minor <= 0:
        return
    invoice = new_id()
    await store.insert_expected(
        tx, invoice, deal.id, delivery, deal.buyer_id, deal.seller_id, deal.currency, net_minor, vat_minor, deal.at
    )
    await _told(tx, deal, "invoice.expected", invoice, 1, None, "expected")


async def record(tx: Tx, delivery: UUID, command: InvoiceIn) -> Invoice:
    """The seller writes down its document; matched, or a difference with everything that differs.

    While it differs another one may be recorded and replaces it. Raises Invalid and InvoiceNumberUsed.
    """
    need(tx.ctx, "invoice.write")
    shipped = await deliveries.get(tx, delivery)
    if shipped is None:
        raise NotFound(noun="delivery")
    deal = await deals.lock(tx, shipped.order_id)
    deal.need_seller(tx.ctx)
    current = await store.lock_current(tx, delivery)
    if current is None:
        raise WrongState(noun="delivery", current=shipped.status)
    if current.status not in ("expected", "difference"):
        raise WrongState(noun="invoice", current=current.status)
    recorded = _recorded(deal, command)
    if await store.number_used(tx, deal.seller_id, recorded.number, delivery):
        raise InvoiceNumberUsed(number=recorded.number)
    if recorded.file_id is not None:
        await files.attach(tx, recorded.file_id, "invoice", (deal.buyer_id,), "/file_id")
    invoice = await _received(tx, deal, current, recorded)
    differences = _differences(deal, shipped, current, recorded)
    step = LIFECYCLE.step("differ" if differences else "match")
    await store.move(tx, invoice, step.from_, step.to, differences)
    after = await get(tx, invoice)
    await _told(tx, deal, step.event, invoice, after.version, step.from_[0], step.to)
    return after


async def _received(tx: Tx, deal: Deal, current: Invoice, recorded: Recorded) -> UUID:
    """The row that now holds the document."""
    record_step, replace_step = LIFECYCLE.step("record"), LIFECYCLE.step("replace")
    if current.status in record_step.from_:
        await store.record(tx, current.id, record_step.from_, record_step.to, recorded)
        await _told(tx, deal, record_step.event, current.id, current.version + 1, current.status, record_step.to)
        return current.id
    await store.move(tx, current.id, replace_step.from_, replace_step.to, current.differences)
    await _told(tx, deal, replace_step.event, current.id, current.version + 1, current.status, replace_step.to)
    invoice = new_id()
    await store.insert_replacement(tx, current.id, invoice, recorded)
    await _told(tx, deal, record_step.event, invoice, 1, None, record_step.to)
    return invoice


def _recorded(deal: Deal, command: InvoiceIn) -> Recorded:
    errors: list[FieldError] = []
    net_minor = _minor("/net", command.net, deal.currency, errors)
    vat_minor = _minor("/vat", command.vat, deal.currency, errors)
    today = deal.at.astimezone(ZoneInfo(profile(deal.seller_profile).timezone)).date()
    if command.issued_on > today + timedelta(days=1):
        errors.append(FieldError("/issued_on", "in-the-future", "An invoice cannot be issued in the future."))
    if errors:
        raise Invalid(errors=tuple(errors))
    return Recorded(
        number=command.number,
        issued_on=command.issued_on,
        net_minor=net_minor,
        vat_minor=vat_minor,
        seller_tax_id=command.seller_tax_id,
        buyer_tax_id=command.buyer_tax_id,
        file_id=command.file_id,
        received_at=deal.at,
    )


def _minor(pointer: str, text: str, currency: str, errors: list[FieldError]) -> int:
    amount = Decimal(text)
    if amount != round(amount, digits(currency)):
        said = "%(currency)s has %(digits)s decimals."
        errors.append(FieldError(pointer, "too-many-decimals", said, {"currency": currency, "digits": digits(currency)}))
        return 0
    return to_minor(amount, currency)


def _differences(deal: Deal, shipped: Delivery, expected: Invoice, recorded: Recorded) -> list[Difference]:
    """Everything in which the document differs from what was accepted, the parties and the despatch."""
    found: list[Difference] = []
    amounts = (
        ("net", expected.expected_net_minor, recorded.net_minor),
        ("vat", expected.expected_vat_minor, recorded.vat_minor),
    )
    for field, due_minor, said_minor in amounts:
        if due_minor != said_minor:
            found.append(Difference(field, minor_text(due_minor, deal.currency), minor_text(said_minor, deal.currency)))
    for field, known, said in (
        ("seller_tax_id", deal.seller_tax_id, recorded.seller_tax_id),
        ("buyer_tax_id", deal.buyer_tax_id, recorded.buyer_tax_id),
    ):
        if compact(known) != compact(said):
            found.append(Difference(field, known, said))
    if shipped.despatched_at is not None:
        zone = ZoneInfo(profile(deal.seller_profile).timezone)
        despatched_on = shipped.despatched_at.astimezone(zone).date()
        if recorded.issued_on < despatched_on:
            found.append(Difference("issued_on", despatched_on.isoformat(), recorded.issued_on.isoformat()))
    return found


async def _told(tx: Tx, deal: Deal, event: str, invoice: UUID, version: int, came_from: str | None, to: str) -> None:
    await events.append(
        tx,
        event,
        invoice,
        version,
        from_state=came_from,
        to_state=to,
        audience=deal.parties,
        payload={"order_id": str(deal.id)},
    )
