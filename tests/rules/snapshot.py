"""The schema as one file: what all migrations together make, dumped by pg_dump and cleaned of everything that varies.

``python -m tests.rules.snapshot --write`` renews migrations/schema.sql; without ``--write`` it says whether it is current.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from exchange import embedded
from exchange.embedded.postgres import SUPERUSER, Postgres, postgres_bin
from exchange.migrate import migrate

SNAPSHOT = Path(__file__).resolve().parents[2] / "migrations" / "schema.sql"
HEAD = """\
-- The schema that the migrations make together: generated, read it, do not edit it.
-- Renewed by `python -m tests.rules.snapshot --write`; the reasons stand in the migrations themselves.

"""
# The dump's own words: comments, session settings, and the key that changes with each dump.
_NOISE = re.compile(r"^(--.*|SET .*;|SELECT pg_catalog\.set_config.*;|\\(un)?restrict .*)\n", re.MULTILINE)


def dump(server: Postgres, database: str) -> str:
    """The schema of a migrated database, the same text on every machine."""
    answer = subprocess.run(
        [str(postgres_bin() / "pg_dump"), "--schema-only", "--no-owner", database],
        check=True,
        capture_output=True,
        text=True,
        env={
            "PATH": os.defpath,
            "PGHOST": server.host,
            "PGPORT": str(server.port),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": server.password(SUPERUSER),
            "PGCLIENTENCODING": "UTF8",
        },
    )
    return HEAD + re.sub(r"\n{3,}", "\n\n", _NOISE.sub("", answer.stdout)).strip() + "\n"


def current() -> str:
    """The snapshot as the migrations of this checkout make it, on a server of its own."""
    with tempfile.TemporaryDirectory(prefix="exchange-schema-") as folder:
        Path(folder).chmod(0o755)
        server = Postgres.start(Path(folder) / "pg", durable=False)
        try:
            embedded.ensure_roles(server)
            embedded.create_database(server, "snapshot")
            asyncio.run(migrate(server.url("exchange_owner", "snapshot")))
            return dump(server, "snapshot")
        finally:
            server.stop("immediate")


def main(arguments: list[str]) -> int:
    text = current()
    if arguments == ["--write"]:
        SNAPSHOT.write_text(text, encoding="utf-8")
        return 0
    same = SNAPSHOT.exists() and SNAPSHOT.read_text(encoding="utf-8") == text
    print("current" if same else "not current: run with --write")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
