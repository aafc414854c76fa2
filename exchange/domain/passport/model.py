"""A member passport: granted by one company to another, revoked at once, over at its end."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from schemas.passport import PassportField, PassportView

LIFECYCLE: Final = Lifecycle(
    noun="passport",
    table="passport",
    initial=("granted",),
    transitions=(Transition("revoke", ("granted",), "revoked", "company.write", "passport.revoked"),),
)


class Passport(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `passport` with the names of both sides."""

    id: UUID
    version: int
    status: Literal["granted", "revoked"]
    company_id: UUID
    company: str
    reader_id: UUID
    reader: str
    fields: tuple[PassportField, ...]
    until: datetime
    granted_at: datetime
    revoked_at: datetime | None
    live: bool


class Paper(msgspec.Struct, frozen=True):
    """The file of a document that a passport shows."""

    id: UUID
    name: str
    media_type: str


def view(row: Passport) -> PassportView:
    return msgspec.convert(row, PassportView, from_attributes=True)
