"""A document of a company: its states, its row, and the badge that follows from facts."""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from schemas.document import BadgesView, CertificateView, DocumentStatus, DocumentView

LIFECYCLE: Final = Lifecycle(
    noun="document",
    table="document",
    initial=("submitted",),
    transitions=(
        Transition("verify", ("submitted",), "verified", "operator.company", "document.verified"),
        Transition("reject", ("submitted",), "rejected", "operator.company", "document.rejected"),
        Transition("withdraw", ("submitted", "verified", "expired"), "withdrawn", "company.write", "document.withdrawn"),
        Transition("expire", ("verified",), "expired", "job", "document.expired", deadline="expires_at"),
    ),
)
Level = Literal["none", "identity", "verified", "certified"]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `document` with its company's name."""

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
    expires_at: datetime | None
    file_id: UUID
    submitted_by: UUID
    submitted_at: datetime
    decided_at: datetime | None
    reason: str | None


class Scheme(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `document_scheme`."""

    code: str
    name_en: str
    name_vi: str
    certificate: bool


class Badges(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of this moment."""

    identity_verified: bool
    tax_checked: bool
    bank_verified: bool
    certificates: int

    @property
    def level(self) -> Level:
        """The highest level whose facts all hold."""
        if not self.identity_verified:
            return "none"
        if not self.bank_verified:
            return "identity"
        return "certified" if self.certificates else "verified"


def view(row: Document) -> DocumentView:
    return DocumentView(
        id=row.id,
        version=row.version,
        status=row.status,
        company_id=row.company_id,
        company=row.company,
        scheme=row.scheme,
        certificate=row.certificate,
        number=row.number,
        issuer=row.issuer,
        scope=row.scope,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        file_id=row.file_id,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        reason=row.reason,
    )


def certificate_view(row: Document) -> CertificateView:
    return CertificateView(
        id=row.id, scheme=row.scheme, number=row.number, issuer=row.issuer, scope=row.scope, valid_until=row.valid_until
    )


def badges_view(badges: Badges, certificates: list[Document]) -> BadgesView:
    return BadgesView(
        level=badges.level,
        identity_verified=badges.identity_verified,
        tax_checked=badges.tax_checked,
        bank_verified=badges.bank_verified,
        certificates=tuple(certificate_view(item) for item in certificates),
    )
