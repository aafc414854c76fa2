"""The text of a contract as canonical JSON: what both parties sign and what its order is opened from. Pure."""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange import terms as standard_terms
from exchange.money import decimal_text, line_net_minor, minor_text, split, to_minor, vat_minor
from schemas.rfq import Requirement
from schemas.terms import TermsView

FORMAT: Final = "exchange-contract/1"
Kind = Literal["signed", "standard"]


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """Who may sign for a party when the contract is drafted, and on which basis."""

    name: str
    basis: Literal["legal_representative", "authorisation"]
    number: str | None = None
    issued_on: date | None = None
    scope: tuple[str, ...] = ()
    limit_minor: int | None = None
    limit_currency: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A company as the contract names it."""

    company_id: UUID
    legal_name: str
    country: str
    # The country profile: decides the language in which the contract is printed for this party.
    profile: str
    registration_id: str
    tax_id: str
    address: str
    representative: str
    representative_title: str
    signatories: tuple[Signer, ...] = ()


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an object that led to the contract."""

    id: UUID
    version: int
    number: str | None = None


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What the contract rests on: an award of a quote, or an order placed from firm offers by `placed_by`."""

    rfq: Reference | None = None
    quote: Reference | None = None
    award: Reference | None = None
    placed_by: UUID | None = None
    placed_at: datetime | None = None


class BodyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line; decimals as on the wire, amounts in the contract's currency."""

    position: int
    title: str
    category: str
    unit: str
    quantity: str
    price: str
    vat_code: str
    vat_percent: str
    net: str
    vat: str
    gross: str
    region: str
    deliver_to: str
    deliver_within_days: int
    offer_id: UUID | None = None
    offer_version: int | None = None
    mpn: str | None = None
    # What the buyer asked for, where that was written down.
    asked: str = ""
    requirements: tuple[Requirement, ...] = ()


class BodyInstalment(msgspec.Struct, frozen=True, kw_only=True):
    """One payment of the schedule, its share of the gross value already rounded."""

    position: int
    percent: str
    amount: str
    trigger: str
    days_after: int
    method: Literal["direct", "protected"]


class PinnedTerms(msgspec.Struct, frozen=True):
    """The standard terms that govern the contract."""

    version: str
    digest: str


class ContractBody(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that both parties are bound to. `text_version` counts the drafts of one contract."""

    format: str
    kind: Kind
    id: UUID
    number: str
    text_version: int
    buyer: Party
    seller: Party
    basis: Basis
    currency: str
    lines: tuple[BodyLine, ...]
    net: str
    vat: str
    gross: str
    terms: TermsView
    instalments: tuple[BodyInstalment, ...]
    fee_percent: str
    fee_vat_percent: str
    standard_terms: PinnedTerms
    drafted_at: datetime
    sign_by: datetime | None = None

    def minor(self, amount: str) -> int:
        """An amount of this contract in minor units."""
        return to_minor(Decimal(amount), self.currency)

    @property
    def gross_minor(self) -> int:
        return self.minor(self.gross)


def current_terms() -> PinnedTerms:
    return PinnedTerms(standard_terms.CURRENT, standard_terms.digest(standard_terms.CURRENT))


def line(
    *,
    position: int,
    title: str,
    category: str,
    unit: str,
    quantity: Decimal,
    price: Decimal,
    vat_code: str,
    vat_percent: Decimal,
    currency: str,
    region: str,
    deliver_to: str,
    deliver_within_days: int,
    offer: tuple[UUID, int] | None = None,
    mpn: str | None = None,
    asked: str = "",
    requirements: tuple[Requirement, ...] = (),
) -> BodyLine:
    """A line with its amounts, each rounded half up once."""
    net = line_net_minor(price, quantity, currency)
    vat = vat_minor(net, vat_percent)
    return BodyLine(
        position=position,
        title=title,
        category=category,
        unit=unit,
        quantity=decimal_text(quantity),
        price=decimal_text(price),
        vat_code=vat_code,
        vat_percent=decimal_text(vat_percent),
        net=minor_text(net, currency),
        vat=minor_text(vat, currency),
        gross=minor_text(net + vat, currency),
        region=region,
        deliver_to=deliver_to,
        deliver_within_days=deliver_within_days,
        offer_id=offer[0] if offer else None,
        offer_version=offer[1] if offer else None,
        mpn=mpn,
        asked=asked,
        requirements=requirements,
    )


def totals(lines: tuple[BodyLine, ...], currency: str) -> tuple[int, int]:
    """Net and VAT of all lines in minor units."""
    net = sum(to_minor(Decimal(item.net), currency) for item in lines)
    return net, sum(to_minor(Decimal(item.vat), currency) for item in lines)


def schedule(terms: TermsView, gross_minor: int, currency: str) -> tuple[BodyInstalment, ...]:
    """The instalments with their amounts, which sum to the gross value; one that rounds to nothing is left out."""
    amounts = split(gross_minor, [item.share for item in terms.instalments])
    owed = [(term, amount) for term, amount in zip(terms.instalments, amounts, strict=True) if amount > 0]
    return tuple(
        BodyInstalment(
            position=position,
            percent=term.percent,
            amount=minor_text(amount, currency),
            trigger=term.trigger,
            days_after=term.days_after,
            method=term.method,
        )
        for position, (term, amount) in enumerate(owed, 1)
    )


_encode: Final = msgspec.json.Encoder(order="sorted").encode
_decode: Final = msgspec.json.Decoder(ContractBody).decode


def canonical(body: ContractBody) -> str:
    """The canonical JSON: keys sorted, no spaces, UTF-8."""
    return _encode(body).decode("utf-8")


def digest(text: str) -> bytes:
    """SHA-256 of the canonical JSON."""
    return hashlib.sha256(text.encode("utf-8")).digest()


def read(text: str) -> ContractBody:
    """A stored body back as its Struct."""
    return _decode(text)
