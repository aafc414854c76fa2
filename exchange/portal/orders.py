"""Orders of both sides: the lists of what was bought and sold, one order with all that belongs to it, and the same again."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.approval import service as approvals
from exchange.domain.approval import standing
from exchange.domain.approval.standing import Standing
from exchange.domain.order import listing, placing, repeating, service
from exchange.domain.order.listing import Filter, ListedOrder
from exchange.domain.order.model import Order
from exchange.domain.order.service import Side
from exchange.domain.order.view import view
from exchange.domain.permission import may
from exchange.domain.review import store as reviews
from exchange.domain.review.model import Review
from exchange.i18n import translator
from exchange.money import from_minor
from exchange.pages import choices, terms
from exchange.pages.export import MOST, export
from exchange.pages.forms import Form, blank
from exchange.pages.history import timeline
from exchange.pages.reading import Kinds
from exchange.portal import conversation, deal, shell
from exchange.web import WebRequest, deps
from schemas.order import PlaceOrder

PAGE: Final = 30
FIND_MOST: Final = 80
STATES: Final[dict[Side, tuple[str, ...]]] = {
    "buy": ("pending_approval", "confirmed", "in_progress", "completed", "lapsed", "draft"),
    "sell": ("confirmed", "in_progress", "completed", "lapsed"),
}
REPEAT_KINDS: Final[Kinds] = {"lines.*.quantity": "number"}


@get("/orders")
async def bought(request: WebRequest) -> Response[Any]:
    """What the company bought; ``?side=sell`` leads to what it sold."""
    if request.query_params.get("side") == "sell":
        others = "&".join(part for part in request.url.query.split("&") if not part.startswith("side="))
        return shell.redirect(request, f"/sales?{others}" if others else "/sales")
    return await _list(request, "buy")


@get("/sales")
async def sold(request: WebRequest) -> Response[Any]:
    """What the company sold."""
    return await _list(request, "sell")


async def _list(request: WebRequest, side: Side) -> Response[Any]:
    acting = shell.signed_in(request)
    status = request.query_params.get("status", "")
    wanted = Filter(
        statuses=(status,) if status in STATES[side] else None,
        find=request.query_params.get("find", "").strip()[:FIND_MOST],
    )
    kind = request.query_params.get("format", "")
    place = shell.cursor(request)
    after, after_id = (None, None) if place is None else read_cursor(place, tuple[datetime, UUID])
    async with deps(request).db.read(acting) as tx:
        if kind:
            return _file(side, kind, await listing.page(tx, side, wanted, None, None, MOST), acting.locale)
        rows = await listing.page(tx, side, wanted, after, after_id, PAGE + 1)
        count = await listing.count(tx, side, wanted)
    page = page_of(rows, PAGE, lambda row: (row.created_at, row.id))
    return await shell.render(
        request,
        "portal/orders/list.html",
        side=side,
        orders=page.items,
        next=page.next,
        count=min(count, listing.COUNTED),
        more=count > listing.COUNTED,
        states=[(state, deal.state_word("order", state, acting.locale)) for state in STATES[side]],
        may_repeat=side == "buy" and may(acting, "order.write"),
    )


def _file(side: Side, kind: str, rows: list[ListedOrder], locale: str) -> Response[Any]:
    words = translator(locale)
    _ = words.gettext
    other = words.pgettext("deal", "Seller") if side == "buy" else words.pgettext("deal", "Buyer")
    header = [
        _("Number"), _("Status"), other, _("Goods"), _("Lines"), _("Own reference"), _("Currency"), _("Net"), _("Total with VAT"),
        _("Delivered %"), _("Invoiced %"), _("Paid %"), _("Ordered"),
    ]  # fmt: skip
    cells = [
        (
            row.number, deal.state_word("order", row.status, locale), row.counterparty, row.first_line,
            row.line_count, row.buyer_reference if side == "buy" else "", row.currency,
            from_minor(row.net_minor, row.currency), from_minor(row.gross_minor, row.currency),
            row.delivered_percent, row.invoiced_percent, row.paid_percent, row.created_at,
        )
        for row in rows
    ]  # fmt: skip
    return export("orders" if side == "buy" else "sales", kind, header, cells)


async def _reviews(tx: Tx, order: Order) -> tuple[list[Review], bool]:
    """The reviews that the reader may see, and whether its side may still write one."""
    if order.status != "completed":
        return [], False
    found = await reviews.of_order(tx, order.id)
    return found, not found


async def _approval(tx: Tx, order: Order) -> tuple[Standing | None, list[str]]:
    """What an order of the own company waits for, and the names of those who may decide."""
    if order.status != "pending_approval" or order.buyer_id != tx.ctx.company_id:
        return None, []
    approval = await approvals.waiting(tx, order.id)
    if approval is None:
        return None, []
    company = await standing.around(tx)
    (found,) = await standing.of(tx, [approval], company)
    return found, [company.name(person) for person in found.waits_for]


@get("/orders/{order_id:uuid}")
async def detail(request: WebRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """One order for one of its two sides: how far it is, what comes next, and everything that belongs to it."""
    acting = shell.signed_in(request)
    async with deps(request).db.read(acting) as tx:
        order = await service.get(tx, order_id)
        written, reviewable = await _reviews(tx, order)
        parts = [item.id for item in (*order.deliveries, *order.invoices, *order.instalments, *written)]
        contract = [] if order.contract_id is None else [order.contract_id]
        events = await timeline(tx, [order.id, *contract, *parts])
        waits, deciders = await _approval(tx, order)
        talk = await conversation.maybe(tx, "order", order.id)
    shown = view(order, acting)
    words = translator(acting.locale)
    _ = words.gettext
    return await shell.render(
        request,
        "portal/orders/order.html",
        approval=None if waits is None else waits.approval,
        deciders=deciders,
        may_decide=waits is not None and waits.voice is not None,
        place="/orders" if acting.company_id == shown.buyer_id else "/sales",
        order=shown,
        title=deal.title(shown, words.ngettext),
        buying=acting.company_id == shown.buyer_id,
        company=acting.company_id,
        todos=deal.todos(shown, reviewable=reviewable),
        waits_for_payment="despatch" in shown.actions and deal.unpaid_protection(shown),
        steps=deal.steps(shown, acting.company, _),
        shares=deal.shares(shown, _),
        terms=terms.facts(shown.terms, acting.locale),
        triggers=deal.TRIGGERS,
        methods=deal.METHODS,
        paid_of={item.id: Decimal(item.amount) - Decimal(item.returned) for item in shown.instalments},
        by_line={line.id: line for line in shown.lines},
        by_delivery={item.id: item for item in shown.deliveries},
        reviews=written,
        events=events,
        talk=talk,
    )


async def _draw_repeat(request: WebRequest, order_id: UUID, form: Form | None, status: int = 200) -> Response[Any]:
    """What would be ordered again, with every difference; `form` is None before anything was typed."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        again = await repeating.proposal(tx, order_id)
    place = again.place
    if form is None or not _fits(form, place):
        form = blank(acting.locale, {} if place is None else _typed(place)).with_errors({} if form is None else form.errors)
    return await shell.render(
        request,
        "portal/orders/repeat.html",
        status=status,
        form=form,
        again=again,
        offered=[] if place is None else _offered(place, again.lines),
        gone=[line for line in again.lines if line.quantity is None],
        regions=[] if place is None else _regions(place.region, acting.locale),
    )


def _regions(region: str, locale: str) -> list[tuple[str, str]]:
    """The country of the order before and its provinces."""
    country = region.partition("-")[0]
    return [*choices.provinces(country), (country, choices.country_name(country, locale))]


def _fits(form: Form, place: PlaceOrder | None) -> bool:
    """Whether what was typed is about the lines that can be had now."""
    there = [] if place is None else [str(line.offer_id) for line in place.lines]
    return there == [form.value(f"lines.{index}.offer_id") for index in form.rows("lines", 0)]


def _offered(place: PlaceOrder, lines: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    """What is ordered beside the line of before."""
    there = [line for line in lines if line.quantity is not None]
    return list(zip(place.lines, there, strict=True))


def _typed(place: PlaceOrder) -> dict[str, object]:
    return {
        "lines": [
            {"offer_id": str(line.offer_id), "offer_version": str(line.offer_version), "quantity": Decimal(line.quantity)}
            for line in place.lines
        ],
        "deliver_to": place.deliver_to,
        "region": place.region,
        "cost_centre": place.cost_centre,
    }


@get("/orders/{order_id:uuid}/repeat")
async def repeat(request: WebRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """The same again, as it can be had now."""
    return await _draw_repeat(request, order_id, None)


@post("/orders/{order_id:uuid}/repeat")
async def place_again(request: WebRequest, order_id: FromPath[UUID]) -> Response[Any]:
    """Order what the page showed: each listing at the version that was seen."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)

    async def do(command: PlaceOrder) -> Response[Any]:
        async def write(tx: Tx) -> Order:
            return await placing.place(tx, command)

        made = await shell.once(request, acting, sent, write, placing.get)
        _ = shell.words(request)
        said = _("The order waits for your approver.") if made.status == "pending_approval" else _("The order is placed.")
        return shell.redirect(request, f"/orders/{made.id}", said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw_repeat(request, order_id, form, status)

    return await shell.submitted(sent, PlaceOrder, REPEAT_KINDS, do, again)


ROUTES: Final = Router("", route_handlers=[bought, sold, detail, repeat, place_again])
