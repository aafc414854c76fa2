"""Who is away, and who decides instead."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Tx
from exchange.domain.approval import absences, standing
from exchange.domain.approval.model import Absence
from exchange.domain.approval.view import absence_view
from exchange.domain.permission import may, need
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kinds
from exchange.portal import shell
from exchange.web import WebRequest, deps
from schemas.approval import AbsenceIn

PLACE: Final = "/approvals/away"
KINDS: Final[Kinds] = {"starts_at": "datetime", "ends_at": "datetime"}


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    need(acting, "approval.decide")
    async with deps(request).db.read(acting) as tx:
        company = await standing.around(tx)
        rows = [absence_view(item, company) for item in await absences.now_and_later(tx)]
    people = [(str(person), name) for person, name in sorted(company.names.items(), key=lambda item: item[1])]
    return await shell.render(
        request,
        "portal/approvals/away.html",
        status=status,
        form=form,
        rows=rows,
        people=people,
        me=acting.person_id,
        may_all=may(acting, "policy.write"),
    )


@get("/approvals/away")
async def away(request: WebRequest) -> Response[Any]:
    """What is or will be, and a form for one's own or, for owners and administrators, a colleague's."""
    return await _draw(request, blank(shell.signed_in(request).locale))


@post("/approvals/away")
async def add(request: WebRequest) -> Response[Any]:
    """Be away, with somebody who decides instead."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)

    async def do(command: AbsenceIn) -> Response[Any]:
        async def write(tx: Tx) -> Absence:
            return await absences.put(tx, command)

        await shell.once(request, acting, sent, write, absences.get, standing="applicant")
        return shell.redirect(request, PLACE, shell.words(request)("The absence is noted."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, form, status)

    return await shell.submitted(sent, AbsenceIn, KINDS, do, again)


@post("/approvals/away/{absence_id:uuid}/end")
async def end(request: WebRequest, absence_id: FromPath[UUID]) -> Response[Any]:
    """Back, or not away after all."""

    async def do(tx: Tx) -> Absence:
        return await absences.end(tx, absence_id)

    said = shell.words(request)("The absence has ended.")
    return await shell.act(request, PLACE, do, absences.get, said, standing="applicant")


ROUTES: Final = Router("", route_handlers=[away, add, end])
