"""Applications and members: the queue with its decisions, the list of all companies, one company."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.console import shell
from exchange.console.dossier import item
from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.company import dossier, review, service, suspending
from exchange.domain.company.model import Company, Queued
from exchange.domain.identity.service import token_hash
from exchange.domain.operating import service as operating
from exchange.domain.permission import may
from exchange.domain.viewing import service as viewing
from exchange.i18n import N_, translator
from exchange.pages.forms import Form
from exchange.pages.reading import InvalidForm, read
from exchange.web import WebRequest, deps, session_token
from schemas.common import PAGE_MAX
from schemas.company import CompanyReject, CompanySuspend
from schemas.dossier import ChecksIn, FieldCheckIn, TaxStatusIn

QUEUE: Final = "/operator/companies"
PAGE: Final = 40
STATES: Final = ("draft", "applied", "in_review", "changes_requested", "active", "suspended", "rejected", "closed")
# What an application is rejected for most often; the applicant reads the sentence with what the operator adds.
REASONS: Final = {
    "register": N_("The registration number, name or address is not what the register of companies says."),
    "representative": N_("The legal representative could not be confirmed."),
    "bank": N_("The bank account is not in the name of the company."),
    "double": N_("The company is a member already."),
    "trade": N_("The exchange does not carry this kind of trade."),
}


async def _queue_page(request: WebRequest, acting: Ctx, company_id: UUID | None) -> Response[Any]:
    async with deps(request).db.tx(acting, "any") as tx:
        waiting: list[Queued] = []
        for status in ("applied", "in_review"):
            waiting += (await review.queue(tx, status, None, PAGE_MAX)).items
        waiting.sort(key=lambda row: (row.applied_at, row.id))
        current = company_id or (waiting[0].id if waiting else None)
        shown = None if current is None else await item(tx, current, acting.locale)
    say = translator(acting.locale).gettext
    return await shell.render(
        request,
        "console/companies/queue.html",
        items=[
            {
                "id": str(row.id),
                "title": row.legal_name,
                "sub": row.registration_id
                if row.status == "applied"
                else f"{row.registration_id} · {translator(acting.locale).pgettext('company', 'In review')}",
                "since": row.applied_at,
                "href": f"{QUEUE}/{row.id}",
                "status": row.status,
            }
            for row in waiting
        ],
        current="" if current is None else str(current),
        chosen=company_id is not None,
        item=shown,
        reasons=[(code, say(words)) for code, words in REASONS.items()],
        may_decide=may(acting, "operator.company"),
    )


@get(QUEUE)
async def queue(request: WebRequest) -> Response[Any]:
    """Applications, the longest waiting first, with the first one open."""
    return await _queue_page(request, shell.operator(request), None)


@get(QUEUE + "/{company_id:uuid}")
async def application(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """One application; a company that is decided is shown as a member."""
    acting = shell.operator(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await service.get(tx, company_id)
    if found.status not in ("applied", "in_review"):
        return shell.redirect(request, f"/operator/members/{company_id}")
    return await _queue_page(request, acting, company_id)


async def _taken(tx: Tx, company_id: UUID) -> None:
    """Who decides has looked: an application that nobody took is taken in the same act."""
    found = await service.get(tx, company_id)
    if found.status == "applied":
        await review.take(tx, company_id)


@post(QUEUE + "/{company_id:uuid}/take")
async def take(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """Tell the others that I look at it."""

    async def do(tx: Tx) -> Company:
        return await review.take(tx, company_id)

    said = shell.words(request)("You review this application now.")
    return await shell.act(request, f"{QUEUE}/{company_id}", do, service.get, said)


@post(QUEUE + "/{company_id:uuid}/checks/rest")
async def mark_rest(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """Every required field that nobody has marked yet is right; a field to be changed stays one."""

    async def do(tx: Tx) -> Company:
        await _taken(tx, company_id)
        marked = {check.field for check in await dossier.checks(tx, company_id)}
        rest = tuple(FieldCheckIn(field, "ok") for field in dossier.REQUIRED if field not in marked)
        if rest:
            await dossier.mark(tx, company_id, ChecksIn(rest))
        return await service.get(tx, company_id)

    said = shell.words(request)("All fields that were open are marked as right.")
    return await shell.act(request, f"{QUEUE}/{company_id}", do, service.get, said)


@post(QUEUE + "/{company_id:uuid}/checks")
async def mark(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """One field: right, or to be changed with a note."""
    sent = await shell.sent(request)
    say = shell.words(request)
    back = f"{QUEUE}/{company_id}"
    one = {"field": sent.value("field"), "result": sent.value("result"), "note": sent.value("note")}
    try:
        command = msgspec.convert({"checks": [one]}, ChecksIn)
    except msgspec.ValidationError:
        return shell.redirect(request, back, say("Say of a field whether it is right."), "bad")

    async def do(tx: Tx) -> Company:
        await _taken(tx, company_id)
        await dossier.mark(tx, company_id, command)
        return await service.get(tx, company_id)

    return await shell.act(request, back, do, service.get, say("The field is marked."), form=sent)


@post(QUEUE + "/{company_id:uuid}/ask-changes")
async def ask_changes(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """The applicant reads what to change beside each field."""

    async def do(tx: Tx) -> Company:
        return await review.ask_changes(tx, company_id)

    say = shell.words(request)

    def said(done: Company) -> str:
        return say("%(company)s is sent back and told what to change.") % {"company": done.legal_name}

    return await shell.act(request, f"{QUEUE}/{company_id}", do, service.get, said, to=QUEUE)


@post("/operator/members/{company_id:uuid}/tax-status")
async def set_tax(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """What the tax authority says, when, and where it was read."""
    sent = await shell.sent(request)
    back = f"/operator/members/{company_id}"
    typed = {name: values for name, values in sent.form.typed.items() if name in ("status", "checked_on", "source")}
    try:
        command = read(Form(sent.form.locale, typed), TaxStatusIn, {"checked_on": "date"})
    except InvalidForm as problem:
        return shell.redirect(request, back, " ".join(problem.form.errors.values()), "bad")

    async def do(tx: Tx) -> Company:
        await dossier.set_tax(tx, company_id, command)
        return await service.get(tx, company_id)

    return await shell.act(request, back, do, service.get, shell.words(request)("The tax status is noted."), form=sent)


@post(QUEUE + "/{company_id:uuid}/approve")
async def approve(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """The company becomes a member and its account counts as verified; the next application opens by itself."""

    async def do(tx: Tx) -> Company:
        await _taken(tx, company_id)
        return await review.approve(tx, company_id)

    say = shell.words(request)

    def said(done: Company) -> str:
        return say("%(company)s is a member and told so; its bank account is verified.") % {"company": done.legal_name}

    return await shell.act(request, f"{QUEUE}/{company_id}", do, service.get, said, to=QUEUE)


@post(QUEUE + "/{company_id:uuid}/reject")
async def reject(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """With a reason of the list, own words, or both."""
    sent = await shell.sent(request)
    say = shell.words(request)
    words = [say(REASONS[sent.value("template")])] if sent.value("template") in REASONS else []
    reason = " ".join([*words, sent.value("reason")]).strip()
    try:
        command = read(Form(sent.form.locale, {"reason": [reason]}), CompanyReject, {})
    except InvalidForm:
        return shell.redirect(request, f"{QUEUE}/{company_id}", say("Give a reason: the applicant reads it."), "bad")

    async def do(tx: Tx) -> Company:
        await _taken(tx, company_id)
        return await review.reject(tx, company_id, command)

    def said(done: Company) -> str:
        return say("%(company)s is rejected and told the reason.") % {"company": done.legal_name}

    return await shell.act(request, f"{QUEUE}/{company_id}", do, service.get, said, to=QUEUE, form=sent)


@get("/operator/members")
async def members(request: WebRequest) -> Response[Any]:
    """All companies by name."""
    acting = shell.operator(request)
    status = request.query_params.get("status", "")
    find = str(request.query_params.get("find", ""))[:100]
    async with deps(request).db.read(acting) as tx:
        page = await operating.members(
            tx, status=status if status in STATES else None, find=find, cursor=shell.cursor(request), limit=PAGE
        )
    return await shell.render(request, "console/companies/members.html", members=page.items, next=page.next, states=STATES)


@get("/operator/members/{company_id:uuid}")
async def member(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """A company with its file, its people and its history."""
    acting = shell.operator(request)
    async with deps(request).db.tx(acting, "any") as tx:
        shown = await item(tx, company_id, acting.locale)
    return await shell.render(
        request,
        "console/companies/member.html",
        item=shown,
        may_decide=may(acting, "operator.company"),
        me=acting.person,
        may_view=may(acting, "operator.view"),
    )


@post("/operator/members/{company_id:uuid}/suspend")
async def suspend(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """The company finishes its deals and begins none."""
    sent = await shell.sent(request)
    say = shell.words(request)
    back = f"/operator/members/{company_id}"
    typed = {name: values for name, values in sent.form.typed.items() if name in ("reason", "until")}
    try:
        command = read(Form(sent.form.locale, typed), CompanySuspend, {"until": "datetime"})
    except InvalidForm as problem:
        return shell.redirect(request, back, " ".join(problem.form.errors.values()), "bad")

    async def do(tx: Tx) -> Company:
        return await review.suspend(tx, company_id, command)

    return await shell.act(request, back, do, service.get, say("The company is suspended and told why."), form=sent)


@post("/operator/members/{company_id:uuid}/unsuspend")
async def unsuspend(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """The company trades again."""

    async def do(tx: Tx) -> Company:
        return await review.unsuspend(tx, company_id)

    _ = shell.words(request)
    async with deps(request).db.tx(shell.operator(request), "any") as tx:
        running = await suspending.running(tx, company_id)
    second = running is not None and running.lift_proposed_at is not None
    said = _("The suspension is lifted.") if second else _("You propose to lift it. Another operator decides.")
    return await shell.act(request, f"/operator/members/{company_id}", do, service.get, said)


@post("/operator/members/{company_id:uuid}/view")
async def view_as_member(request: WebRequest, company_id: FromPath[UUID]) -> Response[Any]:
    """The member's own pages from now on, for half an hour; the member is told."""
    sent = await shell.sent(request)
    token = session_token(request) or ""

    async def do(tx: Tx) -> viewing.View:
        return await viewing.start(tx, token_hash(token), company_id, sent.value("reason"))

    answer = await shell.act(request, f"/operator/members/{company_id}", do, viewing.get, "", to="/", form=sent)
    deps(request).access.forget(token)
    return answer


ROUTES: Final = Router(
    "",
    route_handlers=[
        queue,
        application,
        take,
        approve,
        reject,
        mark,
        mark_rest,
        ask_changes,
        set_tax,
        members,
        member,
        view_as_member,
        suspend,
        unsuspend,
    ],
)
