"""The one table that says which word and which colour a state of a noun has on every screen.

The word is an English msgid whose context is the noun, so that "Confirmed" of an order and of an instalment may read
differently in another language. A tone is a role, not a paint: app.css gives each tone its colours in both themes.
"""

from typing import Literal, NamedTuple

Tone = Literal["quiet", "info", "wait", "decide", "good", "bad"]
# quiet: not begun, or over without effect · info: under way · wait: somebody must act · decide: a choice is being made
# good: reached what it was for · bad: refused, failed, stopped


class Status(NamedTuple):
    word: str
    tone: Tone


class UnknownStatus(LookupError):
    """No word is defined for this state; every state that a page can show belongs in STATUSES."""


STATUSES: dict[tuple[str, str], Status] = {}


def _s(noun: str, state: str, word: str, tone: Tone) -> None:
    """Add a row. The catalogue extractor reads the literal noun as context and the literal word as message."""
    STATUSES[noun, state] = Status(word, tone)


_s("company", "draft", "Draft", "quiet")
_s("company", "changes_requested", "Changes asked for", "wait")
_s("company", "applied", "Applied", "wait")
_s("company", "in_review", "In review", "decide")
_s("company", "active", "Active", "good")
_s("company", "rejected", "Rejected", "bad")
_s("company", "suspended", "Suspended", "bad")
_s("company", "closed", "Closed", "quiet")

_s("passport", "granted", "Can be read", "good")
_s("passport", "over", "Over", "quiet")
_s("passport", "revoked", "Taken back", "quiet")
_s("company_export", "asked", "Being packed", "wait")
_s("company_export", "ready", "Ready", "good")

_s("document", "submitted", "Waits for the exchange", "wait")
_s("document", "verified", "Verified", "good")
_s("document", "rejected", "Not accepted", "bad")
_s("document", "withdrawn", "Withdrawn", "quiet")
_s("document", "expired", "Expired", "bad")

_s("affiliation", "declared", "Waits for the other side", "wait")
_s("affiliation", "confirmed", "Confirmed", "good")
_s("affiliation", "refused", "Refused", "bad")
_s("affiliation", "withdrawn", "Taken back", "quiet")
_s("affiliation", "end_asked", "End asked for", "wait")
_s("affiliation", "ended", "Ended", "quiet")

_s("offer", "draft", "Draft", "quiet")
_s("offer", "in_review", "In review", "decide")
_s("offer", "live", "Live", "good")
_s("offer", "paused", "Paused", "wait")
_s("offer", "expired", "Expired", "quiet")
_s("offer", "withdrawn", "Withdrawn", "quiet")
_s("offer", "rejected", "Rejected", "bad")

_s("case", "open", "Waiting", "wait")
_s("case", "taken", "Being looked at", "decide")
_s("case", "decided", "Decided", "quiet")
_s("case", "approved", "Approved", "good")
_s("case", "rejected", "Rejected", "bad")
_s("case", "dropped", "Closed without a decision", "quiet")

_s("rfq", "draft", "Draft", "quiet")
_s("rfq", "pending_approval", "Awaiting approval", "wait")
_s("rfq", "open", "Open", "info")
_s("rfq", "deadline_passed", "Deadline passed", "wait")
_s("rfq", "evaluating", "Evaluating", "decide")
_s("rfq", "award_pending", "Selection awaiting approval", "wait")
_s("rfq", "awarded", "Supplier selected", "good")
_s("rfq", "no_award", "No supplier selected", "quiet")
_s("rfq", "cancelled", "Cancelled", "bad")

_s("invitation", "sent", "Sent", "quiet")
_s("invitation", "seen", "Seen", "info")
_s("invitation", "will_quote", "Will quote", "good")
_s("invitation", "declined", "Declined", "bad")

_s("opportunity", "new", "New", "info")
_s("opportunity", "seen", "Seen", "quiet")
_s("opportunity", "quoted", "Quoted", "good")
_s("opportunity", "declined", "Declined", "quiet")
_s("opportunity", "closed", "Closed", "quiet")

_s("quote", "draft", "Draft", "quiet")
_s("quote", "submitted", "Submitted", "info")
_s("quote", "superseded", "Replaced by a newer version", "quiet")
_s("quote", "withdrawn", "Withdrawn", "quiet")
_s("quote", "opened", "Opened", "decide")
_s("quote", "shortlisted", "Shortlisted", "decide")
_s("quote", "needs_confirmation", "Needs confirming again", "wait")
_s("quote", "awarded", "Selected", "good")
_s("quote", "part_awarded", "Partly selected", "good")
_s("quote", "lost", "Not selected", "quiet")
_s("quote", "expired", "Expired", "quiet")

_s("award", "proposed", "Proposed", "wait")
_s("award", "approved", "Approved", "info")
_s("award", "rejected", "Rejected", "bad")
_s("award", "offered", "Offered to the supplier", "wait")
_s("award", "binding", "Binding", "good")
_s("award", "refused", "Refused by the supplier", "bad")
_s("award", "recalled", "Recalled", "quiet")
_s("award", "lapsed", "Lapsed", "quiet")

_s("signatory", "incomplete", "To be completed", "wait")
_s("signatory", "proposed", "To be verified", "wait")
_s("signatory", "verified", "Verified", "good")
_s("signatory", "revoked", "Revoked", "bad")
_s("approval", "pending", "Awaiting approval", "wait")
_s("approval", "approved", "Approved", "good")
_s("approval", "rejected", "Rejected", "bad")
_s("approval", "recalled", "Recalled", "quiet")
_s("approval", "expired", "Expired", "quiet")

_s("contract", "draft", "Draft", "quiet")
_s("contract", "pending_approval", "Awaiting approval", "wait")
_s("contract", "signing", "Awaiting signatures", "wait")
_s("contract", "changes_requested", "Changes requested", "decide")
_s("contract", "active", "In force", "good")
_s("contract", "completed", "Completed", "quiet")
_s("contract", "terminated", "Terminated", "bad")
_s("contract", "refused", "Refused", "bad")

_s("order", "draft", "Draft", "quiet")
_s("order", "pending_approval", "Awaiting approval", "wait")
_s("order", "placed", "Placed", "wait")
_s("order", "confirmed", "Confirmed", "info")
_s("order", "in_progress", "In delivery", "info")
_s("order", "completed", "Completed", "good")
_s("order", "refused", "Refused", "bad")
_s("order", "lapsed", "Lapsed", "quiet")
_s("order", "cancelled", "Cancelled", "bad")

_s("delivery", "planned", "Planned", "quiet")
_s("delivery", "despatched", "Despatched", "info")
_s("delivery", "arrived", "Arrived, to inspect", "wait")
_s("delivery", "inspected", "Inspected", "good")

_s("delivery_line", "pending", "Not inspected", "quiet")
_s("delivery_line", "accepted", "Goods accepted", "good")
_s("delivery_line", "accepted_short", "Accepted short", "wait")
_s("delivery_line", "rejected", "Rejected", "bad")

_s("closing", "proposed", "Closing proposed", "wait")
_s("closing", "agreed", "Closing agreed", "good")
_s("closing", "declined", "Closing declined", "bad")
_s("closing", "escalated", "Escalated", "bad")

_s("invoice", "expected", "Expected", "quiet")
_s("invoice", "received", "Received", "info")
_s("invoice", "matched", "Matched", "good")
_s("invoice", "difference", "Differs", "bad")
_s("invoice", "adjusted", "Adjusted", "good")
_s("invoice", "replaced", "Replaced", "quiet")

_s("instalment", "planned", "Planned", "quiet")
_s("instalment", "due", "Due", "wait")
_s("instalment", "held", "Paid into protection", "info")
_s("instalment", "released", "Released", "info")
_s("instalment", "settled", "Paid out", "good")
_s("instalment", "refunded", "Refunded", "quiet")
_s("instalment", "announced", "Announced by the buyer", "wait")
_s("instalment", "confirmed", "Receipt confirmed", "good")
_s("instalment", "lapsed", "Lapsed", "quiet")

_s("deposit", "entered", "To be released by a second operator", "wait")
_s("deposit", "released", "Released", "good")
_s("deposit", "rejected", "Rejected", "bad")

_s("fee_invoice", "issued", "Issued", "info")

_s("erasure", "waiting", "Can be taken back", "wait")
_s("erasure", "withdrawn", "Taken back", "quiet")
_s("erasure", "done", "Erased", "good")
_s("erasure", "refused", "Not possible", "bad")
_s("factor_removal", "asked", "Waits for a second operator", "wait")
_s("factor_removal", "confirmed", "Within a day", "bad")
_s("factor_removal", "stopped", "Stopped by the person", "good")
_s("factor_removal", "refused", "Refused", "quiet")
_s("factor_removal", "lapsed", "Lapsed", "quiet")
_s("factor_removal", "done", "Removed", "info")
_s("bank_account", "unverified", "Not verified", "wait")
_s("bank_account", "proposed", "Waits for a second person", "wait")
_s("bank_account", "confirmed", "Waits for the exchange", "wait")
_s("bank_account", "rejected", "Not accepted", "bad")
_s("bank_account", "withdrawn", "Withdrawn", "quiet")
_s("bank_account", "replaced", "Replaced", "quiet")
_s("bank_account", "verified", "Verified", "good")

_s("review", "written", "Written, shown after both have reviewed", "wait")
_s("review", "published", "Published", "good")

_s("person", "invited", "Invited", "wait")
_s("person", "active", "Active", "good")
_s("person", "left", "Left", "quiet")

_s("member_invitation", "pending", "Invited", "wait")
_s("member_invitation", "accepted", "Accepted", "good")
_s("member_invitation", "revoked", "Withdrawn", "quiet")
_s("member_invitation", "expired", "Expired", "quiet")

_s("api_key", "active", "Active", "good")
_s("api_key", "revoked", "Revoked", "quiet")

_s("webhook", "active", "Active", "good")
_s("webhook", "disabled", "Switched off", "quiet")
_s("webhook_delivery", "waiting", "Waiting", "wait")
_s("webhook_delivery", "delivered", "Delivered", "good")
_s("webhook_delivery", "failed", "Failed", "bad")

_s("job", "new", "Waiting", "wait")
_s("job", "running", "Running", "info")
_s("job", "done", "Done", "good")
_s("job", "dead", "Given up", "bad")


def status_of(noun: str, state: str) -> Status:
    """The word (a msgid in the context of the noun) and the tone of a state. Raises UnknownStatus."""
    found = STATUSES.get((noun, state))
    if found is None:
        raise UnknownStatus(f"{noun}.{state}")
    return found
