"""The table itself: each class of data, how long it is kept, by which clock, what happens then, and why."""

from datetime import timedelta
from typing import Final, Literal

import msgspec

from exchange.country import profile
from exchange.domain.privacy import outdated
from exchange.i18n import N_

DAY: Final = timedelta(days=1)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One class of data. `keep` counts from when it ended or was made, by the clock on the wall or the market's.

    `statement` removes at most $2 rows older than $1; without one the data stays, and `why` says why. `event` is recorded for
    each company that it names.
    """

    name: str
    what: str
    keep: timedelta | None
    clock: Literal["real", "market"] = "real"
    then: Literal["delete", "destroy", "keep"] = "delete"
    why: str
    statement: str = ""
    event: str = ""


def _years(code: str) -> timedelta:
    """How long the law of a country profile keeps records; a year of days too many, for the end of a year is waited for."""
    return profile(code).limits.record_retention_years * 366 * DAY


KEY_DESTROYED: Final = "company.key_destroyed"


RULES: Final = (
    Rule(
        name="sessions",
        what=N_("Sessions: when, where and with which browser somebody was signed in"),
        keep=timedelta(),
        why=N_("They are of use only until they end."),
        statement=outdated.ENDED_SESSIONS,
    ),
    Rule(
        name="sign_in_counters",
        what=N_("Counters of wrong sign-ins, by a hash of the address"),
        keep=DAY,
        why=N_("A day without failures forgets them."),
        statement=outdated.OLD_COUNTERS,
    ),
    Rule(
        name="idempotency_keys",
        what=N_("Keys of requests, which make a repeated request have one effect"),
        keep=7 * DAY,
        why=N_("Nobody repeats a request for longer."),
        statement=outdated.OLD_KEYS,
    ),
    Rule(
        name="done_jobs",
        what=N_("Work of the exchange that is done; what failed stays until an operator decides"),
        keep=7 * DAY,
        why=N_("For finding faults."),
        statement=outdated.OLD_JOBS,
    ),
    Rule(
        name="schedule_slots",
        what=N_("When the exchange's own regular work ran"),
        keep=DAY,
        why=N_("For finding faults."),
        statement=outdated.OLD_SLOTS,
    ),
    Rule(
        name="notifications",
        what=N_("Messages in the inbox, and the mails made of them"),
        keep=180 * DAY,
        clock="market",
        why=N_("The record of what happened tells the same without them."),
        statement=outdated.OLD_NOTIFICATIONS,
    ),
    Rule(
        name="webhook_deliveries",
        what=N_("What was sent to partner systems, and their answers"),
        keep=30 * DAY,
        clock="market",
        why=N_("A partner can ask for it again for so long."),
        statement=outdated.OLD_WEBHOOK_DELIVERIES,
    ),
    Rule(
        name="unused_files",
        what=N_("Files that were uploaded and that no document uses"),
        keep=30 * DAY,
        clock="market",
        why=N_("They belong to drafts that nobody finished."),
        statement=outdated.UNUSED_FILES,
    ),
    Rule(
        name="invitations",
        what=N_("Invitations of colleagues that were answered or ran out"),
        keep=90 * DAY,
        clock="market",
        why=N_("They hold the address of somebody who may not have joined."),
        statement=outdated.OLD_INVITATIONS,
    ),
    Rule(
        name="factor_removals",
        what=N_("Why second factors of a person were to be removed, and how identity was proved"),
        keep=365 * DAY,
        why=N_("Long enough to clear up a theft of an account. The record keeps who asked and who confirmed."),
        statement=outdated.OLD_REMOVALS,
    ),
    Rule(
        name="accesses",
        what=N_("Who looked at a company's data"),
        keep=None,
        then="keep",
        why=N_("The company it is about must be able to see it. It names persons by a number alone."),
    ),
    Rule(
        name="rejected_applicants",
        what=N_("Representative, telephone, e-mail and account number of applicants that were not accepted"),
        keep=365 * DAY,
        clock="market",
        then="destroy",
        why=N_("A year is enough to apply again or to complain. Then the key that opens them is destroyed."),
        statement=outdated.REJECTED_KEYS,
        event=KEY_DESTROYED,
    ),
    Rule(
        name="drafts",
        what=N_("Applications that were begun and never sent"),
        keep=90 * DAY,
        clock="market",
        why=N_("Who began one is told two weeks before; saving it again keeps it."),
        statement=outdated.OLD_DRAFTS,
        event="company.draft_removed",
    ),
    Rule(
        name="closed_contacts",
        what=N_("Telephone and contact e-mail of a company that closed"),
        keep=365 * DAY,
        clock="market",
        why=N_("No law asks for them, and after a year nobody has to be reached."),
        statement=outdated.CLOSED_CONTACTS,
        event="company.contacts_erased",
    ),
    Rule(
        name="closed_companies_vn",
        what=N_("Representative and bank accounts of a company of Viet Nam that closed"),
        keep=_years("vn"),
        clock="market",
        then="destroy",
        why=N_("The Accounting Law: ten years from the end of the year. Then the company's key, which opens them, is destroyed."),
        statement=outdated.CLOSED_KEYS_VN,
        event=KEY_DESTROYED,
    ),
    Rule(
        name="closed_companies",
        what=N_("Representative and bank accounts of a company of another country that closed"),
        keep=_years("default"),
        clock="market",
        then="destroy",
        why=N_("So long its partners must be able to prove deals. Then the company's key, which opens them, is destroyed."),
        statement=outdated.CLOSED_KEYS_OTHERS,
        event=KEY_DESTROYED,
    ),
    Rule(
        name="record",
        what=N_("The record of what happened: ids, versions and states, without names"),
        keep=None,
        then="keep",
        why=N_("Every member can check that nothing was changed afterwards. It names persons by a number alone."),
    ),
    Rule(
        name="conversations",
        what=N_("What companies wrote to each other, and their internal notes"),
        keep=None,
        then="keep",
        why=N_("It is the record of a deal and belongs to its companies. Of an erased author only “former colleague” is shown."),
    ),
    Rule(
        name="deals",
        what=N_("Contracts, signatures, orders, deliveries, invoices and payments"),
        keep=None,
        then="keep",
        why=N_("The law on accounting asks for ten years, and both sides need the proof. Names stand in signed contracts."),
    ),
    Rule(
        name="companies",
        what=N_("A company's file: addresses, representative, bank account. Sealed with a key of its own"),
        keep=None,
        then="keep",
        why=N_("For as long as the company is a member and its deals must be proved."),
    ),
    Rule(
        name="persons",
        what=N_("Name, e-mail and sign-in of a person"),
        keep=None,
        then="keep",
        why=N_("Until the person, or the company for a former colleague, asks for erasure."),
    ),
)
