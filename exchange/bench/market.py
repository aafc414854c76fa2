"""A throw-away market for measurements: companies, a key, offers in bulk; made by the owner, as a loaded dump would be."""

import asyncio
import secrets
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from exchange.connection import codecs
from exchange.domain.identity.keys import new_secret
from exchange.domain.identity.service import token_hash
from exchange.domain.offer.search import instant_us
from exchange.domain.permission import MEMBER
from exchange.ids import new_id
from exchange.stack import Stack
from matching.client import MatcherClient, MatcherUnavailable
from schemas.matching import SearchQuery
from schemas.terms import TermsIn, terms_view

SELLERS: Final = 20
SHOWN: Final = 200


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """What the requests name."""

    company: UUID
    person: UUID
    key: str
    offers: tuple[UUID, ...]
    search: dict[str, Any]
    query: SearchQuery
    rfq: dict[str, Any]
    orders: tuple[dict[str, Any], ...]


COMPANY: Final = """
INSERT INTO company (id, status, legal_name, display_name, sort_key, country, profile, region, registration_id, tax_id,
    base_currency, applied_at, active_at)
VALUES ($1, 'active', $2, $2, upper($2), 'VN', 'vn', 'VN-SG', $3, $3, 'VND', market_now(), market_now())
"""
FILE: Final = (
    "INSERT INTO company_file (company_id, address, representative, contact_email) VALUES ($1, '1 Street', 'A', 'a@b.example')"
)
BANK: Final = """
INSERT INTO bank_account (id, company_id, holder, bank_name, number, currency, status, verified_at, verified_by)
VALUES ($1, $2, 'Holder', 'Bank', '0011223344', 'VND', 'verified', market_now(), $1)
"""
PERSON: Final = """
INSERT INTO person (id, email, name, password_hash, locale, created_at) VALUES ($1, $2, 'Bench', '!', 'en', market_now())
"""
MEMBERSHIP: Final = "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, '{owner,signatory}')"
KEY: Final = """
INSERT INTO api_key (id, company_id, person_id, name, prefix, secret_hash, scopes)
VALUES ($1, $2, $3, 'bench', 'ex_test_', $4, $5)
"""
# Paper in ten sizes and eight weights, from twenty sellers.
OFFERS: Final = """
INSERT INTO offer (id, company_id, status, external_id, title, category_code, mpn, unit, currency, tiers, price_micro, vat_code,
    vat_percent, firm, moq, increment, available, lead_time_days, ship_from, regions, terms, valid_until, created_at, updated_at)
SELECT gen_random_uuid(), ($1::uuid[])[1 + n % cardinality($1::uuid[])], 'live', n::text,
    'Copy paper A' || n % 10 || ' ' || 60 + 5 * (n % 8) || ' gsm, ream of 500', 'other', 'PAPER-' || n, 'C62', 'VND',
    jsonb_build_array(jsonb_build_object('min_quantity', '1', 'price', (50000 + n % 500 * 10)::text)),
    (50000 + n % 500 * 10)::bigint * 1000000, 'VN10', 10, true, 1, 1, NULL, 3, 'VN-SG', '{VN}', $2,
    market_now() + interval '180 days', market_now() - n * interval '1 second', market_now() - n * interval '1 second'
FROM generate_series(1, $3::integer) AS n
"""
EVENTS: Final = """
INSERT INTO event (id, type, aggregate, aggregate_id, version, company_id, to_state, at)
SELECT gen_random_uuid(), 'offer.published', 'offer', o.id, 1, o.company_id, 'live', market_now() FROM offer AS o
"""
NEWEST: Final = "SELECT o.id, o.company_id FROM offer AS o ORDER BY o.updated_at DESC LIMIT $1"


async def _company(owner: asyncpg.Connection, name: str) -> UUID:
    company = new_id()
    await owner.execute(COMPANY, company, name, f"{secrets.randbelow(10**12):012d}")
    await owner.execute(FILE, company)
    await owner.execute(BANK, new_id(), company)
    return company


async def fill(stack: Stack, offers: int) -> Market:
    """`offers` live offers of 20 sellers, a buyer with a key, and requests that name them; once the matcher knows them."""
    owner = await asyncpg.connect(stack.database_url("exchange_owner"))
    try:
        await codecs(owner)
        sellers = [await _company(owner, f"Bench seller {index}") for index in range(SELLERS)]
        buyer, person = await _company(owner, "Bench buyer"), new_id()
        await owner.execute(PERSON, person, f"{person.hex}@bench.example")
        await owner.execute(MEMBERSHIP, buyer, person)
        secret = new_secret("test")
        await owner.execute(KEY, new_id(), buyer, person, token_hash(secret), sorted(MEMBER))
        await owner.execute(OFFERS, sellers, terms_view(TermsIn()), offers)
        await owner.execute(EVENTS)
        await owner.execute("ANALYZE")
        newest = await owner.fetch(NEWEST, SHOWN)
        now: datetime = await owner.fetchval("SELECT market_now()")
    finally:
        await owner.close()
    await _known(stack, offers)
    return Market(
        company=buyer,
        person=person,
        key=secret,
        offers=tuple(row["id"] for row in newest),
        search={"words": "copy paper 80"},
        query=SearchQuery(at_us=instant_us(now), viewer_id=buyer, text="copy paper 80"),
        rfq=_rfq(now),
        orders=tuple(_order(row["id"]) for row in newest[:SHOWN]),
    )


async def _known(stack: Stack, offers: int) -> None:
    """Until the matcher has them all."""
    matcher = MatcherClient(stack.data / "matcher.sock")
    try:
        for _ in range(600):
            try:
                if (await matcher.ping()).offers >= offers:
                    return
            except MatcherUnavailable:
                pass
            await asyncio.sleep(0.1)
        raise RuntimeError("the matcher does not know the offers")
    finally:
        await matcher.close()


def _rfq(now: datetime) -> dict[str, Any]:
    line = {"category": "other", "text": "Copy paper A4 80 gsm", "quantity": "100", "unit": "C62", "region": "VN-SG"}
    return {
        "title": "Copy paper for the year",
        "currency": "VND",
        "lines": [line, {**line, "text": "Copy paper A3 80 gsm", "quantity": "20"}],
        "terms": {"payment": "direct_after_acceptance"},
        "due_at": (now + timedelta(days=10)).isoformat(),
        "publish": True,
    }


def _order(offer: UUID) -> dict[str, Any]:
    return {
        "lines": [{"offer_id": str(offer), "offer_version": 1, "quantity": "5"}],
        "deliver_to": "12 Le Loi, District 1, Ho Chi Minh City",
        "region": "VN-SG",
    }
