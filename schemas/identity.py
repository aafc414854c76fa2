"""People and partner systems: sign-in, sessions, the acting company and API keys."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Email, Line, Locale, Version

PASSWORD_MAX = 200
NewPassword = Annotated[str, Meta(min_length=10, max_length=PASSWORD_MAX, description="At least 10 characters")]
GivenPassword = Annotated[str, Meta(min_length=1, max_length=PASSWORD_MAX)]


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    email: Email
    password: GivenPassword


GivenCode = Annotated[str, Meta(min_length=6, max_length=40, description="Six digits of the device, or a recovery code")]


class SignInCode(Struct, frozen=True, forbid_unknown_fields=True):
    """The second step of signing in."""

    challenge: Annotated[str, Meta(min_length=1, max_length=2000, description="Of the answer `second-factor-required`")]
    code: GivenCode


class FactorProof(Struct, frozen=True, forbid_unknown_fields=True):
    """The own password and a code, to switch the second step of signing in on or off."""

    password: GivenPassword
    code: GivenCode


class FactorView(Struct, frozen=True, kw_only=True):
    """Whether signing in asks the acting person for a code."""

    on: bool
    recovery_codes_left: int


class FactorBegunView(Struct, frozen=True, kw_only=True):
    """The key for the person's device; `uri` is what devices read."""

    key: str
    uri: str


class RecoveryCodesView(Struct, frozen=True, kw_only=True):
    """Ten codes for the day without the device. Each counts once; they are shown this once."""

    codes: tuple[str, ...]


class SessionView(Struct, frozen=True, kw_only=True):
    """Where the acting person is signed in. `browser` is its family, empty for a program; `current` is the one that asks."""

    id: UUID
    created_at: datetime
    expires_at: datetime
    address: str
    browser: str
    current: bool


class StepUp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who acts, proved once more: a code of the device or a recovery code with a second factor, else the password."""

    password: GivenPassword | None = None
    code: GivenCode | None = None


Credential = Annotated[dict[str, Any], Meta(max_length=20, description="PublicKeyCredential.toJSON()")]


class PasskeyName(Struct, frozen=True, forbid_unknown_fields=True):
    """What its owner calls it."""

    name: Annotated[Line, Meta(min_length=1, max_length=80)]


class PasskeyNew(Struct, frozen=True, forbid_unknown_fields=True):
    """A new passkey, as the device made it for the question `ceremony`."""

    ceremony: UUID
    name: Annotated[Line, Meta(min_length=1, max_length=80)]
    credential: Credential


class PasskeyAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """A device's answer to the question `ceremony`."""

    ceremony: UUID
    credential: Credential


class PasskeyQuestion(Struct, frozen=True, kw_only=True):
    """A question for a device: `options` as browsers read them from JSON."""

    ceremony: UUID
    options: dict[str, Any]


class PasskeyView(Struct, frozen=True, kw_only=True):
    """A passkey of the acting person."""

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


Token = Annotated[str, Meta(min_length=1, max_length=200, description="Of the link in the e-mail")]


class MailAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """For whom a link is asked. The answer does not tell whether there is such a person."""

    email: Email


class MailConfirm(Struct, frozen=True, forbid_unknown_fields=True):
    """A link that was opened."""

    token: Token


Why = Annotated[str, Meta(min_length=10, max_length=1000)]


class FactorRemovalAsk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody has lost all second factors, recovery codes included."""

    email: Annotated[Email, Meta(description="What the person signs in with")]
    reason: Annotated[Why, Meta(description="What happened, in the person's words")]
    proof: Annotated[Why, Meta(description="How it was seen that it is the person who asks")]


class FactorRemovalView(Struct, frozen=True, kw_only=True):
    """The removal of all second factors of a person. `due_at`: when it lapses unconfirmed, or is carried out."""

    id: UUID
    version: Version
    person_id: UUID
    name: str
    email: str
    reason: str
    proof: str
    status: Literal["asked", "confirmed", "stopped", "refused", "lapsed", "done"]
    asked_by: UUID
    asked_at: datetime
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    due_at: datetime
    ended_at: datetime | None


class PasswordNew(Struct, frozen=True, forbid_unknown_fields=True):
    """A new password, with the link that was asked for."""

    token: Token
    password: NewPassword


class ProviderIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company's own OpenID provider. Its people sign in there, for this company alone."""

    issuer: Annotated[Line, Meta(min_length=8, max_length=300, description="Its address, as it calls itself")]
    client_id: Annotated[Line, Meta(min_length=1, max_length=200)]
    client_secret: Annotated[Line, Meta(min_length=1, max_length=400)]
    domains: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=100)], ...],
        Meta(min_length=1, max_length=20, description="E-mail domains of the company's people"),
    ]


class ProviderView(Struct, frozen=True, kw_only=True):
    """Without its secret. `sign_in` is where the company's people begin; `redirect` is what the provider must allow."""

    issuer: str
    client_id: str
    domains: tuple[str, ...]
    sign_in: str
    redirect: str


class SwitchCompany(Struct, frozen=True, forbid_unknown_fields=True):
    company_id: UUID


class SetLocale(Struct, frozen=True, forbid_unknown_fields=True):
    locale: Locale


class WorkplaceView(Struct, frozen=True, kw_only=True):
    """A company for which a person may act."""

    company_id: UUID
    name: str
    status: str
    roles: tuple[str, ...]


class MeView(Struct, frozen=True, kw_only=True):
    """Who acts in this session, for whom, with which rights."""

    person_id: UUID
    name: str
    email: str
    locale: str
    company_id: UUID | None
    company_name: str
    company_status: str
    roles: tuple[str, ...]
    operator: bool
    operator_roles: tuple[str, ...]
    permissions: tuple[str, ...]
    companies: tuple[WorkplaceView, ...]


class KeyCreate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An API key to be made. It can do what its scopes name and its maker's roles allow, whichever is less."""

    name: Annotated[Line, Meta(min_length=1, max_length=80)]
    scopes: Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(min_length=1, max_length=40)]
    expires_in_days: Annotated[int, Meta(ge=1, le=3650)] | None = None
    # From where it may be used, as CIDR: 203.0.113.0/24, 2001:db8::/32, or one address. None named: from anywhere.
    networks: Annotated[tuple[Annotated[str, Meta(min_length=2, max_length=49)], ...], Meta(max_length=20)] = ()


class KeyRotate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new secret for a key; the one before is accepted for so long beside it."""

    overlap_hours: Annotated[int, Meta(ge=0, le=168)] = 24


RoleName = Annotated[Line, Meta(min_length=1, max_length=60)]
Permissions = Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(min_length=1, max_length=60)]


class RoleIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role of the company's own: names of permissions, of which the giver has every one."""

    name: RoleName
    permissions: Permissions


class RoleChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the role is called and holds from now on, whole."""

    version: Version
    name: RoleName
    permissions: Permissions


class RoleView(Struct, frozen=True, kw_only=True):
    """A role of the company's own; `holders` people have it."""

    id: UUID
    version: int
    name: str
    permissions: tuple[str, ...]
    holders: int


class KeyView(Struct, frozen=True, kw_only=True):
    """An API key without its secret; `prefix` tells keys apart. `last_used_at` is at most two minutes behind."""

    id: UUID
    version: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    person_id: UUID
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    networks: tuple[str, ...]
    last_used_at: datetime | None
    rotated_at: datetime | None
    # While a rotation overlaps: how the secret before begins, and until when it is accepted.
    old_prefix: str | None
    old_until: datetime | None


class KeyCreatedView(Struct, frozen=True, kw_only=True):
    """`secret` is shown this once; the answer to a repeated request carries null."""

    key: KeyView
    secret: str | None
