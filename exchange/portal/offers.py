"""The company's own offers: the list, one of them as its seller sees it, and its way on and off the market."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.category.model import Tree
from exchange.domain.moderation import service as moderation
from exchange.domain.offer import listing, service
from exchange.domain.offer.model import MICRO, Offer, OfferSummary, OfferVersion
from exchange.domain.permission import may
from exchange.i18n import N_, translator
from exchange.pages import formats, terms
from exchange.pages.attributes import attribute_facts, category_line
from exchange.pages.choices import region_name
from exchange.pages.export import FORMATS, MOST, Cell, export
from exchange.pages.history import timeline
from exchange.pages.screening import explain
from exchange.pages.status import status_of
from exchange.portal import shell
from exchange.portal.offer_file import FLAT, flat_row
from exchange.web import WebRequest, deps

PAGE: Final = 50
SHOWN_STATES: Final = ("live", "in_review", "rejected", "draft", "paused", "expired", "withdrawn")
Row = dict[str, object]
# What may differ between two versions on sale, in words.
CHANGES: Final = {
    "title": N_("title"),
    "description": N_("description"),
    "tiers": N_("price"),
    "vat_code": N_("VAT"),
    "firm": N_("order now or price on request"),
    "moq": N_("smallest order"),
    "available": N_("quantity available"),
    "lead_time_days": N_("lead time"),
    "regions": N_("regions"),
    "terms": N_("terms"),
    "attributes": N_("characteristics"),
}
SAID: Final = {
    "pause": N_("The listing is paused. Nobody finds it until you put it on sale again."),
    "withdraw": N_("The listing is withdrawn."),
}


@get("/offers")
async def offers(request: WebRequest) -> Response[Any]:
    """Own offers, newest change first; with ?format= the same as a file."""
    acting = shell.signed_in(request)
    wanted = request.query_params.get("status", "")
    status = wanted if wanted in listing.STATES else None
    words = request.query_params.get("find", "")[:200]
    kind = request.query_params.get("format", "")
    async with deps(request).db.read(acting) as tx:
        tree = await categories.tree(tx)
        if kind in FORMATS:
            return _export(kind, await listing.in_full(tx, status, words, MOST), tree, acting.locale)
        page = await listing.own(tx, status, words, shell.cursor(request), PAGE)
        count = await listing.count(tx, status, words)
    say = translator(acting.locale)
    return await shell.render(
        request,
        "portal/offers/list.html",
        rows=[_row(item, tree, acting.locale) for item in page.items],
        next=page.next,
        count=min(count, listing.COUNTED),
        more=count > listing.COUNTED,
        states=[(state, say.pgettext("offer", status_of("offer", state).word)) for state in SHOWN_STATES],
        may_write=may(acting, "offer.write"),
    )


def _row(item: OfferSummary, tree: Tree, locale: str) -> Row:
    category = tree.nodes.get(item.category_code)
    return {
        "id": item.id,
        "title": item.title,
        "mpn": item.mpn,
        "category": item.category_code
        if category is None
        else (category.row.name_vi if locale == "vi" else category.row.name_en),
        "status": item.status,
        "firm": item.firm,
        "price": Decimal(item.price_micro) / MICRO,
        "currency": item.currency,
        "unit": item.unit,
        "moq": item.moq,
        "available": item.available,
        "lead_time_days": item.lead_time_days,
        "updated_at": item.updated_at,
    }


def _export(kind: str, found: Sequence[Offer], tree: Tree, locale: str) -> Response[Any]:
    """CSV in the columns of an import, to be changed and sent again; a workbook for people."""
    if kind == "csv":
        rows = [flat_row(offer) for offer in found]
        columns = [*FLAT, *sorted({name for row in rows for name in row} - set(FLAT))]
        return export("offers", kind, columns, [[row.get(name) for name in columns] for row in rows])
    say = translator(locale)
    _ = say.gettext
    header = [
        _("Own number"),
        say.pgettext("listing", "Title"),
        _("Status"),
        _("Category"),
        _("Part number"),
        _("Price"),
        _("Currency"),
        _("Unit"),
        _("Smallest order"),
        _("Available"),
        _("Lead time in days"),
        _("Ships from"),
        _("Order now"),
        _("Valid until"),
        _("Changed"),
    ]
    rows_for_people: list[list[Cell]] = [
        [
            offer.external_id,
            offer.title,
            say.pgettext("offer", status_of("offer", offer.status).word),
            category_line(tree, offer.category_code, locale),
            offer.mpn,
            Decimal(offer.price_micro) / MICRO,
            offer.currency,
            formats.unit(offer.unit, locale),
            offer.moq,
            offer.available,
            offer.lead_time_days,
            region_name(offer.ship_from, locale),
            _("yes") if offer.firm else _("no"),
            offer.valid_until,
            offer.updated_at,
        ]
        for offer in found
    ]
    return export("offers", kind, header, rows_for_people)


async def owner_page(request: WebRequest, acting: Ctx, offer: Offer) -> Response[Any]:
    """An offer as its seller runs it."""
    locale = acting.locale
    async with deps(request).db.tx(acting, "any") as tx:
        tree = await categories.tree(tx)
        versions = await listing.versions(tx, offer)
        events = await timeline(tx, [offer.id])
        case = await moderation.about(tx, offer.id) if offer.status in ("in_review", "rejected") else None
        reason = "" if case is None else await moderation.reason(tx, case, locale)
    return await shell.render(
        request,
        "portal/offers/detail.html",
        offer=offer,
        price=Decimal(offer.price_micro) / MICRO,
        category=category_line(tree, offer.category_code, locale),
        facts=attribute_facts(tree, offer.category_code, {**offer.attributes, **offer.extra}, locale),
        terms=terms.facts(offer.terms, locale),
        actions=listing.actions(offer, acting),
        case=case,
        reason=reason,
        why=[] if case is None else [explain(hit, locale) for hit in case.hits],
        versions=_versions(versions, locale),
        events=events,
    )


def _versions(found: Sequence[OfferVersion], locale: str) -> list[Row]:
    """Each version on sale with its price and what changed since the one before."""
    say = translator(locale).gettext
    rows: list[Row] = []
    for index, item in enumerate(found):
        before = found[index + 1] if index + 1 < len(found) else None
        names = [] if before is None else [word for key, word in CHANGES.items() if getattr(item, key) != getattr(before, key)]
        rows.append(
            {
                "version": item.version,
                "at": item.at,
                "prices": [(tier.min_quantity, tier.price) for tier in item.tiers],
                "unit": item.unit,
                "currency": item.currency,
                "changed": ", ".join(say(name) for name in names),
                "first": before is None,
            }
        )
    return rows


async def _act(request: WebRequest, offer_id: UUID, action: Literal["publish", "pause", "withdraw"]) -> Response[Any]:
    async def do(tx: Tx) -> Offer:
        return await service.act(tx, offer_id, action)

    # What is held for a look says so itself, on its page.
    said = "" if action == "publish" else translator(shell.signed_in(request).locale).gettext(SAID[action])
    standing = "active" if action == "publish" else "finish"
    return await shell.act(request, f"/offers/{offer_id}", do, service.get, said, standing=standing)


@post("/offers/{offer_id:uuid}/publish")
async def publish(request: WebRequest, offer_id: FromPath[UUID]) -> Response[Any]:
    """On sale: found by search and matched with requests from now on."""
    return await _act(request, offer_id, "publish")


@post("/offers/{offer_id:uuid}/pause")
async def pause(request: WebRequest, offer_id: FromPath[UUID]) -> Response[Any]:
    """Off the market for a while."""
    return await _act(request, offer_id, "pause")


@post("/offers/{offer_id:uuid}/withdraw")
async def withdraw(request: WebRequest, offer_id: FromPath[UUID]) -> Response[Any]:
    """Off the market for good."""
    return await _act(request, offer_id, "withdraw")


ROUTES: Final = Router("", route_handlers=[offers, publish, pause, withdraw])
