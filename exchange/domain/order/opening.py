"""How an order begins: inserted from the text of its contract, with lines and instalments, in one round trip."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from exchange import events
from exchange.country import profile, working_days_after
from exchange.db import Tx
from exchange.domain.contract.body import BodyInstalment, BodyLine, ContractBody
from exchange.domain.order.model import (
    LIFECYCLE,
    PAYMENT_WORKING_DAYS,
    DeliveryPlan,
    Instalment,
    Order,
    OrderLine,
    PlaceOfLine,
    Sides,
)
from exchange.domain.order.store import opened
from exchange.events import Happened
from exchange.ids import new_id

# The order, its lines and what is to be paid. $17 null: it waits for approval, is not placed and has no instalments yet.
INSERT: Final = """
WITH o AS (
    INSERT INTO purchase_order (id, number, contract_id, buyer_id, seller_id, status, currency, net_minor, vat_minor,
        gross_minor, fee_percent, fee_vat_percent, terms, delivery, buyer_reference, cost_centre, placed_by, placed_at,
        confirmed_at, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8::bigint + $9::bigint, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18, $18)
), i AS (
    INSERT INTO instalment (id, order_id, buyer_id, seller_id, position, method, trigger, days_after, status, currency,
        amount_minor, reference, due_at, created_at)
    SELECT i.id, $1, $4, $5, i.position, i.method, i.trigger, i.days_after, i.status, $7, i.amount_minor, i.reference, i.due_at,
        $18
    FROM unnest($34::uuid[], $35::smallint[], $36::text[], $37::text[], $38::smallint[], $39::text[], $40::bigint[], $41::text[],
        $42::timestamptz[]) AS i (id, position, method, trigger, days_after, status, amount_minor, reference, due_at)
)
INSERT INTO order_line (id, order_id, buyer_id, seller_id, position, offer_id, offer_version, category_code, title, mpn, unit,
    quantity, price, vat_code, vat_percent, net_minor, vat_minor, taken, placed)
SELECT l.id, $1, $4, $5, l.position, l.offer_id, l.offer_version, l.category_code, l.title, l.mpn, l.unit, l.quantity, l.price,
    l.vat_code, l.vat_percent, l.net_minor, l.vat_minor, CASE WHEN l.from_stock THEN l.quantity ELSE 0 END,
    $17::timestamptz IS NOT NULL
FROM unnest($19::uuid[], $20::smallint[], $21::uuid[], $22::integer[], $23::text[], $24::text[], $25::text[], $26::text[],
    $27::numeric[], $28::numeric[], $29::text[], $30::numeric[], $31::bigint[], $32::bigint[],
    $33::boolean[]) AS l (id, position, offer_id, offer_version, category_code, title, mpn, unit, quantity, price, vat_code,
        vat_percent, net_minor, vat_minor, from_stock)
"""

# The instalments of an order that waited; a row for each instalment of the contract.
INSERT_INSTALMENTS: Final = """
INSERT INTO instalment (id, order_id, buyer_id, seller_id, position, method, trigger, days_after, status, currency, amount_minor,
    reference, due_at, created_at)
SELECT i.id, $1, $2, $3, i.position, i.method, i.trigger, i.days_after, i.status, $4, i.amount_minor, i.reference, i.due_at, $5
FROM unnest($6::uuid[], $7::smallint[], $8::text[], $9::text[], $10::smallint[], $11::text[], $12::bigint[], $13::text[],
    $14::timestamptz[]) AS i (id, position, method, trigger, days_after, status, amount_minor, reference, due_at)
"""


async def insert(
    tx: Tx,
    order: UUID,
    number: str,
    body: ContractBody,
    at: datetime,
    *,
    confirmed: bool,
    from_stock: Sequence[bool] = (),
    buyer_reference: str | None = None,
    cost_centre: str | None = None,
) -> Order:
    """An order, confirmed under its contract or waiting for the buyer's approval, as a reader will find it.

    `from_stock` says of each line whether its quantity was taken of its offer, to be given back if the order ends unpaid.
    """
    status = "confirmed" if confirmed else "pending_approval"
    assert status in LIFECYCLE.initial
    new = Order(
        id=order,
        version=1,
        number=number,
        status=status,
        contract_id=body.id if confirmed else None,
        contract_number=body.number if confirmed else None,
        buyer_id=body.buyer.company_id,
        buyer="",
        seller_id=body.seller.company_id,
        seller="",
        currency=body.currency,
        net_minor=body.minor(body.net),
        vat_minor=body.minor(body.vat),
        gross_minor=body.gross_minor,
        fee_percent=Decimal(body.fee_percent),
        fee_vat_percent=Decimal(body.fee_vat_percent),
        terms=body.terms,
        delivery=DeliveryPlan(
            deliver_to=body.lines[0].deliver_to,
            region=body.lines[0].region,
            lines=tuple(PlaceOfLine(line.region, line.deliver_within_days) for line in body.lines),
        ),
        buyer_reference=buyer_reference,
        cost_centre=cost_centre,
        placed_by=body.basis.placed_by,
        placed_at=at if confirmed else None,
        confirmed_at=at if confirmed else None,
        completed_at=None,
        lines=tuple(_line(line, body) for line in body.lines),
        deliveries=(),
        invoices=(),
        instalments=_to_pay(body, number, at) if confirmed else (),
        closing=None,
        pay_to=None,
    )
    await _insert(tx, new, at, from_stock or [False] * len(new.lines))
    sides = await tx.one(Sides, SIDES, order, new.buyer_id, new.seller_id)
    pay_to = None if sides.pay_to is None else await opened(tx, new.seller_id, sides.pay_to)
    return msgspec.structs.replace(new, buyer=sides.buyer, seller=sides.seller, pay_to=pay_to)


# How the two sides are called, and where a direct payment goes: what a new order shows beside its own rows.
SIDES: Final = """
SELECT b.display_name AS buyer, s.display_name AS seller, (SELECT jsonb_build_object('id', a.id, 'holder', a.holder, 'bank_name',
    a.bank_name, 'number', a.number, 'verified', a.verified, 'paused_until', a.paused_until)
    FROM order_bank_account($1) AS a) AS pay_to
FROM company AS b, company AS s WHERE b.id = $2 AND s.id = $3
"""


async def _insert(tx: Tx, new: Order, at: datetime, from_stock: Sequence[bool]) -> None:
    lines = new.lines
    await tx.execute(
        INSERT,
        new.id,
        new.number,
        new.contract_id,
        new.buyer_id,
        new.seller_id,
        new.status,
        new.currency,
        new.net_minor,
        new.vat_minor,
        new.fee_percent,
        new.fee_vat_percent,
        new.terms,
        new.delivery,
        new.buyer_reference,
        new.cost_centre,
        new.placed_by,
        new.placed_at,
        at,
        [line.id for line in lines],
        [line.position for line in lines],
        [line.offer_id for line in lines],
        [line.offer_version for line in lines],
        [line.category_code for line in lines],
        [line.title for line in lines],
        [line.mpn for line in lines],
        [line.unit for line in lines],
        [line.quantity for line in lines],
        [line.price for line in lines],
        [line.vat_code for line in lines],
        [line.vat_percent for line in lines],
        [line.net_minor for line in lines],
        [line.vat_minor for line in lines],
        from_stock,
        *_columns(new.instalments),
    )


def _line(line: BodyLine, body: ContractBody) -> OrderLine:
    """A line of the contract as the order's, with nothing sent yet."""
    nothing = Decimal(0)
    return OrderLine(
        id=new_id(),
        position=line.position,
        offer_id=line.offer_id,
        offer_version=line.offer_version,
        category_code=line.category,
        title=line.title,
        mpn=line.mpn,
        unit=line.unit,
        quantity=Decimal(line.quantity),
        price=Decimal(line.price),
        vat_code=line.vat_code,
        vat_percent=Decimal(line.vat_percent),
        net_minor=body.minor(line.net),
        vat_minor=body.minor(line.vat),
        despatched=nothing,
        received=nothing,
        accepted=nothing,
        rejected=nothing,
        closed=nothing,
    )


def _to_pay(body: ContractBody, number: str, at: datetime) -> tuple[Instalment, ...]:
    """The instalments of the contract, those that its confirmation triggers already due."""
    due = [due_at(item, body, at) for item in body.instalments]
    return tuple(
        Instalment(
            id=new_id(),
            version=1,
            position=item.position,
            method=item.method,
            trigger=item.trigger,
            days_after=item.days_after,
            status="planned" if moment is None else "due",
            currency=body.currency,
            amount_minor=body.minor(item.amount),
            reference=f"{number}-{item.position}",
            due_at=moment,
        )
        for item, moment in zip(body.instalments, due, strict=True)
    )


def _columns(instalments: Sequence[Instalment]) -> Sequence[Sequence[object]]:
    return (
        [item.id for item in instalments],
        [item.position for item in instalments],
        [item.method for item in instalments],
        [item.trigger for item in instalments],
        [item.days_after for item in instalments],
        [item.status for item in instalments],
        [item.amount_minor for item in instalments],
        [item.reference for item in instalments],
        [item.due_at for item in instalments],
    )


def due_now(instalments: Sequence[Instalment]) -> tuple[UUID, ...]:
    """Those that are due at once."""
    return tuple(item.id for item in instalments if item.status == "due")


async def insert_instalments(tx: Tx, order: UUID, number: str, body: ContractBody, at: datetime) -> tuple[UUID, ...]:
    """What is to be paid for an order that waited and is confirmed now. Answers what is due at once."""
    new = _to_pay(body, number, at)
    parties = (body.buyer.company_id, body.seller.company_id)
    await tx.execute(INSERT_INSTALMENTS, order, *parties, body.currency, at, *_columns(new))
    return due_now(new)


async def begin(
    tx: Tx,
    order: UUID,
    version: int,
    body: ContractBody,
    due: Sequence[UUID],
    *,
    came_from: str | None = None,
    after: Sequence[Happened] = (),
) -> None:
    """What follows from confirmation: both sides are told, also of the instalments that are `due`. The same for every kind.

    `after` is what happened before it in this transaction and is recorded with it.
    """
    parties = (body.buyer.company_id, body.seller.company_id)
    confirmed = Happened(
        type="order.confirmed",
        aggregate_id=order,
        version=version,
        from_state=came_from,
        to_state="confirmed",
        audience=parties,
        payload={"contract_id": str(body.id)},
    )
    to_pay = [
        Happened(
            type="instalment.due",
            aggregate_id=instalment,
            version=1,
            to_state="due",
            audience=parties,
            payload={"order_id": str(order)},
        )
        for instalment in due
    ]
    await events.append_all(tx, [*after, confirmed, *to_pay])


def due_at(item: BodyInstalment, body: ContractBody, at: datetime) -> datetime | None:
    """When an instalment is due that the confirmation itself triggers, or None while it must wait for its trigger.

    The last moment of a day in the buyer's country, counted in its working days. What must be there before despatch is due
    by then as well: at the latest when the goods are to be on their way.
    """
    if item.trigger not in ("order_confirmation", "before_despatch"):
        return None
    country = profile(body.buyer.profile)
    zone = ZoneInfo(country.timezone)
    days = item.days_after
    if item.method == "protected" or item.trigger == "before_despatch":
        days = max(days, PAYMENT_WORKING_DAYS)
    day = working_days_after(country, at.astimezone(zone).date(), days)
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
