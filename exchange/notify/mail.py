"""E-mail: a notification in its reader's words and language, as a message that no text can bend, sent by SMTP."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
import msgspec
from jinja2 import Environment

from exchange.db import Tx
from exchange.domain.thread.reply import reply_address
from exchange.i18n import N_, translator
from exchange.notify.inbox import Words, render
from exchange.settings import Settings

TIMEOUT_S: Final = 20.0


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A notification with the address of its reader."""

    id: UUID
    kind: str
    aggregate_id: UUID
    data: dict[str, Any]
    created_at: datetime
    email: str
    name: str
    locale: str
    # Of a message: what it says, and whose it is.
    said: str | None = None
    author: str | None = None
    author_company: str | None = None


# A notification that is still to be mailed: its reader is still of the company that it was written for.
LETTER: Final = """
SELECT n.id, n.kind, n.aggregate_id, n.data, n.created_at, p.email, p.name, p.locale, m.body AS said, a.name AS author,
    c.display_name AS author_company
FROM notification AS n JOIN person AS p ON p.id = n.person_id
LEFT JOIN message AS m ON n.aggregate = 'message' AND m.id = n.aggregate_id
    AND (m.company_id = n.company_id OR (NOT m.internal AND n.company_id IN (m.buyer_id, m.seller_id)))
LEFT JOIN person AS a ON a.id = m.author_id
LEFT JOIN company AS c ON c.id = m.company_id
WHERE n.id = $1 AND (n.company_id IS NULL OR EXISTS (SELECT FROM membership AS m
    WHERE m.company_id = n.company_id AND m.person_id = n.person_id AND m.ended_at IS NULL))
"""


async def letter(tx: Tx, notification_id: UUID) -> Letter | None:
    return await tx.maybe(Letter, LETTER, notification_id)


OPEN_PAGE: Final = N_("Open it on the exchange")
ANSWER: Final = N_("Answer this e-mail and the other company reads it too.")
ANSWER_NOTE: Final = N_("Answer this e-mail and only your company reads it.")
NOTED: Final = "message.noted"
FOOTER: Final = N_("You receive this because you act for a member of the exchange. Prices stand on its pages only.")

_PAGE: Final = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<!doctype html>
<html lang="{{ locale }}">
<head><meta charset="utf-8"><title>{{ words.subject }}</title></head>
<body style="margin:0;padding:24px;font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#1f2937">
<h1 style="font-size:20px;margin:0 0 12px">{{ words.subject }}</h1>
<p style="margin:0 0 16px">{{ words.text }}</p>
{% if said %}
<p style="margin:0 0 4px;font-size:14px;color:#4b5563">{{ by }}</p>
<p style="margin:0 0 16px;padding:12px 16px;border-left:3px solid #9ca3af;white-space:pre-line">{{ said }}</p>
{% endif %}
{% if answer %}
<p style="margin:0 0 16px">{{ answer }}</p>
{% endif %}
<p style="margin:0 0 24px"><a href="{{ url }}" style="color:#1d4ed8">{{ open_page }}</a></p>
<p style="margin:0;font-size:13px;color:#4b5563">{{ footer }}</p>
</body>
</html>
""")


def compose(found: Letter, settings: Settings) -> EmailMessage:
    """The message, the same in every attempt but for nothing: its id and date are those of the notification."""
    words = render(found.kind, found.aggregate_id, found.data, found.locale)
    say = translator(found.locale).gettext
    url = settings.public_url.rstrip("/") + words.link
    result = EmailMessage(policy=SMTP)
    result["From"] = _sender(settings.mail_from)
    result["To"] = Address(display_name=one_line(found.name), addr_spec=found.email)
    result["Subject"] = one_line(words.subject)
    result["Date"] = format_datetime(found.created_at)
    result["Message-ID"] = f"<{found.id}@{urlsplit(settings.public_url).hostname or 'exchange'}>"
    answer = ""
    if found.said is not None and settings.reply_domain:
        result["Reply-To"] = reply_address(found.id, settings.reply_domain, settings.secret)
        answer = say(ANSWER_NOTE) if found.kind == NOTED else say(ANSWER)
    by = ", ".join(name for name in (found.author, found.author_company) if name)
    result["Auto-Submitted"] = "auto-generated"
    result["X-Exchange-Kind"] = one_line(found.kind)
    said = "" if not found.said else f"{by}:\n\n{found.said}\n\n"
    result.set_content(_plain(words, f"{said}{answer}\n\n" if answer else said, url, say(OPEN_PAGE), say(FOOTER)))
    page = _PAGE.render(
        words=words,
        url=url,
        locale=found.locale,
        open_page=say(OPEN_PAGE),
        footer=say(FOOTER),
        said=found.said,
        by=by,
        answer=answer,
    )
    result.add_alternative(page, subtype="html")
    return result


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A letter about no notification. `label` stands over the link, `footer` under it all."""

    id: UUID
    kind: str
    created_at: datetime
    email: str
    name: str
    locale: str
    words: Words
    label: str
    footer: str


def written(letter: Written, settings: Settings) -> EmailMessage:
    """The message, the same in every attempt: its id and date are those of what it is about."""
    url = settings.public_url.rstrip("/") + letter.words.link
    result = EmailMessage(policy=SMTP)
    result["From"] = _sender(settings.mail_from)
    result["To"] = Address(display_name=one_line(letter.name), addr_spec=letter.email)
    result["Subject"] = one_line(letter.words.subject)
    result["Date"] = format_datetime(letter.created_at)
    result["Message-ID"] = f"<{letter.id}@{urlsplit(settings.public_url).hostname or 'exchange'}>"
    result["Auto-Submitted"] = "auto-generated"
    result["X-Exchange-Kind"] = one_line(letter.kind)
    result.set_content(_plain(letter.words, "", url, letter.label, letter.footer))
    page = _PAGE.render(
        words=letter.words,
        url=url,
        locale=letter.locale,
        open_page=letter.label,
        footer=letter.footer,
        said=None,
        by="",
        answer="",
    )
    result.add_alternative(page, subtype="html")
    return result


def _plain(words: Words, said: str, url: str, open_page: str, footer: str) -> str:
    return f"{words.subject}\n\n{words.text}\n\n{said}{open_page}:\n{url}\n\n-- \n{footer}\n"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a message to an address says that may belong to nobody, in its reader's language, and where it leads."""

    subject: str
    text: str
    url: str
    link: str
    footer: str
    locale: str


def address_message(content: Content, settings: Settings, *, name: str, to: str, at: datetime, kind: str) -> EmailMessage:
    """A message to an address alone; `name` makes its id, so that a second attempt is the same message."""
    words = Words("person", content.subject, content.text, "")
    result = EmailMessage(policy=SMTP)
    result["From"] = _sender(settings.mail_from)
    result["To"] = Address(addr_spec=to)
    result["Subject"] = one_line(content.subject)
    result["Date"] = format_datetime(at)
    result["Message-ID"] = f"<{name}@{urlsplit(settings.public_url).hostname or 'exchange'}>"
    result["Auto-Submitted"] = "auto-generated"
    result["X-Exchange-Kind"] = one_line(kind)
    result.set_content(_plain(words, "", content.url, content.link, content.footer))
    page = _PAGE.render(
        words=words,
        url=content.url,
        locale=content.locale,
        open_page=content.link,
        footer=content.footer,
        said=None,
        by="",
        answer="",
    )
    result.add_alternative(page, subtype="html")
    return result


def one_line(text: str) -> str:
    """Text for a header: whatever could begin another line becomes a space.

    An encoded word is broken up: the header would decode it, line ends inside it included.
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).replace("=?", "= ?").split())


def _sender(mail_from: str) -> Address:
    name, address = parseaddr(mail_from)
    return Address(display_name=one_line(name), addr_spec=address)


class Undeliverable(Exception):
    """The server refuses this recipient or this message for good: trying again would only annoy it."""


async def send(message: EmailMessage, smtp_url: str) -> None:
    """Hand a message to the server of ``smtp://`` or ``smtps://[user:password@]host[:port]``.

    A password goes over TLS only: with ``smtp://`` a server that offers no STARTTLS is refused.
    Raises Undeliverable for a permanent refusal of the recipient or the text, and aiosmtplib's own errors or OSError for
    what may pass: no connection, 4xx, a sender or sign-in that is set up wrongly.
    """
    parts = urlsplit(smtp_url)
    secure = parts.scheme == "smtps"
    try:
        await aiosmtplib.send(
            message,
            hostname=parts.hostname or "127.0.0.1",
            port=parts.port or (465 if secure else 25),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=secure,
            start_tls=True if parts.username and not secure else None,
            timeout=TIMEOUT_S,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [refusal.code for refusal in error.recipients]
        if codes and all(code >= 500 for code in codes):
            raise Undeliverable(f"recipient refused with {codes[0]}") from None
        raise
    except aiosmtplib.SMTPDataError as error:
        if error.code >= 500:
            raise Undeliverable(f"message refused with {error.code}") from None
        raise
