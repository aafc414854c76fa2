"""Guarantee 30: no way up. Nobody decides for themselves, deals with themselves or bids against themselves unseen."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.ground import Place
from exchange.bench.faults.instead import instead
from exchange.bench.faults.members import member
from exchange.bench.faults.trade import PAPER
from exchange.bench.market import MEMBERSHIP
from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain import permission
from exchange.domain.approval import deciding, rules
from exchange.domain.award import service as awards
from exchange.domain.identity import bootstrap
from exchange.domain.offer import service as offers
from exchange.domain.offer.model import Offer
from exchange.domain.order import placing
from exchange.domain.order.model import Order
from exchange.domain.quote import opening
from exchange.domain.quote import service as quotes
from exchange.domain.quote.model import Quote
from exchange.domain.rfq import service as rfqs
from exchange.domain.rfq.model import Rfq
from exchange.errors import DomainError
from exchange.ids import new_id
from schemas.approval import Decision
from schemas.offer import OfferIn
from schemas.order import PlaceOrder
from schemas.quote import AwardIn, QuoteIn
from schemas.rfq import RfqIn

GROUP: Final = "UPDATE company SET group_id = $1 WHERE id = ANY ($2::uuid[])"
OFFER: Final = {**PAPER, "terms": {"payment": "direct_after_acceptance"}}
# Whoever owns the company or approves for it, above nothing.
TIERS: Final = [
    {
        "from_minor": 1,
        "steps": [{"mode": "any", "count": 1, "roles": ["owner", "approver"], "people": []}],
        "opinion_roles": [],
        "opinion_people": [],
    }
]
POLICY: Final = """
INSERT INTO approval_policy (id, company_id, kind, version, active, currency, tiers, changed_at)
VALUES ($1, $2, 'order', 1, true, 'VND', $3, market_now())
"""
UNGUARDED_VOTES: Final = """
ALTER TABLE approval_decision DISABLE TRIGGER USER;
ALTER TABLE approval_request DISABLE TRIGGER USER;
ALTER TABLE approval_request DROP CONSTRAINT approval_request_check, DROP CONSTRAINT approval_own
"""
OPERATORS_IN_COMPANIES: Final = """
SELECT count(*) FROM person AS p JOIN membership AS m ON m.person_id = p.id AND m.ended_at IS NULL
WHERE cardinality(p.operator_roles) > 0
"""


class _Floor:
    """Members in a place, and what they try in one line each. A refusal by service or database counts as one."""

    def __init__(self, place: Place, api: Database) -> None:
        self.place = place
        self.api = api
        self.refused = 0

    async def tried(self, doing: Any) -> int:
        """1: it was possible."""
        try:
            await doing
        except (DomainError, asyncpg.PostgresError):
            self.refused += 1
            return 0
        return 1

    async def offer(self, seller: Ctx) -> Offer:
        async with self.api.tx(seller) as tx:
            return await offers.create(tx, msgspec.convert(OFFER, OfferIn), publish=True)

    async def order(self, buyer: Ctx, offer: Offer) -> Order:
        line = {"offer_id": offer.id, "offer_version": offer.version, "quantity": "5"}
        said = {"lines": [line], "deliver_to": "12 Nguyen Hue, District 1", "region": "VN-SG"}
        async with self.api.tx(buyer) as tx:
            return await placing.place(tx, msgspec.convert(said, PlaceOrder))

    async def decide(self, person: Ctx, approval: UUID) -> None:
        async with self.api.tx(person) as tx:
            await deciding.decide(tx, approval, Decision("approve"))

    async def rfq(self, buyer: Ctx) -> Rfq:
        async with self.api.tx(buyer) as tx:
            said = {
                "title": "Copy paper",
                "currency": "VND",
                "lines": [{"category": "other", "text": "Copy paper", "quantity": "10", "unit": "C62", "region": "VN-SG"}],
                "terms": {"payment": "direct_after_acceptance"},
                "due_at": await rfqs.now(tx) + timedelta(days=3),
                "publish": True,
            }
            return await rfqs.create(tx, msgspec.convert(said, RfqIn))

    async def quote(self, seller: Ctx, rfq: Rfq) -> Quote:
        answer = [
            {"line_id": line.id, "quantity": line.quantity, "price": "60000", "vat_code": "VN10", "lead_time_days": 5}
            for line in rfq.lines
        ]
        said = {"lines": answer, "valid_until": rfq.due_at + timedelta(days=30)}
        async with self.api.tx(seller) as tx:
            return await quotes.put(tx, rfq.id, msgspec.convert(said, QuoteIn))

    async def close(self, buyer: Ctx, rfq: Rfq) -> None:
        async with self.api.tx(buyer) as tx:
            await rfqs.close_early(tx, rfq.id)
        async with (await self.place.database("exchange_worker", 1)).system() as tx:
            await opening.open_quotes(tx, rfq.id)

    async def award(self, buyer: Ctx, rfq: Rfq, quote: Quote) -> None:
        async with self.api.tx(buyer) as tx:
            await awards.propose(tx, rfq.id, AwardIn(quote_id=quote.id))


async def _floor(place: Place) -> _Floor:
    return _Floor(place, await place.database("exchange_api", 2))


async def approve_oneself(plan: Plan) -> Figures:
    """An order that its company's policy holds is approved by who placed it, who is owner and approver; then by a colleague."""
    async with plan.ground.place() as place:
        floor = await _floor(place)
        buyer, seller = await member(place, "Buyer"), await member(place, "Seller")
        colleague = await _colleague(place, buyer)
        async with place.connection() as owner:
            await owner.execute(POLICY, new_id(), buyer.company, msgspec.json.encode(TIERS).decode())
            if not plan.guarded:
                await owner.execute(UNGUARDED_VOTES)
        order = await floor.order(buyer, await floor.offer(seller))
        async with place.connection() as owner:
            approval: Any = await owner.fetchval("SELECT id FROM approval_request WHERE object_id = $1", order.id)
        with nullcontext() if plan.guarded else instead(rules, "voices", lambda _asked, people: set(people)):
            own = await floor.tried(floor.decide(buyer, approval))
        by_colleague = await floor.tried(floor.decide(colleague, approval))
    return {"waited": order.status == "pending_approval", "decided_for_oneself": own, "by_a_colleague": by_colleague}


async def _colleague(place: Place, ctx: Ctx) -> Ctx:
    """A second owner of the company."""
    other = await member(place, "Elsewhere")
    async with place.connection() as owner:
        await owner.execute(MEMBERSHIP, ctx.company, other.person)
    return msgspec.structs.replace(ctx, person_id=other.person)


async def deal_with_oneself(plan: Plan) -> Figures:
    """One person in two companies: orders from the other one's offer, and awards its quote."""
    async with plan.ground.place() as place:
        floor = await _floor(place)
        one, other, stranger = [await member(place, name) for name in ("One", "Other", "Stranger")]
        async with place.connection() as owner:
            await owner.execute(MEMBERSHIP, other.company, one.person)
        if not plan.guarded:
            await place.rewrite("deal_parties", [("c.id = $1 AND EXISTS", "false AND EXISTS")])
        both = msgspec.structs.replace(one, company_id=other.company, company_name=other.company_name)
        offer = await floor.offer(both)
        ordered = await floor.tried(floor.order(one, offer))
        by_stranger = await floor.tried(floor.order(stranger, offer))
        rfq = await floor.rfq(one)
        quote = await floor.quote(both, rfq)
        await floor.close(one, rfq)
        awarded = await floor.tried(floor.award(one, rfq, quote))
    return {"by_a_stranger": by_stranger, "with_oneself": ordered + awarded, "refused": floor.refused}


async def bid_against_oneself(plan: Plan) -> Figures:
    """Two suppliers of one group quote on one request, and a sister of the buyer quotes too and is ordered from."""
    async with plan.ground.place() as place:
        floor = await _floor(place)
        buyer, sister, one, other = [await member(place, name) for name in ("Buyer", "Sister", "One", "Other")]
        async with place.connection() as owner:
            for group in ((buyer, sister), (one, other)):
                await owner.execute(GROUP, new_id(), [item.company for item in group])
        if not plan.guarded:
            await place.rewrite("same_group", [("a = b OR EXISTS", "a = b OR false AND EXISTS")])
        rfq = await floor.rfq(buyer)
        inside = await floor.tried(floor.quote(sister, rfq))
        inside += await floor.tried(floor.order(buyer, await floor.offer(sister)))
        bids = sum([await floor.tried(floor.quote(item, rfq)) for item in (one, other)])
        await floor.close(buyer, rfq)
        async with floor.api.tx(buyer) as tx:
            seen = (await quotes.comparison(tx, rfq.id)).one_group
    unseen = bids == 2 and not any(set(pair) == {one.company, other.company} for pair in seen)
    return {"bids": bids, "bids_of_one_group_unseen": int(unseen), "inside_the_group": inside, "refused": floor.refused}


async def trade_as_operator(plan: Plan) -> Figures:
    """An operator who got hold of a member's context sells, asks and buys; a member is made an operator by the command."""
    async with plan.ground.place() as place:
        floor = await _floor(place)
        seller, buyer = await member(place, "Seller"), await member(place, "Buyer")
        offer = await floor.offer(seller)
        roles = frozenset().union(*permission.OPERATOR.values())
        operator = msgspec.structs.replace(buyer, operator=True, operator_roles=roles)
        anything = nullcontext() if plan.guarded else instead(permission, "may", lambda _ctx, _name: True)
        anywhere = nullcontext() if plan.guarded else instead(bootstrap, "ADD_OPERATOR", _careless())
        with anything, anywhere:
            tried = [floor.offer(operator), floor.rfq(operator), floor.order(operator, offer)]
            traded = sum([await floor.tried(doing) for doing in tried])
            async with place.connection() as owner:
                email: Any = await owner.fetchval("SELECT email FROM person WHERE id = $1", buyer.person)
                await bootstrap.add_operator(owner, email, "Both", "!", "en", ["moderator"])
                both: Any = await owner.fetchval(OPERATORS_IN_COMPANIES)
    return {"tried": len(tried) + 1, "traded": traded, "operators_in_companies": both, "refused": floor.refused}


def _careless() -> str:
    """The statement that makes operators, without the look into the memberships."""
    head, found, tail = bootstrap.ADD_OPERATOR.partition("WHERE NOT EXISTS")
    if not found:
        raise LookupError("the statement that makes operators asks for no membership any more")
    return head + tail[tail.index("RETURNING") :]


CASES: Final = (
    Case(
        id="30b",
        name="who asks for an approval is owner and approver",
        attempt=approve_oneself,
        exercised=lambda f: f["waited"] and f["by_a_colleague"] + f["decided_for_oneself"] == 1,
        holds=lambda f: f["decided_for_oneself"] == 0,
    ),
    Case(
        id="30c",
        name="one person in two companies orders from oneself, and awards oneself",
        attempt=deal_with_oneself,
        exercised=lambda f: f["by_a_stranger"] == 1,
        holds=lambda f: f["with_oneself"] == 0 and f["refused"] == 2,
    ),
    Case(
        id="30d",
        name="companies of one group bid on one request, and deal with each other",
        attempt=bid_against_oneself,
        exercised=lambda f: f["bids"] == 2,
        holds=lambda f: f["bids_of_one_group_unseen"] == f["inside_the_group"] == 0 and f["refused"] == 2,
    ),
    Case(
        id="30e",
        name="an operator trades, and a member becomes an operator",
        attempt=trade_as_operator,
        exercised=lambda f: f["tried"] == 4,
        holds=lambda f: f["traded"] == f["operators_in_companies"] == 0 and f["refused"] == 3,
    ),
)
