"""My data as a file, its erasure and how it is taken back; what a company and the operators see of it."""

from exchange.domain.identity import lost_factor
from tests.portal.browser import browser
from tests.world import Site


async def test_a_person_downloads_their_data_asks_for_erasure_and_takes_it_back(site: Site) -> None:
    """The only owner is told why not; with a second owner it is noted, shown with its day, and taken back."""
    world = site.world
    owner = await world.company("Sao Mai")
    member = await browser(site, owner)
    file = await member.get("/account/data/file")
    assert file.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert file.json()["person"]["email"] == f"{owner.person.hex}@test.example"
    assert "only owner" in await member.follow(await member.send("/account/data", "/account/data/erase"))
    second = await world.person(owner.company, "Sao Mai", "Second", "owner")
    assert "Until then you may take it back" in await member.follow(await member.send("/account/data", "/account/data/erase"))
    request = await world.owner.fetchval("SELECT id FROM erasure_request WHERE status = 'waiting'")
    back = await member.follow(await member.send("/account/data", f"/account/data/{request}/take-back"))
    assert "Nothing was erased" in back
    # A colleague who left: the owner asks, an operator sees it and takes it back.
    left = await world.person(owner.company, "Sao Mai", "Minh Left", "buyer")
    await world.owner.execute("UPDATE membership SET ended_at = now() WHERE person_id = $1", left.person)
    page = await member.follow(await member.send("/company/privacy", f"/company/privacy/{left.person}/erase"))
    assert "Erased on" in page
    viewer = await browser(site, await world.person(owner.company, "Sao Mai", "Viewer", "viewer"))
    assert "Minh Left" not in await viewer.see("/company/privacy")
    operator = await browser(site, await world.operator("compliance"))
    asked = await world.owner.fetchval("SELECT id FROM erasure_request WHERE status = 'waiting'")
    await operator.follow(await operator.send("/operator/privacy", f"/operator/privacy/{asked}/take-back"))
    for email, said in ((f"{second.person.hex}@test.example", "The erasure is noted"), ("nobody@x.example", "Nobody has this")):
        assert said in await operator.follow(await operator.send("/operator/privacy", "/operator/privacy/ask", email=email))
    moderator = await browser(site, await world.operator("moderator"))
    assert "Nobody has asked" not in await moderator.see("/operator/privacy")
    states = await world.owner.fetch("SELECT status FROM erasure_request ORDER BY asked_at, id")
    assert [row["status"] for row in states] == ["withdrawn", "withdrawn", "waiting"]
    api = await site.client(owner)
    assert len((await api.get("/api/v1/retention")).json()) == len(
        (await (await site.client(await world.operator("compliance"))).get("/api/v1/operator/retention")).json()
    )


async def test_two_operators_remove_lost_factors_in_the_console_and_a_visitor_stops_it(site: Site) -> None:
    """The form keeps what was typed, who asked sees no button to confirm, and the link of the e-mail stops it."""
    world = site.world
    lost = await world.company("Sao Mai")
    await world.owner.execute(
        """INSERT INTO passkey (id, person_id, credential_id, public_key, sign_count, name)
        VALUES (uuidv7(), $1, sha256('a'), sha256('a'), 0, 'Telephone')""",
        lost.person,
    )
    one = await browser(site, await world.operator("compliance"))
    two = await browser(site, await world.operator("administrator"))
    place, words = "/operator/identity", {"reason": "The telephone burnt down", "proof": "Called back at the file's number"}
    refused = await one.send(f"{place}/new", f"{place}/new", email="nobody@x.example", **words)
    assert "Nobody has this e-mail" in refused.text
    assert "The telephone burnt down" in refused.text
    asked = await one.follow(await one.send(f"{place}/new", f"{place}/new", email=f"{lost.person.hex}@test.example", **words))
    assert "a second operator confirms" in asked
    removal = await world.owner.fetchval("SELECT id FROM factor_removal")
    assert f"{place}/{removal}/confirm" not in asked
    assert "may stop it for a day" in await two.follow(await two.send(place, f"{place}/{removal}/confirm"))
    visitor = await browser(site, None)
    page = f"/second-factor/stop?token={lost_factor.token_of(site.deps.settings.secret, removal)}"
    answer = await visitor.send(page, "/second-factor/stop", token=page.partition("=")[2])
    assert "Your second factors stay" in await visitor.follow(answer)
    assert await world.owner.fetchval("SELECT status FROM factor_removal") == "stopped"
    assert (await visitor.send(page, "/second-factor/stop", token=page.partition("=")[2])).status_code == 422
    api = await site.client(await world.operator("compliance"))
    found = (await api.get("/api/v1/operator/factor-removals")).json()["items"]
    assert [row["status"] for row in found] == ["stopped"]
