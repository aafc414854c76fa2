"""Contracts of both sides: the list, the frozen text in readable form, the signature, the paper."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange import terms as standard_terms
from exchange.ctx import Ctx
from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.approval import service as approvals
from exchange.domain.contract import agreeing, listing, service
from exchange.domain.contract import body as text
from exchange.domain.contract.listing import ListedContract
from exchange.domain.contract.model import Contract, NotPrinted
from exchange.domain.contract.view import view
from exchange.domain.file import service as files
from exchange.errors import DomainError, NotFound
from exchange.i18n import N_, translator
from exchange.money import from_minor
from exchange.pages import terms
from exchange.pages.export import MOST, export
from exchange.pages.forms import Form, blank
from exchange.pages.history import timeline
from exchange.pages.reading import InvalidForm, read
from exchange.pages.saying import say
from exchange.pages.sending import Sent, refused
from exchange.portal import deal, shell
from exchange.web import Unauthenticated, WebRequest, deps
from schemas.common import Locale
from schemas.contract import DeclineCommand, SignCommand

PAGE: Final = 30
STATES: Final = ("signing", "active", "completed", "refused")
KINDS: Final = {"signed": N_("Signed by both"), "standard": N_("Standard terms")}
BASES: Final = {service.BY_LAW: N_("legal representative"), service.AUTHORISED: N_("authorised signatory")}


@get("/contracts")
async def contracts(request: WebRequest) -> Response[Any]:
    """As buyer and as seller, newest first."""
    acting = shell.signed_in(request)
    status = request.query_params.get("status", "")
    kind = request.query_params.get("kind", "")
    wanted = (status if status in STATES else None, kind if kind in KINDS else None)
    place = shell.cursor(request)
    after, after_id = (None, None) if place is None else read_cursor(place, tuple[datetime, UUID])
    file = request.query_params.get("format", "")
    async with deps(request).db.read(acting) as tx:
        if file:
            return _file(file, await listing.page(tx, *wanted, None, None, MOST), acting.locale)
        rows = await listing.page(tx, *wanted, after, after_id, PAGE + 1)
        count = await listing.count(tx, *wanted)
    page = page_of(rows, PAGE, lambda row: (row.created_at, row.id))
    words = translator(acting.locale)
    return await shell.render(
        request,
        "portal/contracts/list.html",
        contracts=page.items,
        next=page.next,
        count=min(count, listing.COUNTED),
        more=count > listing.COUNTED,
        states=[(state, deal.state_word("contract", state, acting.locale)) for state in STATES],
        kinds=[(code, words.gettext(word)) for code, word in KINDS.items()],
        kind_words=KINDS,
    )


def _file(kind: str, rows: list[ListedContract], locale: str) -> Response[Any]:
    words = translator(locale)
    _ = words.gettext
    header = [
        _("Number"), _("Status"), _("Kind"), _("Our side"), _("Other side"), _("Currency"), _("Total with VAT"), _("Drawn up"),
        _("In force since"),
    ]  # fmt: skip
    sides = {"buy": words.pgettext("deal", "Buyer"), "sell": words.pgettext("deal", "Seller")}
    cells = [
        (
            row.number, deal.state_word("contract", row.status, locale), _(KINDS[row.kind]),
            sides[row.side], row.counterparty, row.currency,
            from_minor(row.gross_minor, row.currency), row.created_at, row.active_at,
        )
        for row in rows
    ]  # fmt: skip
    return export("contracts", kind, header, cells)


async def _draw(request: WebRequest, contract_id: UUID, form: Form, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        contract = await service.get(tx, contract_id)
        events = await timeline(tx, [contract.id])
        approval = await approvals.waiting(tx, contract.id) if contract.status == "pending_approval" else None
    body = text.read(contract.body)
    locale: Locale = "en" if acting.locale == "en" else "vi"
    return await shell.render(
        request,
        "portal/contracts/contract.html",
        status=status,
        form=form,
        contract=view(contract, acting),
        approval=approval,
        body=body,
        company=acting.company_id,
        signer=acting.person_name,
        own=body.buyer if acting.company_id == body.buyer.company_id else body.seller,
        missing=_missing(contract),
        steps=_steps(contract, acting, translator(acting.locale).gettext),
        terms=terms.facts(body.terms, acting.locale),
        triggers=deal.TRIGGERS,
        methods=deal.METHODS,
        bases=BASES,
        kinds=KINDS,
        clauses=standard_terms.clauses(body.standard_terms.version, locale),
        events=events,
    )


def _missing(contract: Contract) -> list[str]:
    """Who has not signed yet."""
    if contract.status != "signing":
        return []
    signed = {item.company_id for item in contract.signatures}
    sides = ((contract.buyer_id, contract.buyer), (contract.seller_id, contract.seller))
    return [name for company, name in sides if company not in signed]


def _steps(contract: Contract, acting: Ctx, _: deal.Say) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [{"label": _("Drawn up"), "state": "done", "at": contract.created_at}]
    if contract.kind == "signed":
        missing = _missing(contract)
        if missing:
            mine = any(item.company_id == acting.company_id for item in contract.signatures)
            who = _("waiting for %(who)s") % {"who": ", ".join(missing)} if mine or len(missing) > 1 else _("waiting for you")
            rows.append({"label": _("Signed by both"), "state": "now", "who": who})
        elif contract.status == "refused":
            rows.append({"label": _("Signed by both"), "state": "stopped"})
        else:
            rows.append({"label": _("Signed by both"), "state": "done", "at": contract.active_at})
    force, done = contract.status in ("active", "completed"), contract.status == "completed"
    rows.append({"label": _("In force"), "state": "done" if force else "next", "at": contract.active_at})
    rows.append({"label": _("Completed"), "state": "done" if done else ("now" if force else "next")})
    return rows


@get("/contracts/{contract_id:uuid}")
async def detail(request: WebRequest, contract_id: FromPath[UUID]) -> Response[Any]:
    """Everything that both parties are bound to, and who signed it."""
    return await _draw(request, contract_id, blank(shell.signed_in(request).locale))


@post("/contracts/{contract_id:uuid}/sign")
async def sign(request: WebRequest, contract_id: FromPath[UUID]) -> Response[Any]:
    """Sign exactly the digest that the page showed, by a person who has proved just now who they are."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    service.may_sign(acting)
    try:
        await _signed(request, acting, contract_id, sent)
    except (NotFound, Unauthenticated):
        raise
    except InvalidForm as problem:
        return await _draw(request, contract_id, Form(acting.locale, {}, problem.form.errors), 422)
    except DomainError as error:
        return await _draw(request, contract_id, refused(blank(acting.locale), error), error.status)
    return shell.redirect(request, f"/contracts/{contract_id}", shell.words(request)("You have signed the contract."))


async def _signed(request: WebRequest, acting: Ctx, contract_id: UUID, sent: Sent) -> Contract:
    command = read(sent.form, SignCommand, {})

    async def do(tx: Tx) -> Contract:
        return await service.sign(tx, contract_id, command.digest)

    return await shell.once(request, acting, sent, do, service.get, standing="finish")


@post("/contracts/{contract_id:uuid}/submit")
async def submit(request: WebRequest, contract_id: FromPath[UUID]) -> Response[Any]:
    """Put a contract that was not agreed to before the people of the parties again."""

    async def do(tx: Tx) -> Contract:
        await agreeing.submit(tx, contract_id)
        return await service.get(tx, contract_id)

    said = shell.words(request)("The contract is submitted again.")
    return await shell.act(request, f"/contracts/{contract_id}", do, service.get, said, standing="finish")


@post("/contracts/{contract_id:uuid}/decline")
async def decline(request: WebRequest, contract_id: FromPath[UUID]) -> Response[Any]:
    """Do not sign; the reason is typed again when something else is wrong."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    service.may_sign(acting)

    async def do(command: DeclineCommand) -> Response[Any]:
        async def write(tx: Tx) -> Contract:
            return await service.decline(tx, contract_id, command.reason)

        await shell.once(request, acting, sent, write, service.get, standing="finish")
        said = shell.words(request)("You have declined the contract. The other side is told why.")
        return shell.redirect(request, f"/contracts/{contract_id}", said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, contract_id, form, status)

    return await shell.submitted(sent, DeclineCommand, {}, do, again)


@get("/contracts/{contract_id:uuid}/pdf")
async def paper(request: WebRequest, contract_id: FromPath[UUID]) -> Response[Any]:
    """The contract as printed, in the languages of both parties."""
    acting = shell.signed_in(request)
    parts = deps(request)
    async with parts.db.tx(acting, "any") as tx:
        contract = await service.get(tx, contract_id)
        if contract.pdf_file_id is None:
            said = say(NotPrinted(), acting.locale).text
            return shell.redirect(request, f"/contracts/{contract_id}", said, "wait")
        found = await files.get(tx, contract.pdf_file_id)
    return _download(await parts.files.get(found.id), found.media_type, found.name)


@get("/contracts/{contract_id:uuid}/text")
async def canonical_text(request: WebRequest, contract_id: FromPath[UUID]) -> Response[Any]:
    """The canonical JSON that the digest is taken over, byte for byte: anybody can check it without the exchange."""
    async with deps(request).db.tx(shell.signed_in(request), "any") as tx:
        contract = await service.get(tx, contract_id)
    return _download(contract.body.encode(), "application/json", f"{contract.number}.json")


def _download(content: bytes, media_type: str, name: str) -> Response[Any]:
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=media_type, headers=headers)


ROUTES: Final = Router("", route_handlers=[contracts, detail, sign, submit, decline, paper, canonical_text])
