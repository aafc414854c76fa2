"""Invitations to colleagues: one link by mail, taken up once, by a new or a known person, and what ends them."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from msgspec import structs

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.company import members
from exchange.domain.identity import invitations, roles
from exchange.domain.identity.access import Access
from exchange.domain.identity.invitation import (
    HasAccount,
    Invitation,
    InvitationOver,
    OtherAddress,
    UnknownInvitation,
    token_of,
)
from exchange.domain.identity.refusals import TooManyKnown
from exchange.domain.identity.registering import KNOWN_MOST, registering
from exchange.errors import Conflict, Forbidden, Invalid, MailNotVerified, NotFound, StepUpRequired, WrongState
from exchange.jobs.kinds import Job
from exchange.jobs.people import expire_invitation
from schemas.company import InvitationJoin, MemberChange, MemberInvite
from schemas.identity import RoleIn
from tests.world import PASSWORD, World

SECRET = "a secret of the exchange " * 2


async def invite(world: World, ctx: Ctx, email: str, *roles: str) -> Invitation:
    api = await world.db.api(2)
    async with api.tx(ctx, "any") as tx:
        return await invitations.invite(tx, MemberInvite(email=email, roles=roles or ("buyer",)), SECRET)


async def email_of(world: World, ctx: Ctx) -> str:
    found: str = await world.owner.fetchval("SELECT email FROM person WHERE id = $1", ctx.person)
    return found


def newcomer(token: str) -> InvitationJoin:
    return InvitationJoin(token=token, name="Trần Mới", password=PASSWORD)


async def member_of(world: World, company: UUID, email: str) -> list[str] | None:
    found: list[str] | None = await world.owner.fetchval(
        """SELECT m.roles FROM membership AS m JOIN person AS p ON p.id = m.person_id
        WHERE m.company_id = $1 AND p.email = $2 AND m.ended_at IS NULL""", company, email,
    )  # fmt: skip
    return found


async def test_a_new_person_joins_once_however_often_the_link_is_used(world: World) -> None:
    """Ten at once make one person and one membership; only the hash of the token is kept."""
    owner = await world.company("Sao Mai")
    made = await invite(world, owner, "Moi@Saomai.example", "buyer", "finance", "buyer")
    token = token_of(SECRET, made.id, 1)
    api = await world.db.api(10)
    done = await asyncio.gather(
        *(invitations.join(api, world.passwords, newcomer(token)) for _ in range(10)), return_exceptions=True
    )
    assert sorted(type(item).__name__ for item in done) == ["InvitationOver"] * 9 + ["Joined"]
    assert await member_of(world, owner.company, "moi@saomai.example") == ["buyer", "finance"]
    kept = await world.owner.fetchval(
        "SELECT row_to_json(i)::text || (SELECT string_agg(j.payload::text, '') FROM job AS j) FROM member_invitation AS i"
    )
    assert token not in kept
    types = await world.owner.fetch("SELECT type FROM event ORDER BY at, id")
    assert [row["type"] for row in types] == ["member_invitation.sent", "member_invitation.accepted", "person.added"]


async def test_a_known_person_joins_another_company_and_comes_back_after_leaving(world: World) -> None:
    """Signed in with that address and no other; the other company stays theirs; roles are those of the newest invitation."""
    first, second = await world.company("Sao Mai"), await world.company("Tân Thành")
    person = await world.person(second.company, "Tân Thành", "Bán", "seller")
    email = await email_of(world, person)
    api = await world.db.api(4)
    made = await invite(world, first, email, "buyer")
    token = token_of(SECRET, made.id, 1)
    with pytest.raises(HasAccount):
        await invitations.join(api, world.passwords, newcomer(token))
    with pytest.raises(OtherAddress):
        await invitations.accept(api, second, token)
    for other in (structs.replace(person, scopes=frozenset({"rfq.read"})), await world.operator("moderator")):
        with pytest.raises(Forbidden):
            await invitations.accept(api, other, token)
    done = await asyncio.gather(*(invitations.accept(api, person, token) for _ in range(4)), return_exceptions=True)
    assert [type(item).__name__ for item in done].count("Joined") == 1
    assert (await member_of(world, first.company, email), await member_of(world, second.company, email)) == (
        ["buyer"],
        ["seller"],
    )
    with pytest.raises(Conflict):
        await invite(world, first, email, "viewer")
    async with api.tx(first, "any") as tx:
        await members.end(tx, person.person)
    again = await invite(world, first, email.upper(), "viewer", "warehouse")
    await invitations.accept(api, person, token_of(SECRET, again.id, 1))
    assert await member_of(world, first.company, email) == ["viewer", "warehouse"]
    assert (
        await world.owner.fetchval(
            "SELECT version FROM membership WHERE company_id = $1 AND person_id = $2", first.company, person.person
        )
        == 3
    )


async def test_links_end(world: World) -> None:
    """Sent again, withdrawn, too old or made up: each leads nowhere, and says so before anything is typed."""
    owner = await world.company("Sao Mai")
    api, worker = await world.db.api(4), await world.db.worker(2)
    made = await invite(world, owner, "moi@saomai.example")
    old = token_of(SECRET, made.id, 1)
    with pytest.raises(Conflict):
        await invite(world, owner, "moi@saomai.example")
    async with api.tx(owner, "any") as tx:
        again = await invitations.resend(tx, made.id, SECRET)
    assert (again.sends, again.version, again.status) == (2, 2, "pending")
    for token in (old, "x", "é" * 43, token_of(SECRET, owner.company, 1)):
        with pytest.raises(UnknownInvitation):
            await invitations.find(api, token)
    new = token_of(SECRET, made.id, 2)
    assert (await invitations.find(api, new)).company_name == "Sao Mai"
    await world.advance("8 days")
    with pytest.raises(InvitationOver):
        await invitations.find(api, new)
    with pytest.raises(InvitationOver):
        await invitations.join(api, world.passwords, newcomer(new))
    job = Job(id=made.id, kind="expire_invitation", payload={"id": str(made.id)}, attempts=1, lease_token=made.id)
    for _ in range(2):
        async with worker.system() as tx:
            await expire_invitation(tx, job)
    async with api.tx(owner, "any") as tx:
        assert (await invitations.get(tx, made.id)).status == "expired"
        third = await invitations.resend(tx, made.id, SECRET)
        await invitations.revoke(tx, third.id)
        with pytest.raises(WrongState):
            await invitations.revoke(tx, third.id)
    with pytest.raises(InvitationOver):
        await invitations.find(api, token_of(SECRET, made.id, 3))
    states = await world.owner.fetch("SELECT type FROM event WHERE aggregate = 'member_invitation' ORDER BY at, id")
    assert [row["type"].partition(".")[2] for row in states] == ["sent", "resent", "expired", "resent", "revoked"]


async def test_an_invitation_lives_no_longer_than_its_senders_right(world: World) -> None:
    """Whoever leaves, or is no admin any more, leaves no open door; an owner who steps down none for owners."""
    owner = await world.company("Sao Mai")
    second = await world.person(owner.company, "Sao Mai", "Hai", "owner")
    admin = await world.person(owner.company, "Sao Mai", "Quản", "admin")
    of_admin, of_owner = await invite(world, admin, "a@x.example"), await invite(world, second, "b@x.example", "owner")
    kept = await invite(world, second, "c@x.example", "buyer")
    with pytest.raises(Forbidden):
        await invite(world, admin, "d@x.example", "owner")
    with pytest.raises(Forbidden):
        await invite(world, structs.replace(admin, roles=frozenset({"owner"})), "d@x.example", "owner")
    api = await world.db.api(2)
    async with api.tx(owner, "any") as tx:
        await members.end(tx, admin.person)
        await members.change(tx, second.person, MemberChange(version=1, roles=("admin",)))
        found = {item.id: item.status for item in await invitations.listed(tx)}
    assert [found[item.id] for item in (of_admin, of_owner, kept)] == ["revoked", "revoked", "pending"]


async def test_others_neither_invite_nor_see_nor_withdraw(world: World) -> None:
    """A buyer, a key and another company; nobody learns by inviting whether an address has an account."""
    owner, stranger = await world.company("Sao Mai"), await world.company("Tân Thành")
    buyer = await world.person(owner.company, "Sao Mai", "Mua", "buyer")
    made = await invite(world, owner, await email_of(world, stranger))
    unknown = await invite(world, owner, "nobody@x.example")
    assert (
        structs.replace(made, id=unknown.id, email=unknown.email, created_at=unknown.created_at, due_at=unknown.due_at) == unknown
    )
    for other in (buyer, structs.replace(owner, scopes=frozenset({"people.write"}))):
        with pytest.raises(Forbidden):
            await invite(world, other, "e@x.example")
    api = await world.db.api(2)
    async with api.tx(stranger, "any") as tx:
        assert await invitations.listed(tx) == []
        for act in (invitations.get, invitations.revoke):
            with pytest.raises(NotFound):
                await act(tx, made.id)


async def test_what_a_leaver_acts_through_ends_and_stays_ended(world: World) -> None:
    """Sessions, keys and webhooks of this company alone; coming back brings none of them back."""
    owner = await world.company("Sao Mai")
    admin = await world.person(owner.company, "Sao Mai", "Quản", "admin")
    api = await world.db.api(4)
    token = await world.session(admin)
    await world.owner.execute(
        """INSERT INTO api_key (id, company_id, person_id, name, prefix, secret_hash, scopes)
        SELECT gen_random_uuid(), $1, p, 'k', 'k', decode(repeat(n, 64), 'hex'), '{rfq.read}'
        FROM (VALUES ($2::uuid, 'a'), ($3::uuid, 'b')) AS v (p, n)""", owner.company, admin.person, owner.person,
    )  # fmt: skip
    await world.owner.execute(
        """INSERT INTO webhook_endpoint (id, company_id, url, secret, status, person_id, created_at)
        SELECT gen_random_uuid(), $1, 'https://x.example/', 's', 'active', p, now() FROM unnest($2::uuid[]) AS p""",
        owner.company, [admin.person, owner.person],
    )  # fmt: skip
    async with api.tx(owner, "any") as tx:
        await members.end(tx, admin.person)
    assert await (await Access.open(api)).session(token, fresh=True) is None
    alive = """SELECT (SELECT count(*) FROM api_key WHERE revoked_at IS NULL),
        (SELECT count(*) FROM webhook_endpoint WHERE status = 'active')"""
    assert tuple(await world.owner.fetchrow(alive) or ()) == (1, 1)
    told = await world.owner.fetch("SELECT type, payload::text FROM event ORDER BY at, id")
    assert [row["type"] for row in told] == ["person.left", "key.revoked", "webhook.disabled"]
    assert '"keys": 1' in told[0]["payload"]
    again = await invite(world, owner, await email_of(world, admin), "admin")
    await invitations.accept(api, admin, token_of(SECRET, again.id, 1))
    assert tuple(await world.owner.fetchrow(alive) or ()) == (1, 1)


async def test_an_own_role_comes_with_the_invitation_while_it_stands(world: World) -> None:
    """Who joins has it; one that was deleted meanwhile is left out, another company's is refused."""
    owner, other = await world.company("Sao Mai", roles=("owner",)), await world.company("Sao Hôm")
    api = await world.db.api(2)
    async with api.tx(owner, "any") as tx:
        kept = await roles.create(tx, RoleIn(name="Thư ký", permissions=("rfq.write",)))
        gone = await roles.create(tx, RoleIn(name="Cũ", permissions=("rfq.write",)))
        ids = (kept.id, gone.id)
        made = await invitations.invite(tx, MemberInvite(email="a@x.example", roles=("viewer",), own_roles=ids), SECRET)
    assert made.own_roles == ids
    async with api.tx(owner, "any") as tx:
        await roles.delete(tx, gone.id)
        await invitations.resend(tx, made.id, SECRET)
    joining = InvitationJoin(token=token_of(SECRET, made.id, 2), name="An", password=PASSWORD)
    joined = await invitations.join(api, world.passwords, joining)
    held = await world.owner.fetch("SELECT role_id FROM member_role WHERE person_id = $1", joined.person_id)
    assert [row["role_id"] for row in held] == [kept.id]
    with pytest.raises(Invalid):
        async with api.tx(other, "any") as tx:
            await invitations.invite(tx, MemberInvite(email="b@x.example", roles=("viewer",), own_roles=(kept.id,)), SECRET)


async def test_inviting_owners_and_defining_roles_ask_for_a_proof(world: World) -> None:
    """A session left open invites no owner and defines no role; it still invites a buyer."""
    owner = await world.company("Sao Mai")
    api = await world.db.api(2)
    idle = structs.replace(owner, stepped_up=False)
    acts: list[Callable[[Tx], Awaitable[object]]] = [
        lambda tx: invitations.invite(tx, MemberInvite(email="o@x.example", roles=("owner",)), SECRET),
        lambda tx: roles.create(tx, RoleIn(name="R", permissions=("rfq.write",))),
    ]
    for act in acts:
        with pytest.raises(StepUpRequired):
            async with api.tx(idle, "any") as tx:
                await act(tx)
    assert (await invite(world, idle, "b@x.example", "buyer")).status == "pending"
    async with api.tx(owner, "any") as tx:
        sent = await invitations.invite(tx, MemberInvite(email="o@x.example", roles=("owner",)), SECRET)
    with pytest.raises(StepUpRequired):
        async with api.tx(idle, "any") as tx:
            await invitations.resend(tx, sent.id, SECRET)


async def test_owners_are_invited_by_who_has_just_proved_it_and_nobody_by_an_unproved_address(world: World) -> None:
    """An open session makes no owner by mail either, and who registers with any address sends no mail to others."""
    owner = await world.company("Sao Mai")
    left_open = structs.replace(owner, stepped_up=False)
    with pytest.raises(StepUpRequired):
        await invite(world, left_open, "chu@saomai.example", "owner")
    with pytest.raises(MailNotVerified):
        await invite(world, structs.replace(owner, verified=False), "mua@saomai.example")
    assert (await invite(world, left_open, "mua@saomai.example")).status == "pending"
    made = await invite(world, owner, "chu@saomai.example", "owner")
    api = await world.db.api(2)
    with pytest.raises(StepUpRequired):
        async with api.tx(left_open, "any") as tx:
            await invitations.resend(tx, made.id, SECRET)


async def test_nobody_asks_a_hundred_times_whether_an_address_is_known(world: World) -> None:
    """After twenty refusals from one network it waits; others register meanwhile."""
    api = await world.db.api(2)

    async def known(address: str) -> None:
        async with registering(api, address):
            raise Conflict(what="A person with this e-mail")

    for _ in range(KNOWN_MOST):
        with pytest.raises(Conflict):
            await known("192.0.2.1")
    with pytest.raises(TooManyKnown):
        async with registering(api, "192.0.2.1"):
            pass
    async with registering(api, "192.0.2.2"):
        pass
