"""Who sends the requests: a member with every role by an API key, an operator by a session, and the ids that they may name."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from exchange.domain.identity.keys import new_secret
from exchange.domain.permission import MEMBER
from exchange.ids import new_id
from exchange.passwords import Passwords

ROLES: Final = ["owner", "admin", "buyer", "seller", "approver", "evaluator", "signatory", "finance", "warehouse"]
OPERATOR_ROLES: Final = ["moderator", "compliance", "finance", "arbiter", "administrator"]

# Parameter and field names -> the ids that the member's company may see, newest first.
IDS: Final = {
    "approval_id": "SELECT id FROM approval_request WHERE company_id = $1",
    "award_id": "SELECT id FROM award WHERE buyer_id = $1 OR seller_id = $1",
    "company_id": "SELECT id FROM company WHERE $1::uuid IS NOT NULL",
    "contract_id": "SELECT id FROM contract WHERE buyer_id = $1 OR seller_id = $1",
    "delivery_id": "SELECT id FROM delivery WHERE buyer_id = $1 OR seller_id = $1",
    "deposit_id": "SELECT id FROM deposit WHERE $1::uuid IS NOT NULL",
    "file_id": "SELECT id FROM file WHERE company_id = $1 OR $1 = ANY (audience)",
    "instalment_id": "SELECT id FROM instalment WHERE buyer_id = $1 OR seller_id = $1",
    "invoice_id": "SELECT id FROM invoice WHERE buyer_id = $1 OR seller_id = $1",
    "object_id": "SELECT DISTINCT aggregate_id AS id FROM event WHERE company_id = $1",
    "offer_id": "SELECT id FROM offer WHERE company_id = $1 OR status = 'live'",
    "order_id": "SELECT id FROM purchase_order WHERE buyer_id = $1 OR seller_id = $1",
    "order_line_id": "SELECT id FROM order_line WHERE buyer_id = $1 OR seller_id = $1",
    "quote_id": "SELECT id FROM quote WHERE buyer_id = $1 OR seller_id = $1",
    "rfq_id": "SELECT id FROM rfq WHERE buyer_id = $1 OR status = 'open'",
}


class Actor(msgspec.Struct, frozen=True):
    """One way to be signed in."""

    name: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str]


async def member(owner: asyncpg.Connection) -> tuple[Actor, Mapping[str, list[str]]]:
    """A new person with every role of the company that has traded most, by a key with every scope; and the ids they see."""
    company = await owner.fetchval(
        """SELECT c.id FROM company AS c WHERE c.status = 'active'
        ORDER BY (SELECT count(*) FROM purchase_order AS o WHERE c.id IN (o.buyer_id, o.seller_id)) DESC LIMIT 1"""
    )
    person = await _person(owner, [])
    await owner.execute("INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, $3)", company, person, ROLES)
    secret = new_secret("test")
    await owner.execute(
        """INSERT INTO api_key (id, company_id, person_id, name, prefix, secret_hash, scopes)
        VALUES ($1, $2, $3, 'Fuzz', 'ex_test_', $4, $5)""",
        new_id(), company, person, hashlib.sha256(secret.encode()).digest(), sorted(MEMBER),
    )  # fmt: skip
    ids = {
        name: [str(row["id"]) for row in await owner.fetch(f"SELECT x.id FROM ({sql}) AS x ORDER BY x.id DESC LIMIT 40", company)]
        for name, sql in IDS.items()
    }
    return Actor("member", {"Authorization": f"Bearer {secret}"}, {}), ids


async def operator(owner: asyncpg.Connection) -> Actor:
    """Every operator role, by a session."""
    person = await _person(owner, OPERATOR_ROLES)
    token = secrets.token_urlsafe(32)
    await owner.execute(
        """INSERT INTO session (token_hash, person_id, operator, expires_at, stepped_up_at)
        VALUES ($1, $2, true, clock_timestamp() + interval '1 day', clock_timestamp())""",
        hashlib.sha256(token.encode()).digest(), person,
    )  # fmt: skip
    return Actor("operator", {}, {"session": token})


async def _person(owner: asyncpg.Connection, operator_roles: list[str]) -> UUID:
    person = new_id()
    await owner.execute(
        """INSERT INTO person (id, email, name, password_hash, locale, operator_roles, created_at)
        VALUES ($1, $2, 'Fuzz', $4, 'en', $3, market_now())""",
        person, f"{person.hex}@fuzz.example", operator_roles, await Passwords.cheap().hash("the password of the fuzz"),
    )  # fmt: skip
    return person
