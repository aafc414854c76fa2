"""People, roles and keys as they go over the wire."""

from exchange.ctx import Ctx
from exchange.domain.identity.model import ApiKey, Me, OwnRole
from exchange.domain.permission import MEMBER, OPERATOR, may
from schemas.identity import KeyView, MeView, RoleView, WorkplaceView


def permissions(ctx: Ctx) -> tuple[str, ...]:
    """Everything that the context may do."""
    return tuple(sorted(name for name in (*MEMBER, *OPERATOR) if may(ctx, name)))


def me_view(ctx: Ctx, me: Me) -> MeView:
    return MeView(
        person_id=me.person.id,
        name=me.person.name,
        email=me.person.email,
        locale=me.person.locale,
        company_id=ctx.company_id,
        company_name=ctx.company_name,
        company_status=ctx.company_status,
        roles=tuple(sorted(ctx.roles)),
        operator=ctx.operator,
        operator_roles=tuple(sorted(ctx.operator_roles)),
        permissions=permissions(ctx),
        companies=tuple(
            WorkplaceView(company_id=item.company_id, name=item.name, status=item.status, roles=item.roles)
            for item in me.workplaces
        ),
    )


def role_view(role: OwnRole) -> RoleView:
    return RoleView(id=role.id, version=role.version, name=role.name, permissions=role.permissions, holders=role.holders)


def key_view(key: ApiKey) -> KeyView:
    return KeyView(
        id=key.id,
        version=key.version,
        name=key.name,
        prefix=key.prefix,
        scopes=key.scopes,
        person_id=key.person_id,
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        networks=key.networks,
        last_used_at=key.last_used_at,
        rotated_at=key.rotated_at,
        old_prefix=key.old_prefix,
        old_until=key.old_until,
    )
