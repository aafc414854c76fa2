"""Passkeys: a device written here makes real attestations and assertions; everything else than the right answer is refused."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import encode_cbor

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.identity import passkeys
from exchange.domain.identity.access import Access
from exchange.domain.identity.model import Passkey, Place, SignedIn
from exchange.domain.identity.refusals import PasskeyOver, PasskeyRefused
from exchange.errors import Forbidden, NotFound, StepUpRequired
from tests.conftest import TestDatabase
from tests.domain.test_identity import as_owner, enter, joined

SITE = passkeys.party("https://exchange.example")
PLACE = Place("192.0.2.1", "")
EMAIL = "ann@x.example"
USER_PRESENT, USER_VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


class Device:
    """An authenticator with one key, which counts its signatures."""

    def __init__(self, site: str = "exchange.example", origin: str = "https://exchange.example") -> None:
        self.site, self.origin = site, origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential = secrets.token_bytes(32)
        self.handle = b""
        self.count = 0

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, flags: int, more: bytes = b"") -> bytes:
        self.count += 1
        return hashlib.sha256(self.site.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + more

    def make(self, options: dict[str, Any], flags: int = USER_PRESENT | USER_VERIFIED) -> dict[str, Any]:
        """What navigator.credentials.create() gives, with attestation "none"."""
        numbers = self.key.public_key().public_numbers()
        cose = encode_cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cose
        self.handle = urlsafe_b64decode(options["user"]["id"] + "==")
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": self._data(flags | ATTESTED, attested)})
        client = self._client_data("webauthn.create", options)
        return self._credential({"attestationObject": b64(made), "clientDataJSON": b64(client)})

    def sign(self, options: dict[str, Any], flags: int = USER_PRESENT | USER_VERIFIED) -> dict[str, Any]:
        """What navigator.credentials.get() gives."""
        client = self._client_data("webauthn.get", options)
        data = self._data(flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {
                "authenticatorData": b64(data),
                "clientDataJSON": b64(client),
                "signature": b64(signature),
                "userHandle": b64(self.handle),
            }
        )

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        found = b64(self.credential)
        return {"id": found, "rawId": found, "type": "public-key", "response": response, "clientExtensionResults": {}}


async def added(api: Database, ctx: Ctx, device: Device, name: str = "Phone") -> Passkey:
    async with api.tx(ctx, "any") as tx:
        asked = await passkeys.begin(tx, SITE)
    return await passkeys.register(api, ctx, SITE, asked.ceremony, name, device.make(asked.options))


async def sign_in(api: Database, device: Device, **how: int) -> SignedIn:
    asked = await passkeys.begin_entry(api, SITE)
    return await passkeys.enter(api, SITE, asked.ceremony, device.sign(asked.options, **how), place=PLACE)


async def test_a_passkey_signs_in_and_proves_who_acts(db: TestDatabase) -> None:
    """Nobody types a name or a password; the session is proved and new; afterwards the same device proves it again."""
    api = await db.api()
    ann, device = await joined(api, "ann"), Device()
    made = await added(api, ann, device)
    signed_in = await sign_in(api, device)
    assert (signed_in.person_id, signed_in.company_id) == (ann.person_id, ann.company_id)
    access = await Access.open(api)
    await as_owner(db, "UPDATE session SET stepped_up_at = NULL")
    idle = await access.session(signed_in.token, fresh=True)
    assert idle is not None
    assert not idle.stepped_up
    async with api.tx(idle, "any") as tx:
        asked = await passkeys.begin_proof(tx, SITE)
    assert [item["id"] for item in asked.options["allowCredentials"]] == [b64(device.credential)]
    proved = await passkeys.prove(api, idle, SITE, asked.ceremony, device.sign(asked.options), token=signed_in.token)
    now = await access.session(proved.token, fresh=True)
    assert now is not None
    assert now.stepped_up
    assert await access.session(signed_in.token, fresh=True) is None
    async with api.tx(ann, "any") as tx:
        assert (await passkeys.rename(tx, made.id, "Key ring")).name == "Key ring"
        await passkeys.remove(tx, made.id)
        assert await passkeys.listed(tx) == []
    with pytest.raises(PasskeyRefused):
        await sign_in(api, device)
    recorded = "SELECT array_agg(type ORDER BY seq) FROM event WHERE type LIKE 'person.passkey%'"
    assert await as_owner(db, recorded) == ["person.passkey_added", "person.passkey_renamed", "person.passkey_removed"]


async def test_each_question_is_answered_once_and_in_time(db: TestDatabase) -> None:
    """The same answer twice, an answer to another's question, of another kind, or five minutes late opens nothing."""
    api = await db.api()
    ann, bob, device = await joined(api, "ann"), await joined(api, "bob"), Device()
    await added(api, ann, device)
    asked = await passkeys.begin_entry(api, SITE)
    answer = device.sign(asked.options)
    await passkeys.enter(api, SITE, asked.ceremony, answer, place=PLACE)
    with pytest.raises(PasskeyOver):
        await passkeys.enter(api, SITE, asked.ceremony, answer, place=PLACE)
    late = await passkeys.begin_entry(api, SITE)
    await as_owner(db, "UPDATE ceremony SET expires_at = clock_timestamp()")
    with pytest.raises(PasskeyOver):
        await passkeys.enter(api, SITE, late.ceremony, device.sign(late.options), place=PLACE)
    async with api.tx(ann, "any") as tx:
        registering = await passkeys.begin(tx, SITE)
    with pytest.raises(PasskeyOver):
        await passkeys.register(api, bob, SITE, registering.ceremony, "x", Device().make(registering.options))
    async with api.tx(ann, "any") as tx:
        proving = await passkeys.begin_proof(tx, SITE)
    with pytest.raises(PasskeyOver):
        await passkeys.enter(api, SITE, proving.ceremony, device.sign(proving.options), place=PLACE)


async def test_what_is_not_the_right_answer_is_refused(db: TestDatabase) -> None:
    """Another site, another address, another key, nobody verified, another person's handle, a counter that stands still."""
    api = await db.api()
    ann, device = await joined(api, "ann"), Device()
    await added(api, ann, device)
    thief = Device()
    thief.credential, thief.handle = device.credential, device.handle
    thief.count = 1000
    elsewhere, framed = Device("evil.example", "https://evil.example"), Device(origin="https://evil.example")
    for other in (elsewhere, framed):
        other.key, other.credential, other.handle, other.count = device.key, device.credential, device.handle, 2000
    for wrong in (thief, elsewhere, framed):
        with pytest.raises(PasskeyRefused):
            await sign_in(api, wrong)
    with pytest.raises(PasskeyRefused):
        await sign_in(api, device, flags=USER_PRESENT)
    handle, device.handle = device.handle, UUID(int=7).bytes
    with pytest.raises(PasskeyRefused):
        await sign_in(api, device)
    device.handle = handle
    assert await sign_in(api, device)
    device.count -= 1
    with pytest.raises(PasskeyRefused):
        await sign_in(api, device)
    for nonsense in ({}, {"rawId": 5}, {"rawId": "AAAA", "response": []}, {"rawId": b64(device.credential), "response": 7}):
        asked = await passkeys.begin_entry(api, SITE)
        with pytest.raises(PasskeyRefused):
            await passkeys.enter(api, SITE, asked.ceremony, nonsense, place=PLACE)


async def test_adding_and_removing_needs_a_proof_and_is_ones_own(db: TestDatabase) -> None:
    """An idle session is refused, a key of a system too; another person sees and removes nothing; a device is added once."""
    api = await db.api()
    ann, bob, device = await joined(api, "ann"), await joined(api, "bob"), Device()
    made = await added(api, ann, device)
    idle = msgspec.structs.replace(ann, stepped_up=False)
    robot = msgspec.structs.replace(ann, scopes=frozenset())
    for ctx, refusal in ((idle, StepUpRequired), (robot, Forbidden)):
        with pytest.raises(refusal):
            async with api.tx(ctx, "any") as tx:
                await passkeys.begin(tx, SITE)
        with pytest.raises(refusal):
            async with api.tx(ctx, "any") as tx:
                await passkeys.remove(tx, made.id)
    async with api.tx(bob, "any") as tx:
        assert await passkeys.listed(tx) == []
        with pytest.raises(NotFound):
            await passkeys.remove(tx, made.id)
    with pytest.raises(PasskeyRefused):
        await added(api, bob, device)
    unverified = Device()
    async with api.tx(ann, "any") as tx:
        asked = await passkeys.begin(tx, SITE)
    with pytest.raises(PasskeyRefused):
        await passkeys.register(api, ann, SITE, asked.ceremony, "x", unverified.make(asked.options, flags=USER_PRESENT))
    assert (await enter(api, EMAIL)).person_id == ann.person_id


def test_on_loopback_the_site_is_localhost() -> None:
    """Passkeys know no addresses in numbers; elsewhere the public address alone counts."""
    assert passkeys.party("http://127.0.0.1:8000") == passkeys.Party("localhost", ("http://localhost:8000",))
    assert passkeys.party("https://exchange.example/") == SITE
