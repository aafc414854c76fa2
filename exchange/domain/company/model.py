"""A member company: its states, its rows, and the rules that need nothing else."""

import unicodedata
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError
from exchange.money import minor_text
from schemas.common import Locale
from schemas.company import (
    BankAccountView,
    CompanyFileView,
    CompanyStatus,
    CompanyView,
    MemberRole,
    QueuedCompany,
    TradeRole,
)

LIFECYCLE: Final = Lifecycle(
    noun="company",
    table="company",
    initial=("draft", "applied"),
    transitions=(
        Transition("send", ("draft",), "applied", "company.write", "company.applied"),
        Transition("take", ("applied",), "in_review", "operator.company", "company.taken"),
        Transition("approve", ("in_review",), "active", "operator.company", "company.approved"),
        Transition("ask_changes", ("in_review",), "changes_requested", "operator.company", "company.changes_requested"),
        Transition("resubmit", ("changes_requested",), "in_review", "company.write", "company.resubmitted"),
        Transition("reject", ("in_review", "changes_requested"), "rejected", "operator.company", "company.rejected"),
        Transition("suspend", ("active",), "suspended", "operator.company", "company.suspended"),
        Transition("unsuspend", ("suspended",), "active", "operator.company", "company.unsuspended"),
        Transition("close", ("active",), "closed", "company.write", "company.closed"),
    ),
)


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `company`: the public profile."""

    id: UUID
    status: CompanyStatus
    version: int
    legal_name: str
    display_name: str
    sort_key: str
    country: str
    profile: str
    region: str
    registration_id: str
    tax_id: str
    base_currency: str
    trade_roles: tuple[TradeRole, ...]
    about: str
    website: str | None
    lei: str | None
    applied_at: datetime
    active_at: datetime | None
    suspended_until: datetime | None


class CompanyFile(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `company_file`: what only the company itself and operators see."""

    company_id: UUID
    address: str
    representative: str
    representative_title: str
    phone: str
    contact_email: str
    signing_limit_minor: int | None
    decision_reason: str | None
    decided_by: UUID | None
    decided_at: datetime | None
    reviewer_id: UUID | None


class BankAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `bank_account`."""

    id: UUID
    company_id: UUID
    holder: str
    bank_name: str
    number: str
    currency: str
    verified_at: datetime | None
    verified_by: UUID | None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the acting company."""

    person_id: UUID
    name: str
    email: str
    locale: Locale
    roles: tuple[MemberRole, ...]
    version: int
    # Ids of roles that the company has defined.
    own_roles: tuple[UUID, ...] = ()


class LastOwner(DomainError):
    status = 409
    code = "last-owner"
    title = "The company needs an owner"
    detail = "This is the company's only owner. Make somebody else an owner first."


class OwnRights(DomainError):
    """Nobody raises themselves."""

    status = 403
    code = "own-rights"
    title = "Not allowed"
    detail = "You cannot give yourself further roles. Ask another owner or administrator of your company."


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """All that an operator decides on, and that the company sees of itself."""

    company: Company
    file: CompanyFile
    bank: BankAccount | None


class CompanyName(msgspec.Struct, frozen=True, kw_only=True):
    """How a company is called in lists of other things."""

    id: UUID
    display_name: str
    legal_name: str
    country: str
    region: str
    status: CompanyStatus


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """A company in the operators' queue; `age_s` in market time since its application."""

    id: UUID
    version: int
    status: CompanyStatus
    legal_name: str
    country: str
    registration_id: str
    trade_roles: tuple[TradeRole, ...]
    applied_at: datetime
    age_s: int
    reviewer_id: UUID | None


def fold(name: str) -> str:
    """A name for sorting and comparing: upper case without accents, đ as D, single spaces."""
    letters = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(bare.upper().split())


def view(company: Company) -> CompanyView:
    return CompanyView(
        id=company.id,
        version=company.version,
        status=company.status,
        legal_name=company.legal_name,
        display_name=company.display_name,
        country=company.country,
        region=company.region,
        registration_id=company.registration_id,
        tax_id=company.tax_id,
        trade_roles=company.trade_roles,
        about=company.about,
        website=company.website,
        lei=company.lei,
        active_at=company.active_at,
    )


def dossier_view(dossier: Dossier) -> CompanyFileView:
    company, file, bank = dossier.company, dossier.file, dossier.bank
    return CompanyFileView(
        company=view(company),
        address=file.address,
        representative=file.representative,
        representative_title=file.representative_title,
        phone=file.phone,
        contact_email=file.contact_email,
        base_currency=company.base_currency,
        signing_limit=_limit_text(file.signing_limit_minor, company.base_currency),
        applied_at=company.applied_at,
        suspended_until=company.suspended_until,
        decision_reason=file.decision_reason,
        decided_at=file.decided_at,
        bank=None
        if bank is None
        else BankAccountView(
            holder=bank.holder,
            bank_name=bank.bank_name,
            number=bank.number,
            currency=bank.currency,
            verified_at=bank.verified_at,
            in_company_name=fold(bank.holder) == fold(company.legal_name),
        ),
    )


def queued_view(item: Queued) -> QueuedCompany:
    return msgspec.convert(item, QueuedCompany, from_attributes=True)


def _limit_text(limit_minor: int | None, currency: str) -> str | None:
    return None if limit_minor is None else minor_text(limit_minor, currency)
