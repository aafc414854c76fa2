"""An edge of the group graph: declared by one member, confirmed by the other side or by an operator."""

from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.money import decimal_text
from schemas.affiliation import AffiliationKind, AffiliationStatus, AffiliationView

LIFECYCLE: Final = Lifecycle(
    noun="affiliation",
    table="affiliation",
    initial=("declared",),
    transitions=(
        Transition("confirm", ("declared",), "confirmed", "company.write", "affiliation.confirmed"),
        Transition("refuse", ("declared",), "refused", "company.write", "affiliation.refused"),
        Transition("withdraw", ("declared",), "withdrawn", "company.write", "affiliation.withdrawn"),
        Transition("ask_end", ("confirmed",), "end_asked", "company.write", "affiliation.end_asked"),
        Transition("keep", ("end_asked",), "confirmed", "operator.company", "affiliation.kept"),
        Transition("end", ("end_asked",), "ended", "operator.company", "affiliation.ended"),
    ),
)

# What a member does, and what an operator decides.
MemberAction = Literal["confirm", "refuse", "withdraw", "ask_end"]
OperatorAction = Literal["confirm", "refuse", "keep", "end"]


class Affiliation(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `affiliation` with the names of both sides."""

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
    percent: Decimal | None
    declared_by: UUID
    declared_at: datetime
    decided_at: datetime | None
    decided_as: Literal["other", "operator"] | None
    ended_at: datetime | None

    @property
    def sides(self) -> tuple[UUID, ...]:
        return (self.company_id,) if self.other_id is None else (self.company_id, self.other_id)


def view(row: Affiliation) -> AffiliationView:
    return AffiliationView(
        id=row.id,
        version=row.version,
        status=row.status,
        kind=row.kind,
        company_id=row.company_id,
        company=row.company,
        other_id=row.other_id,
        other=row.other,
        owner_name=row.owner_name,
        owner_number=row.owner_number,
        owner_country=row.owner_country,
        percent=None if row.percent is None else decimal_text(row.percent),
        declared_at=row.declared_at,
        decided_at=row.decided_at,
        decided_as=row.decided_as,
        ended_at=row.ended_at,
    )
