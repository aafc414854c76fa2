"""Offers: written, published, revised and withdrawn by their seller."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.country import CountryProfile, VatCodeNotValid, profile, vat_percent
from exchange.db import Tx
from exchange.domain.category import service as categories
from exchange.domain.category.model import Tree, check_attributes
from exchange.domain.offer import inspecting, store
from exchange.domain.offer.model import LIFECYCLE, MICRO, Offer, Stock, restated, tier_price, tier_problem
from exchange.domain.permission import need, show
from exchange.domain.screening.model import CLEAN
from exchange.errors import FieldError, Invalid, NotFound, WrongState
from exchange.i18n import N_
from exchange.ids import new_id
from exchange.money import decode_quantity, decode_stock
from schemas.offer import AttributeValue, OfferIn
from schemas.terms import terms_view

# How the record of an offer begins, by the state that it begins in.
BEGUN: Final = {"draft": "offer.drafted", "in_review": "offer.held", "live": "offer.published"}
# An offer is valid at most two years; then its seller says again that it stands.
MAX_VALID_DAYS: Final = 730
_SELLER: Final = "SELECT c.profile FROM company AS c WHERE c.id = $1"
_NOW: Final = "SELECT market_now()"
UNKNOWN_UNIT: Final = N_("%(unit)s is no unit of UN/ECE Recommendation 20 that we know.")
UNKNOWN_CATEGORY: Final = N_("There is no category %(category)s.")
TIERS_ASCEND: Final = N_("Each price break starts at a larger quantity than the one before.")
VAT_NOT_VALID: Final = N_("VAT code %(code)s is not valid today in your country profile.")
NO_ZONE: Final = N_("Write the time with its zone, e.g. 2027-01-31T17:00:00+07:00.")
PASSED: Final = N_("This time has passed.")
TOO_LATE: Final = N_("An offer is valid at most %(days)s days.")


class Checked(msgspec.Struct, frozen=True):
    """What an offer's rules make of its input."""

    moq: Decimal
    increment: Decimal
    stock: Stock
    seen: Decimal | None
    price_micro: int
    vat_percent: Decimal
    declared: dict[str, AttributeValue]
    extra: dict[str, AttributeValue]


async def get(tx: Tx, offer: UUID) -> Offer:
    """The offer as the reader may see it; NotFound also for one that is hidden."""
    found = await store.get(tx, offer)
    if found is None:
        raise NotFound(noun="offer")
    if not (found.status == "live" and found.visibility == "all"):
        show(tx.ctx, "offer", found.company_id)
    return found


async def create(tx: Tx, command: OfferIn, *, publish: bool) -> Offer:
    """A new offer of the acting company, as a draft or live at once; in review when the screening holds it.

    Raises Invalid with every wrong field.
    """
    need(tx.ctx, "offer.write")
    checked = check(await rules(tx), command)
    offer_id = new_id()
    verdict = await inspecting.look(tx, inspecting.subject(command, checked.price_micro)) if publish else CLEAN
    status = "draft" if not publish else "in_review" if verdict.holds else "live"
    await store.insert(tx, offer_id, tx.ctx.company, status, *columns(command, checked))
    if status == "live":
        await store.keep_version(tx, offer_id)
    await events.append(tx, BEGUN[status], offer_id, 1, to_state=status)
    await inspecting.follow(tx, offer_id, "draft", status, verdict)
    return await get(tx, offer_id)


async def revise(tx: Tx, offer: UUID, command: OfferIn, *, version: int) -> Offer:
    """Replace what the offer says, if it is still at `version`; a live one stays live as a new version.

    One that is or was on the market is screened again when it says something else; a rejected one becomes a draft. What
    orders took of its stock stays taken: raises StockMoved where the new figure may have overlooked them.
    """
    need(tx.ctx, "offer.write")
    before = await _own(tx, offer)
    if before.status not in ("draft", "live", "paused", "in_review", "rejected"):
        raise WrongState(noun="offer", current=before.status)
    checked = check(await rules(tx), command)
    now = await store.lock_stock(tx, offer)
    checked = msgspec.structs.replace(checked, stock=restated(now, checked.stock.available, checked.seen))
    verdict = CLEAN
    if before.status == "in_review" or (before.status == "live" and not inspecting.as_before(before, command)):
        verdict = await inspecting.look(tx, inspecting.subject(command, checked.price_micro, own=offer, fresh=False))
    step = LIFECYCLE.step("hold" if verdict.holds else "redraft" if before.status == "rejected" else "revise")
    status = before.status if before.status in ("draft", "paused") else step.to
    if not await store.revise(tx, offer, *columns(command, checked), version, status, before.status):
        raise WrongState(noun="offer", current=f"{before.status} v{before.version}")
    if status == "live":
        await store.keep_version(tx, offer)
    await events.append(tx, step.event, offer, version + 1, from_state=before.status, to_state=status)
    await inspecting.follow(tx, offer, before.status, status, verdict)
    return await get(tx, offer)


async def act(tx: Tx, offer: UUID, action: str) -> Offer:
    """Publish, pause or withdraw: the action's row of LIFECYCLE. What the screening holds is published into review."""
    need(tx.ctx, "offer.write")
    before = await _own(tx, offer)
    step = LIFECYCLE.step(action)
    verdict = CLEAN
    if action == "publish" and before.status in step.from_:
        verdict = await inspecting.look(tx, inspecting.stored(before))
        step = LIFECYCLE.step("hold") if verdict.holds else step
    # What was screened is what is published: another version is another listing.
    seen = before.version if action == "publish" else None
    if not await store.move(tx, offer, step.from_, step.to, even_expired=action != "publish", version=seen):
        current = "expired" if before.status in step.from_ else before.status
        raise WrongState(noun="offer", current=current)
    if step.to == "live":
        await store.keep_version(tx, offer)
    after = await get(tx, offer)
    await events.append(tx, step.event, offer, after.version, from_state=before.status, to_state=step.to)
    await inspecting.follow(tx, offer, before.status, step.to, verdict)
    return after


async def _own(tx: Tx, offer: UUID) -> Offer:
    found = await get(tx, offer)
    if found.company_id != tx.ctx.company:
        raise NotFound(noun="offer")
    return found


class Rules(msgspec.Struct, frozen=True):
    """What an offer is checked against: its seller's country, market time and the category tree."""

    country: CountryProfile
    now: datetime
    tree: Tree


async def rules(tx: Tx) -> Rules:
    """The rules for offers of the acting company, now."""
    country = await tx.value(_SELLER, tx.ctx.company)
    return Rules(profile(country or "default"), await tx.value(_NOW), await categories.tree(tx))


def check(against: Rules, command: OfferIn) -> Checked:
    """What the rules make of an offer. Raises Invalid with every error."""
    errors: list[FieldError] = []
    if command.unit not in against.tree.units:
        errors.append(FieldError("/unit", "unknown-unit", UNKNOWN_UNIT, {"unit": command.unit}))
    percent = _vat(against.country, command.vat_code, against.now.date(), errors)
    if (index := tier_problem(command.tiers)) is not None:
        errors.append(FieldError(f"/tiers/{index}/min_quantity", "tiers-not-ascending", TIERS_ASCEND))
    if command.valid_until is not None:
        errors += _validity(command.valid_until, against.now)
    declared, extra = _attributes(against.tree, command, errors)
    if errors:
        raise Invalid(errors=tuple(errors))
    moq = decode_quantity(command.moq or command.tiers[0].min_quantity)
    return Checked(
        moq=moq,
        increment=decode_quantity(command.increment) if command.increment else Decimal(1),
        stock=Stock(None if command.available is None else decode_stock(command.available)),
        seen=None if command.available_seen is None else decode_stock(command.available_seen),
        price_micro=int(tier_price(command.tiers, moq) * MICRO),
        vat_percent=percent,
        declared=declared,
        extra=extra,
    )


def _attributes(
    tree: Tree, command: OfferIn, errors: list[FieldError]
) -> tuple[dict[str, AttributeValue], dict[str, AttributeValue]]:
    node = tree.nodes.get(command.category)
    if node is None:
        errors.append(FieldError("/category", "unknown-category", UNKNOWN_CATEGORY, {"category": command.category}))
        return {}, {}
    found = check_attributes(node, command.attributes)
    errors += found.errors
    return found.declared, found.extra


def _vat(country: CountryProfile, code: str, day: date, errors: list[FieldError]) -> Decimal:
    try:
        return vat_percent(country, code, day)
    except VatCodeNotValid:
        errors.append(FieldError("/vat_code", "vat-code-not-valid", VAT_NOT_VALID, {"code": code}))
        return Decimal(0)


def _validity(until: datetime, now: datetime) -> Sequence[FieldError]:
    if until.tzinfo is None:
        return (FieldError("/valid_until", "time-zone-missing", NO_ZONE),)
    days = (until - now).days
    if days < 0:
        return (FieldError("/valid_until", "in-the-past", PASSED),)
    if days > MAX_VALID_DAYS:
        return (FieldError("/valid_until", "too-late", TOO_LATE, {"days": MAX_VALID_DAYS}),)
    return ()


def columns(command: OfferIn, checked: Checked) -> tuple[Any, ...]:
    """The values that store.insert and store.revise share, in their order."""
    return (
        command.external_id,
        command.title,
        command.description,
        command.category,
        command.mpn,
        list(command.gtins),
        command.unit,
        command.currency,
        command.tiers,
        checked.price_micro,
        command.vat_code,
        checked.vat_percent,
        command.firm,
        checked.moq,
        checked.increment,
        checked.stock.available,
        checked.stock.taken,
        command.lead_time_days,
        command.ship_from,
        list(command.regions),
        terms_view(command.terms),
        checked.declared,
        checked.extra,
        command.visibility,
        command.valid_until,
    )
