"""A company's accounts and group on its pages, and the operator's queue of what is to be verified."""

import io
import re
import zipfile
from typing import Any

import msgspec

from exchange.jobs import companies
from exchange.jobs.kinds import Deps, Job
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


async def test_a_visitor_registers_saves_half_an_application_and_sends_it_later(site: Site) -> None:
    """What was written comes back; wrong fields are named when it is sent; then the page says that it is checked."""
    visitor = await browser(site)
    await visitor.follow(
        await visitor.send(
            "/apply/start", "/apply/start", legal_name="Công ty TNHH Muối Trắng", country="VN", name="Lê An",
            email="an@muoitrang.example", password="correct horse battery",
        )
    )  # fmt: skip
    assert await site.world.owner.fetchval("SELECT count(*) FROM job WHERE kind = 'mail_proof'") == 1
    page = "/apply/draft"
    await visitor.follow(await visitor.send(page, page, address="12 Trần Phú", _action="save"))
    assert "12 Trần Phú" in await visitor.see(page)
    wrong = await visitor.send(page, page, registration_id="1", _action="send")
    assert wrong.status_code == 422
    whole: dict[str, Any] = {
        "registration_id": "0100233488", "region": "VN-SG", "address": "12 Trần Phú", "representative": "Lê An",
        "bank__holder": "Cong ty TNHH Muoi Trang", "bank__bank_name": "Đông Hải", "bank__number": "00711234567",
        "bank__currency": "VND", "_action": "send",
    }  # fmt: skip
    assert "Checked by an operator" in await visitor.follow(await visitor.send(page, page, **whole))
    found = await site.world.owner.fetchrow("SELECT status, registration_id FROM company WHERE legal_name LIKE '%Muối Trắng'")
    assert tuple(found or ()) == ("applied", "0100233488")


async def _pack(site: Site) -> None:
    """The job that the request led to, over the files that the pages read."""
    row = await site.world.owner.fetchrow(
        "UPDATE job SET state = 'running', lease_token = gen_random_uuid() WHERE kind = 'export_company' RETURNING *"
    )
    assert row is not None, "asking for the copy begins a job"
    payload = msgspec.json.decode(row["payload"])
    job = Job(id=row["id"], kind=row["kind"], payload=payload, attempts=1, lease_token=row["lease_token"])
    await companies.export_company(Deps(db=await site.world.db.worker(), settings=site.deps.settings), job)


async def test_a_passport_is_shown_and_taken_back_and_a_copy_is_asked_for(site: Site) -> None:
    """The other side reads the page; once it is taken back the page is gone. The closing page says what is open."""
    one, two = await site.world.company("Sao Mai"), await site.world.company("Sao Hôm")
    tax_id = await site.world.owner.fetchval("SELECT tax_id FROM company WHERE id = $1", two.company)
    first, second = await browser(site, one), await browser(site, two)
    until: Any = await site.world.owner.fetchval("SELECT (market_now() + interval '20 days')::date")
    page = "/company/passports/new"
    sent: Any = {"tax_id": tax_id, "fields": ["identity", "bank"], "until": f"{until}T10:00"}
    await first.follow(await first.send(page, page, **sent))
    passport = await site.world.owner.fetchval("SELECT id FROM passport")
    assert "Sao Mai Ltd" in await second.see(f"/passports/{passport}")
    await first.follow(await first.send("/company/passports", f"/company/passports/{passport}/revoke"))
    assert (await second.get(f"/passports/{passport}")).status_code == 404
    assert "being packed" in (await first.follow(await first.send("/company/close", "/company/export"))).lower()
    await _pack(site)
    link = re.search(r"/api/v1/files/[0-9a-f-]+/content", await first.see("/company/close"))
    assert link is not None
    answer = await first.get(link[0])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "Sao Mai Ltd" in archive.read("company.json").decode()
    operator = await browser(site, await site.world.operator("moderator"))
    admin = await browser(site, await site.world.person(one.company, "Sao Mai", "Quản trị", "admin"))
    assert link[0] not in await admin.see("/company/close")
    assert [(await other.get(link[0])).status_code for other in (second, operator, admin)] == [404, 404, 403]
    await first.follow(await first.send("/company/close", "/company/close"))
    assert await site.world.owner.fetchval("SELECT status FROM company WHERE id = $1", one.company) == "closed"
