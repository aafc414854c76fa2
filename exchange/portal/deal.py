"""How far a deal is and what comes next: what an order's page computes from the order alone. Pure."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final, Literal, NamedTuple
from uuid import UUID

from exchange.i18n import N_, translator
from exchange.pages.status import status_of
from schemas.order import OrderLineView, OrderView
from schemas.payment import InstalmentView

Say = Callable[[str], str]
TaskKind = Literal[
    "pay", "announce", "confirm", "despatch", "arrive", "inspect", "invoice", "correct_invoice", "answer_closing", "review"
]
# Money is where it was agreed to be before goods leave.
UNPAID: Final = ("planned", "due", "lapsed")
ENDED: Final = ("settled", "refunded", "lapsed")
STOPPED: Final = ("lapsed", "refused", "cancelled", "draft")
ON_ITS_WAY: Final = ("planned", "despatched", "arrived")

# When an instalment is due.
TRIGGERS: Final = {
    "order_confirmation": N_("when the order is confirmed"),
    "before_despatch": N_("before despatch"),
    "arrival": N_("when the goods arrive"),
    "acceptance": N_("when the goods are accepted"),
    "invoice": N_("when the invoice is there"),
}
METHODS: Final = {"protected": N_("Into protection"), "direct": N_("Directly to the seller")}


class Todo(NamedTuple):
    """One thing that the reader may do now; `id` is of what it is done to, `number` tells several of a kind apart."""

    kind: TaskKind
    id: UUID
    number: str = ""


class Share(NamedTuple):
    """A part of the order's value, as a ratio from 0 to 1."""

    label: str
    ratio: Decimal
    amount: str


def state_word(noun: str, state: str, locale: str) -> str:
    """The one word of a state."""
    return translator(locale).pgettext(noun, status_of(noun, state).word)


def open_quantity(line: OrderLineView) -> Decimal:
    """What of a line may still be despatched."""
    return Decimal(line.quantity) - Decimal(line.despatched) + Decimal(line.rejected) - Decimal(line.closed)


def unpaid_protection(order: OrderView) -> bool:
    """Whether a protected payment still keeps the goods from leaving."""
    return any(item.method == "protected" and item.status in UNPAID for item in order.instalments)


def todos(order: OrderView, *, reviewable: bool) -> list[Todo]:
    """What the reader may do now, in the order of the deal. The view's actions already know the reader's role."""
    found: list[Todo] = []
    running = order.status in ("confirmed", "in_progress", "completed")
    for item in order.instalments if running else ():
        found += [Todo(kind, item.id, str(item.position)) for kind in _payment_kinds(item)]
    for delivery in order.deliveries:
        if "arrive" in delivery.actions:
            found.append(Todo("arrive", delivery.id, delivery.number))
        if "inspect" in delivery.actions:
            found.append(Todo("inspect", delivery.id, delivery.number))
    numbers = {delivery.id: delivery.number for delivery in order.deliveries}
    for invoice in order.invoices:
        number = numbers.get(invoice.delivery_id, "")
        if "record" in invoice.actions:
            found.append(Todo("invoice", invoice.delivery_id, number))
        if "replace" in invoice.actions:
            found.append(Todo("correct_invoice", invoice.delivery_id, number))
    if order.closing is not None and order.closing.actions:
        found.append(Todo("answer_closing", order.closing.id))
    if "despatch" in order.actions and not unpaid_protection(order):
        found.append(Todo("despatch", order.id))
    if reviewable and "review" in order.actions:
        found.append(Todo("review", order.id))
    return found


def _payment_kinds(item: InstalmentView) -> tuple[TaskKind, ...]:
    kinds: dict[str, TaskKind] = {"pay": "pay", "announce": "announce", "confirm": "confirm"}
    return tuple(kinds[action] for action in item.actions if action in kinds)


def steps(order: OrderView, own: UUID, say: Say) -> list[dict[str, object]]:
    """The progress line: what is done, what is now and who is expected to act, what comes next."""
    buyer = _waiting(own == order.buyer_id, order.buyer, say)
    seller = _waiting(own == order.seller_id, order.seller, say)
    exchange = say("waiting for the exchange")
    protected = [item for item in order.instalments if item.method == "protected"]
    accepted = all(Decimal(line.accepted) + Decimal(line.closed) >= Decimal(line.quantity) for line in order.lines)
    sent = accepted or all(open_quantity(line) <= 0 for line in order.lines)
    moving = any(item.status in ON_ITS_WAY for item in order.deliveries)
    completed = order.status == "completed"
    approver = say("waiting for the buyer's approver")
    rows: list[tuple[str, bool, str, object]] = [
        (say("Ordered"), order.confirmed_at is not None, approver, order.confirmed_at or order.placed_at)
    ]
    if protected:
        rows.append((say("Paid into protection"), all(item.status not in UNPAID for item in protected), buyer, None))
    rows += [
        (say("Despatched"), completed or sent, seller, _last(order, "despatched_at")),
        (say("Accepted"), completed or (accepted and not moving), buyer, _last(order, "inspected_at")),
        (say("Invoiced"), completed or (accepted and _invoiced(order)), seller, None),
        (say("Paid"), completed or _paid(order), _who_pays(order, buyer, seller, exchange), None),
        (say("Completed"), completed, exchange, order.completed_at),
    ]
    return _states(rows, stopped=order.status in STOPPED)


def _waiting(mine: bool, name: str, say: Say) -> str:
    return say("waiting for you") if mine else say("waiting for %(who)s") % {"who": name}


def _states(rows: list[tuple[str, bool, str, object]], *, stopped: bool) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    reached = False
    for label, done, who, at in rows:
        if done:
            found.append({"label": label, "state": "done", "at": at})
        elif reached:
            found.append({"label": label, "state": "next"})
        else:
            reached = True
            found.append({"label": label, "state": "stopped" if stopped else "now", "who": "" if stopped else who})
    return found


def _last(order: OrderView, name: str) -> object:
    moments = [moment for item in order.deliveries if (moment := getattr(item, name)) is not None]
    return max(moments, default=None)


def _invoiced(order: OrderView) -> bool:
    return all(item.status in ("matched", "adjusted", "replaced") for item in order.invoices)


def _paid(order: OrderView) -> bool:
    return bool(order.instalments) and all(item.status in ENDED for item in order.instalments)


def _who_pays(order: OrderView, buyer: str, seller: str, exchange: str) -> str:
    if any(item.status == "announced" for item in order.instalments):
        return seller
    if any(item.status == "due" for item in order.instalments):
        return buyer
    return exchange


def shares(order: OrderView, say: Say) -> list[Share]:
    """Delivered, invoiced and paid beside each other."""
    progress = order.progress
    return [
        Share(say("Delivered and accepted"), Decimal(progress.delivered_percent) / 100, progress.accepted_gross),
        Share(say("Invoiced"), Decimal(progress.invoiced_percent) / 100, progress.invoiced_gross),
        Share(say("Paid"), Decimal(progress.paid_percent) / 100, progress.paid_gross),
    ]


def title(order: OrderView, counted: Callable[[str, str, int], str]) -> str:
    """The first line and how many more there are."""
    first = order.lines[0].title if order.lines else order.number
    others = len(order.lines) - 1
    if others <= 0:
        return first
    return counted("%(first)s and %(num)s more", "%(first)s and %(num)s more", others) % {"first": first, "num": others}
