"""What is told about payments, invoices, deposits and reviews."""

from typing import Final

from exchange.i18n import N_
from exchange.notify.telling import BUY, BUY_FINANCE, FINANCE, SELL, SELL_FINANCE, TRADE, Telling

ROWS: Final = (
    Telling(
        event="instalment.due", to="buyer", roles=BUY_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("A payment for order %(number)s is due"),
        text=N_("Its page says how much, until when, and how to pay."),
    ),
    Telling(
        event="instalment.held", to="seller", roles=SELL_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("The payment for order %(number)s is in protection"),
        text=N_("The buyer has paid into protection. You can despatch; it is paid out when the goods are accepted."),
    ),
    Telling(
        event="instalment.held", to="buyer", roles=BUY_FINANCE, topic="payment", page="order",
        subject=N_("The payment for order %(number)s is in protection"),
        text=N_("It stays there until you accept the goods."),
    ),
    Telling(
        event="instalment.settled", to="seller", roles=SELL_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("You were paid for order %(number)s"),
        text=N_("The payment is settled. Its page shows the amount, the fee and what reached you."),
    ),
    Telling(
        event="instalment.settled", to="buyer", roles=BUY_FINANCE, topic="payment", page="order",
        subject=N_("A payment for order %(number)s is settled"),
        text=N_("Its page shows what was paid out and what came back to you."),
    ),
    Telling(
        event="instalment.refunded", to="buyer", roles=BUY_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("A payment for order %(number)s came back to you"),
        text=N_("Nothing was accepted, so the protected amount is yours again."),
    ),
    Telling(
        event="instalment.refunded", to="seller", roles=SELL_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("A payment for order %(number)s went back to the buyer"),
        text=N_("Nothing was accepted, so the protected amount was returned."),
    ),
    Telling(
        event="instalment.announced", to="seller", roles=SELL_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("The buyer says that order %(number)s is paid"),
        text=N_("Look at your bank account and confirm the payment, or say that it has not come."),
    ),
    Telling(
        event="instalment.confirmation_reminded", to="seller", roles=SELL_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("Has the payment for order %(number)s arrived?"),
        text=N_("The buyer has announced it. Confirm it, or say that it has not come, before the date on its page."),
    ),
    Telling(
        event="instalment.confirmation_overdue", to="seller", roles=SELL_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("Your answer about the payment for order %(number)s is overdue"),
        text=N_("The time to confirm it has passed. Look at your bank account and answer now."),
    ),
    Telling(
        event="instalment.confirmation_overdue", to="buyer", roles=BUY_FINANCE, topic="payment", page="order",
        subject=N_("The seller has not confirmed the payment for order %(number)s"),
        text=N_("The time to confirm it has passed. The seller has been asked again."),
    ),
    Telling(
        event="instalment.confirmation_overdue", to="operator", roles=FINANCE, topic="payment", page="audit",
        subject=N_("A direct payment for order %(number)s is not confirmed"),
        text=N_("The seller has not answered in time. Both sides have been told; help them if they ask."),
    ),
    Telling(
        event="instalment.not_received", to="buyer", roles=BUY_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("The payment for order %(number)s has not arrived"),
        text=N_("The seller does not find it. Check the account and the reference, then announce it again."),
    ),
    Telling(
        event="instalment.overdue", to="buyer", roles=BUY_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("The protected payment for order %(number)s is overdue"),
        text=N_("The order goes on, because a part of it is paid directly. Pay it now: nothing is despatched before that."),
    ),
    Telling(
        event="instalment.overdue", to="seller", roles=SELL_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("The buyer has not paid the protected part of order %(number)s in time"),
        text=N_("The order goes on, because a part of it is paid directly. You may propose to close the remainder."),
    ),
    Telling(
        event="instalment.lapsed", to="buyer", roles=BUY_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("A payment for order %(number)s is no longer due"),
        text=N_("Its order ended before it was paid."),
    ),
    Telling(
        event="instalment.lapsed", to="seller", roles=SELL_FINANCE, topic="payment", page="order", mail=True,
        subject=N_("A payment for order %(number)s is no longer due"),
        text=N_("Its order ended before it was paid."),
    ),
    Telling(
        event="invoice.expected", to="seller", roles=SELL_FINANCE, topic="invoice", page="order", mail=True,
        subject=N_("Your invoice for order %(number)s is expected"),
        text=N_("Goods were accepted. Record the invoice that you issued; the payment waits for it."),
    ),
    Telling(
        event="invoice.received", to="buyer", roles=BUY_FINANCE, topic="invoice", page="order",
        subject=N_("An invoice for order %(number)s has arrived"),
        text=N_("It is checked against the order and what was accepted."),
    ),
    Telling(
        event="invoice.matched", to="buyer", roles=BUY_FINANCE, topic="invoice", page="order",
        subject=N_("The invoice for order %(number)s matches"),
        text=N_("It says what was ordered and accepted."),
    ),
    Telling(
        event="invoice.matched", to="seller", roles=SELL_FINANCE, topic="invoice", page="order",
        subject=N_("The invoice for order %(number)s matches"),
        text=N_("It says what was ordered and accepted."),
    ),
    Telling(
        event="invoice.difference", to="seller", roles=SELL_FINANCE, topic="invoice", page="order", mail=True,
        subject=N_("The invoice for order %(number)s differs"),
        text=N_("It does not say what was accepted; the payment waits. Its page lists each difference. Record a replacement."),
    ),
    Telling(
        event="invoice.difference", to="buyer", roles=BUY_FINANCE, topic="invoice", page="order",
        subject=N_("The invoice for order %(number)s differs"),
        text=N_("It does not say what was accepted. The seller has been asked for another."),
    ),
    Telling(
        event="deposit.entered", to="operator", roles=FINANCE, topic="payment", page="deposits",
        subject=N_("A deposit waits for its release"),
        text=N_("A colleague entered it. Compare it with the bank statement, then release or reject it."),
    ),
    Telling(
        event="deposit.released", to="own", roles=BUY_FINANCE, topic="payment", page="money", mail=True,
        subject=N_("Your deposit has arrived"),
        text=N_("It stands on your balance and can be used for protected payments."),
    ),
    Telling(
        event="deposit.rejected", to="operator", roles=FINANCE, topic="payment", page="deposits",
        subject=N_("A deposit was rejected"),
        text=N_("A colleague rejected it. The reason is written beside it."),
    ),
    Telling(
        event="review.written", to="other", roles=TRADE, topic="review", page="order", mail=True,
        subject=N_("A review of order %(number)s waits for yours"),
        text=N_("The other side has written its review. Both are shown when you write yours, or after 7 days."),
    ),
    Telling(
        event="review.published", to="buyer", roles=BUY, topic="review", page="order", mail=True,
        subject=N_("The reviews of order %(number)s are published"),
        text=N_("Every member can read them now."),
    ),
    Telling(
        event="review.published", to="seller", roles=SELL, topic="review", page="order", mail=True,
        subject=N_("The reviews of order %(number)s are published"),
        text=N_("Every member can read them now."),
    ),
)  # fmt: skip
