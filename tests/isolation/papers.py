"""What the two companies keep about themselves: certificates, cases, addresses, invitations, passports."""

from exchange.ctx import Ctx
from exchange.ids import new_id
from tests.isolation.marks import MARK
from tests.world import World


async def papers(world: World, ctx: Ctx) -> None:
    """A certificate that waits to be verified, and an absence."""
    await world.owner.execute(
        """INSERT INTO document (id, company_id, scheme, certificate, number, issuer, valid_from, file_id, submitted_by,
        submitted_at) SELECT $1, $2, (SELECT min(s.code) FROM document_scheme AS s), true, $3, $3, current_date, f.id, $4,
        market_now() FROM file AS f WHERE f.company_id = $2 LIMIT 1""",
        new_id(), ctx.company, f"{MARK} certificate", ctx.person,
    )  # fmt: skip
    await world.owner.execute(
        """INSERT INTO moderation_case (id, kind, object_id, company_id, opened_at, due_at)
        VALUES ($1, 'company', $2, $2, market_now(), market_now() + interval '1 day')""",
        new_id(), ctx.company,
    )  # fmt: skip
    await world.owner.execute(
        """INSERT INTO erasure_request (id, person_id, asked_by, company_id, status, asked_at, due_at)
        VALUES ($1, $3, $3, $2, 'waiting', market_now(), market_now() + interval '30 days')""",
        new_id(), ctx.company, ctx.person,
    )  # fmt: skip
    await world.owner.execute(
        """INSERT INTO factor_removal (id, person_id, reason, proof, status, stop_hash, asked_by, due_at)
        VALUES ($1, $2, $3, $3, 'asked', sha256(uuid_send($1)), $4, clock_timestamp() + interval '7 days')""",
        new_id(), ctx.person, f"{MARK} lost it all", (await world.operator("compliance")).person,
    )  # fmt: skip
    await world.owner.execute(
        """INSERT INTO passkey (id, person_id, credential_id, public_key, sign_count, name)
        VALUES ($1, $2, uuid_send($1), sha256('k'), 0, $3)""",
        new_id(), ctx.person, f"{MARK} passkey",
    )  # fmt: skip
    await world.owner.execute(
        """INSERT INTO absence (id, company_id, person_id, starts_at, ends_at, set_by)
        VALUES ($1, $2, $3, market_now(), market_now() + interval '1 day', $3)""",
        new_id(), ctx.company, ctx.person,
    )  # fmt: skip


async def papers_of_people(world: World, ctx: Ctx, other: Ctx) -> None:
    """A warehouse, a colleague who is invited, and a passport that each of the two shows the other."""
    await world.owner.execute(
        """INSERT INTO company_address (id, company_id, kind, street, province, country, hours, created_at)
        VALUES ($1, $2, 'warehouse', $3, 'VN-SG', 'VN', '8-17', market_now())""",
        new_id(), ctx.company, f"{MARK} street",
    )  # fmt: skip
    await world.owner.execute(
        """INSERT INTO member_invitation (id, company_id, email, roles, locale, status, token_hash, invited_by, created_at,
        due_at) VALUES ($1, $2, lower($3), '{viewer}', 'en', 'pending', sha256($3::text::bytea), $4, market_now(),
        market_now() + interval '7 days')""",
        new_id(), ctx.company, f"{MARK}-{ctx.company.hex}@kestrel.example", ctx.person,
    )  # fmt: skip
    await world.owner.execute(
        """INSERT INTO passport (id, company_id, reader_id, fields, until, granted_by, granted_at)
        VALUES ($1, $2, $3, '{identity}', market_now() + interval '30 days', $4, market_now())""",
        new_id(), ctx.company, other.company, ctx.person,
    )  # fmt: skip
