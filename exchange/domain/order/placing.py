"""The short way: an order from firm offers binds at once, or waits for the buyer's own approver."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.country import profile, required_currency
from exchange.db import Tx
from exchange.domain.approval import service as approvals
from exchange.domain.contract import body as text
from exchange.domain.contract import store as contracts
from exchange.domain.contract.body import Basis, BodyLine, ContractBody, Party
from exchange.domain.order import firm, opening, store
from exchange.domain.order.model import LIFECYCLE, DealParty, Held, Order
from exchange.domain.order.refusals import AboveSigningLimit, CurrencyNotAllowed, OwnCompany, SellerNotActive
from exchange.domain.permission import need, show
from exchange.domain.privacy import fields
from exchange.errors import NotFound, WrongState, invalid
from exchange.events import Happened
from exchange.ids import new_id, new_number
from exchange.money import decimal_text, minor_text
from schemas.order import PlaceOrder
from schemas.terms import TermsView

# Both parties as the contract names them, with the fee of the day.
PARTIES: Final = """
SELECT p.id, p.status, p.legal_name, p.country, p.profile, p.registration_id, p.tax_id, p.address, p.representative,
    p.representative_title, p.above_signing_limit, p.shared_person, f.percent AS fee_percent, f.vat_percent AS fee_vat_percent,
    (SELECT jsonb_build_object('version', y.version, 'currency', y.currency, 'tiers', y.tiers) FROM approval_policy AS y
        WHERE y.company_id = p.id AND y.kind = 'order' AND y.active) AS approval_rule
FROM deal_parties($1, $2, $3) AS p
    CROSS JOIN LATERAL (SELECT r.percent, r.vat_percent FROM fee_rate AS r WHERE r.valid_from <= $4::timestamptz::date
        ORDER BY r.valid_from DESC LIMIT 1) AS f
"""

NOW: Final = "SELECT market_now()"


class Parties(msgspec.Struct, frozen=True):
    buyer: DealParty
    seller: DealParty


async def place(tx: Tx, command: PlaceOrder, order: UUID | None = None) -> Order:
    """Order from firm offers of one seller, each at the version that was seen; `order` is its id when the caller chose one.

    Confirmed at once under the standard terms, or pending_approval when the buyer's own policy asks its people. Raises
    Invalid with every wrong line, OfferChanged, NotEnough, SellerNotActive, AboveSigningLimit, CurrencyNotAllowed or
    OwnCompany.
    """
    need(tx.ctx, "order.write")
    offers = await firm.take(tx, command)
    at = max(offer.at for offer in offers)
    lines = firm.body_lines(command, offers)
    currency, terms = offers[0].currency, offers[0].terms
    net_minor, vat_minor = text.totals(lines, currency)
    if net_minor == 0:
        raise invalid("/lines", "no-value", "The order has no value: its net amount rounds to zero.")
    parties = await _parties(tx, offers[0].company_id, currency, net_minor + vat_minor, at)
    _may_deal(parties, currency)
    body = _body(parties, lines, terms, currency, placed_by=tx.ctx.person, at=at)
    order, number = order or new_id(), new_number("PO")
    route = approvals.under(parties.buyer.approval_rule, currency, body.gross_minor)
    if route is None:
        await _insert_contract(tx, body, at)
    placed = await opening.insert(
        tx,
        order,
        number,
        body,
        at,
        confirmed=route is None,
        from_stock=[offer.available is not None for offer in offers],
        buyer_reference=command.buyer_reference,
        cost_centre=command.cost_centre,
    )
    if route is not None:
        await events.append(tx, "order.drafted", order, 1, to_state="pending_approval")
        await approvals.request(tx, "order", order, 1, currency, body.gross_minor, route)
    else:
        await _bind(tx, order, 1, body, opening.due_now(placed.instalments), came_from=None)
    return placed


async def get(tx: Tx, order: UUID) -> Order:
    """The order as a party may see it."""
    found = await store.get(tx, order)
    if found is None:
        raise NotFound(noun="order")
    show(tx.ctx, "order", found.buyer_id, found.seller_id if found.placed_at is not None else None)
    return found


async def _parties(tx: Tx, seller: UUID, currency: str, gross_minor: int, at: datetime) -> Parties:
    found = await tx.many(DealParty, PARTIES, seller, currency, gross_minor, at)
    by_id = {party.id: await _named(tx, party) for party in found}
    return Parties(by_id[tx.ctx.company], by_id[seller])


async def _named(tx: Tx, party: DealParty) -> DealParty:
    name = await fields.open_text(tx, party.id, party.representative, at=fields.REPRESENTATIVE, row=party.id)
    return msgspec.structs.replace(party, representative=name)


def _may_deal(parties: Parties, currency: str) -> None:
    """What stands against a deal of these two in this currency and of this value."""
    buyer, seller = parties.buyer, parties.seller
    if seller.shared_person:
        raise OwnCompany
    if seller.status != "active":
        raise SellerNotActive(current=seller.status)
    required = required_currency(profile(seller.profile), profile(buyer.profile))
    if required is not None and currency != required:
        raise CurrencyNotAllowed(required=required, currency=currency)
    for side, party in (("your company", buyer), ("the seller", seller)):
        if party.above_signing_limit:
            raise AboveSigningLimit(side=side)


def _party(row: DealParty) -> Party:
    return Party(
        company_id=row.id,
        legal_name=row.legal_name,
        country=row.country,
        profile=row.profile,
        registration_id=row.registration_id,
        tax_id=row.tax_id,
        address=row.address,
        representative=row.representative,
        representative_title=row.representative_title,
    )


def _body(
    parties: Parties, lines: tuple[BodyLine, ...], terms: TermsView, currency: str, *, placed_by: UUID, at: datetime
) -> ContractBody:
    net_minor, vat_minor = text.totals(lines, currency)
    gross_minor = net_minor + vat_minor
    return ContractBody(
        format=text.FORMAT,
        kind="standard",
        id=new_id(),
        number=new_number("CON"),
        text_version=1,
        buyer=_party(parties.buyer),
        seller=_party(parties.seller),
        basis=Basis(placed_by=placed_by, placed_at=at),
        currency=currency,
        lines=lines,
        net=minor_text(net_minor, currency),
        vat=minor_text(vat_minor, currency),
        gross=minor_text(gross_minor, currency),
        terms=terms,
        instalments=text.schedule(terms, gross_minor, currency),
        fee_percent=decimal_text(parties.seller.fee_percent),
        fee_vat_percent=decimal_text(parties.seller.fee_vat_percent),
        standard_terms=text.current_terms(),
        drafted_at=at,
    )


async def _insert_contract(tx: Tx, body: ContractBody, at: datetime) -> None:
    frozen = text.canonical(body)
    await contracts.insert_standard(
        tx,
        body.id,
        body.number,
        body.buyer.company_id,
        body.seller.company_id,
        body.currency,
        body.gross_minor,
        frozen,
        text.digest(frozen),
        at,
    )


async def _bind(tx: Tx, order: UUID, version: int, body: ContractBody, due: Sequence[UUID], came_from: str | None) -> None:
    """The contract is active, the order confirmed, some instalments due: all of it is recorded."""
    activated = Happened(
        type="contract.activated",
        aggregate_id=body.id,
        version=1,
        to_state="active",
        audience=(body.buyer.company_id, body.seller.company_id),
        payload={"order_id": str(order)},
    )
    await opening.begin(tx, order, version, body, due, came_from=came_from, after=(activated,))


async def approve(tx: Tx, order: UUID) -> Order:
    """The buyer's approver has said yes, in this transaction: what was held binds now, as it was asked.

    The caller has checked who decides. Raises WrongState when the order does not wait, SellerNotActive when the seller can
    no longer deal.
    """
    step = LIFECYCLE.step("approve")
    held = await hold(tx, order)
    if held.status not in step.from_:
        raise WrongState(noun="order", current=held.status)
    waiting = await get(tx, order)
    at: datetime = await tx.value(NOW)
    parties = await _parties(tx, waiting.seller_id, waiting.currency, waiting.gross_minor, at)
    _may_deal(parties, waiting.currency)
    body = _body_of(waiting, parties, at)
    await _insert_contract(tx, body, at)
    version = await store.confirm(tx, order, step.from_, step.to, body.id, at)
    if version is None:
        raise WrongState(noun="order", current=held.status)
    due = await opening.insert_instalments(tx, order, waiting.number, body, at)
    await _bind(tx, order, version, body, due, came_from=held.status)
    return await get(tx, order)


def _body_of(order: Order, parties: Parties, at: datetime) -> ContractBody:
    """The text again from the rows that were frozen while the order waited; the fee stays the one of its day."""
    lines = tuple(
        text.line(
            position=line.position,
            title=line.title,
            category=line.category_code,
            unit=line.unit,
            quantity=line.quantity,
            price=line.price,
            vat_code=line.vat_code,
            vat_percent=line.vat_percent,
            currency=order.currency,
            region=place.region,
            deliver_to=order.delivery.deliver_to,
            deliver_within_days=place.deliver_within_days,
            offer=None if line.offer_id is None or line.offer_version is None else (line.offer_id, line.offer_version),
            mpn=line.mpn,
        )
        for line, place in zip(order.lines, order.delivery.lines, strict=True)
    )
    assert order.placed_by is not None, "a waiting order has a person who asked for it"
    body = _body(parties, lines, order.terms, order.currency, placed_by=order.placed_by, at=at)
    return msgspec.structs.replace(
        body, fee_percent=decimal_text(order.fee_percent), fee_vat_percent=decimal_text(order.fee_vat_percent)
    )


async def return_to_draft(tx: Tx, order: UUID) -> None:
    """The approver said no, or the time for it passed: what the order held is free again. Raises WrongState."""
    step = LIFECYCLE.step("return")
    held = await hold(tx, order)
    version = await store.return_pending(tx, order)
    if version is None:
        raise WrongState(noun="order", current=held.status)
    await events.append(tx, step.event, order, version, from_state=held.status, to_state=step.to, audience=(held.buyer_id,))


async def hold(tx: Tx, order: UUID) -> Held:
    """Lock the order to the end of this transaction; its state and buyer."""
    held = await store.hold(tx, order)
    if held is None:
        raise NotFound(noun="order")
    return held
