"""Who may sign for the own company: by law, or by an authorisation that is written down here and verified by an owner."""

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.approval import standing
from exchange.domain.signatory import service, store
from exchange.domain.signatory.model import Signatory
from exchange.errors import NotFound
from exchange.i18n import N_
from exchange.pages.choices import translated
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.portal import shell
from exchange.portal.uploads import FORM_BYTES, kept
from exchange.web import WebRequest, deps
from schemas.signatory import SignatoryIn, SignatoryView

PLACE: Final = "/company/signatories"
KINDS: Final[Kinds] = {"issued_on": "date", "valid_from": "date", "valid_until": "date", "limit": "number", "scope": "list"}
SIDES: Final = {"purchase": N_("Contracts in which we buy"), "sale": N_("Contracts in which we sell")}


async def _views(tx: Tx, found: list[Signatory]) -> list[SignatoryView]:
    """Those who may sign, without the actions that are somebody else's."""
    company = await standing.around(tx)
    another = await service.another_owner(tx)
    return [service.view(item, company.name(item.person_id), tx.ctx, another=another) for item in found]


@get(PLACE)
async def listed(request: WebRequest) -> Response[Any]:
    """Everybody with the role signatory, on which basis, and what the reader may do about it."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        rows = await _views(tx, await service.listed(tx))
        names = (await standing.around(tx)).names
    return await shell.render(
        request, "portal/company/signatories.html", signatories=rows, names=names, sides=SIDES, me=acting.person_id
    )


async def _one(request: WebRequest, acting: Ctx, signatory_id: UUID) -> tuple[SignatoryView, str]:
    """The row to be written down, and the currency of its limit."""
    async with deps(request).db.tx(acting, "any") as tx:
        found = (await _views(tx, [await service.get(tx, signatory_id)]))[0]
        currency = await store.base_currency(tx, tx.ctx.company)
    if "propose" not in found.actions:
        raise NotFound(noun="signatory")
    return found, currency


async def _draw(request: WebRequest, found: tuple[SignatoryView, str], form: Form, status: int = 200) -> Response[Any]:
    return await shell.render(
        request,
        "portal/company/signatory.html",
        status=status,
        form=form,
        signatory=found[0],
        currency=found[1],
        sides=translated(SIDES, form.locale),
    )


@get(PLACE + "/{signatory_id:uuid}")
async def written(request: WebRequest, signatory_id: FromPath[UUID]) -> Response[Any]:
    """The authorisation as it stands, to be completed or changed."""
    acting = shell.signed_in(request)
    found = await _one(request, acting, signatory_id)
    view, _ = found
    initial: dict[str, object] = {
        "version": str(view.version),
        "number": view.number,
        "issued_on": view.issued_on,
        "scope": list(view.scope),
        "limit": None if view.limit is None else Decimal(view.limit),
        "valid_from": view.valid_from,
        "valid_until": view.valid_until,
        "file_id": None if view.file_id is None else str(view.file_id),
    }
    return await _draw(request, found, blank(acting.locale, initial))


@post(PLACE + "/{signatory_id:uuid}", request_max_body_size=FORM_BYTES)
async def write(request: WebRequest, signatory_id: FromPath[UUID]) -> Response[Any]:
    """Write it down with its file, which is kept when something else is wrong."""
    acting = shell.signed_in(request)
    found = await _one(request, acting, signatory_id)
    sent = await kept(request, acting, await shell.sent(request), "document", "finish")

    async def do(command: SignatoryIn) -> Response[Any]:
        async def propose(tx: Tx) -> Signatory:
            return await service.propose(tx, signatory_id, command)

        await shell.once(request, acting, sent, propose, service.get, standing="finish")
        return shell.redirect(request, PLACE, shell.words(request)("The authorisation is written down. An owner verifies it."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, found, form, status)

    if sent.form.errors:
        return await again(sent.form, 422)
    return await shell.submitted(sent, SignatoryIn, KINDS, do, again)


@post(PLACE + "/{signatory_id:uuid}/verify")
async def verify(request: WebRequest, signatory_id: FromPath[UUID]) -> Response[Any]:
    """An owner has seen the paper."""

    async def do(tx: Tx) -> Signatory:
        return await service.verify(tx, signatory_id)

    said = shell.words(request)("Verified. Contracts can be signed under it from now on.")
    return await shell.act(request, PLACE, do, service.get, said, standing="finish")


@post(PLACE + "/{signatory_id:uuid}/revoke")
async def revoke(request: WebRequest, signatory_id: FromPath[UUID]) -> Response[Any]:
    """Nothing is signed under it any more."""

    async def do(tx: Tx) -> Signatory:
        return await service.revoke(tx, signatory_id)

    return await shell.act(request, PLACE, do, service.get, shell.words(request)("Revoked."), standing="finish")


ROUTES: Final = Router("", route_handlers=[listed, written, write, verify, revoke])
