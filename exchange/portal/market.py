"""Finding what to buy: the search, answered by the matcher, and the list of offers, which needs the database alone."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get

from exchange.cursor import page_of, read_cursor
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.category.model import Tree
from exchange.domain.finding import service as finding
from exchange.domain.finding.model import Document, Kind, as_number
from exchange.domain.finding.model import Found as Beside
from exchange.domain.offer import browsing, store
from exchange.domain.offer.model import MICRO, OfferSummary
from exchange.domain.offer.search import Found, search
from exchange.domain.permission import may, need
from exchange.errors import DomainError, Unavailable
from exchange.i18n import translator
from exchange.pages.attributes import category_choices, category_name, region_choices
from exchange.pages.choices import currencies, region_name
from exchange.pages.export import FORMATS, MOST, export
from exchange.pages.forms import Form, blank, posted
from exchange.pages.reading import InvalidForm, Kinds, read
from exchange.pages.sending import refused
from exchange.portal import shell
from exchange.portal.wishes import any_wish, requirements, wishes
from exchange.web import WebRequest, deps
from schemas.search import SearchIn

PAGE: Final = 20
COUNTED: Final = 1000
OFFSET_MOST: Final = 980
KINDS: Final[Kinds] = {
    "quantity": "number",
    "price_from": "number",
    "price_to": "number",
    "deliver_within_days": "number",
    "firm": "boolean",
}

# Fields of the search in its address, beside `q` (the words) and what is asked of attributes below `need`.
_FIELDS: Final = (
    "category",
    "quantity",
    "price_from",
    "price_to",
    "currency",
    "region",
    "deliver_within_days",
    "firm",
    "sort",
)
Row = dict[str, Any]


# Where the page of a document is.
PAGES: Final[dict[Kind, str]] = {
    "rfq": "/rfqs/%s",
    "quote": "/quotes/%s",
    "contract": "/contracts/%s",
    "order": "/orders/%s",
    "fee_invoice": "/money/fees/%s",
}
NOTHING: Final = Beside((), (), False)


def document_page(item: Document) -> str:
    return PAGES[item.kind] % item.id


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a search: a page of hits, or the form with what is wrong, or nobody to ask."""

    form: Form
    found: Found | None = None
    status: int = 200


@get("/search")
async def find(request: WebRequest) -> Response[Any]:
    """Words, category, attributes, price at a quantity, place and time; the address holds it all."""
    acting = shell.signed_in(request)
    need(acting, "market.read")
    pairs = [(name, str(value)) for name, value in request.query_params.multi_items()]
    form = _form(acting.locale, pairs)
    offset = _offset(request)
    async with deps(request).db.read(acting) as tx:
        beside = await finding.find(tx, form.value("q")) if offset == 0 else NOTHING
        if len(beside.documents) == 1 and as_number(form.value("q")):
            return shell.redirect(request, document_page(beside.documents[0]))
        tree = await categories.tree(tx)
        tried = await _try(request, tx, tree, form, offset)
    chosen = tree.nodes.get(form.value("category"))
    shown_wishes = [] if chosen is None else wishes(chosen.attributes, form, "need")
    return await shell.render(
        request,
        "portal/market/search.html",
        status=tried.status,
        form=tried.form,
        found=tried.found,
        rows=[] if tried.found is None else [_hit(hit.offer, hit.price_micro, tree, acting.locale) for hit in tried.found.hits],
        offset=offset,
        after=_next(tried.found, offset),
        before=str(max(0, offset - PAGE)) if offset else None,
        away=tried.status == 503,
        documents=[(document_page(item), item) for item in beside.documents],
        companies=beside.companies,
        more_companies=beside.more_companies,
        number=as_number(form.value("q")),
        path=_path(tree, form.value("category"), acting.locale),
        below=_below(tree, form.value("category"), acting.locale),
        categories=category_choices(tree, acting.locale),
        wishes=shown_wishes,
        more=any_wish(form, "need") or any(form.value(name) for name in _FIELDS[2:8] if name not in ("region",)),
        regions=region_choices(acting.locale),
        currencies=currencies(acting.locale),
        asked=form.value("quantity"),
        may_ask=may(acting, "rfq.write"),
    )


def _form(locale: str, pairs: Sequence[tuple[str, str]]) -> Form:
    """The address as a form: what belongs to the search, nothing else."""
    kept = [(name, value) for name, value in pairs if value and (name in ("q", *_FIELDS) or name.startswith("need."))]
    return posted(locale, kept)


def _offset(request: WebRequest) -> int:
    text = request.query_params.get("after") or request.query_params.get("before") or "0"
    return min(int(text), OFFSET_MOST) if text.isdecimal() and len(text) < 5 else 0


def _next(found: Found | None, offset: int) -> str | None:
    """Where the next page begins; a search shows its first thousand hits."""
    if found is None or offset + PAGE >= found.total or offset + PAGE > OFFSET_MOST:
        return None
    return str(offset + PAGE)


async def _try(request: WebRequest, tx: Tx, tree: Tree, form: Form, offset: int) -> Tried:
    typed = {("words" if name == "q" else name): values for name, values in form.typed.items() if not name.startswith("need.")}
    errors: dict[str, str] = {}
    chosen = tree.nodes.get(form.value("category"))
    asked = [] if chosen is None else requirements(chosen.attributes, form, "need", errors)
    try:
        command = read(Form(form.locale, typed), SearchIn, KINDS)
        if errors:
            return Tried(form=form.with_errors(errors), status=422)
        command = msgspec.structs.replace(
            command,
            requirements=tuple(item for _path, item in asked),
            firm=command.firm or None,
            sort=_sort(command, bool(form.value("sort"))),
            offset=offset,
            limit=PAGE,
        )
        return Tried(form=form, found=await search(tx, deps(request).matcher, command))
    except InvalidForm as problem:
        wrong = {("q" if path == "words" else path): text for path, text in {**problem.form.errors, **errors}.items()}
        return Tried(form=form.with_errors(wrong), status=422)
    except Unavailable:
        return Tried(form=form, status=503)
    except DomainError as error:
        return Tried(form=refused(form, error), status=error.status)


def _sort(command: SearchIn, chosen: bool) -> Any:
    """Without words nothing is more relevant than something else: the newest come first then."""
    return command.sort if chosen or command.words else "newest"


def _hit(offer: OfferSummary, price_micro: int | None, tree: Tree, locale: str) -> Row:
    """A row of the result; the price is that at the asked quantity."""
    node = tree.nodes.get(offer.category_code)
    return {
        "id": offer.id,
        "title": offer.title,
        "mpn": offer.mpn,
        "company": offer.company,
        "company_id": offer.company_id,
        "category": offer.category_code if node is None else category_name(node, locale),
        "price": None if price_micro is None else Decimal(price_micro) / MICRO,
        "currency": offer.currency,
        "unit": offer.unit,
        "moq": offer.moq,
        "available": offer.available,
        "lead_time_days": offer.lead_time_days,
        "ship_from": region_name(offer.ship_from, locale),
        "firm": offer.firm,
        "updated_at": offer.updated_at,
    }


def _path(tree: Tree, code: str, locale: str) -> list[tuple[str, str]]:
    """The way from the root to a category."""
    return [(node.row.code, category_name(node, locale)) for node in tree.ancestors(code)] if code in tree.nodes else []


def _below(tree: Tree, code: str, locale: str) -> list[tuple[str, str]]:
    """The categories one step down; without one, the roots."""
    found = tree.nodes[code].children if code in tree.nodes else tree.roots
    return [(child, category_name(tree.nodes[child], locale)) for child in found]


@get("/market")
async def market(request: WebRequest) -> Response[Any]:
    """Live offers of a category and all below it, newest first: works while the matcher is away."""
    acting = shell.signed_in(request)
    need(acting, "market.read")
    category = request.query_params.get("category", "")
    kind = request.query_params.get("format", "")
    async with deps(request).db.read(acting) as tx:
        tree = await categories.tree(tx)
        code = category if category in tree.nodes else ""
        codes = tree.descendants(code) if code else None
        if kind in FORMATS:
            return _export(kind, await _offers(tx, codes, None, MOST), tree, acting.locale)
        page = page_of(await _offers(tx, codes, shell.cursor(request), PAGE + 1), PAGE, lambda row: (row.updated_at, row.id))
        count = await browsing.count_live(tx, codes, COUNTED + 1)
    return await shell.render(
        request,
        "portal/market/list.html",
        place="/search",
        rows=[_hit(offer, offer.price_micro, tree, acting.locale) for offer in page.items],
        next=page.next,
        count=min(count, COUNTED),
        more=count > COUNTED,
        category=code,
        path=_path(tree, code, acting.locale),
        below=_below(tree, code, acting.locale),
        form=blank(acting.locale),
    )


async def _offers(tx: Tx, codes: Sequence[str] | None, cursor: str | None, limit: int) -> list[OfferSummary]:
    """The newest of these categories, or of all."""
    after, after_id = (None, None) if cursor is None else read_cursor(cursor, tuple[datetime, UUID])
    if codes is not None:
        return await browsing.list_categories(tx, codes, after, after_id, limit)
    return await store.list_live(tx, after, after_id, limit)


def _export(kind: str, offers: Sequence[OfferSummary], tree: Tree, locale: str) -> Response[Any]:
    _ = translator(locale).gettext
    header = [_("Product"), _("Part number"), _("Sold by"), _("Category"), _("Net unit price"), _("Currency"), _("Unit")]
    header += [_("Smallest order"), _("Lead time"), _("Ships from"), _("Order now")]
    rows = [_hit(offer, offer.price_micro, tree, locale) for offer in offers]
    keys = ("title", "mpn", "company", "category", "price", "currency", "unit", "moq", "lead_time_days", "ship_from")
    return export("market", kind, header, [[*(row[key] for key in keys), _("yes") if row["firm"] else _("no")] for row in rows])


ROUTES: Final = Router("", route_handlers=[find, market])
