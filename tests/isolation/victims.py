"""Two companies with something of everything, whose secrets must appear in no answer to a third one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from exchange.ctx import Ctx
from exchange.domain.award import service as awards
from exchange.domain.contract import drafting
from exchange.domain.file import store as file_store
from exchange.domain.file.model import Received
from exchange.domain.offer import service as offers
from exchange.domain.rfq import service as rfqs
from exchange.ids import new_id
from exchange.jobs.sequencer import place_batch
from schemas.offer import OfferIn
from schemas.quote import AwardIn
from tests.domain.awards import binding_award
from tests.domain.buying import buying, line
from tests.domain.deals import Deals
from tests.isolation.marks import MARK
from tests.isolation.papers import papers, papers_of_people
from tests.world import World, offer_json, step, tier

# A price, a target and a stock that stand nowhere else, in any way of writing.
AMOUNTS = ("918273645", "736481925")

# What stands in the path of a route -> the victims' objects of that kind that the third company may not see.
# A route with a new parameter needs a row here, and the victims need such an object.
HIDDEN = {
    "absence_id": "SELECT id FROM absence WHERE company_id = ANY ($1)",
    "account_id": "SELECT id FROM bank_account WHERE company_id = ANY ($1)",
    "address_id": "SELECT id FROM company_address WHERE company_id = ANY ($1)",
    "affiliation_id": "SELECT id FROM affiliation WHERE company_id = ANY ($1)",
    "approval_id": "SELECT id FROM approval_request WHERE company_id = ANY ($1)",
    "award_id": "SELECT id FROM award WHERE buyer_id = ANY ($1)",
    "case_id": "SELECT id FROM moderation_case WHERE company_id = ANY ($1)",
    "closing_id": "SELECT id FROM closing_proposal WHERE buyer_id = ANY ($1)",
    "company_id": "SELECT id FROM company WHERE status = 'applied' AND display_name LIKE 'Kestrel%' AND NOT id = ANY ($1)",
    "contract_id": "SELECT id FROM contract WHERE buyer_id = ANY ($1) ORDER BY status",
    "delivery_id": "SELECT id FROM delivery WHERE buyer_id = ANY ($1)",
    "deposit_id": "SELECT id FROM deposit WHERE company_id = ANY ($1)",
    "document_id": "SELECT id FROM document WHERE company_id = ANY ($1)",
    "erasure_id": "SELECT id FROM erasure_request WHERE company_id = ANY ($1)",
    "file_id": "SELECT id FROM file WHERE company_id = ANY ($1)",
    "instalment_id": "SELECT id FROM instalment WHERE buyer_id = ANY ($1) ORDER BY status",
    "invitation_id": "SELECT id FROM member_invitation WHERE company_id = ANY ($1)",
    "invoice_id": "SELECT id FROM invoice WHERE buyer_id = ANY ($1)",
    "job_id": "SELECT id FROM job WHERE cardinality($1::uuid[]) > 0",
    "key_id": "SELECT id FROM api_key WHERE company_id = ANY ($1)",
    "line_id": "SELECT (lines -> 0 ->> 'id')::uuid AS id FROM rfq WHERE buyer_id = ANY ($1)",
    "message_id": "SELECT id FROM message WHERE company_id = ANY ($1) ORDER BY internal",
    "notification_id": "SELECT id FROM notification WHERE company_id = ANY ($1)",
    "object_id": "SELECT id FROM purchase_order WHERE buyer_id = ANY ($1)",
    "offer_id": "SELECT id FROM offer WHERE company_id = ANY ($1) AND (status <> 'live' OR visibility <> 'all')",
    "order_id": "SELECT id FROM purchase_order WHERE buyer_id = ANY ($1)",
    "order_line_id": "SELECT id FROM order_line WHERE buyer_id = ANY ($1)",
    "passport_id": "SELECT id FROM passport WHERE company_id = ANY ($1)",
    "passkey_id": "SELECT k.id FROM passkey AS k JOIN membership AS m USING (person_id) WHERE m.company_id = ANY ($1)",
    "person_id": "SELECT person_id AS id FROM membership WHERE company_id = ANY ($1)",
    "quote_id": "SELECT id FROM quote WHERE buyer_id = ANY ($1) ORDER BY status",
    "rfq_id": "SELECT id FROM rfq WHERE buyer_id = ANY ($1) AND (status = 'draft' OR mode = 'invited') ORDER BY status",
    "removal_id": "SELECT id FROM factor_removal WHERE cardinality($1::uuid[]) > 0",
    "role_id": "SELECT id FROM company_role WHERE company_id = ANY ($1)",
    "rule_id": "SELECT id FROM screening_rule WHERE cardinality($1::uuid[]) > 0",
    "session_id": "SELECT encode(substring(token_hash FOR 16), 'hex')::uuid AS id FROM session WHERE company_id = ANY ($1)",
    "signatory_id": "SELECT id FROM signatory WHERE company_id = ANY ($1)",
    "subject_id": "SELECT id FROM purchase_order WHERE buyer_id = ANY ($1)",
    "thread_id": "SELECT id FROM thread WHERE buyer_id = ANY ($1)",
    "webhook_id": "SELECT id FROM webhook_endpoint WHERE company_id = ANY ($1)",
    "delivery_id of webhook-deliveries": "SELECT id FROM webhook_delivery WHERE company_id = ANY ($1)",
}
# What everybody may see of them: searched for secrets all the same.
SHOWN = {
    "company_id": "SELECT id FROM company WHERE id = ANY ($1)",
    "offer_id": "SELECT id FROM offer WHERE company_id = ANY ($1) AND status = 'live' AND visibility = 'all'",
    "rfq_id": "SELECT id FROM rfq WHERE buyer_id = ANY ($1) AND status <> 'draft' AND mode = 'open'",
}


class Victims:
    """The two companies, a third applicant, and what is theirs."""

    def __init__(self, world: World, buyer: Ctx, seller: Ctx) -> None:
        self.world = world
        self.buyer = buyer
        self.seller = seller

    @property
    def companies(self) -> list[UUID]:
        return [self.buyer.company, self.seller.company]

    async def ids(self, statements: dict[str, str], most: int) -> dict[str, list[UUID]]:
        """Up to `most` objects for each parameter."""
        return {
            name: [row["id"] for row in await self.world.owner.fetch(sql, self.companies)][:most]
            for name, sql in statements.items()
        }


async def victims(world: World) -> Victims:
    """A market of two: drafts, a sealed RFQ with its quote, an award that waits, a contract to sign, a deal under way."""
    deals = await Deals.open(world)
    found = Victims(world, deals.buyer, deals.seller)
    await world.company(f"{MARK} applicant", status="applied")
    await _asking(world, found)
    await _dealing(world, deals)
    await _belongings(world, found)
    await _talking(world, found)
    for ctx, other in ((found.buyer, found.seller), (found.seller, found.buyer)):
        await papers(world, ctx)
        await papers_of_people(world, ctx, other)
    connection = await asyncpg.connect(world.db.url("exchange_worker"))
    try:
        while (await place_batch(connection))[0]:
            pass
    finally:
        await connection.close()
    await _notices(world, found)
    return found


async def _asking(world: World, found: Victims) -> None:
    """RFQs in all stages, offers that are not shown, a proposal that a second person must approve."""
    deal = await buying(world)
    await world.policy(found.buyer.company, "award", tier(1, step("owner", "approver")))
    secret: dict[str, Any] = {
        "title": f"{MARK} paper", "description": f"{MARK} wishes", "own_reference": f"{MARK}-17",
        "lines": [line(text=f"{MARK} sheets")], "mode": "invited", "invite": [str(found.seller.company)],
    }  # fmt: skip
    await deal.rfq(found.buyer, **{**secret, "publish": False})
    sealed = await deal.rfq(found.buyer, **secret, sealed=True)
    await deal.quote(found.seller, sealed, AMOUNTS[0], note=f"{MARK} margin")
    await deal.rfq(found.buyer, own_reference=f"{MARK}-18", mode="open")
    soon = await deal.now()
    opened = await deal.rfq(found.buyer, **{**secret, "due_at": soon.replace(year=soon.year + 1)})
    quote = await deal.quote(found.seller, opened, AMOUNTS[0], note=f"{MARK} margin")
    async with deal.api.tx(found.buyer) as tx:
        await rfqs.close_early(tx, opened.id)
    await deal.act()
    async with deal.api.tx(found.buyer) as tx:
        await awards.propose(tx, opened.id, AwardIn(quote_id=quote.id, reason=f"{MARK} reason"))
    hidden = {"title": f"{MARK} stock", "available": AMOUNTS[1], "external_id": f"{MARK}-ext"}
    async with deal.api.tx(found.seller) as tx:
        for publish, more in ((False, {}), (True, {"visibility": "own"})):
            await offers.create(tx, _offer({**offer_json(**hidden), **more, "external_id": f"{MARK}-{publish}"}), publish=publish)
    shown = await deal.offer(found.seller, external_id="shown-1")
    async with deal.api.tx(found.seller) as tx:
        paused = await offers.create(tx, _offer({**offer_json(**hidden), "external_id": f"{MARK}-paused"}), publish=True)
        await offers.act(tx, paused.id, "pause")
    assert shown.status == "live"


def _offer(command: dict[str, object]) -> OfferIn:
    return msgspec.convert(command, OfferIn)


async def _dealing(world: World, deals: Deals) -> None:
    """A contract that waits for signatures; one order paid and part delivered, one paid directly, one reviewed."""
    award = await binding_award(world, deals.buyer, deals.seller)
    async with deals.worker.system() as tx:
        assert await drafting.draft(tx, award) is not None
    await deals.fund(deals.buyer.company, 918_273_645)
    order = await deals.order([("10", "1000", "10")])
    await deals.pay(order.instalments[0])
    delivery = await deals.despatch(order, "5")
    await deals.arrive(delivery.id)
    await deals.inspect(delivery.id, (order.lines[0], "4", "1"))
    await deals.invoice(delivery.id)
    await deals.propose(order.id)
    direct = await deals.order([("10", "1000", "10")], payment="direct_after_acceptance")
    await world.owner.execute(
        """INSERT INTO review (id, order_id, author_company_id, subject_company_id, status, score, text, author_id, created_at,
        publish_at) VALUES ($1, $2, $3, $4, 'written', 3, $5, $6, market_now(), market_now() + interval '7 days')""",
        new_id(), direct.id, deals.buyer.company, deals.seller.company, f"{MARK} review", deals.buyer.person,
    )  # fmt: skip


async def _belongings(world: World, found: Victims) -> None:
    """Keys, webhooks, files, a deposit, and private words in every file of the two."""
    owner = world.owner
    for ctx in (found.buyer, found.seller):
        company = ctx.company
        await owner.execute(
            """UPDATE company_file SET address = $2, phone = '+84 918273645', representative = $2,
            contact_email = lower($2) || '@kestrel.example' WHERE company_id = $1""",
            company, f"{MARK}-{company.hex[:6]}",
        )  # fmt: skip
        await owner.execute("UPDATE person SET name = $2 WHERE id = $1", ctx.person, f"{MARK} person")
        await owner.execute(
            "UPDATE bank_account SET number = '918273645', bank_name = $2 WHERE company_id = $1", company, f"{MARK} Bank"
        )
        await owner.execute(
            """INSERT INTO api_key (id, company_id, person_id, name, prefix, secret_hash, scopes)
            VALUES ($1, $2, $3, $4, 'ex_test_', sha256($4::text::bytea), '{}')""",
            new_id(), company, ctx.person, f"{MARK} key {company}",
        )  # fmt: skip
        await owner.execute(
            "INSERT INTO webhook_endpoint (id, company_id, url, secret, status, person_id, created_at)"
            " VALUES ($1, $2, $3, $4, 'active', $5, market_now())",
            new_id(), company, "https://kestrel.example/hook", f"{MARK} whsec", ctx.person,
        )  # fmt: skip
        async with (await world.db.api(1)).tx(ctx, "finish") as tx:
            received = Received(
                id=new_id(), name=f"{MARK}.pdf", media_type="application/pdf", size=1, sha256=b"0" * 32, purpose="invoice"
            )
            await file_store.insert(tx, received, company, (), ctx.person_id)
        await owner.execute(
            "INSERT INTO company_role (id, company_id, name, created_at) VALUES ($1, $2, $3, market_now())",
            new_id(), company, f"{MARK} role",
        )  # fmt: skip
        await owner.execute(
            """INSERT INTO affiliation (id, company_id, kind, owner_name, owner_number, owner_country, percent, declared_by,
            declared_at) VALUES ($1, $2, 'owner', $3, $3, 'VN', 60, $4, market_now())""",
            new_id(), company, f"{MARK} owner", ctx.person,
        )  # fmt: skip
        await owner.execute(
            """INSERT INTO deposit (id, company_id, amount_minor, currency, bank_reference, status, entered_by, entered_at)
            VALUES ($1, $2, 918273645, 'VND', $3, 'entered', $4, market_now())""",
            new_id(), company, f"{MARK} transfer {company}", ctx.person,
        )  # fmt: skip
        await world.session(ctx)


async def _talking(world: World, found: Victims) -> None:
    """A conversation of the two about an order, with a note that one of them keeps to itself."""
    owner, thread = world.owner, new_id()
    await owner.execute(
        """INSERT INTO thread (id, kind, subject_id, buyer_id, seller_id)
        SELECT $1, 'order', id, buyer_id, seller_id FROM purchase_order WHERE buyer_id = $2 LIMIT 1""",
        thread, found.buyer.company,
    )  # fmt: skip
    for internal in (False, True):
        await owner.execute(
            """INSERT INTO message (id, thread_id, buyer_id, seller_id, company_id, author_id, internal, hinted, body, files,
            by_mail, words, created_at) VALUES ($1, $2, $3, $4, $3, $5, $6, false, $7, '{}', false, to_tsvector('simple', $7),
            market_now())""",
            new_id(), thread, found.buyer.company, found.seller.company, found.buyer.person, internal, f"{MARK} words",
        )  # fmt: skip


async def _notices(world: World, found: Victims) -> None:
    """What was told to them: an entry in the inbox and a webhook delivery for the newest event of each."""
    for ctx in (found.buyer, found.seller):
        event = await world.owner.fetchval(
            "SELECT id FROM event WHERE company_id = $1 ORDER BY position DESC LIMIT 1", ctx.company
        )
        endpoint = await world.owner.fetchval("SELECT id FROM webhook_endpoint WHERE company_id = $1", ctx.company)
        await world.owner.execute(
            """INSERT INTO notification (id, company_id, person_id, event_id, kind, aggregate, aggregate_id, created_at)
            VALUES ($1, $2, $3, $4, 'order.confirmed', 'order', $1, market_now())""",
            new_id(), ctx.company, ctx.person, event,
        )  # fmt: skip
        await world.owner.execute(
            """INSERT INTO webhook_delivery (id, endpoint_id, company_id, event_id, status, created_at)
            VALUES ($1, $2, $3, $4, 'failed', market_now())""",
            new_id(), endpoint, ctx.company, event,
        )  # fmt: skip


async def rows_of(owner: asyncpg.Connection, tables: Sequence[str], strangers: Sequence[str]) -> dict[str, set[str]]:
    """All rows of all tables as text, but those that speak of the strangers."""
    found: dict[str, set[str]] = {}
    for table in tables:
        rows = await owner.fetch(f'SELECT t::text AS row FROM "{table}" AS t')
        found[table] = {row["row"] for row in rows if not any(stranger in row["row"] for stranger in strangers)}
    return found
