"""The shell: who may see which page, in both languages; errors as pages; the side bar shows what the role can use."""

from urllib.parse import urlsplit

import pytest
from litestar import Litestar, Router
from litestar.routes import HTTPRoute

from exchange import console, portal
from exchange.domain.permission import MEMBER
from exchange.ids import new_id
from tests.portal.browser import browser
from tests.world import Site

# Pages that lead on by design, and the stream of live updates, which never ends.
LEADING_ON = {"/sign-in", "/apply", "/live"}
# Pages for people who are not signed in: they apply, are invited, lost their password or prove their address.
VISITORS = {"/apply/start", "/join", "/reset", "/reset/new", "/verify", "/second-factor/stop"}
# The matcher does not run here: its page says so, in the reader's language too.
ASKS_THE_MATCHER = {"/search"}
# What else an address without its place filled answers: an invitation without its token is none.
ANSWERS = {**dict.fromkeys(ASKS_THE_MATCHER, 503), "/join": 404}


def pages(routes: Router) -> list[str]:
    """The addresses without places to fill that answer to GET."""
    application = Litestar([routes], openapi_config=None)
    return sorted(
        route.path
        for route in application.routes
        if isinstance(route, HTTPRoute) and "GET" in route.methods and not route.path_parameters
    )


PORTAL = [path for path in pages(portal.routes()) if path not in LEADING_ON]
CONSOLE = pages(console.routes())


def test_the_lists_of_pages_are_not_empty() -> None:
    """The tests below look at something."""
    assert {"/", "/inbox", "/company", "/network", "/activity", "/account"} <= set(PORTAL)
    assert {"/operator", "/operator/companies", "/operator/deposits", "/operator/audit", "/operator/jobs"} <= set(CONSOLE)


@pytest.mark.parametrize("locale", ["vi", "en"])
async def test_every_page_of_the_portal_answers_in_both_languages(site: Site, locale: str) -> None:
    """For an owner each page answers, in the language of the browser, with one heading and the skip link."""
    member = await browser(site, await site.world.company("Sao Mai"), locale)
    for path in PORTAL:
        answer = await member.get(path)
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/"), path
            continue
        assert answer.status_code == ANSWERS.get(path, 200), (path, answer.text[-800:])
        if answer.text.startswith("<!doctype html>"):  # not a part of a page, nor a file
            assert f'<html lang="{locale}"' in answer.text, path
            assert answer.text.count("<h1") == 1, path
            assert " style=" not in answer.text, path


@pytest.mark.parametrize("locale", ["vi", "en"])
async def test_every_page_of_the_console_answers_in_both_languages(site: Site, locale: str) -> None:
    """For an operator with every role."""
    operator = await site.world.operator("moderator", "compliance", "finance", "arbiter", "administrator")
    there = await browser(site, operator, locale)
    for path in CONSOLE:
        page = await there.see(path)
        assert f'<html lang="{locale}"' in page, path
        assert page.count("<h1") == 1, path
        assert " style=" not in page, path


async def test_a_visitor_sees_no_page_of_a_member(site: Site) -> None:
    """Each leads to the sign-in page."""
    visitor = await browser(site)
    for path in sorted({*PORTAL, *CONSOLE} - VISITORS):
        answer = await visitor.get(path)
        assert (answer.status_code, urlsplit(answer.headers["location"]).path) == (303, "/sign-in"), path


async def test_the_console_does_not_exist_for_a_member(site: Site) -> None:
    """404 on every address and for every form, as for an address that nobody serves."""
    member = await browser(site, await site.world.company("Sao Mai"))
    token = {"_csrf_token": (await member.get("/account")).cookies.get("csrf") or member.client.cookies["csrf"]}
    for path in (*CONSOLE, f"/operator/companies/{new_id()}", f"/operator/members/{new_id()}"):
        assert (await member.get(path)).status_code == 404, path
    for path in (f"/operator/companies/{new_id()}/approve", f"/operator/deposits/{new_id()}/release", "/operator/clock"):
        assert (await member.client.post(path, data=token)).status_code == 404, path


async def test_the_portal_does_not_exist_for_an_operator(site: Site) -> None:
    """An operator never trades; the start page leads to the console."""
    operator = await browser(site, await site.world.operator("moderator", "administrator"))
    for path in ("/inbox", "/company", "/company/keys", "/activity", "/network", "/account"):
        assert (await operator.get(path)).status_code == 404, path


async def test_roles_of_operators_are_kept_apart(site: Site) -> None:
    """A moderator sees no deposits and no clock, a finance operator decides on no company."""
    moderator = await browser(site, await site.world.operator("moderator"))
    assert "/operator/deposits" not in await moderator.see("/operator")
    assert (await moderator.get("/operator/deposits")).status_code == 403
    assert (await moderator.get("/operator/clock")).status_code == 403
    finance = await browser(site, await site.world.operator("finance"))
    assert "/operator/deposits" in await finance.see("/operator")


async def test_the_side_bar_shows_what_the_role_can_use(site: Site) -> None:
    """A viewer has no money page; an owner has."""
    owner = await site.world.company("Sao Mai")
    viewer = await site.world.person(owner.company, "Sao Mai", "Lê Xem", "viewer")
    assert 'href="/money"' in await (await browser(site, owner)).see("/account")
    assert 'href="/money"' not in await (await browser(site, viewer)).see("/account")


async def test_an_api_key_opens_no_page(site: Site) -> None:
    """Keys are for the API; a page asks to sign in."""
    owner = await site.world.company("Sao Mai")
    member = await site.client(owner)
    made = await member.post("/api/v1/keys", json={"name": "ERP", "scopes": sorted(MEMBER)[:3]}, headers={"Idempotency-Key": "k"})
    visitor = await browser(site)
    answer = await visitor.get("/company", authorization=f"Bearer {made.json()['secret']}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/company")


async def test_what_is_not_there_is_a_page(site: Site) -> None:
    """In the reader's language and with a way back, for an unknown address and for an object that is not theirs."""
    member = await browser(site, await site.world.company("Sao Mai"), "vi")
    for path in ("/nowhere", f"/companies/{new_id()}"):
        answer = await member.get(path)
        assert answer.status_code == 404
        assert '<html lang="vi"' in answer.text
        assert "Không tìm thấy" in answer.text
    english = await browser(site, await site.world.company("Other"), "en")
    assert "There is no such company" in (await english.get(f"/companies/{new_id()}")).text


async def test_a_sentence_is_shown_once_after_an_action(site: Site) -> None:
    """And a forged cookie shows nothing."""
    member = await browser(site, await site.world.company("Sao Mai"))
    answer = await member.send("/company/edit", "/company/edit", display_name="Sao Mai Foods")
    assert "The company file is saved" in await member.follow(answer)
    assert "The company file is saved" not in await member.see("/company")
    member.client.cookies.set("flash", "bm90IG91cnM=")
    assert 'class="flash"' not in await member.see("/company")


async def test_static_files_are_kept_by_their_digest(site: Site) -> None:
    """What a page links is served for a year; pages themselves are not."""
    visitor = await browser(site)
    page = await visitor.see("/sign-in")
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = await visitor.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-security-policy"]
