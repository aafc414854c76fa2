"""Binding awards and the contracts drafted from them, for the tests of contract and settlement."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from exchange.ctx import Ctx
from exchange.domain.contract import drafting, service
from exchange.domain.contract.model import Contract
from exchange.ids import new_id, new_number
from exchange.money import line_net_minor, vat_minor
from schemas.quote import QuoteBody, QuoteLine
from schemas.rfq import Requirement, RfqLine
from schemas.terms import TermsIn, terms_view
from tests.world import World


def quoted(line: UUID, quantity: str, price: str, currency: str = "VND", percent: str = "10") -> QuoteLine:
    net = line_net_minor(Decimal(price), Decimal(quantity), currency)
    return QuoteLine(
        line_id=line,
        quantity=quantity,
        price=price,
        vat_code="VN10",
        vat_percent=percent,
        lead_time_days=5,
        net_minor=net,
        vat_minor=vat_minor(net, Decimal(percent)),
    )


async def binding_award(world: World, buyer: Ctx, seller: Ctx, *, terms: TermsIn | None = None, currency: str = "VND") -> UUID:
    """An RFQ of two lines, its open winning quote and the award that binds, as their own services leave them."""
    asked = [
        RfqLine(
            id=new_id(), category="other", text="Salt, food grade", quantity="1000", unit="KGM", region="VN-SG",
            requirements=(Requirement(attribute="purity", op=">=", value=99),),
        ),
        RfqLine(id=new_id(), category="other", text="Sacks of 25 kg", quantity="40", unit="C62", region="VN-SG"),
    ]  # fmt: skip
    lines = (quoted(asked[0].id, "1000", "7200", currency), quoted(asked[1].id, "40", "3500.5", currency))
    net, vat = sum(line.net_minor for line in lines), sum(line.vat_minor for line in lines)
    agreed = terms_view(terms or TermsIn(payment="protected_full"))
    owner, rfq, quote, award = world.owner, new_id(), new_id(), new_id()
    await owner.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: msgspec.json.encode(value).decode(), decoder=msgspec.json.decode
    )
    now: Any = await owner.fetchval("SELECT market_now()")
    body = QuoteBody(
        currency=currency,
        lines=lines,
        terms=agreed,
        valid_until=now,
        all_or_nothing=True,
        net_minor=net,
        vat_minor=vat,
        gross_minor=net + vat,
        fee_percent="1",
        fee_vat_percent="10",
        fee_minor=vat_minor(net, Decimal(1)),
        fee_vat_minor=vat_minor(vat_minor(net, Decimal(1)), Decimal(10)),
    )
    await owner.execute(
        """INSERT INTO rfq (id, number, buyer_id, status, title, sealed, mode, currency, lines, terms, due_at, published_at,
        created_by, created_at, updated_at)
        VALUES ($1, $2, $3, 'awarded', 'Salt for a year', true, 'open', $4, $5, $6, $7, $7, $8, $7, $7)""",
        rfq, new_number("RFQ"), buyer.company, currency, asked, agreed, now, buyer.person,
    )  # fmt: skip
    await owner.execute(
        """INSERT INTO quote (id, number, rfq_id, buyer_id, seller_id, status, version, body_version, rfq_version, submitted_at,
        opened_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'awarded', 3, 1, 1, $6, $6, $6, $6)""",
        quote, new_number("QUO"), rfq, buyer.company, seller.company, now,
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO quote_body (quote_id, version, rfq_id, buyer_id, seller_id, opened, body, at) "
        "VALUES ($1, 1, $2, $3, $4, true, $5, $6)",
        quote, rfq, buyer.company, seller.company, body, now,
    )  # fmt: skip
    await owner.execute(
        """INSERT INTO award (id, rfq_id, quote_id, quote_version, buyer_id, seller_id, status, currency, net_minor, vat_minor,
        gross_minor, proposed_by, proposed_at, bound_at)
        VALUES ($1, $2, $3, 3, $4, $5, 'binding', $6, $7, $8, $9, $10, $11, $11)""",
        award, rfq, quote, buyer.company, seller.company, currency, net, vat, net + vat, buyer.person, now,
    )  # fmt: skip
    return award


async def drafted(world: World, buyer: Ctx, seller: Ctx, **more: Any) -> UUID:
    """A contract that waits for both signatures."""
    award = await binding_award(world, buyer, seller, **more)
    worker = await world.db.worker()
    async with worker.system() as tx:
        contract = await drafting.draft(tx, award)
    assert contract is not None
    return contract


async def read(world: World, ctx: Ctx, contract: UUID) -> Contract:
    api = await world.db.api(1)
    async with api.tx(ctx, "any") as tx:
        return await service.get(tx, contract)
