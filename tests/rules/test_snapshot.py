"""The schema that a reader sees is the schema that the migrations make."""

import asyncio

from tests.conftest import TestDatabase
from tests.rules.snapshot import SNAPSHOT, dump


async def test_migrations_equal_the_snapshot(db: TestDatabase) -> None:
    """Who changes a migration renews schema.sql, so that each change of the schema is seen in review as a whole."""
    found = await asyncio.to_thread(dump, db.server, db.name)
    assert SNAPSHOT.read_text(encoding="utf-8") == found, "renew it: python -m tests.rules.snapshot --write"
