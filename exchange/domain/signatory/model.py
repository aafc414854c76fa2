"""A signatory: the states of a basis, its row, and whether a signature stays within it."""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError
from exchange.money import minor_text
from schemas.signatory import Side

CHANGEABLE: Final = ("incomplete", "proposed", "verified", "revoked")
LIFECYCLE: Final = Lifecycle(
    noun="signatory",
    table="signatory",
    initial=("incomplete", "verified"),
    transitions=(
        Transition("propose", CHANGEABLE, "proposed", "signatory.write", "signatory.proposed"),
        Transition("verify", ("proposed",), "verified", "signatory.verify", "signatory.verified"),
        Transition("revoke", ("incomplete", "proposed", "verified"), "revoked", "signatory.write", "signatory.revoked"),
    ),
)


class NoBasis(DomainError):
    status = 403
    code = "no-basis"
    title = "You have no basis to sign"
    detail = "Your authorisation is not complete or not verified. An owner of your company completes and verifies it."


class OutsideScope(DomainError):
    status = 403
    code = "outside-scope"
    title = "Outside your authorisation"
    detail = "Your authorisation %(number)s does not cover contracts of this kind."


class OutsideValidity(DomainError):
    status = 403
    code = "outside-validity"
    title = "Your authorisation does not hold today"
    detail = "Your authorisation %(number)s holds from %(from_day)s until %(until_day)s."


class AboveAuthority(DomainError):
    status = 403
    code = "above-authority"
    title = "Above your authorisation"
    detail = "Your authorisation %(number)s holds up to %(limit)s %(currency)s. This contract is above it or in another currency."


class NotByLaw(DomainError):
    status = 409
    code = "by-law"
    title = "This person signs by law"
    detail = "The legal representative needs no authorisation."


class AnotherOwner(DomainError):
    status = 403
    code = "another-owner"
    title = "Another owner verifies"
    detail = "You do not verify your own authorisation while your company has another owner. Ask them."


class Signatory(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `signatory`."""

    id: UUID
    version: int
    person_id: UUID
    basis: Literal["legal_representative", "authorisation"]
    status: Literal["incomplete", "proposed", "verified", "revoked"]
    number: str | None
    issued_on: date | None
    scope: tuple[Side, ...]
    limit_minor: int | None
    limit_currency: str | None
    valid_from: date | None
    valid_until: date | None
    file_id: UUID | None
    verified_by: UUID | None
    verified_at: datetime | None


def within(found: Signatory | None, side: Side, currency: str, gross_minor: int, today: date) -> Signatory:
    """The basis of a signature. Raises NoBasis, OutsideScope, OutsideValidity or AboveAuthority."""
    if found is None or found.status != "verified":
        raise NoBasis
    if found.basis == "legal_representative":
        return found
    assert found.number is not None, "a verified authorisation is complete"
    assert found.valid_from is not None, "a verified authorisation is complete"
    if side not in found.scope:
        raise OutsideScope(number=found.number)
    if today < found.valid_from or (found.valid_until is not None and today > found.valid_until):
        until = "…" if found.valid_until is None else found.valid_until.isoformat()
        raise OutsideValidity(number=found.number, from_day=found.valid_from.isoformat(), until_day=until)
    if found.limit_minor is not None and found.limit_currency is not None:
        limit = minor_text(found.limit_minor, found.limit_currency)
        if found.limit_currency != currency or gross_minor > found.limit_minor:
            raise AboveAuthority(number=found.number, limit=limit, currency=found.limit_currency)
    return found
