"""A passport shows what was chosen, to one member, until it is taken back; a copy of the data holds the company's own alone."""

import io
import json
import zipfile
from datetime import timedelta

import asyncpg
import pytest

from exchange.ctx import Ctx
from exchange.db import Database
from exchange.domain.company import exporting
from exchange.domain.document import service as documents
from exchange.domain.order.model import Order
from exchange.domain.passport import service
from exchange.domain.passport.model import Passport
from exchange.errors import Conflict, Forbidden, Invalid, NotFound
from schemas.passport import PassportField, PassportGrant
from tests.domain.firm_orders import live_offer, placed
from tests.domain.test_document import submit
from tests.world import World


async def grant(api: Database, acting: Ctx, reader: Ctx, *fields: PassportField, days: int = 10) -> Passport:
    async with api.tx(acting, "active") as tx:
        until = await tx.value("SELECT market_now()") + timedelta(days=days)
        return await service.grant(tx, PassportGrant(reader_id=reader.company, fields=fields, until=until))


async def test_a_passport_shows_what_was_chosen_until_it_is_taken_back(world: World) -> None:
    """The reader sees the chosen fields and nothing else; a stranger nothing; after the end, or once revoked, nobody sees any."""
    api = await world.db.api()
    owner, reader, stranger = [await world.company(name) for name in ("Sao Mai", "Đối Tác", "Lạ")]
    paper = await submit(world, api, owner, scheme="business_licence", number="BL-1")
    async with api.tx(await world.operator("moderator"), "any") as tx:
        await documents.verify(tx, paper.id)
    made = await grant(api, owner, reader, "identity", "bank", "documents", "representative")
    async with api.tx(reader, "active") as tx:
        shown = await service.dossier(tx, made.id)
        assert (await service.paper(tx, made.id, paper.id)).name == "iso.pdf"
    assert shown.identity is not None
    assert shown.identity.legal_name == "Sao Mai Ltd"
    assert shown.representative == "Sao Mai Owner"
    assert [item.number for item in shown.documents or ()] == ["BL-1"]
    assert [item.holder for item in shown.bank or ()] == ["Sao Mai Ltd"]
    assert (shown.address, shown.contact_email, shown.tax, shown.group) == (None, None, None, None)
    looks = await world.owner.fetch("SELECT what, actor_company_id FROM access_log WHERE company_id = $1", owner.company)
    assert ("passport.dossier", reader.company) in [tuple(row) for row in looks]
    with pytest.raises(NotFound):
        async with api.tx(stranger, "active") as tx:
            await service.dossier(tx, made.id)
    with pytest.raises(NotFound):
        async with api.tx(reader, "active") as tx:
            await service.revoke(tx, made.id)
    with pytest.raises(Conflict):
        await grant(api, owner, reader, "identity")
    async with api.tx(owner, "active") as tx:
        assert (await service.revoke(tx, made.id)).status == "revoked"
    with pytest.raises(NotFound):
        async with api.tx(reader, "active") as tx:
            await service.dossier(tx, made.id)
    again = await grant(api, owner, reader, "identity")
    await world.advance("11 days")
    with pytest.raises(NotFound):
        async with api.tx(reader, "active") as tx:
            await service.dossier(tx, again.id)
    with pytest.raises(Invalid):
        await grant(api, owner, reader, "identity", days=400)
    # An old one that is over makes room for the next.
    assert (await grant(api, owner, reader, "address")).status == "granted"


async def test_a_copy_holds_the_own_data_and_nothing_of_others(world: World) -> None:
    """An owner asks once at a time; the archive has tables as JSON and CSV, opened where they stand sealed."""
    api, worker = await world.db.api(), await world.db.worker()
    owner, other = await world.company("Sao Mai"), await world.company("Khác")
    buyer = await world.person(owner.company, "Sao Mai", "Mua", "admin")
    with pytest.raises(Forbidden):
        async with api.tx(buyer, "any") as tx:
            await exporting.ask(tx)
    async with api.tx(owner, "any") as tx:
        made = await exporting.ask(tx)
    with pytest.raises(Conflict):
        async with api.tx(owner, "any") as tx:
            await exporting.ask(tx)
    async with worker.system() as tx:
        assert await exporting.asked(tx, made.id) == owner.company
        tables = await exporting.rows(tx, owner.company)
    packed = exporting.pack(tables, {"a.pdf": b"%PDF"})
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = set(archive.namelist())
        company = json.loads(archive.read("company.json"))
        people = json.loads(archive.read("people.json"))
        assert "Khác".encode() not in b"".join(archive.read(name) for name in names)
        assert archive.read("files/a.pdf") == b"%PDF"
    assert [row["legal_name"] for row in company] == ["Sao Mai Ltd"]
    assert {row["name"] for row in people} == {"Sao Mai Owner", "Mua"}
    assert {"orders.csv", "bank_accounts.json", "documents.csv"} <= names
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with api.tx(other, "any") as tx:
            await tx.execute(exporting.READY, made.id, made.id)


async def test_a_copy_keeps_the_two_sides_of_a_deal_apart(world: World) -> None:
    """A seller's copy has no order that the buyer has not placed, and not its books; a buyer's has not the seller's fee."""
    api, worker = await world.db.api(), await world.db.worker()
    buyer, seller = await world.company("Sao Mai"), await world.company("Giấy")
    offer = await live_offer(api, seller)
    orders: list[Order] = [await placed(api, buyer, (offer, "10"), cost_centre="KHO-7") for _ in range(2)]
    await world.owner.execute(
        "UPDATE purchase_order SET status = 'pending_approval', placed_at = NULL, confirm_by = NULL WHERE id = $1", orders[1].id
    )
    async with worker.system() as tx:
        sold, bought = await exporting.rows(tx, seller.company), await exporting.rows(tx, buyer.company)
    assert [row["id"] for row in sold["orders"]] == [str(orders[0].id)]
    assert {row["order_id"] for row in sold["order_lines"]} == {str(orders[0].id)}
    assert "KHO-7" not in json.dumps(sold["orders"])
    assert {row["id"] for row in bought["orders"]} == {str(item.id) for item in orders}
    assert {row["cost_centre"] for row in bought["orders"]} == {"KHO-7"}
    assert "fee" not in json.dumps([list(row) for row in bought["orders"] + bought["instalments"]])
