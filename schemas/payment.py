"""Instalments, and where they are paid to."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct


class InstalmentView(Struct, frozen=True, kw_only=True):
    """One payment. A protected one: amount = to_seller + returned + fee + fee_vat once it is released."""

    id: UUID
    version: int
    order_id: UUID
    position: int
    method: Literal["protected", "direct"]
    trigger: str
    status: str
    currency: str
    amount: str
    to_seller: str
    returned: str
    fee: str
    fee_vat: str
    reference: str
    due_at: datetime | None
    announced_at: datetime | None
    settled_at: datetime | None
    actions: tuple[str, ...] = ()


class InstalmentRow(Struct, frozen=True, kw_only=True):
    """A payment in a list; `side` says whether the acting company pays it or is paid."""

    id: UUID
    version: int
    order_id: UUID
    order_number: str
    side: Literal["buy", "sell"]
    counterparty: str
    position: int
    method: Literal["protected", "direct"]
    status: str
    currency: str
    amount: str
    reference: str
    due_at: datetime | None
    created_at: datetime


class PayTo(Struct, frozen=True, kw_only=True):
    """The seller's verified bank account, for a direct payment."""

    holder: str
    bank_name: str
    number: str
    verified: bool
    # The account is new: no payment to it is announced before.
    paused_until: datetime | None = None


class PaymentAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """The seller's answer to an announced direct payment."""

    received: bool
