"""An offer of another member: read it, order it now when it is firm, or ask its seller alone for a quotation."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, cast
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange import terms as standard
from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.company import service as companies
from exchange.domain.offer import service
from exchange.domain.offer.model import Offer, in_increments, tier_price
from exchange.domain.order import placing
from exchange.domain.order.model import Order
from exchange.domain.permission import may, need
from exchange.domain.rfq import service as rfqs
from exchange.domain.rfq.model import Rfq
from exchange.errors import DomainError, NotFound
from exchange.money import decimal_text, from_minor, line_net_minor, vat_minor
from exchange.pages import terms
from exchange.pages.attributes import attribute_facts, category_line, region_choices
from exchange.pages.choices import TRADE_ROLES, region_name, word
from exchange.pages.forms import Form, blank
from exchange.pages.reading import InvalidForm, Kinds, read
from exchange.pages.saying import say
from exchange.pages.sending import Sent
from exchange.pages.typed import Unreadable, read_number
from exchange.portal import shell
from exchange.portal.buying_write import default_deadline
from exchange.web import Unauthenticated, WebRequest, deps
from schemas.common import Currency, Line, Quantity, RegionCode, Text, Version
from schemas.order import PlaceLineIn, PlaceOrder
from schemas.rfq import RfqIn, RfqLineIn

ORDER_KINDS: Final[Kinds] = {"quantity": "number"}
ASK_KINDS: Final[Kinds] = {"quantity": "number", "due_at": "datetime"}
DAYS_TO_ANSWER: Final = 3
TITLE_MOST: Final = 200
CENT: Final = Decimal("0.01")
Row = dict[str, Any]


class OrderForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order of one offer, as it is typed."""

    offer_version: Version
    quantity: Quantity
    deliver_to: Annotated[Line, msgspec.Meta(min_length=3, max_length=400)]
    region: RegionCode
    buyer_reference: Annotated[Line, msgspec.Meta(max_length=80)] | None = None
    cost_centre: Annotated[Line, msgspec.Meta(max_length=80)] | None = None


class AskForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a request to one seller needs besides the offer itself."""

    quantity: Quantity
    due_at: datetime
    description: Annotated[Text, msgspec.Meta(max_length=4000)] = ""


async def offer_page(request: WebRequest, acting: Ctx, offer: Offer) -> Response[Any]:
    """An offer for whoever may buy it: what it costs at one's own quantity, and the two ways on."""
    locale = acting.locale
    async with deps(request).db.tx(acting, "any") as tx:
        tree = await categories.tree(tx)
        seller = await companies.get(tx, offer.company_id)
    asked, typed = _quantity(request.query_params.get("quantity", ""), offer, locale)
    price = tier_price(offer.tiers, asked)
    net = line_net_minor(price, asked, offer.currency)
    tax = vat_minor(net, offer.vat_percent)
    own = offer.company_id == acting.company
    return await shell.render(
        request,
        "portal/market/offer.html",
        place="/offers" if offer.company_id == acting.company else "/search",
        offer=offer,
        seller=seller,
        category=category_line(tree, offer.category_code, locale),
        quantity=asked,
        typed=typed,
        price=price,
        net=from_minor(net, offer.currency),
        vat=from_minor(tax, offer.currency),
        gross=from_minor(net + tax, offer.currency),
        with_vat=[(Decimal(tier.price) * (100 + offer.vat_percent) / 100).quantize(CENT) for tier in offer.tiers],
        regions=[region_name(code, locale) for code in offer.regions],
        roles=[word(TRADE_ROLES, role, locale) for role in seller.trade_roles],
        reached=_reached(offer, asked),
        orderable=in_increments(asked, offer.moq, offer.increment) and (offer.available is None or asked <= offer.available),
        facts=attribute_facts(tree, offer.category_code, offer.attributes, locale),
        extra=attribute_facts(tree, offer.category_code, offer.extra, locale),
        terms=terms.facts(offer.terms, locale),
        own=own,
        may_order=offer.firm and offer.status == "live" and not own and may(acting, "order.write"),
        may_ask=offer.status == "live" and not own and may(acting, "rfq.write"),
    )


def _quantity(text: str, offer: Offer, locale: str) -> tuple[Decimal, str]:
    """The asked quantity, typed the local way or plain; the smallest order without one. With what to show in its field."""
    try:
        asked = Decimal(read_number(text, locale)) if text else offer.moq
    except Unreadable:
        asked = _plain(text) or offer.moq
    if not 0 < asked < Decimal(10) ** 12:
        asked = offer.moq
    return asked, blank(locale, {"quantity": asked}).value("quantity")


def _plain(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text.isascii() and len(text) < 20 and text.replace(".", "", 1).isdecimal() else None
    except ArithmeticError:
        return None


def _reached(offer: Offer, quantity: Decimal) -> int:
    """The index of the price break that the quantity reaches."""
    return max((index for index, tier in enumerate(offer.tiers) if Decimal(tier.min_quantity) <= quantity), default=0)


async def _buyable(tx: Tx, offer_id: UUID) -> Offer:
    """An offer of somebody else."""
    offer = await service.get(tx, offer_id)
    if offer.company_id == tx.ctx.company:
        raise NotFound(noun="offer")
    return offer


@get("/offers/{offer_id:uuid}/order")
async def order_form(request: WebRequest, offer_id: FromPath[UUID]) -> Response[Any]:
    """Where to and how much; the next page shows what it comes to."""
    acting = shell.signed_in(request)
    need(acting, "order.write")
    async with deps(request).db.tx(acting, "any") as tx:
        offer = await _buyable(tx, offer_id)
        own = await companies.dossier(tx, acting.company)
    if not offer.firm or offer.status != "live":
        return shell.redirect(request, f"/offers/{offer_id}")
    asked, _typed = _quantity(request.query_params.get("quantity", ""), offer, acting.locale)
    first = {
        "quantity": asked,
        "offer_version": str(offer.version),
        "deliver_to": own.file.address,
        "region": own.company.region,
    }
    return await _draw_order(request, offer, blank(acting.locale, first))


async def _draw_order(
    request: WebRequest, offer: Offer, form: Form, status: int = 200, order: Order | None = None
) -> Response[Any]:
    """The form, or with an `order` that was tried out the last look before it binds."""
    locale = form.locale
    return await shell.render(
        request,
        "portal/market/order.html" if order is None else "portal/market/confirm.html",
        status=status,
        place="/search",
        form=form,
        offer=offer,
        order=order,
        net=None if order is None else from_minor(order.net_minor, order.currency),
        vat=None if order is None else from_minor(order.vat_minor, order.currency),
        gross=None if order is None else from_minor(order.gross_minor, order.currency),
        regions=region_choices(locale),
        terms=terms.facts(offer.terms, locale),
        version=standard.CURRENT,
        digest=standard.digest(standard.CURRENT),
        clauses=standard.clauses(standard.CURRENT, "vi" if locale == "vi" else "en"),
    )


class _TriedOut(Exception):
    """Carries an order out of the transaction that is undone."""

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order


async def _tried_out(request: WebRequest, acting: Ctx, command: PlaceOrder) -> Order:
    """What the order would be, by placing it and undoing that: every rule is asked, nothing is kept."""
    try:
        async with deps(request).db.tx(acting, "active") as tx:
            raise _TriedOut(await placing.place(tx, command))
    except _TriedOut as seen:
        return seen.order


@post("/offers/{offer_id:uuid}/order")
async def order(request: WebRequest, offer_id: FromPath[UUID]) -> Response[Any]:
    """Look at the order, and then place it: it binds at once."""
    acting = shell.signed_in(request)
    need(acting, "order.write")
    sent = await shell.sent(request)
    async with deps(request).db.tx(acting, "any") as tx:
        offer = await _buyable(tx, offer_id)
    try:
        command = _command(offer, read(sent.form, OrderForm, ORDER_KINDS))
        if sent.button != "place":
            if sent.button == "change":
                return await _draw_order(request, offer, sent.form)
            return await _draw_order(request, offer, sent.form, order=await _tried_out(request, acting, command))
        return await _place(request, acting, sent, command)
    except InvalidForm as problem:
        return await _draw_order(request, offer, problem.form, 422)
    except (NotFound, Unauthenticated):
        raise
    except DomainError as error:
        return await _draw_order(request, offer, _refused(sent.form, offer, error), error.status)


def _command(offer: Offer, typed: OrderForm) -> PlaceOrder:
    return PlaceOrder(
        lines=(PlaceLineIn(offer_id=offer.id, offer_version=typed.offer_version, quantity=typed.quantity),),
        deliver_to=typed.deliver_to,
        region=typed.region,
        buyer_reference=typed.buyer_reference,
        cost_centre=typed.cost_centre,
    )


async def _place(request: WebRequest, acting: Ctx, sent: Sent, command: PlaceOrder) -> Response[Any]:
    async def write(tx: Tx) -> Order:
        return await placing.place(tx, command)

    made = await shell.once(request, acting, sent, write, placing.get)
    _ = shell.words(request)
    said = _("The order is confirmed. Both sides are bound by it.")
    if made.status == "pending_approval":
        said = _("The order waits for another person of your company to approve it. Price and quantity are held.")
    return shell.redirect(request, f"/orders/{made.id}", said)


def _refused(form: Form, offer: Offer, error: DomainError) -> Form:
    """The form with the refusal beside its fields. A listing that changed is seen anew, at its version of now."""
    said = say(error, form.locale)
    fields = {path.removeprefix("lines.0."): text for path, text in said.fields.items()}
    errors = {path if path in ("quantity", "region", "deliver_to") else "": text for path, text in fields.items()}
    again = Form(form.locale, {**form.typed, "offer_version": [str(offer.version)]})
    return again.with_errors(errors or {"": said.text})


@get("/offers/{offer_id:uuid}/ask")
async def ask_form(request: WebRequest, offer_id: FromPath[UUID]) -> Response[Any]:
    """A request to this seller alone, in two fields."""
    acting = shell.signed_in(request)
    need(acting, "rfq.write")
    async with deps(request).db.tx(acting, "any") as tx:
        offer = await _buyable(tx, offer_id)
        now = await rfqs.now(tx)
    asked, _typed = _quantity(request.query_params.get("quantity", ""), offer, acting.locale)
    form = blank(acting.locale, {"quantity": asked, "due_at": default_deadline(now, DAYS_TO_ANSWER)})
    return await _draw_ask(request, offer, form)


async def _draw_ask(request: WebRequest, offer: Offer, form: Form, status: int = 200) -> Response[Any]:
    shown = terms.facts(offer.terms, form.locale)
    return await shell.render(
        request, "portal/market/ask.html", status=status, place="/search", form=form, offer=offer, terms=shown
    )


@post("/offers/{offer_id:uuid}/ask")
async def ask(request: WebRequest, offer_id: FromPath[UUID]) -> Response[Any]:
    """Publish an RFQ that its seller alone sees."""
    acting = shell.signed_in(request)
    sent = await shell.sent(request)
    async with deps(request).db.tx(acting, "any") as tx:
        offer = await _buyable(tx, offer_id)
        region = (await companies.get(tx, acting.company)).region

    async def do(typed: AskForm) -> Response[Any]:
        command = _request(offer, typed, region, shell.words(request)("Quotation: %(title)s") % {"title": offer.title})

        async def write(tx: Tx) -> Rfq:
            return await rfqs.create(tx, command)

        made = await shell.once(request, acting, sent, write, rfqs.get)
        said = shell.words(request)("The seller is asked and is being told.")
        return shell.redirect(request, f"/rfqs/{made.id}", said)

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw_ask(request, offer, form, status)

    return await shell.submitted(sent, AskForm, ASK_KINDS, do, again)


def _request(offer: Offer, typed: AskForm, region: str, title: str) -> RfqIn:
    """The offer's own goods and terms, asked of its seller alone."""
    line = RfqLineIn(
        category=offer.category_code,
        text=offer.title,
        quantity=decimal_text(Decimal(typed.quantity)),
        unit=offer.unit,
        region=region,
    )
    return RfqIn(
        title=title[:TITLE_MOST].rstrip(),
        currency=cast(Currency, offer.currency),
        lines=(line,),
        terms=terms.as_input(offer.terms),
        due_at=typed.due_at,
        mode="invited",
        invite=(offer.company_id,),
        description=typed.description,
        publish=True,
    )


ROUTES: Final = Router("", route_handlers=[order_form, order, ask_form, ask])
