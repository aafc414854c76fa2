"""The access log as people read it: what was looked at, by whom, when."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.access_log.model import Access, What
from exchange.domain.company import service as companies
from exchange.domain.operating import service as operating
from exchange.i18n import N_, translator
from exchange.pages.history import OPERATORS

Row = dict[str, object]
WORDS: Final[Mapping[What, str]] = {
    "company.dossier": N_("Company file with bank account and people"),
    "company.export": N_("Export of the company's data"),
    "company.view_as": N_("The portal as the company sees it"),
    "bank_account.number": N_("Bank account number"),
    "document.file": N_("Document or certificate"),
    "passport.dossier": N_("Member passport"),
    "person.data": N_("Personal data"),
    "person.proof": N_("Who a person is, to remove lost second factors"),
    "quote.body": N_("Prices of a quotation"),
    "thread.messages": N_("Messages of a conversation"),
    "file.content": N_("File"),
}


async def rows_of(tx: Tx, accesses: Sequence[Access]) -> list[Row]:
    """Rows with names: to a company those of its own people, to an operator everybody's."""
    actors = {item.actor_id for item in accesses if item.actor_id is not None}
    people: dict[UUID, str] = {}
    if tx.ctx.operator:
        people = await operating.people(tx, actors)
    elif actors:
        people = {item.person_id: item.name for item in await companies.people(tx)}
    ids = {company for item in accesses for company in (item.company_id, item.actor_company_id) if company is not None}
    names = {company: found.display_name for company, found in (await companies.names(tx, ids)).items()}
    words: Mapping[str, str] = {**WORDS}
    say = translator(tx.ctx.locale).gettext
    return [
        {
            "id": item.id,
            "at": item.at,
            "words": say(words[item.what]) if item.what in words else item.what,
            "who": people.get(item.actor_id, "") if item.actor_id else "",
            "by": say(OPERATORS) if item.operator else names.get(item.actor_company_id, "") if item.actor_company_id else "",
            "company": names.get(item.company_id, "") if item.company_id else "",
            "company_id": item.company_id,
            "actor_id": item.actor_id,
            "object_id": item.object_id,
            "request_id": item.request_id,
        }
        for item in accesses
    ]
