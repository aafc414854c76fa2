"""The deal through HTTP against the three real processes, undisturbed and with servers and processes failing in between."""

from collections.abc import Iterator

import pytest

from exchange.demo import checks, deal
from exchange.demo.facts import Facts
from tests.live_stack import LiveStack
from tests.scenarios.story import Story

# What the deal leaves when nothing was lost and nothing was done twice.
SETTLED = {"status": "completed", "instalments": ["settled"], "to_seller": str(checks.TAKEN - checks.FEE - checks.FEE_VAT)}


def settled(order: dict[str, object]) -> dict[str, object]:
    """The end of an order in the words of SETTLED."""
    instalments = order["instalments"]
    assert isinstance(instalments, list)
    return {
        "status": order["status"],
        "instalments": [item["status"] for item in instalments],
        "to_seller": instalments[0]["to_seller"],
    }


async def test_the_deal_and_the_short_way_leave_every_fact_true(story: Story) -> None:
    """From five applications to two reviews, then an order from a firm offer and its repeat: each fact of the demo holds."""
    made = await story.play_deal()
    quick = await story.play_short(made.buyer, made.sellers["middle"])
    facts = Facts()
    await checks.check(story.live.stack, made, quick, story.live.mailbox, story.hooks, facts)
    assert [fact for fact in facts.found if not fact.ok] == []
    assert len(facts.found) > 30


async def test_a_visible_rfq_shows_quotes_as_they_come_and_closes_early(story: Story) -> None:
    """Without a seal the buyer reads each quote on arrival, ends the round before its deadline and awards."""
    made = await story.gather()
    await deal.publish(made, story.hooks, story.say, sealed=False)
    await deal.quote(made, story.say)
    buyer, path = made.buyer.owner, f"/rfqs/{made.rfq['id']}"
    assert made.before["foreign"][0] == 200
    assert made.before["count"] == 3
    assert [item["quote"]["lines"][0]["price"] for item in made.before["comparison"]["quotes"]] == ["3150", "3240", "3390"]
    rival = await made.sellers["far"].owner.status("GET", f"/quotes/{made.quotes['near']['id']}")
    assert rival[0] == 404
    await buyer.post(f"{path}/close")
    await buyer.until(path, lambda found: found["status"] == "evaluating")
    proposed = await buyer.post(f"{path}/award", {"quote_id": made.quotes["near"]["id"], "reason": "Giá thấp nhất"})
    await made.approver.post(f"/approvals/{proposed['approval_id']}/decide", {"decision": "approve"})
    await buyer.until("/contracts", lambda page: len(page["items"]) == 1)
    assert (await buyer.get(path))["status"] == "awarded"


async def test_the_deal_goes_through_while_valkey_is_killed_before_each_step(story: Story) -> None:
    """Wake-ups that are lost delay nothing for ever: the worker finds its jobs in the database."""

    async def kill(_step: str) -> None:
        story.live.stack.valkey.kill()

    assert settled((await story.play_deal(kill)).order) == SETTLED


async def test_the_deal_goes_through_while_valkey_answers_nothing(story: Story) -> None:
    """A frozen Valkey holds up no request and no job from the publication to the settlement."""
    with story.live.frozen_valkey():
        made = await story.play_deal()
    assert settled(made.order) == SETTLED


async def test_the_deal_goes_through_while_the_worker_is_killed_again_and_again(story: Story) -> None:
    """kill -9 of the worker loses no opportunity, deadline, contract or settlement, and repeats none."""

    async def kill(step: str) -> None:
        if step in ("publish", "award", "sign", "deliver"):
            story.live.kill("work")

    made = await story.play_deal(kill)
    assert settled(made.order) == SETTLED
    fees = await made.sellers["near"].owner.get("/fee-invoices")
    assert len(fees["items"]) == 1
    found = await made.sellers["near"].owner.get("/inbox", limit=100)
    assert len([item for item in found["items"] if item["kind"] == "opportunity.found"]) == 1


async def test_the_deal_goes_through_while_the_matcher_starts_again(story: Story) -> None:
    """The matcher rebuilds what it knows from the rows: killed before the RFQ it still pairs three suppliers."""
    made = await story.gather()
    story.live.kill("match")
    await deal.publish(made, story.hooks, story.say)
    assert made.matches["lines"][0]["suppliers"] == 3


@pytest.fixture(scope="module", autouse=True)
def processes_run_again(live: LiveStack) -> Iterator[None]:
    """What these scenarios killed is running when the next module begins."""
    yield
    for verb in ("serve", "work", "match"):
        live.process(verb)
