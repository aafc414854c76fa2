"""What a member finds by a number, a reference or a name."""

import re
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.domain.company.model import Company

Kind = Literal["rfq", "quote", "contract", "order", "fee_invoice"]
# Numbers of documents as exchange/ids.py and the fee invoices write them.
NUMBER: Final = re.compile(r"(RFQ|QUO|CON|PO|DEL|FEE)-[0-9A-Z-]{4,20}")
# Shorter texts are no reference and no name that anybody looks for.
SHORTEST: Final = 2
MOST: Final = 6


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the acting company's; `reference` is what was found where it is not the number."""

    kind: Kind
    id: UUID
    number: str
    reference: str | None
    status: str | None


class Found(msgspec.Struct, frozen=True):
    documents: tuple[Document, ...]
    companies: tuple[Company, ...]
    # More companies fit than are shown.
    more_companies: bool


def as_number(text: str) -> str | None:
    """The text as a document's number, typed in any case and with spaces around it; None for anything else."""
    number = "".join(text.split()).upper()
    return number if NUMBER.fullmatch(number) else None
