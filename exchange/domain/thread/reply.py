"""Answering by e-mail: the address that a message's e-mail is answered to, and who may answer it from where."""

import base64
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID

import msgspec

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.thread.model import Kind

LOCAL: Final = "reply+"
VALID_FOR: Final = timedelta(days=60)
_MARK_BYTES: Final = 10
_ADDRESS: Final = re.compile(r"reply\+[a-z2-7]{42}(?:@[a-z0-9.-]+)?", re.IGNORECASE)


def _mark(told: UUID, secret: str) -> bytes:
    return blake2b(
        told.bytes, key=blake2b(secret.encode()).digest()[:64], digest_size=_MARK_BYTES, person=b"reply by e-mail"
    ).digest()


def reply_address(told: UUID, domain: str, secret: str) -> str:
    """Where the e-mail of notification `told` is answered to: it names one person and one thread, and nobody can make another.

    In letters that survive a mail server which writes local parts in small ones.
    """
    token = base64.b32encode(told.bytes + _mark(told, secret)).decode().rstrip("=").lower()
    return f"{LOCAL}{token}@{domain}"


def told_by(address: str, secret: str) -> UUID | None:
    """The notification that an address was made for; None for every other address."""
    local = address.partition("@")[0].lower()
    if not local.startswith(LOCAL) or not local.isascii():
        return None
    text = local.removeprefix(LOCAL).upper()
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        return None
    if len(raw) != 16 + _MARK_BYTES:
        return None
    told = UUID(bytes=raw[:16])
    return told if hmac.compare_digest(raw[16:], _mark(told, secret)) else None


def without_addresses(text: str) -> str:
    """A text without addresses for replies, which are for one reader each: what follows `reply+` is cut off."""
    return _ADDRESS.sub(f"{LOCAL}…", text)


class Replier(msgspec.Struct, frozen=True, kw_only=True):
    """A person as they are now, and the thread that their e-mail told of."""

    person_id: UUID
    name: str
    locale: str
    company_id: UUID
    company_name: str
    company_status: str
    roles: Sequence[str]
    extra: Sequence[str]
    kind: Kind
    subject_id: UUID
    seller_id: UUID
    internal: bool
    told_at: datetime
    email: str
    verified: bool

    def writes_from(self, address: str) -> bool:
        """Whether an address is their own, and proved to be."""
        return self.verified and address.strip("<> ").casefold() == self.email.casefold()

    def acting(self, request_id: str) -> Ctx:
        return Ctx(
            person_id=self.person_id,
            person_name=self.name,
            company_id=self.company_id,
            company_name=self.company_name,
            company_status=self.company_status,
            roles=frozenset(self.roles),
            extra=frozenset(self.extra),
            request_id=request_id,
            locale=self.locale,
            verified=self.verified,
        )


REPLIER: Final = """
SELECT r.person_id, r.name, r.locale, r.company_id, r.company_name, r.company_status, r.roles, r.extra, r.kind, r.subject_id,
    r.seller_id, r.internal, r.told_at, r.email, r.verified
FROM reply_lookup($1) AS r WHERE r.told_at > market_now() - make_interval(days => $2)
"""


async def replier(tx: Tx, told: UUID) -> Replier | None:
    """None: the person has left, or the time to answer by e-mail has passed."""
    return await tx.maybe(Replier, REPLIER, told, VALID_FOR.days)
