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


Strategy = Literal["file_copy", "wal_log"]


def creation(name: str, *, template: str | None = None, strategy: Strategy = "file_copy") -> tuple[str, ...]:
    """The statements that make a database of the owner that only our roles may connect to; `template` is copied with its data.

    `file_copy` copies files between two checkpoints (fast with fsync off), `wal_log` writes through the log. The superuser
    carries them out, each in a transaction of its own.
    """
    database = _identifier(name)
    return (
        f"CREATE DATABASE {database} OWNER {OWNER} TEMPLATE {_identifier(template or 'template0')} STRATEGY {strategy}",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {', '.join(RUNTIME_ROLES)}",
    )


def removal(name: str) -> str:
    """The statement that drops a database if it exists and ends the sessions in it."""
    return f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)"


def create_database(pg: Postgres, name: str, *, template: str | None = None, strategy: Strategy = "file_copy") -> None:
    """Makes a database, see `creation`."""
    pg.sql(";\n".join(creation(name, template=template, strategy=strategy)) + ";\n")


def drop_database(pg: Postgres, name: str) -> None:
    pg.sql(removal(name) + ";\n")


def _identifier(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of a database: {name!r}")
    return f'"{name}"'
