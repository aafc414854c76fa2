"""The order of events: what has ended first, the clock moved over its deadlines, and what must stay open last."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

import asyncpg
import msgspec

from exchange.market.data import Companies, Deal, Offer, Rfq, sample_companies, sample_deals, sample_offers, sample_rfqs
from exchange.market.fill import buying, dealing, judging, members, talking
from exchange.market.fill.cast import Cast
from exchange.market.fill.client import until
from exchange.market.fill.dealing import Running
from exchange.market.fill.members import DEPOSITS, Money
from schemas.approval import Decision
from schemas.order import OrderView

# Market days from the beginning to the present of the sample market: codes and prices are those of that day.
PLAYED_DAYS: Final = 17
ON_THE_ROAD: Final = timedelta(days=2)
# Long enough for an approval that nobody gives to expire, and for a delivery to arrive.
AFTER_AWARDS: Final = timedelta(days=5)
TO_THE_PRESENT: Final = timedelta(days=1)
SHOWN_FOR: Final = timedelta(days=90)
# Sellers whose listing of today waits in the operators' queue.
LATE_LISTINGS: Final = 4
A_MOMENT: Final = timedelta(minutes=1)


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """What is played; `drafts`, `paused` and `withdrawn` name offers (company, external id) that are not live at the end."""

    companies: Companies
    offers: tuple[Offer, ...]
    rfqs: tuple[Rfq, ...] = ()
    deals: tuple[Deal, ...] = ()
    deposits: tuple[Money, ...] = ()
    drafts: frozenset[tuple[str, str]] = frozenset()
    paused: tuple[tuple[str, str], ...] = ()
    withdrawn: tuple[tuple[str, str], ...] = ()


class Steps(Protocol):
    """Where progress is shown: one step at a time."""

    def step(self, what: str) -> AbstractContextManager[None]: ...


def whole_sample(today: date) -> Script:
    """Everything in sample/*.json, as it stands when the market clock has run its days."""
    on = today + timedelta(days=PLAYED_DAYS)
    return Script(
        companies=sample_companies(),
        offers=sample_offers(on),
        rfqs=sample_rfqs(on),
        deals=sample_deals(),
        deposits=DEPOSITS,
        drafts=frozenset({("song-cam", "CPN-30")}),
        paused=(("lam-giang", "BH-CAM-PTZ"),),
        withdrawn=(("truong-sinh", "PV-SOLAR-550"),),
    )


async def play(url: str, owner: asyncpg.Connection, script: Script, steps: Steps) -> None:
    """Plays a script on a running, empty sandbox. FillFailed says at what it stopped."""
    cast = Cast(url, script.companies)
    try:
        with steps.step("operators"):
            await members.add_operators(owner, script.companies.operators)
        await Play(cast, script, steps).run()
    finally:
        await cast.close()


class Play:
    """One performance: what has been published and ordered so far."""

    def __init__(self, cast: Cast, script: Script, steps: Steps) -> None:
        self._cast = cast
        self._script = script
        self._steps = steps
        self._asked: dict[str, UUID] = {}
        self._due: dict[str, datetime] = {}
        self._running: list[Running] = []
        self._now = datetime.now(UTC)

    async def run(self) -> None:
        """From the first application to the present of the sample market."""
        self._now = await self._cast.now()
        await self._opening()
        await self._first_days()
        await self._deadlines()
        await self._settling()
        await self._present()

    async def _opening(self) -> None:
        cast, script = self._cast, self._script
        companies = script.companies.companies
        with self._steps.step(f"{len(companies)} companies apply and are decided upon, with their people"):
            await asyncio.gather(*(members.join(cast, company) for company in companies))
        files: dict[str, list[Offer]] = {}
        drafts: list[Offer] = []
        for row in script.offers:
            draft = (row.company, row.offer.external_id) in script.drafts
            (drafts if draft else files.setdefault(row.company, [])).append(row)
        with self._steps.step(f"{len(script.offers)} offers of {len(files)} sellers, by file; money is paid in"):
            await asyncio.gather(
                *(members.offer(cast, company, rows, self._now) for company, rows in files.items()),
                *(members.draft(cast, row, self._now) for row in drafts),
                *(members.pay_in(cast, money) for money in script.deposits),
            )

    def _rfqs(self, *states: str) -> list[Rfq]:
        return [rfq for rfq in self._script.rfqs if rfq.play_to in states]

    def _deals(self, *states: str) -> list[Deal]:
        return [deal for deal in self._script.deals if deal.play_to in states]

    async def _publish(self, rfqs: Iterable[Rfq]) -> None:
        found = list(rfqs)
        asked = await asyncio.gather(*(buying.publish(self._cast, rfq, self._now) for rfq in found))
        for rfq, view in zip(found, asked, strict=True):
            self._asked[rfq.key], self._due[rfq.key] = view.id, view.due_at

    async def _move(self, until_: datetime) -> None:
        self._now = await self._cast.move_clock(until_)

    async def _first_days(self) -> None:
        """What will have ended: RFQs with their quotes, orders that are completed, one that nobody pays."""
        cast = self._cast
        ended = self._rfqs("evaluating", "award_pending", "awarded", "no_award", "cancelled")
        done = self._deals("completed")
        with self._steps.step(f"{len(ended)} RFQs are quoted on, {len(done)} orders are completed and reviewed"):
            placed, lapsing, _ = await asyncio.gather(
                asyncio.gather(*(dealing.place(cast, deal) for deal in done)),
                asyncio.gather(*(dealing.place(cast, deal) for deal in self._deals("lapsed"))),
                self._publish(ended),
            )
            self._running += lapsing
            await asyncio.gather(*(self._send(run) for run in placed))
            await judging.judge_listings(cast)
            await self._move(self._now + ON_THE_ROAD)
            await asyncio.gather(
                *(self._receive(run) for run in placed),
                *(buying.end(cast, rfq, self._asked[rfq.key]) for rfq in self._rfqs("cancelled")),
            )

    async def _send(self, run: Running) -> None:
        await dealing.protect(self._cast, run)
        await dealing.despatch(self._cast, run)

    async def _receive(self, run: Running) -> None:
        await dealing.arrive(self._cast, run)
        await dealing.complete(self._cast, run, self._now)

    async def _deadlines(self) -> None:
        """The clock passes every deadline of these RFQs; their quotes open, and most are decided."""
        cast = self._cast
        closing = self._rfqs("evaluating", "award_pending", "awarded", "no_award")
        if not closing:
            return
        with self._steps.step(f"{len(closing)} deadlines pass, quotes open, awards and signatures"):
            await self._move(max(self._due[rfq.key] for rfq in closing) + A_MOMENT)
            await asyncio.gather(*(buying.opened(cast, rfq, self._asked[rfq.key]) for rfq in closing))
            await asyncio.gather(
                *(buying.end(cast, rfq, self._asked[rfq.key]) for rfq in self._rfqs("no_award")),
                *(self._hesitate(rfq) for rfq in self._rfqs("award_pending")),
                *(self._award(rfq) for rfq in self._rfqs("awarded") if rfq.after.order is not None),
                *(self._start(deal) for deal in self._deals("in_progress")),
            )

    async def _award(self, rfq: Rfq) -> None:
        await buying.award(self._cast, rfq, self._asked[rfq.key])
        order = await buying.sign(self._cast, rfq, self._asked[rfq.key])
        if order is not None:
            run = dealing.awarded(rfq, order)
            await self._send(run)
            self._running.append(run)

    async def _start(self, deal: Deal) -> None:
        run = await dealing.place(self._cast, deal)
        await self._send(run)
        self._running.append(run)

    async def _hesitate(self, rfq: Rfq) -> None:
        """The buyer proposes the second best, takes it back, proposes again, and nobody decides in time."""
        others = [quote.company for quote in rfq.quotes if quote.company != rfq.award_to and quote.left == "submitted"]
        asked = self._asked[rfq.key]
        if others:
            first = await buying.propose(self._cast, rfq, asked, to=others[0])
            await buying.recall(self._cast, rfq, first)
        await buying.propose(self._cast, rfq, asked)

    async def _settling(self) -> None:
        """Goods arrive and are settled; what nobody paid or approved has lapsed."""
        cast = self._cast
        if not self._running:
            return
        with self._steps.step("goods arrive, invoices are checked, payments settled, what nobody paid lapses"):
            await self._move(self._now + AFTER_AWARDS)
            await asyncio.gather(*(self._arrived(run) for run in self._running))
            await asyncio.gather(*(buying.opened(cast, rfq, self._asked[rfq.key]) for rfq in self._rfqs("award_pending")))

    async def _arrived(self, run: Running) -> None:
        if run.goal == "completed":
            await self._receive(run)
        elif run.goal == "lapsed":
            buyer = await self._cast.who(run.buyer, "order.write")

            async def look() -> OrderView:
                return await run.seen_by(buyer)

            await until(f"{run.key}: lapsed", look, lambda found: found.status == "lapsed")
        else:
            await dealing.go_on(self._cast, run, self._now)

    async def _present(self) -> None:
        """What stays open is made last, so that no deadline of it is near."""
        cast, script = self._cast, self._script
        fresh = self._rfqs("draft", "open")
        last = self._deals("draft", "pending_approval", "confirmed")
        with self._steps.step(f"today: {len(fresh)} RFQs, {len(last)} orders that wait"):
            await self._move(self._now + TO_THE_PRESENT)
            await asyncio.gather(
                self._publish(fresh),
                *(self._wait(deal) for deal in last),
                *(buying.propose(cast, rfq, self._asked[rfq.key]) for rfq in self._rfqs("award_pending")),
                *(self._half_signed(rfq) for rfq in self._rfqs("awarded") if rfq.after.order is None),
                *(members.take_down(cast, *offer, "pause") for offer in script.paused),
                *(members.take_down(cast, *offer, "withdraw") for offer in script.withdrawn),
            )
            await self._react(fresh)
            await self._talk(fresh)
            await members.show_file(cast, "tan-long", "phu-dien", self._now + SHOWN_FOR)
            await members.begin_application(cast)
            first = {row.company: row for row in reversed(script.offers)}
            await judging.late_listings(cast, list(first.values())[:LATE_LISTINGS], self._now)

    async def _talk(self, fresh: list[Rfq]) -> None:
        """Some of them write to each other."""
        questions = [rfq for rfq in fresh if rfq.play_to == "open" and rfq.quotes][:2]
        await asyncio.gather(
            *(talking.about_request(self._cast, rfq, self._asked[rfq.key]) for rfq in questions),
            talking.about_orders(self._cast, [run for run in self._running if run.goal != "lapsed"][:4]),
        )

    async def _wait(self, deal: Deal) -> None:
        """An order of today: it waits for a second person, was sent back, or is confirmed."""
        run = await dealing.place(self._cast, deal)
        if deal.play_to == "draft":
            no = Decision(decision="reject", comment=deal.reason)
            await buying.decide(self._cast, deal.buyer, run.id, no)
        elif deal.reached == "held":
            await dealing.protect(self._cast, run)

    async def _half_signed(self, rfq: Rfq) -> None:
        await buying.award(self._cast, rfq, self._asked[rfq.key])
        await buying.sign(self._cast, rfq, self._asked[rfq.key])

    async def _react(self, fresh: list[Rfq]) -> None:
        """Once the matcher's work has been told, suppliers let the buyers know."""
        rfqs: Mapping[UUID, Rfq] = {self._asked[rfq.key]: rfq for rfq in fresh if rfq.play_to == "open"}
        await asyncio.gather(*(buying.paired(self._cast, rfq, asked) for asked, rfq in rfqs.items()))
        sellers = {row.company for row in self._script.offers}
        await asyncio.gather(*(buying.react(self._cast, seller, rfqs) for seller in sorted(sellers)))
