"""On which basis somebody signs for their company."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Amount, Line, Version

Side = Literal["purchase", "sale"]


class SignatoryIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authorisation as it was issued; an owner verifies it before it holds."""

    version: Version
    number: Annotated[Line, Meta(min_length=1, max_length=60)]
    issued_on: date
    # Contracts in which the company buys, or sells.
    scope: Annotated[tuple[Side, ...], Meta(min_length=1, max_length=2)]
    # Gross, in the company's base currency; null: no limit.
    limit: Amount | None = None
    valid_from: date
    valid_until: date | None = None
    file_id: UUID | None = None


class SignatoryView(Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    person_id: UUID
    name: str
    basis: Literal["legal_representative", "authorisation"]
    status: Literal["incomplete", "proposed", "verified", "revoked"]
    number: str | None
    issued_on: date | None
    scope: tuple[Side, ...]
    limit: str | None
    currency: str | None
    valid_from: date | None
    valid_until: date | None
    file_id: UUID | None
    verified_by: UUID | None
    verified_at: datetime | None
    actions: tuple[str, ...]
