"""Cases for the operators: opened by whoever meets something to look at, in the transaction that met it."""

from collections.abc import Sequence
from uuid import UUID

from exchange.db import Tx
from exchange.domain.moderation import store
from exchange.domain.moderation.model import DUE_HOURS, DUE_HOURS_ELSE, Case, Hit, Kind, Opening, Template
from exchange.domain.permission import show
from exchange.errors import NotFound
from exchange.ids import new_id


async def open_case(tx: Tx, kind: Kind, object_id: UUID, company_id: UUID, hits: tuple[Hit, ...] = ()) -> UUID:
    """The case about this object that is open from now on; one that is open already gets these hits.

    Callable as the api role (a member about its own company, an operator about any) and as the worker. The event is the
    operators' alone; what the company is to know of it, the caller tells by an event of its own noun.
    """
    return (await open_cases(tx, (Opening(kind=kind, object_id=object_id, company_id=company_id, hits=hits),)))[object_id]


async def open_cases(tx: Tx, openings: Sequence[Opening]) -> dict[UUID, UUID]:
    """The same for many in one round trip: object -> case."""
    if not openings:
        return {}
    asked = [
        {
            "id": new_id(),
            "event_id": new_id(),
            "kind": item.kind,
            "object_id": item.object_id,
            "company_id": item.company_id,
            "hits": item.hits,
            "due_hours": DUE_HOURS.get(item.kind, DUE_HOURS_ELSE),
        }
        for item in openings
    ]
    return {item.object_id: item.case_id for item in await store.open_all(tx, asked)}


async def drop(tx: Tx, kind: Kind, object_id: UUID) -> bool:
    """There is nothing to decide any more: what was looked at is withdrawn or replaced. Says whether a case was open."""
    return await store.drop(tx, kind, object_id, new_id())


async def get(tx: Tx, case: UUID) -> Case:
    """A case as the reader may see it."""
    found = await store.get(tx, case)
    if found is None:
        raise NotFound(noun="case")
    show(tx.ctx, "case", found.company_id)
    return found


async def about(tx: Tx, object_id: UUID) -> Case | None:
    """The last case about an object, flags aside: what its company may read of it."""
    found = await store.last(tx, object_id)
    return None if found is None or tx.ctx.company_id not in (None, found.company_id) else found


async def templates(tx: Tx, kind: Kind) -> list[Template]:
    """The reasons that fit a kind, in their order."""
    return [item for item in await store.templates(tx) if kind in item.kinds]


async def reason(tx: Tx, case: Case, locale: str) -> str:
    """Why a case was decided as it was, in the reader's language: the template's sentence and what the operator added."""
    said = {item.code: item.text(locale) for item in await store.templates(tx)} if case.template else {}
    return " ".join(part for part in (said.get(case.template or "", ""), case.reason) if part)
