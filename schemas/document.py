"""Documents and certificates of a company."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Line, Text
from schemas.company import Reason

DocumentStatus = Literal["submitted", "verified", "rejected", "withdrawn", "expired"]


class SchemeView(Struct, frozen=True, kw_only=True):
    """One kind of document. A certificate is shown to every member once it is verified."""

    code: str
    name_en: str
    name_vi: str
    certificate: bool


class DocumentSubmit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document with the file that shows it, uploaded before with purpose `document`."""

    scheme: Annotated[str, Meta(pattern=r"^[a-z0-9_]{2,40}$(?!\n)", examples=["iso9001"])]
    number: Annotated[Line, Meta(max_length=80)]
    issuer: Annotated[Line, Meta(max_length=200)]
    # What it covers: products, sites.
    scope: Annotated[Text, Meta(max_length=1000)] = ""
    valid_from: date
    # The last day on which it is valid; null: without end.
    valid_until: date | None = None
    file_id: UUID


class DocumentReject(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason


class DocumentView(Struct, frozen=True, kw_only=True):
    """One document. `file_id` opens for the company itself, for operators, and for whom a passport names."""

    id: UUID
    version: int
    status: DocumentStatus
    company_id: UUID
    company: str
    scheme: str
    certificate: bool
    number: str
    issuer: str
    scope: str
    valid_from: date
    valid_until: date | None
    file_id: UUID
    submitted_at: datetime
    decided_at: datetime | None
    reason: str | None


class CertificateView(Struct, frozen=True, kw_only=True):
    """A valid certificate as every member sees it."""

    id: UUID
    scheme: str
    number: str
    issuer: str
    scope: str
    valid_until: date | None


class BadgesView(Struct, frozen=True, kw_only=True):
    """What the exchange checked of a company. `level`: none, identity, verified (with its account), certified."""

    level: Literal["none", "identity", "verified", "certified"]
    identity_verified: bool
    # The tax authority says that it is active, read within the last 400 days.
    tax_checked: bool
    bank_verified: bool
    certificates: tuple[CertificateView, ...]
