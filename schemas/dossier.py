"""What operators say of a dossier, field by field, and what happens to a company afterwards."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Line, Text

CheckedField = Literal["legal_name", "registration_id", "tax_id", "address", "representative", "bank", "documents"]
TaxState = Literal["active", "paused", "closed", "unknown"]


class FieldCheckIn(Struct, frozen=True, forbid_unknown_fields=True):
    """One field: right, or to be changed, with a note that the applicant reads."""

    field: CheckedField
    result: Literal["ok", "change"]
    note: Annotated[Text, Meta(max_length=1000)] = ""


class ChecksIn(Struct, frozen=True, forbid_unknown_fields=True):
    checks: Annotated[tuple[FieldCheckIn, ...], Meta(min_length=1, max_length=7)]


class FieldCheckView(Struct, frozen=True, kw_only=True):
    """A field of a dossier; `result` is null while nobody has looked. `required` ones must be right before approval."""

    field: CheckedField
    required: bool
    result: Literal["ok", "change"] | None
    note: str
    checked_at: datetime | None


class TaxStatusIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What the tax authority says, on which day, and where it was read."""

    status: TaxState
    checked_on: date
    source: Annotated[Line, Meta(min_length=3, max_length=200)]


class TaxStatusView(Struct, frozen=True, kw_only=True):
    status: TaxState
    checked_on: date
    source: str
    checked_at: datetime


class SuspensionView(Struct, frozen=True, kw_only=True):
    """The suspension that runs; `lift_proposed_at`: one operator would lift it, another one decides."""

    id: UUID
    reason: str
    until: datetime | None
    suspended_at: datetime
    lift_proposed_at: datetime | None


class ObligationView(Struct, frozen=True, kw_only=True):
    """What is still open and keeps a company from closing."""

    what: Literal["orders", "contracts", "requests", "quotations", "listings", "money", "deposits"]
    how_many: int
