"""From a binding award to a contract that both can sign: the text is frozen and the time to sign begins."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.contract import agreeing, store
from exchange.domain.contract import body as text
from exchange.domain.contract.body import Basis, BodyLine, ContractBody, Party, Reference
from exchange.domain.contract.model import LIFECYCLE, SIGNING_PERIOD
from exchange.domain.privacy import fields
from exchange.ids import new_id, new_number
from exchange.money import decode_price, decode_quantity, minor_text
from schemas.quote import QuoteBody, QuoteLine
from schemas.rfq import RfqLine


class Awarded(msgspec.Struct, frozen=True, kw_only=True):
    """A binding award with what was asked and what was quoted."""

    id: UUID
    version: int
    buyer_id: UUID
    seller_id: UUID
    proposed_by: UUID
    bound_at: datetime
    gross_minor: int
    rfq_id: UUID
    rfq_number: str
    rfq_version: int
    rfq_lines: tuple[RfqLine, ...]
    quote_id: UUID
    quote_number: str
    body_version: int
    body: QuoteBody
    at: datetime


# Nothing while the award does not bind; the winning quote is open, so that the worker may read it.
AWARDED: Final = """
SELECT a.id, a.version, a.buyer_id, a.seller_id, a.proposed_by, a.bound_at, a.gross_minor, r.id AS rfq_id, r.number AS rfq_number,
    q.rfq_version, r.lines AS rfq_lines, q.id AS quote_id, q.number AS quote_number, q.body_version, y.body, market_now() AS at
FROM award AS a JOIN rfq AS r ON r.id = a.rfq_id JOIN quote AS q ON q.id = a.quote_id
    JOIN quote_body AS y ON y.quote_id = q.id AND y.version = q.body_version
WHERE a.id = $1 AND a.status = 'binding'
"""

PARTIES: Final = """
SELECT c.id AS company_id, c.legal_name, c.country, c.profile, c.registration_id, c.tax_id, f.address, f.representative,
    f.representative_title,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('name', p.name, 'basis', s.basis, 'number', s.number, 'issued_on', s.issued_on,
        'scope', s.scope, 'limit_minor', s.limit_minor, 'limit_currency', s.limit_currency, 'valid_from', s.valid_from,
        'valid_until', s.valid_until) ORDER BY s.basis DESC, p.name, p.id), '[]')
     FROM signatory AS s JOIN membership AS m ON m.company_id = s.company_id AND m.person_id = s.person_id
         JOIN person AS p ON p.id = s.person_id
     WHERE s.company_id = c.id AND s.status = 'verified' AND m.ended_at IS NULL AND 'signatory' = ANY (m.roles)) AS signatories
FROM company AS c JOIN company_file AS f ON f.company_id = c.id WHERE c.id = ANY ($1)
"""


class Supplied(msgspec.Struct, frozen=True):
    """The offer that a quote's line names."""

    id: UUID
    title: str
    mpn: str | None


SUPPLIED: Final = "SELECT o.id, o.title, o.mpn FROM offer AS o WHERE o.id = ANY ($1) AND o.company_id = $2"


class QuoteDiffers(Exception):
    """The quote does not say what was awarded; nothing is drafted."""


async def draft(tx: Tx, award: UUID) -> UUID | None:
    """Draft the contract of an award and open it for signing; None: the award does not bind, or it has its contract."""
    awarded = await tx.maybe(Awarded, AWARDED, award)
    if awarded is None:
        return None
    if awarded.body.gross_minor != awarded.gross_minor:
        raise QuoteDiffers(award)
    found = await tx.many(Party, PARTIES, [awarded.buyer_id, awarded.seller_id])
    parties = {party.company_id: await _named(tx, party) for party in found}
    named = [line.offer_id for line in awarded.body.lines if line.offer_id is not None]
    supplied = {offer.id: offer for offer in await tx.many(Supplied, SUPPLIED, named, awarded.seller_id)}
    body = compose(awarded, parties[awarded.buyer_id], parties[awarded.seller_id], supplied, contract=new_id())
    return await _open_for_signing(tx, awarded, body)


async def _named(tx: Tx, party: Party) -> Party:
    """The party with the name of its representative, which the contract prints."""
    company = party.company_id
    name = await fields.open_text(tx, company, party.representative, at=fields.REPRESENTATIVE, row=company)
    return msgspec.structs.replace(party, representative=name)


async def _open_for_signing(tx: Tx, awarded: Awarded, body: ContractBody) -> UUID | None:
    frozen = text.canonical(body)
    assert body.sign_by is not None
    drafted = await store.insert_draft(
        tx,
        body.id,
        body.number,
        awarded.buyer_id,
        awarded.seller_id,
        awarded.rfq_id,
        awarded.id,
        body.currency,
        body.gross_minor,
        frozen,
        text.digest(frozen),
        awarded.at,
        body.sign_by,
    )
    if not drafted:
        return None
    await agreeing.go_on(tx, body.id)
    return body.id


def compose(awarded: Awarded, buyer: Party, seller: Party, supplied: dict[UUID, Supplied], *, contract: UUID) -> ContractBody:
    """The text of the contract: what was quoted, on what was asked, under the standard terms of the day."""
    quote = awarded.body
    asked = {line.id: line for line in awarded.rfq_lines}
    lines = tuple(
        _line(position, line, asked[line.line_id], supplied, quote.currency, buyer.address)
        for position, line in enumerate(quote.lines, 1)
    )
    _same_amounts(lines, quote.lines, quote.currency)
    return ContractBody(
        format=text.FORMAT,
        kind="signed",
        id=contract,
        number=new_number("CON"),
        text_version=1,
        buyer=buyer,
        seller=seller,
        basis=Basis(
            rfq=Reference(id=awarded.rfq_id, version=awarded.rfq_version, number=awarded.rfq_number),
            quote=Reference(id=awarded.quote_id, version=awarded.body_version, number=awarded.quote_number),
            award=Reference(id=awarded.id, version=awarded.version),
            placed_by=awarded.proposed_by,
            placed_at=awarded.bound_at,
        ),
        currency=quote.currency,
        lines=lines,
        net=minor_text(quote.net_minor, quote.currency),
        vat=minor_text(quote.vat_minor, quote.currency),
        gross=minor_text(quote.gross_minor, quote.currency),
        terms=quote.terms,
        instalments=text.schedule(quote.terms, quote.gross_minor, quote.currency),
        fee_percent=quote.fee_percent,
        fee_vat_percent=quote.fee_vat_percent,
        standard_terms=text.current_terms(),
        drafted_at=awarded.at,
        sign_by=awarded.at + SIGNING_PERIOD,
    )


def _line(
    position: int, quoted: QuoteLine, asked: RfqLine, supplied: dict[UUID, Supplied], currency: str, address: str
) -> BodyLine:
    offer = None if quoted.offer_id is None else supplied.get(quoted.offer_id)
    return text.line(
        position=position,
        title=asked.text if offer is None else offer.title,
        category=asked.category,
        unit=asked.unit,
        quantity=decode_quantity(quoted.quantity),
        price=decode_price(quoted.price),
        vat_code=quoted.vat_code,
        vat_percent=Decimal(quoted.vat_percent),
        currency=currency,
        region=asked.region,
        deliver_to=address,
        deliver_within_days=quoted.lead_time_days,
        offer=None if offer is None or quoted.offer_version is None else (offer.id, quoted.offer_version),
        mpn=None if offer is None else offer.mpn,
        asked=asked.text,
        requirements=asked.requirements,
    )


def _same_amounts(lines: Sequence[BodyLine], quoted: Sequence[QuoteLine], currency: str) -> None:
    """What the contract computes must be what the supplier saw when it quoted."""
    for line, quote in zip(lines, quoted, strict=True):
        if (line.net, line.vat) != (minor_text(quote.net_minor, currency), minor_text(quote.vat_minor, currency)):
            raise QuoteDiffers(quote.line_id)


async def lapse(tx: Tx, contract: UUID) -> None:
    """The time to sign has passed: the contract is refused, and both are told. Nothing when it was signed or is not due."""
    step = LIFECYCLE.step("lapse")
    lapsed = await store.lapse(tx, contract, step.from_, step.to)
    if lapsed is None:
        return
    await events.append(
        tx,
        step.event,
        contract,
        lapsed.version,
        from_state=lapsed.was,
        to_state=step.to,
        audience=(lapsed.buyer_id, lapsed.seller_id),
        payload={"award_id": str(lapsed.award_id)},
    )
