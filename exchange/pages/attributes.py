"""Attributes of goods and requirements about them in words, and the category tree and units as choices."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Final, cast

from exchange.domain.category.model import AttributeRow, Category, Tree
from exchange.domain.company.model import fold
from exchange.i18n import N_, translator
from exchange.pages import formats
from exchange.pages.choices import HOME_COUNTRY, countries, country_name, provinces
from schemas.offer import AttributeValue
from schemas.rfq import Requirement

Choices = list[tuple[str, str]]
# The units that most lines use, first in every list.
USUAL_UNITS: Final = ("C62", "KGM", "TNE", "LTR", "MTR", "MTK", "MTQ", "HUR", "DAY", "MON", "E51")
YES: Final = N_("yes")
NO: Final = N_("no")
INDENT: Final = "\N{EM SPACE}"


def category_name(category: Category, locale: str) -> str:
    return category.row.name_vi if locale == "vi" else category.row.name_en


def attribute_name(attribute: AttributeRow, locale: str) -> str:
    return attribute.name_vi if locale == "vi" else attribute.name_en


def category_line(tree: Tree, code: str, locale: str) -> str:
    """Food › Salt; a code that is gone stays as it is."""
    return " › ".join(category_name(node, locale) for node in tree.ancestors(code)) if code in tree.nodes else code


def category_choices(tree: Tree, locale: str) -> Choices:
    """The whole tree, each node below its parent and indented by its depth."""
    found: Choices = []

    def add(codes: Sequence[str], depth: int) -> None:
        for code in codes:
            node = tree.nodes[code]
            found.append((code, INDENT * depth + category_name(node, locale)))
            add(node.children, depth + 1)

    add(tree.roots, 0)
    return found


def unit_name(tree: Tree, code: str, locale: str) -> str:
    unit = tree.units.get(code)
    if unit is None:
        return code
    return unit.name_vi if locale == "vi" else unit.name_en


def unit_choices(tree: Tree, locale: str) -> Choices:
    """The usual units first, then the others by name."""
    others = sorted(
        (code for code in tree.units if code not in USUAL_UNITS), key=lambda code: fold(unit_name(tree, code, locale))
    )
    return [(code, unit_name(tree, code, locale)) for code in (*USUAL_UNITS, *others) if code in tree.units]


@cache
def region_choices(locale: str) -> tuple[tuple[str, str], ...]:
    """Where something may be delivered to: the provinces at home, the whole country, then the other countries."""
    whole = translator(locale).gettext("%(country)s, the whole country") % {"country": country_name(HOME_COUNTRY, locale)}
    abroad = tuple(item for item in countries(locale) if item[0] != HOME_COUNTRY)
    return (*provinces(HOME_COUNTRY), (HOME_COUNTRY, whole), *abroad)


# What the choices of our categories say; names and abbreviations read the same in every language.
CHOICE_WORDS: Final = frozenset(
    {
        N_("green bean"),
        N_("roasted bean"),
        N_("ground"),
        N_("instant"),
        N_("leaf"),
        N_("whole"),
        N_("powder"),
        N_("fresh"),
        N_("chilled"),
        N_("frozen"),
        N_("dried"),
        N_("food"),
        N_("industrial"),
        N_("feed"),
        N_("pharmaceutical"),
        N_("hot rolled coil"),
        N_("cold rolled coil"),
        N_("galvanised coil"),
        N_("plate"),
        N_("rebar"),
        N_("wire rod"),
        N_("pipe"),
        N_("section"),
        N_("bleached softwood kraft"),
        N_("bleached hardwood kraft"),
        N_("unbleached softwood kraft"),
        N_("recycled"),
        N_("none"),
        N_("organic"),
        N_("copper"),
        N_("aluminium"),
        N_("air"),
        N_("import"),
        N_("export"),
        N_("on-the-spot"),
    }
)


def choice_text(choice: str, locale: str) -> str:
    """One choice of an attribute as people read it; it is stored as it stands in the category."""
    return translator(locale).gettext(choice) if choice in CHOICE_WORDS else choice


def choice_pairs(choices: Sequence[str], locale: str) -> Choices:
    """The choices of an attribute as a field takes them."""
    return [(choice, choice_text(choice, locale)) for choice in choices]


def value_text(value: object, attribute: AttributeRow | None, locale: str) -> str:
    """A value with the unit of its attribute: 8 GB, yes, stainless steel."""
    _ = translator(locale).gettext
    if value is None:
        return _("not stated")
    if isinstance(value, bool):
        return _(YES if value else NO)
    if isinstance(value, list | tuple):
        return ", ".join(value_text(item, attribute, locale) for item in cast(Sequence[object], value))
    if isinstance(value, int | float):
        text = formats.number(Decimal(str(value)), locale)
        unit = attribute.unit_symbol if attribute is not None else None
        return f"{text}\N{NO-BREAK SPACE}{unit}" if unit else text
    return choice_text(str(value), locale) if attribute is not None and attribute.kind == "choice" else str(value)


def wish_text(op: str | None, value: object, attribute: AttributeRow | None, locale: str) -> str:
    """A requirement's right side: at least 8 GB, between 1 and 2 kg, one of: red, blue."""
    _ = translator(locale).gettext
    if op == "between" and isinstance(value, list | tuple):
        low, high = cast(Sequence[object], value)
        return _("between %(low)s and %(high)s") % {
            "low": value_text(low, None, locale),
            "high": value_text(high, attribute, locale),
        }
    text = value_text(value, attribute, locale)
    match op:
        case ">=":
            return _("at least %(value)s") % {"value": text}
        case "<=":
            return _("at most %(value)s") % {"value": text}
        case "in":
            return _("one of: %(values)s") % {"values": text}
        case _:
            return text


def requirement_words(requirement: Requirement, attributes: Mapping[str, AttributeRow], locale: str) -> str:
    """Memory: at least 8 GB."""
    attribute = attributes.get(requirement.attribute)
    name = requirement.attribute if attribute is None else attribute_name(attribute, locale)
    return f"{name}: {wish_text(requirement.op, requirement.value, attribute, locale)}"


def attribute_facts(tree: Tree, category: str, values: Mapping[str, AttributeValue], locale: str) -> list[tuple[str, str]]:
    """What an offer or a quote says about the attributes of its category, in the order of the category."""
    declared = tree.nodes[category].attributes if category in tree.nodes else {}
    known = [
        (attribute_name(item, locale), value_text(values[key], item, locale)) for key, item in declared.items() if key in values
    ]
    return known + [(key, value_text(value, None, locale)) for key, value in values.items() if key not in declared]
