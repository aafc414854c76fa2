"""What counts as a sensitive read, and a row of the log as its readers see it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

# What was read. A new kind gets its words in exchange/pages/accesses.py.
What = Literal[
    "company.dossier",
    "company.export",
    "company.view_as",
    "bank_account.number",
    "document.file",
    "passport.dossier",
    "person.data",
    "person.proof",
    "quote.body",
    "thread.messages",
    "file.content",
]


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One sensitive read. `actor_id` is null for people whom the reader does not know: other companies', the exchange's."""

    id: UUID
    at: datetime
    what: str
    object_id: UUID
    company_id: UUID | None
    actor_id: UUID | None
    actor_company_id: UUID | None
    operator: bool
    request_id: str | None
