"""Reads a posted form into a typed command: local numbers and dates first, then the schema, every error of every field."""

import re
from collections.abc import Mapping
from typing import Literal, TypeVar, cast, get_args, get_origin

import msgspec

from exchange.i18n import N_, translator
from exchange.pages.formats import DEFAULT_ZONE
from exchange.pages.forms import Form
from exchange.pages.typed import Unreadable, read_day, read_instant, read_number
from schemas import common

Kind = Literal["text", "number", "date", "datetime", "boolean", "list"]
Kinds = Mapping[str, Kind]
Nested = dict[str, object]
T = TypeVar("T")

_INDEX = re.compile(r"\.\d+(?=\.|$)")

REQUIRED = N_("Fill this in.")
NOT_IN_FORM = N_("This is not in the expected form.")
UNKNOWN = N_("This field does not belong to the form.")
UNREADABLE = {
    "name": UNKNOWN,
    "number": N_("Enter a number, such as %(example)s."),
    "date": N_("Enter a date as day/month/year, such as 30/11/2026."),
    "datetime": N_("Enter a date and a time, such as 30/11/2026 17:00."),
}
NUMBER_EXAMPLE = {"vi": "1.250.000,5", "en": "1,250,000.5"}


class InvalidForm(ValueError):
    """The form cannot become its command; `form` holds what was typed and the errors: draw it again with status 422."""

    def __init__(self, form: Form) -> None:
        super().__init__(", ".join(form.errors))
        self.form = form


def read(form: Form, schema: type[T], kinds: Kinds, zone: str = DEFAULT_ZONE) -> T:
    """The command that a form describes. Raises InvalidForm with every error of every field in the form's language."""
    words = translator(form.locale)
    nested, unreadable = to_nested(form, kinds, zone)
    errors = {
        path: words.gettext(UNREADABLE[problem.code]) % {"example": NUMBER_EXAMPLE[form.locale]}
        for path, problem in unreadable.items()
    }
    found: dict[str, str] = {}
    _collect(nested, schema, "", found)
    for path, message in found.items():
        errors.setdefault(path, translate_problem(message, form.locale))
    if errors:
        raise InvalidForm(form.with_errors(errors))
    return msgspec.convert(nested, schema, strict=False)


def _collect(value: object, schema: object, path: str, errors: dict[str, str]) -> None:
    """Walk a schema beside its value and note the problem of every leaf; unions of structs count as one leaf."""
    shape = _only_shape(schema)
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct) and isinstance(value, dict):
        _collect_struct(cast(Nested, value), shape, path, errors)
    elif get_origin(shape) in (list, tuple) and isinstance(value, list):
        if not value:
            _collect_leaf([], schema, path, errors)
        for index, item in enumerate(cast(list[object], value)):
            _collect(item, get_args(shape)[0], f"{path}.{index}", errors)
    else:
        _collect_leaf(value, schema, path, errors)


def _collect_struct(value: Nested, shape: type[msgspec.Struct], path: str, errors: dict[str, str]) -> None:
    before = len(errors)
    known: set[str] = set()
    for member in msgspec.structs.fields(shape):
        name = f"{path}.{member.name}" if path else member.name
        known.add(member.encode_name)
        if member.encode_name in value:
            _collect(value[member.encode_name], member.type, name, errors)
        elif member.required:
            errors[name] = REQUIRED
    for stranger in value.keys() - known:
        errors[f"{path}.{stranger}" if path else stranger] = UNKNOWN
    if len(errors) == before:
        _collect_leaf(value, shape, path, errors)


def _collect_leaf(value: object, schema: object, path: str, errors: dict[str, str]) -> None:
    try:
        msgspec.convert(value, cast(type, schema), strict=False)
    except msgspec.ValidationError as problem:
        message, _, where = str(problem).partition(" - at `$")
        inner = re.sub(r"\[(\d+)\]", r".\1", where.rstrip("`")).lstrip(".")
        errors[".".join(part for part in (path, inner) if part)] = message


def _only_shape(schema: object) -> object:
    """Look through Annotated and "or None" to the struct or list inside."""
    metadata = getattr(schema, "__metadata__", None)
    if metadata is not None:
        return _only_shape(get_args(schema)[0])
    if type(None) in get_args(schema):
        others = [member for member in get_args(schema) if member is not type(None)]
        return _only_shape(others[0]) if len(others) == 1 else schema
    return schema


# What a pattern of schemas/common.py asks for, said to a person.
_PATTERNS = {
    common.POSITIVE: N_("Enter a number above 0, with at most 6 decimals."),
    common.AMOUNT: N_("Enter an amount without currency."),
    common.PERCENT: N_("Enter a percentage from 0 to 100."),
    common.REGION: N_("Choose a province or a country."),
    common.SERVED: N_("Choose provinces, countries or everywhere."),
    common.EMAIL: N_("Enter an e-mail address, such as name@company.vn."),
    common.LINE: N_("Write it on one line."),
    common.OPTIONAL_LINE: N_("Write it on one line."),
    common.TEXT: N_("Remove the invisible control characters."),
}

# What a schema says to a program, and the same for a person.
_PLAIN = (
    (re.compile(r"Expected `str` of length <= (\d+)"), N_("Use at most %(limit)s characters.")),
    (re.compile(r"Expected `str` of length >= 1$"), REQUIRED),
    (re.compile(r"Expected `str` of length >= (\d+)"), N_("Use at least %(limit)s characters.")),
    (re.compile(r"Expected `array` of length >= 1$"), N_("Add at least one.")),
    (re.compile(r"Expected `array` of length <= (\d+)"), N_("Use at most %(limit)s.")),
    (re.compile(r"Expected `(?:int|float|decimal)` >= (\S+)"), N_("Enter %(limit)s or more.")),
    (re.compile(r"Expected `(?:int|float|decimal)` > (\S+)"), N_("Enter more than %(limit)s.")),
    (re.compile(r"Expected `(?:int|float|decimal)` <= (\S+)"), N_("Enter %(limit)s or less.")),
    (re.compile(r"Expected `(?:int|float|decimal)`"), N_("Enter a number.")),
    (re.compile(r"Invalid enum value"), N_("Choose one of the options.")),
    (re.compile(r"Invalid UUID"), N_("Choose one of the options.")),
    (re.compile(r"^(Expected|Invalid|Object) "), N_("Check this value.")),
)


def translate_problem(message: str, locale: str) -> str:
    """A validation message for people. A message that is itself in the catalogue is translated, so schemas may speak plainly."""
    words = translator(locale)
    if "matching regex" in message:
        message = message.replace("\\\\", "\\")
        asked = next((plain for pattern, plain in _PATTERNS.items() if pattern in message), NOT_IN_FORM)
        return words.gettext(asked)
    for pattern, sentence in _PLAIN:
        match = pattern.search(message)
        if match:
            limit = match.group(1) if match.groups() else ""
            return words.gettext(sentence) % {"limit": limit}
    return words.gettext(message)


def kind_of(path: str, kinds: Kinds) -> Kind:
    return kinds.get(_INDEX.sub(".*", path), "text")


def to_nested(form: Form, kinds: Kinds, zone: str = DEFAULT_ZONE) -> tuple[Nested, dict[str, Unreadable]]:
    """The values of a form as nested dicts and lists, ready for a schema, with what could not be read beside it.

    Empty fields are left out, so the defaults of the schema apply; a "boolean" that was not ticked is False, a "list"
    keeps every value sent under its name. An unreadable field is left out and reported under its path.
    """
    nested: Nested = {}
    unreadable: dict[str, Unreadable] = {}
    for path, values in form.typed.items():
        try:
            value = _read(values, kind_of(path, kinds), form.locale, zone)
        except Unreadable as problem:
            unreadable[path] = problem
            value = None
        if (value is not None or _INDEX.search(path)) and not _put(nested, path.split("."), value):
            unreadable[path] = Unreadable("name")
    for path, kind in kinds.items():
        if kind == "boolean" and "*" not in path and path not in form.typed:
            _put(nested, path.split("."), False)
    return cast(Nested, _listed(nested)), unreadable


def _read(values: list[str], kind: Kind, locale: str, zone: str) -> object:
    if kind == "list":
        return [value for value in values if value]
    text = values[-1]
    if kind == "boolean":
        return text in ("on", "true", "1", "yes")
    if not text:
        return None
    if kind == "number":
        return read_number(text, locale)
    if kind == "date":
        return read_day(text, locale)
    return read_instant(text, locale, zone) if kind == "datetime" else text


def _put(nested: Nested, parts: list[str], value: object) -> bool:
    """Set a value at a path. False when another name already made a text of an object there, or an object of a text.

    None only makes sure that the containers exist, so that an empty row stays a row.
    """
    for part in parts[:-1]:
        step = nested.setdefault(part, {})
        if not isinstance(step, dict):
            return False
        nested = cast(Nested, step)
    if value is not None:
        if parts[-1] in nested:
            return False
        nested[parts[-1]] = value
    return True


def _listed(value: object) -> object:
    """Turn dicts whose keys are all row numbers into lists."""
    if not isinstance(value, dict):
        return value
    entries = {key: _listed(inner) for key, inner in cast(Nested, value).items()}
    if entries and all(key.isdecimal() for key in entries):
        return [entries[key] for key in sorted(entries, key=int)]
    return entries
