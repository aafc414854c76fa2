"""Contracts: the text that two companies sign, and the signatures."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Text


class SignatureView(Struct, frozen=True, kw_only=True):
    company_id: UUID
    company: str
    person_name: str
    basis: str
    # Number and date of the authorisation, where it was one.
    authorisation: str | None
    method: str
    digest: str
    at: datetime


class ContractView(Struct, frozen=True, kw_only=True):
    """A contract. `body` is the canonical JSON that `digest` (SHA-256, hex) is taken over; both parties sign that digest."""

    id: UUID
    version: int
    number: str
    kind: Literal["signed", "standard"]
    status: str
    buyer_id: UUID
    buyer: str
    seller_id: UUID
    seller: str
    rfq_id: UUID | None
    order_id: UUID | None
    currency: str
    gross: str
    digest: str
    body: str
    pdf_file_id: UUID | None
    pdf_digest: str | None
    created_at: datetime
    active_at: datetime | None
    sign_by: datetime | None
    # The party that declined to sign, and why; null where nobody did.
    refused_by: UUID | None
    refused_reason: str | None
    signatures: tuple[SignatureView, ...] = ()
    actions: tuple[str, ...] = ()


class ContractRow(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    number: str
    kind: str
    status: str
    counterparty: str
    currency: str
    gross: str
    created_at: datetime
    active_at: datetime | None


class SignCommand(Struct, frozen=True, forbid_unknown_fields=True):
    """Signs exactly this digest. An API key cannot sign."""

    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class DeclineCommand(Struct, frozen=True, forbid_unknown_fields=True):
    """Does not sign; the other side reads the reason."""

    reason: Annotated[Text, Meta(min_length=3, max_length=1000)]
