"""Reviews of the other side after an order."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from schemas.common import Text


class ReviewIn(Struct, frozen=True, forbid_unknown_fields=True):
    score: Annotated[int, Meta(ge=1, le=5)]
    text: Annotated[Text, Meta(max_length=4000)] = ""


class ReviewView(Struct, frozen=True, kw_only=True):
    """Blind until both sides wrote or 7 days passed."""

    id: UUID
    version: int
    order_id: UUID
    author_company_id: UUID
    author: str
    subject_company_id: UUID
    status: Literal["written", "published"]
    score: int
    text: str
    created_at: datetime
    published_at: datetime | None
