"""How an order begins: inserted from the text of its contract, with lines and instalments, in one round trip."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from exchange import events
from exchange.country import profile, working_days_after
from exchange.db import Tx
from exchange.domain.contract.body import BodyInstalment, ContractBody
from exchange.domain.order.model import LIFECYCLE, PAYMENT_WORKING_DAYS, DeliveryPlan, PlaceOfLine
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
    quantity, price, vat_code, vat_percent, net_minor, vat_minor, taken)
SELECT l.id, $1, $4, $5, l.position, l.offer_id, l.offer_version, l.category_code, l.title, l.mpn, l.unit, l.quantity, l.price,
    l.vat_code, l.vat_percent, l.net_minor, l.vat_minor, CASE WHEN l.from_stock THEN l.quantity ELSE 0 END
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
) -> tuple[UUID, ...]:
    """The rows of an order; confirmed under its contract, or waiting for the buyer's approval. Answers what is due at once.

    `from_stock` says of each line whether its quantity was taken of its offer, to be given back if the order ends unpaid.
    """
    status = "confirmed" if confirmed else "pending_approval"
    assert status in LIFECYCLE.initial
    plan = DeliveryPlan(
        deliver_to=body.lines[0].deliver_to,
        region=body.lines[0].region,
        lines=tuple(PlaceOfLine(line.region, line.deliver_within_days) for line in body.lines),
    )
    to_pay = _to_pay(body.instalments if confirmed else (), number, body, at)
    await tx.execute(
        INSERT,
        order,
        number,
        body.id if confirmed else None,
        body.buyer.company_id,
        body.seller.company_id,
        status,
        body.currency,
        body.minor(body.net),
        body.minor(body.vat),
        Decimal(body.fee_percent),
        Decimal(body.fee_vat_percent),
        body.terms,
        plan,
        buyer_reference,
        cost_centre,
        body.basis.placed_by,
        at if confirmed else None,
        at,
        *_line_columns(body),
        from_stock or [False] * len(body.lines),
        *to_pay.columns,
    )
    return to_pay.due


def _line_columns(body: ContractBody) -> Sequence[Sequence[object]]:
    lines = body.lines
    return (
        [new_id() for _ in lines],
        [line.position for line in lines],
        [line.offer_id for line in lines],
        [line.offer_version for line in lines],
        [line.category for line in lines],
        [line.title for line in lines],
        [line.mpn for line in lines],
        [line.unit for line in lines],
        [Decimal(line.quantity) for line in lines],
        [Decimal(line.price) for line in lines],
        [line.vat_code for line in lines],
        [Decimal(line.vat_percent) for line in lines],
        [body.minor(line.net) for line in lines],
        [body.minor(line.vat) for line in lines],
    )


class _ToPay(msgspec.Struct, frozen=True):
    """The columns of instalments, and the ids of those that are due at once."""

    columns: tuple[Sequence[object], ...]
    due: tuple[UUID, ...]


def _to_pay(instalments: Sequence[BodyInstalment], number: str, body: ContractBody, at: datetime) -> _ToPay:
    ids = [new_id() for _ in instalments]
    due = [due_at(item, body, at) for item in instalments]
    columns = (
        ids,
        [item.position for item in instalments],
        [item.method for item in instalments],
        [item.trigger for item in instalments],
        [item.days_after for item in instalments],
        ["planned" if moment is None else "due" for moment in due],
        [body.minor(item.amount) for item in instalments],
        [f"{number}-{item.position}" for item in instalments],
        due,
    )
    return _ToPay(columns, tuple(instalment for instalment, moment in zip(ids, due, strict=True) if moment is not None))


async def insert_instalments(tx: Tx, order: UUID, number: str, body: ContractBody, at: datetime) -> tuple[UUID, ...]:
    """What is to be paid for an order that waited and is confirmed now. Answers what is due at once."""
    to_pay = _to_pay(body.instalments, number, body, at)
    parties = (body.buyer.company_id, body.seller.company_id)
    await tx.execute(INSERT_INSTALMENTS, order, *parties, body.currency, at, *to_pay.columns)
    return to_pay.due


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
    return datetime.combine(day + timedelta(days=1), time.min, zone)
