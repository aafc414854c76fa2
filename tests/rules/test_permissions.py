"""Who may do what is one table, and what the code asks for stands in it."""

import re

from exchange.domain.permission import ANYBODY, MEMBER, OPERATOR
from exchange.pages.choices import MEMBER_ROLES, OPERATOR_ROLES, PERMISSIONS, ROLES_EXPLAINED
from tests.rules import rights
from tests.rules.literals import arguments, texts
from tests.rules.states import DOCUMENT

ALL = MEMBER.keys() | OPERATOR.keys()
VERBS = "|".join(sorted({name.partition(".")[2] for name in ALL} - {""}))
SHAPE = re.compile(rf"[a-z]+\.({VERBS})")
HERE = {"domain/permission.py"}
# Services that change something and ask for no permission -> who acts instead.
UNGUARDED = {
    "company/applying.apply": "a visitor, who has no role yet",
    "company/drafting.start": "a visitor, who registers to write an application",
    "connection/service.device": "everybody about the device they are at",
    "identity/invitations.accept": "whoever holds the token and is signed in with its address",
    "identity/invitations.join": "whoever holds the token",
    "identity/lost_factor.stop": "whoever holds the token",
    "identity/mail_proof.ask": "everybody about their own address",
    "identity/mail_proof.ask_reset": "a visitor: the link goes to the mailbox alone",
    "identity/mail_proof.ask_verification": "everybody about their own address",
    "identity/mail_proof.reset": "whoever holds the token",
    "identity/mail_proof.verify": "whoever holds the token",
    "identity/passkeys.register": "everybody about their own passkeys",
    "identity/passkeys.remove": "everybody about their own passkeys",
    "identity/passkeys.rename": "everybody about their own passkeys",
    "identity/sessions.end": "everybody about their own sessions",
    "identity/sessions.end_others": "everybody about their own sessions",
    "viewing/service.end": "whoever began the view, in its own session",
}


def test_every_permission_that_is_asked_for_exists() -> None:
    """A misspelt one would answer 500 to everybody."""
    asked = arguments({"need", "may", "need_person", "need_scope"}, 1)
    assert {name: files for name, files in asked.items() if name not in ALL} == {}
    shaped = {name: files for name, files in texts().items() if SHAPE.fullmatch(name) and name not in ALL}
    assert shaped == {}
    assert len(asked) > 20


def test_every_permission_is_asked_for() -> None:
    """One that nothing needs would be a promise about nothing."""
    used = {text for text, files in texts().items() if files - HERE}
    assert sorted(ALL - used) == []


def test_every_role_has_something_to_do() -> None:
    """A role without a permission could not even read; one that the table does not know is misspelt."""
    assert frozenset().union(*MEMBER.values()) == ANYBODY
    assert {name for name in ALL if not (MEMBER.get(name) or OPERATOR.get(name))} == set()


def test_members_and_operators_share_no_permission() -> None:
    """An operator never trades, and no member runs the exchange."""
    assert MEMBER.keys() & OPERATOR.keys() == set()
    assert {name for name in ALL if name.startswith("operator.")} == OPERATOR.keys()


def test_every_permission_has_its_sentence() -> None:
    """Pages and the documentation say of each what it allows."""
    assert PERMISSIONS.keys() == ALL
    assert MEMBER_ROLES.keys() == ANYBODY
    assert ROLES_EXPLAINED.keys() == ANYBODY
    assert {role for roles in OPERATOR.values() for role in roles} == OPERATOR_ROLES.keys()


def test_the_document_says_what_the_table_says() -> None:
    """Who reads ARCHITECTURE.md reads the table that the guards ask."""
    document = DOCUMENT.read_text(encoding="utf-8")
    assert rights.renewed(document) == document, "run: python -m tests.rules.states --write"


def test_every_change_asks_who_may() -> None:
    """A service that an entry point calls and that records an event asks for a permission, or says here who acts instead."""
    assert rights.unguarded() - UNGUARDED.keys() == set()
