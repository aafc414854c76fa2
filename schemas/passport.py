"""A member passport: what a company shows of its verified file to one counterparty, until when."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Instant

PassportField = Literal["identity", "address", "representative", "contact", "tax", "bank", "documents", "group"]


class PassportGrant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`until` is the end of the consent; the company may revoke it before, at once."""

    reader_id: UUID
    fields: Annotated[tuple[PassportField, ...], Meta(min_length=1, max_length=8)]
    until: Instant


class PassportView(Struct, frozen=True, kw_only=True):
    """One passport as both sides see it; `live` while it can be read."""

    id: UUID
    version: int
    status: Literal["granted", "revoked"]
    company_id: UUID
    company: str
    reader_id: UUID
    reader: str
    fields: tuple[PassportField, ...]
    until: datetime
    granted_at: datetime
    revoked_at: datetime | None
    live: bool


class PassportIdentity(Struct, frozen=True, kw_only=True):
    legal_name: str
    country: str
    registration_id: str
    tax_id: str
    lei: str | None = None
    active_at: datetime | None = None


class PassportTax(Struct, frozen=True, kw_only=True):
    status: Literal["active", "paused", "closed", "unknown"]
    checked_on: date
    source: str


class PassportAccount(Struct, frozen=True, kw_only=True):
    id: UUID
    holder: str
    bank_name: str
    number: str
    currency: str
    verified_at: datetime


class PassportDocument(Struct, frozen=True, kw_only=True):
    id: UUID
    scheme: str
    number: str
    issuer: str
    scope: str = ""
    valid_until: date | None = None


class PassportEdge(Struct, frozen=True, kw_only=True):
    """What the named one is to the company."""

    kind: Literal["owner", "subsidiary", "sister"]
    name: str = ""
    percent: str | None = None


class PassportDossier(Struct, frozen=True, kw_only=True):
    """What a passport shows; a field that was not chosen is null."""

    identity: PassportIdentity | None = None
    address: str | None = None
    region: str | None = None
    representative: str | None = None
    representative_title: str | None = None
    phone: str | None = None
    contact_email: str | None = None
    tax: PassportTax | None = None
    bank: tuple[PassportAccount, ...] | None = None
    documents: tuple[PassportDocument, ...] | None = None
    group: tuple[PassportEdge, ...] | None = None
