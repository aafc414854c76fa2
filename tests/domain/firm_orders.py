"""Firm offers and orders that the tests of the deal share."""

from typing import Any
from uuid import UUID

import msgspec

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.offer import service as offers
from exchange.domain.offer.model import Offer
from exchange.domain.order import placing
from exchange.domain.order.model import Order
from schemas.offer import OfferIn
from schemas.order import PlaceOrder
from tests.world import World, offer_json


async def live_offer(api: Database, seller: Ctx, **changes: Any) -> Offer:
    """A live firm offer of the seller."""
    command = msgspec.convert(offer_json(**changes), OfferIn)
    async with api.tx(seller) as tx:
        return await offers.create(tx, command, publish=True)


def placing_of(*lines: tuple[Offer, str], region: str = "VN-SG", **more: Any) -> PlaceOrder:
    """An order of these offers as they are."""
    return msgspec.convert(
        {
            "lines": [
                {"offer_id": str(offer.id), "offer_version": offer.version, "quantity": quantity} for offer, quantity in lines
            ],
            "deliver_to": "12 Nguyen Hue, District 1",
            "region": region,
            **more,
        },
        PlaceOrder,
    )


async def placed(api: Database, buyer: Ctx, *lines: tuple[Offer, str], **more: Any) -> Order:
    async with api.tx(buyer) as tx:
        return await placing.place(tx, placing_of(*lines, **more))


async def parties(world: World, **buyer: Any) -> tuple[Database, Ctx, Ctx]:
    """The api's database, a buyer and a seller, both in Viet Nam."""
    api = await world.db.api()
    return api, await world.company("Bep Viet", **buyer), await world.company("Giay Sai Gon")


async def left(world: World, offer: Offer) -> Any:
    return await world.owner.fetchval("SELECT available FROM offer WHERE id = $1", offer.id)


async def count(world: World, table: str) -> int:
    return int(await world.owner.fetchval(f"SELECT count(*) FROM {table}"))


async def event_types(world: World, aggregate: UUID) -> list[tuple[str, int]]:
    rows = await world.owner.fetch("SELECT type, version FROM event WHERE aggregate_id = $1 ORDER BY version, seq", aggregate)
    return [(row["type"], row["version"]) for row in rows]
