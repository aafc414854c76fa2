"""The timeline of an object, ready for `ui.timeline.timeline`: what happened, who did it, for which company, when."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.company import service as companies
from exchange.domain.history import service
from exchange.domain.history.model import RecordedEvent
from exchange.domain.operating import service as operating
from exchange.i18n import N_, translator
from exchange.pages.choices import field_words
from exchange.pages.happenings import happening

Row = dict[str, object]
EXCHANGE: Final = N_("The exchange")
OPERATORS: Final = N_("Operator of the exchange")


async def timeline(tx: Tx, objects: Sequence[UUID], most: int = 50) -> list[Row]:
    """The newest events about these objects that the reader may know, newest first. The reader has been shown the objects.

    `rows = await timeline(tx, [order.id, *delivery_ids])`, then `{{ ui.timeline.timeline(rows) }}`.
    """
    return await rows_of(tx, await service.timeline(tx, objects, most=most))


async def rows_of(tx: Tx, events: Sequence[RecordedEvent]) -> list[Row]:
    """Events as rows; names of people only of the reader's own company, to an operator those of other operators too."""
    people: dict[UUID, str] = {}
    if tx.ctx.operator:
        people = await operating.people(tx, (event.actor_id for event in events))
    elif tx.ctx.company_id is not None and any(event.actor_id for event in events):
        people = {item.person_id: item.name for item in await companies.people(tx)}
    names = await companies.names(tx, {event.company_id for event in events if event.company_id is not None})
    shown = {company: found.display_name for company, found in names.items()}
    return [row_of(event, people, shown, tx.ctx.locale) for event in events]


def row_of(event: RecordedEvent, people: Mapping[UUID, str], companies: Mapping[UUID, str], locale: str) -> Row:
    """One event in the reader's words."""
    say = translator(locale).gettext
    look = happening(event.type)
    who = people.get(event.actor_id, "") if event.actor_id is not None else ""
    company = companies.get(event.company_id, "") if event.company_id is not None else ""
    if not company and not who:
        who = say(EXCHANGE) if event.actor_id is None else say(OPERATORS)
    words = say(look.words)
    field = field_words(locale).get(str(event.payload.get("field")))
    return {
        "at": event.at,
        "text": f"{words}: {field}" if field else words,
        "icon": look.icon,
        "tone": look.tone,
        "who": who,
        "company": company,
        "type": event.type,
        "object": event.aggregate,
        "object_id": event.aggregate_id,
    }
