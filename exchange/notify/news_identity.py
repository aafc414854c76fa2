"""What a person and the operators are told when all second factors are lost."""

from typing import Final

from exchange.i18n import N_
from exchange.notify.telling import ANY, IDENTIFY, Telling

ROWS: Final = (
    # The letter with the link that stops it is one of its own (exchange/notify/removal_mail.py).
    Telling(
        event="person.factor_removal_asked", to="person", roles=ANY, topic="person", page="security",
        subject=N_("An operator was asked to remove your second factors"),
        text=N_("A second operator must confirm it. If it was not you, sign in with a code or a passkey: that stops it."),
    ),
    Telling(
        event="person.factor_removal_asked", to="operator", roles=IDENTIFY, topic="person", page="identity",
        subject=N_("A lost second factor waits for a second operator"),
        text=N_("Check yourself how identity was proved before you confirm. Who asked cannot confirm."),
    ),
    Telling(
        event="person.factor_removal_confirmed", to="person", roles=ANY, topic="person", page="security",
        subject=N_("Your second factors will be removed in a day"),
        text=N_("If it was not you, sign in with a code or a passkey, or open the link of the e-mail: both stop it."),
    ),
    Telling(
        event="person.factor_removal_stopped", to="person", roles=ANY, topic="person", page="security", mail=True,
        subject=N_("Your second factors stay"),
        text=N_("The removal was stopped by the link of the e-mail or by a sign-in with a second factor."),
    ),
    Telling(
        event="person.factor_removal_stopped", to="operator", roles=IDENTIFY, topic="person", page="identity",
        subject=N_("A person stopped the removal of their second factors"),
        text=N_("Somebody else may have asked in their name. Look at who asked, and how identity was proved."),
    ),
    Telling(
        event="person.factor_removal_refused", to="person", roles=ANY, topic="person", page="security", mail=True,
        subject=N_("Your second factors stay"),
        text=N_("An operator refused their removal."),
    ),
    Telling(
        event="person.factor_removal_lapsed", to="person", roles=ANY, topic="person", page="security", mail=True,
        subject=N_("Your second factors stay"),
        text=N_("No second operator confirmed their removal within seven days."),
    ),
    Telling(
        event="person.factors_removed", to="person", roles=ANY, topic="person", page="security", mail=True,
        subject=N_("Your second factors were removed"),
        text=N_("You were signed out everywhere. Sign in with your password and set up a new second factor at once."),
    ),
)  # fmt: skip
