"""Finding by number, own reference and name: what the search box answers beside the listings."""

from typing import Final

from exchange.cursor import escaped
from exchange.db import Tx
from exchange.domain.company import service as companies
from exchange.domain.finding import store
from exchange.domain.finding.model import MOST, SHORTEST, Document, Found, Kind, as_number
from exchange.domain.permission import may, need

READS: Final[dict[Kind, str]] = {
    "rfq": "rfq.read",
    "quote": "quote.read",
    "contract": "contract.read",
    "order": "order.read",
    "fee_invoice": "payment.read",
}


async def find(tx: Tx, text: str) -> Found:
    """Documents with this number, or under this reference of the own company, and members with such a word in their name."""
    need(tx.ctx, "market.read")
    typed = " ".join(text.split())
    if len(typed) < SHORTEST:
        return Found((), (), False)
    number = as_number(typed)
    documents = [] if number is None else await store.by_number(tx, number, tx.ctx.company)
    if not documents:
        documents = await store.by_reference(tx, tx.ctx.company, escaped(typed.lower()), typed)
    shown = tuple(item for item in _distinct(documents) if may(tx.ctx, READS[item.kind]))
    page = await companies.directory(tx, None, MOST, typed) if number is None else None
    return Found(shown, () if page is None else page.items, page is not None and page.next is not None)


def _distinct(documents: list[Document]) -> list[Document]:
    """One row a document, the first that names it."""
    found: dict[tuple[str, object], Document] = {}
    for item in documents:
        found.setdefault((item.kind, item.id), item)
    return list(found.values())
