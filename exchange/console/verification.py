"""What members changed and an operator verifies: bank accounts, documents and affiliations, longest waiting first."""

from typing import Any, Final, cast
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.console import shell
from exchange.db import Tx
from exchange.domain.affiliation import service as affiliations
from exchange.domain.affiliation.model import Affiliation, OperatorAction
from exchange.domain.affiliation.model import view as affiliation_view
from exchange.domain.bank_account import service as accounts
from exchange.domain.bank_account.model import Account
from exchange.domain.bank_account.model import view as account_view
from exchange.domain.company.model import fold
from exchange.domain.document import service as documents
from exchange.domain.document.model import Document
from exchange.domain.document.model import view as document_view
from exchange.domain.permission import may
from exchange.errors import NotFound
from exchange.i18n import N_
from exchange.pages.forms import Form
from exchange.pages.reading import InvalidForm, read
from exchange.web import WebRequest, deps
from schemas.bank import AccountReject
from schemas.common import PAGE_MAX
from schemas.document import DocumentReject

PLACE: Final = "/operator/verification"
DECISIONS: Final = {
    "confirm": N_("The affiliation is confirmed."),
    "refuse": N_("The affiliation is refused."),
    "keep": N_("The affiliation stays."),
    "end": N_("The affiliation has ended."),
}


@get(PLACE)
async def waiting(request: WebRequest) -> Response[Any]:
    """The queues of what waits for an operator's eyes."""
    acting = shell.operator(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = (await accounts.waiting(tx, None, PAGE_MAX)).items
        papers = (await documents.waiting(tx, None, PAGE_MAX)).items
        schemes = {item.code: item for item in await documents.schemes(tx)}
        edges = (await affiliations.waiting(tx, None, PAGE_MAX)).items
    return await shell.render(
        request,
        "console/verification.html",
        accounts=[
            {"row": account_view(item), "name": item.legal_name, "matches": fold(item.holder) == fold(item.legal_name)}
            for item in found
        ],
        papers=[document_view(item) for item in papers],
        schemes={code: item.name_vi if acting.locale == "vi" else item.name_en for code, item in schemes.items()},
        edges=[affiliation_view(item) for item in edges],
        may_decide=may(acting, "operator.company"),
    )


@post(PLACE + "/accounts/{account_id:uuid}/verify")
async def verify_account(request: WebRequest, account_id: FromPath[UUID]) -> Response[Any]:
    """Put it into force."""
    hours = deps(request).settings.bank_pause_hours

    async def do(tx: Tx) -> Account:
        return await accounts.verify(tx, account_id, pause_hours=hours)

    said = shell.words(request)("Verified. The company and those who pay it are told.")
    return await shell.act(request, PLACE, do, accounts.get, said)


@post(PLACE + "/accounts/{account_id:uuid}/reject")
async def reject_account(request: WebRequest, account_id: FromPath[UUID]) -> Response[Any]:
    """With a reason that the company reads."""
    sent = await shell.sent(request)
    say = shell.words(request)
    try:
        command = read(Form(sent.form.locale, {"reason": [sent.value("reason")]}), AccountReject, {})
    except InvalidForm:
        return shell.redirect(request, PLACE, say("Give a reason: the company reads it."), "bad")

    async def do(tx: Tx) -> Account:
        return await accounts.reject(tx, account_id, command)

    return await shell.act(request, PLACE, do, accounts.get, say("Rejected. The company is told the reason."), form=sent)


@post(PLACE + "/documents/{document_id:uuid}/verify")
async def verify_document(request: WebRequest, document_id: FromPath[UUID]) -> Response[Any]:
    """It says what its file says."""

    async def do(tx: Tx) -> Document:
        return await documents.verify(tx, document_id)

    return await shell.act(request, PLACE, do, documents.get, shell.words(request)("Verified. The company is told."))


@post(PLACE + "/documents/{document_id:uuid}/reject")
async def reject_document(request: WebRequest, document_id: FromPath[UUID]) -> Response[Any]:
    """With a reason that the company reads."""
    sent = await shell.sent(request)
    say = shell.words(request)
    try:
        command = read(Form(sent.form.locale, {"reason": [sent.value("reason")]}), DocumentReject, {})
    except InvalidForm:
        return shell.redirect(request, PLACE, say("Give a reason: the company reads it."), "bad")

    async def do(tx: Tx) -> Document:
        return await documents.reject(tx, document_id, command)

    return await shell.act(request, PLACE, do, documents.get, say("Rejected. The company is told the reason."), form=sent)


@post(PLACE + "/affiliations/{affiliation_id:uuid}/{action:str}")
async def decide_affiliation(request: WebRequest, affiliation_id: FromPath[UUID], action: FromPath[str]) -> Response[Any]:
    """Confirm or refuse what was declared; keep or end what is said to have ended."""
    if action not in DECISIONS:
        raise NotFound(noun="page")

    async def do(tx: Tx) -> Affiliation:
        return await affiliations.decide(tx, affiliation_id, cast(OperatorAction, action))

    return await shell.act(request, PLACE, do, affiliations.get, shell.words(request)(DECISIONS[action]))


ROUTES: Final = Router(
    "",
    route_handlers=[waiting, verify_account, reject_account, verify_document, reject_document, decide_affiliation],
)
