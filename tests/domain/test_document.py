"""Documents: verified by an operator, shown by the badge, warned of twice, and gone from the badge on the day they end."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.document import service
from exchange.domain.document.model import Document
from exchange.domain.file import store as file_store
from exchange.domain.file.model import Received
from exchange.errors import Forbidden, Invalid, NotFound, WrongState
from exchange.ids import new_id
from exchange.jobs import deadlines, documents
from exchange.jobs.kinds import Internal, Job
from schemas.document import DocumentReject, DocumentSubmit
from tests.world import World


async def submit(world: World, api: Database, acting: Ctx, *, purpose: Any = "document", **changes: Any) -> Document:
    """A certificate that ends in 40 days, with its file."""
    today: Any = await world.owner.fetchval("SELECT (market_now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date")
    received = Received(id=new_id(), name="iso.pdf", media_type="application/pdf", size=10, sha256=bytes(32), purpose=purpose)
    async with api.tx(acting, "any") as tx:
        file = await file_store.insert(tx, received, acting.company, (), acting.person_id)
        given: dict[str, Any] = {
            "scheme": "iso9001", "number": "VN-1", "issuer": "TÜV", "valid_from": today - timedelta(days=300),
            "valid_until": today + timedelta(days=40), "file_id": file.id, **changes,
        }  # fmt: skip
        return await service.submit(tx, DocumentSubmit(**given))


async def level(api: Database, reader: Ctx, company: UUID) -> str:
    async with api.tx(reader, "any") as tx:
        badges, certificates = await service.badges(tx, company)
    assert badges.certificates == len(certificates)
    return badges.level


async def swept(world: World, worker: Database) -> None:
    """What the clock does to documents now, as the worker does it."""
    for rule in (rule for rule in deadlines.SWEEPS if rule.noun == "document"):
        await deadlines.sweep(worker, rule)
    for row in await world.owner.fetch("UPDATE job SET state = 'done', done_at = now() WHERE kind LIKE '%document%' "
                                       "AND state = 'new' RETURNING id, kind, payload"):  # fmt: skip
        handler = documents.HANDLERS[row["kind"]]
        assert isinstance(handler, Internal)
        async with worker.system() as tx:
            payload = {"id": await world.owner.fetchval("SELECT payload ->> 'id' FROM job WHERE id = $1", row["id"])}
            await handler.handler(tx, Job(id=row["id"], kind=row["kind"], payload=payload, attempts=1, lease_token=new_id()))


async def told(world: World, document: UUID) -> list[tuple[str, str | None]]:
    rows = await world.owner.fetch(
        "SELECT type, payload ->> 'days' AS days FROM event WHERE aggregate_id = $1 ORDER BY seq", document
    )
    return [(row["type"], row["days"]) for row in rows]


async def test_a_certificate_counts_from_its_verification_to_its_last_day(world: World) -> None:
    """Submitted it counts nothing; verified it is everybody's to see; 30 and 7 days before its end its company hears of it."""
    api, worker = await world.db.api(), await world.db.worker()
    owner, reader, operator = await world.company("Sao Mai"), await world.company("Lạ"), await world.operator("moderator")
    made = await submit(world, api, owner)
    assert await level(api, reader, owner.company) == "verified"
    async with api.tx(reader, "any") as tx:
        with pytest.raises(NotFound):
            await service.get(tx, made.id)
    async with api.tx(operator, "any") as tx:
        assert [item.id for item in (await service.waiting(tx, None, 10)).items] == [made.id]
        assert (await service.verify(tx, made.id)).status == "verified"
    assert await level(api, reader, owner.company) == "certified"
    for days in ("11 days", "23 days", "7 days"):
        await swept(world, worker)
        await world.advance(days)
        await swept(world, worker)
    assert await level(api, reader, owner.company) == "verified"
    assert await told(world, made.id) == [
        ("document.submitted", None), ("document.verified", None), ("document.expiring", "30"), ("document.expiring", "7"),
        ("document.expired", None),
    ]  # fmt: skip
    async with api.tx(owner, "any") as tx:
        assert (await service.get(tx, made.id)).status == "expired"


async def test_a_renewed_certificate_warns_of_nothing(world: World) -> None:
    """When the next one of the same kind is verified, the end of the one before is no news."""
    api, worker = await world.db.api(), await world.db.worker()
    owner, operator = await world.company("Sao Mai"), await world.operator("moderator")
    first, second = await submit(world, api, owner), await submit(world, api, owner, number="VN-2", valid_until=None)
    async with api.tx(operator, "any") as tx:
        for item in (first, second):
            await service.verify(tx, item.id)
    await world.advance("35 days")
    await swept(world, worker)
    assert ("document.expiring", "30") not in await told(world, first.id)


async def test_what_is_wrong_is_refused_and_a_rejection_has_its_reason(world: World) -> None:
    """Unknown kinds, ends before beginnings and files for other uses are named; only an operator from elsewhere decides."""
    api = await world.db.api()
    owner, stranger = await world.company("Sao Mai"), await world.company("Lạ")
    for wrong, place in (
        ({"scheme": "no_such"}, "/scheme"),
        ({"valid_until": date(2001, 1, 1)}, "/valid_until"),
        ({"file_id": new_id()}, "/file_id"),
        ({"purpose": "attachment"}, "/file_id"),
    ):
        with pytest.raises(Invalid) as refused:
            await submit(world, api, owner, **wrong)
        assert refused.value.errors[0].pointer == place
    made = await submit(world, api, owner)
    for acting in (owner, stranger, await world.operator("finance")):
        with pytest.raises((Forbidden, NotFound)):
            async with api.tx(acting, "any") as tx:
                await service.verify(tx, made.id)
    async with api.tx(await world.operator("compliance"), "any") as tx:
        assert (await service.reject(tx, made.id, DocumentReject("Not readable."))).reason == "Not readable."
    with pytest.raises(WrongState):
        async with api.tx(owner, "any") as tx:
            await service.withdraw(tx, made.id)
