"""Passkeys (WebAuthn): a key that never leaves the person's device, which also checks who holds it. Each question counts once."""

import secrets
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, options_to_json_dict
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from exchange import events
from exchange.ctx import Ctx
from exchange.db import Database, Tx
from exchange.domain.identity import factor, lost_factor, passkey_store, store
from exchange.domain.identity.counting import ADDRESS_FAILURES, counter, network
from exchange.domain.identity.model import Passkey, Place, SignedIn
from exchange.domain.identity.passkey_store import Kind
from exchange.domain.identity.refusals import LockedOut, PasskeyOver, PasskeyRefused
from exchange.domain.identity.service import open_first
from exchange.domain.identity.stepping_up import renew
from exchange.domain.permission import need_step_up
from exchange.errors import NotFound, invalid
from exchange.ids import new_id

LIFETIME: Final = timedelta(minutes=5)
MOST: Final = 20
CHALLENGE_BYTES: Final = 32
# What devices make; those of Windows make RSA alone.
ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
REQUIRED: Final = UserVerificationRequirement.REQUIRED
# What the library ends with when an answer is no answer at all.
MALFORMED: Final = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError, UnicodeError)
Credential = dict[str, Any]


class Party(msgspec.Struct, frozen=True):
    """For which site a passkey counts, and from which addresses of it."""

    id: str
    origins: tuple[str, ...]


def party(public_url: str) -> Party:
    """The exchange's own name. Passkeys know no addresses in numbers: on loopback it is localhost."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        return Party(host, (public_url.rstrip("/"),))
    name = "localhost" if local else host
    return Party(name, (f"{parts.scheme}://{name}" + (f":{parts.port}" if parts.port else ""),))


class Asked(msgspec.Struct, frozen=True):
    """A question for a device: `options` as browsers read them."""

    ceremony: UUID
    options: dict[str, Any]


def _known(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=item.credential_id) for item in passkeys]


async def begin(tx: Tx, site: Party) -> Asked:
    """Ask the acting person's device for a new passkey."""
    person = await store.person(tx, factor.own(tx.ctx))
    need_step_up(tx.ctx)
    known = await passkey_store.listed(tx, person.id, MOST)
    if len(known) >= MOST:
        raise invalid("", "too-many", "A person has at most %(most)s passkeys. Remove one first.", most=MOST)
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    options = generate_registration_options(
        rp_id=site.id,
        rp_name=factor.ISSUER,
        user_id=person.id.bytes,
        user_name=person.email,
        user_display_name=person.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
        exclude_credentials=_known(known),
        supported_pub_key_algs=ALGORITHMS,
    )
    return await _asked(tx, "register", person.id, challenge, options_to_json_dict(options))


async def _asked(tx: Tx, kind: Kind, person: UUID | None, challenge: bytes, options: dict[str, Any]) -> Asked:
    ceremony = new_id()
    await passkey_store.ask(tx, ceremony, kind, person, challenge, LIFETIME)
    return Asked(ceremony, options)


async def register(db: Database, ctx: Ctx, site: Party, ceremony: UUID, name: str, credential: Credential) -> Passkey:
    """Keep the public half of the new passkey. Raises PasskeyOver for a question asked of somebody else or answered before."""
    person = factor.own(ctx)
    need_step_up(ctx)
    challenge = await _taken(db, ctx, ceremony, "register", person)
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=list(site.origins),
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except MALFORMED as error:
        raise PasskeyRefused from error
    async with db.tx(ctx, "any") as tx:
        if len(await passkey_store.listed(tx, person, MOST)) >= MOST:
            raise invalid("", "too-many", "A person has at most %(most)s passkeys. Remove one first.", most=MOST)
        passkey = await passkey_store.insert(
            tx, new_id(), person, made.credential_id, made.credential_public_key, made.sign_count, name
        )
        if passkey is None:
            raise PasskeyRefused
        await events.append(tx, "person.passkey_added", person, passkey.version)
    return passkey


async def _taken(db: Database, ctx: Ctx, ceremony: UUID, kind: Kind, person: UUID | None) -> bytes:
    """The challenge of a question, which is answered with this whatever the answer says."""
    async with db.tx(ctx, "any") as tx:
        taken = await passkey_store.take(tx, ceremony, kind)
    if taken is None or taken.person_id != person:
        raise PasskeyOver
    return taken.payload


async def begin_entry(db: Database, site: Party) -> Asked:
    """Ask any device for a passkey of this site: who it belongs to, the answer says."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    options = generate_authentication_options(rp_id=site.id, challenge=challenge, user_verification=REQUIRED)
    async with db.tx(Ctx(), "any") as tx:
        return await _asked(tx, "enter", None, challenge, options_to_json_dict(options))


async def enter(
    db: Database, site: Party, ceremony: UUID, credential: Credential, *, place: Place, old_token: str | None = None
) -> SignedIn:
    """The session of whoever holds the passkey: the device has asked for finger, face or PIN, so no second step follows.

    Raises PasskeyOver, PasskeyRefused, and LockedOut after many wrong ones from one address.
    """
    by_address = counter("address", network(place.address))
    async with db.tx(Ctx(), "any") as tx:
        seconds = await store.wait(tx, by_address)
    if seconds:
        raise LockedOut(seconds=seconds)
    challenge = await _taken(db, Ctx(), ceremony, "enter", None)
    person = await _person(db, credential)
    if person is not None:
        async with db.tx(Ctx(person_id=person), "any") as tx:
            if await _right(tx, site, challenge, credential):
                known = await store.sign_in_row(tx, (await store.person(tx, person)).email)
                assert known is not None, "who has a passkey is a person"
                return await open_first(tx, known, place, old_token)
    async with db.tx(Ctx(), "any") as tx:
        await store.failed(tx, by_address, ADDRESS_FAILURES)
    raise PasskeyRefused


async def begin_proof(tx: Tx, site: Party) -> Asked:
    """Ask for one of the acting person's own passkeys."""
    person = factor.own(tx.ctx)
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    options = generate_authentication_options(
        rp_id=site.id,
        challenge=challenge,
        allow_credentials=_known(await passkey_store.listed(tx, person, MOST)),
        user_verification=REQUIRED,
    )
    return await _asked(tx, "prove", person, challenge, options_to_json_dict(options))


async def prove(db: Database, ctx: Ctx, site: Party, ceremony: UUID, credential: Credential, *, token: str) -> SignedIn:
    """The session under a new token, proved just now by a passkey of the acting person."""
    challenge = await _taken(db, ctx, ceremony, "prove", factor.own(ctx))
    async with db.tx(ctx, "any") as tx:
        if await _right(tx, site, challenge, credential):
            return await renew(tx, token)
    raise PasskeyRefused


def _credential_id(credential: Credential) -> bytes:
    try:
        return base64url_to_bytes(credential["rawId"])
    except MALFORMED as error:
        raise PasskeyRefused from error


async def _person(db: Database, credential: Credential) -> UUID | None:
    found = _credential_id(credential)
    async with db.tx(Ctx(), "any") as tx:
        return await passkey_store.person_of(tx, found)


async def _right(tx: Tx, site: Party, challenge: bytes, credential: Credential) -> bool:
    """Whether the answer is of a passkey of the acting person, to this question, and newer than the one before."""
    person = tx.ctx.person
    removal = await lost_factor.held(tx)
    key = await passkey_store.key(tx, person, _credential_id(credential))
    if key is None:
        return False
    try:
        answered = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=list(site.origins),
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
        handle = credential["response"].get("userHandle")
        if handle and base64url_to_bytes(handle) != person.bytes:
            return False
    except MALFORMED:
        return False
    counted = await passkey_store.used(tx, key.id, answered.new_sign_count)
    if counted and removal:
        await lost_factor.stop_own(tx)
    return counted


async def listed(tx: Tx) -> list[Passkey]:
    """The acting person's passkeys, oldest first."""
    return await passkey_store.listed(tx, factor.own(tx.ctx), MOST)


async def rename(tx: Tx, passkey: UUID, name: str) -> Passkey:
    renamed = await passkey_store.rename(tx, passkey, factor.own(tx.ctx), name)
    if renamed is None:
        raise NotFound(noun="passkey")
    await events.append(tx, "person.passkey_renamed", tx.ctx.person, renamed.version)
    return renamed


async def remove(tx: Tx, passkey: UUID) -> None:
    """It opens nothing any more. Asks for a proof, as adding one does."""
    person = factor.own(tx.ctx)
    need_step_up(tx.ctx)
    version = await passkey_store.remove(tx, passkey, person)
    if version is None:
        raise NotFound(noun="passkey")
    await events.append(tx, "person.passkey_removed", person, version + 1)
