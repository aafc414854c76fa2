"""Every SQL statement of the product fits the schema and the row type that receives it."""

import asyncpg
import msgspec

from tests.conftest import TestDatabase
from tests.rules.product import row_types, statements

# Not prepared: commands that only run as plain SQL.
PLAIN = ("CREATE", "DECLARE")


# Which role runs the statements of a module; one of several is enough. The first prefix that fits counts.
API, WORKER, MATCHER = "exchange_api", "exchange_worker", "exchange_matcher"
ROLES: dict[str, tuple[str, ...]] = {
    "exchange.jobs.": (WORKER,),
    "matching.": (MATCHER,),
    "exchange.api.": (API,),
    "exchange.portal.": (API,),
    "exchange.console.": (API,),
    "exchange.notify.": (API, WORKER),
    "exchange.domain.": (API, WORKER),
    "exchange.": (API, WORKER),
}
# What only the owner runs, from the command line: migrations, categories by file, the first operators, measurements.
OWNERS = (
    "exchange.bench.",
    "exchange.migrate.",
    "exchange.domain.category.store.HOLD_TREE",
    "exchange.domain.category.store.RENEW",
    "exchange.domain.category.store.UPSERT_",
    "exchange.domain.identity.bootstrap.ADD_OPERATOR",
    "exchange.domain.identity.grantable.",
)


async def test_every_statement_is_granted_to_its_role(db: TestDatabase) -> None:
    """A missing GRANT is found here: planning a statement as its role checks every table, column and function that it uses."""
    refused: dict[str, str] = {}
    connections = {role: await asyncpg.connect(db.url(role)) for role in (API, WORKER, MATCHER)}
    try:
        for name, sql in statements().items():
            if name.startswith(OWNERS) or sql.lstrip().startswith(PLAIN):
                continue
            roles = next(roles for prefix, roles in ROLES.items() if name.startswith(prefix))
            whys = [await _refusal(connections[role], sql) for role in roles]
            if all(whys):
                refused[name] = whys[0]
    finally:
        for connection in connections.values():
            await connection.close()
    assert refused == {}


async def test_a_statement_without_its_grant_is_noticed(db: TestDatabase) -> None:
    """The control: the matcher may not read sealed prices, and may compute."""
    connection = await asyncpg.connect(db.url(MATCHER))
    try:
        assert "quote_body" in await _refusal(connection, "SELECT b.body FROM quote_body AS b WHERE b.quote_id = $1")
        assert await _refusal(connection, "SELECT $1::integer + 1") == ""
    finally:
        await connection.close()


async def _refusal(connection: asyncpg.Connection, sql: str) -> str:
    """Why the role may not run it; empty: it may."""
    try:
        await connection.execute(f"EXPLAIN (GENERIC_PLAN) {sql}")
    except asyncpg.InsufficientPrivilegeError as error:
        return str(error)
    return ""


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
