"""My data as a file, its erasure and how it is taken back; what a company and the operators see of it."""

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
