"""The pages of policies and absences: presets, the editor of steps, who a value would ask, and deputies."""

from datetime import timedelta
from typing import Any

from exchange.ctx import Ctx
from tests.portal.browser import browser, form
from tests.world import Site

AT = "/company/policies"


async def company(site: Site) -> tuple[Ctx, Ctx]:
    """An owner and an approver."""
    owner = await site.world.company("Sao Mai", roles=("owner",))
    return owner, await site.world.person(owner.company, "Sao Mai", "The Boss", "approver")


async def test_a_preset_holds_and_says_whom_a_value_would_ask(site: Site) -> None:
    """Who must approve 1.2 billion: the people by name, in both languages; nobody below; a wrong amount keeps what was typed."""
    owner, boss = await company(site)
    member = await browser(site, owner, "vi")
    assert "Không ai được hỏi" in await member.see(AT)
    await member.follow(await member.send(AT, f"{AT}/preset", preset="committee", above="1.000.000.000"))
    shown = await member.see(f"{AT}?kind=award&value=1.200.000.000")
    assert "The Boss" in shown
    assert "Cần 1 lượt duyệt" in shown
    assert "Không ai được hỏi: thực hiện ngay." in await member.see(f"{AT}?kind=award&value=1.000.000.000")
    wrong = await member.see(f"{AT}?kind=award&value=nothing")
    assert form(wrong, f"{AT}#what-if").value("value") == "nothing"
    clerk = await browser(site, boss)
    assert "The Boss" in await clerk.see(f"{AT}?kind=award&value=1,200,000,000")
    assert (await clerk.get(f"{AT}/award")).status_code == 403


async def test_the_editor_keeps_rows_tries_them_and_names_what_is_wrong(site: Site) -> None:
    """Rows with one value are steps of one tier; a preview saves nothing; a step for nobody is refused beside its row."""
    owner, boss = await company(site)
    member = await browser(site, owner)
    at = f"{AT}/order"
    rows: dict[str, Any] = {
        "rows.0.from_value": "5,000,000",
        "rows.0.mode": "any",
        "rows.0.roles": ["approver"],
        "rows.1.from_value": "5,000,000",
        "rows.1.mode": "all",
        "rows.1.people": [str(boss.person)],
        "opinion_roles": ["owner"],
    }
    more = await member.send(at, at, **rows, _add_row="rows")
    assert form(more.text, at).value("rows.0.from_value") == "5,000,000"
    assert "rows.2.from_value" in more.text
    tried = await member.send(at, at, html=await member.see(at), **rows, value="6,000,000", _action="preview")
    assert (tried.status_code, tried.text.count("The Boss</li>") + tried.text.count("approval needed")) == (200, 2)
    for_nobody: dict[str, Any] = {**rows, "rows.1.people": [], "rows.1.roles": ["finance"]}
    wrong = await member.send(at, at, html=await member.see(at), **for_nobody)
    assert wrong.status_code == 422
    assert 'id="f-rows-1-roles-wrong"' in wrong.text
    assert await site.world.owner.fetchval("SELECT count(*) FROM approval_policy") == 0
    saved = await member.send(at, at, html=await member.see(at), **rows)
    assert "The policy holds from now on." in await member.follow(saved)
    assert await site.world.owner.fetchval("SELECT jsonb_array_length(tiers -> 0 -> 'steps') FROM approval_policy") == 2
    again = form(await member.see(at), at)
    assert (again.value("rows.1.mode"), again.value("version")) == ("all", "1")


async def test_a_deputy_is_named_and_the_absence_ends(site: Site) -> None:
    """One's own absence with a deputy; what is wrong stands beside the field; ended it is gone."""
    owner, boss = await company(site)
    member = await browser(site, boss)
    at = "/approvals/away"
    now = await site.world.owner.fetchval("SELECT market_now()")
    assert now is not None
    early, late = [(now + timedelta(days=days)).strftime("%d/%m/%Y %H:%M") for days in (1, 4)]
    wrong = await member.send(at, at, starts_at=late, ends_at=early, deputy_id=str(owner.person))
    assert wrong.status_code == 422
    assert form(wrong.text, at).value("starts_at") == late
    noted = await member.follow(await member.send(at, at, starts_at=early, ends_at=late, deputy_id=str(owner.person)))
    assert "Sao Mai Owner" in noted
    absence = await site.world.owner.fetchval("SELECT id FROM absence")
    assert "Nobody is away." in await member.follow(await member.send(at, f"{at}/{absence}/end"))
