"""What a company is told about itself, its listings and its webhooks."""

from typing import Final

from exchange.i18n import N_
from exchange.notify.telling import ANY, BUY_FINANCE, FINANCE, MODERATE, OWNERS, SELL, SIGN, Telling

ROWS: Final = (
    Telling(
        event="company.applied", to="operator", roles=MODERATE, topic="company", page="application",
        subject=N_("A company has applied"),
        text=N_("An application waits for a decision. Check the registration, the representative and the bank account."),
    ),
    Telling(
        event="company.approved", to="own", roles=OWNERS, topic="company", page="company", mail=True,
        subject=N_("Your company is approved"),
        text=N_("Your company may now publish, quote, order and sign. Your people see the whole market."),
    ),
    Telling(
        event="company.rejected", to="own", roles=OWNERS, topic="company", page="company", mail=True,
        subject=N_("Your application was not accepted"),
        text=N_("The reason is written on your company's page."),
    ),
    Telling(
        event="company.suspended", to="own", roles=OWNERS, topic="company", page="company", mail=True,
        subject=N_("Your company is suspended"),
        text=N_("You can finish what you began and start nothing new. The reason is written on your company's page."),
    ),
    Telling(
        event="company.changes_requested", to="own", roles=OWNERS, topic="company", page="application_draft", mail=True,
        subject=N_("Your application needs changes"),
        text=N_("The page of your application says beside each field what to change. Send it again when it is right."),
    ),
    Telling(
        event="company.draft_ending", to="own", roles=OWNERS, topic="company", page="application_draft", mail=True,
        subject=N_("Your application is deleted in two weeks"),
        text=N_("It was begun and not sent, and nobody has touched it for long. Send it, or save it again to keep it."),
    ),
    Telling(
        event="company.resubmitted", to="operator", roles=MODERATE, topic="company", page="application",
        subject=N_("An application was sent again"),
        text=N_("The fields that were changed are to be checked again."),
    ),
    Telling(
        event="company.unsuspend_proposed", to="operator", roles=MODERATE, topic="company", page="member",
        subject=N_("A suspension may be lifted"),
        text=N_("One operator proposes it. Another one decides."),
    ),
    Telling(
        event="company.suspension_due", to="operator", roles=MODERATE, topic="company", page="member",
        subject=N_("A suspension is to be looked at again"),
        text=N_("The day that was named has come. Nothing is lifted by itself."),
    ),
    Telling(
        event="company.closed", to="own", roles=OWNERS, topic="company", page="company", mail=True,
        subject=N_("Your company's membership has ended"),
        text=N_("An owner closed it. Its record stays as the law asks."),
    ),
    Telling(
        event="company.closed", to="operator", roles=MODERATE, topic="company", page="member",
        subject=N_("A company has closed"),
        text=N_("An owner ended the membership; nothing was open."),
    ),
    Telling(
        event="company.unsuspended", to="own", roles=OWNERS, topic="company", page="company", mail=True,
        subject=N_("Your company is active again"),
        text=N_("The suspension is lifted. You may trade as before."),
    ),
    Telling(
        event="bank_account.proposed", to="own", roles=FINANCE, topic="company", page="bank", mail=True,
        subject=N_("A bank account was proposed"),
        text=N_("A second person of your company confirms it. If nobody of you proposed it, withdraw it at once."),
    ),
    Telling(
        event="bank_account.confirmed", to="operator", roles=MODERATE, topic="company", page="verification",
        subject=N_("A bank account waits to be verified"),
        text=N_("Two people of the company agree on it. Check the holder before you put it into force."),
    ),
    Telling(
        event="bank_account.confirmed", to="own", roles=FINANCE, topic="company", page="bank",
        subject=N_("A bank account was confirmed by a second person"),
        text=N_("The exchange verifies it next. The account before stays in force until then."),
    ),
    Telling(
        event="bank_account.verified", to="own", roles=FINANCE, topic="company", page="bank", mail=True,
        subject=N_("A bank account is verified"),
        text=N_("Direct payments go to it from now on. When it takes another one's place, payments to it pause first."),
    ),
    Telling(
        event="bank_account.verified", to="audience", roles=BUY_FINANCE, topic="payment", page="orders", mail=True,
        subject=N_("A business partner changed its bank account"),
        text=N_("Payments to it pause for now. Ask them by another way whether the change is theirs before you pay."),
    ),
    Telling(
        event="bank_account.rejected", to="own", roles=FINANCE, topic="company", page="bank", mail=True,
        subject=N_("A bank account was not accepted"),
        text=N_("The reason is written on the page of your bank accounts. The account before stays in force."),
    ),
    Telling(
        event="signatory.proposed", to="own", roles=OWNERS, topic="contract", page="signatories",
        subject=N_("An authorisation to sign waits for an owner"),
        text=N_("Compare it with its paper before you verify it. Nobody signs under it until then."),
    ),
    Telling(
        event="signatory.verified", to="own", roles=SIGN, topic="contract", page="signatories",
        subject=N_("An authorisation to sign is verified"),
        text=N_("Contracts within its scope, value and validity can be signed under it."),
    ),
    Telling(
        event="signatory.revoked", to="own", roles=SIGN, topic="contract", page="signatories", mail=True,
        subject=N_("An authorisation to sign is revoked"),
        text=N_("Nothing is signed under it any more. What was signed stands."),
    ),
    Telling(
        event="passport.granted", to="other", roles=BUY_FINANCE, topic="company", page="passports",
        subject=N_("A member shows you its verified file"),
        text=N_("You can read it until the day that it named, or until it takes the consent back."),
    ),
    Telling(
        event="passport.revoked", to="other", roles=BUY_FINANCE, topic="company", page="passports",
        subject=N_("A member no longer shows you its file"),
        text=N_("It took its consent back."),
    ),
    Telling(
        event="company_export.ready", to="own", roles=OWNERS, topic="company", page="closing", mail=True,
        subject=N_("The copy of your company's data is ready"),
        text=N_("An owner downloads it from the page."),
    ),
    Telling(
        event="document.submitted", to="operator", roles=MODERATE, topic="company", page="verification",
        subject=N_("A document waits to be verified"),
        text=N_("Compare number, issuer and validity with the file."),
    ),
    Telling(
        event="document.verified", to="own", roles=OWNERS, topic="company", page="documents",
        subject=N_("A document is verified"),
        text=N_("A verified certificate stands on your company's public page until it expires."),
    ),
    Telling(
        event="document.rejected", to="own", roles=OWNERS, topic="company", page="documents", mail=True,
        subject=N_("A document was not accepted"),
        text=N_("The reason is written beside it. Submit it again when it is right."),
    ),
    Telling(
        event="document.expiring", to="own", roles=OWNERS, topic="company", page="documents", mail=True,
        subject=N_("A document expires soon"),
        text=N_("Submit the new one in time: when it expires, your badge no longer counts it."),
    ),
    Telling(
        event="document.expired", to="own", roles=OWNERS, topic="company", page="documents", mail=True,
        subject=N_("A document has expired"),
        text=N_("Your badge no longer counts it. Submit the new one."),
    ),
    Telling(
        event="affiliation.declared", to="other", roles=OWNERS, topic="company", page="group", mail=True,
        subject=N_("A member says that you belong to one group"),
        text=N_("Confirm it or refuse it on the page of your group. Nothing counts until then."),
    ),
    Telling(
        event="affiliation.declared", to="operator", roles=MODERATE, topic="company", page="verification",
        subject=N_("An affiliation was declared"),
        text=N_("It waits for the other side or for an operator. An owner outside the exchange is confirmed by operators alone."),
    ),
    Telling(
        event="affiliation.confirmed", to="other", roles=OWNERS, topic="company", page="group",
        subject=N_("An affiliation is confirmed"),
        text=N_("Deals inside a group are marked, and nobody of it bids against another unseen."),
    ),
    Telling(
        event="affiliation.refused", to="other", roles=OWNERS, topic="company", page="group",
        subject=N_("An affiliation was refused"),
        text=N_("It does not count. Declare it again if it is right, with what proves it."),
    ),
    Telling(
        event="affiliation.end_asked", to="operator", roles=MODERATE, topic="company", page="verification",
        subject=N_("An affiliation is said to have ended"),
        text=N_("It counts until an operator has seen that it is so."),
    ),
    Telling(
        event="affiliation.end_asked", to="other", roles=OWNERS, topic="company", page="group",
        subject=N_("An affiliation is said to have ended"),
        text=N_("It counts until an operator has seen that it is so."),
    ),
    Telling(
        event="affiliation.kept", to="other", roles=OWNERS, topic="company", page="group",
        subject=N_("An affiliation stays"),
        text=N_("An operator found that it has not ended."),
    ),
    Telling(
        event="affiliation.ended", to="other", roles=OWNERS, topic="company", page="group",
        subject=N_("An affiliation has ended"),
        text=N_("The two companies are no longer of one group by it."),
    ),
    Telling(
        event="company.provider_set", to="own", roles=OWNERS, topic="company", page="company", mail=True,
        subject=N_("The sign-in of your company was set"),
        text=N_("People of your company may sign in at its own provider. If nobody of you did this, tell the exchange at once."),
    ),
    Telling(
        event="company.provider_removed", to="own", roles=OWNERS, topic="company", page="company", mail=True,
        subject=N_("The sign-in of your company was removed"),
        text=N_("Nobody signs in through its provider any more; passwords and passkeys count as before."),
    ),
    Telling(
        event="person.roles_changed", to="person", roles=ANY, topic="person", page="people", mail=True,
        subject=N_("Your roles were changed"),
        text=N_("An owner or administrator of your company changed what you may do. The page says which roles you have now."),
    ),
    Telling(
        event="person.left", to="person", roles=ANY, topic="person", page="account", mail=True,
        subject=N_("Your membership of a company has ended"),
        text=N_("You no longer act for it on the exchange, and keys that you made for it open nothing any more."),
    ),
    Telling(
        event="person.second_factor_on", to="person", roles=ANY, topic="person", page="security", mail=True,
        subject=N_("Signing in now asks for a code"),
        text=N_("The second step of signing in was switched on. If this was not you, tell the exchange at once."),
    ),
    Telling(
        event="person.second_factor_off", to="person", roles=ANY, topic="person", page="security", mail=True,
        subject=N_("Signing in no longer asks for a code"),
        text=N_("The second step of signing in was switched off. If this was not you, tell the exchange at once."),
    ),
    Telling(
        event="person.recovery_code_used", to="person", roles=ANY, topic="person", page="security", mail=True,
        subject=N_("A recovery code was used"),
        text=N_("A recovery code was entered instead of a code of your device. If this was not you, tell the exchange at once."),
    ),
    Telling(
        event="person.passkey_added", to="person", roles=ANY, topic="person", page="security", mail=True,
        subject=N_("A passkey was added to your account"),
        text=N_("It can be used to sign in as you. If this was not you, remove it and tell the exchange at once."),
    ),
    Telling(
        event="person.passkey_removed", to="person", roles=ANY, topic="person", page="security", mail=True,
        subject=N_("A passkey was removed from your account"),
        text=N_("It no longer signs in. If this was not you, tell the exchange at once."),
    ),
    Telling(
        event="person.erasure_asked", to="person", roles=ANY, topic="person", page="data", mail=True,
        subject=N_("Your data will be erased in seven days"),
        text=N_("You, your former company or the exchange asked for it. Until then you can take it back under My data."),
    ),
    Telling(
        event="person.erasure_withdrawn", to="person", roles=ANY, topic="person", page="data", mail=True,
        subject=N_("Your data stays"),
        text=N_("The erasure was taken back. Nothing was erased."),
    ),
    Telling(
        event="person.erasure_refused", to="person", roles=ANY, topic="person", page="data", mail=True,
        subject=N_("Your data could not be erased"),
        text=N_("You are the only owner of a company. Make somebody else an owner, then ask again."),
    ),
    Telling(
        event="person.erased", to="operator", roles=frozenset({"compliance"}), topic="person", page="privacy",
        subject=N_("A person was erased"),
        text=N_("Name, e-mail, sign-in and messages are gone. The record of what happened still verifies."),
    ),
    Telling(
        event="person.password_reset", to="person", roles=ANY, topic="person", page="security", mail=True,
        subject=N_("Your password was changed"),
        text=N_(
            "A new password was set by a link from your mailbox, and you were signed out everywhere. If this was not you, tell "
            "the exchange at once."
        ),
    ),
    Telling(
        event="person.left", to="own", roles=OWNERS, topic="person", page="people",
        subject=N_("A colleague has left"),
        text=N_("Their sessions, API keys and webhooks have ended. Requests, quotations and approvals go on with your company."),
    ),
    Telling(
        event="member_invitation.accepted", to="own", roles=OWNERS, topic="person", page="people",
        subject=N_("An invitation was accepted"),
        text=N_("The page shows who has joined your company, and with which roles."),
    ),
    Telling(
        event="member_invitation.expired", to="own", roles=OWNERS, topic="person", page="people",
        subject=N_("An invitation has expired"),
        text=N_("Nobody took it up within seven days. You can send it again."),
    ),
    Telling(
        event="key.expiring", to="own", roles=OWNERS, topic="webhook", page="keys", mail=True,
        subject=N_("An API key expires soon"),
        text=N_("Systems that use it will be refused. Make another key in time, and use it before this one ends."),
    ),
    Telling(
        event="webhook.gone", to="own", roles=OWNERS, topic="webhook", page="webhooks", mail=True,
        subject=N_("A webhook address was switched off"),
        text=N_("The receiver answered that it is gone (410). Check the address and switch it on again, or register another."),
    ),
    Telling(
        event="offer.expired", to="seller", roles=SELL, topic="offer", page="offer",
        subject=N_("A listing has expired"),
        text=N_("It is no longer shown to buyers. Renew it if it is still on sale."),
    ),
    Telling(
        event="company.view_started", to="own", roles=OWNERS, topic="company", page="company", mail=True,
        subject=N_("An operator looks at your company's pages"),
        text=N_("For at most half an hour, to help or to check. Nothing can be changed, and sealed prices stay hidden."),
    ),
    Telling(
        event="company.view_ended", to="own", roles=OWNERS, topic="company", page="company",
        subject=N_("The operator no longer looks at your pages"),
        text=N_("The view has ended. When it began and ended stands in your company's history."),
    ),
    Telling(
        event="appeal.made", to="operator", roles=MODERATE, topic="company", page="case",
        subject=N_("A member appeals against a decision"),
        text=N_("Another operator than the one who decided first looks at it again."),
    ),
    Telling(
        event="appeal.accepted", to="own", roles=OWNERS, topic="company", page="own_case", mail=True,
        subject=N_("Your appeal was accepted"),
        text=N_("The decision that you appealed against is reversed."),
    ),
    Telling(
        event="appeal.refused", to="own", roles=OWNERS, topic="company", page="own_case", mail=True,
        subject=N_("Your appeal was not accepted"),
        text=N_("Another operator looked at it. The reason is written on the page of the decision."),
    ),
    Telling(
        event="case.overdue", to="operator", roles=MODERATE, topic="company", page="case",
        subject=N_("A case waits too long"),
        text=N_("It should have been decided by now. Take it, or ask who took it."),
    ),
    Telling(
        event="offer.approved", to="seller", roles=SELL, topic="offer", page="offer", mail=True,
        subject=N_("A listing is approved"),
        text=N_("An operator looked at it. Buyers see it now."),
    ),
    Telling(
        event="offer.rejected", to="seller", roles=SELL, topic="offer", page="offer", mail=True,
        subject=N_("A listing was not accepted"),
        text=N_("The reason is written on its page. Change it and publish it again."),
    ),
)  # fmt: skip
