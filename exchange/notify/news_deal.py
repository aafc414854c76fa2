"""What is told about contract, order and delivery."""

from typing import Final

from exchange.i18n import N_
from exchange.notify.telling import ARBITER, BUY, RECEIVE, SELL, SIGN, TRADE, Telling

ROWS: Final = (
    Telling(
        event="contract.signing_started", to="buyer", roles=SIGN, topic="contract", page="contract", mail=True,
        subject=N_("Contract %(number)s is ready to sign"),
        text=N_("Both sides sign the same text. Read it and sign before the date on its page."),
    ),
    Telling(
        event="contract.signing_started", to="seller", roles=SIGN, topic="contract", page="contract", mail=True,
        subject=N_("Contract %(number)s is ready to sign"),
        text=N_("Both sides sign the same text. Read it and sign before the date on its page."),
    ),
    Telling(
        event="contract.signed", to="other", roles=SIGN, topic="contract", page="contract", mail=True,
        subject=N_("The other side has signed contract %(number)s"),
        text=N_("The contract is active once both signatures are there."),
    ),
    Telling(
        event="contract.activated", to="buyer", roles=BUY, topic="contract", page="contract", mail=True,
        subject=N_("Contract %(number)s is active"),
        text=N_("Both sides are bound by it. Its order goes on by itself."),
    ),
    Telling(
        event="contract.activated", to="seller", roles=SELL, topic="contract", page="contract", mail=True,
        subject=N_("Contract %(number)s is active"),
        text=N_("Both sides are bound by it. Its order goes on by itself."),
    ),
    Telling(
        event="contract.refused", to="other", roles=TRADE, topic="contract", page="contract", mail=True,
        subject=N_("Contract %(number)s was refused"),
        text=N_("It will not become active. The reason is written on its page."),
    ),
    Telling(
        event="order.placed", to="seller", roles=SELL, topic="order", page="order", mail=True,
        subject=N_("New order %(number)s"),
        text=N_("A buyer has ordered. Confirm it in time when it asks for your confirmation, then despatch it."),
    ),
    Telling(
        event="order.placed", to="buyer", roles=BUY, topic="order", page="order",
        subject=N_("Order %(number)s is placed"),
        text=N_("The seller has been told."),
    ),
    Telling(
        event="order.confirmed", to="buyer", roles=BUY, topic="order", page="order", mail=True,
        subject=N_("Order %(number)s is confirmed"),
        text=N_("It binds both sides. What to pay and when is written on its page."),
    ),
    Telling(
        event="order.confirmed", to="seller", roles=SELL, topic="order", page="order",
        subject=N_("Order %(number)s is confirmed"),
        text=N_("It binds both sides. Its page says what to despatch and when you are paid."),
    ),
    Telling(
        event="order.refused", to="buyer", roles=BUY, topic="order", page="order", mail=True,
        subject=N_("Order %(number)s was refused"),
        text=N_("The seller does not take it. The reason is written on its page; nothing is owed."),
    ),
    Telling(
        event="order.lapsed", to="buyer", roles=BUY, topic="order", page="order", mail=True,
        subject=N_("Order %(number)s has lapsed"),
        text=N_("A deadline passed without the step that it needed. Neither side owes anything for it."),
    ),
    Telling(
        event="order.lapsed", to="seller", roles=SELL, topic="order", page="order", mail=True,
        subject=N_("Order %(number)s has lapsed"),
        text=N_("A deadline passed without the step that it needed. Neither side owes anything for it."),
    ),
    Telling(
        event="order.cancelled", to="other", roles=TRADE, topic="order", page="order", mail=True,
        subject=N_("Order %(number)s was cancelled"),
        text=N_("The reason is written on its page."),
    ),
    Telling(
        event="order.closing_proposed", to="other", roles=TRADE, topic="order", page="order", mail=True,
        subject=N_("Close the remainder of order %(number)s?"),
        text=N_("The other side proposes to close what is still undelivered. Agree or decline; silence is no agreement."),
    ),
    Telling(
        event="order.closing_declined", to="other", roles=TRADE, topic="order", page="order", mail=True,
        subject=N_("The remainder of order %(number)s stays open"),
        text=N_("The other side declined to close it. What is undelivered is still owed."),
    ),
    Telling(
        event="order.closing_escalated", to="other", roles=TRADE, topic="order", page="order", mail=True,
        subject=N_("The proposal to close order %(number)s was not answered"),
        text=N_("The time to answer has passed. The proposal stands and waits for an answer."),
    ),
    Telling(
        event="order.closing_escalated", to="operator", roles=ARBITER, topic="order", page="audit",
        subject=N_("The proposal to close order %(number)s was not answered"),
        text=N_("One side has not answered in time. Both have been told; help them if they ask."),
    ),
    Telling(
        event="order.remainder_closed", to="buyer", roles=BUY, topic="order", page="order", mail=True,
        subject=N_("The remainder of order %(number)s is closed"),
        text=N_("What was not delivered is no longer owed. What was accepted is settled."),
    ),
    Telling(
        event="order.remainder_closed", to="seller", roles=SELL, topic="order", page="order", mail=True,
        subject=N_("The remainder of order %(number)s is closed"),
        text=N_("What was not delivered is no longer owed. What was accepted is settled."),
    ),
    Telling(
        event="order.completed", to="buyer", roles=BUY, topic="order", page="order", mail=True,
        subject=N_("Order %(number)s is completed"),
        text=N_("Everything is accepted or closed, and paid. Say how it went: your review helps other members."),
    ),
    Telling(
        event="order.completed", to="seller", roles=SELL, topic="order", page="order", mail=True,
        subject=N_("Order %(number)s is completed"),
        text=N_("Everything is accepted or closed, and paid. Say how it went: your review helps other members."),
    ),
    Telling(
        event="delivery.despatched", to="buyer", roles=RECEIVE, topic="delivery", page="order", mail=True,
        subject=N_("Goods of order %(number)s are on their way"),
        text=N_("Record their arrival when they come, then inspect them line by line."),
    ),
    Telling(
        event="delivery.arrived", to="other", roles=RECEIVE | SELL, topic="delivery", page="order",
        subject=N_("Goods of order %(number)s have arrived"),
        text=N_("The time to inspect them counts from now."),
    ),
    Telling(
        event="delivery.inspected", to="seller", roles=SELL, topic="delivery", page="order", mail=True,
        subject=N_("A delivery of order %(number)s was inspected"),
        text=N_("Its page shows what was accepted and what was rejected, with reasons. Now record your invoice."),
    ),
    Telling(
        event="delivery.inspected", to="buyer", roles=RECEIVE, topic="delivery", page="order",
        subject=N_("A delivery of order %(number)s was inspected"),
        text=N_("Its page shows what was accepted and what was rejected, with reasons."),
    ),
)  # fmt: skip
