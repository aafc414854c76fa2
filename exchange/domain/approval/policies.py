"""Who must agree to which commitment: a company's policies, each change a new version that leaves running requests alone."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from uuid import UUID

from exchange import events
from exchange.db import Tx
from exchange.domain.approval import policy_store, rules, store
from exchange.domain.approval.model import Kind, Policy
from exchange.domain.approval.rules import ANOTHER_PERSON, Asked, Route, Rule, Step, Tier
from exchange.domain.approval.standing import Around, around
from exchange.domain.approval.view import voice
from exchange.domain.permission import need, need_person, need_step_up
from exchange.errors import FieldError, Invalid, WrongState
from exchange.ids import new_id
from exchange.money import MAX_AMOUNT_MINOR, NotAnAmount, decode_amount, minor_text
from schemas.approval import PolicyIn, PolicyPreview, PresetIn, StepIn, StepPreview, TierIn

# What commits a company today; the other kinds of the table wait for their nouns.
KINDS: Final[tuple[Kind, ...]] = ("rfq", "award", "contract", "order")
VALUED: Final[tuple[Kind, ...]] = ("award", "contract", "order")
COMMITTEE: Final = (
    Step(mode="any", count=1, roles=("approver",), people=()),
    Step(mode="any", count=1, roles=("owner",), people=()),
)


async def all_of(tx: Tx) -> list[Policy]:
    """The newest version of every kind of the acting company, in the order of KINDS."""
    need(tx.ctx, "company.read")
    found = {policy.kind: policy for policy in await policy_store.newest(tx, tx.ctx.company)}
    currency = await policy_store.base_currency(tx, tx.ctx.company)
    return [found.get(kind) or _none(kind, currency) for kind in KINDS]


async def base_currency(tx: Tx) -> str:
    """In which the tiers of the acting company are."""
    return await policy_store.base_currency(tx, tx.ctx.company)


async def of_kind(tx: Tx, kind: Kind) -> Policy:
    """The newest version of one kind; version 0 where there never was one."""
    found = next((policy for policy in await all_of(tx) if policy.kind == kind), None)
    return found or _none(kind, await policy_store.base_currency(tx, tx.ctx.company))


def _none(kind: Kind, currency: str) -> Policy:
    return Policy(
        id=UUID(int=0), kind=kind, version=0, active=False, currency=currency, tiers=(), changed_by=None, changed_at=None
    )  # fmt: skip


async def put(tx: Tx, kind: Kind, command: PolicyIn) -> Policy:
    """A new version of the policy of one kind, if the newest is the one that was seen. Requests that wait keep theirs.

    By an owner or administrator in person. Raises Invalid with every wrong place, WrongState for a newer version.
    """
    _in_person(tx)
    before = await of_kind(tx, kind)
    company = await around(tx)
    tiers = _read(command.tiers, before.currency, company)
    return await _replace(tx, before, tiers, command.version)


async def apply_preset(tx: Tx, command: PresetIn) -> list[Policy]:
    """One ready-made policy for every kind with a value; nothing waits under `just_me`, for publishing a request neither."""
    _in_person(tx)
    before = {policy.kind: policy for policy in await all_of(tx)}
    currency = before["award"].currency
    above = _amount(command.above, currency, "/above") + 1
    steps = {"just_me": (), "director_above": (ANOTHER_PERSON,), "committee": COMMITTEE}[command.preset]
    tiers = (Tier(from_minor=above, steps=steps, opinion_roles=(), opinion_people=()),) if steps else ()
    for kind, policy in before.items():
        wanted = tiers if kind in VALUED else ()
        if policy.tiers != wanted:
            await _replace(tx, policy, wanted, policy.version)
    return await all_of(tx)


async def _replace(tx: Tx, before: Policy, tiers: tuple[Tier, ...], seen: int) -> Policy:
    policy = new_id()
    version = await policy_store.put(tx, policy, before.kind, seen, tiers)
    if version is None:
        raise WrongState(noun="policy", current=f"v{(await of_kind(tx, before.kind)).version}")
    payload = {"kind": before.kind, "active": bool(tiers)}
    await events.append(tx, "policy.changed", policy, version, to_state="active" if tiers else "off", payload=payload)
    return await of_kind(tx, before.kind)


def _in_person(tx: Tx) -> None:
    # A key that writes policies would need nobody's approval.
    need_person(tx.ctx, "policy.write")
    need_step_up(tx.ctx)


def _read(tiers: Sequence[TierIn], currency: str, company: Around) -> tuple[Tier, ...]:
    """The tiers as they are stored, ascending. Raises Invalid with every place that is wrong."""
    errors: list[FieldError] = []
    found: list[Tier] = []
    for index, tier in enumerate(tiers):
        at = f"/tiers/{index}"
        try:
            from_minor = _amount(tier.from_value, currency, f"{at}/from_value")
        except Invalid as problem:
            errors += problem.errors
            from_minor = -1 - index
        if any(item.from_minor == from_minor for item in found):
            errors.append(FieldError(f"{at}/from_value", "twice", "Another tier starts at this value."))
        for place, step in enumerate(tier.steps):
            errors += _step_errors(step, company, f"{at}/steps/{place}")
        errors += _people_errors(tier.opinion_people, company, f"{at}/opinion_people")
        steps = tuple(_step(step) for step in tier.steps)
        found.append(
            Tier(
                from_minor=from_minor, steps=steps, opinion_roles=tier.opinion_roles, opinion_people=tier.opinion_people
            )
        )  # fmt: skip
    if errors:
        raise Invalid(errors=tuple(errors))
    return tuple(sorted(found, key=lambda tier: tier.from_minor))


def _amount(text: str, currency: str, pointer: str) -> int:
    if Decimal(text) == 0:
        return 0
    try:
        amount = decode_amount(text, currency)
    except NotAnAmount as error:
        raise Invalid(errors=(FieldError(pointer, error.code, error.detail, error.data),)) from error
    return min(amount, MAX_AMOUNT_MINOR - 1)


def _step(step: StepIn) -> Step:
    count = step.count if step.mode == "n_of" else 1
    return Step(mode=step.mode, count=count, roles=tuple(sorted(set(step.roles))), people=tuple(dict.fromkeys(step.people)))


def _step_errors(step: StepIn, company: Around, at: str) -> list[FieldError]:
    errors = _people_errors(step.people, company, f"{at}/people")
    if not step.roles and not step.people:
        errors.append(FieldError(at, "nobody", "Name a role or a person: nobody could decide this step."))
    able = len(rules.named(step.roles, step.people, company.members))
    if not errors and able == 0:
        errors.append(FieldError(at, "nobody", "Nobody in your company has this role now: nobody could decide this step."))
    elif not errors and step.mode == "n_of" and step.count > able:
        errors.append(
            FieldError(f"{at}/count", "too-many", "Only %(able)s of your people may decide this step.", {"able": able})
        )  # fmt: skip
    return errors


def _people_errors(people: Sequence[UUID], company: Around, at: str) -> list[FieldError]:
    return [
        FieldError(f"{at}/{index}", "not-a-colleague", "This person does not belong to your company.")
        for index, person in enumerate(people)
        if person not in company.members
    ]


async def preview(tx: Tx, kind: Kind, currency: str, gross_minor: int | None, asking: UUID | None = None) -> PolicyPreview:
    """Who must approve a commitment of this kind and value when `asking` (the acting person) asks for it."""
    need(tx.ctx, "company.read")
    company = await around(tx)
    rule = await store.rule(tx, tx.ctx.company, kind)
    base = await policy_store.base_currency(tx, tx.ctx.company)
    return _preview(kind, rule, rules.route(rule, currency, gross_minor), base, company, asking or tx.ctx.person)


async def preview_draft(tx: Tx, kind: Kind, command: PolicyIn, currency: str, gross_minor: int | None) -> PolicyPreview:
    """The same for a policy that is not saved yet. Raises Invalid like put."""
    need(tx.ctx, "policy.write")
    company = await around(tx)
    base = await policy_store.base_currency(tx, tx.ctx.company)
    rule = Rule(version=command.version + 1, currency=base, tiers=_read(command.tiers, base, company))
    return _preview(kind, rule, rules.route(rule, currency, gross_minor), base, company, tx.ctx.person)


def _preview(kind: Kind, rule: Rule | None, route: Route | None, base: str, company: Around, asking: UUID) -> PolicyPreview:
    steps: list[StepPreview] = []
    for place in range(len(route.steps) if route else 0):
        assert route is not None
        asked = Asked(steps=route.steps, step=place + 1, requested_by=asking, policy=True)
        able = rules.voices(asked, company.members)
        steps.append(
            StepPreview(
                mode=asked.now.mode,
                needed=rules.needed(asked.now, len(able)),
                people=tuple(voice(person, company) for person in sorted(able, key=lambda one: (company.name(one), one))),
                impossible=rules.impossible(asked, company.members),
            )
        )
    opinions = rules.named(route.opinion_roles, route.opinion_people, company.members) if route else frozenset[UUID]()
    return PolicyPreview(
        kind=kind,
        waits=route is not None,
        policy_version=None if rule is None else rule.version,
        why=None if route is None else route.why,
        from_value=None if route is None or route.from_minor is None else minor_text(route.from_minor, base),
        currency=base,
        steps=tuple(steps),
        opinions=tuple(voice(person, company) for person in sorted(opinions, key=lambda one: (company.name(one), one))),
    )
