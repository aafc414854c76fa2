"""What surrounds the acting person on every page, and what needs them now."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

TaskKind = Literal[
    "approve",
    "compare",
    "quote",
    "sign",
    "confirm_order",
    "despatch",
    "arrive",
    "inspect",
    "pay",
    "confirm_payment",
    "invoice",
    "correct_invoice",
    "answer_closing",
    "review",
    "confirm_bank",
    "verify_signatory",
]
# Which permission makes a task one's own.
NEEDED: Final[dict[TaskKind, str]] = {
    "approve": "approval.decide",
    "compare": "award.write",
    "quote": "quote.write",
    "sign": "contract.sign",
    "confirm_order": "order.confirm",
    "despatch": "delivery.despatch",
    "arrive": "delivery.receive",
    "inspect": "delivery.receive",
    "pay": "payment.write",
    "confirm_payment": "payment.write",
    "invoice": "invoice.write",
    "correct_invoice": "invoice.write",
    "answer_closing": "order.read",
    "review": "review.write",
    "confirm_bank": "bank.write",
    "verify_signatory": "signatory.verify",
}


class Workplace(msgspec.Struct, frozen=True, kw_only=True):
    """A company for which the person may act."""

    company_id: UUID
    name: str
    status: str


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """`now` is market time; `unread` counts the inbox up to 100, `threads` the newest 200 conversations with something new."""

    now: datetime
    name: str
    email: str
    unread: int
    threads: int
    workplaces: tuple[Workplace, ...]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits for the acting company. `id` is of the page to open, `other` the company on the other side."""

    kind: TaskKind
    id: UUID
    number: str | None
    title: str | None
    other: str | None
    amount_minor: int | None
    currency: str | None
    count: int | None
    due_at: datetime | None
    at: datetime


class OpenBusiness(msgspec.Struct, frozen=True, kw_only=True):
    """How much is under way, each counted up to 100; money that waits, by count of instalments."""

    requests_open: int
    requests_evaluating: int
    quotes_waiting: int
    contracts_signing: int
    buying: int
    selling: int
    to_pay: int
    to_receive: int
    listings: int
