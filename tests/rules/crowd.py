"""Fills a database with the crowded market of crowd.sql, fast: no log, no foreign keys, indexes made at the end."""

from pathlib import Path

import asyncpg

from exchange import embedded
from exchange.embedded.postgres import Postgres
from exchange.migrate import migrate
from tests.rules.plans import BASE

SQL = Path(__file__).with_name("crowd.sql")
NAME = "crowd"

# Nothing runs beside the filling, and no checkpoint in the middle of it.
_SETTINGS = ("autovacuum = off", "max_wal_size = '10GB'", "checkpoint_timeout = '1h'")
_TABLES = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
# Not kept while rows come, made at once at the end: REINDEX makes an index that is not ready whole again.
_UNREADY = """
UPDATE pg_index SET indisready = false, indisvalid = false
WHERE indrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)
"""
_UNREADY_LEFT = "SELECT count(*) FROM pg_index WHERE NOT (indisready AND indisvalid)"


async def fill(server: Postgres) -> None:
    """Makes the migrated database ``crowd`` on `server` and fills it."""
    embedded.ensure_roles(server)
    embedded.create_database(server, NAME)
    await migrate(server.url("exchange_owner", NAME), sandbox=True)
    connection = await asyncpg.connect(server.superuser_url(NAME))
    try:
        for setting in _SETTINGS:
            await connection.execute(f"ALTER SYSTEM SET {setting}")
        await connection.execute("SELECT pg_reload_conf()")
        await _without_log(connection)
        await connection.execute(_UNREADY)
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET maintenance_work_mem = '256MB'")
        await connection.execute("SET default_statistics_target = 40")
        await connection.execute(SQL.read_text(encoding="utf-8").replace("{base}", BASE.isoformat()))
        await connection.execute("REINDEX SCHEMA public")
        assert await connection.fetchval(_UNREADY_LEFT) == 0
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def _without_log(connection: asyncpg.Connection) -> None:
    """All tables unlogged; a table only after those that refer to it."""
    waiting = [record[0] for record in await connection.fetch(_TABLES)]
    while waiting:
        refused: list[str] = []
        for table in waiting:
            try:
                await connection.execute(f"ALTER TABLE {table} SET UNLOGGED")
            except asyncpg.InvalidTableDefinitionError:
                refused.append(table)
        assert len(refused) < len(waiting), refused
        waiting = refused
