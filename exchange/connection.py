"""How every process connects: a pool of one role's connections, what they plan with and how values come and go."""

from typing import Final

import asyncpg
import asyncpg.pool
import msgspec

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

LOCK_TIMEOUT_MS: Final = 3000
STATEMENT_TIMEOUT_MS: Final = 15000
# How every process has its statements planned. Pages come from memory or flash, and row security makes the planner expect less
# than there is: at the default of 4 it collects and sorts all of a company's rows instead of reading one page in order. A
# statement has one plan, whatever its arguments are, and that one is measured: else a list is planned again at every request,
# which costs several times its reading. The plan must be right for tables of any size, so it reads none whole where an index
# leads to the rows, although that is quicker while the table is small.
PLANNING: Final = {
    "jit": "off",
    "random_page_cost": "1.1",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
}


class _Connection(asyncpg.Connection):
    """Nothing session-level is ever set on a pooled connection, so a release needs no reset query."""

    def get_reset_query(self) -> str:
        return ""


async def pool(url: str, *, size: int, name: str) -> asyncpg.Pool:
    """Connections as the url's role. Refuses a role that owns tables or passes by row security."""
    made = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        max_inactive_connection_lifetime=0,
        statement_cache_size=500,
        connection_class=_Connection,
        init=codecs,
        server_settings={
            "application_name": name,
            "lock_timeout": str(LOCK_TIMEOUT_MS),
            "statement_timeout": str(STATEMENT_TIMEOUT_MS),
            "idle_in_transaction_session_timeout": "60000",
            **PLANNING,
        },
    )
    async with made.acquire() as connection:
        unsafe = await connection.fetchval(UNSAFE_ROLE)
    if unsafe:
        await made.close()
        raise RuntimeError(f"refusing to start: the database role {unsafe} owns tables or bypasses row security")
    return made


# The current role's name when it must not run a process of the exchange, else null.
UNSAFE_ROLE: Final = """
SELECT r.rolname FROM pg_roles AS r
WHERE r.rolname = current_user AND (r.rolsuper OR r.rolbypassrls OR EXISTS (
    SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relowner = r.oid AND n.nspname = 'public' AND c.relkind IN ('r', 'p')))
"""

_encode_json: Final = msgspec.json.Encoder(decimal_format="string").encode
_decode_json: Final = msgspec.json.Decoder().decode


async def codecs(connection: asyncpg.Connection) -> None:
    """jsonb comes and goes as JSON data; decimals as strings."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + _encode_json(value),
        decoder=lambda data: _decode_json(data[1:]),
        format="binary",
    )
