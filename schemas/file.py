"""A stored file on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

FilePurpose = Literal["invoice", "photo", "attachment", "import", "document"]


class FileView(Struct, frozen=True, kw_only=True):
    """`media_type` is what the content is; `sha256` in hexadecimal."""

    id: UUID
    company_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    purpose: Literal["invoice", "photo", "contract", "attachment", "import", "document", "export"]
    created_at: datetime
