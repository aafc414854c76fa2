"""The tree of goods and services with its attributes, and the files it is imported from."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.common import Line

AttributeKind = Literal["number", "text", "boolean", "choice"]
CategoryCode = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$(?!\n)")]
AttributeKey = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$(?!\n)")]
UnitCode = Annotated[str, Meta(pattern=r"^[A-Z0-9]{2,3}$(?!\n)")]
Name = Annotated[Line, Meta(max_length=120)]


class UnitIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit of measure of UN/ECE Recommendation 20."""

    code: UnitCode
    symbol: Annotated[Line, Meta(max_length=20)]
    name_en: Name
    name_vi: Name


class Link(Struct, frozen=True, forbid_unknown_fields=True):
    """The same kind of thing in another classification: HS, CPV, UNSPSC, …"""

    scheme: Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9@-]{1,15}$(?!\n)")]
    code: Annotated[str, Meta(pattern=r"^[0-9A-Za-z.-]{1,20}$(?!\n)")]


class AttributeIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A typed attribute; every category below inherits it."""

    key: AttributeKey
    kind: AttributeKind
    name_en: Name
    name_vi: Name
    unit: UnitCode | None = None
    required: bool = False
    filterable: bool = True
    choices: Annotated[tuple[Annotated[Line, Meta(max_length=80)], ...], Meta(max_length=100)] = ()

    def __post_init__(self) -> None:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("choices belong to an attribute of kind choice, which needs at least one")
        if len(set(self.choices)) != len(self.choices):
            raise ValueError("a choice is named twice")
        if self.unit is not None and self.kind != "number":
            raise ValueError("only a number has a unit")


class CategoryIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node; its parent stands before it in the file, or is known already."""

    code: CategoryCode
    parent: CategoryCode | None
    name_en: Name
    name_vi: Name
    links: Annotated[tuple[Link, ...], Meta(max_length=20)] = ()
    attributes: Annotated[tuple[AttributeIn, ...], Meta(max_length=60)] = ()


class AttributeView(Struct, frozen=True, kw_only=True):
    """An attribute as it applies to a category; `category` is the one that declares it."""

    key: str
    kind: AttributeKind
    unit: str | None
    unit_symbol: str | None
    name_en: str
    name_vi: str
    required: bool
    filterable: bool
    choices: tuple[str, ...]
    category: str


class CategoryView(Struct, frozen=True, kw_only=True):
    code: str
    parent: str | None
    path: str
    name_en: str
    name_vi: str
    links: tuple[Link, ...]
    children: tuple[str, ...]
    attributes: tuple[AttributeView, ...]
