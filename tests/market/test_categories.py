"""The category tree and the units: what an import of them, and every offer, relies on."""

import re

from exchange.market.data import ancestors, categories, declared_attributes, units

UNITS = {unit.code for unit in units()}
DECLARED = [(category.code, attribute) for category in categories() for attribute in category.attributes]
LINK_LENGTHS = {"HS": {2, 4, 6}, "CPV": {8}, "UNSPSC": {8}}


def test_every_category_is_named_once_and_stands_after_its_parent() -> None:
    """An import can go from top to bottom: codes are unique slugs and every parent is known already."""
    seen: set[str] = set()
    for category in categories():
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", category.code)
        assert category.code not in seen
        assert category.parent is None or category.parent in seen
        seen.add(category.code)


def test_the_tree_is_wide_enough_and_not_deep() -> None:
    """About 140 nodes, at most three levels, and one place for what fits nowhere."""
    assert 110 <= len(categories()) <= 150
    assert max(len(ancestors(category.code)) for category in categories()) == 3
    assert ancestors("other") == ("other",)
    assert ancestors("notebooks") == ("it", "computers", "notebooks")


def test_names_are_written_in_both_languages() -> None:
    """A person reads the tree in Vietnamese or English, and links carry codes of the right length."""
    for category in categories():
        assert category.name_en.strip() == category.name_en != "", category.code
        assert category.name_vi.strip() == category.name_vi != "", category.code
        for link in category.links:
            assert link.code.isdigit(), category.code
            assert len(link.code) in LINK_LENGTHS[link.scheme], category.code


def test_an_attribute_is_fully_declared() -> None:
    """A number may have a unit of Rec 20, a choice has choices, nothing else has either."""
    for code, attribute in DECLARED:
        where = f"{code}.{attribute.key}"
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,62}", attribute.key), where
        assert attribute.unit is None or (attribute.kind == "number" and attribute.unit in UNITS), where
        assert (attribute.kind == "choice") == bool(attribute.choices), where
        assert len(set(attribute.choices)) == len(attribute.choices), where
        assert attribute.name_en, where
        assert attribute.name_vi, where


def test_a_category_inherits_what_its_ancestors_declare() -> None:
    """A notebook has the weight of all IT, the memory of computers and a display of its own."""
    declared = declared_attributes("notebooks")
    assert {"weight_kg", "memory_gb", "display_inch"} <= set(declared)
    assert (declared["weight_kg"].unit, declared["memory_gb"].unit, declared["display_inch"].unit) == ("KGM", "E34", "INH")
    assert "memory_gb" not in declared_attributes("it")


def test_an_attribute_keeps_its_kind_and_unit_wherever_it_is_declared() -> None:
    """One key means one thing, so a filter on it can span several categories."""
    kinds: dict[str, set[tuple[str, str | None]]] = {}
    for _, attribute in DECLARED:
        kinds.setdefault(attribute.key, set()).add((attribute.kind, attribute.unit))
    assert {key: found for key, found in kinds.items() if len({kind for kind, _ in found}) > 1} == {}


def test_units_are_named_once_in_both_languages() -> None:
    """Codes of UN/ECE Recommendation 20, each with a symbol and two names."""
    assert len(UNITS) == len(units())
    for unit in units():
        assert re.fullmatch(r"[A-Z0-9]{2,3}", unit.code)
        assert unit.symbol
        assert unit.name_en
        assert unit.name_vi
    assert {"C62", "KGM", "TNE", "LTR", "MTR", "HUR", "DAY", "MON", "E51"} <= UNITS
