"""Every SQL statement of the product fits the schema and the row type that receives it."""

import asyncpg
import msgspec

from tests.conftest import TestDatabase
from tests.rules.product import row_types, statements

# Not prepared: commands that only run as plain SQL.
PLAIN = ("CREATE", "DECLARE")


async def test_every_statement_prepares(db: TestDatabase) -> None:
    """A misspelt column or a missing parameter type is found here, not by a member."""
    owner = await db.owner()
    failed: dict[str, str] = {}
    try:
        for name, sql in statements().items():
            if sql.lstrip().startswith(PLAIN):
                continue
            try:
                await owner.prepare(sql)
            except asyncpg.PostgresError as error:
                failed[name] = str(error)
    finally:
        await owner.close()
    assert failed == {}
    assert len(statements()) > 20


async def test_columns_equal_the_fields_of_their_row_type(db: TestDatabase) -> None:
    """A statement gives exactly what its Struct holds: nothing missing, nothing read for nobody."""
    owner = await db.owner()
    known = statements()
    different: dict[str, object] = {}
    pairs = {(name, kind) for name, kind in row_types() if name in known}
    try:
        for name, kind in pairs:
            prepared = await owner.prepare(known[name])
            columns = {attribute.name for attribute in prepared.get_attributes()}
            fields = {field.encode_name for field in msgspec.structs.fields(kind)}
            required = {field.encode_name for field in msgspec.structs.fields(kind) if field.required}
            if not required <= columns <= fields:
                different[name] = {"missing": sorted(required - columns), "unread": sorted(columns - fields)}
    finally:
        await owner.close()
    assert different == {}
    assert len(pairs) > 10
