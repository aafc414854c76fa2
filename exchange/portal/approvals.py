"""What waits for the company's own people: how far each request is, the decision, opinions, and who is away."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.approval import deciding, policies, service, standing
from exchange.domain.approval.model import LIFECYCLE, Approval
from exchange.domain.approval.standing import Around, Standing
from exchange.domain.award import service as awards
from exchange.domain.award.model import Award
from exchange.domain.order import placing
from exchange.domain.order.model import Order
from exchange.domain.permission import need
from exchange.i18n import N_, translator
from exchange.money import from_minor
from exchange.pages import terms
from exchange.pages.choices import MEMBER_ROLES
from exchange.pages.export import FORMATS, MOST, export
from exchange.pages.forms import Form, blank
from exchange.pages.history import timeline
from exchange.pages.reading import Kinds
from exchange.pages.status import status_of
from exchange.portal import shell
from exchange.portal.approval_steps import ShownStep, shown_steps, why
from exchange.web import WebRequest, deps
from schemas.approval import Decision, Opinion

PAGE: Final = 30
STATES: Final = ("pending", "approved", "rejected", "recalled", "expired")
KINDS_OF: Final = {
    "rfq": N_("Publication of a request for quotation"),
    "award": N_("Selection of a supplier"),
    "contract": N_("Contract"),
    "order": N_("Order"),
    "call_off": N_("Call-off"),
    "price_list": N_("Price list"),
    "bank_account": N_("Bank account"),
}
# What an approval sets off at once, by kind.
EFFECTS: Final = {
    "rfq": N_("The last approval publishes the request at once, and suppliers are told."),
    "award": N_("The last approval binds your company at once: the quotation is taken as it is, and the contract is drafted."),
    "contract": N_("The last approval opens the contract for signing."),
    "order": N_("The last approval places the order at once: the contract is concluded under the standard terms."),
    "bank_account": N_("The last approval confirms the account for your company; the exchange verifies it next."),
}
_KINDS: Final[Kinds] = {}


@get("/approvals")
async def requests(request: WebRequest) -> Response[Any]:
    """The company's requests for approval, newest first; `asked` shows those that ask the reader."""
    acting = shell.signed_in(request)
    wanted = request.query_params.get("status", "")
    status = wanted if wanted in LIFECYCLE.states else None
    kind = request.query_params.get("format", "")
    async with deps(request).db.read(acting) as tx:
        if kind in FORMATS:
            return _export(kind, (await service.page(tx, status, None, MOST)).items, acting.locale)
        page = await service.page(tx, status, shell.cursor(request), PAGE)
        company = await standing.around(tx)
        rows = await standing.of(tx, page.items, company)
    return await shell.render(
        request,
        "portal/approvals/list.html",
        rows=[row.approval for row in rows],
        asked={row.id for row in rows if row.voice is not None},
        waits_for={row.id: ", ".join(company.name(person) for person in row.waits_for) for row in rows},
        next=page.next,
        states=STATES,
        kinds=_kinds(acting.locale),
        mine=acting.person_id,
    )


def _kinds(locale: str) -> dict[str, str]:
    return {code: translator(locale).gettext(word) for code, word in KINDS_OF.items()}


def _export(kind: str, items: Sequence[Approval], locale: str) -> Response[Any]:
    words = translator(locale)
    _ = words.gettext
    header = [_("Subject"), _("Kind"), _("Status"), _("Total with VAT"), _("Currency"), _("Asked by"), _("Asked"), _("Decide by")]
    rows = [
        (
            item.title,
            _(KINDS_OF[item.kind]),
            words.pgettext("approval", status_of("approval", item.status).word),
            "" if item.gross_minor is None else from_minor(item.gross_minor, item.currency),
            item.currency,
            item.requested_by_name,
            item.requested_at,
            item.due_at,
        )
        for item in items
    ]
    return export("approvals", kind, header, rows)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is about, and where it stands."""

    standing: Standing
    company: Around
    # The base currency, in which tiers are.
    currency: str
    award: Award | None = None
    order: Order | None = None


async def _subject(tx: Tx, approval: Approval) -> Subject:
    company = await standing.around(tx)
    (found,) = await standing.of(tx, [approval], company)
    return Subject(
        standing=found,
        company=company,
        currency=await policies.base_currency(tx),
        award=await awards.get(tx, approval.object_id) if approval.kind == "award" else None,
        order=await placing.get(tx, approval.object_id) if approval.kind == "order" else None,
    )


async def _draw(request: WebRequest, acting: Ctx, approval_id: UUID, form: Form, status: int = 200) -> Response[Any]:
    async with deps(request).db.tx(acting, "any") as tx:
        found = await _subject(tx, await service.get(tx, approval_id))
        approval = found.standing.approval
        events = await timeline(tx, [approval_id, approval.object_id])
    _ = translator(acting.locale).gettext
    gross = None if approval.gross_minor is None else from_minor(approval.gross_minor, approval.currency)
    return await shell.render(
        request,
        "portal/approvals/approval.html",
        status=status,
        form=form,
        approval=approval,
        award=found.award,
        order=found.order,
        kind=_(KINDS_OF[approval.kind]),
        effect=_(EFFECTS[approval.kind]) if approval.kind in EFFECTS else "",
        actions=found.standing.actions,
        steps=_steps(found, acting.locale),
        opinions=[vote for vote in found.standing.said if vote.step == 0],
        name=found.company.name,
        voice=found.standing.voice,
        own=approval.requested_by == acting.person_id,
        me=acting.person_id,
        why=why(approval, found.currency, acting.locale),
        currency=found.currency,
        gross=gross,
        terms=[] if found.order is None else terms.facts(found.order.terms, acting.locale),
        events=events,
    )


def _steps(found: Subject, locale: str) -> list[ShownStep]:
    words = translator(locale)
    roles = {code: words.gettext(word) for code, word in MEMBER_ROLES.items()}
    return shown_steps(found.standing, found.company, roles, words)


@get("/approvals/{approval_id:uuid}")
async def one(request: WebRequest, approval_id: FromPath[UUID]) -> Response[Any]:
    """What is asked, by whom, how far it is; and the decision for those who may make it."""
    acting = shell.signed_in(request)
    need(acting, "market.read")
    return await _draw(request, acting, approval_id, blank(acting.locale))


@post("/approvals/{approval_id:uuid}/decide")
async def decide(request: WebRequest, approval_id: FromPath[UUID]) -> Response[Any]:
    """Approve or reject: the last approval carries the commitment out at once."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)

    async def do(command: Decision) -> Response[Any]:
        async def write(tx: Tx) -> Approval:
            return await deciding.decide(tx, approval_id, command)

        after = await shell.once(request, acting, sent, write, service.get, standing="finish")
        _ = shell.words(request)
        said = {
            "approved": _("Approved. It has been carried out."),
            "rejected": _("Rejected. The requester is told."),
        }.get(after.status, _("Your approval is recorded. Others still decide."))
        return shell.redirect(request, f"/approvals/{approval_id}", said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, acting, approval_id, form, status)

    return await shell.submitted(sent, Decision, _KINDS, do, again)


@post("/approvals/{approval_id:uuid}/opinion")
async def opinion(request: WebRequest, approval_id: FromPath[UUID]) -> Response[Any]:
    """An opinion is recorded beside the request; nothing waits for it."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)

    async def do(command: Opinion) -> Response[Any]:
        async def write(tx: Tx) -> Approval:
            return await service.give_opinion(tx, approval_id, command)

        await shell.once(request, acting, sent, write, service.get, standing="finish")
        return shell.redirect(request, f"/approvals/{approval_id}", shell.words(request)("Your opinion is recorded."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw(request, acting, approval_id, form, status)

    return await shell.submitted(sent, Opinion, _KINDS, do, again)


@post("/approvals/{approval_id:uuid}/recall")
async def recall(request: WebRequest, approval_id: FromPath[UUID]) -> Response[Any]:
    """The side that asked takes the request back."""

    async def write(tx: Tx) -> Approval:
        return await deciding.recall(tx, approval_id)

    said = shell.words(request)("The request is taken back.")
    return await shell.act(request, f"/approvals/{approval_id}", write, service.get, said, standing="finish")


ROUTES: Final = Router("", route_handlers=[requests, one, decide, opinion, recall])
