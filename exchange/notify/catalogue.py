"""Who is told of what, in which words: one row for each event type and side of the deal, the words as English msgids.

No text names a price, a person or another company: it says what happened to which document and leads to its page, which
shows each reader what they may see now.
"""

from typing import Final

from exchange.notify import news_asking, news_company, news_deal, news_identity, news_message, news_money
from exchange.notify.telling import Telling

TELLINGS: Final[tuple[Telling, ...]] = (
    *news_company.ROWS,
    *news_identity.ROWS,
    *news_asking.ROWS,
    *news_deal.ROWS,
    *news_message.ROWS,
    *news_money.ROWS,
)


# Known and nobody's news: who acted knows, or another event of the same moment tells it. The feed and webhooks carry them.
UNTOLD: Final = frozenset(
    {
        "affiliation.withdrawn",
        "absence.ended",
        "absence.set",
        "approval.opinion_given",
        "approval.recalled",
        "approval.voted",
        "award.recalled",
        "bank_account.replaced",
        "bank_account.withdrawn",
        "document.withdrawn",
        "clock.moved",
        "company_export.asked",
        "company.address_added",
        "company.address_removed",
        "company.checked",
        "company.contacts_erased",
        "company.draft_removed",
        "company.edited",
        "company.key_destroyed",
        "company.registered",
        "company.tax_checked",
        "company_role.changed",
        "company_role.created",
        "company_role.deleted",
        "company.taken",
        "contract.agreed",
        "contract.approval_asked",
        "contract.completed",
        "contract.returned",
        "contract.submitted",
        "instalment.adjusted",
        "instalment.released",
        "invitation.answered",
        "invitation.seen",
        "invoice.replaced",
        "key.created",
        "key.revoked",
        "key.rotated",
        "member_invitation.resent",
        "member_invitation.revoked",
        "member_invitation.sent",
        "order.drafted",
        "order.returned",
        "order.started",
        "person.added",
        "policy.changed",
        "person.other_sessions_ended",
        "person.passkey_renamed",
        "person.session_ended",
        "person.verified",
        "quote.awarded",
        "quote.expired",
        "quote.saved",
        "screening.changed",
        "rfq.approval_asked",
        "rfq.award_proposed",
        "rfq.award_returned",
        "rfq.awarded",
        "rfq.returned",
        "rfq.revised",
        "webhook.created",
        "webhook.disabled",
        "webhook.enabled",
        "webhook.rotated",
    }
)


def _index() -> dict[str, tuple[Telling, ...]]:
    found: dict[str, tuple[Telling, ...]] = {}
    for row in TELLINGS:
        found[row.event] = (*found.get(row.event, ()), row)
    return found


_BY_EVENT: Final = _index()


def tellings(event: str, state: str | None) -> tuple[Telling, ...]:
    """The rows of an event that led to `state`; none: it is nobody's news, only the feed and the webhooks carry it."""
    return tuple(row for row in _BY_EVENT.get(event, ()) if row.state in (None, state))


def telling(event: str, to: str, state: str | None) -> Telling | None:
    """The row that a stored notification was made from; None when it is one of an older release."""
    return next((row for row in tellings(event, state) if row.to == to), None)
