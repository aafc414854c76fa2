"""The form of an RFQ as a command and back: requirements that follow the category, terms, and who is asked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final, Literal

import msgspec

from exchange.domain.category.model import AttributeRow, Tree
from exchange.domain.rfq.model import Rfq
from exchange.errors import DomainError
from exchange.i18n import N_, translator
from exchange.pages import formats, terms
from exchange.pages.attributes import attribute_name, requirement_words
from exchange.pages.forms import Form, blank
from exchange.pages.reading import UNREADABLE, InvalidForm, Kind, Kinds, read
from exchange.pages.saying import say
from exchange.pages.typed import Unreadable, read_number
from schemas.rfq import Requirement, RfqIn, RfqLine
from schemas.terms import TermsView

ROWS: Final = {"lines": ("text", "quantity", "words")}
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
_LOW_FIRST: Final = N_("The smaller number comes first.")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute that a line may ask for, as its field is drawn. `kept` says a wish that no field can show."""

    key: str
    label: str
    kind: Literal["number", "text", "boolean", "choice"]
    unit: str
    choices: tuple[str, ...]
    kept: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The choices as a field takes them."""
        return [(choice, choice) for choice in self.choices]


def wishes(tree: Tree, form: Form, at: str) -> list[Wish]:
    """The fields of the requirements of one line: what its category lets a buyer ask for."""
    category = form.value(f"{at}.category")
    if category not in tree.nodes:
        return []
    declared = tree.nodes[category].attributes
    return [_wish(item, declared, form, f"{at}.need.{item.key}") for item in declared.values() if item.filterable]


def _wish(item: AttributeRow, declared: Mapping[str, AttributeRow], form: Form, at: str) -> Wish:
    kept = _kept(form, at)
    return Wish(
        key=item.key,
        label=attribute_name(item, form.locale),
        kind=item.kind,
        unit=item.unit_symbol or "",
        choices=item.choices,
        kept="" if kept is None else requirement_words(kept, declared, form.locale),
    )


def any_wish(form: Form, at: str) -> bool:
    """Whether the line asks for anything yet: its requirements stand open then."""
    return any(path.startswith(f"{at}.need.") and any(values) for path, values in form.typed.items())


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
        errors = problem.form.errors
    asked = [_requirements(tree, form, f"lines.{index}", errors) for index in form.rows("lines", 0)]
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
        for index in form.rows("lines", 0)
        for place, (path, _item) in enumerate(_requirements(tree, form, f"lines.{index}", {}))
    }
    fields = {_placed(path, places): text for path, text in said.fields.items()}
    return form.with_errors(fields or {"": said.text})


def _placed(path: str, places: Mapping[str, str]) -> str:
    own, _dot, _rest = path.rpartition(".")
    return places.get(own, path)


def _requirements(tree: Tree, form: Form, at: str, errors: dict[str, str]) -> list[tuple[str, Requirement]]:
    """What one line asks for, each with the path of its field; what cannot be read is noted in `errors`."""
    category = form.value(f"{at}.category")
    declared = tree.nodes[category].attributes if category in tree.nodes else {}
    found: list[tuple[str, Requirement]] = []
    for item in declared.values():
        if item.filterable:
            found += _requirement(item, form, f"{at}.need.{item.key}", errors)
    return found


def _requirement(item: AttributeRow, form: Form, at: str, errors: dict[str, str]) -> Iterator[tuple[str, Requirement]]:
    kept = _kept(form, at)
    if kept is not None:
        yield f"{at}.kept", kept
    elif item.kind == "number":
        yield from _between(item.key, form, at, errors)
    elif item.kind == "choice":
        chosen = tuple(value for value in form.chosen(f"{at}.any") if value)
        if chosen:
            yield f"{at}.any", _one_of(item.key, chosen)
    elif wanted := form.value(f"{at}.is"):
        yield f"{at}.is", Requirement(item.key, "=", wanted == "yes" if item.kind == "boolean" else wanted)


def _one_of(key: str, chosen: tuple[str, ...]) -> Requirement:
    return Requirement(key, "=", chosen[0]) if len(chosen) == 1 else Requirement(key, "in", chosen)


def _between(key: str, form: Form, at: str, errors: dict[str, str]) -> Iterator[tuple[str, Requirement]]:
    low, high = (_number(form, f"{at}.{end}", errors) for end in ("min", "max"))
    if low is not None and high is not None and low > high:
        errors[f"{at}.min"] = translator(form.locale).gettext(_LOW_FIRST)
    elif low is not None and high is not None:
        yield f"{at}.min", Requirement(key, "=", low) if low == high else Requirement(key, "between", (low, high))
    elif low is not None:
        yield f"{at}.min", Requirement(key, ">=", low)
    elif high is not None:
        yield f"{at}.max", Requirement(key, "<=", high)


def _number(form: Form, path: str, errors: dict[str, str]) -> int | float | None:
    text = form.value(path)
    if not text:
        return None
    try:
        value = float(read_number(text, form.locale))
    except Unreadable as problem:
        errors[path] = translator(form.locale).gettext(UNREADABLE[problem.code]) % {"example": "8"}
        return None
    return int(value) if value.is_integer() else value


def _kept(form: Form, at: str) -> Requirement | None:
    """A wish that was written elsewhere and fits no field; it goes through the form as it is."""
    text = form.value(f"{at}.kept")
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=Requirement)
    except msgspec.MsgspecError:
        return None


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
        declared = tree.nodes[line.category].attributes if line.category in tree.nodes else {}
        for item in line.requirements:
            kind = declared[item.attribute].kind if item.attribute in declared else "text"
            typed |= _typed_wish(item, kind, f"lines.{index}.need.{item.attribute}", locale)
    return replace(form, typed=typed)


def _typed_wish(item: Requirement, kind: str, at: str, locale: str) -> dict[str, list[str]]:
    values = list(item.value) if isinstance(item.value, tuple) else [item.value]
    if kind == "number" and item.op in (">=", "<=", "=", "between"):
        ends = {">=": ("min",), "<=": ("max",)}.get(item.op, ("min", "max"))
        low_high = values if item.op == "between" else values * len(ends)
        return {f"{at}.{end}": [formats.number(Decimal(str(value)), locale)] for end, value in zip(ends, low_high, strict=True)}
    if kind == "choice":
        return {f"{at}.any": [str(value) for value in values]}
    if item.op == "=":
        plain = ("yes" if item.value else "no") if isinstance(item.value, bool) else str(item.value)
        return {f"{at}.is": [plain]}
    return {f"{at}.kept": [msgspec.json.encode(item).decode()]}
