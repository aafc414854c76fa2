"""The second step of signing in, as a person sees it: set up, sign in with it, switch it off; and the same over the API."""

import re
import time
from html import unescape

import pytest
from pyotp.totp import TOTP

from exchange.ctx import Ctx
from tests.portal.browser import Browser, browser
from tests.world import PASSWORD, Site

PAGE = "/account/security"


def code(totp: TOTP, steps: int) -> str:
    return totp.generate_otp(int(time.time()) // 30 + steps)


async def set_up(member: Browser) -> tuple[TOTP, list[str]]:
    """Connected through the page; the device and the recovery codes that it showed."""
    page = await member.follow(await member.send(PAGE, "/account/security/begin"))
    shown = re.search(r"<code class=\"secret\">([A-Z2-7 ]+)</code>", page)
    assert shown is not None
    totp = TOTP(shown[1].replace(" ", ""))
    assert "otpauth://totp/Exchange:" in unescape(page)
    answer = await member.send(PAGE, "/account/security/confirm", html=page, password=PASSWORD, code=code(totp, 0))
    assert answer.status_code == 200
    codes = re.findall(r"<code class=\"secret\">([A-Z2-7-]{19})</code>", answer.text)
    return totp, codes


async def password_page(visitor: Browser, ctx: Ctx, wanted: str = "/") -> str:
    """The page that follows the right password."""
    answer = await visitor.send(f"/sign-in?next={wanted}", "/sign-in", email=f"{ctx.person.hex}@test.example", password=PASSWORD)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers or "session=" not in answer.headers["set-cookie"]
    return answer.text


@pytest.mark.parametrize("locale", ["en", "vi"])
async def test_a_member_sets_it_up_and_signs_in_with_it(site: Site, locale: str) -> None:
    """Ten codes are shown once; then the password leads to a second page, and its code to the page that was wanted."""
    ctx = await site.world.company("Sao Mai")
    member = await browser(site, ctx, locale)
    totp, codes = await set_up(member)
    assert len(codes) == 10
    later = await member.see(PAGE)
    assert not any(item in later for item in codes)
    assert totp.secret not in later.replace(" ", "")
    visitor = await browser(site, locale=locale)
    page = await password_page(visitor, ctx, "/activity")
    wrong = await visitor.send("", "/sign-in/code", html=page, code="AAAA-AAAA-AAAA-AAAA")
    assert wrong.status_code == 422
    answer = await visitor.send("", "/sign-in/code", html=wrong.text, code=code(totp, 1))
    assert (answer.status_code, answer.headers["location"]) == (303, "/activity")
    assert "session=" in answer.headers["set-cookie"]
    assert (await visitor.get(PAGE)).status_code == 200


async def test_a_recovery_code_opens_once_and_the_page_counts_what_is_left(site: Site) -> None:
    """Nine are left after one; the same one is refused afterwards."""
    ctx = await site.world.company("Sao Mai")
    _, codes = await set_up(await browser(site, ctx))
    visitor = await browser(site)
    answer = await visitor.send("", "/sign-in/code", html=await password_page(visitor, ctx), code=codes[0])
    assert answer.status_code == 303
    assert "9 recovery codes are left" in await visitor.see(PAGE)
    other = await browser(site)
    again = await other.send("", "/sign-in/code", html=await password_page(other, ctx), code=codes[0])
    assert again.status_code == 422


async def test_a_forged_challenge_leads_back_to_the_password(site: Site) -> None:
    """The second page without its first opens nothing."""
    ctx = await site.world.company("Sao Mai")
    totp, _ = await set_up(await browser(site, ctx))
    visitor = await browser(site)
    page = await password_page(visitor, ctx)
    answer = await visitor.send("", "/sign-in/code", html=page, challenge="A" * 80, code=code(totp, 1))
    assert answer.status_code == 401
    assert 'action="/sign-in"' in answer.text
    assert (await visitor.get(PAGE)).status_code == 303


async def test_switching_off_needs_password_and_code(site: Site) -> None:
    """What was typed wrongly is said beside the form and nothing of it comes back; then the password alone is enough."""
    ctx = await site.world.company("Sao Mai")
    member = await browser(site, ctx)
    totp, _ = await set_up(member)
    wrong = await member.send(PAGE, "/account/security/off", password="not the password", code=code(totp, 1))
    assert wrong.status_code == 422
    assert "not the password" not in wrong.text
    answer = await member.send(PAGE, "/account/security/off", password=PASSWORD, code=code(totp, 1))
    assert "Signing in needs the password alone again" in await member.follow(answer)
    visitor = await browser(site)
    signed_in = await visitor.send("/sign-in", "/sign-in", email=f"{ctx.person.hex}@test.example", password=PASSWORD)
    assert signed_in.status_code == 303


async def test_the_same_over_the_api(site: Site) -> None:
    """A problem with a challenge after the password; the code makes the session; an operator too."""
    ctx = await site.world.operator("moderator")
    client = await site.client(ctx)
    begun = (await client.post("/api/v1/session/second-factor")).json()
    totp = TOTP(begun["key"].replace(" ", ""))
    proof = {"password": PASSWORD, "code": code(totp, 0)}
    confirmed = await client.post("/api/v1/session/second-factor/confirm", json=proof)
    assert (confirmed.status_code, len(confirmed.json()["codes"])) == (201, 10)
    assert (await client.get("/api/v1/session/second-factor")).json() == {"on": True, "recovery_codes_left": 10}
    visitor = await site.client()
    given = {"email": f"{ctx.person.hex}@test.example", "password": PASSWORD}
    asked = await visitor.post("/api/v1/session", json=given)
    assert (asked.status_code, asked.json()["code"]) == (401, "second-factor-required")
    assert "set-cookie" not in asked.headers
    answer = {"challenge": asked.json()["data"]["challenge"], "code": code(totp, 1)}
    entered = await visitor.post("/api/v1/session/code", json=answer)
    assert (entered.status_code, entered.json()["operator"]) == (201, True)
    assert (await visitor.post("/api/v1/session/code", json=answer)).json()["code"] == "wrong-code"
    off = await visitor.post(
        "/api/v1/session/second-factor/off", json={"password": PASSWORD, "code": confirmed.json()["codes"][0]}
    )
    assert off.status_code == 204


async def test_a_person_signs_out_in_other_places(site: Site) -> None:
    """The page names each place; ended ones are let in nowhere from that moment on, this browser stays."""
    ctx = await site.world.company("Sao Mai")
    here, there, third = await browser(site, ctx), await browser(site), await browser(site)
    for other, agent in ((there, "Mozilla/5.0 (X11) Gecko/20100101 Firefox/140.0"), (third, "curl/8")):
        other.client.headers["user-agent"] = agent
        entered = await other.send("/sign-in", "/sign-in", email=f"{ctx.person.hex}@test.example", password=PASSWORD)
        assert entered.status_code == 303
        await other.see(PAGE)
    page = await here.see(PAGE)
    assert all(text in page for text in ("Firefox", "A program", "This browser", "127.0.0.1"))
    firefox = next(item for item in (await there.client.get("/api/v1/sessions")).json() if item["current"])
    assert firefox["browser"] == "Firefox"
    answer = await here.send(PAGE, f"/account/security/sessions/{firefox['id']}/end")
    assert "You are signed out there" in await here.follow(answer)
    assert (await there.get(PAGE)).status_code == 303
    await third.see(PAGE)
    assert (await here.client.post("/api/v1/sessions/end-others")).status_code == 204
    assert (await third.get(PAGE)).status_code == 303
    assert [item["current"] for item in (await here.client.get("/api/v1/sessions")).json()] == [True]


async def test_nobody_ends_another_persons_session(site: Site) -> None:
    """Its id is not found, and it stays."""
    ann, bob = await site.client(await site.world.company("Sao Mai")), await site.client(await site.world.company("Tân Thành"))
    (session,) = (await ann.get("/api/v1/sessions")).json()
    assert (await bob.post(f"/api/v1/sessions/{session['id']}/end")).status_code == 404
    assert (await bob.post("/api/v1/sessions/end-others")).status_code == 204
    assert len((await ann.get("/api/v1/sessions")).json()) == 1
