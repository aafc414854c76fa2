"""What is told from the request to the selection of a supplier."""

from typing import Final

from exchange.i18n import N_
from exchange.notify.telling import ANY, BUY, SELL, Telling

ROWS: Final = (
    Telling(
        event="rfq.published", to="buyer", roles=BUY, topic="rfq", page="rfq",
        subject=N_("Request %(number)s is published"),
        text=N_("Suppliers that fit are being told. You see them ranked, with reasons, on its page."),
    ),
    Telling(
        event="rfq.deadline_passed", to="buyer", roles=BUY, topic="rfq", page="rfq",
        subject=N_("The deadline of request %(number)s has passed"),
        text=N_("No more quotations are taken. Those that arrived are being opened."),
    ),
    Telling(
        event="rfq.opened", to="buyer", roles=BUY, topic="rfq", page="rfq", mail=True,
        subject=N_("The quotations for request %(number)s are open"),
        text=N_("Compare them side by side and select a supplier."),
    ),
    Telling(
        event="rfq.no_award", to="buyer", roles=BUY, topic="rfq", page="rfq", mail=True,
        subject=N_("Request %(number)s ends without a supplier"),
        text=N_("No quotation was selected. You can copy the request, change it and publish it again."),
    ),
    Telling(
        event="rfq.no_award", to="seller", roles=SELL, topic="rfq", page="rfq", mail=True,
        subject=N_("Request %(number)s ends without a supplier"),
        text=N_("The buyer selected no quotation. You need to do nothing."),
    ),
    Telling(
        event="rfq.cancelled", to="seller", roles=SELL, topic="rfq", page="rfq", mail=True,
        subject=N_("Request %(number)s was cancelled"),
        text=N_("The buyer withdrew the request. You need to do nothing more for it."),
    ),
    Telling(
        event="rfq.cancelled", to="buyer", roles=BUY, topic="rfq", page="rfq",
        subject=N_("Request %(number)s was cancelled"),
        text=N_("The suppliers who were told of it know that it has ended."),
    ),
    Telling(
        event="opportunity.found", to="seller", roles=SELL, topic="opportunity", page="rfq", mail=True,
        subject=N_("New request for quotation %(number)s"),
        text=N_("A buyer asks for what you may supply. Read the request and send your quotation before its deadline."),
    ),
    Telling(
        event="quote.submitted", to="seller", roles=SELL, topic="quote", page="quote",
        subject=N_("Your quotation for request %(number)s is submitted"),
        text=N_("You can replace or withdraw it until the deadline."),
    ),
    Telling(
        event="quote.submitted", to="buyer", roles=BUY, topic="quote", page="rfq", mail=True,
        subject=N_("A quotation for request %(number)s has arrived"),
        text=N_("Read it and compare it with the others."),
    ),
    Telling(
        event="quote.withdrawn", to="seller", roles=SELL, topic="quote", page="quote",
        subject=N_("Your quotation for request %(number)s is withdrawn"),
        text=N_("The buyer cannot select it. Until the deadline you may submit another."),
    ),
    Telling(
        event="quote.withdrawn", to="buyer", roles=BUY, topic="quote", page="rfq", mail=True,
        subject=N_("A quotation for request %(number)s was withdrawn"),
        text=N_("Its supplier took it back. The others stand."),
    ),
    Telling(
        event="quote.opened", to="seller", roles=SELL, topic="quote", page="quote",
        subject=N_("Your quotation for request %(number)s was opened"),
        text=N_("The buyer can read it now. You cannot change it any more."),
    ),
    Telling(
        event="quote.lost", to="seller", roles=SELL, topic="quote", page="quote", mail=True,
        subject=N_("Your quotation for request %(number)s was not selected"),
        text=N_("The reason that the buyer gave is written on its page."),
    ),
    Telling(
        event="award.proposed", to="buyer", roles=BUY, topic="quote", page="rfq",
        subject=N_("A supplier is proposed for request %(number)s"),
        text=N_("It binds once the approval that your company asks for is given."),
    ),
    Telling(
        event="award.rejected", to="buyer", roles=BUY, topic="quote", page="rfq", mail=True,
        subject=N_("The selection for request %(number)s was not approved"),
        text=N_("The request is open for your evaluation again."),
    ),
    Telling(
        event="award.bound", to="seller", roles=SELL, topic="quote", page="rfq", mail=True,
        subject=N_("You were selected for request %(number)s"),
        text=N_("The buyer has taken your quotation as it stands; both sides are bound. The contract is being drafted."),
    ),
    Telling(
        event="award.bound", to="buyer", roles=BUY, topic="quote", page="rfq", mail=True,
        subject=N_("The supplier of request %(number)s is selected"),
        text=N_("The selection binds both sides. The contract is being drafted."),
    ),
    Telling(
        event="approval.requested", to="next", roles=ANY, topic="approval", page="approval", mail=True,
        subject=N_("Your approval is needed for %(number)s"),
        text=N_("A colleague asks for your decision, as the policy of your company says. Nothing goes on until it is given."),
    ),
    Telling(
        event="approval.advanced", to="next", roles=ANY, topic="approval", page="approval", mail=True,
        subject=N_("Your approval is needed for %(number)s"),
        text=N_("The step before is complete. Now it is for you to decide."),
    ),
    Telling(
        event="approval.reminded", to="next", roles=ANY, topic="approval", page="approval", mail=True,
        subject=N_("Reminder: your approval is needed for %(number)s"),
        text=N_("It still waits for you. When nobody decides, it goes to the owners of your company and then ends."),
    ),
    Telling(
        event="approval.escalated", to="next", roles=ANY, topic="approval", page="approval", mail=True,
        subject=N_("Nobody has decided on %(number)s yet"),
        text=N_("Those who were asked did not decide in time. Now the owners of your company may decide too, before it ends."),
    ),
    Telling(
        event="approval.decided", to="person", roles=ANY, topic="approval", page="approval", mail=True, state="approved",
        subject=N_("%(number)s is approved"),
        text=N_("Your request for approval was granted. The exchange has carried on with it."),
    ),
    Telling(
        event="approval.decided", to="person", roles=ANY, topic="approval", page="approval", mail=True, state="rejected",
        subject=N_("%(number)s is not approved"),
        text=N_("Your request for approval was rejected. The comment is written on its page."),
    ),
    Telling(
        event="approval.expired", to="person", roles=ANY, topic="approval", page="approval", mail=True,
        subject=N_("%(number)s was not decided in time"),
        text=N_("Nobody approved or rejected your request before its deadline. You may ask again."),
    ),
)  # fmt: skip
