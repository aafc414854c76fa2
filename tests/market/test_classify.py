"""Categories from titles and declared attributes from a supplier's keys, on own strings and on the shared product file."""

import gzip
from collections import Counter
from collections.abc import Callable
from math import log
from pathlib import Path
from statistics import median, median_low
from typing import NamedTuple

import msgspec
import pytest

from exchange.domain.screening.model import Figure, Parameters, Rule, Subject
from exchange.domain.screening.rules import Surroundings, screen
from exchange.market.classify import (
    FALLBACK,
    BadProductLine,
    ProductRow,
    attributes_of,
    category_of,
    read_products,
    title_rules,
)
from exchange.market.data import categories, declared_attributes

PRICES = Rule("price_far", True, Parameters())


def product(title: str, **attributes: float | bool | str) -> ProductRow:
    return ProductRow(id="1", title=title, supplier="Own Brand", price=100, attributes=attributes)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ('Ownbrand Alpha 5 Notebook Grey 35.6 cm (14") 1920 x 1080 pixels 8 GB', "notebooks"),
        ("Ownbrand Alpha 5 Notebook PC", "notebooks"),
        ('Ownbrand notebook case 39.1 cm (15.6") Briefcase Black', "bags-accessories"),
        ('Ownbrand notebook backpack 39.6 cm (15.6") Blue', "bags-accessories"),
        ("Ownbrand notebook memory module 8 GB DDR4 2666 MHz SO-DIMM", "memory"),
        ("Ownbrand AC Adapter 65W for Alpha 5 Notebook", "batteries-chargers"),
        ("Ownbrand Laptop Battery Li-Ion 6 cells", "batteries-chargers"),
        ("Ownbrand notebook dock/port replicator USB-C", "hubs-docks"),
        ("Ownbrand wireless notebook mouse 1600 DPI", "keyboards-mice"),
        ("Ownbrand notebook cooling pad 17 inch", "bags-accessories"),
        ("Ownbrand Notebook A4 squared, wirebound", "writing-filing"),
        ('Ownbrand Duo Hybrid (2-in-1) Black 33.8 cm (13.3") 1920 x 1080 pixels', "hybrid-notebooks"),
        ("3 year next business day onsite Notebook service", "support-plans"),
        ("Ownbrand 77X toner cartridge Original Black 6 pc(s)", "toner"),
        ("Ownbrand waste toner container 30000 pages", "printer-parts"),
        ("Ownbrand solid ink sticks black, 6 pieces", "ink"),
        ("Ownbrand 12 ink cartridge Original Cyan 1 pc(s)", "ink"),
        ("Ownbrand Cat6 UTP patch cable 2 m grey", "network-cables"),
        ("Ownbrand 24-Port Gigabit Switch", "switches"),
        ("Ownbrand 4-Port USB KVM Switch", "kvm-switches"),
        ("Ownbrand uninterruptible power supply (UPS) 1000 VA 600 W", "ups"),
        ("Ownbrand LCD monitor 61 cm (24 inch)", "monitors"),
        ("Ownbrand pebble", FALLBACK),
        ("", FALLBACK),
    ],
)
def test_a_title_gives_its_category(title: str, expected: str) -> None:
    """What goes with a notebook is not a notebook, and what nobody knows is other."""
    assert expected == category_of(title)


def test_every_rule_names_a_category_and_every_source_a_declared_attribute() -> None:
    """The rules cannot point at something that the tree does not have."""
    known = {category.code for category in categories()}
    assert {rule.category for rule in title_rules().rules} <= known
    for code, sources in title_rules().attributes.items():
        assert {source.key for source in sources} <= set(declared_attributes(code))


def test_units_are_converted_and_the_rest_is_kept() -> None:
    """Grams become kilograms, and no attribute of the supplier is lost."""
    row = product(
        'Ownbrand Notebook 35.6 cm (14") 1920 x 1080 pixels', n_weight=1380.0, n_internal_memory=8.0, t_pointing_device="Touchpad"
    )
    declared, extra = attributes_of(row)
    assert declared == {"weight_kg": 1.38, "memory_gb": 8}
    assert extra == {"t_pointing_device": "Touchpad"}


def test_a_source_used_by_no_declared_attribute_of_the_category_stays_extra() -> None:
    """Page yield belongs to toner, not to a cable."""
    declared, extra = attributes_of(product("Ownbrand Cat6 patch cable", n_page_yield=3000.0, n_cable_length=2.0))
    assert declared == {"length_m": 2}
    assert extra == {"n_page_yield": 3000.0}


def test_megabytes_of_memory_become_gigabytes() -> None:
    """A module of 512 is one of megabytes, one of 16 is one of gigabytes."""
    title = "Ownbrand memory module DDR3"
    assert attributes_of(product(title, n_internal_memory=512.0))[0] == {"memory_gb": 0.5}
    assert attributes_of(product(title, n_internal_memory=16.0))[0] == {"memory_gb": 16}


def test_a_value_of_the_wrong_kind_is_kept_as_extra() -> None:
    """A text where the category wants a number is shown, not filtered."""
    declared, extra = attributes_of(product("Ownbrand processor 2 GHz", t_processor_cores="many"))
    assert declared == {}
    assert extra == {"t_processor_cores": "many"}


def test_a_product_file_is_read_line_by_line(tmp_path: Path) -> None:
    """Plain or gzip, empty lines skipped, and the first bad line is named."""
    good = {"id": "7", "title": "Ownbrand mouse", "supplier": "Own Brand", "price": 999, "attributes": {"b_wireless": True}}
    plain = tmp_path / "products.jsonl"
    plain.write_bytes(msgspec.json.encode(good) + b"\n\n" + b'{"id": "8"}\n')
    found = read_products(plain)
    assert next(found).attributes == {"b_wireless": True}
    with pytest.raises(BadProductLine, match="line 3"):
        next(found)
    packed = tmp_path / "products.jsonl.gz"
    packed.write_bytes(gzip.compress(msgspec.json.encode(good)))
    assert [row.id for row in read_products(packed)] == ["7"]


class Real(NamedTuple):
    """A product of the shared file with what became of it."""

    supplier: str
    category: str
    declared: dict[str, object]
    extra: dict[str, object]
    given: int
    price: int


@pytest.fixture(scope="module")
def classified(shared_file: Callable[[str], Path]) -> list[Real]:
    rows: list[Real] = []
    for row in read_products(shared_file("icecat/products.jsonl.gz")):
        category = category_of(row.title)
        declared, extra = attributes_of(row, category)
        rows.append(Real(row.supplier, category, dict(declared), dict(extra), len(row.attributes), row.price))
    return rows


def test_most_real_products_find_a_category(classified: list[Real]) -> None:
    """Of 19,406 products at most 5 % are other."""
    counts = Counter(row.category for row in classified)
    assert len(classified) == 19_406
    assert counts[FALLBACK] < 0.05 * len(classified)
    assert len(counts) > 45


def test_no_attribute_of_a_real_product_is_lost(classified: list[Real]) -> None:
    """Declared and extra together are as many as the supplier gave."""
    assert [row for row in classified if len(row.declared) + len(row.extra) != row.given] == []


def test_real_notebooks_of_8_gb_below_2_5_kg(classified: list[Real]) -> None:
    """127 products of 8 suppliers answer the notebook RFQ."""
    found = [
        row.supplier
        for row in classified
        if row.category == "notebooks" and _above(row.declared, "memory_gb", 8) and _below(row.declared, "weight_kg", 2.5)
    ]
    assert (len(found), len(set(found))) == (127, 8)


def test_real_toner_of_at_least_6_per_pack(classified: list[Real]) -> None:
    """5 products, all of one supplier, answer the toner RFQ; none of them is said to fit another brand."""
    found = [
        (row.supplier, row.declared.get("compatible_brand"))
        for row in classified
        if row.category == "toner" and _above(row.declared, "pack_quantity", 6)
    ]
    assert len(found) == 5
    assert {supplier for supplier, _ in found} == {"Xerox"}
    assert {brand for _, brand in found} == {"Xerox", None}


def test_few_real_prices_are_far_and_most_slips_are(classified: list[Real]) -> None:
    """The rule of prices stops fewer than one real listing in a hundred, and more than nine slips by three zeros in ten."""
    prices: dict[str, list[int]] = {}
    for row in classified:
        prices.setdefault(row.category, []).append(row.price)
    far, slips = 0, 0
    for category, given in prices.items():
        middle = median_low(given)
        spread = median(abs(log(price / middle)) for price in given)
        around = Surroundings(Figure(category, "USD", "C62", len(given), middle * 10_000, spread))
        for price in given:
            subject = Subject(
                n=0, title="", description="", category=category, currency="USD", unit="C62", price_micro=price * 10_000, mpn=None
            )
            far += bool(screen(subject, around, [PRICES]).hits)
            for slip in (price * 1_000, price / 1_000):
                slipped = msgspec.structs.replace(subject, price_micro=round(slip * 10_000))
                slips += bool(screen(slipped, around, [PRICES]).hits)
    assert 0 < far < 0.01 * len(classified)
    assert slips > 0.9 * 2 * len(classified)


def _above(declared: dict[str, object], key: str, limit: float) -> bool:
    value = declared.get(key)
    return isinstance(value, int | float) and value >= limit


def _below(declared: dict[str, object], key: str, limit: float) -> bool:
    value = declared.get(key)
    return isinstance(value, int | float) and value < limit
