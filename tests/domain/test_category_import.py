"""The category tree: imported whole or not at all, read with inherited attributes, renewed after a change."""

import json
from importlib.resources import files
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from exchange.db import Database
from exchange.domain.category.importing import Imported, ImportRefused, import_categories, import_units
from exchange.domain.category.model import Tree
from exchange.domain.category.service import check_attributes, tree, view
from exchange.errors import NotFound
from tests.conftest import TestDatabase, member

UNITS = files("exchange.market").joinpath("units.json").read_bytes()
CATEGORIES = files("exchange.market").joinpath("categories.json").read_bytes()
ANYBODY = member(uuid4())


def node(code: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    return {"code": code, "parent": parent, "name_en": code.title(), "name_vi": code.title(), **more}


def attribute(key: str, kind: str = "number", **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "name_en": key, "name_vi": key, **more}


async def load(db: TestDatabase, categories: bytes, units: bytes = UNITS) -> tuple[Imported, Imported]:
    owner = await db.owner()
    try:
        return await import_units(owner, units), await import_categories(owner, categories)
    finally:
        await owner.close()


async def read(api: Database) -> Tree:
    async with api.tx(ANYBODY, "any") as tx:
        return await tree(tx)


async def test_the_shipped_tree_imports_and_a_second_import_changes_nothing(db: TestDatabase) -> None:
    """The product's own units and categories import without a bad row, and importing twice writes nothing."""
    units, categories = await load(db, CATEGORIES)
    assert (units.written, units.rows) == (units.rows, len(json.loads(UNITS)["units"]))
    assert categories.rows == len(json.loads(CATEGORIES)["categories"])
    api = await db.api()
    before = await read(api)
    again = await load(db, CATEGORIES)
    assert [item.written for item in again] == [0, 0]
    assert (await read(api)).version == before.version


async def test_a_category_inherits_the_attributes_of_its_ancestors_and_may_narrow_them(db: TestDatabase) -> None:
    """A child has its parent's attributes first, then its own; one it declares again is its own."""
    body = {
        "categories": [
            node("food", attributes=[attribute("brand", "text"), attribute("weight", unit="KGM")]),
            node("rice", "food", attributes=[attribute("broken"), attribute("brand", "text", required=True)]),
        ]
    }
    await load(db, json.dumps(body).encode())
    found = await read(await db.api())
    rice = view(found.get("rice"))
    assert [item.key for item in rice.attributes] == ["brand", "weight", "broken"]
    assert [item.category for item in rice.attributes] == ["rice", "food", "rice"]
    assert rice.attributes[0].required
    assert rice.attributes[1].unit_symbol == "kg"
    assert (rice.path, found.roots, found.get("food").children) == ("food/rice", ("food",), ("rice",))
    assert [item.row.code for item in found.ancestors("rice")] == ["food", "rice"]
    assert found.descendants("food") == ("food", "rice")


async def test_every_bad_row_is_named_and_nothing_is_imported(db: TestDatabase) -> None:
    """One import reports each wrong row by its place and leaves the tree as it was."""
    body = {
        "categories": [
            node("good"),
            node("Bad Code"),
            node("orphan", "nowhere"),
            node("good"),
            node("units", attributes=[attribute("weight", unit="ZZZ")]),
            node("kinds", attributes=[attribute("a", "choice")]),
            node("parent", attributes=[attribute("size")]),
            node("child", "parent", attributes=[attribute("size", "text")]),
            {"code": "extra", "parent": None, "name_en": "x", "name_vi": "x", "surprise": 1},
        ]
    }
    with pytest.raises(ImportRefused) as refused:
        await load(db, json.dumps(body).encode())
    assert [error.pointer for error in refused.value.errors] == [f"/categories/{row}" for row in (1, 2, 3, 4, 5, 7, 8)]
    assert refused.value.data["bad"] == 7
    assert (await read(await db.api())).nodes == {}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"categories": 1}', b"\xff", b'{"units": []}', b"[" * 5000])
async def test_a_file_of_another_form_is_refused_with_what_is_expected(db: TestDatabase, body: bytes) -> None:
    """Bytes that are no such file are refused by saying which form they should have."""
    owner = await db.owner()
    try:
        with pytest.raises(ImportRefused) as refused:
            await import_categories(owner, body)
    finally:
        await owner.close()
    assert "one list named categories" in refused.value.errors[0].text()


async def test_a_known_category_keeps_its_parent_and_an_attribute_its_kind(db: TestDatabase) -> None:
    """A later file can rename, but neither move a category nor change what kind of value an attribute holds."""
    first = {"categories": [node("a"), node("b", attributes=[attribute("size")])]}
    await load(db, json.dumps(first).encode())
    with pytest.raises(ImportRefused) as moved:
        await load(db, json.dumps({"categories": [node("b", "a")]}).encode())
    assert [error.code for error in moved.value.errors] == ["moved"]
    with pytest.raises(ImportRefused) as changed:
        await load(db, json.dumps({"categories": [node("b", attributes=[attribute("size", "text")])]}).encode())
    assert [error.code for error in changed.value.errors] == ["other-kind"]


async def test_a_process_sees_an_import_at_its_next_read(db: TestDatabase) -> None:
    """The tree kept in the process is replaced as soon as an import changed it, and is the same object until then."""
    await load(db, json.dumps({"categories": [node("a")]}).encode())
    api = await db.api()
    before = await read(api)
    assert await read(api) is before
    await load(db, json.dumps({"categories": [node("a"), node("b", "a")]}).encode())
    assert (await read(api)).get("a").children == ("b",)
    with pytest.raises(NotFound):
        before.get("b")


async def test_attributes_are_sorted_into_declared_and_extra_and_every_error_is_found(db: TestDatabase) -> None:
    """What the category declares is checked by kind; what it does not is kept apart; each wrong one has its place."""
    declared = [
        attribute("memory_gb"),
        attribute("touch", "boolean"),
        attribute("state", "choice", choices=["new", "used"]),
        attribute("brand", "text", required=True),
    ]
    await load(db, json.dumps({"categories": [node("it"), node("notebook", "it", attributes=declared)]}).encode())
    api = await db.api()
    async with api.tx(ANYBODY, "any") as tx:
        good = await check_attributes(tx, "notebook", {"memory_gb": 8, "touch": True, "state": "new", "brand": "X", "t_a/b": "?"})
        bad = await check_attributes(
            tx, "notebook", {"memory_gb": True, "touch": 1, "state": "broken", "t_a/b": ["x"], "n_big": 1e300, "t_nul": "a\x00"}
        )
        nowhere = await check_attributes(tx, "nothing", {"a": 1})
    assert good == ({"memory_gb": 8, "touch": True, "state": "new", "brand": "X"}, {"t_a/b": "?"}, ())
    assert {(error.pointer, error.code) for error in bad[2]} == {
        ("/attributes/memory_gb", "not-a-number"),
        ("/attributes/touch", "not-a-boolean"),
        ("/attributes/state", "not-a-choice"),
        ("/attributes/t_a~1b", "not-plain"),
        ("/attributes/n_big", "out-of-range"),
        ("/attributes/t_nul", "bad-character"),
        ("/attributes/brand", "required"),
    }
    assert [error.pointer for error in nowhere[2]] == ["/category"]


async def test_no_runtime_role_can_change_the_tree(db: TestDatabase) -> None:
    """Reference data is the owner's: the api and the worker may read it only."""
    for database in (await db.api(), await db.worker()):
        async with database.pool.acquire() as connection:
            for statement in ("DELETE FROM category", "UPDATE category_tree SET version = gen_random_uuid()", "DELETE FROM unit"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)
