"""The database holds the architecture: classes, policies, owners, states."""

import re
import tomllib
from pathlib import Path

import asyncpg
import pytest

from exchange.domain.transition import Lifecycle
from tests.conftest import TestDatabase
from tests.rules.product import lifecycles

ROOT = Path(__file__).resolve().parents[2]
TABLES = tomllib.loads((ROOT / "migrations" / "tables.toml").read_text(encoding="utf-8"))
CLASS_OF = {table: name for name, tables in TABLES["classes"].items() for table in tables}
OPEN = set(TABLES["open"]["tables"])

ALL_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname"

SAYS_MARKET = """
SELECT a.attrelid::regclass::text AS t FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
WHERE a.attname = 'market_id' AND a.attnotnull AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
"""
# Foreign keys whose columns are never NULL.
HANGS_ON = """
SELECT k.conrelid::regclass::text AS t, k.confrelid::regclass::text AS r FROM pg_constraint AS k
WHERE k.contype = 'f' AND NOT EXISTS (
    SELECT FROM pg_attribute AS a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) AND NOT a.attnotnull
)
"""
MARKET_FIXED = """
SELECT t.tgrelid::regclass::text AS t FROM pg_trigger AS t JOIN pg_attribute AS a ON a.attrelid = t.tgrelid
WHERE t.tgfoid = 'refuse_another_market'::regproc AND t.tgenabled <> 'D' AND a.attname = 'market_id' AND a.attnum = ANY (t.tgattr)
"""


async def test_every_table_declares_its_class(db: TestDatabase) -> None:
    """A new table without a class fails here, and so does a class of no table."""
    owner = await db.owner()
    try:
        found = {record["relname"] for record in await owner.fetch(ALL_TABLES)}
    finally:
        await owner.close()
    assert found == set(CLASS_OF)


async def test_foreign_keys_stay_inside_a_class_or_point_to_reference(db: TestDatabase) -> None:
    """A market's tables can move to a database of their own."""
    owner = await db.owner()
    try:
        keys = await owner.fetch(
            "SELECT conrelid::regclass::text AS t, confrelid::regclass::text AS r FROM pg_constraint WHERE contype = 'f'"
        )
    finally:
        await owner.close()
    allowed = {("notification", "event"), ("webhook_delivery", "webhook_endpoint")}
    crossing = {
        (key["t"], key["r"])
        for key in keys
        if CLASS_OF[key["r"]] not in ("reference", CLASS_OF[key["t"]]) and (key["t"], key["r"]) not in allowed
    }
    assert crossing == set()
    assert len(keys) > 20


async def test_every_row_of_a_market_leads_to_its_market(db: TestDatabase) -> None:
    """A table of the class `market` says its market, or cannot be without a row that does; and no row changes markets."""
    owner = await db.owner()
    try:
        says = {record["t"] for record in await owner.fetch(SAYS_MARKET)}
        hangs = await owner.fetch(HANGS_ON)
        fixed = {record["t"] for record in await owner.fetch(MARKET_FIXED)}
    finally:
        await owner.close()
    leads = set(says)
    while more := {row["t"] for row in hangs if row["r"] in leads} - leads:
        leads |= more
    assert {table for table, name in CLASS_OF.items() if name == "market"} - leads == set()
    assert says - fixed == set()


async def test_a_row_stays_on_its_market(db: TestDatabase) -> None:
    """Not even the owner moves one row by itself."""
    owner = await db.owner()
    try:
        await owner.execute("INSERT INTO job (id, kind, dedupe_key, payload) VALUES (gen_random_uuid(), 'none', 'none', '{}')")
        with pytest.raises(asyncpg.RestrictViolationError):
            await owner.execute("UPDATE job SET market_id = gen_random_uuid()")
    finally:
        await owner.close()


async def test_every_tenant_table_has_row_security_and_a_policy(db: TestDatabase) -> None:
    """Only tables that are the same for everybody go without."""
    owner = await db.owner()
    try:
        bare = await owner.fetch(
            """SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND (NOT c.relrowsecurity OR NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid))"""
        )
    finally:
        await owner.close()
    assert {record["relname"] for record in bare} <= OPEN


async def test_open_tables_are_not_writable_by_the_api(db: TestDatabase) -> None:
    """What has no row policy is read-only for the role that serves requests."""
    owner = await db.owner()
    try:
        writable = await owner.fetch(
            """SELECT table_name, privilege_type FROM information_schema.role_table_grants
            WHERE grantee = 'exchange_api' AND privilege_type <> 'SELECT' AND table_name = ANY ($1)""",
            sorted(OPEN),
        )
    finally:
        await owner.close()
    assert writable == []


async def test_runtime_roles_own_nothing_and_cannot_pass_row_security(db: TestDatabase) -> None:
    """The second wall stands only for roles that are bound by it."""
    owner = await db.owner()
    try:
        owned = await owner.fetchval(
            """SELECT count(*) FROM pg_class
            WHERE relowner::regrole::text IN ('exchange_api', 'exchange_worker', 'exchange_matcher')"""
        )
        loose = await owner.fetchval(
            "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'exchange_%' AND (rolsuper OR rolbypassrls)"
        )
    finally:
        await owner.close()
    assert (owned, loose) == (0, 0)


async def test_without_context_a_runtime_role_sees_nothing_of_a_company(db: TestDatabase) -> None:
    """No context, no rows: also for a connection that forgot it."""
    connection = await asyncpg.connect(db.url("exchange_api"))
    try:
        assert await connection.fetchval("SELECT app_company()") is None
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT audience FROM rfq")
    finally:
        await connection.close()


async def test_a_backfill_by_the_owner_changes_rows(db: TestDatabase) -> None:
    """Row security that is forced on the owner would make migrations silently change nothing."""
    owner = await db.owner()
    try:
        await owner.execute(
            """INSERT INTO company (id, status, legal_name, display_name, sort_key, country, profile, region, registration_id,
            tax_id, base_currency, applied_at)
            SELECT gen_random_uuid(), 'active', 'Company ' || n, 'Company ' || n, n::text, 'VN', 'vn', 'VN-SG', n::text, n::text,
            'VND', now() FROM generate_series(1, 3) AS n"""
        )
        assert await owner.execute("UPDATE company SET about = 'filled'") == "UPDATE 3"
        assert await owner.fetchval("SELECT count(*) FROM pg_class WHERE relforcerowsecurity") == 0
    finally:
        await owner.close()


async def test_security_definer_functions_fix_their_search_path(db: TestDatabase) -> None:
    """A function with the owner's rights must not find a table of somebody else's making."""
    owner = await db.owner()
    try:
        loose = await owner.fetch(
            """SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
            AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS c WHERE c LIKE 'search_path=%')"""
        )
        public = await owner.fetch(
            """SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
            AND has_function_privilege('public', p.oid, 'EXECUTE') AND p.prorettype <> 'trigger'::regtype"""
        )
    finally:
        await owner.close()
    assert (loose, public) == ([], [])


STATES = re.compile(r"'([a-z_]+)'::text")


@pytest.mark.parametrize("life", lifecycles(), ids=lambda life: life.noun)
async def test_states_of_a_lifecycle_equal_its_check(db: TestDatabase, life: Lifecycle) -> None:
    """What Python may write is what the database allows, no more and no less."""
    owner = await db.owner()
    try:
        checks = await owner.fetch(
            """SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint
            WHERE contype = 'c' AND conrelid = $1::regclass AND conname = $1 || '_status_check'""",
            life.table,
        )
    finally:
        await owner.close()
    assert [set(STATES.findall(check["text"])) for check in checks] == [set(life.states)]
