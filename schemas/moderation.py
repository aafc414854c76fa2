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
