"""The console: applications decided with a reason, deposits by two, jobs tried again, the record searched, the clock moved."""

from uuid import UUID

from exchange.ids import new_id
from tests.portal.browser import browser, form
from tests.portal.test_apply_pages import GOOD
from tests.world import Site


async def application(site: Site, **changes: object) -> UUID:
    """A company that has applied through the form; its id."""
    visitor = await browser(site)
    await visitor.follow(await visitor.send("/apply", "/apply", **{**GOOD, **changes}))
    found: UUID = await site.world.owner.fetchval("SELECT id FROM company ORDER BY applied_at DESC LIMIT 1")
    return found


async def status(site: Site, company: UUID) -> str:
    return str(await site.world.owner.fetchval("SELECT status FROM company WHERE id = $1", company))


async def test_an_application_is_approved_and_the_next_one_opens(site: Site) -> None:
    """Refused with the fields that nobody marked; then marked, approved, account verified; the queue goes on by itself."""
    first = await application(site)
    second = await application(
        site, registration_id="0301442989", owner__email="b@muoi.example", legal_name="Công ty CP Muối", bank__holder="Khác"
    )
    operator = await browser(site, await site.world.operator("moderator"))
    page = await operator.see("/operator/companies")
    assert page.index("Công ty TNHH Bao bì Tân Thành") < page.index("Công ty CP Muối")
    assert "The account holder is the legal name." in page
    assert ("The same address:" in page, "The same bank account:" in page, page.count("0301442989</span> (Applied)")) == (
        True,
        True,
        2,
    )
    place = f"/operator/companies/{first}"
    await operator.follow(await operator.send(place, f"{place}/checks", field="tax_id", result="ok"))
    refused = await operator.follow(await operator.send(place, f"{place}/approve"))
    said = refused.partition("Still to be found right: ")[2].partition(".")[0]
    assert said == "Legal name, Registration number, Address, Legal representative, Bank account"
    assert await status(site, first) == "in_review"
    await operator.follow(await operator.send(place, f"{place}/checks/rest"))
    answer = await operator.send("/operator/companies", f"{place}/approve")
    after = await operator.follow(answer)
    assert answer.headers["location"] == "/operator/companies"
    assert "The account holder differs from the legal name." in after
    assert (await status(site, first), await status(site, second)) == ("active", "applied")
    assert await site.world.owner.fetchval("SELECT verified_at FROM bank_account WHERE company_id = $1", first) is not None
    assert (await operator.get(f"/operator/companies/{first}")).headers["location"] == f"/operator/members/{first}"


async def test_a_rejection_needs_a_reason_that_the_applicant_reads(site: Site) -> None:
    """Nothing happens without one; a template and own words become one text."""
    company = await application(site)
    operator = await browser(site, await site.world.operator("compliance"))
    action = f"/operator/companies/{company}/reject"
    assert "Give a reason" in await operator.follow(await operator.send("/operator/companies", action))
    assert await status(site, company) == "applied"
    await operator.follow(await operator.send("/operator/companies", action, template="bank", reason="Xem sao kê."))
    reason = await site.world.owner.fetchval("SELECT decision_reason FROM company_file WHERE company_id = $1", company)
    assert reason == "The bank account is not in the name of the company. Xem sao kê."
    assert "No application waits" in await operator.see("/operator/companies")


async def test_two_operators_decide_once(site: Site) -> None:
    """Who comes second is told how it stands; a finance operator cannot decide at all."""
    company = await application(site)
    first = await browser(site, await site.world.operator("moderator"))
    second = await browser(site, await site.world.operator("moderator"))
    await first.follow(await first.send("/operator/companies", f"/operator/companies/{company}/checks/rest"))
    drawn = await second.see(f"/operator/companies/{company}")
    await first.follow(await first.send("/operator/companies", f"/operator/companies/{company}/approve"))
    late = await second.send(
        f"/operator/companies/{company}", f"/operator/companies/{company}/reject", html=drawn, reason="too late"
    )
    assert late.headers["location"] == f"/operator/companies/{company}"
    assert await status(site, company) == "active"
    finance = await browser(site, await site.world.operator("finance"))
    token = form(await finance.see("/operator/account"), "/sign-out").value("_csrf_token")
    await finance.client.post(f"/operator/members/{company}/suspend", data={"_csrf_token": token, "reason": "because"})
    assert await status(site, company) == "active"


async def test_a_member_is_suspended_and_trades_again(site: Site) -> None:
    """With a reason on its page."""
    member = await site.world.company("Sao Mai")
    operator = await browser(site, await site.world.operator("moderator"))
    page = f"/operator/members/{member.company}"
    suspended = await operator.follow(await operator.send(page, f"{page}/suspend", reason="Chờ xác minh tài khoản"))
    assert "The company is suspended and told why." in suspended
    assert await status(site, member.company) == "suspended"
    assert "Chờ xác minh tài khoản" in await (await browser(site, member)).see("/company")
    assert "Another operator decides" in await operator.follow(await operator.send(page, f"{page}/unsuspend"))
    assert await status(site, member.company) == "suspended"
    second = await browser(site, await site.world.operator("compliance"))
    await second.follow(await second.send(page, f"{page}/unsuspend"))
    assert await status(site, member.company) == "active"
    assert "Sao Mai" in await operator.see("/operator/members?find=sao+mai&status=active")
    assert "Nothing matches" in await operator.see("/operator/members?find=sao+mai&status=rejected")


async def test_a_deposit_needs_two_operators(site: Site) -> None:
    """Who entered it has no button and is refused; another one releases it, once."""
    member = await site.world.company("Sao Mai")
    number = await site.world.owner.fetchval("SELECT registration_id FROM company WHERE id = $1", member.company)
    one = await browser(site, await site.world.operator("finance"), "vi")
    two = await browser(site, await site.world.operator("finance"))
    page = "/operator/deposits/new"
    wrong = await one.send(page, page, company_id="9999999999", amount="5.000.000", bank_reference="FT26")
    assert wrong.status_code == 422
    assert (form(wrong.text, page).value("company_id"), form(wrong.text, page).value("amount")) == ("9999999999", "5.000.000")
    await one.follow(await one.send(page, page, company_id=number, amount="5.000.000", bank_reference="FT26"))
    deposit = await site.world.owner.fetchval("SELECT id FROM deposit")
    release = f"/operator/deposits/{deposit}/release"
    own = await one.see("/operator/deposits")
    assert release not in own
    token = form(own, "/sign-out").value("_csrf_token")
    refused = await one.client.post(release, data={"_csrf_token": token})
    assert "Bạn đã nhập khoản này" in await one.follow(refused)
    listed = await two.see("/operator/deposits?status=entered")
    assert "₫5,000,000" in listed
    await two.follow(await two.send("/operator/deposits", release, html=listed))
    again = await two.send("/operator/deposits", release, html=listed)
    assert again.status_code == 303
    figures = await site.world.owner.fetchrow("SELECT count(*) AS n, max(status) AS status FROM deposit")
    assert (figures["n"], figures["status"]) == (1, "released")
    assert await site.world.owner.fetchval("SELECT count(*) FROM ledger_transfer") == 1


async def test_a_repeated_bank_reference_is_refused_on_the_form(site: Site) -> None:
    """With everything typed, the company as it was typed too."""
    member = await site.world.company("Sao Mai")
    number = await site.world.owner.fetchval("SELECT registration_id FROM company WHERE id = $1", member.company)
    one = await browser(site, await site.world.operator("finance"))
    page = "/operator/deposits/new"
    await one.follow(await one.send(page, page, company_id=number, amount="5,000,000", bank_reference="FT26"))
    again = await one.send(page, page, company_id=number, amount="1,000", bank_reference="FT26")
    assert again.status_code == 409
    assert "exists." in again.text
    assert [form(again.text, page).value(name) for name in ("company_id", "amount")] == [number, "1,000"]


async def test_a_job_that_gave_up_is_tried_again(site: Site) -> None:
    """By an administrator; a moderator only looks."""
    job = new_id()
    await site.world.owner.execute(
        """INSERT INTO job (id, kind, dedupe_key, payload, state, attempts, last_error)
        VALUES ($1, 'webhook', $2, '{"delivery_id": "x"}', 'dead', 12, '<b>timeout</b>')""",
        job, str(job),
    )  # fmt: skip
    moderator = await browser(site, await site.world.operator("moderator"))
    page = await moderator.see("/operator/jobs")
    assert "&lt;b&gt;timeout&lt;/b&gt;" in page
    assert f"/operator/jobs/{job}/retry" not in page
    administrator = await browser(site, await site.world.operator("administrator"))
    drawn = await administrator.see("/operator/jobs")
    await administrator.follow(await administrator.send("/operator/jobs", f"/operator/jobs/{job}/retry", html=drawn))
    row = await site.world.owner.fetchrow("SELECT state, attempts FROM job WHERE id = $1", job)
    assert (row["state"], row["attempts"]) == ("new", 0)
    assert await site.world.owner.fetchval("SELECT count(*) FROM event WHERE type = 'job.retried'") == 1


async def test_the_record_is_found_by_id_number_and_kind(site: Site) -> None:
    """Placed events of everybody, newest first, with who acted."""
    company = await application(site)
    await site.world.owner.execute("UPDATE event SET position = seq, hash = sha256('x') WHERE position IS NULL")
    operator = await browser(site, await site.world.operator("compliance"))
    for path in (f"?find={company}", "?q=0100109106", "?type=company.", "?until=2099-01-01", ""):
        page = await operator.see(f"/operator/audit{path}")
        assert "Company applied for membership" in page, path
        assert "Võ Thị Lan" in page, path
    assert "Nothing found" in await operator.see(f"/operator/audit?find={new_id()}")
    assert "Nothing matches" in await operator.see("/operator/audit?type=order.")
    assert "Nothing matches" in await operator.see("/operator/audit?until=2001-01-01")


async def test_the_sandboxs_clock_moves_forward(site: Site) -> None:
    """By an administrator, at most 31 days in a step; what was typed stays."""
    operator = await browser(site, await site.world.operator("administrator"))
    before = await site.world.owner.fetchval("SELECT market_now()")
    page = "/operator/clock"
    drawn = await operator.see(page)
    await operator.follow(await operator.send(page, page, html=drawn, amount="1", unit="days"))
    after = await site.world.owner.fetchval("SELECT market_now()")
    assert (after - before).days == 1
    token = form(drawn, "/sign-out").value("_csrf_token")
    for amount in ("32", "-1", "x", ""):
        refused = await operator.client.post(page, data={"_csrf_token": token, "amount": amount, "unit": "days"})
        assert refused.status_code == 422, amount
        assert f'value="{amount}"' in refused.text


async def test_the_overview_leads_only_where_the_role_may_go(site: Site) -> None:
    """A deposit that waits is finance's task; every link of the first page opens for whoever sees it."""
    member = await site.world.company("Sao Mai")
    number = await site.world.owner.fetchval("SELECT registration_id FROM company WHERE id = $1", member.company)
    finance = await browser(site, await site.world.operator("finance"))
    page = "/operator/deposits/new"
    await finance.follow(await finance.send(page, page, company_id=number, amount="5,000,000", bank_reference="FT26"))
    for role in ("moderator", "compliance", "finance", "arbiter", "administrator"):
        operator = await browser(site, await site.world.operator(role))
        seen = await operator.see("/operator")
        assert ("1 deposit waits" in seen) == (role == "finance"), role
        for link in {part.split('"')[0] for part in seen.split('href="')[1:] if part.startswith("/operator")}:
            assert (await operator.get(link)).status_code == 200, (role, link)
