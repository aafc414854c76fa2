"""The form of an RFQ as a command and back: requirements that follow the category, terms, and who is asked."""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

import msgspec

from exchange.domain.category.model import Tree
from exchange.domain.rfq.model import Rfq
from exchange.errors import DomainError
from exchange.pages import terms
from exchange.pages.forms import Form, blank
from exchange.pages.reading import InvalidForm, Kind, Kinds, read
from exchange.pages.saying import say
from exchange.portal.wishes import Declared, requirements, typed_wish
from schemas.rfq import RfqIn, RfqLine
from schemas.terms import TermsView

ROWS: Final = {"lines": ("category", "text", "quantity", "words")}
# What a first line needs when there is none.
_FIRST_LINE: Final = ("lines.0.category", "lines.0.text", "lines.0.quantity")
_TERM_KINDS: Final[dict[str, Kind]] = {f"terms.{name}": kind for name, kind in terms.KINDS.items()}
KINDS: Final[Kinds] = {
    "lines.*.quantity": "number",
    "lines.*.deliver_within_days": "number",
    "due_at": "datetime",
    "sealed": "boolean",
    "invite": "list",
    **_TERM_KINDS,
}
# What stands in a form beside the command: the version that is edited, and the wishes about attributes.
_BESIDE: Final = re.compile(r"^version$|^lines\.\d+\.need\.")


def declared(tree: Tree, form: Form, at: str) -> Declared:
    """The attributes of the category that a line names."""
    category = form.value(f"{at}.category")
    return tree.nodes[category].attributes if category in tree.nodes else {}


def lines_of(form: Form, at_least: int = 0) -> list[str]:
    """The paths of the lines."""
    return [f"lines.{index}" for index in form.rows("lines", at_least)]


def read_rfq(form: Form, tree: Tree, before: TermsView | None) -> RfqIn:
    """The command that the form describes. Raises InvalidForm with every error of every field.

    `before` are the terms of the draft that is edited: an own schedule of instalments stays as it was written.
    """
    plain = {path: values for path, values in form.typed.items() if not _BESIDE.match(path)}
    errors: dict[str, str] = {}
    command: RfqIn | None = None
    try:
        command = read(Form(form.locale, terms.completed(plain, before=before)), RfqIn, KINDS)
    except InvalidForm as problem:
        errors = dict(problem.form.errors)
        if "lines" in errors:
            errors = {**dict.fromkeys(_FIRST_LINE, errors.pop("lines")), **errors}
    asked = [requirements(declared(tree, form, at), form, f"{at}.need", errors) for at in lines_of(form)]
    if command is None or errors:
        raise InvalidForm(form.with_errors(errors))
    lines = tuple(
        msgspec.structs.replace(line, requirements=tuple(item for _path, item in wanted))
        for line, wanted in zip(command.lines, asked, strict=True)
    )
    return msgspec.structs.replace(command, lines=lines)


def refused(form: Form, tree: Tree, error: DomainError) -> Form:
    """The form with what the domain says against it, each requirement beside its own field."""
    said = say(error, form.locale)
    places = {
        f"lines.{index}.requirements.{place}": path
        for index, at in enumerate(lines_of(form))
        for place, (path, _item) in enumerate(requirements(declared(tree, form, at), form, f"{at}.need", {}))
    }
    fields = {_placed(path, places): text for path, text in said.fields.items()}
    return form.with_errors(fields or {"": said.text})


def _placed(path: str, places: Mapping[str, str]) -> str:
    own, _dot, _rest = path.rpartition(".")
    return places.get(own, path)


def typed_line(line: RfqLine) -> dict[str, object]:
    """A line as its fields take it."""
    return {
        "category": line.category,
        "text": line.text,
        "quantity": Decimal(line.quantity),
        "unit": line.unit,
        "region": line.region,
        "words": line.words,
        "deliver_within_days": line.deliver_within_days,
    }


def typed_rfq(rfq: Rfq, tree: Tree, locale: str) -> Form:
    """A draft as its form shows it."""
    form = blank(
        locale,
        {
            "title": rfq.title,
            "description": rfq.description,
            "currency": rfq.currency,
            "sealed": "on" if rfq.sealed else "off",
            "mode": rfq.mode,
            "invite": [str(company) for company in rfq.invite or ()],
            "own_reference": rfq.own_reference,
            "due_at": rfq.due_at,
            "lines": [typed_line(line) for line in rfq.lines],
            "terms": terms.typed(rfq.terms),
            "version": str(rfq.version),
        },
    )
    typed = dict(form.typed)
    for index, line in enumerate(rfq.lines):
        known = tree.nodes[line.category].attributes if line.category in tree.nodes else {}
        for item in line.requirements:
            kind = known[item.attribute].kind if item.attribute in known else "text"
            typed |= typed_wish(item, kind, f"lines.{index}.need.{item.attribute}", locale)
    return replace(form, typed=typed)
