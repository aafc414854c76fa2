"""Finds companies that share a mark, and bids of one group against each other; each is a flag case for the operators."""

import hashlib
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
import phonenumbers

from exchange import events
from exchange.db import Tx
from exchange.domain.moderation import service as moderation
from exchange.domain.moderation.model import Hit
from exchange.domain.privacy.fields import CONTACT_EMAIL, PHONE, open_text
from exchange.domain.privacy.sealing import blind

# Everybody has a mailbox there: it connects nobody.
PUBLIC_MAIL: Final = frozenset(
    {
        "gmail.com", "googlemail.com", "yahoo.com", "yahoo.com.vn", "ymail.com", "outlook.com", "outlook.com.vn", "hotmail.com",
        "live.com", "msn.com", "icloud.com", "me.com", "proton.me", "protonmail.com", "aol.com", "gmx.com", "gmx.net", "mail.com",
        "zoho.com", "yandex.com", "qq.com", "163.com", "126.com", "naver.com", "vnn.vn", "hcm.vnn.vn", "hn.vnn.vn", "fpt.vn",
    }
)  # fmt: skip


class File(msgspec.Struct, frozen=True):
    """What a company says of itself, as it stands."""

    company_id: UUID
    address: str
    region: str
    phone: str
    contact_email: str


FILE: Final = """
SELECT f.company_id, f.address, c.region, f.phone, f.contact_email
FROM company_file AS f JOIN company AS c ON c.id = f.company_id WHERE f.company_id = $1
"""
ACCOUNTS: Final = """
SELECT array_agg(b.number_hash) FROM bank_account AS b
WHERE b.company_id = $1 AND b.number_hash IS NOT NULL AND b.status NOT IN ('rejected', 'withdrawn')
"""
# The company's marks of these kinds are these and no others; the devices stay.
FORGET: Final = "DELETE FROM company_mark WHERE company_id = $1 AND kind <> 'device'"
KEEP: Final = """
INSERT INTO company_mark (company_id, kind, hash) SELECT $1, m.kind, m.hash
FROM unnest($2::text[], $3::bytea[]) AS m (kind, hash) ON CONFLICT DO NOTHING
"""


class Shared(msgspec.Struct, frozen=True):
    """A mark that another company has too."""

    kind: str
    other_id: UUID
    other: str


# Other companies with a mark of this one that are not known to belong to its group.
SHARED: Final = """
SELECT DISTINCT m.kind, c.id AS other_id, c.display_name AS other
FROM company_mark AS m JOIN company_mark AS o ON o.kind = m.kind AND o.hash = m.hash AND o.company_id <> m.company_id
JOIN company AS c ON c.id = o.company_id
WHERE m.company_id = $1 AND NOT same_group(m.company_id, o.company_id)
ORDER BY m.kind, c.display_name, c.id LIMIT 20
"""


class Renamed(msgspec.Struct, frozen=True):
    """A member that calls itself otherwise than when operators let it in."""

    verified_name: str
    display_name: str


RENAMED: Final = """
SELECT c.verified_name, c.display_name FROM company AS c
WHERE c.id = $1 AND c.verified_name IS NOT NULL AND c.verified_name <> c.display_name AND c.status IN ('active', 'suspended')
"""


async def mark(tx: Tx, company: UUID) -> None:
    """Renew what a company can be recognised by, and raise a flag when another company has the same."""
    file = await tx.maybe(File, FILE, company)
    if file is None:
        return
    marks = [("bank", item) for item in await tx.value(ACCOUNTS, company) or ()]
    email = await open_text(tx, company, file.contact_email, at=CONTACT_EMAIL, row=company)
    phone = await open_text(tx, company, file.phone, at=PHONE, row=company)
    facts = (("address", address(file.address, file.region)), ("domain", domain(email)), ("phone", telephone(phone)))
    marks += [(kind, blind(tx, f"company_mark.{kind}", fact)) for kind, fact in facts if fact]
    await tx.execute(FORGET, company)
    await tx.execute(KEEP, company, [kind for kind, _ in marks], [item for _, item in marks])
    await flag(tx, company)


async def flag(tx: Tx, company: UUID) -> None:
    """One case about the company with everything that it shares, when there is something that no operator has seen yet."""
    shared = await tx.many(Shared, SHARED, company)
    hits = tuple(Hit(f"same_{item.kind}", "", data={"other": item.other, "found": str(item.other_id)}) for item in shared)
    renamed = await tx.maybe(Renamed, RENAMED, company)
    if renamed is not None:
        # Somebody else's name, perhaps, under a badge that was given for another one.
        hits = (*hits, Hit("renamed", "", data={"other": renamed.verified_name, "found": renamed.display_name}))
    if hits and not {hit.mark() for hit in hits} <= await _known(tx, company):
        await moderation.open_case(tx, "flag", company, company, hits)


KNOWN: Final = """
SELECT m.hits FROM moderation_case AS m WHERE m.kind = 'flag' AND m.object_id = $1
"""


class Seen(msgspec.Struct, frozen=True):
    hits: tuple[Hit, ...]


async def _known(tx: Tx, object_id: UUID) -> set[tuple[str, str, str]]:
    """What stands in a flag about the object already, decided or not."""
    return {hit.mark() for seen in await tx.many(Seen, KNOWN, object_id) for hit in seen.hits}


def address(text: str, region: str) -> str:
    """An address without the ways in which one is written; too short a one says nothing."""
    words = "".join(letter for letter in text.casefold() if letter.isalnum())
    return f"{region}:{words}" if len(words) >= 12 else ""


def domain(email: str) -> str:
    """The domain of a mailbox, unless it is a public provider's."""
    found = email.rpartition("@")[2].casefold()
    return "" if found in PUBLIC_MAIL else found


def telephone(text: str) -> str:
    """A number in its international form; nothing for what cannot be called."""
    try:
        parsed = phonenumbers.parse(text, "VN")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


DEVICE: Final = "SELECT device_seen($1)"


async def device(tx: Tx, token: str) -> None:
    """The acting person's company is used on this device; only a hash is kept. New there: looked at by the worker."""
    digest = hashlib.sha256(f"device:{token}".encode())
    if await tx.value(DEVICE, digest.digest()):
        key = f"device:{tx.ctx.company}:{digest.hexdigest()}"
        await events.enqueue(tx, "flag_company", key, {"company_id": str(tx.ctx.company)})


class Bidder(msgspec.Struct, frozen=True):
    """Two suppliers of one group on one request."""

    rfq_id: UUID
    one_id: UUID
    one: str
    other: str


# Suppliers that belong together and both quote where $1 is a quote.
BIDS: Final = """
SELECT q.rfq_id, a.id AS one_id, a.display_name AS one, b.display_name AS other
FROM quote AS w JOIN quote AS q ON q.rfq_id = w.rfq_id AND q.status IN ('submitted', 'opened', 'shortlisted')
JOIN company AS a ON a.id = w.seller_id JOIN company AS b ON b.id = q.seller_id
WHERE w.id = $1 AND q.seller_id <> w.seller_id AND same_group(w.seller_id, q.seller_id)
ORDER BY b.display_name LIMIT 20
"""


async def flag_bids(tx: Tx, quote: UUID) -> None:
    """A flag about the request; the buyer reads it beside the quotes once they are open."""
    found: Sequence[Bidder] = await tx.many(Bidder, BIDS, quote)
    if not found:
        return
    hits = tuple(Hit("group_bids", "", data={"one": item.one, "other": item.other, "found": item.other}) for item in found)
    if not {hit.mark() for hit in hits} <= await _known(tx, found[0].rfq_id):
        await moderation.open_case(tx, "flag", found[0].rfq_id, found[0].one_id, hits)
