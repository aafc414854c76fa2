"""Writing an offer: a new one, or the next version of one that is there."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.country import profile, vat_codes_on
from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.category.model import Tree
from exchange.domain.company import service as companies
from exchange.domain.offer import service
from exchange.domain.offer.model import Offer
from exchange.domain.permission import need
from exchange.domain.rfq import service as rfqs
from exchange.errors import NotFound, WrongState
from exchange.i18n import translator
from exchange.pages import choices, terms
from exchange.pages.attributes import attribute_name, category_choices, choice_pairs, unit_choices
from exchange.pages.forms import Form, blank
from exchange.pages.reading import Kind, Kinds
from exchange.pages.sending import Sent
from exchange.portal import shell
from exchange.portal.quote_form import as_value
from exchange.web import WebRequest, deps
from schemas.offer import AttributeValue, OfferIn
from schemas.terms import TermsView

ROWS: Final = {"tiers": ("min_quantity", "price")}
FIELDS: Final[dict[str, Kind]] = {
    "tiers.*.min_quantity": "number",
    "tiers.*.price": "number",
    "lead_time_days": "number",
    "moq": "number",
    "increment": "number",
    "available": "number",
    "available_seen": "number",
    "firm": "boolean",
    "valid_until": "datetime",
    "regions": "list",
    "gtins": "list",
    **{f"terms.{name}": kind for name, kind in terms.KINDS.items()},
}
Row = dict[str, object]
Write = Callable[[OfferIn], Awaitable[Offer]]


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What the form offers to choose from."""

    tree: Tree
    country: str
    currency: str
    vat_codes: tuple[tuple[str, str], ...]


async def _setting(tx: Tx, locale: str) -> Setting:
    company = await companies.get(tx, tx.ctx.company)
    codes = vat_codes_on(profile(company.profile), (await rfqs.now(tx)).date())
    return Setting(
        tree=await categories.tree(tx),
        country=company.country,
        currency=company.base_currency,
        vat_codes=tuple((code.code, code.name_vi if locale == "vi" else code.name_en) for code in codes),
    )


async def _open(request: WebRequest, acting: Ctx, offer_id: UUID | None = None) -> tuple[Setting, Offer | None]:
    need(acting, "offer.write")
    async with deps(request).db.tx(acting, "any") as tx:
        offer = None if offer_id is None else await service.get(tx, offer_id)
        if offer is not None and offer.company_id != acting.company:
            raise NotFound(noun="offer")
        return await _setting(tx, acting.locale), offer


def attribute_rows(tree: Tree, category: str, locale: str) -> list[Row]:
    """The characteristics that a category asks for, as the form draws them; the required ones first."""
    declared = tree.nodes[category].attributes.values() if category in tree.nodes else ()
    return [
        {
            "key": item.key,
            "label": attribute_name(item, locale),
            "kind": item.kind,
            "unit": item.unit_symbol or "",
            "choices": choice_pairs(item.choices, locale),
            "required": item.required,
        }
        for item in sorted(declared, key=lambda item: not item.required)
    ]


def _regions(at: Setting, form: Form) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Wide ones, and the provinces at home; one that stands in neither list stays where it was written."""
    provinces = list(choices.provinces(at.country))
    wide = ["*", at.country]
    known = {code for code, _name in provinces} | set(wide)
    wide += [code for code in form.chosen("regions") if code not in known]
    return [(code, choices.region_name(code, form.locale)) for code in wide], provinces


async def _draw(request: WebRequest, at: Setting, form: Form, offer: Offer | None, status: int = 200) -> Response[Any]:
    locale = form.locale
    wide, provinces = _regions(at, form)
    places = [*provinces, *choices.countries(locale)] if provinces else list(choices.countries(locale))
    return await shell.render(
        request,
        "portal/offers/form.html",
        status=status,
        form=form,
        offer=offer,
        action="/offers/new" if offer is None else f"/offers/{offer.id}/edit?version={_version(request, offer)}",
        categories=category_choices(at.tree, locale),
        attributes=attribute_rows(at.tree, form.value("category"), locale),
        units=unit_choices(at.tree, locale),
        currencies=choices.currencies(locale),
        vat_codes=at.vat_codes,
        places=places,
        wide=wide,
        provinces=provinces,
        payments=terms.payment_choices(locale, own_schedule=offer is not None and offer.terms.payment == terms.CUSTOM),
        deliveries=terms.delivery_choices(locale),
    )


def _version(request: WebRequest, offer: Offer) -> int:
    """The version that the form was drawn from."""
    seen = request.query_params.get("version", "")
    return int(seen) if re.fullmatch(r"[0-9]{1,9}", seen) else offer.version


def _typed(offer: Offer) -> dict[str, object]:
    """An offer as its form holds it."""
    attributes: dict[str, object] = {}
    for key, value in offer.attributes.items():
        plain = "yes" if value is True else "no" if value is False else value
        attributes[key] = Decimal(str(plain)) if isinstance(plain, int | float) else plain
    return {
        "title": offer.title,
        "category": offer.category_code,
        "unit": offer.unit,
        "currency": offer.currency,
        "tiers": [{"min_quantity": Decimal(tier.min_quantity), "price": Decimal(tier.price)} for tier in offer.tiers],
        "vat_code": offer.vat_code,
        "lead_time_days": offer.lead_time_days,
        "ship_from": offer.ship_from,
        "regions": offer.regions,
        "firm": "on" if offer.firm else "off",
        "moq": offer.moq,
        "increment": offer.increment,
        "available": offer.available,
        "available_seen": offer.available,
        "description": offer.description,
        "external_id": offer.external_id or "",
        "mpn": offer.mpn or "",
        "gtins": "\n".join(offer.gtins),
        "attributes": attributes,
        "visibility": offer.visibility,
        "valid_until": offer.valid_until,
        "terms": terms.typed(offer.terms),
    }


def _first(at: Setting, locale: str, category: str) -> Form:
    return blank(
        locale,
        {
            "category": category if category in at.tree.nodes else "",
            "unit": "C62",
            "currency": at.currency,
            "tiers": [{"min_quantity": 1}],
            "vat_code": at.vat_codes[0][0],
            "regions": [at.country],
            "firm": "off",
            "visibility": "all",
            "lead_time_days": 3,
        },
    )


def _as_command(form: Form, before: TermsView | None) -> Form:
    """The fields as the command's: barcodes line by line, terms completed."""
    typed = dict(form.typed)
    typed["gtins"] = [line.strip() for line in (typed.pop("gtins", [""]) or [""])[-1].splitlines() if line.strip()]
    return replace(form, typed=terms.completed(typed, before=before))


def _kinds(tree: Tree, category: str) -> Kinds:
    declared = tree.nodes[category].attributes.values() if category in tree.nodes else ()
    numbers: dict[str, Kind] = {f"attributes.{item.key}": "number" for item in declared if item.kind == "number"}
    return {**FIELDS, **numbers}


def _complete(command: OfferIn, tree: Tree, offer: Offer | None) -> OfferIn:
    """The command with characteristics of their kinds; what the category does not declare stays as it was."""
    declared = tree.nodes[command.category].attributes if command.category in tree.nodes else {}
    typed: dict[str, AttributeValue] = {
        key: as_value(str(value), declared[key].kind) for key, value in command.attributes.items() if key in declared
    }
    kept = {} if offer is None else {key: value for key, value in offer.extra.items() if key not in declared}
    return msgspec.structs.replace(command, attributes={**kept, **typed})


@get("/offers/new")
async def new(request: WebRequest) -> Response[Any]:
    """An offer to be written; ?category= begins in one."""
    acting = shell.signed_in(request)
    at, _offer = await _open(request, acting)
    return await _draw(request, at, _first(at, acting.locale, request.query_params.get("category", "")), None)


@get("/offers/{offer_id:uuid}/edit")
async def edit(request: WebRequest, offer_id: FromPath[UUID]) -> Response[Any]:
    """The next version of an offer."""
    acting = shell.signed_in(request)
    at, offer = await _open(request, acting, offer_id)
    if offer is None or offer.status not in ("draft", "live", "paused"):
        raise WrongState(noun="offer", current="" if offer is None else offer.status)
    return await _draw(request, at, blank(acting.locale, _typed(offer)), offer)


@post("/offers/attributes")
async def attributes(request: WebRequest) -> Response[Any]:
    """The characteristics of the category that was chosen: one part of the form."""
    acting = shell.signed_in(request)
    at, _offer = await _open(request, acting)
    sent = await shell.sent(request, ROWS)
    rows = attribute_rows(at.tree, sent.value("category"), acting.locale)
    return await shell.render(request, "portal/offers/attributes.html", form=sent.form, attributes=rows)


@post("/offers/new")
async def create(request: WebRequest) -> Response[Any]:
    """A draft, or on sale at once."""
    acting = shell.signed_in(request)
    at, _offer = await _open(request, acting)
    sent = await shell.sent(request, ROWS)

    async def write(command: OfferIn) -> Offer:
        publish = sent.button == "publish"

        async def make(tx: Tx) -> Offer:
            return await service.create(tx, command, publish=publish)

        return await shell.once(request, acting, sent, make, service.get, standing="active" if publish else "applicant")

    return await _submitted(request, at, sent, None, write)


@post("/offers/{offer_id:uuid}/edit")
async def revise(request: WebRequest, offer_id: FromPath[UUID]) -> Response[Any]:
    """The next version, if nobody changed the offer meanwhile; a draft may go on sale with it."""
    acting = shell.signed_in(request)
    at, offer = await _open(request, acting, offer_id)
    sent = await shell.sent(request, ROWS)
    if offer is None:
        raise NotFound(noun="offer")
    seen = _version(request, offer)

    async def write(command: OfferIn) -> Offer:
        async def change(tx: Tx) -> Offer:
            made = await service.revise(tx, offer_id, command, version=seen)
            return await service.act(tx, offer_id, "publish") if sent.button == "publish" else made

        calm = offer.status == "draft" and sent.button != "publish"
        return await shell.once(request, acting, sent, change, service.get, standing="applicant" if calm else "active")

    return await _submitted(request, at, sent, offer, write)


async def _submitted(request: WebRequest, at: Setting, sent: Sent, offer: Offer | None, write: Write) -> Response[Any]:
    """The form as a command, written; or drawn again with what is wrong."""
    if sent.button == "category":
        return await _draw(request, at, sent.form, offer)

    async def again(refused: Form, status: int) -> Response[Any]:
        return await _draw(request, at, replace(sent.form, errors=refused.errors), offer, status)

    async def do(command: OfferIn) -> Response[Any]:
        try:
            made = await write(_complete(command, at.tree, offer))
        except WrongState:
            say = translator(sent.form.locale).gettext
            text = say(
                "Somebody else has changed this listing meanwhile. What you typed stands here; open the listing to compare."
            )
            return await again(sent.form.with_errors({"": text}), 409)
        say = shell.words(request)
        said = say("The listing is on sale.") if made.status == "live" else say("The listing is kept.")
        return shell.redirect(request, f"/offers/{made.id}", said)

    form = _as_command(sent.form, None if offer is None else offer.terms)
    kinds = _kinds(at.tree, form.value("category"))
    return await shell.submitted(msgspec.structs.replace(sent, form=form), OfferIn, kinds, do, again)


ROUTES: Final = Router("", route_handlers=[new, create, edit, revise, attributes])
