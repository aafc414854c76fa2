"""Who somebody is: rows of sign-in, session and key, the contexts made of them, and what is refused."""

from datetime import datetime
from ipaddress import ip_network
from uuid import UUID

import msgspec

from exchange.ctx import Ctx
from exchange.domain.permission import MEMBER, OPERATOR, may
from exchange.errors import DomainError
from exchange.i18n import N_
from schemas.identity import KeyView, MeView, RoleView, WorkplaceView


class LockedOut(DomainError):
    """Too many wrong passwords; `seconds` says how long to wait."""

    status = 429
    code = "locked-out"
    title = "Too many wrong passwords"
    detail = "Too many wrong passwords. Try again in %(seconds)s seconds."


class TooManyKnown(LockedOut):
    """Too many applications with what the exchange knows already; `seconds` says how long to wait."""

    title = N_("Too many applications that are known")
    detail = N_("Too many applications with known details came from your network. Try again in %(seconds)s seconds.")


class WrongCredentials(DomainError):
    """Says nothing about which of the two was wrong, nor whether the person exists."""

    status = 401
    code = "wrong-credentials"
    title = "Not signed in"
    detail = "This e-mail and password do not belong together."


class WrongPassword(DomainError):
    status = 422
    code = "wrong-password"
    title = "Wrong password"
    detail = "This is not your password. Nothing was done."


class CodeNeeded(DomainError):
    """The password alone proves too little of a person with a second factor."""

    status = 422
    code = "code-needed"
    title = "A code is needed"
    detail = "Enter a code of your device, or a recovery code."


class PasswordNeeded(DomainError):
    status = 422
    code = "password-needed"
    title = "Your password is needed"
    detail = "Enter your password."


class SecondFactorRequired(DomainError):
    """The password is right and the person has a second factor; `challenge` goes back with a code within five minutes."""

    status = 401
    code = "second-factor-required"
    title = "A code is needed"
    detail = "The password is right. Send a code of your device, or a recovery code, with this challenge within five minutes."


class ChallengeOver(DomainError):
    status = 401
    code = "challenge-over"
    title = "Enter your password again"
    detail = "This took too long. Sign in with your e-mail and password again."


class WrongCode(DomainError):
    status = 422
    code = "wrong-code"
    title = "Wrong code"
    detail = "This code is wrong, too old, or was used already. Wait for the next one. Nothing was done."


class FactorUnreadable(DomainError):
    """The process's secret was changed, so keys of devices that it sealed open no more. Recovery codes do not depend on it."""

    status = 409
    code = "second-factor-unreadable"
    title = "The exchange can no longer check codes of your device"
    detail = (
        "Its secret was changed. Enter one of your recovery codes instead, then switch the second step off and on again. "
        "Without a recovery code, ask an operator of the exchange."
    )


class TooManyCodes(LockedOut):
    """`seconds` says how long to wait."""

    title = N_("Too many wrong codes")
    detail = N_("Too many wrong codes. Try again in %(seconds)s seconds.")


class LinkOver(DomainError):
    """A link of an e-mail that was opened before, is too old, or was never sent."""

    status = 422
    code = "link-over"
    title = "This link counts no more"
    detail = "This link was used already, or is too old. Ask for a new one."


class PasskeyOver(DomainError):
    status = 422
    code = "passkey-over"
    title = "This took too long"
    detail = "This question was answered already, or took longer than five minutes. Try again."


class PasskeyRefused(DomainError):
    """Does not say whether the passkey is unknown or its answer wrong."""

    status = 422
    code = "passkey-refused"
    title = "The passkey was not accepted"
    detail = "This passkey was not accepted. Try another one, or use your password."


class ProviderOver(DomainError):
    status = 422
    code = "provider-over"
    title = "This took too long"
    detail = "Signing in through your company was begun in another browser, took too long, or is done already. Begin again."


class ProviderRefused(DomainError):
    """`what` says what was wrong, with nothing of what the provider said."""

    status = 422
    code = "provider-refused"
    title = "Signing in through your company did not work"
    detail = "Your company's sign-in was not accepted: %(what)s. Use your password, or tell an administrator of your company."


class SecondFactorIsOn(DomainError):
    status = 409
    code = "second-factor-on"
    title = "The second step is on already"
    detail = "Switch it off first to use another device."


class SecondFactorNotOn(DomainError):
    status = 409
    code = "second-factor-off"
    title = "The second step is not on"
    detail = "There is nothing to switch off."


class FactorState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether signing in asks for a code, and how many recovery codes have not been used."""

    on: bool
    version: int
    recovery_codes_left: int


class FactorSecret(msgspec.Struct, frozen=True):
    """The sealed secret of a device."""

    sealed_secret: bytes
    confirmed: bool


class MistypedKey(DomainError):
    """Found by the key's own checksum: nothing was looked up."""

    status = 401
    code = "key-mistyped"
    title = "This is no API key"
    detail = "A key of the exchange is ex_live_ or ex_test_, 32 characters and 6 of checksum: here one is wrong or missing."


class OtherEnvironment(DomainError):
    status = 401
    code = "key-environment"
    title = "A key of the other environment"
    detail = "Keys of the sandbox (ex_test_) and real keys (ex_live_) open nothing of each other."


class OtherNetwork(DomainError):
    """The key is valid, and the request comes from where it may not come from."""

    status = 403
    code = "key-network"
    title = "Not from this address"
    detail = "This key may not be used from the address that the request comes from. Its list stands on the page API keys."


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey of the acting person, without its key."""

    id: UUID
    version: int
    name: str
    created_at: datetime
    last_used_at: datetime | None
    credential_id: bytes


class PasskeyKey(msgspec.Struct, frozen=True):
    """What checks an answer."""

    id: UUID
    public_key: bytes
    sign_count: int


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """How a company's people sign in at its own provider."""

    issuer: str
    client_id: str
    domains: tuple[str, ...]
    version: int


class ProviderSecret(msgspec.Struct, frozen=True, kw_only=True):
    """The same with the sealed secret."""

    company_id: UUID
    issuer: str
    client_id: str
    sealed_secret: bytes
    domains: tuple[str, ...]


class SignInRow(msgspec.Struct, frozen=True):
    """What sign-in reads of a person."""

    person_id: UUID
    password_hash: str
    operator_roles: tuple[str, ...]
    company_ids: tuple[UUID, ...]


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A live session with its person and the company it acts for."""

    person_id: UUID
    name: str
    locale: str
    operator_roles: tuple[str, ...]
    company_id: UUID | None
    company_name: str | None
    company_status: str | None
    roles: tuple[str, ...]
    operator: bool
    stepped_up: bool
    verified: bool
    extra: tuple[str, ...]

    def ctx(self) -> Ctx:
        """An operator acts for the exchange and never for a company; everybody else never as an operator."""
        if self.operator:
            return Ctx(
                person_id=self.person_id,
                person_name=self.name,
                operator=True,
                operator_roles=frozenset(self.operator_roles),
                locale=self.locale,
                stepped_up=self.stepped_up,
                verified=self.verified,
            )
        return Ctx(
            person_id=self.person_id,
            person_name=self.name,
            company_id=self.company_id,
            company_name=self.company_name or "",
            company_status=self.company_status or "",
            roles=frozenset(self.roles),
            extra=frozenset(self.extra),
            locale=self.locale,
            stepped_up=self.stepped_up,
            verified=self.verified,
        )


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A valid API key with the person who made it and their company."""

    key_id: UUID
    person_id: UUID
    name: str
    locale: str
    company_id: UUID
    company_name: str
    company_status: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    extra: tuple[str, ...]

    def ctx(self) -> Ctx:
        """The rights of its maker, limited to its scopes."""
        return Ctx(
            person_id=self.person_id,
            person_name=self.name,
            company_id=self.company_id,
            company_name=self.company_name,
            company_status=self.company_status,
            roles=frozenset(self.roles),
            extra=frozenset(self.extra),
            scopes=frozenset(self.scopes),
            key_id=self.key_id,
            networks=tuple(ip_network(network) for network in self.networks),
            locale=self.locale,
        )


class Place(msgspec.Struct, frozen=True):
    """Where somebody signs in from: the address, and what the browser calls itself."""

    address: str
    agent: str


class SignedIn(msgspec.Struct, frozen=True):
    """A new session. `token` goes into the cookie and nowhere else."""

    token: str
    lifetime_s: int
    person_id: UUID
    company_id: UUID | None
    operator: bool


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """The acting person."""

    id: UUID
    name: str
    email: str
    locale: str


class Workplace(msgspec.Struct, frozen=True, kw_only=True):
    """A company for which the acting person may act."""

    company_id: UUID
    name: str
    status: str
    roles: tuple[str, ...]


class Me(msgspec.Struct, frozen=True):
    person: Person
    workplaces: tuple[Workplace, ...]


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `api_key` without its secret."""

    id: UUID
    version: int
    company_id: UUID
    person_id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    rotated_at: datetime | None
    # The secret before: its beginning, and until when it is still accepted.
    old_prefix: str | None
    old_until: datetime | None


class OwnRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role that a company has defined, and how many of its people have it."""

    id: UUID
    company_id: UUID
    name: str
    version: int
    created_at: datetime
    permissions: tuple[str, ...]
    holders: int


class RoleInUse(DomainError):
    status = 409
    code = "role-in-use"
    title = "Somebody has this role"
    detail = "Take the role from everybody who has it first: %(holders)s people."


class CreatedKey(msgspec.Struct, frozen=True):
    """A key and, this once, its secret; None when the same request is answered again."""

    key: ApiKey
    secret: str | None

    @property
    def id(self) -> UUID:
        return self.key.id

    @property
    def version(self) -> int:
        return self.key.version


def permissions(ctx: Ctx) -> tuple[str, ...]:
    """Everything that the context may do."""
    return tuple(sorted(name for name in (*MEMBER, *OPERATOR) if may(ctx, name)))


def me_view(ctx: Ctx, me: Me) -> MeView:
    return MeView(
        person_id=me.person.id,
        name=me.person.name,
        email=me.person.email,
        locale=me.person.locale,
        company_id=ctx.company_id,
        company_name=ctx.company_name,
        company_status=ctx.company_status,
        roles=tuple(sorted(ctx.roles)),
        operator=ctx.operator,
        operator_roles=tuple(sorted(ctx.operator_roles)),
        permissions=permissions(ctx),
        companies=tuple(
            WorkplaceView(company_id=item.company_id, name=item.name, status=item.status, roles=item.roles)
            for item in me.workplaces
        ),
    )


def role_view(role: OwnRole) -> RoleView:
    return RoleView(id=role.id, version=role.version, name=role.name, permissions=role.permissions, holders=role.holders)


def key_view(key: ApiKey) -> KeyView:
    return KeyView(
        id=key.id,
        version=key.version,
        name=key.name,
        prefix=key.prefix,
        scopes=key.scopes,
        person_id=key.person_id,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        networks=key.networks,
        last_used_at=key.last_used_at,
        rotated_at=key.rotated_at,
        old_prefix=key.old_prefix,
        old_until=key.old_until,
    )
