"""Documents and certificates of the own company: what is shown to others, what waits, what expires."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Tx
from exchange.domain.document import service
from exchange.domain.document.model import Document, Scheme, badges_view, view
from exchange.domain.permission import may, need
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.portal import shell
from exchange.portal.uploads import FORM_BYTES, kept
from exchange.web import WebRequest, deps
from schemas.document import DocumentSubmit

PLACE: Final = "/company/documents"
KINDS: Final[Kinds] = {"valid_from": "date", "valid_until": "date"}
SOON: Final = timedelta(days=30)


def names(schemes: list[Scheme], locale: str) -> dict[str, str]:
    """The kinds of documents by code, in the language."""
    return {item.code: item.name_vi if locale == "vi" else item.name_en for item in schemes}


@get(PLACE)
async def listed(request: WebRequest) -> Response[Any]:
    """All documents, newest first, under the badge that follows from them."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        rows = [view(item) for item in await service.listed(tx, acting.company)]
        schemes = await service.schemes(tx)
        badges = badges_view(*await service.badges(tx, acting.company))
    return await shell.render(
        request,
        "portal/company/documents.html",
        documents=rows,
        schemes=names(schemes, acting.locale),
        badges=badges,
        soon=SOON,
        may_write=may(acting, "company.write"),
    )


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        schemes = await service.schemes(tx)
    choices = tuple(names(schemes, form.locale).items())
    return await shell.render(request, "portal/company/document_new.html", status=status, form=form, schemes=choices)


@get(PLACE + "/new")
async def new(request: WebRequest) -> Response[Any]:
    """A document to be submitted."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    return await _draw(request, blank(acting.locale))


@post(PLACE + "/new", request_max_body_size=FORM_BYTES)
async def submit(request: WebRequest) -> Response[Any]:
    """With its file, which is kept when something else is wrong."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    sent = await kept(request, acting, await shell.sent(request), "document", "any")

    async def do(command: DocumentSubmit) -> Response[Any]:
        async def write(tx: Tx) -> Document:
            return await service.submit(tx, command)

        await shell.once(request, acting, sent, write, service.get, standing="any")
        return shell.redirect(request, PLACE, shell.words(request)("The document is submitted. An operator verifies it."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, form, status)

    if sent.form.errors:
        return await again(sent.form, 422)
    return await shell.submitted(sent, DocumentSubmit, KINDS, do, again)


@post(PLACE + "/{document_id:uuid}/withdraw")
async def withdraw(request: WebRequest, document_id: FromPath[UUID]) -> Response[Any]:
    """Show it no longer."""

    async def do(tx: Tx) -> Document:
        return await service.withdraw(tx, document_id)

    said = shell.words(request)("The document is withdrawn.")
    return await shell.act(request, PLACE, do, service.get, said, standing="any")


ROUTES: Final = Router("", route_handlers=[listed, new, submit, withdraw])
