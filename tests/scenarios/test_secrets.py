"""Guarantee 31: what is secret stands in no log, no figure and no table, after people and partners used it."""

import secrets
from urllib.parse import urlsplit
from urllib.request import urlopen

import asyncpg
import httpx2

from exchange.demo.people import PASSWORD
from tests.live_stack import LiveStack
from tests.scenarios.story import Story

TABLES = "SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"


async def everywhere(live: LiveStack) -> dict[str, str]:
    """All that the exchange writes down: its log, the figures of its processes, every row of every table."""
    found = {"log": live.stack.log.read_text(encoding="utf-8", errors="replace")}
    for verb, port in live.stack.metrics_ports.items():
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            found[f"figures of {verb}"] = answer.read().decode()
    owner = await asyncpg.connect(live.stack.database_url("exchange_owner"))
    try:
        for (table,) in await owner.fetch(TABLES):
            rows = await owner.fetch(f"SELECT t::text AS row FROM {table} AS t")
            found[table] = "\n".join(row["row"] for row in rows)
    finally:
        await owner.close()
    return found


async def test_secrets_stay_secret(story: Story) -> None:
    """Passwords right and wrong, tokens, keys, webhook secrets and those of the processes: nothing of it is written down."""
    made = await story.gather()
    live = story.live
    canaries = {"a wrong password": secrets.token_urlsafe(24), "a key that is none": f"ex_test_{secrets.token_urlsafe(32)}"}
    async with httpx2.AsyncClient(base_url=live.stack.url) as client:
        for password in (canaries["a wrong password"], "x"):
            await client.post("/api/v1/session", json={"email": "nobody@example.com", "password": password})
        await client.get("/api/v1/orders", headers={"Authorization": f"Bearer {canaries['a key that is none']}"})
        await client.get(f"/sign-in?password={canaries['a wrong password']}")
    canaries["a password"] = PASSWORD
    for name, environment in live.stack.environment.items():
        canaries[f"the secret of {name}"] = environment["EXCHANGE_SECRET"]
        url = urlsplit(environment["DATABASE_URL"])
        canaries[f"the database password of {name}"] = url.password or ""
    canaries["the audit key"] = (live.stack.data / "audit-key.pem").read_text().splitlines()[1]
    for number, token in enumerate(made.buyer_signatory.cookies.values()):
        canaries[f"a session {number}"] = token
    written = await everywhere(live)
    leaked = [(what, where) for what, secret in canaries.items() for where, text in written.items() if secret and secret in text]
    assert leaked == []
    assert len(canaries) >= 10
    # The control: what is written down is found, in the log and in a table.
    assert "worker started" in written["log"]
    assert str(made.buyer.id) in written["company"]
