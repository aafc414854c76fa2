"""Between a listing and the market: what the screening says of it, and the case that follows."""

from collections.abc import Sequence
from uuid import UUID

from exchange.db import Tx
from exchange.domain.moderation import service as moderation
from exchange.domain.moderation.model import Opening
from exchange.domain.offer.model import Offer
from exchange.domain.screening import service as screening
from exchange.domain.screening.model import Subject, Verdict
from schemas.offer import OfferIn

# What the rules read of a listing: a change of anything else needs no new look.
LOOKED_AT = ("title", "description", "category_code", "mpn", "unit", "currency", "tiers")


def subject(command: OfferIn, price_micro: int, n: int = 0, *, own: UUID | None = None, fresh: bool = True) -> Subject:
    """A listing as its seller writes it."""
    return Subject(
        n=n,
        title=command.title,
        description=command.description,
        category=command.category,
        currency=command.currency,
        unit=command.unit,
        price_micro=price_micro,
        mpn=command.mpn,
        gtins=command.gtins,
        own=own,
        external_id=command.external_id,
        fresh=fresh,
    )


def stored(offer: Offer) -> Subject:
    """A listing as it stands."""
    return Subject(
        n=0,
        title=offer.title,
        description=offer.description,
        category=offer.category_code,
        currency=offer.currency,
        unit=offer.unit,
        price_micro=offer.price_micro,
        mpn=offer.mpn,
        gtins=offer.gtins,
        own=offer.id,
        fresh=offer.status == "draft",
    )


async def look(tx: Tx, listing: Subject) -> Verdict:
    """What the rules say of one listing that is about to be sold."""
    return (await screening.inspect(tx, (listing,)))[listing.n]


def as_before(before: Offer, command: OfferIn) -> bool:
    """Whether everything that the rules read stays."""
    said = (command.title, command.description, command.category, command.mpn, command.unit, command.currency, command.tiers)
    return said == tuple(getattr(before, name) for name in LOOKED_AT)


async def follow(tx: Tx, offer: UUID, was: str, now: str, verdict: Verdict) -> None:
    """The case of a listing that changed from `was` to `now`: opened, renewed, or not needed any more."""
    if verdict.hits and now in ("live", "in_review"):
        await moderation.open_case(tx, "offer", offer, tx.ctx.company, verdict.hits)
    elif (was == "in_review" and now != "in_review") or now == "withdrawn":
        await moderation.drop(tx, "offer", offer)


async def open_cases(tx: Tx, found: Sequence[tuple[UUID, Verdict]]) -> None:
    """The cases of a batch, in one round trip."""
    openings = [Opening(kind="offer", object_id=offer, company_id=tx.ctx.company, hits=item.hits) for offer, item in found]
    await moderation.open_cases(tx, openings)
