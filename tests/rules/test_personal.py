"""Every column that may name or reach a person says how it is protected, and what is sealed is never written in clear."""

import re
import tomllib
from pathlib import Path

from exchange.domain.privacy import fields
from tests.conftest import TestDatabase

TABLES = tomllib.loads((Path(__file__).resolve().parents[2] / "migrations" / "personal.toml").read_text(encoding="utf-8"))
# A column of one of these words may hold somebody's name, address, number or text.
NAMED = re.compile(
    "name|mail|phone|address|holder|representative|secret|password|agent|token|contact|account|number|body|text|comment|note"
    "|reason|payload|data"
)
COLUMNS = """
SELECT c.relname || '.' || a.attname AS place FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
    AND a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
"""
SEALED = {fields.REPRESENTATIVE, fields.PHONE, fields.CONTACT_EMAIL, fields.ACCOUNT, fields.WEBHOOK}


async def test_every_column_that_may_be_personal_says_how_it_is_protected(db: TestDatabase) -> None:
    """A new column of such a name has a line in migrations/personal.toml; a line of no column is forgotten."""
    owner = await db.owner()
    try:
        columns = {record["place"] for record in await owner.fetch(COLUMNS)}
    finally:
        await owner.close()
    said = [*TABLES["sealed"], *TABLES["hash"], *TABLES["clear"], *TABLES["none"]["columns"]]
    assert len(said) == len(set(said))
    assert {place for place in columns if NAMED.search(place.partition(".")[2])} - set(said) == set()
    assert set(said) - columns == set()
    assert TABLES["sealed"].keys() >= SEALED
    assert all(TABLES["clear"].values())
