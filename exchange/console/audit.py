"""The record of everything: who did what, when, in which order; by object, company, person, request or number."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response, Router, get

from exchange.console import shell
from exchange.domain.operating import service
from exchange.domain.operating.model import AuditRow
from exchange.i18n import translator
from exchange.pages.happenings import happening
from exchange.pages.status import STATUSES
from exchange.pages.typed import Unreadable, read_instant
from exchange.web import WebRequest, deps

PAGE: Final = 60
GROUPS: Final = (
    "company.",
    "person.",
    "key.",
    "webhook.",
    "offer.",
    "rfq.",
    "opportunity.",
    "quote.",
    "award.",
    "approval.",
    "contract.",
    "order.",
    "delivery.",
    "invoice.",
    "instalment.",
    "deposit.",
    "review.",
    "case.",
    "appeal.",
    "screening.",
    "clock.",
    "job.",
)


def _moved(row: AuditRow, locale: str) -> str:
    """From which state to which, in words where the noun has them."""
    words = translator(locale)

    def word(state: str | None) -> str:
        known = STATUSES.get((row.aggregate, state or ""))
        return words.pgettext(row.aggregate, known.word) if known else state or ""

    if row.from_state == row.to_state:
        return word(row.to_state)
    return f"{word(row.from_state)} → {word(row.to_state)}".removeprefix(" ")


def shown(row: AuditRow, locale: str) -> dict[str, object]:
    """An event as the page draws it."""
    say = translator(locale).gettext
    look = happening(row.type)
    return {
        "row": row,
        "words": say(look.words),
        "icon": look.icon,
        "tone": look.tone,
        "moved": _moved(row, locale),
        "payload": msgspec.json.format(msgspec.json.encode(row.payload), indent=1).decode() if row.payload else "",
    }


def _moment(request: WebRequest, text: str, locale: str) -> datetime | None:
    """The end of a day, or the moment, in the time zone of the exchange; nothing for what cannot be read."""
    try:
        typed = text if ":" in text or not text else f"{text} 23:59"
        return datetime.fromisoformat(read_instant(typed, locale, deps(request).settings.time_zone)) if typed else None
    except Unreadable:
        return None


@get("/operator/audit")
async def audit(request: WebRequest) -> Response[Any]:
    """Newest first. `q` (the search of the console) or `find` names what it is about, `type` the kind of event."""
    acting = shell.operator(request)
    find = str(request.query_params.get("find") or request.query_params.get("q") or "")[:100]
    type_ = str(request.query_params.get("type", ""))[:80]
    until = str(request.query_params.get("until", ""))[:40].strip()
    async with deps(request).db.read(acting) as tx:
        page = await service.audit(
            tx, find=find, type_=type_, until=_moment(request, until, acting.locale), cursor=shell.cursor(request), limit=PAGE
        )
        found = await service.overview(tx)
    return await shell.render(
        request,
        "console/audit.html",
        events=[shown(row, acting.locale) for row in page.items],
        next=page.next,
        head=found.head,
        head_hash="" if found.head_hash is None else found.head_hash.hex(),
        find=find,
        until=until,
        groups=GROUPS,
    )


ROUTES: Final = Router("", route_handlers=[audit])
