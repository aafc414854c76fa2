"""The deal of the demo, step by step, for scenarios that let something happen between the steps."""

from collections.abc import Awaitable, Callable
from typing import Any

from exchange.demo import deal, short
from exchange.demo.actor import Actor
from exchange.demo.deal import Deal, Say
from exchange.demo.people import OPERATORS, PASSWORD, Company, close_all, join
from exchange.demo.receivers import Hooks
from exchange.demo.short import Short
from tests.live_stack import LiveStack

Between = Callable[[str], Awaitable[None]]


async def nothing(_step: str) -> None:
    """Nothing happens between two steps."""


class Story:
    """Companies and people that only this test knows. `said` is what the demo would have told."""

    def __init__(self, live: LiveStack, operators: dict[str, Actor]) -> None:
        self.live = live
        self.operators = operators
        self.hooks: Hooks = live.partner()
        self.said: list[str] = []
        self.say = Say(self.said.append)
        self.top, self.region = live.story()
        self._cast: list[Actor] = list(operators.values())

    @classmethod
    async def begin(cls, live: LiveStack) -> "Story":
        operators = {name: Actor(live.stack.url, name) for name in OPERATORS}
        for name, actor in operators.items():
            await actor.sign_in(f"{name.replace(' ', '.')}@exchange.example", PASSWORD)
        return cls(live, operators)

    async def close(self) -> None:
        await close_all(self._cast)

    async def gather(self) -> Deal:
        """The members of the deal with their offers."""
        made = await deal.gather(self.live.stack, self.operators, self.say, top=self.top, region=self.region)
        self._cast += [made.buyer.owner, made.approver, made.buyer_signatory, made.seller_signatory]
        self._cast += [seller.owner for seller in made.sellers.values()]
        return made

    async def company(self, name: str) -> Company:
        """A member with one person who may do everything."""
        made = await join(self.live.stack, self.operators["moderator"], name, f"c{len(self._cast)}@{self.top}")
        self._cast.append(made.owner)
        return made

    async def actor(self, email: str) -> Actor:
        """Somebody of a company of this story, at the API."""
        found = Actor(self.live.stack.url, email)
        self._cast.append(found)
        await found.sign_in(email, PASSWORD)
        return found

    async def until_contract(self, *, sealed: bool = True) -> Deal:
        """The deal up to an order that is confirmed and not yet paid."""
        made = await self.gather()
        await deal.publish(made, self.hooks, self.say, sealed=sealed)
        await deal.quote(made, self.say)
        await deal.award(made, self.operators["administrator"], self.say)
        await deal.sign(made, self.say)
        return made

    async def play_deal(self, between: Between = nothing) -> Deal:
        """The whole deal; `between` is called before each step with its name."""
        await between("gather")
        made = await self.gather()
        await between("publish")
        await deal.publish(made, self.hooks, self.say)
        await between("quote")
        await deal.quote(made, self.say)
        await between("award")
        await deal.award(made, self.operators["administrator"], self.say)
        await between("sign")
        await deal.sign(made, self.say)
        await between("pay")
        await deal.pay(made, self.operators, self.say)
        await between("deliver")
        await deal.deliver(made, self.say)
        return made

    async def play_short(self, buyer: Company, seller: Company) -> Short:
        return await short.play(buyer, seller, self.say)


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    """Status and problem code of an answer that was refused."""
    return answer[0], answer[1].get("code", "") if isinstance(answer[1], dict) else ""
