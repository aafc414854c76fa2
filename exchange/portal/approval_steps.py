"""The steps of an approval in words: who is asked, who said what and when, whom it waits for."""

from collections.abc import Mapping
from datetime import datetime
from gettext import NullTranslations
from uuid import UUID

import msgspec

from exchange.domain.approval import rules
from exchange.domain.approval.model import Approval, Said
from exchange.domain.approval.rules import Step
from exchange.domain.approval.standing import Around, Standing
from exchange.i18n import N_, translator
from exchange.pages.formats import money_minor

WHY = {
    "value": N_("Version %(version)s of your company's policy applies: %(from)s."),
    "currency": N_(
        "No rate is pinned for this currency, so the value cannot be compared: the highest tier of version %(version)s applies."
    ),
    "unknown": N_("Nobody knows the value yet: the highest tier of version %(version)s applies."),
    "default": N_("The exchange itself asks for a second person here."),
}
ANY = N_("one of: %(who)s")
ALL = N_("all of: %(who)s")


class ShownVoice(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may still say yes."""

    name: str
    away_until: datetime | None
    deputy: str


class ShownVote(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody said, and for whom."""

    name: str
    instead_of: str
    approves: bool
    escalated: bool
    comment: str
    at: datetime


class ShownStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step; `state` is done, now or later."""

    rule: str
    state: str
    votes: tuple[ShownVote, ...]
    waits_for: tuple[ShownVoice, ...]


def rule_words(step: Step, company: Around, roles: Mapping[str, str], words: NullTranslations) -> str:
    """What a step asks for: "2 of: Approver, Trần Văn Khải"."""
    who = ", ".join([*(roles[role] for role in step.roles), *(company.name(person) for person in step.people)])
    match step.mode:
        case "any":
            return words.gettext(ANY) % {"who": who}
        case "all":
            return words.gettext(ALL) % {"who": who}
        case "n_of":
            return words.ngettext("%(num)s of: %(who)s", "%(num)s of: %(who)s", step.count) % {"num": step.count, "who": who}


def shown_steps(standing: Standing, company: Around, roles: Mapping[str, str], words: NullTranslations) -> list[ShownStep]:
    """Every step of a request with what was said and who comes next."""
    approval = standing.approval
    return [
        ShownStep(
            rule=rule_words(step, company, roles, words),
            state=_state(approval, place),
            votes=tuple(_vote(vote, company) for vote in standing.said if vote.step == place),
            waits_for=_waiting(standing, place, company),
        )
        for place, step in enumerate(approval.steps, 1)
    ]


def _state(approval: Approval, place: int) -> str:
    if place < approval.step or approval.status == "approved":
        return "done"
    return "now" if place == approval.step and approval.status == "pending" else "later"


def _vote(vote: Said, company: Around) -> ShownVote:
    return ShownVote(
        name=company.name(vote.person_id),
        instead_of="" if vote.principal_id == vote.person_id else company.name(vote.principal_id),
        approves=vote.decision == "approve",
        escalated=vote.escalated,
        comment=vote.comment,
        at=vote.at,
    )


def _waiting(standing: Standing, place: int, company: Around) -> tuple[ShownVoice, ...]:
    approval = standing.approval
    if approval.status != "pending" or place < approval.step:
        return ()
    people = standing.waits_for
    if place > approval.step:
        later = rules.voices(rules.replaced(approval.asked, place), company.members)
        people = tuple(sorted(later, key=lambda person: (company.name(person), person)))
    return tuple(_voice(person, company) for person in people)


def _voice(person: UUID, company: Around) -> ShownVoice:
    away = company.away.get(person)
    deputy = None if away is None else away.deputy_id
    return ShownVoice(
        name=company.name(person),
        away_until=None if away is None else away.ends_at,
        deputy="" if deputy is None else company.name(deputy),
    )


def threshold(minor: int, currency: str, locale: str) -> str:
    """From which value on, as people say it: what begins one above a round amount is above that amount."""
    _ = translator(locale).gettext
    if minor % 10 == 1:
        return _("above %(value)s") % {"value": money_minor(minor - 1, currency, locale)}
    return _("from %(value)s") % {"value": money_minor(minor, currency, locale)} if minor else _("always")


def why(approval: Approval, currency: str, locale: str) -> str:
    """Why these steps apply; a threshold is in the currency of the company that asks."""
    since = "" if approval.from_minor is None else threshold(approval.from_minor, currency, locale)
    return translator(locale).gettext(WHY[approval.why]) % {"version": approval.policy_version, "from": since}
