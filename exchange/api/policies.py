"""Approval policies over the API: who must agree to which commitment, and who it would be for a value."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from exchange.domain.approval import policies
from exchange.domain.approval.view import policy_view
from exchange.errors import invalid
from exchange.money import NotAnAmount, decode_amount
from exchange.web import WebRequest, ctx, deps
from schemas.approval import CommitmentKind, PolicyIn, PolicyPreview, PolicyView, PresetIn
from schemas.common import AMOUNT, Currency


@get("/own/policies", summary="Who must agree to which commitment")
async def list_policies(request: WebRequest) -> tuple[PolicyView, ...]:
    """The newest version of each kind; version 0 where there never was one. Without an active policy nothing waits."""
    async with deps(request).db.read(ctx(request)) as tx:
        return tuple(policy_view(item) for item in await policies.all_of(tx))


@put("/own/policies/{kind:str}", summary="Change who must agree")
async def put_policy(request: WebRequest, kind: FromPath[CommitmentKind], data: JSONBody[PolicyIn]) -> PolicyView:
    """A new version, by an owner or administrator in person; requests that wait keep the version they were asked under.

    409 when another version than `version` is the newest, so sending it twice changes it once.
    """
    async with deps(request).db.tx(ctx(request), "applicant") as tx:
        return policy_view(await policies.put(tx, kind, data))


@post("/own/policies/preset", status_code=200, summary="Take a ready-made policy")
async def apply_preset(request: WebRequest, data: JSONBody[PresetIn]) -> tuple[PolicyView, ...]:
    """For every kind with a value: `just_me` asks nobody, `director_above` one other person, `committee` two steps.

    Sent twice it changes nothing more.
    """
    async with deps(request).db.tx(ctx(request), "applicant") as tx:
        return tuple(policy_view(item) for item in await policies.apply_preset(tx, data))


@get("/own/policies/{kind:str}/preview", summary="Who must approve this value?")
async def preview_policy(
    request: WebRequest,
    kind: FromPath[CommitmentKind],
    currency: Annotated[Currency, QueryParameter(description="Another one than the policy's meets the highest tier")],
    value: Annotated[
        str | None, QueryParameter(pattern=AMOUNT, max_length=20, description="Gross; without it nobody knows the value yet")
    ] = None,
    asking: Annotated[UUID | None, QueryParameter(description="Who would ask; the acting person when not said")] = None,
) -> PolicyPreview:
    """The steps and the people whose yes they need, without the one who asks."""
    gross = None if value is None else _minor(value, currency)
    async with deps(request).db.read(ctx(request)) as tx:
        return await policies.preview(tx, kind, currency, gross, asking)


def _minor(value: str, currency: str) -> int:
    if not value.strip("0."):
        return 0
    try:
        return decode_amount(value, currency)
    except NotAnAmount as error:
        raise invalid("/value", error.code, error.detail, **error.data) from error


ROUTES = Router("", route_handlers=[list_policies, put_policy, apply_preset, preview_policy], tags=["company"])
