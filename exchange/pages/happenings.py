"""Every event in words, with a picture and a colour: what timelines, the activity page and the audit say."""

from typing import Final, Literal, NamedTuple

from exchange.i18n import N_

Tone = Literal["quiet", "info", "wait", "decide", "good", "bad"]


class Happening(NamedTuple):
    """`words` is a msgid."""

    words: str
    icon: str
    tone: Tone


def _h(words: str, icon: str, tone: Tone) -> Happening:
    return Happening(words, icon, tone)


HAPPENINGS: Final[dict[str, Happening]] = {
    "company.applied": _h(N_("Company applied for membership"), "send", "info"),
    "company.taken": _h(N_("Application taken for review"), "eye", "info"),
    "company.approved": _h(N_("Application approved"), "circle-check", "good"),
    "company.rejected": _h(N_("Application rejected"), "circle-x", "bad"),
    "company.suspended": _h(N_("Company suspended"), "ban", "bad"),
    "company.unsuspended": _h(N_("Suspension lifted"), "circle-check", "good"),
    "company.edited": _h(N_("Company file changed"), "edit", "quiet"),
    "person.added": _h(N_("Colleague added"), "user", "quiet"),
    "person.roles_changed": _h(N_("Roles of a colleague changed"), "user", "info"),
    "person.left": _h(N_("Membership of a colleague ended"), "user", "bad"),
    "person.second_factor_on": _h(N_("Second step of signing in switched on"), "key", "good"),
    "person.second_factor_off": _h(N_("Second step of signing in switched off"), "key", "bad"),
    "person.recovery_code_used": _h(N_("Recovery code used"), "key", "wait"),
    "person.session_ended": _h(N_("Signed out in another place"), "logout", "quiet"),
    "person.other_sessions_ended": _h(N_("Signed out everywhere else"), "logout", "quiet"),
    "key.created": _h(N_("API key made"), "key", "quiet"),
    "key.rotated": _h(N_("Secret of an API key renewed"), "refresh", "quiet"),
    "company_role.created": _h(N_("Role defined"), "user", "quiet"),
    "company_role.changed": _h(N_("Role changed"), "user", "info"),
    "company_role.deleted": _h(N_("Role deleted"), "user", "quiet"),
    "member_invitation.revoked": _h(N_("Invitation to a colleague withdrawn"), "ban", "quiet"),
    "key.revoked": _h(N_("API key revoked"), "key", "bad"),
    "webhook.created": _h(N_("Webhook registered"), "link", "quiet"),
    "webhook.rotated": _h(N_("Secret of a webhook renewed"), "refresh", "quiet"),
    "webhook.enabled": _h(N_("Webhook switched on"), "link", "good"),
    "webhook.disabled": _h(N_("Webhook switched off"), "ban", "quiet"),
    "webhook.gone": _h(N_("Webhook switched off: its address is gone"), "alert-triangle", "bad"),
    "clock.moved": _h(N_("Market clock moved forward"), "clock", "wait"),
    "offer.drafted": _h(N_("Listing drafted"), "edit", "quiet"),
    "offer.published": _h(N_("Listing published"), "tag", "good"),
    "offer.revised": _h(N_("Listing changed"), "edit", "info"),
    "offer.paused": _h(N_("Listing paused"), "player-pause", "wait"),
    "offer.withdrawn": _h(N_("Listing withdrawn"), "ban", "quiet"),
    "offer.expired": _h(N_("Listing expired"), "clock", "quiet"),
    "offer.held": _h(N_("Listing waits for a look by the exchange"), "eye", "wait"),
    "offer.redrafted": _h(N_("Rejected listing changed"), "edit", "quiet"),
    "offer.approved": _h(N_("Listing approved"), "circle-check", "good"),
    "screening.changed": _h(N_("Screening rule changed"), "settings", "info"),
    "offer.rejected": _h(N_("Listing rejected"), "circle-x", "bad"),
    "case.opened": _h(N_("Case opened"), "clipboard-check", "wait"),
    "case.renewed": _h(N_("Case about a changed object"), "refresh", "wait"),
    "case.taken": _h(N_("Case taken by an operator"), "eye", "quiet"),
    "case.approved": _h(N_("Case decided: approved"), "circle-check", "good"),
    "case.rejected": _h(N_("Case decided: rejected"), "circle-x", "bad"),
    "case.dropped": _h(N_("Case closed without a decision"), "ban", "quiet"),
    "rfq.drafted": _h(N_("Request drafted"), "edit", "quiet"),
    "rfq.revised": _h(N_("Request changed"), "edit", "info"),
    "rfq.published": _h(N_("Request published"), "send", "info"),
    "rfq.deadline_passed": _h(N_("Deadline for quotations passed"), "clock", "wait"),
    "rfq.opened": _h(N_("Quotations opened"), "mail", "decide"),
    "rfq.award_proposed": _h(N_("Selection proposed"), "scale", "decide"),
    "rfq.award_returned": _h(N_("Selection returned: the request is evaluated again"), "arrow-back-up", "wait"),
    "rfq.awarded": _h(N_("Supplier selected"), "circle-check", "good"),
    "rfq.no_award": _h(N_("Request ended without a supplier"), "circle-x", "quiet"),
    "rfq.cancelled": _h(N_("Request cancelled"), "ban", "bad"),
    "opportunity.found": _h(N_("Matching listing found"), "target-arrow", "info"),
    "invitation.seen": _h(N_("Invitation read"), "eye", "quiet"),
    "invitation.answered": _h(N_("Invitation answered"), "message-circle", "info"),
    "quote.saved": _h(N_("Quotation saved as draft"), "device-floppy", "quiet"),
    "quote.submitted": _h(N_("Quotation submitted"), "send", "info"),
    "quote.withdrawn": _h(N_("Quotation withdrawn"), "arrow-back-up", "quiet"),
    "quote.opened": _h(N_("Quotation opened"), "mail", "decide"),
    "quote.awarded": _h(N_("Quotation selected"), "circle-check", "good"),
    "quote.lost": _h(N_("Quotation not selected"), "circle-x", "quiet"),
    "quote.expired": _h(N_("Quotation expired"), "clock", "quiet"),
    "award.proposed": _h(N_("Selection proposed"), "scale", "decide"),
    "award.bound": _h(N_("Selection is binding"), "circle-check", "good"),
    "award.rejected": _h(N_("Selection rejected"), "circle-x", "bad"),
    "award.recalled": _h(N_("Selection recalled"), "arrow-back-up", "quiet"),
    "approval.requested": _h(N_("Approval asked for"), "clipboard-check", "wait"),
    "approval.decided": _h(N_("Approval decided"), "checks", "good"),
    "approval.recalled": _h(N_("Request for approval recalled"), "arrow-back-up", "quiet"),
    "approval.expired": _h(N_("Request for approval expired"), "clock", "bad"),
    "contract.signing_started": _h(N_("Contract ready to be signed"), "signature", "wait"),
    "contract.signed": _h(N_("Contract signed by one party"), "signature", "info"),
    "contract.activated": _h(N_("Contract in force"), "circle-check", "good"),
    "contract.refused": _h(N_("Contract refused"), "circle-x", "bad"),
    "contract.completed": _h(N_("Contract completed"), "checks", "good"),
    "order.drafted": _h(N_("Order drafted"), "edit", "quiet"),
    "order.placed": _h(N_("Order placed"), "shopping-cart", "info"),
    "order.confirmed": _h(N_("Order confirmed"), "circle-check", "good"),
    "order.refused": _h(N_("Order refused"), "circle-x", "bad"),
    "order.returned": _h(N_("Order returned to its draft"), "arrow-back-up", "wait"),
    "order.started": _h(N_("Delivery begins"), "truck", "info"),
    "order.completed": _h(N_("Order completed"), "checks", "good"),
    "order.lapsed": _h(N_("Order lapsed"), "clock", "bad"),
    "order.cancelled": _h(N_("Order cancelled"), "ban", "bad"),
    "order.closing_proposed": _h(N_("Closing of the remainder proposed"), "message-circle", "wait"),
    "order.closing_declined": _h(N_("Closing of the remainder declined"), "circle-x", "bad"),
    "order.closing_escalated": _h(N_("Closing of the remainder escalated"), "alert-triangle", "bad"),
    "order.remainder_closed": _h(N_("Remainder closed"), "checks", "good"),
    "delivery.despatched": _h(N_("Goods despatched"), "truck-delivery", "info"),
    "delivery.arrived": _h(N_("Goods arrived"), "package", "wait"),
    "delivery.inspected": _h(N_("Goods inspected"), "clipboard-check", "good"),
    "invoice.expected": _h(N_("Invoice expected"), "file-invoice", "wait"),
    "invoice.received": _h(N_("Invoice recorded"), "file-invoice", "info"),
    "invoice.matched": _h(N_("Invoice matches the goods accepted"), "circle-check", "good"),
    "invoice.difference": _h(N_("Invoice differs from the goods accepted"), "alert-triangle", "bad"),
    "invoice.replaced": _h(N_("Invoice replaced"), "refresh", "quiet"),
    "instalment.due": _h(N_("Instalment due"), "wallet", "wait"),
    "instalment.adjusted": _h(N_("Instalment adjusted to the goods accepted"), "adjustments", "quiet"),
    "instalment.held": _h(N_("Instalment paid into protection"), "lock", "info"),
    "instalment.released": _h(N_("Instalment released"), "coins", "info"),
    "instalment.settled": _h(N_("Instalment paid out"), "coins", "good"),
    "instalment.refunded": _h(N_("Instalment refunded"), "arrow-back-up", "quiet"),
    "instalment.announced": _h(N_("Payment announced by the buyer"), "receipt", "wait"),
    "instalment.not_received": _h(N_("Payment not received by the seller"), "alert-triangle", "bad"),
    "instalment.confirmation_reminded": _h(N_("Seller reminded to confirm the payment"), "bell", "wait"),
    "instalment.confirmation_overdue": _h(N_("Confirmation of the payment overdue"), "alert-triangle", "bad"),
    "instalment.overdue": _h(N_("Payment overdue"), "alert-triangle", "bad"),
    "instalment.lapsed": _h(N_("Instalment lapsed"), "clock", "quiet"),
    "deposit.entered": _h(N_("Deposit entered"), "building-bank", "wait"),
    "deposit.released": _h(N_("Deposit released"), "circle-check", "good"),
    "deposit.rejected": _h(N_("Deposit rejected"), "circle-x", "bad"),
    "review.written": _h(N_("Review written"), "star", "quiet"),
    "review.published": _h(N_("Reviews published"), "star", "good"),
    "job.retried": _h(N_("Job retried by an operator"), "refresh", "quiet"),
}
UNKNOWN: Final = _h("", "circle-dashed", "quiet")


def happening(type_: str) -> Happening:
    """How an event reads; one without words of ours is shown by its type."""
    return HAPPENINGS.get(type_, UNKNOWN._replace(words=type_))
