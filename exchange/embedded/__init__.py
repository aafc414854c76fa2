"""PostgreSQL 18 and Valkey 9 out of Python wheels: the servers of `exchange up`, of the demo and of the tests.

They listen on loopback only, keep everything in one directory and die with the process that started them.
"""

from exchange.embedded.databases import create_database, creation, drop_database, ensure_roles, removal
from exchange.embedded.local import DataDirectoryInUse, ServerFailed
from exchange.embedded.postgres import OWNER, ROLES, RUNTIME_ROLES, Postgres
from exchange.embedded.scratch import scratch
from exchange.embedded.valkey import Valkey

__all__ = [
    "OWNER",
    "ROLES",
    "RUNTIME_ROLES",
    "DataDirectoryInUse",
    "Postgres",
    "ServerFailed",
    "Valkey",
    "create_database",
    "creation",
    "drop_database",
    "ensure_roles",
    "removal",
    "scratch",
]
