"""Tells people of one event in the caller's transaction, and puts what they were told into words."""

from collections import defaultdict
from typing import Any, Final
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.i18n import N_, translator
from exchange.ids import new_id
from exchange.notify import reasons, thread
from exchange.notify.catalogue import telling, tellings
from exchange.notify.subject import Happening, Subject, best_reasons
from exchange.notify.telling import OWNERS, PAGES, Telling, To

MAIL_PRIORITY: Final = 6
LEFT: Final = "person.left"
# What a person is told of their own account, although it was done in their own name: somebody else may have done it.
OWN_ACCOUNT: Final = frozenset(
    {
        "person.second_factor_on",
        "person.second_factor_off",
        "person.recovery_code_used",
        "person.factor_removal_asked",
        "person.factor_removal_confirmed",
        "person.factor_removal_stopped",
        "person.factor_removal_refused",
        "person.factor_removal_lapsed",
        "person.factors_removed",
        "person.passkey_added",
        "person.passkey_removed",
        "person.erasure_asked",
        "person.erasure_withdrawn",
        "person.erasure_refused",
        "person.password_reset",
    }
)


class Member(msgspec.Struct, frozen=True):
    """A person of a company, or (no company) an operator, with the roles there."""

    company_id: UUID | None
    person_id: UUID
    roles: list[str]


# The people of these companies and, when asked for, the operators; the oldest member first.
PEOPLE: Final = """
SELECT m.company_id, m.person_id, m.roles FROM membership AS m
WHERE m.company_id = ANY ($1::uuid[]) AND m.ended_at IS NULL
UNION ALL
SELECT NULL, p.id, p.operator_roles FROM person AS p WHERE $2::boolean AND cardinality(p.operator_roles) > 0
ORDER BY 2, 1
"""


async def people(tx: Tx, companies: list[UUID], operators: bool) -> list[Member]:
    return await tx.many(Member, PEOPLE, companies, operators)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What one person will find in the inbox, and whether an e-mail goes out too."""

    company_id: UUID | None
    person_id: UUID
    data: dict[str, Any]
    mail: bool


class Written(msgspec.Struct, frozen=True):
    id: UUID
    person_id: UUID


# One row per person and event, however often it is told; gives back only those that are new.
WRITE: Final = """
INSERT INTO notification (id, company_id, person_id, event_id, kind, aggregate, aggregate_id, data, created_at)
SELECT n.id, n.company_id, n.person_id, $1, $2, $3, $4, n.data, market_now()
FROM unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::jsonb[]) AS n (id, company_id, person_id, data)
ON CONFLICT (person_id, event_id) DO NOTHING
RETURNING id, person_id
"""


async def write(tx: Tx, event: Happening, notes: list[Note]) -> list[Written]:
    return await tx.many(
        Written,
        WRITE,
        event.id,
        event.type,
        event.aggregate,
        event.aggregate_id,
        [new_id() for _ in notes],
        [note.company_id for note in notes],
        [note.person_id for note in notes],
        [note.data for note in notes],
    )


async def tell_people(tx: Tx, event: Happening, subject: Subject) -> int:
    """Inbox rows and e-mail jobs for everybody whom the catalogue names; says how many rows are new."""
    rows = tellings(event.type, event.to_state)
    if not rows:
        return 0
    if event.aggregate == "message":
        return await _send(tx, event, await _of_message(tx, event, subject, rows))
    operators = any(row.to == "operator" for row in rows)
    members = await people(tx, sorted(event.recipients | _named(subject, rows)), operators)
    notes: dict[UUID, Note] = {}
    for row in rows:
        for note in await _notes(tx, event, subject, row, members):
            notes.setdefault(note.person_id, note)
        own_news = event.type in OWN_ACCOUNT or (event.type == LEFT and not event.payload.get("erased"))
        if own_news and row.to == "person" and subject.person_id is not None:
            # Who has left reads nothing of the company any more: the message is their own.
            data = _data(event, subject, row)
            company = None if event.type == LEFT or event.actor_id != subject.person_id else event.company_id
            notes[subject.person_id] = Note(company_id=company, person_id=subject.person_id, data=data, mail=row.mail)
    return await _send(tx, event, notes)


async def _send(tx: Tx, event: Happening, notes: dict[UUID, Note]) -> int:
    """One inbox row a person, and the e-mail jobs of the new ones."""
    if not notes:
        return 0
    ordered = [notes[person] for person in sorted(notes)]
    written = await write(tx, event, ordered)
    for item in written:
        if notes[item.person_id].mail:
            key = f"mail:{event.id}:{item.person_id}"
            await events.enqueue(tx, "mail", key, {"notification_id": str(item.id)}, priority=MAIL_PRIORITY)
    return len(written)


async def _of_message(tx: Tx, event: Happening, subject: Subject, rows: tuple[Telling, ...]) -> dict[UUID, Note]:
    """Of a message hear those whom it concerns, of the companies that may read it and no other."""
    everybody = await thread.people(tx, event.aggregate_id, sorted(event.recipients))
    notes: dict[UUID, Note] = {}
    for row in rows:
        data = {**_data(event, subject, row), "thread_id": str(event.payload["thread_id"])}
        for person, mailed in thread.reached(row, event.company_id, everybody):
            note = Note(company_id=person.company_id, person_id=person.person_id, data=data, mail=mailed)
            notes.setdefault(person.person_id, note)
    return notes


def _named(subject: Subject, rows: tuple[Telling, ...]) -> frozenset[UUID]:
    """The company that the object belongs to alone hears of it even when an operator or the exchange acted."""
    if subject.own_id and any(row.to in ("own", "person", "next") for row in rows):
        return frozenset({subject.own_id})
    return frozenset()


async def _notes(tx: Tx, event: Happening, subject: Subject, row: Telling, members: list[Member]) -> list[Note]:
    """Those whom one row of the catalogue reaches. The acting person knows already and is left out."""
    by_company: dict[UUID | None, list[Member]] = defaultdict(list)
    for member in members:
        by_company[member.company_id].append(member)
    notes: list[Note] = []
    asked = str(event.payload.get("next", "")).split(",")
    for company, all_people in by_company.items():
        if not _is_side(row.to, company, event, subject):
            continue
        data = _data(event, subject, row)
        if event.type == "opportunity.found" and subject.rfq_id and company:
            data["reasons"] = reasons.kept(await best_reasons(tx, subject.rfq_id, company))
        specialists = any(row.roles.intersection(member.roles) for member in all_people)
        for member in all_people:
            if row.to == "next":
                reached = mailed = str(member.person_id) in asked
            else:
                reached, mailed = _reached(row, member, subject, specialists)
            if reached and member.person_id != event.actor_id:
                notes.append(Note(company_id=company, person_id=member.person_id, data=data, mail=row.mail and mailed))
    return notes


def _is_side(to: To, company: UUID | None, event: Happening, subject: Subject) -> bool:
    """Whether a company (None: the operators) is the side that a row speaks to."""
    if to == "operator" or company is None:
        return to == "operator" and company is None
    match to:
        case "partner" | "colleague" | "called":
            return False
        case "own" | "person" | "next":
            return company == subject.own_id
        case "audience":
            return company in event.audience and company != subject.own_id
        case "buyer":
            return company == subject.buyer_id
        case "seller":
            # A request has many suppliers: everybody who may know of it and is not the buyer.
            return company == subject.seller_id if subject.seller_id else company != subject.buyer_id
        case "other":
            return company in (subject.buyer_id, subject.seller_id) and company != event.company_id


def _reached(row: Telling, member: Member, subject: Subject, specialists: bool) -> tuple[bool, bool]:
    """Whether a row reaches a person's inbox, and whether their mailbox."""
    if row.to == "person":
        named = member.person_id == subject.person_id
        return named, named
    special = not row.roles.isdisjoint(member.roles)
    owner = member.company_id is not None and not OWNERS.isdisjoint(member.roles)
    return special or owner, special or (owner and not specialists)


def _data(event: Happening, subject: Subject, row: Telling) -> dict[str, Any]:
    """Ids, numbers and states; the words are made from them when somebody reads."""
    named = {
        "number": subject.number,
        "state": event.to_state,
        "rfq_id": subject.rfq_id,
        "contract_id": subject.contract_id,
        "order_id": subject.order_id,
    }
    return {"to": row.to, **{key: str(value) for key, value in named.items() if value is not None}}


class Words(msgspec.Struct, frozen=True):
    """A notification for one reader: texts in their language, `link` a path of the portal or console."""

    topic: str
    subject: str
    text: str
    link: str
    reasons: tuple[str, ...] = ()


UNKNOWN_SUBJECT: Final = N_("Something happened: %(kind)s")
FITS: Final = N_("Why it fits: %(reasons)s.")


def render(kind: str, aggregate_id: UUID, data: dict[str, Any], locale: str) -> Words:
    """What a stored notification says; `kind` and `data` are those of its row."""
    say = translator(locale).gettext
    row = telling(kind, str(data.get("to")), data.get("state"))
    if row is None:
        return Words("other", say(UNKNOWN_SUBJECT) % {"kind": kind}, "", "/inbox")
    values = {
        "number": "",
        "rfq_id": "",
        "contract_id": "",
        "order_id": "",
        "thread_id": "",
        "aggregate_id": str(aggregate_id),
    } | data
    why = tuple(reasons.words(data.get("reasons", ()), say))
    text = say(row.text)
    if why:
        text = f"{text} {say(FITS) % {'reasons': '; '.join(why)}}"
    return Words(row.topic, say(row.subject) % values, text, PAGES[row.page] % values, why)
