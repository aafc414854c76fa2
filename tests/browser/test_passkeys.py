"""Passkeys by clicking, with the browser's own virtual device: added, used to sign in, and used to prove who acts."""

import re

import asyncpg
import pytest
from playwright.async_api import Browser, expect

from exchange.demo.people import PASSWORD
from tests.browser.looks import QUICK_LOOKS, Look
from tests.browser.person import Cast, Visitor
from tests.scenarios.story import Story

# A telephone: it keeps the key, and asks its holder for a finger.
TELEPHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Telephone:
    """The device of one person's browser."""

    def __init__(self, person: Visitor) -> None:
        self._person = person

    async def connect(self) -> None:
        self._cdp = await self._person.page.context.new_cdp_session(self._person.page)
        await self._cdp.send("WebAuthn.enable")
        self._id = (await self._cdp.send("WebAuthn.addVirtualAuthenticator", {"options": TELEPHONE}))["authenticatorId"]

    async def signed(self) -> list[int]:
        """How often each of its keys has signed."""
        found = await self._cdp.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return [item["signCount"] for item in found["credentials"]]

    async def holder(self, *, right: bool) -> None:
        """Whether the finger on it is its owner's."""
        await self._cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": right})


@pytest.mark.parametrize("look", QUICK_LOOKS, ids=lambda look: look.name)
async def test_a_passkey_is_added_and_signs_in_and_proves(browser: Browser, story: Story, look: Look) -> None:
    """No password is typed again: the device signs in, and a form that asks for a proof arrives with what was typed."""
    member = await story.company("Công ty TNHH Khóa Điện Tử")
    # Passkeys know no addresses in numbers.
    url = story.live.stack.url.replace("127.0.0.1", "localhost")
    async with Cast(browser, url, look) as cast:
        person = await cast.person("owner", member.email, PASSWORD)
        telephone = Telephone(person)
        await telephone.connect()
        await person.go("/account/security")
        await person.fill("Name of the device", "Điện thoại của Lan")
        await person.press("Add a passkey")
        await person.sees("Điện thoại của Lan")
        await person.go("/account")
        await person.press("Sign out")
        await _enter(person, telephone)
        await _forget_proof(story, member.email)
        await person.go("/company/keys/new")
        await person.fill("Name of the key", "Máy kho")
        await person.tick("Read listings, members and matches")
        await person.press("Make the key")
        assert person.path.startswith("/step-up")
        await person.press("Use a passkey")
        assert person.path.startswith("/company/keys")
        await person.sees("Máy kho")
        assert len(await telephone.signed()) == 1
        assert (await telephone.signed())[0] >= 3
    assert cast.problems == []


async def _enter(person: Visitor, telephone: Telephone) -> None:
    """Another finger is refused in words and may try again; the owner's opens the portal."""
    await person.go("/sign-in")
    await telephone.holder(right=False)
    button = person.page.get_by_role("button", name=person.say("Sign in with a passkey"))
    await button.click()
    await expect(button).to_be_enabled()
    assert person.path == "/sign-in"
    await telephone.holder(right=True)
    await person.press("Sign in with a passkey")
    await person.go("/account/security")
    await expect(person.page.get_by_role("heading", name=re.compile(person.say("Passkeys")))).to_be_visible()


async def _forget_proof(story: Story, email: str) -> None:
    """As if ten minutes had passed since the person last proved who they are; the processes look again."""
    owner = await asyncpg.connect(story.live.stack.database_url("exchange_owner"))
    try:
        await owner.execute(
            "UPDATE session SET stepped_up_at = NULL WHERE person_id = (SELECT p.id FROM person AS p WHERE p.email = $1)", email
        )
    finally:
        await owner.close()
