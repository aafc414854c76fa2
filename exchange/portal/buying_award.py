"""Choosing a supplier: the comparison of an RFQ's quotes, the selection of one, and taking a proposed selection back."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.approval import service as approvals
from exchange.domain.award import service as awards
from exchange.domain.award.model import Award
from exchange.domain.permission import need
from exchange.domain.quote import service as quotes
from exchange.domain.rfq import service
from exchange.domain.rfq.view import actions
from exchange.money import decode_amount
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.portal import buying_compare, shell
from exchange.web import WebRequest, deps
from schemas.quote import AwardIn, ComparedQuote, Comparison

KINDS: Final[Kinds] = {"accept_part": "boolean"}


@get("/rfqs/{rfq_id:uuid}/compare")
async def compare(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """Every opened quote side by side."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        rfq = await service.own(tx, rfq_id)
        found = await quotes.comparison(tx, rfq_id)
    return await shell.render(
        request,
        "portal/buying/compare.html",
        rfq=rfq,
        actions=actions(rfq, acting),
        candidates=buying_compare.candidates(found),
        rows=buying_compare.rows(rfq, found, acting.locale),
        totals=buying_compare.totals(found, acting.locale),
        differing=any(item.terms_differ for item in found.quotes),
        connected=buying_compare.connected(found),
    )


async def _draw(request: WebRequest, acting: Ctx, rfq_id: UUID, form: Form, status: int = 200) -> Response[Any]:
    """The chosen quote with its totals, and whether another person must agree."""
    async with deps(request).db.tx(acting, "any") as tx:
        rfq = await service.own(tx, rfq_id)
        found = await quotes.comparison(tx, rfq_id)
        chosen = _chosen(found, form.value("quote_id"))
        waits = chosen is not None and await _waits(tx, chosen)
    if chosen is None:
        return shell.redirect(request, f"/rfqs/{rfq_id}/compare")
    return await shell.render(
        request,
        "portal/buying/award.html",
        status=status,
        form=form,
        rfq=rfq,
        chosen=chosen,
        others=len(found.quotes) - 1,
        waits=waits,
        cheaper=not chosen.best_gross and any(item.best_gross for item in found.quotes),
    )


def _chosen(found: Comparison, quote: str) -> ComparedQuote | None:
    """The named quote; when none is named, the first in the order of the comparison that can be taken."""
    able = [item for item in found.quotes if "award" in item.quote.actions]
    return next((item for item in able if str(item.quote.id) == quote or not quote), None)


async def _waits(tx: Tx, chosen: ComparedQuote) -> bool:
    quote = chosen.quote
    if quote.gross is None or quote.currency is None:
        return False
    gross = decode_amount(quote.gross, quote.currency)
    return await approvals.needed(tx, "award", quote.currency, gross) is not None


@get("/rfqs/{rfq_id:uuid}/award")
async def choose(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """The last look before a selection: `quote` of the address is the chosen one."""
    acting = shell.signed_in(request)
    need(acting, "award.write")
    return await _draw(request, acting, rfq_id, blank(acting.locale, {"quote_id": request.query_params.get("quote", "")}))


@post("/rfqs/{rfq_id:uuid}/award")
async def award(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """Select the quote: it binds at once, or another person is asked."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)

    async def do(command: AwardIn) -> Response[Any]:
        async def write(tx: Tx) -> Award:
            return await awards.propose(tx, rfq_id, command)

        made = await shell.once(request, acting, sent, write, awards.get)
        _ = shell.words(request)
        said = _("The supplier is selected. Both sides are bound, and the contract is being drafted.")
        if made.status == "proposed":
            said = _("The selection is proposed. It binds when another person of your company approves it.")
        return shell.redirect(request, f"/rfqs/{rfq_id}", said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, acting, rfq_id, form, status)

    return await shell.submitted(sent, AwardIn, KINDS, do, again)


@post("/rfqs/{rfq_id:uuid}/award/recall")
async def recall(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """Take back a selection that is not approved yet."""

    async def do(tx: Tx) -> Award:
        return await awards.recall(tx, (await awards.of_rfq(tx, rfq_id)).id)

    said = shell.words(request)("The selection is taken back. You can compare again.")
    return await shell.act(request, f"/rfqs/{rfq_id}", do, awards.get, said, standing="finish")


ROUTES: Final = Router("", route_handlers=[compare, choose, award, recall])
