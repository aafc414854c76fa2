"""What operators decided about something of ours, with the reason, and the appeal against it."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Tx
from exchange.domain.moderation import deciding, service
from exchange.domain.moderation.model import Case
from exchange.domain.moderation.view import appeal_until
from exchange.domain.permission import may
from exchange.pages.forms import Form, blank
from exchange.pages.screening import explain
from exchange.portal import shell
from exchange.web import WebRequest, deps
from schemas.moderation import AppealIn


async def _draw(request: WebRequest, case_id: UUID, form: Form, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        case = await service.get(tx, case_id)
        last = await service.about(tx, case.object_id)
        words = await service.reason(tx, case, acting.locale)
        now = await tx.value("SELECT market_now()")
    until = appeal_until(case)
    open_ = until is not None and until > now and last is not None and last.id == case.id
    return await shell.render(
        request,
        "portal/company/case.html",
        status=status,
        form=form,
        case=case,
        reason=words,
        why=[explain(hit, acting.locale) for hit in case.hits],
        appeal_until=until if open_ and may(acting, deciding.APPEALS) else None,
        href=f"/offers/{case.object_id}" if case.kind in ("offer", "appeal") else "/company",
    )


@get("/cases/{case_id:uuid}")
async def case(request: WebRequest, case_id: FromPath[UUID]) -> Response[Any]:
    """The decision, what was found, and how to appeal."""
    return await _draw(request, case_id, blank(shell.signed_in(request).locale))


@post("/cases/{case_id:uuid}")
async def appeal(request: WebRequest, case_id: FromPath[UUID]) -> Response[Any]:
    """Once; another operator decides."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)

    async def do(command: AppealIn) -> Response[Any]:
        async def make(tx: Tx) -> Case:
            return await deciding.appeal(tx, case_id, command.text)

        made = await shell.once(request, acting, sent, make, service.get, standing="finish")
        _ = shell.words(request)
        return shell.redirect(request, f"/cases/{made.id}", _("Your appeal is made. Another operator looks at it."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, case_id, form, status)

    return await shell.submitted(sent, AppealIn, {}, do, again)


ROUTES: Final = Router("", route_handlers=[case, appeal])
