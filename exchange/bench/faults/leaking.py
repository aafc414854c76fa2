"""Guarantee 31: what is secret stands in no log, no figure and no row, after people and partners used it."""

import asyncio
import base64
import secrets
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import urlopen

import httpx2

from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.children import Child, child
from exchange.bench.faults.entering import PASSWORD, SESSION, give_password
from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import member
from exchange.domain.identity import factor
from exchange.ids import new_id

API: Final = "/api/v1"
COOKIE: Final = "session"
# Every table, with the statement that the database writes for it.
TABLES: Final = """
SELECT c.relname AS name, format('SELECT t::text AS row FROM %s AS t', c.oid::regclass) AS rows
FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""


async def leak(plan: Plan) -> Figures:
    """Passwords right and wrong, tokens, keys, recovery codes, secrets of webhooks and of the process; every line is logged."""
    async with plan.ground.place() as place:
        log = place.ground.nursery.log
        before = log.stat().st_size
        guards = () if plan.guarded else ("silence",)
        async with child(place, "serve", without=guards, environment={"EXCHANGE_LOG_LEVEL": "DEBUG"}) as api:
            ctx = await member(place, "Careful")
            canaries = await _use(api, await give_password(place, ctx))
            written = await _written(place, api)
        written["log"] = log.read_bytes()[before:].decode(errors="replace")
    known = {
        name: [where for where, text in written.items() if any(form in text for form in _forms(secret))]
        for name, secret in canaries.items()
    }
    return {
        "secrets": len(canaries),
        "places": len(written),
        "log_bytes": len(written["log"]),
        "company_found": sum(str(ctx.company) in text for text in written.values()),
        "leaked": sum(len(places) for places in known.values()),
    }


def _forms(secret: str) -> tuple[str, str, str]:
    """As it is, as the bytes of a column, and in base 64 as a header would carry it."""
    return secret, secret.encode().hex(), base64.b64encode(secret.encode()).decode().rstrip("=")


async def _use(api: Child, email: str) -> dict[str, str]:
    """Everything secret that one person and one partner handle in a day."""
    found = {
        "a password": PASSWORD,
        "a wrong password": secrets.token_urlsafe(24),
        "no key": f"ex_test_{secrets.token_urlsafe(32)}",
    }
    async with httpx2.AsyncClient(base_url=api.url, timeout=20) as client, httpx2.AsyncClient(base_url=api.url) as other:
        await other.post(SESSION, json={"email": email, "password": found["a wrong password"]})
        await other.get(f"{API}/orders", headers={"Authorization": f"Bearer {found['no key']}"})
        await other.get(f"/sign-in?password={found['a wrong password']}")
        (await client.post(SESSION, json={"email": email, "password": PASSWORD})).raise_for_status()
        found["a session"] = client.cookies[COOKIE]
        key = await _made(client, "/keys", {"name": "ERP", "scopes": ["order.read"]})
        found["an api key"] = key["secret"]
        await other.get(f"{API}/orders", headers={"Authorization": f"Bearer {key['secret']}"})
        found["a webhook's secret"] = (await _made(client, "/webhooks", {"url": "https://hooks.partner.example/in"}))["secret"]
        begun = await _made(client, "/session/second-factor", None)
        found["a second factor"] = begun["key"].replace(" ", "")
        code = factor.TOTP(found["a second factor"]).now()
        codes = (await _made(client, "/session/second-factor/confirm", {"password": PASSWORD, "code": code}))["codes"]
        found |= {f"recovery code {number}": text for number, text in enumerate(codes)}
        found["a renewed session"] = client.cookies[COOKIE]
        await client.post(f"{API}/session/step-up", json={"code": codes[0]})
        await client.post(f"{API}/email-verification/confirm", json={"token": found["a wrong password"]})
    found["the process's secret"] = api.environment["EXCHANGE_SECRET"]
    found["the database's password"] = urlsplit(api.environment["DATABASE_URL"]).password or ""
    return {name: secret for name, secret in found.items() if secret}


async def _made(client: httpx2.AsyncClient, path: str, body: object) -> dict[str, Any]:
    answer = await client.post(API + path, json=body, headers={"Idempotency-Key": new_id().hex})
    if answer.status_code >= 300:
        raise RuntimeError(f"{path}: {answer.text}")
    return answer.json()


async def _written(place: Place, api: Child) -> dict[str, str]:
    """The figures of the process and every row of every table, as a dump would hold them."""

    def figures() -> str:
        with urlopen(f"{api.internal_url}/metrics", timeout=5) as answer:  # noqa: S310  an address of our own on loopback
            return answer.read().decode()

    found = {"figures": await asyncio.to_thread(figures)}
    async with place.connection() as owner:
        for name, statement in await owner.fetch(TABLES):
            found[name] = "\n".join(item["row"] for item in await owner.fetch(statement))
    return found


CASES: Final = (
    Case(
        id="31",
        name="secrets in the log, the figures and every row, after a day of use",
        attempt=leak,
        exercised=lambda f: f["secrets"] >= 15 and f["log_bytes"] > 0 and f["company_found"] > 3,
        holds=lambda f: f["leaked"] == 0,
    ),
)
