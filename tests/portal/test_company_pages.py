"""The own company's pages: file and limits, people, keys, webhooks, members and activity."""

from tests.portal.browser import browser, form
from tests.world import Site


async def test_the_file_is_changed_and_emptied(site: Site) -> None:
    """What is typed is stored, what is emptied is gone, and numbers are read the local way."""
    owner = await site.world.company("Sao Mai", signing_limit=5000)
    member = await browser(site, owner, "vi")
    page = await member.see("/company/edit")
    assert form(page, "/company/edit").value("signing_limit") == "5.000"
    await member.follow(
        await member.send(
            "/company/edit",
            "/company/edit",
            about="Muối và gia vị",
            website="https://saomai.example",
            signing_limit="1.250.000",
            trade_roles=["manufacturer", "importer"],
            capabilities="2 dây chuyền <nghiền>\r\n\r\n  500 tấn mỗi tháng ",
        )
    )
    assert "<li>2 dây chuyền &lt;nghiền&gt;</li><li>500 tấn mỗi tháng</li>" in await member.see(f"/companies/{owner.company}")
    again = form(await member.see("/company/edit"), "/company/edit")
    assert again.values("trade_roles") == ["manufacturer", "importer"]
    assert (again.value("about"), again.value("signing_limit")) == ("Muối và gia vị", "1.250.000")
    await member.follow(
        await member.send("/company/edit", "/company/edit", about="", website="", signing_limit="", trade_roles=[])
    )
    emptied = form(await member.see("/company/edit"), "/company/edit")
    assert [emptied.value(name) for name in ("about", "website", "signing_limit")] == ["", "", ""]
    assert emptied.values("trade_roles") == []


async def test_a_change_over_another_change_is_refused_with_what_was_typed(site: Site) -> None:
    """Two people edit: the second is told, and their text stays in the form."""
    owner = await site.world.company("Sao Mai")
    first, second = await browser(site, owner), await browser(site, owner)
    stale = await second.see("/company/edit")
    await first.follow(await first.send("/company/edit", "/company/edit", about="first"))
    answer = await second.send("/company/edit", "/company/edit", html=stale, about="second")
    assert answer.status_code == 409
    assert form(answer.text, "/company/edit").value("about") == "second"


async def test_wrong_fields_are_all_named(site: Site) -> None:
    """Each beside its field, with a summary that leads there."""
    member = await browser(site, await site.world.company("Sao Mai"))
    answer = await member.send(
        "/company/edit", "/company/edit", website="no address", contact_email="x", signing_limit="1,5", address="12"
    )
    assert answer.status_code == 422
    for name in ("website", "contact_email", "signing_limit", "address"):
        assert f'id="f-{name}-wrong"' in answer.text
    assert form(answer.text, "/company/edit").value("signing_limit") == "1,5"
    long = await member.send("/company/edit", "/company/edit", capabilities="x\ny")
    assert (long.status_code, 'id="f-capabilities-wrong"' in long.text) == (422, True)
    assert form(long.text, "/company/edit").value("capabilities") == "x\ny"


async def test_who_may_not_is_refused(site: Site) -> None:
    """A buyer sees no button, and the form's address answers 403."""
    owner = await site.world.company("Sao Mai")
    buyer = await browser(site, await site.world.person(owner.company, "Sao Mai", "Trần Mua", "buyer"))
    assert "/company/people/new" not in await buyer.see("/company/people")
    for path in ("/company/people/new", "/company/edit", "/company/keys", "/company/keys/new", "/company/webhooks/new"):
        assert (await buyer.get(path)).status_code == 403, path


async def test_a_keys_secret_is_shown_once(site: Site) -> None:
    """On the page that made it; sent again the same form shows none, and the list never does."""
    member = await browser(site, await site.world.company("Sao Mai"))
    drawn = await member.see("/company/keys/new")
    made = await member.send("/company/keys/new", "/company/keys/new", html=drawn, name="ERP", scopes=["rfq.read"])
    secret = made.text.split('class="secret">')[1].split("<")[0]
    assert secret.startswith("ex_test_")
    again = await member.send("/company/keys/new", "/company/keys/new", html=drawn, name="ERP", scopes=["rfq.read"])
    assert (again.status_code, secret in again.text) == (200, False)
    listed = await member.see("/company/keys")
    assert secret not in listed
    assert await site.world.owner.fetchval("SELECT count(*) FROM api_key") == 1
    action = next(line for line in listed.split('action="') if "/revoke" in line).split('"')[0]
    assert "The key is revoked." in await member.follow(await member.send("/company/keys", action))
    assert "Revoked" in await member.see("/company/keys")


async def test_an_inside_address_is_no_webhook(site: Site) -> None:
    """Refused beside its field, with what was typed."""
    member = await browser(site, await site.world.company("Sao Mai"))
    answer = await member.send("/company/webhooks/new", "/company/webhooks/new", url="https://127.0.0.1/hook", events=["order.*"])
    assert answer.status_code == 422
    assert 'id="f-url-wrong"' in answer.text
    assert form(answer.text, "/company/webhooks/new").values("events") == ["order.*"]


async def test_a_webhook_is_registered_switched_and_renewed(site: Site) -> None:
    """Its secret is shown when it is made and when it is renewed."""
    member = await browser(site, await site.world.company("Sao Mai"))
    made = await member.send("/company/webhooks/new", "/company/webhooks/new", url="https://hooks.example.com/exchange")
    first = made.text.split('class="secret">')[1].split("<")[0]
    page = await member.see("/company/webhooks")
    actions = [part.split('"')[0] for part in page.split('action="') if part.startswith("/company/webhooks/")]
    renewed = await member.send("/company/webhooks", next(item for item in actions if item.endswith("/rotate")))
    second = renewed.text.split('class="secret">')[1].split("<")[0]
    assert first.startswith("whsec_")
    assert second.startswith("whsec_")
    assert first != second
    off = await member.send("/company/webhooks", next(item for item in actions if item.endswith("/disable")))
    assert "The webhook is switched off." in await member.follow(off)


async def test_members_find_each_other(site: Site) -> None:
    """The list and the profile; an applicant is nobody's business yet."""
    sao_mai = await site.world.company("Sao Mai")
    tan_thanh = await site.world.company("Tân Thành")
    applicant = await site.world.company("Bạc Liêu", status="applied")
    member = await browser(site, sao_mai)
    listed = await member.see("/network")
    assert f"/companies/{tan_thanh.company}" in listed
    assert "Bạc Liêu" not in listed
    assert "Tân Thành" in await member.see(f"/companies/{tan_thanh.company}")
    assert (await member.get(f"/companies/{applicant.company}")).status_code == 404


async def test_a_company_keeps_a_name_an_address_and_an_email(site: Site) -> None:
    """Emptied they are mistakes beside their fields, and nothing of the file changes."""
    owner = await site.world.company("Hương Quê")
    member = await browser(site, owner, "en")
    answer = await member.send("/company/edit", "/company/edit", display_name="", address="", contact_email="", about="new")
    assert answer.status_code == 422
    assert answer.text.count("Fill this in.") == 6
    assert form(answer.text, "/company/edit").value("about") == "new"
    assert form(await member.see("/company/edit"), "/company/edit").value("display_name") == "Hương Quê"
