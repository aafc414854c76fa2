"""What is told of messages: that there is one and about what, never what it says."""

from typing import Final

from exchange.i18n import N_
from exchange.notify.telling import TRADE, Telling

ROWS: Final = (
    Telling(
        event="message.posted", to="called", roles=TRADE, topic="message", page="thread", mail=True,
        subject=N_("A colleague mentions you in a message about %(number)s"),
        text=N_("The message went to the other company too. Read it and answer there."),
    ),
    Telling(
        event="message.posted", to="partner", roles=TRADE, topic="message", page="thread", mail=True,
        subject=N_("New message about %(number)s"),
        text=N_("The other side has written to your company. Read it and answer there."),
    ),
    Telling(
        event="message.posted", to="colleague", roles=TRADE, topic="message", page="thread",
        subject=N_("A colleague wrote to the other side about %(number)s"),
        text=N_("You take part in this conversation. The other company reads the message too."),
    ),
    Telling(
        event="message.noted", to="called", roles=TRADE, topic="message", page="thread", mail=True,
        subject=N_("A colleague mentions you in an internal note about %(number)s"),
        text=N_("Only your company sees the note."),
    ),
    Telling(
        event="message.noted", to="colleague", roles=TRADE, topic="message", page="thread", mail=True,
        subject=N_("New internal note about %(number)s"),
        text=N_("You take part in this conversation. Only your company sees the note."),
    ),
)  # fmt: skip
