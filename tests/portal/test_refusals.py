"""What the gate refuses is a page for a person: in their language, with the way on, and with what they typed."""

import asyncio
from typing import Any

import pytest
from limits import parse

from exchange.ctx import Ctx
from exchange.errors import Unavailable
from exchange.windows import Windows
from tests.portal.browser import browser, form
from tests.world import Site

HTML = {"accept": "text/html,application/xhtml+xml"}
FORM = {"title": "Gạo <ST25>", "lines.0.text": "Gạo", "_csrf_token": "t", "_key": "k-1"}


async def test_a_form_after_the_session_ended_is_kept(site: Site) -> None:
    """401 with every field but the password, escaped, and both ways on."""
    visitor = await browser(site, None, "vi")
    answer = await visitor.client.post("/rfqs/new?copy=1", data={**FORM, "password": "secret words"}, headers=HTML)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "Bạn không còn đăng nhập" in answer.text
    kept = form(answer.text, "/rfqs/new?copy=1")
    assert {name: kept.value(name) for name in FORM} == FORM
    assert "secret words" not in answer.text
    assert "<ST25>" not in answer.text
    assert 'href="/sign-in" target="_blank"' in answer.text
    assert "nonce-" in answer.headers["content-security-policy"]


async def test_what_was_kept_is_sent_again_after_signing_in(site: Site) -> None:
    """In the same browser: the same token, the same key, done once."""
    owner = await site.world.company("Sao Mai")
    member = await browser(site, owner)
    drawn = form(await member.see("/company/edit"), "/company/edit")
    typed = {name: drawn.values(name) for name, _ in drawn.fields} | {"about": ["Muối"]}
    session = member.client.cookies.get("session")
    assert session
    member.client.cookies.delete("session")
    refused = await member.client.post("/company/edit", data=typed, headers=HTML)
    assert refused.status_code == 401
    member.client.cookies.set("session", session)
    kept = form(refused.text, "/company/edit")
    sent = await member.client.post("/company/edit", data={name: kept.values(name) for name, _ in kept.fields})
    assert sent.status_code == 303
    assert form(await member.see("/company/edit"), "/company/edit").value("about") == "Muối"


async def test_a_form_with_files_or_a_large_one_leads_back(site: Site) -> None:
    """Its body is not read; the page names the way back to the form."""
    visitor = await browser(site)
    headers = HTML | {"referer": "http://exchange.test/orders/1/inspect"}
    with_file = await visitor.client.post("/orders/1/inspect", data=FORM, files={"photo": b"x"}, headers=headers)
    large = await visitor.client.post("/orders/1/inspect", data={"text": "x" * 300_000}, headers=headers)
    for answer in (with_file, large):
        assert answer.status_code == 401
        assert 'href="/orders/1/inspect">Back to the form' in answer.text
    assert "Back to the form" not in (await visitor.client.post("/x", data=FORM, headers={"accept": "*/*"})).text


async def test_too_many_requests_and_another_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """429 says to wait and leads to the same page; 403 keeps nothing that another site sent."""
    owner = await site.world.company("Sao Mai")
    member = await browser(site, owner, "vi")
    foreign = await member.client.post("/company/edit", data=FORM, headers=HTML | {"origin": "http://evil.example"})
    assert foreign.status_code == 403
    assert "một trang web khác" in foreign.text
    assert "Gạo" not in foreign.text
    gate: Any = member.client._transport.app  # type: ignore[attr-defined]
    monkeypatch.setattr(gate, "_members", Windows(parse("1/minute")))
    await member.get("/rfqs")
    full = await member.get("/rfqs?status=open", **HTML)
    assert (full.status_code, full.headers["retry-after"]) == (429, "5")
    assert "Đợi một phút" in full.text
    assert 'href="/rfqs?status=open"' in full.text
    kept = await member.client.post("/company/edit", data=FORM, headers=HTML)
    assert kept.status_code == 429
    assert form(kept.text, "/company/edit").value("title") == FORM["title"]
    assert (await member.client.get("/rfqs")).json()["code"] == "too-many-requests"


async def test_a_database_that_is_away_is_a_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """503, with the form that was sent; a program gets the problem."""
    member = await browser(site, await site.world.company("Sao Mai"), "vi")

    async def away(token: str, request_id: str, fresh: bool) -> Ctx | None:
        raise Unavailable(what="The database")

    monkeypatch.setattr(member.client._transport.app, "_find_session", away)  # type: ignore[attr-defined]
    answer = await member.client.post("/company/edit", data=FORM, headers=HTML)
    assert answer.status_code == 503
    assert form(answer.text, "/company/edit").value("title") == FORM["title"]
    assert "Đợi vài giây" in answer.text
    assert (await member.client.get("/api/v1/own/rfqs", headers=HTML)).json()["code"] == "unavailable"


async def test_a_form_that_is_too_large_leads_back_to_it(site: Site) -> None:
    """413 of the application itself says so as a page with the way back; a wrong token too."""
    member = await browser(site, await site.world.company("Sao Mai"), "en")
    token = form(await member.see("/company/edit"), "/company/edit").value("_csrf_token")
    headers = HTML | {"referer": "http://exchange.test/company/edit"}
    answer = await member.client.post("/company/edit", data={"_csrf_token": token, "about": "x" * 3_000_000}, headers=headers)
    assert answer.status_code == 413
    assert 'href="/company/edit">Back to the form' in answer.text
    wrong = await member.client.post("/company/edit", data={"_csrf_token": "no", "about": "x"}, headers=headers)
    assert wrong.status_code == 403
    assert "reload the page" in wrong.text


async def test_another_sites_form_is_never_offered_for_sending(site: Site) -> None:
    """Not by an address with a slash too many either, which would lead to the API past the token of a form."""
    owner = await site.world.company("Sao Mai")
    visitor = await browser(site, None, "en")
    for path in (f"//api/v1/own/people/{owner.person}/end", f"/x//api/v1/own/people/{owner.person}/end", "/no-such-form"):
        request = visitor.client.build_request(
            "POST", f"http://exchange.test{path}", data={"x": "y"}, headers={**HTML, "origin": "https://evil.example"}
        )
        answer = await visitor.client.send(request)
        assert answer.status_code in (403, 404)
        assert "<form" not in answer.text.split("<main")[1]


async def test_a_body_that_never_comes_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has lost a right must not use it by a request begun before: 408, and nothing is done."""
    monkeypatch.setattr("exchange.gate.BODY_S", 0.2)
    member = await browser(site, await site.world.company("Sao Mai"))

    async def never() -> Any:
        yield b'{"title":'
        await asyncio.Event().wait()

    answer = await member.client.post(
        "/api/v1/rfqs", content=never(), headers={"idempotency-key": "k", "content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (408, "body-too-slow")
