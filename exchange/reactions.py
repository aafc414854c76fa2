"""When X happened, do Y: one table from event types to the jobs that follow, inserted in the event's transaction.

Every event with somebody to tell also gets a `tell` job, which writes inbox rows, mails and webhook deliveries.
"""

from typing import Final

import msgspec


class Reaction(msgspec.Struct, frozen=True):
    """A job that follows an event; lower priority runs first."""

    kind: str
    priority: int = 5


REACTIONS: Final[dict[str, tuple[Reaction, ...]]] = {
    "rfq.published": (Reaction("pair_rfq", 1),),
    "company.applied": (Reaction("mark_company", 6),),
    "company.edited": (Reaction("mark_company", 6),),
    "bank_account.proposed": (Reaction("mark_company", 6),),
    "quote.submitted": (Reaction("flag_bids", 6),),
    "rfq.deadline_passed": (Reaction("open_quotes", 2),),
    "rfq.cancelled": (Reaction("end_quotes", 3),),
    "rfq.no_award": (Reaction("end_quotes", 3),),
    "award.bound": (Reaction("draft_contract", 2),),
    "contract.agreed": (Reaction("go_on_with_contract", 2),),
    "contract.submitted": (Reaction("go_on_with_contract", 2),),
    "contract.signing_started": (Reaction("print_contract", 4),),
    "contract.activated": (Reaction("print_contract", 4),),
    "delivery.arrived": (Reaction("settle_order", 3),),
    "delivery.inspected": (Reaction("settle_order", 3),),
    "invoice.matched": (Reaction("settle_order", 3),),
    "order.remainder_closed": (Reaction("settle_order", 3),),
    "instalment.not_received": (Reaction("settle_order", 3),),
    "company_export.asked": (Reaction("export_company", 6),),
    "instalment.settled": (Reaction("complete_order", 4),),
    "instalment.refunded": (Reaction("complete_order", 4),),
    "instalment.lapsed": (Reaction("complete_order", 4),),
}
TELL: Final = Reaction("tell", 4)
# Types that nobody but the matcher and the operators' queues follow: no `tell` job.
QUIET: Final = frozenset(
    {
        "offer.drafted",
        "offer.published",
        "offer.revised",
        "offer.paused",
        "offer.withdrawn",
        "offer.held",
        "offer.redrafted",
        "rfq.drafted",
        "case.opened",
        "case.renewed",
        "case.taken",
        "case.approved",
        "case.rejected",
        "case.dropped",
    }
)
