"""Addresses of a company besides the one of its register: warehouses with hours, billing, branches."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import END, CountryCode, Line, OptionalLine, RegionCode

AddressKind = Literal["registered", "warehouse", "billing", "branch"]


class AddressAdd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`province` is an ISO 3166-2 code of the country, or the country itself; a warehouse says its hours."""

    kind: AddressKind
    name: Annotated[OptionalLine, Meta(max_length=120)] = ""
    street: Annotated[Line, Meta(min_length=2, max_length=200)]
    # Ward or commune.
    commune: Annotated[OptionalLine, Meta(max_length=120)] = ""
    province: RegionCode
    country: CountryCode = "VN"
    hours: Annotated[OptionalLine, Meta(max_length=300)] = ""
    # A branch in Vietnam has the 13 digits of its own: those of the company and three more.
    branch_tax_id: Annotated[str, Meta(pattern="^[0-9]{10}-?[0-9]{3}" + END, max_length=14)] | None = None


class AddressView(Struct, frozen=True, kw_only=True):
    id: UUID
    kind: AddressKind
    name: str
    street: str
    commune: str
    province: str
    country: str
    hours: str
    branch_tax_id: str | None
    created_at: datetime
