"""SQL of threads and messages, as their reader. A message is written by one function of the database alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.thread.model import COUNTED, LOOKED_AT, Found, Kind, Message, Subject, Thread

SUBJECT: Final = """
SELECT s.thread_id, s.kind, s.subject_id, s.buyer_id, s.seller_id, s.rfq_id, s.order_id, s.number, s.shared, s.sealed, s.dealing
FROM thread_subject($1, $2, $3) AS s
"""


async def subject(tx: Tx, kind: Kind, subject_id: UUID, seller: UUID | None) -> Subject | None:
    return await tx.maybe(Subject, SUBJECT, kind, subject_id, seller)


class Posted(msgspec.Struct, frozen=True):
    """What became of a message; see post_message() in the migrations."""

    outcome: str
    message: UUID | None
    posted_at: datetime | None


POST: Final = """
SELECT p.outcome, p.message, p.posted_at FROM post_message($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS p
"""


async def post(
    tx: Tx,
    message: UUID,
    about: Subject,
    *,
    internal: bool,
    body: str,
    contact: bool,
    words: Sequence[str],
    files: Sequence[UUID],
    mentions: Sequence[UUID],
    mail_key: bytes | None,
) -> Posted:
    return await tx.one(
        Posted,
        POST,
        message,
        about.kind,
        about.subject_id,
        about.seller_id,
        internal,
        body,
        contact,
        list(words),
        list(files),
        list(mentions),
        mail_key,
    )


GET: Final = """
SELECT m.id, m.thread_id, m.company_id, c.display_name AS company, m.author_id, m.internal, m.body, m.files, m.by_mail,
    m.created_at
FROM message AS m JOIN company AS c ON c.id = m.company_id
WHERE m.id = $1 AND (app_company() IS NULL OR m.company_id = app_company()
    OR (NOT m.internal AND app_company() IN (m.buyer_id, m.seller_id)))
"""


async def get(tx: Tx, message: UUID) -> Message | None:
    return await tx.maybe(Message, GET, message)


# A thread's messages, newest first; a cursor is (created_at, id) of the last one shown.
MESSAGES: Final = """
SELECT m.id, m.thread_id, m.company_id, c.display_name AS company, m.author_id, m.internal, m.body, m.files, m.by_mail,
    m.created_at
FROM message AS m JOIN company AS c ON c.id = m.company_id
WHERE m.thread_id = $4 AND (m.created_at, m.id)
    < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY m.created_at DESC, m.id DESC LIMIT $3
"""


async def messages(tx: Tx, thread: UUID, after: datetime | None, after_id: UUID | None, limit: int) -> list[Message]:
    return await tx.many(Message, MESSAGES, after, after_id, limit, thread)


class Author(msgspec.Struct, frozen=True):
    message_id: UUID
    name: str


AUTHORS: Final = "SELECT a.message_id, a.name FROM message_authors($1) AS a"


async def authors(tx: Tx, messages: Sequence[UUID]) -> dict[UUID, str]:
    return {item.message_id: item.name for item in await tx.many(Author, AUTHORS, list(messages))}


class Mention(msgspec.Struct, frozen=True):
    message_id: UUID
    person_id: UUID


MENTIONS: Final = "SELECT m.message_id, m.person_id FROM message_mention AS m WHERE m.message_id = ANY ($1::uuid[])"


async def mentions(tx: Tx, messages: Sequence[UUID]) -> list[Mention]:
    """Who of the acting company was called to these messages."""
    return await tx.many(Mention, MENTIONS, list(messages))


class FileName(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    media_type: str
    size: int


FILES: Final = "SELECT f.id, f.name, f.media_type, f.size FROM file AS f WHERE f.id = ANY ($1::uuid[])"


async def files(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, FileName]:
    return {item.id: item for item in await tx.many(FileName, FILES, list(ids))}


def _shown(picked: str) -> str:
    """Threads of company $4 as person $5 has read them, newest first; what was written before the person came is not new."""
    return """
SELECT s.thread_id AS id, s.kind, s.subject_id, coalesce(q.number, d.number, o.number, r.number, '') AS number,
    coalesce(r.title, '') AS title, s.buying, s.other_id, coalesce(c.display_name, '') AS other, s.rfq_id, s.order_id, s.last_at,
    left(m.body, 300) AS last_body, m.internal AS last_internal, m.company_id = $4 AS last_own, u.unread
FROM (PICKED) AS s
JOIN message AS m ON m.id = s.last_id
LEFT JOIN company AS c ON c.id = s.other_id
LEFT JOIN rfq AS r ON r.id = s.rfq_id
LEFT JOIN purchase_order AS o ON o.id = s.order_id
LEFT JOIN quote AS q ON s.kind = 'quote' AND q.id = s.subject_id
LEFT JOIN delivery AS d ON s.kind = 'delivery' AND d.id = s.subject_id
CROSS JOIN LATERAL (
    SELECT count(*) AS unread FROM (
        SELECT FROM message AS n
        WHERE n.thread_id = s.thread_id AND n.author_id <> $5 AND n.created_at > greatest(
            (SELECT w.read_at FROM thread_read AS w WHERE w.person_id = $5 AND w.company_id = $4 AND w.thread_id = s.thread_id),
            (SELECT b.began_at FROM membership AS b WHERE b.person_id = $5 AND b.company_id = $4))
        LIMIT $8
    ) AS counted
) AS u
ORDER BY s.last_at DESC, s.thread_id DESC
""".replace("PICKED", picked)


# $6 narrows to a kind, $7 to a subject.
THREADS: Final = _shown("""
    SELECT t.thread_id, t.kind, t.subject_id, t.buying, t.other_id, t.rfq_id, t.order_id, t.last_at, t.last_id
    FROM thread_side AS t
    WHERE t.company_id = $4 AND ($6::text IS NULL OR t.kind = $6) AND ($7::uuid IS NULL OR t.subject_id = $7)
        AND (t.last_at, t.thread_id)
            < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY t.last_at DESC, t.thread_id DESC LIMIT $3
""")


async def threads(
    tx: Tx,
    *,
    after: datetime | None = None,
    after_id: UUID | None = None,
    limit: int,
    kind: Kind | None = None,
    subject_id: UUID | None = None,
) -> list[Thread]:
    return await tx.many(Thread, THREADS, after, after_id, limit, tx.ctx.company, tx.ctx.person, kind, subject_id, COUNTED)


# Those of the $7 newest threads in which something is unread; $6 narrows to a kind.
UNREAD_THREADS: Final = _shown("""
    SELECT t.thread_id, t.kind, t.subject_id, t.buying, t.other_id, t.rfq_id, t.order_id, t.last_at, t.last_id
    FROM (
        SELECT x.thread_id, x.kind, x.subject_id, x.buying, x.other_id, x.rfq_id, x.order_id, x.last_at, x.last_id, greatest(
            (SELECT w.read_at FROM thread_read AS w WHERE w.person_id = $5 AND w.company_id = $4 AND w.thread_id = x.thread_id),
            (SELECT b.began_at FROM membership AS b WHERE b.person_id = $5 AND b.company_id = $4)) AS read_at
        FROM (SELECT y.thread_id, y.kind, y.subject_id, y.buying, y.other_id, y.rfq_id, y.order_id, y.last_at, y.last_id
            FROM thread_side AS y WHERE y.company_id = $4 ORDER BY y.last_at DESC, y.thread_id DESC LIMIT $7) AS x
    ) AS t
    WHERE ($6::text IS NULL OR t.kind = $6) AND t.last_at > t.read_at AND (t.last_at, t.thread_id)
            < (least($1::timestamptz, 'infinity'), least($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
        AND EXISTS (SELECT FROM message AS n
            WHERE n.thread_id = t.thread_id AND n.created_at > t.read_at AND n.author_id <> $5)
    ORDER BY t.last_at DESC, t.thread_id DESC LIMIT $3
""")


async def unread_threads(tx: Tx, *, after: datetime | None, after_id: UUID | None, limit: int, kind: Kind | None) -> list[Thread]:
    return await tx.many(Thread, UNREAD_THREADS, after, after_id, limit, tx.ctx.company, tx.ctx.person, kind, LOOKED_AT, COUNTED)


# One thread of company $1, by its id.
PLACE: Final = """
SELECT t.kind, t.subject_id, CASE WHEN t.buying THEN t.other_id ELSE t.company_id END AS seller_id
FROM thread_side AS t WHERE t.company_id = $1 AND t.thread_id = $2
"""


class Place(msgspec.Struct, frozen=True):
    """What names a thread's subject."""

    kind: Kind
    subject_id: UUID
    seller_id: UUID


async def place(tx: Tx, thread: UUID) -> Place | None:
    return await tx.maybe(Place, PLACE, tx.ctx.company, thread)


# In how many of company $1's newest threads something is unread by person $2.
UNREAD: Final = """
SELECT count(*) FROM (
    SELECT FROM (
        SELECT t.thread_id, t.last_at,
            greatest(w.read_at, (SELECT b.began_at FROM membership AS b WHERE b.person_id = $2 AND b.company_id = $1)) AS read_at
        FROM (SELECT x.thread_id, x.last_at FROM thread_side AS x WHERE x.company_id = $1
            ORDER BY x.last_at DESC, x.thread_id DESC LIMIT $3) AS t
        LEFT JOIN thread_read AS w ON w.person_id = $2 AND w.company_id = $1 AND w.thread_id = t.thread_id
    ) AS s
    WHERE s.last_at > s.read_at AND EXISTS (
        SELECT FROM message AS n WHERE n.thread_id = s.thread_id AND n.created_at > s.read_at AND n.author_id <> $2)
) AS counted
"""


async def unread(tx: Tx) -> int:
    return await tx.value(UNREAD, tx.ctx.company, tx.ctx.person, LOOKED_AT)


# Up to a message, never back.
MARK: Final = """
INSERT INTO thread_read AS w (person_id, company_id, thread_id, read_at)
SELECT $1, $2, m.thread_id, m.created_at FROM message AS m WHERE m.id = $3
ON CONFLICT (person_id, company_id, thread_id) DO UPDATE SET read_at = EXCLUDED.read_at WHERE w.read_at < EXCLUDED.read_at
"""


async def mark(tx: Tx, message: UUID) -> None:
    await tx.execute(MARK, tx.ctx.person, tx.ctx.company, message)


# How far person $1 has read; all is old that was written before they came to company $2.
READ_AT: Final = """
SELECT greatest((SELECT w.read_at FROM thread_read AS w WHERE w.person_id = $1 AND w.company_id = $2 AND w.thread_id = $3),
    (SELECT b.began_at FROM membership AS b WHERE b.person_id = $1 AND b.company_id = $2))
"""


async def read_at(tx: Tx, thread: UUID) -> datetime | None:
    return await tx.value(READ_AT, tx.ctx.person, tx.ctx.company, thread)


# What the search found, in its order: newest first.
FOUND: Final = """
SELECT m.id, m.thread_id, m.company_id, c.display_name AS company, m.internal, m.body, m.created_at, s.kind, s.subject_id,
    coalesce(q.number, d.number, o.number, r.number, '') AS number, s.other_id, coalesce(x.display_name, '') AS other
FROM message AS m
JOIN thread_side AS s ON s.company_id = $1 AND s.thread_id = m.thread_id
JOIN company AS c ON c.id = m.company_id
LEFT JOIN company AS x ON x.id = s.other_id
LEFT JOIN rfq AS r ON r.id = s.rfq_id
LEFT JOIN purchase_order AS o ON o.id = s.order_id
LEFT JOIN quote AS q ON s.kind = 'quote' AND q.id = s.subject_id
LEFT JOIN delivery AS d ON s.kind = 'delivery' AND d.id = s.subject_id
WHERE m.id = ANY (ARRAY(SELECT f FROM search_messages($2, coalesce($3::timestamptz, 'infinity'),
    coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), $5) AS f))
ORDER BY m.created_at DESC, m.id DESC
"""


async def search(tx: Tx, beginnings: Sequence[str], after: datetime | None, after_id: UUID | None, limit: int) -> list[Found]:
    return await tx.many(Found, FOUND, tx.ctx.company, list(beginnings), after, after_id, limit)
