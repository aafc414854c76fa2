"""Sensitive reads leave a row that the company sees and nobody changes."""

import asyncpg
import pytest

from exchange.domain import access_log
from exchange.domain.access_log import service
from exchange.domain.company import service as companies
from exchange.errors import Forbidden
from exchange.ids import new_id
from tests.portal.browser import browser
from tests.world import Site


async def test_a_company_learns_who_looked_and_its_rival_does_not(site: Site) -> None:
    """An operator's look into a file stands in the log of that company alone; operators find it by person and company."""
    ours, rival = await site.world.company("Ours"), await site.world.company("Rival")
    operator = await site.world.operator("compliance")
    console = await browser(site, operator)
    await console.see(f"/operator/members/{ours.company}")
    answer = await console.client.get(f"/api/v1/operator/companies/{ours.company}")
    assert answer.status_code == 200
    mine = await (await site.client(ours)).get("/api/v1/own/accesses")
    seen = [(item["what"], item["object_id"], item["operator"], item["actor_id"]) for item in mine.json()["items"]]
    assert seen == [("company.dossier", str(ours.company), True, None)] * 2
    assert (await (await site.client(rival)).get("/api/v1/own/accesses")).json()["items"] == []
    assert "Company file with bank account and people" in await (await browser(site, ours)).see("/company/accesses")
    assert "Nobody has looked yet" in await (await browser(site, rival)).see("/company/accesses")
    for find, there in ((ours.company, True), (operator.person, True), (rival.company, False), ("nonsense", False)):
        page = await console.see(f"/operator/accesses?find={find}")
        assert ("Company file with bank account" in page) == there, find
    everything = await console.client.get("/api/v1/operator/accesses?limit=1")
    rest = await console.client.get(f"/api/v1/operator/accesses?cursor={everything.json()['next']}")
    assert [len(everything.json()["items"]), len(rest.json()["items"])] == [1, 1]


async def test_the_log_is_written_truthfully_and_stays(site: Site) -> None:
    """Nobody writes in another's name, edits, deletes or empties it; a seller may not read it."""
    world = site.world
    ours, rival = await world.company("Ours"), await world.company("Rival")
    async with site.deps.db.tx(ours, "any") as tx:
        await access_log.record(tx, "company.export", ours.company, ours.company)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.savepoint():
                await tx.execute(
                    "INSERT INTO access_log (id, what, object_id, company_id, actor_id, actor_company_id, operator)"
                    " VALUES ($1, 'company.export', $2, $2, $3, $4, false)",
                    new_id(), ours.company, rival.person, rival.company,
                )  # fmt: skip
    for statement in ("UPDATE access_log SET operator = true", "DELETE FROM access_log", "TRUNCATE access_log"):
        with pytest.raises(asyncpg.PostgresError, match="never changed"):
            await world.owner.execute(statement)
    seller = await world.person(ours.company, "Ours", "Seller", "seller")
    async with site.deps.db.read(ours) as tx:
        (row,) = (await service.own(tx, None, 10)).items
        assert (row.what, row.actor_id, row.operator) == ("company.export", ours.person, False)
        # The own file is no secret to the company itself.
        await companies.dossier(tx, ours.company)
    with pytest.raises(Forbidden):
        async with site.deps.db.read(seller) as tx:
            await service.own(tx, None, 10)
