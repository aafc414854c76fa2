"""What a person may know and ask about their own data."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from schemas.common import Locale


class DataPerson(msgspec.Struct, frozen=True, kw_only=True):
    """The account."""

    id: UUID
    name: str
    email: str
    locale: Locale
    created_at: datetime
    operator_roles: tuple[str, ...]


class DataMembership(msgspec.Struct, frozen=True, kw_only=True):
    """A company that the person acts or acted for."""

    company_id: UUID
    company: str
    roles: tuple[str, ...]
    ended_at: datetime | None


class DataSession(msgspec.Struct, frozen=True, kw_only=True):
    """Where the person is signed in."""

    created_at: datetime
    expires_at: datetime
    address: str
    browser: str


class DataKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key that the person made."""

    name: str
    prefix: str
    company_id: UUID
    created_at: datetime
    revoked_at: datetime | None


class DataSignature(msgspec.Struct, frozen=True, kw_only=True):
    """A contract that the person signed."""

    contract_id: UUID
    name: str
    basis: str
    at: datetime


class DataFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the person uploaded."""

    id: UUID
    name: str
    size: int
    created_at: datetime


class DataMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message in the person's inbox: of which kind, about what."""

    kind: str
    about: str
    about_id: UUID
    created_at: datetime
    read_at: datetime | None


class DataPasskey(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey with which the person signs in."""

    name: str
    created_at: datetime
    last_used_at: datetime | None


class DataWritten(msgspec.Struct, frozen=True, kw_only=True):
    """What the person wrote in a conversation. `text` is null for a company that they have left: it is that company's record."""

    id: UUID
    company_id: UUID
    about: str
    about_id: UUID
    internal: bool
    by_mail: bool
    created_at: datetime
    text: str | None


class DataErasure(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody asked for the person's erasure."""

    asked_at: datetime
    due_at: datetime
    status: str


class KeptView(msgspec.Struct, frozen=True):
    """A class of data: for how many days it is kept (null: see why), and why."""

    name: str
    what: str
    days: int | None
    why: str


class PersonData(msgspec.Struct, frozen=True, kw_only=True):
    """All that the exchange holds about the acting person. Of files, messages in the inbox and what was written the newest
    5,000."""

    person: DataPerson
    second_factor_since: datetime | None
    passkeys: tuple[DataPasskey, ...]
    memberships: tuple[DataMembership, ...]
    sessions: tuple[DataSession, ...]
    api_keys: tuple[DataKey, ...]
    signatures: tuple[DataSignature, ...]
    files: tuple[DataFile, ...]
    messages: tuple[DataMessage, ...]
    written: tuple[DataWritten, ...]
    erasure_requests: tuple[DataErasure, ...]
    kept: tuple[KeptView, ...]


class ErasureView(msgspec.Struct, frozen=True, kw_only=True):
    """A person is to be erased at `due_at`, until when it may be taken back."""

    id: UUID
    version: int
    person_id: UUID
    company_id: UUID | None
    status: Literal["waiting", "withdrawn", "done", "refused"]
    asked_at: datetime
    due_at: datetime
    ended_at: datetime | None


class RetentionView(msgspec.Struct, frozen=True, kw_only=True):
    """A class of data with its last clean-up: null when nothing is removed, or nothing has been yet."""

    kept: KeptView
    ran_at: datetime | None
    removed: int | None
    removed_total: int | None
