"""Who somebody is: rows of sign-in, session, factor and key, and the contexts made of them."""

from datetime import datetime
from ipaddress import ip_network
from uuid import UUID

import msgspec

from exchange.ctx import Ctx


class FactorState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether signing in asks for a code, and how many recovery codes have not been used."""

    on: bool
    version: int
    recovery_codes_left: int


class FactorSecret(msgspec.Struct, frozen=True):
    """The sealed secret of a device."""

    sealed_secret: bytes
    confirmed: bool


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
