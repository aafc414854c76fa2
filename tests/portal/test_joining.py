"""From an invitation on a page to acting for the company, for a new and for a known person; own roles and renewed keys."""

from exchange.domain.identity.invitation import token_of
from tests.portal.browser import browser, form
from tests.world import PASSWORD, Site, key

NEW = "/company/people/new"


async def newest(site: Site) -> str:
    """The link that the newest invitation was sent with."""
    row = await site.world.owner.fetchrow("SELECT id, sends FROM member_invitation ORDER BY created_at DESC LIMIT 1")
    assert row is not None
    return f"/join?token={token_of(site.deps.settings.secret, row['id'], row['sends'])}"


async def test_a_new_person_is_invited_joins_and_signs_in(site: Site) -> None:
    """A wrong form comes back filled but for the password; the link leads nowhere afterwards."""
    member = await browser(site, await site.world.company("Sao Mai"))
    wrong = await member.send(NEW, NEW, email="mua", roles=["buyer"])
    assert (wrong.status_code, form(wrong.text, NEW).values("roles")) == (422, ["buyer"])
    said = await member.follow(await member.send(NEW, NEW, email="Mua@saomai.example", roles=["buyer", "approver"]))
    assert "An invitation is on its way to mua@saomai.example." in said
    assert said.count("mua@saomai.example") == 3
    link, visitor = await newest(site), await browser(site)
    short = await visitor.send(link, "/join", name="Trần Mua", password="short")
    kept = form(short.text, "/join")
    assert (short.status_code, kept.value("name"), kept.value("password")) == (422, "Trần Mua", "")
    assert "Sao Mai" in short.text
    ready = await visitor.follow(await visitor.send(link, "/join", name="Trần Mua", password=PASSWORD))
    assert "Your account is ready." in ready
    entered = await visitor.send("/sign-in", "/sign-in", email="mua@saomai.example", password=PASSWORD)
    assert entered.status_code == 303
    used = await visitor.get(link)
    assert (used.status_code, "This invitation is over" in used.text) == (409, True)
    unknown = await visitor.get("/join?token=nothing")
    assert (unknown.status_code, "This invitation is not valid" in unknown.text) == (404, True)


async def test_a_known_person_accepts_in_a_new_session(site: Site) -> None:
    """With the invited address; the session before opens nothing any more, and somebody else's browser is told so."""
    owner, other = await site.world.company("Sao Mai"), await site.world.company("Tân Thành")
    person = await site.world.person(other.company, "Tân Thành", "Bán", "seller")
    member, stranger, invited = await browser(site, owner), await browser(site, other), await browser(site, person)
    email = f"{person.person.hex}@test.example"
    await member.send(NEW, NEW, email=email, roles=["buyer"])
    link = await newest(site)
    assert "another address was invited" in await stranger.see(link)
    known = await (await browser(site)).send(link, "/join", name="X", password=PASSWORD)
    assert (known.status_code, "There is an account with this e-mail." in known.text) == (409, True)
    before = await site.world.owner.fetch("SELECT token_hash FROM session WHERE person_id = $1", person.person)
    home = await invited.follow(await invited.send(link, "/join", _action="accept"))
    assert "You now act for Sao Mai." in home
    after = await site.world.owner.fetch("SELECT token_hash, company_id FROM session WHERE person_id = $1", person.person)
    assert [row["company_id"] for row in after] == [owner.company]
    assert before[0]["token_hash"] != after[0]["token_hash"]
    assert (await invited.get("/rfqs/new")).status_code == 200


async def test_an_own_role_is_defined_given_and_seen(site: Site) -> None:
    """It holds at once in the session of whoever gets it; while it is held it is not deleted."""
    owner = await site.world.company("Sao Mai")
    clerk = await site.world.person(owner.company, "Sao Mai", "Kho", "viewer")
    member, colleague = await browser(site, owner), await browser(site, clerk)
    at = "/company/roles/new"
    assert "Sign contracts" not in await member.see(at)
    assert "Sign contracts" in await colleague.see("/company/roles")
    said = await member.follow(await member.send(at, at, name="Thư ký mua", permissions=["rfq.write"]))
    assert "The role “Thư ký mua” is defined." in said
    role = await site.world.owner.fetchval("SELECT id FROM company_role")
    assert (await colleague.get("/rfqs/new")).status_code == 403
    page = f"/company/people/{clerk.person}"
    await member.follow(await member.send(page, page, roles=["viewer"], own_roles=[str(role)]))
    assert (await colleague.get("/rfqs/new")).status_code == 200
    assert "Thư ký mua" in await member.see("/company/people")
    refused = await member.follow(await member.send(f"/company/roles/{role}", f"/company/roles/{role}/delete"))
    assert "Take the role from everybody" in refused
    await member.follow(await member.send(f"/company/roles/{role}", f"/company/roles/{role}", permissions=["quote.write"]))
    assert (await colleague.get("/rfqs/new")).status_code == 403
    assert (await colleague.get(at)).status_code == 403


async def test_a_key_is_made_for_networks_and_renewed(site: Site) -> None:
    """Networks are written one a line and come back with what is wrong; the API tells a mistyped key from a foreign address."""
    owner = await site.world.company("Sao Mai")
    member, client = await browser(site, owner), await site.client()
    at = "/company/keys/new"
    wrong = await member.send(at, at, name="ERP", scopes=["rfq.read"], networks="127.0.0.0/8\nhere")
    assert (wrong.status_code, 'id="f-networks-wrong"' in wrong.text) == (422, True)
    assert "127.0.0.0/8\nhere" in wrong.text
    made = await member.send(at, at, name="ERP", scopes=["rfq.read"], networks="127.0.0.0/8\n2001:db8::/32")
    first = made.text.split('class="secret">')[1].split("<")[0]
    page = f"/company/keys/{await site.world.owner.fetchval('SELECT id FROM api_key')}"
    renewed = await member.send(page, f"{page}/rotate", overlap_hours="24")
    second = renewed.text.split('class="secret">')[1].split("<")[0]
    assert first != second
    for secret in (first, second):
        assert (await client.get("/api/v1/rfqs", headers={"authorization": f"Bearer {secret}"})).status_code == 200
    typo = await client.get("/api/v1/rfqs", headers={"authorization": f"Bearer {second[:-1]}"})
    assert (typo.status_code, typo.json()["code"]) == (401, "key-mistyped")
    api = await site.client(owner)
    body = {"name": "Far", "scopes": ["rfq.read"], "networks": ["203.0.113.0/24"]}
    far = (await api.post("/api/v1/keys", json=body, headers=key())).json()
    refused = await client.get("/api/v1/rfqs", headers={"authorization": f"Bearer {far['secret']}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "key-network")
    ended = await api.post(f"/api/v1/keys/{far['key']['id']}/rotate", json={"overlap_hours": 169}, headers=key())
    assert ended.status_code == 422


async def test_invitations_over_the_api(site: Site) -> None:
    """Invited, sent again, withdrawn, taken up; a visitor joins without being signed in."""
    owner = await site.world.company("Sao Mai")
    client, visitor = await site.client(owner), await site.client()
    made = (await client.post("/api/v1/own/invitations", json={"email": "a@x.example", "roles": ["buyer"]}, headers=key())).json()
    again = await client.post(f"/api/v1/own/invitations/{made['id']}/resend", headers=key())
    assert (again.json()["sends"], [item["id"] for item in (await client.get("/api/v1/own/invitations")).json()]) == (
        2,
        [made["id"]],
    )
    token = (await newest(site)).partition("token=")[2]
    body = {"token": token, "name": "A", "password": PASSWORD}
    joined = await visitor.post("/api/v1/invitations/join", json=body)
    assert (joined.status_code, joined.json()["company_name"]) == (201, "Sao Mai")
    assert (await visitor.post("/api/v1/invitations/join", json=body)).json()["code"] == "invitation-over"
    assert (await visitor.post("/api/v1/invitations/accept", json={"token": token})).status_code == 401
    assert (await client.post("/api/v1/invitations/accept", json={"token": token})).json()["code"] == "invitation-over"
    assert (await client.post(f"/api/v1/own/invitations/{made['id']}/revoke")).json()["code"] == "wrong-state"
