"""The queue of all that waits for a judgement: list, item with its findings, decisions by key; the next loads by itself."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast, get_args
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.console import shell
from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.moderation import deciding, service
from exchange.domain.moderation.model import Case, Decided, Decision, Kind, QueueRow
from exchange.domain.offer import service as offers
from exchange.domain.offer.model import MICRO
from exchange.domain.operating import service as operating
from exchange.domain.operating import waiting
from exchange.domain.operating.waiting import Waits
from exchange.domain.permission import may
from exchange.domain.thread import service as threads
from exchange.errors import NotFound
from exchange.i18n import N_, translator
from exchange.pages.attributes import attribute_facts, category_line
from exchange.pages.history import timeline
from exchange.pages.saying import say
from exchange.pages.screening import explain, marked
from exchange.web import WebRequest, deps
from schemas.common import Page

QUEUE: Final = "/operator/queue"
AT_ONCE: Final = 60
KINDS: Final[dict[str, str]] = {
    "offer": N_("Listings"),
    "application": N_("Applications"),
    "document": N_("Documents"),
    "bank_account": N_("Bank accounts"),
    "affiliation": N_("Affiliations"),
    "company": N_("Companies"),
    "review": N_("Reviews"),
    "message": N_("Messages"),
    "appeal": N_("Appeals"),
    "flag": N_("Flags"),
    "deposit": N_("Deposits"),
    "suspension": N_("Suspensions to lift"),
}
# One of them, as it is called in a list of all kinds.
KIND: Final[dict[str, str]] = {
    "offer": N_("Listing"),
    "application": N_("Application"),
    "document": N_("Document"),
    "bank_account": N_("Bank account"),
    "affiliation": N_("Affiliation"),
    "company": N_("Company"),
    "review": N_("Review"),
    "message": N_("Message"),
    "appeal": N_("Appeal"),
    "flag": N_("Flag"),
    "deposit": N_("Deposit"),
    "suspension": N_("Suspension to lift"),
}
# Where what is no case is decided.
PLACES: Final[dict[str, str]] = {
    "application": "/operator/companies/{id}",
    "document": "/operator/verification#documents",
    "bank_account": "/operator/verification#accounts",
    "affiliation": "/operator/verification#affiliations",
    "deposit": "/operator/deposits?status=entered",
    "suspension": "/operator/members/{company_id}",
}


def _wanted(request: WebRequest) -> str:
    """The kind that the address asks for, or nothing for all."""
    kind = request.query_params.get("kind", "")
    return kind if kind in KINDS else ""


def _address(case: UUID | None, kind: str, *, mine: bool = False) -> str:
    query = urlencode({key: value for key, value in (("kind", kind), ("owner", "me" if mine else "")) if value})
    return f"{QUEUE}{'' if case is None else f'/{case}'}{'?' if query else ''}{query}"


async def _offer(tx: Tx, case: Case, locale: str) -> dict[str, object] | None:
    """The listing of a case with every finding marked where it stands; gone: nothing."""
    try:
        offer = await offers.get(tx, case.object_id)
    except NotFound:
        return None
    tree = await categories.tree(tx)
    return {
        "row": offer,
        "title": marked(offer.title, "title", case.hits, locale),
        "description": marked(offer.description, "description", case.hits, locale),
        "price": Decimal(offer.price_micro) / MICRO,
        "price_marked": any(hit.field == "price" for hit in case.hits),
        "category": category_line(tree, offer.category_code, locale),
        "facts": attribute_facts(tree, offer.category_code, {**offer.attributes, **offer.extra}, locale),
    }


async def _message(tx: Tx, case: Case, locale: str) -> dict[str, object] | None:
    """The message of a case with its findings marked, for those who decide."""
    if not may(tx.ctx, "operator.case"):
        return None
    found = await threads.hinted(tx, case.object_id)
    return None if found is None else {"body": marked(found.body, "body", case.hits, locale), "row": found}


async def _item(tx: Tx, case_id: UUID, locale: str) -> dict[str, object]:
    """A case with everything that a decision needs."""
    case = await service.get(tx, case_id)
    before = None if case.appeal_of is None else await service.get(tx, case.appeal_of)
    kind = case.kind if before is None else before.kind
    templates = [(item.code, item.text(locale)) for item in await service.templates(tx, case.kind)]
    once = [] if before is None else await service.templates(tx, before.kind)
    return {
        "case": case,
        "before": before,
        "kind": kind,
        "why": [explain(hit, locale) for hit in case.hits],
        "offer": await _offer(tx, case, locale) if kind == "offer" else None,
        "message": await _message(tx, case, locale) if kind == "message" else None,
        "templates": templates,
        "said": dict(templates),
        "said_before": {item.code: item.text(locale) for item in once},
        "people": await operating.people(tx, [case.owner_id, case.decided_by, before.decided_by if before else None]),
        "events": await timeline(tx, [case.id, case.object_id], 20),
    }


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """The list beside the item: a page of cases, and on its first page what is decided elsewhere."""

    cases: Page[QueueRow]
    elsewhere: list[Waits]
    counts: dict[str, int]


async def _around(tx: Tx, kind: str, *, mine: bool, cursor: str | None) -> Around:
    kinds = (cast("Kind", kind),) if kind else None
    empty: Page[QueueRow] = Page((), None)
    cases = (
        empty if kind and kind not in get_args(Kind) else await deciding.queue(tx, kinds, mine=mine, cursor=cursor, limit=AT_ONCE)
    )
    elsewhere = await waiting.outside_cases(tx)
    counts = Counter({row.kind: row.cases for row in await deciding.waiting(tx)})
    counts.update(item.kind for item in elsewhere)
    shown = [
        item for item in elsewhere if cursor is None and kind in ("", item.kind) and (not mine or item.owner_id == tx.ctx.person)
    ]
    return Around(cases=cases, elsewhere=shown, counts=dict(counts))


async def _page(request: WebRequest, acting: Ctx, case_id: UUID | None) -> Response[Any]:
    kind, mine = _wanted(request), request.query_params.get("owner") == "me"
    words = translator(acting.locale).gettext
    async with deps(request).db.tx(acting, "any") as tx:
        around = await _around(tx, kind, mine=mine, cursor=shell.cursor(request))
        cases = around.cases
        current = case_id or (cases.items[0].id if cases.items else None)
        item = None if current is None else await _item(tx, current, acting.locale)
    return await shell.render(
        request,
        "console/moderation/queue.html",
        rows=_rows(around, kind, mine=mine),
        next=cases.next,
        kinds=[(code, words(text), around.counts[code]) for code, text in KINDS.items() if code in around.counts],
        total=sum(around.counts.values()),
        kind=kind,
        mine=mine,
        current=current,
        chosen=case_id is not None,
        after=_after(cases.items, current),
        item=item,
        kind_words={code: words(text) for code, text in KIND.items()},
        templates=[] if item is None else item["templates"],
        may_decide=may(acting, "operator.case"),
        me=acting.person,
        address=_address(None, kind, mine=mine),
    )


def _rows(around: Around, kind: str, *, mine: bool) -> list[dict[str, object]]:
    """Both sorts of what waits in one order of time."""
    rows: list[dict[str, object]] = []
    merged = sorted([*around.cases.items, *around.elsewhere], key=_since)
    for row in merged:
        if isinstance(row, QueueRow):
            href = _address(row.id, kind, mine=mine)
        else:
            href = PLACES[row.kind].format(id=row.id, company_id=row.company_id)
        rows.append({"row": row, "since": _since(row), "case": isinstance(row, QueueRow), "href": href})
    return rows


def _since(row: QueueRow | Waits) -> datetime:
    return row.opened_at if isinstance(row, QueueRow) else row.since


def _after(rows: tuple[QueueRow, ...] | list[QueueRow], current: UUID | None) -> str:
    """The case behind this one in the list, else the first other one: what comes after a decision."""
    ids = [row.id for row in rows]
    if current is not None and current in ids and ids.index(current) + 1 < len(ids):
        return str(ids[ids.index(current) + 1])
    return next((str(item) for item in ids if item != current), "")


@get(QUEUE)
async def queue(request: WebRequest) -> Response[Any]:
    """What waits, the longest first, with the first one open."""
    return await _page(request, shell.operator(request), None)


@get(QUEUE + "/{case_id:uuid}")
async def case(request: WebRequest, case_id: FromPath[UUID]) -> Response[Any]:
    """One case beside the list; a decided one with its decision."""
    return await _page(request, shell.operator(request), case_id)


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _decision(sent: shell.Sent, version: int) -> Decision:
    accept = sent.value("decision") == "approve" and not sent.value("template")
    template = sent.value("template") or None
    return Decision(version=version, accept=accept, template=None if accept else template, reason=sent.value("reason"))


@post(QUEUE + "/{case_id:uuid}/decide")
async def decide(request: WebRequest, case_id: FromPath[UUID]) -> Response[Any]:
    """Approved or refused as it was seen; the next case opens by itself."""
    sent = await shell.sent(request)
    kind = _wanted(request)
    _ = shell.words(request)
    version = sent.value("version")
    decision = _decision(sent, int(version) if version.isdecimal() and len(version) < 9 else 0)

    async def do(tx: Tx) -> Case:
        return await deciding.decide(tx, case_id, decision)

    following = _uuid(sent.value("next"))
    if following is None:
        said = _("Approved.") if decision.accept else _("Rejected.")
    else:
        said = _("Approved. The next case is open.") if decision.accept else _("Rejected. The next case is open.")
    to = _address(following, kind)
    return await shell.act(request, _address(case_id, kind), do, service.get, said, to=to, form=sent)


@post(QUEUE + "/{case_id:uuid}/take")
async def take(request: WebRequest, case_id: FromPath[UUID]) -> Response[Any]:
    """Tell the others that I look at it."""

    async def do(tx: Tx) -> Case:
        return await deciding.take(tx, case_id)

    return await shell.act(
        request, _address(case_id, _wanted(request)), do, service.get, shell.words(request)("You have this case.")
    )


def _picked(sent: shell.Sent) -> list[tuple[UUID, Decision]]:
    """The ticked cases as they were seen: each box says id and version."""
    picked: list[tuple[UUID, Decision]] = []
    for value in sent.form.typed.get("cases", ()):
        text, _, version = value.partition(":")
        found = _uuid(text)
        if found is not None and version.isdecimal() and len(version) < 9:
            accept = sent.value("decision") == "approve"
            template = None if accept else sent.value("template_choice") or None
            picked.append((found, Decision(version=int(version), accept=accept, template=template)))
    return picked


@post(QUEUE + "/together")
async def together(request: WebRequest) -> Response[Any]:
    """All ticked cases, each for itself; what could not be decided is named with its reason."""
    acting = shell.operator(request)
    sent = await shell.sent(request)
    _ = shell.words(request)
    back = _address(None, _wanted(request))
    picked = _picked(sent)
    if not picked:
        return shell.redirect(request, back, _("Tick the cases first."), "bad")
    results: list[Decided] = []

    async def do(tx: Tx) -> Case:
        results.extend(await deciding.decide_together(tx, picked))
        return await service.get(tx, picked[0][0])

    answer = await shell.act(request, back, do, service.get, "", form=sent)
    failed = [item for item in results if item.problem is not None]
    if not results:
        return answer
    done = len(results) - len(failed)
    text = translator(acting.locale).ngettext("%(num)s case decided.", "%(num)s cases decided.", done) % {"num": done}
    if failed:
        names = await _names(request, acting, failed)
        text = " ".join([text, _("Not decided:"), *names])
    return shell.redirect(request, back, text, "bad" if failed else "good")


async def _names(request: WebRequest, acting: Ctx, failed: list[Decided]) -> list[str]:
    """Each case that was not decided with the reason why."""
    found: list[str] = []
    async with deps(request).db.tx(acting, "any") as tx:
        for item in failed[:10]:
            try:
                name = (await service.get(tx, item.case_id)).company
            except NotFound:
                name = str(item.case_id)
            if item.problem is not None:
                found.append(f"{name}: {say(item.problem, acting.locale).line()}")
    return found


ROUTES: Final = Router("", route_handlers=[queue, case, together, decide, take])
