"""The roles of the exchange and its databases on a local server; compose.yaml does the same for a real one."""

import re
from typing import Literal

from exchange.embedded.postgres import OWNER, ROLES, RUNTIME_ROLES, Postgres

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


# In psql's own variables: they quote the name and the password.
_ENSURE_ROLE = """
SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \\gexec
ALTER ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'password';
"""


def ensure_roles(pg: Postgres) -> None:
    """Creates the owner and the three runtime roles, or brings existing ones back to what they must be."""
    pg.sql("".join(f"\\set role {role}\n\\set password {pg.password(role)}\n{_ENSURE_ROLE}" for role in ROLES))


def create_database(
    pg: Postgres, name: str, *, template: str | None = None, strategy: Literal["file_copy", "wal_log"] = "file_copy"
) -> None:
    """Creates a database of the owner that only our roles may connect to; `template` is copied with its data.

    `file_copy` copies files between two checkpoints (fast with fsync off), `wal_log` writes through the log.
    """
    database = _identifier(name)
    pg.sql(
        f"CREATE DATABASE {database} OWNER {OWNER} TEMPLATE {_identifier(template or 'template0')}"
        f" STRATEGY {strategy};\n"
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;\n"
        f"GRANT CONNECT ON DATABASE {database} TO {', '.join(RUNTIME_ROLES)};\n"
    )


def drop_database(pg: Postgres, name: str) -> None:
    """Drops a database if it exists and ends the sessions in it."""
    pg.sql(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE);")


def _identifier(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of a database: {name!r}")
    return f'"{name}"'
