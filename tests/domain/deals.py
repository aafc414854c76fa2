"""Confirmed orders in a test database, as a contract would have opened them, and the steps that lead to their settlement."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec

from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.domain.delivery import closing
from exchange.domain.delivery import service as deliveries
from exchange.domain.delivery.model import Closing, Delivery
from exchange.domain.file import store as file_store
from exchange.domain.file.model import Received
from exchange.domain.invoice import service as invoices
from exchange.domain.invoice.model import Invoice
from exchange.domain.ledger import service as ledger
from exchange.domain.ledger.model import Line
from exchange.domain.payment import service as payments
from exchange.domain.payment.model import Instalment
from exchange.ids import new_id, new_number
from exchange.jobs import deadlines
from exchange.jobs.kinds import Internal, Job
from exchange.money import line_net_minor, split, vat_minor
from exchange.verify import verify_ledger
from exchange.worker import handlers
from schemas.delivery import DespatchCommand, DespatchLine, InspectCommand, InspectLine
from schemas.invoice import InvoiceIn
from schemas.terms import TermsIn, terms_view
from tests.world import World

SETTLING = {"settle_order", "complete_order"}
UNDONE = "SELECT id, kind, payload FROM job WHERE state = 'new' AND kind = ANY ($1) ORDER BY created_at, id"


class Ordered(msgspec.Struct, frozen=True):
    """One order of a test: its lines and instalments by position."""

    id: UUID
    contract: UUID
    lines: tuple[UUID, ...]
    instalments: tuple[UUID, ...]


class Deals:
    """A buyer and a seller with a confirmed order between them, through the roles that run in service."""

    def __init__(self, world: World, api: Database, worker: Database, buyer: Ctx, seller: Ctx, currency: str) -> None:
        self.world = world
        self.api = api
        self.worker = worker
        self.buyer = buyer
        self.seller = seller
        self.currency = currency

    @classmethod
    async def open(cls, world: World, *, currency: str = "VND", pool: int = 5) -> "Deals":
        profile = "vn" if currency == "VND" else "default"
        buyer = await world.company("Buyer", profile=profile, currency=currency)
        seller = await world.company("Seller", profile=profile, currency=currency)
        return cls(world, await world.db.api(pool), await world.db.worker(pool), buyer, seller, currency)

    async def order(
        self,
        lines: Sequence[tuple[str, str, str]],
        *,
        payment: Any = "protected_full",
        tolerance: str = "0",
        kind: str = "standard",
        due: str = "3 days",
        offers: Sequence[UUID | None] = (),
    ) -> Ordered:
        """A confirmed order of lines (quantity, price, VAT percent) with its contract and instalments."""
        terms = terms_view(TermsIn(payment=payment, quantity_tolerance_percent=tolerance))
        order, contract, number = new_id(), new_id(), new_number("PO")
        parts: list[tuple[Any, ...]] = []
        for quantity, price, vat in lines:
            net = line_net_minor(Decimal(price), Decimal(quantity), self.currency)
            parts.append((new_id(), Decimal(quantity), Decimal(price), Decimal(vat), net, vat_minor(net, Decimal(vat))))
        net, vat = sum(part[4] for part in parts), sum(part[5] for part in parts)
        owner, parties = self.world.owner, (self.buyer.company, self.seller.company)
        await owner.execute(
            """INSERT INTO contract (id, number, kind, buyer_id, seller_id, status, currency, gross_minor, body, digest,
            created_at, active_at)
            VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, '{}', sha256('{}'), market_now(), market_now())""",
            contract, new_number("CON"), kind, *parties, self.currency, net + vat,
        )  # fmt: skip
        await owner.execute(
            """INSERT INTO purchase_order (id, number, contract_id, buyer_id, seller_id, status, currency, net_minor, vat_minor,
            gross_minor, fee_percent, fee_vat_percent, terms, delivery, created_at, placed_at, confirmed_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, 'confirmed', $6, $7, $8, $9, 1, 10, $10::text::jsonb, '{"deliver_to": "1 Test Street",
            "region": "VN-SG", "lines": []}', market_now(), market_now(), market_now(), market_now())""",
            order, number, contract, *parties, self.currency, net, vat, net + vat, msgspec.json.encode(terms).decode(),
        )  # fmt: skip
        for position, part in enumerate(parts, 1):
            offer = offers[position - 1] if offers else None
            await owner.execute(
                """INSERT INTO order_line (id, order_id, buyer_id, seller_id, position, offer_id, category_code, title, unit,
                quantity, price, vat_code, vat_percent, net_minor, vat_minor, placed, taken)
                VALUES ($1, $2, $3, $4, $5, $6, 'other', 'Goods', 'C62', $7, $8, 'VN10', $9, $10, $11, true,
                    CASE WHEN $6::uuid IS NULL THEN 0 ELSE $7::numeric END)""",
                part[0], order, *parties, position, offer, part[1], part[2], part[3], part[4], part[5],
            )  # fmt: skip
        instalments = await self._instalments(order, number, terms.instalments, net + vat, due)
        return Ordered(order, contract, tuple(part[0] for part in parts), instalments)

    async def _instalments(self, order: UUID, number: str, terms: Any, gross: int, due: str) -> tuple[UUID, ...]:
        ids: list[UUID] = []
        for position, (term, amount) in enumerate(zip(terms, split(gross, [item.share for item in terms]), strict=True), 1):
            at_once = term.trigger in ("order_confirmation", "before_despatch")
            ids.append(new_id())
            await self.world.owner.execute(
                """INSERT INTO instalment (id, order_id, buyer_id, seller_id, position, method, trigger, days_after, status,
                currency, amount_minor, reference, due_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
                CASE WHEN $9 = 'due' THEN market_now() + $13::text::interval END, market_now())""",
                ids[-1], order, self.buyer.company, self.seller.company, position, term.method, term.trigger, term.days_after,
                "due" if at_once else "planned", self.currency, amount, f"{number}-{position}", due,
            )  # fmt: skip
        return tuple(ids)

    @asynccontextmanager
    async def tx(self, ctx: Ctx) -> AsyncIterator[Tx]:
        async with self.api.tx(ctx, "finish") as tx:
            yield tx

    async def fund(self, company: UUID, amount_minor: int) -> None:
        """Put money on a company's balance."""
        async with self.worker.system() as tx:
            member = await ledger.open_account(tx, company, "member", self.currency)
            clearing = await ledger.open_account(tx, None, "clearing", self.currency)
            await ledger.post(tx, f"test:{new_id()}", "opening", [Line(clearing, -amount_minor), Line(member, amount_minor)], {})

    async def pay(self, instalment: UUID) -> Instalment:
        async with self.tx(self.buyer) as tx:
            return await payments.pay(tx, instalment)

    async def announce(self, instalment: UUID) -> Instalment:
        async with self.tx(self.buyer) as tx:
            return await payments.announce(tx, instalment)

    async def confirm(self, instalment: UUID, received: bool = True) -> Instalment:
        async with self.tx(self.seller) as tx:
            return await payments.answer(tx, instalment, received=received)

    async def despatch(self, order: Ordered, *quantities: str) -> Delivery:
        sent = tuple(
            DespatchLine(line, quantity) for line, quantity in zip(order.lines, quantities, strict=True) if quantity != "0"
        )
        async with self.tx(self.seller) as tx:
            return await deliveries.despatch(tx, order.id, DespatchCommand(lines=sent))

    async def arrive(self, delivery: UUID) -> Delivery:
        async with self.tx(self.buyer) as tx:
            return await deliveries.arrive(tx, delivery)

    async def inspect(self, delivery: UUID, *counts: tuple[UUID, str, str]) -> Delivery:
        """Accept and reject by line (line, accepted, rejected); a rejection has its reason and photo."""
        photo = await self.photo() if any(rejected != "0" for _, _, rejected in counts) else None
        said = tuple(
            InspectLine(order_line_id=line, accepted=accepted, rejected=rejected)
            if rejected == "0"
            else InspectLine(order_line_id=line, accepted=accepted, rejected=rejected, reason="Broken", photo_file_id=photo)
            for line, accepted, rejected in counts
        )
        async with self.tx(self.buyer) as tx:
            return await deliveries.inspect(tx, delivery, InspectCommand(said))

    async def photo(self, owner: Ctx | None = None) -> UUID:
        ctx = owner or self.buyer
        received = Received(id=new_id(), name="p.png", media_type="image/png", size=1, sha256=b"0" * 32, purpose="photo")
        async with self.tx(ctx) as tx:
            return (await file_store.insert(tx, received, ctx.company, (), ctx.person_id)).id

    async def propose(self, order: UUID, ctx: Ctx | None = None) -> Closing:
        async with self.tx(ctx or self.buyer) as tx:
            return await closing.propose(tx, order, "No longer needed")

    async def answer(self, proposal: UUID, said: Any = "agree", ctx: Ctx | None = None) -> Closing:
        async with self.tx(ctx or self.seller) as tx:
            return await closing.answer(tx, proposal, said)

    async def invoice(self, delivery: UUID, **changes: Any) -> Invoice:
        """The seller records exactly what is expected, but for `changes`."""
        expected = await self.world.owner.fetchrow(
            "SELECT * FROM invoice WHERE delivery_id = $1 AND status <> 'replaced'", delivery
        )
        tax = dict(await self.world.owner.fetch("SELECT id, tax_id FROM company"))
        digits = 0 if self.currency == "VND" else 2
        said: dict[str, Any] = {
            "number": f"INV-{uuid4().hex[:8]}",
            "issued_on": await self.today(),
            "net": f"{Decimal(expected['expected_net_minor']).scaleb(-digits):f}",
            "vat": f"{Decimal(expected['expected_vat_minor']).scaleb(-digits):f}",
            "seller_tax_id": tax[self.seller.company],
            "buyer_tax_id": tax[self.buyer.company],
            **changes,
        }
        async with self.tx(self.seller) as tx:
            return await invoices.record(tx, delivery, InvoiceIn(**said))

    async def today(self) -> date:
        found: date = await self.world.owner.fetchval("SELECT (market_now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date")
        return found

    async def settle(self, *, sweep: bool = False) -> None:
        """Run every waiting job of settlement, those that follow included, as the worker does."""
        table = handlers()
        kinds = set(SETTLING)
        if sweep:
            for rule in deadlines.SWEEPS:
                await deadlines.sweep(self.worker, rule)
                kinds.add(rule.kind)
        while rows := await self.world.owner.fetch(UNDONE, sorted(kinds)):
            for found in rows:
                handler = table[found["kind"]]
                assert isinstance(handler, Internal)
                job = Job(
                    id=found["id"],
                    kind=found["kind"],
                    payload=msgspec.json.decode(found["payload"]),
                    attempts=1,
                    lease_token=uuid4(),
                )
                async with self.worker.tx(Ctx(request_id=f"job {job.id}"), "any") as tx:
                    await handler.handler(tx, job)
                    await tx.execute("UPDATE job SET state = 'done', done_at = clock_timestamp() WHERE id = $1", job.id)

    async def value(self, sql: str, *arguments: object) -> Any:
        return await self.world.owner.fetchval(sql, *arguments)

    async def status(self, table: str, id_: UUID) -> str:
        found: str = await self.value(f"SELECT status FROM {table} WHERE id = $1", id_)
        return found

    async def divided(self, instalment: UUID) -> tuple[Any, ...]:
        """status, amount, to the seller, returned, fee, VAT on the fee."""
        return tuple(
            await self.world.owner.fetchrow(
                """SELECT status, amount_minor, to_seller_minor, returned_minor, fee_minor, fee_vat_minor FROM instalment
                WHERE id = $1""",
                instalment,
            )
        )

    async def balance(self, company: UUID) -> tuple[int, int, int]:
        """balance, held, owed of a company."""
        async with self.worker.system() as tx:
            found = await ledger.balance(tx, company, self.currency)
        return found.balance_minor, found.held_minor, found.owed_minor

    async def earned(self) -> tuple[int, int]:
        """Fee and VAT on it on the exchange's accounts."""
        async with self.worker.system() as tx:
            return (
                await ledger.exchange_balance(tx, "fee", self.currency),
                await ledger.exchange_balance(tx, "fee_vat", self.currency),
            )

    async def events(self, aggregate: UUID) -> list[str]:
        rows = await self.world.owner.fetch("SELECT type FROM event WHERE aggregate_id = $1 ORDER BY seq", aggregate)
        return [found["type"] for found in rows]

    async def verified(self) -> None:
        """The ledger is whole, and the instalments say what it moved."""
        assert await verify_ledger(self.world.owner) == []
        wrong = await self.world.owner.fetch(
            """SELECT i.id FROM instalment AS i WHERE i.method = 'protected' AND i.status = 'settled'
            AND i.amount_minor - i.returned_minor IS DISTINCT FROM
                (SELECT r.posted_minor FROM ledger_hold_resolution AS r WHERE r.hold_id = i.hold_id)"""
        )
        assert wrong == []


async def together(*calls: Any) -> list[Any]:
    """All at once; refusals come back as values."""
    return await asyncio.gather(*calls, return_exceptions=True)
