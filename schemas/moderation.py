"""What operators decided about something of a company, and what the company says against it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Text


class FindingView(Struct, frozen=True, kw_only=True):
    """What a rule of the screening found; `begin` and `end` are characters of the field, both 0 for the whole of it."""

    rule: str
    field: str
    begin: int
    end: int


class CaseView(Struct, frozen=True, kw_only=True):
    """A case as its company sees it. `reason` is that of a decided one; `appeal_until` is set while an appeal is possible."""

    id: UUID
    version: int
    kind: str
    object_id: UUID
    status: Literal["open", "taken", "decided"]
    outcome: Literal["approved", "rejected", "dropped"] | None
    findings: tuple[FindingView, ...]
    template: str | None
    reason: str
    opened_at: datetime
    decided_at: datetime | None
    appeal_of: UUID | None
    appeal_until: datetime | None


class AppealIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a decision is wrong."""

    text: Annotated[Text, Meta(min_length=10, max_length=2000)]


class QueuedCase(Struct, frozen=True, kw_only=True):
    """An undecided case in the operators' queue; `title` is that of a listing, else the company's name."""

    id: UUID
    version: int
    kind: str
    company: str
    title: str
    status: Literal["open", "taken", "decided"]
    owner: str | None
    findings: int
    opened_at: datetime
    due_at: datetime


class CaseDecision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision on a case as it was read at `version`; a refusal names a template, own words, or both."""

    version: Annotated[int, Meta(ge=1, le=2_000_000_000)]
    accept: bool
    template: Annotated[str, Meta(max_length=40)] | None = None
    reason: Annotated[Text, Meta(max_length=2000)] = ""
