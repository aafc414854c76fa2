"""Who looked at what of whom."""

from datetime import datetime
from uuid import UUID

import msgspec


class AccessView(msgspec.Struct, frozen=True, kw_only=True):
    """One read of sensitive data. `actor_id` is null for people of the exchange and of other companies."""

    id: UUID
    at: datetime
    what: str
    object_id: UUID
    company_id: UUID | None
    actor_id: UUID | None
    actor_company_id: UUID | None
    operator: bool
