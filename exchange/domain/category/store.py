"""SQL of the category tree. Reading is for every role; writing is for the owner alone, who imports reference data."""

from typing import Any, Final

import asyncpg

from exchange.db import Tx
from exchange.domain.category.model import AttributeRow, CategoryRow, TreeVersion, UnitRow

VERSION: Final = "SELECT t.version, market_now() AS at FROM category_tree AS t"


async def version(tx: Tx) -> TreeVersion:
    """The tree's version now."""
    return await tx.one(TreeVersion, VERSION)


CATEGORIES: Final = """
SELECT c.code, c.parent_code, c.path, c.name_en, c.name_vi, c.links
FROM category AS c ORDER BY c.position, c.code
"""


async def categories(tx: Tx) -> list[CategoryRow]:
    return await tx.many(CategoryRow, CATEGORIES)


ATTRIBUTES: Final = """
SELECT a.category_code, a.key, a.kind, a.unit, u.symbol AS unit_symbol, a.name_en, a.name_vi, a.required, a.filterable, a.choices
FROM category_attribute AS a LEFT JOIN unit AS u ON u.code = a.unit
ORDER BY a.category_code, a.position, a.key
"""


async def attributes(tx: Tx) -> list[AttributeRow]:
    return await tx.many(AttributeRow, ATTRIBUTES)


UNITS: Final = "SELECT u.code, u.symbol, u.name_en, u.name_vi FROM unit AS u ORDER BY u.code"


async def units(tx: Tx) -> list[UnitRow]:
    return await tx.many(UnitRow, UNITS)


# Imports wait for each other on the one row of the tree.
HOLD_TREE: Final = "SELECT t.version FROM category_tree AS t FOR UPDATE"


async def hold_tree(connection: asyncpg.Connection) -> None:
    await connection.fetchval(HOLD_TREE)


KNOWN: Final = "SELECT c.code, c.parent_code, c.path FROM category AS c"


async def known_categories(connection: asyncpg.Connection) -> dict[str, tuple[str | None, str]]:
    """Parent and path of every category."""
    return {record["code"]: (record["parent_code"], record["path"]) for record in await connection.fetch(KNOWN)}


KNOWN_ATTRIBUTES: Final = "SELECT a.category_code, a.key, a.kind FROM category_attribute AS a"


async def known_attributes(connection: asyncpg.Connection) -> dict[tuple[str, str], str]:
    """The kind of every attribute by category and key."""
    return {(record["category_code"], record["key"]): record["kind"] for record in await connection.fetch(KNOWN_ATTRIBUTES)}


KNOWN_UNITS: Final = "SELECT u.code FROM unit AS u"


async def known_units(connection: asyncpg.Connection) -> set[str]:
    return {record["code"] for record in await connection.fetch(KNOWN_UNITS)}


# Each upsert writes only what differs and returns how many rows it wrote.
UPSERT_UNITS: Final = """
WITH written AS (
    INSERT INTO unit AS u (code, symbol, name_en, name_vi)
    SELECT x.code, x.symbol, x.name_en, x.name_vi
    FROM jsonb_to_recordset($1::text::jsonb) AS x (code text, symbol text, name_en text, name_vi text)
    ON CONFLICT (code) DO UPDATE SET symbol = excluded.symbol, name_en = excluded.name_en, name_vi = excluded.name_vi
    WHERE (u.symbol, u.name_en, u.name_vi) IS DISTINCT FROM (excluded.symbol, excluded.name_en, excluded.name_vi)
    RETURNING 1
)
SELECT count(*) FROM written
"""


async def upsert_units(connection: asyncpg.Connection, rows: str) -> int:
    written: Any = await connection.fetchval(UPSERT_UNITS, rows)
    return int(written)


UPSERT_CATEGORIES: Final = """
WITH written AS (
    INSERT INTO category AS c (code, parent_code, path, position, name_en, name_vi, links)
    SELECT x.code, x.parent_code, x.path, x.position, x.name_en, x.name_vi, x.links
    FROM jsonb_to_recordset($1::text::jsonb) AS x (code text, parent_code text, path text, position integer, name_en text,
        name_vi text, links jsonb)
    ON CONFLICT (code) DO UPDATE SET position = excluded.position, name_en = excluded.name_en, name_vi = excluded.name_vi,
        links = excluded.links
    WHERE (c.position, c.name_en, c.name_vi, c.links)
        IS DISTINCT FROM (excluded.position, excluded.name_en, excluded.name_vi, excluded.links)
    RETURNING 1
)
SELECT count(*) FROM written
"""


async def upsert_categories(connection: asyncpg.Connection, rows: str) -> int:
    written: Any = await connection.fetchval(UPSERT_CATEGORIES, rows)
    return int(written)


UPSERT_ATTRIBUTES: Final = """
WITH written AS (
    INSERT INTO category_attribute AS a (category_code, key, kind, unit, name_en, name_vi, required, filterable, choices,
        position)
    SELECT x.category_code, x.key, x.kind, x.unit, x.name_en, x.name_vi, x.required, x.filterable, x.choices, x.position
    FROM jsonb_to_recordset($1::text::jsonb) AS x (category_code text, key text, kind text, unit text, name_en text,
        name_vi text, required boolean, filterable boolean, choices text[], position integer)
    ON CONFLICT (category_code, key) DO UPDATE SET unit = excluded.unit, name_en = excluded.name_en, name_vi = excluded.name_vi,
        required = excluded.required, filterable = excluded.filterable, choices = excluded.choices, position = excluded.position
    WHERE (a.unit, a.name_en, a.name_vi, a.required, a.filterable, a.choices, a.position) IS DISTINCT FROM (excluded.unit,
        excluded.name_en, excluded.name_vi, excluded.required, excluded.filterable, excluded.choices, excluded.position)
    RETURNING 1
)
SELECT count(*) FROM written
"""


async def upsert_attributes(connection: asyncpg.Connection, rows: str) -> int:
    written: Any = await connection.fetchval(UPSERT_ATTRIBUTES, rows)
    return int(written)


RENEW: Final = "UPDATE category_tree SET version = gen_random_uuid()"


async def renew_version(connection: asyncpg.Connection) -> None:
    """Say to every process that what it has read is old."""
    await connection.execute(RENEW)
