"""A stored file: who owns it and what it is. Its bytes stand in object storage under its id."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from exchange.errors import DomainError

Purpose = Literal["invoice", "photo", "contract", "attachment", "import", "document", "export"]

# Who may upload for which purpose: any one of these permissions. Contracts are printed by the exchange alone.
NEEDED: Final[dict[Purpose, tuple[str, ...]]] = {
    "invoice": ("invoice.write",),
    "photo": ("delivery.receive", "delivery.despatch"),
    "contract": (),
    "attachment": (
        "offer.write",
        "rfq.write",
        "quote.write",
        "order.write",
        "invoice.write",
        "delivery.despatch",
        "message.write",
    ),
    "import": ("offer.write",),
    "document": ("company.write",),
    "export": (),
}
# What a purpose accepts; a purpose that is not named takes every type that the exchange stores.
TYPES: Final[dict[Purpose, frozenset[str]]] = {
    "invoice": frozenset({"application/pdf", "application/xml", "image/png", "image/jpeg"}),
    "photo": frozenset({"image/png", "image/jpeg", "image/webp"}),
    "contract": frozenset({"application/pdf"}),
    "document": frozenset({"application/pdf", "image/png", "image/jpeg"}),
    "import": frozenset({"text/csv", "application/json", "application/jsonl"}),
}


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file as its reader sees it; never changed, so always version 1."""

    id: UUID
    company_id: UUID
    name: str
    media_type: str
    size: int
    sha256: bytes
    purpose: Purpose
    created_by: UUID | None
    created_at: datetime

    @property
    def version(self) -> int:
        return 1


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that are stored already and have no row yet."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: bytes
    purpose: Purpose


# What a company may have stored in the last so many days without a document that uses it.
UNUSED_MOST: Final = 200 * 1024 * 1024
UNUSED_DAYS: Final = 30


class TooMuchUnused(DomainError):
    status = 422
    code = "file-quota"
    title = "Too many files without a document"
    detail = (
        "Your company stored %(limit_mb)s MB in the last %(days)s days that no document uses. "
        "Use those files, or upload more when the days have passed."
    )


class FileTooLarge(DomainError):
    status = 413
    code = "file-too-large"
    title = "The file is too large"
    detail = "A file may have at most %(limit_mb)s MB; this one has more."


class FileRefused(DomainError):
    status = 422
    code = "file-type"
    title = "This kind of file is not accepted"
    detail = "Send one of: %(accepted)s. What a file is, its content decides, not its name."
