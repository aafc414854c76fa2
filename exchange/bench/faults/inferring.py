"""Guarantee 24: what is hidden is not inferred either: a binary search finds no price, and nothing tells that it is there."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import httpx2
import msgspec

from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.children import child
from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import api_key, member
from exchange.bench.faults.trade import PAPER
from exchange.domain.offer import service as offers
from exchange.ids import new_id
from exchange.jobs import middle_prices
from schemas.offer import OfferIn

# A word that stands in no other title, and prices up to which is searched.
WORD: Final = "Zephyrium"
MOST: Final = 2**24
OFFER: Final = {**PAPER, "terms": {"payment": "direct_after_acceptance"}}
SHOW: Final = "UPDATE offer SET status = 'live', visibility = 'all'"
UUIDS: Final = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
MOMENTS: Final = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")
# What an answer says at one price.
Oracle = Callable[[int], Awaitable[str]]


class _Hidden(msgspec.Struct, frozen=True):
    """An offer of somebody else that is paused or for its own company alone."""

    id: UUID
    version: int
    price: int


async def _hide(place: Place, plan: Plan) -> list[_Hidden]:
    """A private offer and a paused one, each at a price that nobody knows. Without the guard both are shown."""
    seller, api = await member(place, "Seller"), await place.database("exchange_api", 1)
    made: list[_Hidden] = []
    for number, visibility in enumerate(("own", "all")):
        price = plan.rng.randrange(1000, MOST)
        said = {**OFFER, "title": f"{WORD} {number}", "mpn": f"{WORD}-{number}", "external_id": f"{WORD}-{number}"}
        said |= {"visibility": visibility, "tiers": [{"min_quantity": "1", "price": str(price)}]}
        async with api.tx(seller) as tx:
            offer = await offers.create(tx, msgspec.convert(said, OfferIn), publish=True)
            if visibility == "all":
                offer = await offers.act(tx, offer.id, "pause")
        made.append(_Hidden(offer.id, offer.version, price))
    if not plan.guarded:
        async with place.connection() as owner:
            await owner.execute(SHOW)
    await middle_prices.renew(await place.database("exchange_worker", 1))
    return made


@asynccontextmanager
async def _stranger(place: Place) -> AsyncGenerator[httpx2.AsyncClient]:
    """A third company at the API, with the matcher behind it."""
    socket = {"EXCHANGE_MATCHER_SOCKET": str(place.ground.folder / f"{place.name[:9]}.sock")}
    key = await api_key(place, await member(place, "Stranger"))
    async with (
        child(place, "match", environment=socket),
        child(place, "serve", environment=socket) as api,
        httpx2.AsyncClient(base_url=f"{api.url}/api/v1", timeout=30, headers={"Authorization": f"Bearer {key}"}) as client,
    ):
        yield client


def _said(answer: httpx2.Response) -> str:
    """Status and words, without what is new in every answer."""
    return f"{answer.status_code} {MOMENTS.sub('', UUIDS.sub('', answer.text))}"


def _oracles(client: httpx2.AsyncClient, number: int) -> Mapping[str, Oracle]:
    """Ways to ask about a price: filters of the search, sorting, counts, and an offer of one's own beside it."""
    title, mpn = f"{WORD} {number}", f"{WORD}-{number}"

    async def search(**given: str) -> str:
        return _said(await client.post("/search", json={"words": title, **given}))

    async def up_to(price: int) -> str:
        return await search(price_to=str(price), sort="price")

    async def at_least(price: int) -> str:
        return await search(price_from=str(price), quantity="1")

    async def beside(price: int) -> str:
        # An offer at this price with the same title and part number: held back, warned of, or let through.
        said = {**OFFER, "title": title, "mpn": mpn, "tiers": [{"min_quantity": "1", "price": str(price)}]}
        made = await client.post("/offers", json=said, headers={"Idempotency-Key": new_id().hex})
        body = made.json()
        if made.status_code < 300:
            await client.post(f"/offers/{body['id']}/withdraw", headers={"Idempotency-Key": new_id().hex})
        return f"{made.status_code} {body.get('status')} {body.get('errors')}"

    return {"up_to": up_to, "at_least": at_least, "beside": beside}


async def _bisect(ask: Oracle) -> tuple[int | None, int]:
    """The price at which the answer changes, if any, and how often was asked."""
    low, high, asked = 1, MOST, 2
    first = await ask(low)
    if await ask(high) == first:
        return None, asked
    while high - low > 1:
        middle = (low + high) // 2
        asked += 1
        if await ask(middle) == first:
            low = middle
        else:
            high = middle
    return high, asked


async def _told_apart(client: httpx2.AsyncClient, hidden: _Hidden, number: int) -> int:
    """How many ways of naming the hidden offer answer otherwise than naming one that does not exist."""
    due = (datetime.now(UTC) + timedelta(days=20)).isoformat()

    async def asked(offer: UUID, word: str) -> list[str]:
        line = {"offer_id": str(offer), "offer_version": hidden.version, "quantity": "5"}
        order = {"lines": [line], "deliver_to": "12 Nguyen Hue, District 1", "region": "VN-SG"}
        wanted = {"category": "other", "text": word, "quantity": "10", "unit": "C62", "region": "VN-SG"}
        rfq = {"title": "Asking around", "currency": "VND", "lines": [wanted], "terms": {"payment": "direct_after_acceptance"}}
        answers = [
            await client.get(f"/offers/{offer}"),
            await client.post("/orders", json=order, headers={"Idempotency-Key": new_id().hex}),
            await client.put(f"/offers/{offer}", params={"version": hidden.version}, json=OFFER),
            await client.post(f"/offers/{offer}/pause", headers={"Idempotency-Key": new_id().hex}),
            await client.get(f"/objects/{offer}/events"),
            await client.get("/find", params={"text": word}),
            await client.post("/rfqs/preview", json={**rfq, "due_at": due}),
            await client.post("/search", json={"words": word}),
        ]
        return [_said(answer).replace(word, "") for answer in answers]

    there, nowhere = await asked(hidden.id, f"{WORD} {number}"), await asked(new_id(), "Quixotium 7")
    return sum(one != other for one, other in zip(there, nowhere, strict=True))


async def infer(plan: Plan) -> Figures:
    """Every oracle for the price of every hidden offer, and every way to learn that there is one."""
    asked = found = apart = 0
    async with plan.ground.place() as place:
        hidden = await _hide(place, plan)
        async with _stranger(place) as client:
            for number, item in enumerate(hidden):
                apart += await _told_apart(client, item, number)
                for ask in _oracles(client, number).values():
                    price, count = await _bisect(ask)
                    asked += count
                    found += price is not None and abs(price - item.price) <= 1
    return {"hidden": len(hidden), "asked": asked, "prices_found": found, "told_apart": apart}


CASES: Final = (
    Case(
        id="24b",
        name="a binary search for the price of a private and of a paused offer",
        attempt=infer,
        exercised=lambda f: f["hidden"] == 2 and f["asked"] >= 12,
        holds=lambda f: f["prices_found"] == f["told_apart"] == 0,
    ),
)
