"""What surrounds the acting person on every page."""

from datetime import datetime
from uuid import UUID

import msgspec


class Workplace(msgspec.Struct, frozen=True, kw_only=True):
    """A company for which the person may act."""

    company_id: UUID
    name: str
    status: str


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """`now` is market time; `unread` counts the inbox up to 100."""

    now: datetime
    name: str
    email: str
    unread: int
    workplaces: tuple[Workplace, ...]
