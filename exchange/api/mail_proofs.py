"""Links by e-mail over the API: a proved address, a new password."""

from typing import Final

from litestar import Router, post
from litestar.params import JSONBody

from exchange.domain.identity import mail_proof
from exchange.web import WebRequest, client_address, ctx, deps
from schemas.identity import MailAsked, MailConfirm, PasswordNew


@post("/password-reset", status_code=202, summary="Ask for a link to a new password")
async def ask_reset(request: WebRequest, data: JSONBody[MailAsked]) -> None:
    """Always 202: it does not tell whether somebody has this address. The link counts once, for an hour."""
    parts = deps(request)
    await mail_proof.ask_reset(parts.db, parts.settings.secret, data.email, address=client_address(request))


@post("/password-reset/confirm", status_code=204, summary="Set a new password")
async def reset(request: WebRequest, data: JSONBody[PasswordNew]) -> None:
    """With the token of the link; 422 `link-over` for one that counts no more. All sessions of the person end."""
    parts = deps(request)
    parts.access.forget_person(await mail_proof.reset(parts.db, parts.passwords, data.token, data.password))


@post("/email-verification", status_code=202, summary="Have the link to confirm one's own address sent again")
async def ask_verification(request: WebRequest) -> None:
    """It counts once, for a day."""
    parts = deps(request)
    await mail_proof.ask_verification(parts.db, parts.settings.secret, ctx(request))


@post("/email-verification/confirm", status_code=204, summary="Confirm an e-mail address")
async def verify(request: WebRequest, data: JSONBody[MailConfirm]) -> None:
    """With the token of the link. Until then a person looks around and drafts, and binds nobody."""
    parts = deps(request)
    person = await mail_proof.verify(parts.db, data.token)
    parts.access.forget_person(person)


ROUTES: Final = Router("", route_handlers=[ask_reset, reset, ask_verification, verify], tags=["people"])
