"""Writing an RFQ: the form of a new one and of a draft, with a look at who would fit before anybody is told."""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.category.model import Tree
from exchange.domain.company import service as companies
from exchange.domain.pairing import service as pairing
from exchange.domain.permission import need
from exchange.domain.rfq import service
from exchange.domain.rfq.model import Rfq
from exchange.errors import DomainError, NotFound, Unavailable, WrongState
from exchange.pages import matching, terms
from exchange.pages.attributes import category_choices, region_choices, unit_choices
from exchange.pages.choices import currencies
from exchange.pages.formats import DEFAULT_ZONE
from exchange.pages.forms import Form, blank
from exchange.pages.reading import InvalidForm
from exchange.pages.sending import Sent
from exchange.portal import buying_form, shell
from exchange.portal.wishes import any_wish, wishes
from exchange.web import Unauthenticated, WebRequest, deps
from schemas.rfq import RfqIn

MEMBERS_SHOWN: Final = 100
DAYS_TO_ANSWER: Final = 7
ANSWER_BY: Final = time(17)
_LINE: Final = re.compile(r"^(lines\.\d{1,3})\.category$")
# What a link to the form of a new RFQ may fill in: the parameter and the field it goes to.
PREFILLED: Final = {
    "title": "title",
    "words": "lines.0.text",
    "category": "lines.0.category",
    "quantity": "lines.0.quantity",
    "unit": "lines.0.unit",
    "region": "lines.0.region",
    "days": "lines.0.deliver_within_days",
}


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What the form needs besides what is typed."""

    tree: Tree
    now: datetime
    home_region: str
    currency: str
    members: tuple[tuple[str, str], ...]


async def around(tx: Tx, form: Form | None = None) -> Around:
    """The tree, the clock, the acting company's own place, and the members that may be asked by name."""
    company = tx.ctx.company
    own = await companies.get(tx, company)
    page = await companies.directory(tx, None, MEMBERS_SHOWN)
    members = {str(item.id): item.display_name for item in page.items if item.id != company}
    chosen = [UUID(text) for text in (form.chosen("invite") if form else []) if _is_id(text)]
    named = {str(key): item.display_name for key, item in (await companies.names(tx, chosen)).items()}
    return Around(
        tree=await categories.tree(tx),
        now=await service.now(tx),
        home_region=own.region,
        currency=own.base_currency,
        members=tuple({**named, **members}.items()),
    )


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def default_deadline(now: datetime, days: int = DAYS_TO_ANSWER) -> datetime:
    """The end of a working day, so many days ahead, in the exchange's own zone."""
    zone = ZoneInfo(DEFAULT_ZONE)
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=days), ANSWER_BY, zone)


async def _draw(
    request: WebRequest,
    form: Form,
    parts: Around,
    rfq: Rfq | None,
    status: int = 200,
    preview: Sequence[matching.Shown] | None = None,
    away: bool = False,
) -> Response[Any]:
    locale = form.locale
    return await shell.render(
        request,
        "portal/buying/form.html",
        status=status,
        form=form,
        rfq=rfq,
        categories=category_choices(parts.tree, locale),
        units=unit_choices(parts.tree, locale),
        regions=region_choices(locale),
        currencies=currencies(locale),
        payments=terms.payment_choices(locale, own_schedule=form.value("terms.payment") == terms.CUSTOM),
        deliveries=terms.delivery_choices(locale),
        members=parts.members,
        home_region=parts.home_region,
        wishes={at: wishes(buying_form.declared(parts.tree, form, at), form, f"{at}.need") for at in _rows(form)},
        open_wishes={at for at in _rows(form) if any_wish(form, f"{at}.need")},
        preview=preview,
        suggested=matching.sellers(preview or ()),
        away=away,
    )


def _rows(form: Form) -> list[str]:
    return buying_form.lines_of(form, 1)


@get("/rfqs/new")
async def new(request: WebRequest) -> Response[Any]:
    """The form of a new RFQ; a link may fill in a first line and name who is asked."""
    acting = shell.signed_in(request)
    need(acting, "rfq.write")
    query = request.query_params
    asked = {field: query.get(name, "") for name, field in PREFILLED.items()}
    invite = [text for text in query.getall("invite", []) if _is_id(text)]
    async with deps(request).db.tx(acting, "any") as tx:
        parts = await around(tx, Form(acting.locale, {"invite": invite}))
    first: dict[str, object] = {
        "currency": parts.currency,
        "due_at": default_deadline(parts.now),
        "sealed": "off",
        "mode": "invited" if invite else "open",
        "invite": invite,
        "lines": [{"region": parts.home_region, "unit": "C62"}],
        "terms": {"payment": "direct_after_acceptance", "delivery": {"rule": "delivered"}, "claim_days": 7},
    }
    form = blank(acting.locale, first)
    typed = {**form.typed, **{field: [text] for field, text in asked.items() if text}}
    return await _draw(request, Form(acting.locale, typed), parts, None)


@post("/rfqs/new")
async def create(request: WebRequest) -> Response[Any]:
    """Keep a draft, publish, or look at who would fit."""
    return await _write(request, None)


@get("/rfqs/{rfq_id:uuid}/edit")
async def edit(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """A draft again in its form; what is published stands."""
    acting = shell.signed_in(request)
    need(acting, "rfq.write")
    async with deps(request).db.tx(acting, "any") as tx:
        rfq = await service.own(tx, rfq_id)
        parts = await around(tx, Form(acting.locale, {"invite": [str(company) for company in rfq.invite or ()]}))
    if rfq.status != "draft":
        return shell.redirect(request, f"/rfqs/{rfq_id}")
    return await _draw(request, buying_form.typed_rfq(rfq, parts.tree, acting.locale), parts, rfq)


@post("/rfqs/{rfq_id:uuid}/edit")
async def revise(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    """Replace what the draft says."""
    return await _write(request, rfq_id)


async def _write(request: WebRequest, rfq_id: UUID | None) -> Response[Any]:
    acting = shell.signed_in(request)
    need(acting, "rfq.write")
    sent = await shell.sent(request, rows=buying_form.ROWS)
    form = sent.form
    async with deps(request).db.tx(acting, "any") as tx:
        rfq = None if rfq_id is None else await service.own(tx, rfq_id)
        parts = await around(tx, form)
    if form.asks_for_rows:
        return await _draw(request, form, parts, rfq)
    try:
        command = buying_form.read_rfq(form, parts.tree, None if rfq is None else rfq.terms)
        if sent.button == "preview":
            return await _preview(request, acting, form, parts, rfq, command)
        return await _save(request, acting, sent, rfq, command)
    except InvalidForm as problem:
        return await _draw(request, problem.form, parts, rfq, 422)
    except (NotFound, Unauthenticated):
        raise
    except DomainError as error:
        return await _draw(request, buying_form.refused(form, parts.tree, error), parts, rfq, error.status)


async def _preview(request: WebRequest, acting: Ctx, form: Form, parts: Around, rfq: Rfq | None, command: RfqIn) -> Response[Any]:
    """Who would fit; nobody is told. While the matcher is away the form still works."""
    try:
        async with deps(request).db.tx(acting, "any") as tx:
            found = await pairing.preview(tx, deps(request).matcher, command)
    except Unavailable:
        return await _draw(request, form, parts, rfq, away=True)
    lines = [
        matching.shown(result, matching.wanted(parts.tree, line, command.currency, acting.locale))
        for result, line in zip(found.lines, command.lines, strict=True)
    ]
    return await _draw(request, form, parts, rfq, preview=lines)


async def _save(request: WebRequest, acting: Ctx, sent: Sent, rfq: Rfq | None, command: RfqIn) -> Response[Any]:
    publish = sent.button == "publish"
    command = msgspec.structs.replace(command, publish=publish)

    async def write(tx: Tx) -> Rfq:
        if rfq is None:
            return await service.create(tx, command)
        return await service.revise(tx, rfq.id, command, version=_version(sent.form))

    kept = await shell.once(request, acting, sent, write, service.get, standing="active" if publish else "applicant")
    _ = shell.words(request)
    if kept.status == "pending_approval":
        said = _("The request waits for your own people; then it is published.")
    else:
        said = _("The request is published. Suppliers that fit are being told.") if publish else _("The draft is saved.")
    return shell.redirect(request, f"/rfqs/{kept.id}", said)


def _version(form: Form) -> int:
    """The version that the form was drawn from."""
    text = form.value("version")
    if not text.isdecimal() or len(text) > 9:
        raise WrongState(noun="rfq", current="draft")
    return int(text)


@get("/rfqs/new/wishes")
async def wishes_of_category(request: WebRequest) -> Response[Any]:
    """The requirements of one line's category, fetched when it is chosen; without JavaScript a button draws the whole form."""
    acting = shell.signed_in(request)
    at, category = next(
        ((found[1], str(value)) for name, value in request.query_params.multi_items() if (found := _LINE.match(name))),
        ("lines.0", ""),
    )
    form = Form(acting.locale, {f"{at}.category": [category]})
    async with deps(request).db.tx(acting, "any") as tx:
        tree = await categories.tree(tx)
    found = wishes(buying_form.declared(tree, form, at), form, f"{at}.need")
    return await shell.render(request, "portal/buying/wishes.html", form=form, at=at, wishes={at: found}, open_wishes={at})


ROUTES: Final = Router("", route_handlers=[new, create, edit, revise, wishes_of_category])
