"""The group of a company: who owns it, what it owns, and which members are its sisters."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import CountryCode, Line, Percent

AffiliationKind = Literal["owner", "subsidiary", "sister"]
AffiliationStatus = Literal["declared", "confirmed", "refused", "withdrawn", "end_asked", "ended"]


class OutsideOwner(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person or company outside the exchange that owns a part of the company."""

    name: Annotated[Line, Meta(max_length=200)]
    # Of a passport, identity card or company register; spaces are ignored.
    number: Annotated[Line, Meta(min_length=3, max_length=40)]
    country: CountryCode


class AffiliationDeclare(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`kind` says what the other one is to the company: another member, or an owner outside the exchange."""

    kind: AffiliationKind
    other_id: UUID | None = None
    owner: OutsideOwner | None = None
    percent: Percent | None = None


class AffiliationView(Struct, frozen=True, kw_only=True):
    """One edge as its sides see it. `company_id` declared it; `other` and `owner_name` say about whom."""

    id: UUID
    version: int
    status: AffiliationStatus
    kind: AffiliationKind
    company_id: UUID
    company: str
    other_id: UUID | None
    other: str | None
    owner_name: str | None
    owner_number: str | None
    owner_country: str | None
    percent: str | None
    declared_at: datetime
    decided_at: datetime | None
    # Whether the other member or an operator decided.
    decided_as: Literal["other", "operator"] | None
    ended_at: datetime | None
