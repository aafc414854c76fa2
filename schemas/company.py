"""Member companies: the application, the public profile, the company's own file and its people."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.common import Amount, CountryCode, Currency, Email, Instant, Line, Locale, OptionalLine, RegionCode, Text, Version
from schemas.identity import NewPassword

CompanyStatus = Literal[
    "draft", "applied", "in_review", "changes_requested", "active", "rejected", "suspended", "closed"
]  # fmt: skip
TradeRole = Literal[
    "manufacturer",
    "distributor",
    "wholesaler",
    "retailer",
    "service_provider",
    "raw_material_supplier",
    "importer",
    "exporter",
]
MemberRole = Literal[
    "owner", "admin", "buyer", "seller", "approver", "evaluator", "signatory", "finance", "warehouse", "viewer"
]  # fmt: skip
TradeRoles = Annotated[tuple[TradeRole, ...], Meta(max_length=8)]
LegalName = Annotated[Line, Meta(min_length=2, max_length=200)]
DisplayName = Annotated[Line, Meta(min_length=2, max_length=80)]
PersonName = Annotated[Line, Meta(min_length=1, max_length=120)]
About = Annotated[Text, Meta(max_length=4000)]
Website = Annotated[str, Meta(pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?$(?!\n)", max_length=200)]
Address = Annotated[Line, Meta(min_length=5, max_length=400)]
Phone = Annotated[str, Meta(pattern=r"^(\+?[0-9][0-9 ().-]{4,28}[0-9])?$(?!\n)", max_length=30)]
Reason = Annotated[Text, Meta(min_length=3, max_length=1000)]


class BankAccountIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The one account, in the company's name, to which direct payments go."""

    holder: LegalName
    bank_name: Annotated[Line, Meta(min_length=2, max_length=120)]
    # Digits, or an IBAN; spaces are ignored.
    number: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ]{3,40}[A-Za-z0-9]$(?!\n)")]
    currency: Currency


class OwnerIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The person who applies and will be the company's owner on the exchange."""

    name: PersonName
    email: Email
    password: NewPassword
    locale: Locale = "vi"


class CompanyFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an application says of the company."""

    legal_name: LegalName
    country: CountryCode
    region: RegionCode
    registration_id: Annotated[Line, Meta(max_length=40)]
    # None where the registration number is the tax number.
    tax_id: Annotated[Line, Meta(max_length=40)] | None = None
    base_currency: Currency | None = None
    display_name: DisplayName | None = None
    trade_roles: TradeRoles = ()
    about: About = ""
    website: Website | None = None
    address: Address
    representative: PersonName
    representative_title: Annotated[OptionalLine, Meta(max_length=120)] = ""
    phone: Phone = ""
    contact_email: Email | None = None
    # The Legal Entity Identifier (ISO 17442), if it has one.
    lei: Annotated[Line, Meta(max_length=30)] | None = None
    bank: BankAccountIn


class CompanyApply(CompanyFacts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The application of a company that is not a member yet."""

    owner: OwnerIn


class CompanyView(Struct, frozen=True, kw_only=True):
    """What every member sees of a company."""

    id: UUID
    version: int
    status: CompanyStatus
    legal_name: str
    display_name: str
    country: str
    region: str
    registration_id: str
    tax_id: str
    trade_roles: tuple[TradeRole, ...]
    about: str
    website: str | None
    lei: str | None
    active_at: datetime | None


class CompanyRecordView(Struct, frozen=True, kw_only=True):
    """What a company says it can do, and what the exchange counts of it. `deliveries` and their share in time are null below
    four deliveries; `rating` is the mean of published reviews, 1 to 5."""

    capabilities: tuple[str, ...]
    deals: int
    deliveries: int | None
    on_time_percent: int | None
    reviews: int
    rating: str | None


class BankAccountView(Struct, frozen=True, kw_only=True):
    holder: str
    bank_name: str
    number: str
    currency: str
    verified_at: datetime | None
    # Whether the holder's name, without accents and case, is the company's legal name.
    in_company_name: bool


class CompanyFileView(Struct, frozen=True, kw_only=True):
    """What the company itself and operators see besides the profile. Limits are gross, in the base currency; null: none."""

    company: CompanyView
    address: str
    representative: str
    representative_title: str
    phone: str
    contact_email: str
    base_currency: str
    signing_limit: str | None
    applied_at: datetime
    suspended_until: datetime | None
    decision_reason: str | None
    decided_at: datetime | None
    bank: BankAccountView | None


class ExportView(Struct, frozen=True, kw_only=True):
    """A copy of the company's data; `file_id` opens it once it is ready."""

    id: UUID
    status: Literal["asked", "ready"]
    asked_at: datetime
    file_id: UUID | None
    ready_at: datetime | None


Capabilities = Annotated[tuple[Annotated[Line, Meta(min_length=2, max_length=120)], ...], Meta(max_length=12)]


class CompanyEdit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of the own file: only what is named changes. Legal name, numbers, representative and account do not."""

    version: Version
    display_name: DisplayName | UnsetType = UNSET
    about: About | UnsetType = UNSET
    website: Website | UnsetType | None = UNSET
    trade_roles: TradeRoles | UnsetType = UNSET
    capabilities: Capabilities | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    contact_email: Email | UnsetType = UNSET
    signing_limit: Amount | UnsetType | None = UNSET


class CompanyReject(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason


class CompanySuspend(Struct, frozen=True, forbid_unknown_fields=True):
    """`until` is a promise shown to the company; an operator lifts the suspension."""

    reason: Reason
    until: Instant | None = None


class QueuedCompany(Struct, frozen=True, kw_only=True):
    """An application as operators see it in their queue; `age_s` is how long it has waited."""

    id: UUID
    version: int
    status: CompanyStatus
    legal_name: str
    country: str
    registration_id: str
    trade_roles: tuple[TradeRole, ...]
    applied_at: datetime
    age_s: int
    reviewer_id: UUID | None


InvitationStatus = Literal["pending", "accepted", "revoked", "expired"]
InvitationToken = Annotated[str, Meta(min_length=20, max_length=100, description="From the link of the invitation")]


class MemberInvite(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address that is asked to act for the company, with these roles."""

    email: Email
    roles: Annotated[tuple[MemberRole, ...], Meta(min_length=1, max_length=10)]
    # Ids of the company's own roles, which add to those.
    own_roles: Annotated[tuple[UUID, ...], Meta(max_length=50)] = ()
    # The language of the invitation.
    locale: Locale = "vi"


class InvitationView(Struct, frozen=True, kw_only=True):
    """An invitation to a colleague; its link is known to the mailbox alone."""

    id: UUID
    version: int
    email: str
    roles: tuple[MemberRole, ...]
    own_roles: tuple[UUID, ...]
    locale: Locale
    status: InvitationStatus
    sends: int
    invited_by: UUID
    created_at: datetime
    due_at: datetime


class InvitationAccept(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By somebody who is signed in with the invited address."""

    token: InvitationToken


class InvitationJoin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By somebody who has no account yet."""

    token: InvitationToken
    name: PersonName
    password: NewPassword
    locale: Locale = "vi"


class InvitationJoined(Struct, frozen=True, kw_only=True):
    """Who acts for which company from now on. Sign in to act."""

    person_id: UUID
    company_id: UUID
    company_name: str


class MemberAdd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new colleague with a first password."""

    name: PersonName
    email: Email
    password: NewPassword
    roles: Annotated[tuple[MemberRole, ...], Meta(min_length=1, max_length=10)]
    locale: Locale = "vi"


class MemberChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The roles that a colleague has from now on, all of them."""

    version: Version
    roles: Annotated[tuple[MemberRole, ...], Meta(min_length=1, max_length=10)]
    # Ids of the company's own roles, all of them; left out: as they are.
    own_roles: Annotated[tuple[UUID, ...], Meta(max_length=50)] | UnsetType = UNSET


class MemberView(Struct, frozen=True, kw_only=True):
    person_id: UUID
    version: int
    name: str
    email: str
    locale: Locale
    roles: tuple[MemberRole, ...]
    own_roles: tuple[UUID, ...]
