"""A company's accounts and group on its pages, and the operator's queue of what is to be verified."""

from typing import Any

from tests.portal.browser import browser
from tests.world import Site


async def test_an_account_goes_from_one_person_to_another_to_the_operator(site: Site) -> None:
    """Proposed with what was typed kept when it is wrong, confirmed by a colleague, verified in the console."""
    owner = await site.world.company("Sao Mai")
    finance = await browser(site, await site.world.person(owner.company, "Sao Mai", "Kế toán", "finance"))
    member, operator = await browser(site, owner), await browser(site, await site.world.operator("compliance"))
    typed: dict[str, Any] = {"holder": "Sao Mai Ltd", "bank_name": "Đông Hải", "number": "12", "currency": "USD"}
    wrong = await finance.send("/company/bank/new", "/company/bank/new", **typed)
    assert wrong.status_code == 422
    assert "Đông Hải" in wrong.text
    typed["number"] = "0071 1234 5678"
    await finance.follow(await finance.send("/company/bank/new", "/company/bank/new", **typed))
    account = await site.world.owner.fetchval("SELECT id FROM bank_account WHERE status = 'proposed'")
    assert "/confirm" not in await finance.see("/company/bank")
    await member.follow(await member.send("/company/bank", f"/company/bank/{account}/confirm"))
    await operator.follow(await operator.send("/operator/verification", f"/operator/verification/accounts/{account}/verify"))
    assert await site.world.owner.fetchval("SELECT status FROM bank_account WHERE id = $1", account) == "verified"


async def test_a_group_is_declared_and_confirmed_on_pages(site: Site) -> None:
    """By the member's tax number; the other side confirms, an operator confirms an owner outside the exchange."""
    one, two = await site.world.company("Sao Mai"), await site.world.company("Sao Hôm")
    tax_id = await site.world.owner.fetchval("SELECT tax_id FROM company WHERE id = $1", two.company)
    first, second = await browser(site, one), await browser(site, two)
    operator = await browser(site, await site.world.operator("moderator"))
    page = "/company/group/new"
    unknown = await first.send(page, page, kind="subsidiary", tax_id="000", percent="51")
    assert unknown.status_code == 422
    await first.follow(await first.send(page, page, kind="subsidiary", tax_id=tax_id, percent="51"))
    await first.follow(
        await first.send(page, page, kind="owner", name="Nguyễn An", number="079200001", country="VN", percent="80")
    )
    edges = {row["kind"]: row["id"] for row in await site.world.owner.fetch("SELECT kind, id FROM affiliation")}
    await second.follow(await second.send("/company/group", f"/company/group/{edges['subsidiary']}/confirm"))
    queue = "/operator/verification"
    await operator.follow(await operator.send(queue, f"{queue}/affiliations/{edges['owner']}/confirm"))
    assert "Nguyễn An" in await first.see("/company/group")
    found = await site.world.owner.fetch("SELECT status FROM affiliation")
    assert [row["status"] for row in found] == ["confirmed", "confirmed"]
