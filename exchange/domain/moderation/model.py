"""A case: one question to the operators about one object, what the screening found in it, and how it was decided."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError

Kind = Literal["company", "offer", "document", "bank_account", "affiliation", "review", "message", "appeal", "flag"]
CaseStatus = Literal["open", "taken", "decided"]
Outcome = Literal["approved", "rejected", "dropped"]

LIFECYCLE: Final = Lifecycle(
    noun="case",
    table="moderation_case",
    initial=("open",),
    transitions=(
        Transition("take", ("open", "taken"), "taken", "operator.case", "case.taken"),
        Transition("approve", ("open", "taken"), "decided", "operator.case", "case.approved"),
        Transition("reject", ("open", "taken"), "decided", "operator.case", "case.rejected"),
        Transition("drop", ("open", "taken"), "decided", "job", "case.dropped"),
    ),
)

# case_open() records these itself: they are the operators' alone, and no company's.
RECORDED: Final = ("case.opened", "case.renewed")
# When an operator should have decided; later the moderators are reminded.
DUE_HOURS: Final[dict[Kind, int]] = {"appeal": 72, "flag": 72, "message": 72, "review": 72}
DUE_HOURS_ELSE: Final = 24


class Hit(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """What one rule found: in `field`, characters `from_` to `to` (both 0: the field as a whole).

    `data` fills the places of the rule's sentence; `data["found"]` is what would be found again in an unchanged object.
    """

    rule: str
    field: str
    from_: int = 0
    to: int = 0
    data: dict[str, str | int] = {}

    def mark(self) -> tuple[str, str, str]:
        """What makes this the same finding in another version of the object."""
        return self.rule, self.field, str(self.data.get("found", ""))


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `moderation_case` with the names that its readers need."""

    id: UUID
    kind: Kind
    object_id: UUID
    company_id: UUID
    company: str
    status: CaseStatus
    version: int
    hits: tuple[Hit, ...]
    owner_id: UUID | None
    owner: str | None
    outcome: Outcome | None
    template: str | None
    reason: str
    appeal_of: UUID | None
    appeal_text: str
    not_by: UUID | None
    opened_at: datetime
    due_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A case to be opened."""

    kind: Kind
    object_id: UUID
    company_id: UUID
    hits: tuple[Hit, ...] = ()


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A reason in both languages, for the kinds it fits."""

    code: str
    kinds: tuple[str, ...]
    text_en: str
    text_vi: str

    def text(self, locale: str) -> str:
        return self.text_vi if locale == "vi" else self.text_en


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A case in the operators' list; `title` is that of a listing, else the company's name."""

    id: UUID
    kind: Kind
    company: str
    title: str
    status: CaseStatus
    version: int
    owner_id: UUID | None
    owner: str | None
    findings: int
    opened_at: datetime
    due_at: datetime


class Waiting(msgspec.Struct, frozen=True):
    """How much waits of one kind, and since when."""

    kind: Kind
    cases: int
    oldest_at: datetime


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operator's word on a case as it was seen at `version`. A refusal needs a template, own words, or both."""

    version: int
    accept: bool
    template: str | None = None
    reason: str = ""


class Decided(msgspec.Struct, frozen=True):
    """What became of one case of several: nothing went wrong, or why it was not decided."""

    case_id: UUID
    problem: DomainError | None = None


class TakenByAnother(DomainError):
    status = 409
    code = "taken-by-another"
    title = "Another operator looks at it"
    detail = "%(owner)s has taken this case. Take it over first."


class AppealTooLate(DomainError):
    status = 409
    code = "appeal-too-late"
    title = "The time for an appeal has passed"
    detail = "An appeal is possible for 14 days after the decision."


class AppealedAlready(DomainError):
    status = 409
    code = "appealed-already"
    title = "An appeal was made already"
    detail = "A decision can be appealed once."
