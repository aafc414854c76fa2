"""The page of a colleague: roles that hold at once, and the end of a membership."""

from exchange.domain.permission import MEMBER
from tests.portal.browser import browser, form
from tests.world import Site


async def test_new_roles_hold_at_once(site: Site) -> None:
    """The colleague's next page knows them, in the same session."""
    owner = await site.world.company("Sao Mai")
    ctx = await site.world.person(owner.company, "Sao Mai", "Trần Mua", "viewer")
    colleague, member = await browser(site, ctx), await browser(site, owner, "vi")
    assert (await colleague.get("/rfqs/new")).status_code == 403
    page = f"/company/people/{ctx.person}"
    assert f'href="{page}"' in await member.see("/company/people")
    assert form(await member.see(page), page).values("roles") == ["viewer"]
    said = await member.follow(await member.send(page, page, roles=["buyer", "finance"]))
    assert "Đã đổi vai trò của Trần Mua." in said
    assert (await colleague.get("/rfqs/new")).status_code == 200


async def test_a_form_without_roles_or_over_another_change_is_refused(site: Site) -> None:
    """With what was ticked, and nothing changed."""
    owner = await site.world.company("Sao Mai")
    ctx = await site.world.person(owner.company, "Sao Mai", "Trần Mua", "viewer")
    member = await browser(site, owner)
    page = f"/company/people/{ctx.person}"
    drawn = await member.see(page)
    none = await member.send(page, page, roles=[])
    assert none.status_code == 422
    assert 'id="f-roles-wrong"' in none.text
    await member.follow(await member.send(page, page, html=drawn, roles=["buyer"]))
    late = await member.send(page, page, html=drawn, roles=["seller"])
    assert late.status_code == 409
    assert form(late.text, page).values("roles") == ["seller"]


async def test_who_has_left_is_signed_out(site: Site) -> None:
    """Their open page leads to sign-in, and the list does not name them any more."""
    owner = await site.world.company("Sao Mai")
    ctx = await site.world.person(owner.company, "Sao Mai", "Trần Mua", "buyer")
    colleague, member = await browser(site, ctx), await browser(site, owner)
    assert (await colleague.get("/rfqs")).status_code == 200
    page = f"/company/people/{ctx.person}"
    said = await member.follow(await member.send(page, f"{page}/end"))
    assert "The membership of Trần Mua has ended." in said
    assert said.count("Trần Mua") == 1
    gone = await colleague.get("/rfqs")
    assert (gone.status_code, gone.headers["location"]) == (303, "/sign-in?next=/rfqs")


async def test_the_last_owner_stays(site: Site) -> None:
    """Told so on the page; own roles are offered only to be put down."""
    owner = await site.world.company("Sao Mai", roles=("owner", "buyer"))
    member = await browser(site, owner)
    page = f"/company/people/{owner.person}"
    assert 'value="signatory"' not in await member.see(page)
    assert "the company&#39;s only owner" in await member.follow(await member.send(page, f"{page}/end"))
    assert (await member.send(page, page, roles=["buyer"])).status_code == 409


async def test_an_admin_sees_an_owner_and_changes_nothing(site: Site) -> None:
    """No form; a buyer has no page at all, another company's person is a 404."""
    owner = await site.world.company("Sao Mai")
    stranger = await site.world.company("Tân Thành")
    admin = await browser(site, await site.world.person(owner.company, "Sao Mai", "Quản", "admin"))
    buyer = await browser(site, await site.world.person(owner.company, "Sao Mai", "Mua", "buyer"))
    seen = await admin.see(f"/company/people/{owner.person}")
    assert "Only an owner changes the roles of an owner" in seen
    assert "/end" not in seen
    assert (await buyer.get(f"/company/people/{owner.person}")).status_code == 403
    assert "/company/people/" not in (await buyer.see("/company/people")).replace("/company/people/new", "")
    assert (await admin.get(f"/company/people/{stranger.person}")).status_code == 404


async def test_the_api_says_why_it_refuses(site: Site) -> None:
    """Roles by PATCH, the end by POST; a role that does not exist, the last owner and a foreign person as problems."""
    owner = await site.world.company("Sao Mai")
    ctx = await site.world.person(owner.company, "Sao Mai", "Mua", "buyer")
    client, colleague = await site.client(owner), await site.client(ctx)
    assert "rfq.write" in (await colleague.get("/api/v1/session")).json()["permissions"]
    at = f"/api/v1/own/people/{ctx.person}"
    changed = await client.patch(at, json={"version": 1, "roles": ["viewer"]})
    assert (changed.status_code, changed.json()["roles"], changed.json()["version"]) == (200, ["viewer"], 2)
    assert "rfq.write" not in (await colleague.get("/api/v1/session")).json()["permissions"]
    assert (await client.patch(at, json={"version": 2, "roles": ["king"]})).status_code == 422
    assert (await client.patch(at, json={"version": 1, "roles": ["buyer"]})).json()["code"] == "wrong-state"
    assert (await client.post(f"/api/v1/own/people/{owner.person}/end")).json()["code"] == "last-owner"
    assert (await colleague.post(f"/api/v1/own/people/{owner.person}/end")).status_code == 403
    assert (await client.post(f"{at}/end")).status_code == 200
    assert (await client.post(f"{at}/end")).status_code == 404
    assert (await colleague.get("/api/v1/session")).status_code == 401
    assert MEMBER["member.write"] == {"owner", "admin"}
