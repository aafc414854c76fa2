"""Refusals reach people in their language: found by the extractor, translated, with nouns and states in words."""

import ast

from exchange.errors import FieldError, Forbidden, Invalid, NotFound, WrongState
from exchange.i18n.extraction import error_messages, said_messages
from exchange.pages.saying import path_of, say


def test_nouns_states_and_rights_are_said_in_words() -> None:
    """Codes of the program are no words for people; each language has its own."""
    refused = WrongState(noun="order", current="confirmed")
    assert say(refused, "en").text == "This is not possible while the order is “Confirmed”."
    assert say(refused, "vi").text == "Không thực hiện được khi đơn hàng đang ở trạng thái “Đã xác nhận đơn”."
    assert say(NotFound(noun="rfq"), "vi").text == "Không có yêu cầu báo giá này, hoặc bạn không được xem."
    assert say(Forbidden(needed="offer.write"), "en").text == "Your role does not allow this: it needs “Write listings”."


def test_every_wrong_field_has_its_sentence() -> None:
    """Under the path of its form field; a page without a form says them in one line."""
    error = Invalid(
        errors=(
            FieldError("/lines/0/quantity", "x", "This line does not belong here."),
            FieldError("/owner/email", "y", "There is no country %(code)s.", {"code": "XX"}),
        )
    )
    said = say(error, "en")
    assert said.fields == {"lines.0.quantity": "This line does not belong here.", "owner.email": "There is no country XX."}
    assert said.line().endswith("This line does not belong here. There is no country XX.")
    assert path_of("") == ""


def test_the_extractor_finds_what_errors_and_handlers_say() -> None:
    """Titles and details of error classes, data of raised errors, and sentences behind say() and words(request)()."""
    source = """
class Late(DomainError):
    status = 409
    code = "late"
    title = "Too late"
    detail = "It ended at %(at)s."
class Row:
    title = "not for people"
def act(request):
    raise Unavailable(what="The clock")
    shell.words(request)("Saved.")
    say("Sent.")
    log("not said")
"""
    tree = ast.parse(source)
    assert sorted(error_messages(tree)) == ["It ended at %(at)s.", "The clock", "Too late"]
    assert sorted(said_messages(tree)) == ["Saved.", "Sent."]
