"""Screening of listings before buyers see them, and the rules as operators change them."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from exchange import events
from exchange.db import Tx
from exchange.domain.permission import need
from exchange.domain.screening import store
from exchange.domain.screening.model import Parameters, RuleRow, Subject, Verdict
from exchange.domain.screening.rules import screen_all
from exchange.errors import NotFound, WrongState, invalid

TERMS_MOST = 500


async def inspect(tx: Tx, subjects: Sequence[Subject]) -> dict[int, Verdict]:
    """What the rules in force say of the acting company's listings: one round trip for one or a batch."""
    asked = [
        {
            "n": item.n,
            "title": item.title,
            "category": item.category,
            "currency": item.currency,
            "unit": item.unit,
            "mpn": item.mpn,
            "gtins": item.gtins,
            "own": item.own,
            "external_id": item.external_id,
        }
        for item in subjects
    ]
    return screen_all(subjects, await store.grounds(tx, asked)) if asked else {}


async def rules(tx: Tx) -> list[RuleRow]:
    """Every rule, for operators."""
    need(tx.ctx, "operator.read")
    return await store.rules(tx)


async def rule(tx: Tx, rule_id: UUID) -> RuleRow:
    for item in await rules(tx):
        if item.id == rule_id:
            return item
    raise NotFound(noun="rule")


class RuleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule as an operator wants it; `version` is the one that was read."""

    version: int
    enabled: bool = False
    holds: bool = False
    parameters: Parameters = Parameters()


async def change(tx: Tx, code: str, command: RuleChange) -> RuleRow:
    """From the next listing on. Raises WrongState when another operator changed the rule meanwhile."""
    need(tx.ctx, "operator.rules")
    if len(command.parameters.terms) > TERMS_MOST:
        raise invalid("/terms", "too-many", "At most %(most)s terms.", most=TERMS_MOST)
    if command.parameters.steps < 1:
        raise invalid("/steps", "too-small", "Give a number of at least %(least)s.", least=1)
    if min(command.parameters.factor, command.parameters.least_offers) < 2:
        raise invalid("/factor", "too-small", "Give a number of at least %(least)s.", least=2)
    if not 50 <= command.parameters.alike_percent <= 100:
        raise invalid("/alike_percent", "out-of-range", "Give a percentage from 50 to 100.")
    if not await store.change(tx, code, command.version, command.enabled, command.holds, command.parameters, tx.ctx.person):
        raise WrongState(noun="rule", current="another version")
    after = next(item for item in await store.rules(tx) if item.code == code)
    state = "enabled" if after.enabled else "disabled"
    await events.append(tx, "screening.changed", after.id, after.version, to_state=state)
    return after
