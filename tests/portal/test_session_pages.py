"""Coming in and going out: sign-in, forms that carry their token, the way back, language, the acting company."""

import pytest

from tests.portal.browser import browser, form
from tests.world import PASSWORD, Site


async def test_a_visitor_is_led_to_sign_in_and_back(site: Site) -> None:
    """The page that was wanted opens after signing in, with its query."""
    ctx = await site.world.company("Sao Mai")
    visitor = await browser(site)
    turned_away = await visitor.get("/activity?after=x")
    assert (turned_away.status_code, turned_away.headers["location"]) == (303, "/sign-in?next=/activity%3Fafter%3Dx")
    answer = await visitor.send(
        turned_away.headers["location"], "/sign-in", email=f"{ctx.person.hex}@test.example", password=PASSWORD
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/activity?after=x")
    assert "session=" in answer.headers["set-cookie"]
    assert "HttpOnly" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/sign-out"]
)
async def test_the_way_back_stays_on_this_site(site: Site, wanted: str) -> None:
    """A forged address leads to the start page."""
    ctx = await site.world.company("Sao Mai")
    visitor = await browser(site)
    answer = await visitor.send("/sign-in", "/sign-in", next=wanted, email=f"{ctx.person.hex}@test.example", password=PASSWORD)
    assert answer.headers["location"] == "/"


async def test_a_wrong_password_keeps_the_address_and_not_the_password(site: Site) -> None:
    """The same page says what is wrong; the same for a person who does not exist."""
    ctx = await site.world.company("Sao Mai")
    for email in (f"{ctx.person.hex}@test.example", "nobody@test.example"):
        visitor = await browser(site)
        answer = await visitor.send("/sign-in", "/sign-in", email=email, password="not the password")
        assert answer.status_code == 401
        assert "do not belong together" in answer.text
        again = form(answer.text, "/sign-in")
        assert (again.value("email"), again.value("password")) == (email, "")


async def test_a_device_is_known_however_one_signs_in(site: Site) -> None:
    """Two companies from one browser, by page and over the API, carry one mark; another browser has its own."""
    first, second, third = [await site.world.company(name) for name in ("First", "Second", "Third")]
    shared, other = await browser(site), await browser(site)
    who = {"email": f"{first.person.hex}@test.example", "password": PASSWORD}
    assert "device" in (await shared.send("/sign-in", "/sign-in", **who)).cookies
    shared.client.cookies.delete("session")
    for visitor, ctx in ((shared, second), (other, third)):
        person = {"email": f"{ctx.person.hex}@test.example", "password": PASSWORD}
        assert (await visitor.client.post("/api/v1/session", json=person)).status_code == 201
    marks = await site.world.owner.fetch("SELECT company_id, hash FROM company_mark WHERE kind = 'device'")
    of = {row["company_id"]: row["hash"] for row in marks}
    assert of[first.company] == of[second.company] != of[third.company]


async def test_an_operator_lands_in_the_console(site: Site) -> None:
    """And the start page leads there too."""
    ctx = await site.world.operator("moderator")
    visitor = await browser(site)
    answer = await visitor.send("/sign-in", "/sign-in", email=f"{ctx.person.hex}@test.example", password=PASSWORD)
    assert answer.headers["location"] == "/operator"
    operator = await browser(site, ctx)
    assert (await operator.get("/")).headers["location"] == "/operator"


async def test_a_form_without_its_token_is_refused(site: Site) -> None:
    """403 as a page, for a missing token and for another's; nothing is done."""
    member = await browser(site, await site.world.company("Sao Mai"))
    await member.see("/account")
    for token in ("", "f" * 128):
        answer = await member.client.post("/sign-out", data={"_csrf_token": token})
        assert answer.status_code == 403
        assert answer.headers["content-type"].startswith("text/html")
    assert (await member.get("/")).status_code == 200


async def test_a_form_of_another_site_is_refused(site: Site) -> None:
    """A browser that says where it comes from is believed."""
    member = await browser(site, await site.world.company("Sao Mai"))
    page = await member.see("/account")
    token = form(page, "/sign-out").value("_csrf_token")
    answer = await member.client.post("/sign-out", data={"_csrf_token": token}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


async def test_signing_out_ends_the_session(site: Site) -> None:
    """The cookie goes, and its token opens nothing any more."""
    ctx = await site.world.company("Sao Mai")
    member = await browser(site, ctx)
    token = member.client.cookies["session"]
    answer = await member.send("/account", "/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert "You are signed out" in await member.follow(answer)
    stranger = await browser(site)
    stranger.client.cookies.set("session", token)
    assert (await stranger.get("/")).status_code == 303


async def test_language_is_kept_for_the_browser_and_the_mails(site: Site) -> None:
    """The page speaks the chosen language at once; the person's mails follow."""
    ctx = await site.world.company("Sao Mai")
    member = await browser(site, ctx, "en")
    answer = await member.send("/account", "/preferences", locale="vi", back="/account?x=1")
    assert answer.headers["location"] == "/account?x=1"
    assert '<html lang="vi"' in await member.see("/account")
    assert await site.world.owner.fetchval("SELECT locale FROM person WHERE id = $1", ctx.person) == "vi"


async def test_switching_the_company_opens_another_session(site: Site) -> None:
    """The other company's pages follow, the old token is closed, and a foreign company is not found."""
    first = await site.world.company("Sao Mai")
    other = await site.world.company("Tân Thành")
    await site.world.owner.execute(
        "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, '{buyer}')", other.company, first.person
    )
    stranger = await site.world.company("Bạc Liêu")
    member = await browser(site, first)
    before = member.client.cookies["session"]
    refused = await member.send("/", "/switch-company", company=str(stranger.company))
    assert refused.status_code == 404
    answer = await member.send("/", "/switch-company", company=str(other.company))
    assert "You now act for Tân Thành" in await member.follow(answer)
    assert member.client.cookies.get("session", domain="exchange.test") not in (None, before)
    old = await browser(site)
    old.client.cookies.set("session", before)
    assert (await old.get("/")).status_code == 303


async def test_pages_are_never_stored(site: Site) -> None:
    """Neither by a proxy nor by the browser: the next person at this desk sees nothing."""
    member = await browser(site, await site.world.company("Sao Mai"))
    assert (await member.get("/company")).headers["cache-control"] == "no-store"
