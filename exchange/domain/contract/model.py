"""A contract: its states, its rows and what can be refused."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from exchange.domain.contract.body import Kind
from exchange.domain.transition import Lifecycle, Transition
from exchange.errors import DomainError

LIFECYCLE: Final = Lifecycle(
    noun="contract",
    table="contract",
    # A contract under the standard terms is inserted active by the order that makes it.
    initial=("draft", "active"),
    transitions=(
        Transition("start_signing", ("draft",), "signing", "job", "contract.signing_started"),
        # Where the policy of a party asks its own people first.
        Transition("ask", ("draft",), "pending_approval", "job", "contract.approval_asked"),
        Transition("release", ("pending_approval",), "signing", "job", "contract.signing_started"),
        Transition("take_back", ("pending_approval",), "draft", "approval.decide", "contract.returned"),
        Transition("activate", ("signing",), "active", "contract.sign", "contract.activated"),
        Transition("decline", ("signing",), "refused", "contract.sign", "contract.refused"),
        Transition("lapse", ("draft", "pending_approval", "signing"), "refused", "job", "contract.refused", deadline="sign_by"),
        Transition("complete", ("active",), "completed", "job", "contract.completed"),
    ),
    reserved=("changes_requested", "terminated"),
)
SIGNING_PERIOD: Final = timedelta(days=7)


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A party's signature over one digest; never changed."""

    company_id: UUID
    person_name: str
    basis: str
    # Number and date of the authorisation, where it was one.
    authorisation: str | None
    method: str
    digest: str
    at: datetime


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `contract` with the names of its parties, its signatures and its order."""

    id: UUID
    version: int
    number: str
    kind: Kind
    status: str
    buyer_id: UUID
    buyer: str
    seller_id: UUID
    seller: str
    rfq_id: UUID | None
    award_id: UUID | None
    order_id: UUID | None
    currency: str
    gross_minor: int
    digest: bytes
    body: str
    pdf_file_id: UUID | None
    pdf_digest: bytes | None
    created_at: datetime
    active_at: datetime | None
    sign_by: datetime | None
    # The party that declined to sign, and why; none where the time passed.
    refused_by: UUID | None
    refused_reason: str | None
    signatures: tuple[Signature, ...]


class ContractSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A contract in a list, as the acting company sees it."""

    id: UUID
    version: int
    number: str
    kind: str
    status: str
    counterparty: str
    currency: str
    gross_minor: int
    created_at: datetime
    active_at: datetime | None


class DigestChanged(DomainError):
    """The digest to be signed is not the contract's; `current` is."""

    status = 409
    code = "digest-changed"
    title = "The contract has another text"
    detail = "You would sign another text than the contract now has. Read it again and sign the digest %(current)s."


class AlreadySigned(DomainError):
    status = 409
    code = "already-signed"
    title = "Your company has signed"
    detail = "A signature of your company stands under this contract already; one is enough."


class PersonNeeded(DomainError):
    status = 403
    code = "person-needed"
    title = "Only a person signs"
    detail = "An API key cannot sign a contract. A signatory signs it in the portal."


class NotPrinted(DomainError):
    status = 409
    code = "not-printed"
    title = "The PDF is not printed yet"
    detail = "The PDF of this contract is being printed. Ask again in a moment."
