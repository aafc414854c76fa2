"""People of a company sign in at its own provider, a real one in a process of its own; and it lies in every way it can."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import msgspec
import pytest

from exchange.ctx import Ctx
from tests.portal.browser import browser
from tests.world import Site, World, key

SECRET = "a client secret: with / signs"


class Provider:
    """The process, seen from outside."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def behave(self, **how: Any) -> None:
        async with httpx2.AsyncClient(trust_env=False) as client:
            await client.put(f"{self.url}/behave", json=how)

    async def ask(self, address: str) -> str:
        """What the provider answers to the browser that it was sent: the way back, without our host."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.get(address)
        parts = urlsplit(answer.headers["location"])
        return f"{parts.path}?{parts.query}"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """One process for all tests here."""
    with subprocess.Popen([sys.executable, "-m", "tests.oidc_provider"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Provider(process.stdout.readline().strip())
        finally:
            process.kill()


class Place:
    """A company that has set the provider, and its person Ann."""

    def __init__(self, site: Site, owner: Ctx, ann: Ctx, provider: Provider) -> None:
        self.site, self.owner, self.ann, self.provider = site, owner, ann, provider
        self.email = f"{ann.person.hex}@test.example"

    async def visitor(self) -> httpx2.AsyncClient:
        return (await browser(self.site)).client

    async def there(self, client: httpx2.AsyncClient, wanted: str = "/activity") -> str:
        """The way back that the provider gives to this browser."""
        sent = await client.get(f"/sign-in/company/{self.owner.company}?next={wanted}")
        assert sent.status_code == 303, sent.text
        assert sent.headers["location"].startswith(f"{self.provider.url}/authorize?")
        return await self.provider.ask(sent.headers["location"])

    async def enter(self, **how: Any) -> tuple[httpx2.AsyncClient, str]:
        """A fresh browser after one whole way; where it was led."""
        claims = {"email": self.email, **how.pop("claims", {})}
        await self.provider.behave(claims=claims, **how)
        client = await self.visitor()
        answer = await client.get(await self.there(client))
        return client, answer.headers["location"]


async def placed(world: World, site: Site, provider: Provider) -> Place:
    pair = provider.url.removeprefix("http://")
    settings = msgspec.structs.replace(site.deps.settings, webhook_allow=pair)
    own = Site(world, msgspec.structs.replace(site.deps, settings=settings))
    owner = await world.company("Sao Mai")
    ann = await world.person(owner.company, "Sao Mai", "Ann", "buyer")
    given = {"issuer": provider.url, "client_id": "exchange", "client_secret": SECRET, "domains": ["test.example"]}
    admin = await world.person(owner.company, "Sao Mai", "Admin", "admin")
    # Who speaks for the sign-in speaks for the owners too.
    refused = await (await own.client(admin)).put("/api/v1/own/provider", json=given, headers=key())
    assert refused.status_code == 403, refused.text
    saved = await (await own.client(owner)).put("/api/v1/own/provider", json=given, headers=key())
    assert saved.status_code == 200, saved.text
    assert saved.json()["sign_in"].endswith(f"/sign-in/company/{owner.company}")
    assert SECRET not in saved.text
    return Place(own, owner, ann, provider)


async def test_a_member_comes_in_for_this_company_alone(world: World, site: Site, provider: Provider) -> None:
    """By RS256 and ES256; the session proves nothing to the exchange, cannot act for another company, and ends like others."""
    place = await placed(world, site, provider)
    other = await world.company("Other")
    await world.owner.execute(
        "INSERT INTO membership (company_id, person_id, roles) VALUES ($1, $2, '{owner}')", other.company, place.ann.person
    )
    for alg in ("RS256", "ES256"):
        client, led = await place.enter(alg=alg)
        assert led == "/activity"
        me = (await client.get("/api/v1/session")).json()
        assert (me["person_id"], me["company_id"]) == (str(place.ann.person), str(place.owner.company))
    switched = await client.post("/api/v1/session/company", json={"company_id": str(other.company)})
    assert switched.status_code == 404
    asked = await client.post("/api/v1/session/passkeys/options")
    assert asked.json()["code"] == "step-up-required"
    assert SECRET.encode() not in await world.owner.fetchval("SELECT sealed_secret FROM company_provider")
    kept = await (await browser(place.site, place.owner)).see("/company/sign-in")
    assert provider.url in kept
    assert SECRET not in kept


async def test_what_the_provider_must_not_say(world: World, site: Site, provider: Provider) -> None:
    """Wrong nonce, audience, issuer, time, key, algorithm, address or person: nobody comes in, and it is said on our page."""
    place = await placed(world, site, provider)
    stranger = await world.company("Stranger")
    lies: list[dict[str, Any]] = [
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": None}},
        {"claims": {"aud": "somebody-else"}},
        {"claims": {"aud": ["exchange", "somebody-else"]}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"exp": 1_700_000_000}},
        {"claims": {"exp": None}},
        {"claims": {"email_verified": False}},
        {"claims": {"email_verified": "true"}},
        {"claims": {"email": "ann@evil.example"}},
        {"claims": {"email": f"{stranger.person.hex}@test.example"}},
        {"claims": {"email": ["x"]}},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "stranger"},
        {"returned": "https://evil.example"},
    ]
    for lie in lies:
        client, led = await place.enter(**lie)
        assert led == "/sign-in", lie
        assert (await client.get("/activity")).status_code == 303, lie
    await provider.behave(issuer="https://evil.example")
    sent = await (await place.visitor()).get(f"/sign-in/company/{place.owner.company}")
    assert sent.headers["location"] == "/sign-in"
    _, led = await place.enter()
    assert led == "/activity"
    assert await world.owner.fetchval("SELECT count(*) FROM provider_link") == 1


async def test_each_way_back_counts_once_in_the_browser_that_began(world: World, site: Site, provider: Provider) -> None:
    """A replayed return, a code taken to another browser or another flow, and a link that somebody else sends open nothing."""
    place = await placed(world, site, provider)
    await provider.behave(claims={"email": place.email})
    ann, mallory = await place.visitor(), await place.visitor()
    back = await place.there(ann)
    assert (await mallory.get(back)).headers["location"] == "/sign-in"
    assert (await ann.get(back)).headers["location"] == "/sign-in", "another browser has used it up"
    back = await place.there(ann)
    assert (await ann.get(back)).headers["location"] == "/activity"
    assert (await ann.get(back)).headers["location"] == "/sign-in"
    stolen, own = await place.there(ann), await place.there(mallory)
    code = stolen.partition("code=")[2].partition("&")[0]
    mixed = own.replace(own.partition("code=")[2].partition("&")[0], code)
    assert (await mallory.get(mixed)).headers["location"] == "/sign-in", "the verifier of another flow"


async def test_a_subject_stays_who_it_is(world: World, site: Site, provider: Provider) -> None:
    """Another subject with Ann's address is refused, and so is Ann when her membership ends; setting it needs a proof."""
    place = await placed(world, site, provider)
    assert (await place.enter())[1] == "/activity"
    assert (await place.enter(claims={"sub": "subject-2"}))[1] == "/sign-in"
    client, led = await place.enter(claims={"email": "new@test.example"})
    assert led == "/activity"
    assert (await client.get("/api/v1/session")).json()["person_id"] == str(place.ann.person)
    await world.owner.execute("UPDATE membership SET ended_at = market_now() WHERE person_id = $1", place.ann.person)
    assert (await place.enter())[1] == "/sign-in"
    idle = await place.site.client(msgspec.structs.replace(place.owner, stepped_up=False))
    given = {"issuer": provider.url, "client_id": "x", "client_secret": "y", "domains": ["test.example"]}
    assert (await idle.put("/api/v1/own/provider", json=given, headers=key())).json()["code"] == "step-up-required"
    owner = await place.site.client(place.owner)
    walled = await owner.put("/api/v1/own/provider", json={**given, "issuer": "http://127.0.0.1:1"}, headers=key())
    assert (walled.status_code, walled.json()["errors"][0]["pointer"]) == (422, "/issuer")
    assert (await owner.delete("/api/v1/own/provider", headers=key())).status_code == 204
    assert (await (await place.visitor()).get(f"/sign-in/company/{place.owner.company}")).status_code == 404
