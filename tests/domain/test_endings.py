"""What ends with a person, a company or a day, and what a key for the market does not read."""

from collections.abc import Awaitable, Callable

import asyncpg
import msgspec
import pytest

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.affiliation import service as affiliations
from exchange.domain.bank_account import service as accounts
from exchange.domain.company import members
from exchange.domain.company import service as companies
from exchange.domain.connection import service as connections
from exchange.domain.document import service as documents
from exchange.domain.identity import invitations
from exchange.domain.identity.invitation import TooManyMails
from exchange.domain.passport import service as passports
from exchange.domain.signatory import service as signatories
from exchange.errors import Forbidden, NotFound
from exchange.ids import new_id
from schemas.company import CompanyEdit
from tests.domain.test_document import submit
from tests.domain.test_invitations import SECRET, invite
from tests.domain.test_passport import grant
from tests.world import World

SIGNATORY = "SELECT s.status FROM signatory AS s WHERE s.person_id = $1"


async def test_an_authorisation_ends_with_its_person_and_keeps_its_own_paper(world: World) -> None:
    """Left, or no longer a signatory: revoked, recorded, and not alive again on return; its file is an own document."""
    api = await world.db.api()
    owner, other = await world.company("Sao Mai"), await world.company("Khác")
    clerk = await world.person(owner.company, "Sao Mai", "Clerk", "signatory", "buyer")
    second = await world.person(owner.company, "Sao Mai", "Second", "signatory")
    for paper, code in (
        ((await submit(world, api, other)).file_id, "EX003"),
        (new_id(), "EX003"),
        ((await submit(world, api, owner)).file_id, "EX024"),
    ):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await world.owner.execute("UPDATE signatory SET file_id = $2 WHERE person_id = $1", clerk.person, paper)
        assert refused.value.sqlstate == code
    assert [await world.owner.fetchval(SIGNATORY, one.person) for one in (owner, clerk, second)] == ["verified"] * 3
    async with api.tx(owner, "any") as tx:
        await members.end(tx, clerk.person)
    await world.owner.execute("UPDATE membership SET roles = '{buyer}' WHERE person_id = $1", second.person)
    assert [await world.owner.fetchval(SIGNATORY, one.person) for one in (owner, clerk, second)] == [
        "verified", "revoked", "revoked",
    ]  # fmt: skip
    recorded = "SELECT count(*) FROM event WHERE type = 'signatory.revoked' AND company_id = $1 AND from_state = 'verified'"
    assert await world.owner.fetchval(recorded, owner.company) == 2
    await world.owner.execute("UPDATE membership SET roles = '{signatory}', ended_at = NULL WHERE company_id = $1", owner.company)
    assert await world.owner.fetchval(SIGNATORY, clerk.person) == "revoked"


async def test_a_passport_shows_nothing_of_who_has_closed_and_no_paper_that_is_over(world: World) -> None:
    """On the day that a certificate ends it is gone, whether or not the job has run; with the company everything is."""
    api = await world.db.api()
    owner, reader = await world.company("Sao Mai"), await world.company("Đối Tác")
    paper = await submit(world, api, owner)
    async with api.tx(await world.operator("moderator"), "any") as tx:
        await documents.verify(tx, paper.id)
    made = await grant(api, owner, reader, "identity", "documents", days=300)

    async def shown() -> int:
        async with api.tx(reader, "any") as tx:
            return len((await passports.dossier(tx, made.id)).documents or ())

    assert await shown() == 1
    await world.advance("41 days")
    assert await shown() == 0
    with pytest.raises(NotFound):
        async with api.tx(reader, "any") as tx:
            await passports.paper(tx, made.id, paper.id)
    await world.owner.execute("UPDATE company SET status = 'closed' WHERE id = $1", owner.company)
    with pytest.raises(NotFound):
        await shown()
    async with api.tx(reader, "any") as tx:
        assert [item.live for item in await passports.listed(tx)] == [False]


async def test_a_key_for_the_market_reads_nothing_of_its_own_company(world: World) -> None:
    """People, file, accounts, papers, group, signatories and passports ask for a scope of their own."""
    api = await world.db.api()
    owner = await world.company("Sao Mai")
    reads: tuple[Callable[[Tx], Awaitable[object]], ...] = (
        companies.people,
        lambda tx: companies.dossier(tx, owner.company),
        lambda tx: accounts.listed(tx, owner.company),
        lambda tx: documents.listed(tx, owner.company),
        lambda tx: affiliations.listed(tx, owner.company),
        signatories.listed,
        passports.listed,
    )

    async def read(scope: str) -> int:
        refused = 0
        for one in reads:
            try:
                async with api.tx(msgspec.structs.replace(owner, scopes=frozenset({scope})), "any") as tx:
                    await one(tx)
            except Forbidden:
                refused += 1
        return refused

    assert await read("market.read") == len(reads)
    assert await read("company.read") == 0


async def test_another_name_than_the_verified_one_is_a_flag_for_operators(world: World) -> None:
    """Once for each name, with both names; the same name again, or any other edit, raises none."""
    api, worker = await world.db.api(), await world.db.worker()
    owner = await world.company("Sao Mai")

    async def flags(**changes: str) -> list[str]:
        async with api.tx(owner, "any") as tx:
            version = (await companies.get(tx, owner.company)).version
            await companies.edit(tx, msgspec.convert({"version": version, **changes}, CompanyEdit))
        async with worker.system() as tx:
            await connections.mark(tx, owner.company)
        rows = await world.owner.fetch("SELECT hits -> 0 -> 'data' ->> 'found' AS name FROM moderation_case ORDER BY opened_at")
        return [row["name"] for row in rows]

    assert await flags(about="We sell paper.") == []
    assert await flags(display_name="Vinamilk") == ["Vinamilk"]
    await world.owner.execute(
        "UPDATE moderation_case SET status = 'decided', outcome = 'approved', decided_by = $1, decided_at = now()", owner.person
    )
    assert await flags(about="We sell milk.") == ["Vinamilk"]
    assert await flags(display_name="Sao Mai") == ["Vinamilk"]
    assert await flags(display_name="Habeco") == ["Vinamilk", "Habeco"]


async def test_nobodys_mailbox_is_filled_by_inviting_again_and_again(world: World) -> None:
    """Five a day of one company and ten of all, resending included; another address is free, and so is the next day."""
    api = await world.db.api()
    bosses: list[Ctx] = [await world.company(name) for name in ("One", "Two", "Three")]
    email = "victim@x.example"

    async def filled(boss: Ctx) -> int:
        sent = 0
        while True:
            try:
                made = await invite(world, boss, email)
                sent += 1
                async with api.tx(boss, "any") as tx:
                    await invitations.resend(tx, made.id, SECRET)
                sent += 1
            except TooManyMails:
                return sent
            finally:
                await world.owner.execute("UPDATE member_invitation SET status = 'revoked' WHERE company_id = $1", boss.company)

    assert [await filled(boss) for boss in bosses] == [5, 5, 0]
    assert (await invite(world, bosses[0], "other@x.example")).status == "pending"
    kept = "SELECT string_agg(i::text, ' ') FROM invitation_mail AS i"
    assert "victim" not in await world.owner.fetchval(kept)
    await world.owner.execute("UPDATE invitation_mail SET day = day - 1")
    assert (await invite(world, bosses[2], email)).status == "pending"


async def test_a_webhook_without_somebody_who_answers_for_it_is_not_active(world: World) -> None:
    """The database refuses one that would outlive the membership of its maker."""
    owner = await world.company("Sao Mai")
    with pytest.raises(asyncpg.CheckViolationError):
        await world.owner.execute(
            """INSERT INTO webhook_endpoint (id, company_id, url, secret, status, created_at)
            VALUES ($1, $2, 'https://x.example', 'x', 'active', now())""",
            new_id(), owner.company,
        )  # fmt: skip
