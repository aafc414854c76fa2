"""Where requests stand for the acting person: what was said, whom they wait for, and what this person may do now."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from exchange.db import Tx
from exchange.domain.approval import rules, service, store
from exchange.domain.approval.model import Approval, Away, Said
from exchange.domain.approval.rules import People
from exchange.domain.company import people_store
from exchange.domain.permission import may

ASKED_MOST: Final = 100


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A request, with what the page and the wire show beside it."""

    approval: Approval
    said: tuple[Said, ...]
    # Those whose voice the step still counts.
    waits_for: tuple[UUID, ...]
    # Whose voice the acting person has; none: it is not theirs to decide.
    voice: UUID | None
    actions: tuple[str, ...]

    @property
    def id(self) -> UUID:
        return self.approval.id

    @property
    def version(self) -> int:
        return self.approval.version


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """The company's people with their names, and who is away."""

    members: People
    names: Mapping[UUID, str]
    away: Mapping[UUID, Away]

    def name(self, person: UUID) -> str:
        return self.names.get(person, "")

    @property
    def deputies(self) -> dict[UUID, list[UUID]]:
        found: dict[UUID, list[UUID]] = {}
        for item in self.away.values():
            if item.deputy_id is not None:
                found.setdefault(item.deputy_id, []).append(item.person_id)
        return found


async def around(tx: Tx) -> Around:
    """Of the acting company."""
    people = await people_store.people(tx)
    return Around(
        members={item.person_id: frozenset(item.roles) for item in people},
        names={item.person_id: item.name for item in people},
        away={item.person_id: item for item in await store.away(tx, tx.ctx.company)},
    )


async def of(tx: Tx, approvals: Sequence[Approval], company: Around | None = None) -> list[Standing]:
    """Where each of the acting company's requests stands."""
    if not approvals:
        return []
    company = company or await around(tx)
    said: dict[UUID, list[Said]] = {}
    for item in await store.said_of(tx, [approval.id for approval in approvals]):
        said.setdefault(item.request_id, []).append(item)
    return [_standing(tx, approval, company, said.get(approval.id, [])) for approval in approvals]


async def asking(tx: Tx) -> list[Standing]:
    """The pending requests that the acting person may decide now."""
    pending = await service.page(tx, "pending", None, ASKED_MOST)
    return [item for item in await of(tx, pending.items) if item.voice is not None]


async def one(tx: Tx, approval: UUID) -> Standing:
    """Where one request stands. Raises NotFound."""
    return (await of(tx, [await service.get(tx, approval)]))[0]


def _standing(tx: Tx, approval: Approval, company: Around, said: Sequence[Said]) -> Standing:
    if approval.status != "pending":
        return Standing(approval=approval, said=tuple(said), waits_for=(), voice=None, actions=())
    asked, me = approval.asked, tx.ctx.person_id
    spoken = {vote.principal_id for vote in said if vote.step == approval.step}
    waits = rules.voices(asked, company.members) - spoken
    voice = None if me is None else rules.voice_of(asked, company.members, me, company.deputies, said)
    actions: list[str] = []
    if may(tx.ctx, "approval.decide"):
        if voice is not None:
            actions += ["approve", "reject"]
        asked_for = rules.named(approval.opinion_roles, approval.opinion_people, company.members)
        if me in asked_for and all(vote.person_id != me for vote in said if vote.step == 0):
            actions.append("opinion")
    if may(tx.ctx, "approval.recall"):
        actions.append("recall")
    order = sorted(waits, key=lambda person: (company.name(person), person))
    return Standing(approval=approval, said=tuple(said), waits_for=tuple(order), voice=voice, actions=tuple(actions))
