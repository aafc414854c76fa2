"""Passkeys over the API: browsers read `options` with parseCreationOptionsFromJSON, and send back what toJSON() gives."""

from typing import Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from exchange.api.session import entered
from exchange.domain.identity import passkeys
from exchange.domain.identity.model import Passkey, Place
from exchange.errors import Forbidden
from exchange.web import WebRequest, client_address, ctx, deps, session_token
from schemas.identity import MeView, PasskeyAnswer, PasskeyName, PasskeyNew, PasskeyQuestion, PasskeyView

USER_AGENT: Final = "user-agent"


def _party(request: WebRequest) -> passkeys.Party:
    return passkeys.party(deps(request).settings.public_url)


def _view(passkey: Passkey) -> PasskeyView:
    return PasskeyView(id=passkey.id, name=passkey.name, created_at=passkey.created_at, last_used_at=passkey.last_used_at)


@get("/session/passkeys", summary="The acting person's passkeys")
async def list_passkeys(request: WebRequest) -> tuple[PasskeyView, ...]:
    """Oldest first."""
    async with deps(request).db.read(ctx(request)) as tx:
        return tuple(_view(item) for item in await passkeys.listed(tx))


@post("/session/passkeys/options", status_code=201, summary="Ask the device for a new passkey")
async def registration_options(request: WebRequest) -> PasskeyQuestion:
    """`options` for navigator.credentials.create(); they count once, for five minutes. Needs a proof, see /session/step-up."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        asked = await passkeys.begin(tx, _party(request))
    return PasskeyQuestion(ceremony=asked.ceremony, options=asked.options)


@post("/session/passkeys", status_code=201, summary="Keep a new passkey")
async def register(request: WebRequest, data: JSONBody[PasskeyNew]) -> PasskeyView:
    """`credential` is what navigator.credentials.create() gave. Needs a proof, see /session/step-up."""
    acting = ctx(request)
    made = await passkeys.register(deps(request).db, acting, _party(request), data.ceremony, data.name, data.credential)
    return _view(made)


@post("/session/passkeys/{passkey_id:uuid}/rename", status_code=200, summary="Rename a passkey")
async def rename(request: WebRequest, passkey_id: FromPath[UUID], data: JSONBody[PasskeyName]) -> PasskeyView:
    async with deps(request).db.tx(ctx(request), "any") as tx:
        return _view(await passkeys.rename(tx, passkey_id, data.name))


@post("/session/passkeys/{passkey_id:uuid}/remove", status_code=204, summary="Remove a passkey")
async def remove(request: WebRequest, passkey_id: FromPath[UUID]) -> None:
    """It opens nothing any more. Needs a proof, see /session/step-up."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        await passkeys.remove(tx, passkey_id)


@post("/session/passkey/options", status_code=201, summary="Ask for a passkey to sign in with")
async def entry_options(request: WebRequest) -> PasskeyQuestion:
    """`options` for navigator.credentials.get(); they count once, for five minutes."""
    asked = await passkeys.begin_entry(deps(request).db, _party(request))
    return PasskeyQuestion(ceremony=asked.ceremony, options=asked.options)


@post("/session/passkey", status_code=201, summary="Sign in with a passkey")
async def enter(request: WebRequest, data: JSONBody[PasskeyAnswer]) -> Response[MeView]:
    """Sets the session cookie. No second step follows: the device has asked for finger, face or PIN."""
    place = Place(client_address(request), request.headers.get(USER_AGENT, ""))
    signed_in = await passkeys.enter(
        deps(request).db, _party(request), data.ceremony, data.credential, place=place, old_token=session_token(request)
    )
    return await entered(request, signed_in)


@post("/session/step-up/options", status_code=201, summary="Ask for a passkey as proof of who acts")
async def proof_options(request: WebRequest) -> PasskeyQuestion:
    """`options` for navigator.credentials.get() with the acting person's passkeys; they count once, for five minutes."""
    async with deps(request).db.tx(ctx(request), "any") as tx:
        asked = await passkeys.begin_proof(tx, _party(request))
    return PasskeyQuestion(ceremony=asked.ceremony, options=asked.options)


@post("/session/step-up/passkey", status_code=201, summary="Prove once more who acts, with a passkey")
async def prove(request: WebRequest, data: JSONBody[PasskeyAnswer]) -> Response[MeView]:
    """As /session/step-up; the session gets a new cookie."""
    parts, token = deps(request), session_token(request)
    if token is None:
        raise Forbidden(needed="a person's session")
    proved = await passkeys.prove(parts.db, ctx(request), _party(request), data.ceremony, data.credential, token=token)
    parts.access.forget(token)
    return await entered(request, proved)


ROUTES = Router(
    "",
    route_handlers=[
        list_passkeys,
        registration_options,
        register,
        rename,
        remove,
        entry_options,
        enter,
        proof_options,
        prove,
    ],
    tags=["people"],
)
