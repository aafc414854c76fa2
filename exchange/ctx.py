"""Who acts: the context that every transaction carries."""

from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Final
from uuid import UUID

import msgspec

from exchange.errors import Forbidden

Network = IPv4Network | IPv6Network


class Ctx(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts in this request or job, and with which rights. Built by sign-in or key lookup, never from input."""

    person_id: UUID | None = None
    person_name: str = ""
    company_id: UUID | None = None
    company_name: str = ""
    company_status: str = ""
    roles: frozenset[str] = frozenset()
    operator: bool = False
    operator_roles: frozenset[str] = frozenset()
    # Permissions of the company's own roles, besides those of the table.
    extra: frozenset[str] = frozenset()
    # None: a person's session, which may do all its roles allow. Else an API key, limited to these.
    scopes: frozenset[str] | None = None
    # The key, and the networks that it may come from; none: from anywhere.
    key_id: UUID | None = None
    networks: tuple[Network, ...] = ()
    request_id: str = ""
    locale: str = "en"
    stepped_up: bool = False
    # An operator who looks with the eyes of a member of `company_id`: the view, and its end in real time.
    viewing: UUID | None = None
    viewing_until: datetime | None = None
    # Whether the person has proved that their e-mail address is their own; who has not, binds nobody and moves nothing.
    verified: bool = True

    @property
    def company(self) -> UUID:
        """The acting company; refuses a context without one."""
        if self.company_id is None:
            raise Forbidden(needed="a company")
        return self.company_id

    @property
    def person(self) -> UUID:
        if self.person_id is None:
            raise Forbidden(needed="a signed-in person")
        return self.person_id


SYSTEM: Final = Ctx(request_id="system")
