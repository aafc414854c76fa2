"""Orders that wait for one thing only, the seller's invoice, after which the settlement job pays the seller."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from exchange.bench.faults.case import Figures
from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import fund, member
from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.delivery import service as deliveries
from exchange.domain.invoice import service as invoices
from exchange.domain.ledger import service as ledger
from exchange.domain.offer import service as offers
from exchange.domain.offer.model import Offer
from exchange.domain.order import placing
from exchange.domain.payment import service as payments
from exchange.errors import Unavailable
from schemas.delivery import DespatchCommand, DespatchLine, InspectCommand, InspectLine
from schemas.invoice import InvoiceIn
from schemas.offer import OfferIn
from schemas.order import PlaceOrder

QUANTITY: Final = "5"
PAPER: Final[Mapping[str, Any]] = {
    "title": "A4 copy paper 70 gsm",
    "category": "other",
    "unit": "C62",
    "currency": "VND",
    "tiers": [{"min_quantity": "1", "price": "60000"}],
    "vat_code": "VN10",
    "lead_time_days": 3,
    "ship_from": "VN-SG",
    "regions": ["VN"],
    "terms": {"payment": "protected_full"},
    "firm": True,
}
RICH_MINOR: Final = 10**12
TAX_IDS: Final = "SELECT c.id, c.tax_id FROM company AS c"
TODAY: Final = "SELECT (market_now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
FORGET_JOBS: Final = "DELETE FROM job WHERE next_at < 'infinity'"
# The jobs that a settlement consists of, as long as they are not done.
UNFINISHED: Final = """
SELECT count(*) FROM job AS j
WHERE j.kind IN ('settle_order', 'complete_order') AND j.state <> 'done' AND j.next_at < 'infinity'
"""
SETTLED: Final = """
WITH paid AS (
    SELECT i.id, i.status, count(t.id) AS transfers
    FROM instalment AS i LEFT JOIN ledger_transfer AS t
        ON t.kind = 'settlement' AND t.reason ->> 'instalment_id' = i.id::text
    WHERE i.hold_id IS NOT NULL GROUP BY i.id
)
SELECT count(*) AS orders, count(*) FILTER (WHERE p.transfers > 1) AS settled_twice,
    count(*) FILTER (WHERE p.transfers = 0 OR p.status <> 'settled') AS unsettled
FROM paid AS p
"""
NOT_COMPLETED: Final = "SELECT count(*) FROM purchase_order AS o WHERE o.status <> 'completed'"


class Delivered(msgspec.Struct, frozen=True):
    """An order whose goods were accepted."""

    order: UUID
    delivery: UUID
    net_minor: int
    vat_minor: int


class Trade:
    """One buyer and one seller in a place, through the api's role."""

    def __init__(
        self,
        place: Place,
        owner: asyncpg.Connection,
        api: Database,
        buyer: Ctx,
        seller: Ctx,
        offer: Offer,
        said: Mapping[str, Any],
    ) -> None:
        self.place = place
        self.owner = owner
        self.api = api
        self.buyer = buyer
        self.seller = seller
        self.offer = offer
        self._said = said

    @classmethod
    @asynccontextmanager
    async def open(cls, place: Place) -> "AsyncGenerator[Trade]":
        """The buyer has money enough for anything, and everybody an account."""
        buyer, seller = await member(place, "Buyer"), await member(place, "Seller")
        worker = await place.database("exchange_worker", 1)
        await fund(worker, buyer.company, RICH_MINOR)
        async with worker.system() as tx:
            await ledger.open_account(tx, seller.company, "member", "VND")
            await ledger.open_account(tx, None, "fee", "VND")
            await ledger.open_account(tx, None, "fee_vat", "VND")
        api = await place.database("exchange_api", 8)
        async with api.tx(seller) as tx:
            offer = await offers.create(tx, msgspec.convert(PAPER, OfferIn), publish=True)
        async with place.connection() as owner:
            tax_ids = dict(await owner.fetch(TAX_IDS))
            said = {
                "issued_on": await owner.fetchval(TODAY),
                "seller_tax_id": tax_ids[seller.company],
                "buyer_tax_id": tax_ids[buyer.company],
            }
            yield cls(place, owner, api, buyer, seller, offer, said)

    async def delivered(self, count: int) -> list[Delivered]:
        """So many orders, paid into protection, despatched, arrived and accepted; their jobs so far are done with."""
        free = asyncio.Semaphore(4)

        async def one() -> Delivered:
            async with free:
                return await self._delivered()

        found = await asyncio.gather(*(one() for _ in range(count)))
        await self.owner.execute(FORGET_JOBS)
        return found

    async def _delivered(self) -> Delivered:
        line = {"offer_id": self.offer.id, "offer_version": self.offer.version, "quantity": QUANTITY}
        where = {"deliver_to": "12 Nguyen Hue, District 1", "region": "VN-SG"}
        async with self.api.tx(self.buyer) as tx:
            order = await placing.place(tx, msgspec.convert({"lines": [line], **where}, PlaceOrder))
        async with self.api.tx(self.buyer, "finish") as tx:
            await payments.pay(tx, order.instalments[0].id)
        sent = DespatchCommand(lines=(DespatchLine(order.lines[0].id, QUANTITY),))
        async with self.api.tx(self.seller, "finish") as tx:
            delivery = (await deliveries.despatch(tx, order.id, sent)).id
        async with self.api.tx(self.buyer, "finish") as tx:
            await deliveries.arrive(tx, delivery)
        accepted = InspectCommand((InspectLine(order_line_id=order.lines[0].id, accepted=QUANTITY),))
        async with self.api.tx(self.buyer, "finish") as tx:
            await deliveries.inspect(tx, delivery, accepted)
        return Delivered(order.id, delivery, order.net_minor, order.vat_minor)

    async def invoice(self, sold: Delivered) -> bool:
        """The seller records its invoice: the job that settles the order is in the same commit. False: the api was refused."""
        said = InvoiceIn(number=f"INV-{sold.order.hex}", net=str(sold.net_minor), vat=str(sold.vat_minor), **self._said)
        try:
            async with self.api.tx(self.seller, "finish") as tx:
                await invoices.record(tx, sold.delivery, said)
        except Unavailable:
            return False
        return True

    async def unfinished(self) -> int:
        """Jobs of settlement that are not done."""
        found: Any = await self.owner.fetchval(UNFINISHED)
        return found

    async def figures(self) -> Figures:
        """What became of the orders, and whether the books agree."""
        found: Any = await self.owner.fetchrow(SETTLED)
        not_completed: Any = await self.owner.fetchval(NOT_COMPLETED)
        return {**dict(found), "not_completed": not_completed, **await self.place.books()}


def settled_once(figures: Mapping[str, Any]) -> bool:
    """Everything settled, nothing twice, and the books agree."""
    wrong = ("settled_twice", "unsettled", "not_completed", "ledger_sum", "ledger_findings")
    return not any(figures[name] for name in wrong)
