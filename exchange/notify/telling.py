"""What one row of the catalogue says: who of which side is told of an event, where it leads, and in which words."""

from typing import Final, Literal

import msgspec

# buyer, seller: that side. partner, colleague, called: of a message, who takes part on the other and on the own side, and
# whom it names. other: the party that did not act (both when the exchange did). own: the company the event is about.
# audience: the others who may know. person: the one person the object names. next: those of the own company whom the event
# names as asked now. operator: operators of the exchange.
To = Literal["buyer", "seller", "other", "own", "audience", "person", "next", "operator", "partner", "colleague", "called"]
Topic = Literal[
    "company", "offer", "rfq", "opportunity", "quote", "approval", "contract", "order", "delivery", "payment", "invoice",
    "review", "webhook", "person", "message",
]  # fmt: skip

# The pages that a message leads to; portal and console serve these paths.
PAGES: Final[dict[str, str]] = {
    "application_draft": "/apply/draft",
    "member": "/operator/members/%(aggregate_id)s",
    "application": "/operator/companies/%(aggregate_id)s",
    "deposits": "/operator/deposits",
    "case": "/operator/queue/%(aggregate_id)s",
    "own_case": "/cases/%(aggregate_id)s",
    "audit": "/operator/audit",
    "company": "/company",
    "group": "/company/group",
    "signatories": "/company/signatories",
    "bank": "/company/bank",
    "documents": "/company/documents",
    "passports": "/company/passports",
    "closing": "/company/close",
    "orders": "/orders",
    "verification": "/operator/verification",
    "people": "/company/people",
    "account": "/account",
    "security": "/account/security",
    "data": "/account/data",
    "privacy": "/operator/privacy",
    "identity": "/operator/identity",
    "webhooks": "/company/webhooks",
    "keys": "/company/keys",
    "offer": "/offers/%(aggregate_id)s",
    "rfq": "/rfqs/%(rfq_id)s",
    "quote": "/quotes/%(aggregate_id)s",
    "approval": "/approvals/%(aggregate_id)s",
    "contract": "/contracts/%(contract_id)s",
    "order": "/orders/%(order_id)s",
    "money": "/money",
    "thread": "/messages/%(thread_id)s",
}


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """One row. In the inbox it reaches those of the side who have one of `roles`, and its owners and admins.

    An e-mail goes out at once when `mail` is set: to those with one of `roles`, or to owners and admins when nobody of the
    company has such a role. `state` narrows the row to events that lead to that state.
    """

    event: str
    to: To
    roles: frozenset[str]
    topic: Topic
    page: str
    subject: str
    text: str
    mail: bool = False
    state: str | None = None


BUY: Final = frozenset({"buyer"})
SELL: Final = frozenset({"seller"})
FINANCE: Final = frozenset({"finance"})
BUY_FINANCE: Final = BUY | FINANCE
SELL_FINANCE: Final = SELL | FINANCE
RECEIVE: Final = frozenset({"buyer", "warehouse"})
TRADE: Final = BUY | SELL
SIGN: Final = frozenset({"signatory"})
OWNERS: Final = frozenset({"owner", "admin"})
ANY: Final[frozenset[str]] = frozenset()
ARBITER: Final = frozenset({"arbiter"})
IDENTIFY: Final = frozenset({"compliance", "administrator"})
MODERATE: Final = frozenset({"moderator", "compliance"})
