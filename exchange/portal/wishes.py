"""What a buyer asks of the attributes of a category: as fields to draw, as requirements to send, and back."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, Literal

import msgspec

from exchange.domain.category.model import AttributeRow
from exchange.i18n import N_, translator
from exchange.pages import formats
from exchange.pages.attributes import attribute_name, choice_pairs, requirement_words
from exchange.pages.forms import Form
from exchange.pages.reading import UNREADABLE
from exchange.pages.typed import Unreadable, read_number
from schemas.rfq import Requirement

Declared = Mapping[str, AttributeRow]
_LOW_FIRST: Final = N_("The smaller number comes first.")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute that a line may ask for, as its field is drawn. `kept` says a wish that no field can show."""

    key: str
    label: str
    kind: Literal["number", "text", "boolean", "choice"]
    unit: str
    # The choices as a field takes them.
    pairs: tuple[tuple[str, str], ...]
    kept: str = ""


def wishes(declared: Declared, form: Form, prefix: str) -> list[Wish]:
    """The fields below `prefix`: what may be asked of goods with these attributes."""
    return [_wish(item, declared, form, f"{prefix}.{item.key}") for item in declared.values() if item.filterable]


def _wish(item: AttributeRow, declared: Declared, form: Form, at: str) -> Wish:
    kept = _kept(form, at)
    return Wish(
        key=item.key,
        label=attribute_name(item, form.locale),
        kind=item.kind,
        unit=item.unit_symbol or "",
        pairs=tuple(choice_pairs(item.choices, form.locale)),
        kept="" if kept is None else requirement_words(kept, declared, form.locale),
    )


def any_wish(form: Form, prefix: str) -> bool:
    """Whether anything is asked for yet: the fields stand open then."""
    return any(path.startswith(f"{prefix}.") and any(values) for path, values in form.typed.items())


def requirements(declared: Declared, form: Form, prefix: str, errors: dict[str, str]) -> list[tuple[str, Requirement]]:
    """What is asked for, each with the path of its field; what cannot be read is noted in `errors`."""
    found: list[tuple[str, Requirement]] = []
    for item in declared.values():
        if item.filterable:
            found += _requirement(item, form, f"{prefix}.{item.key}", errors)
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


def typed_wish(item: Requirement, kind: str, at: str, locale: str) -> dict[str, list[str]]:
    """A requirement as the fields below `at` show it; one that no field can show is kept as it is."""
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
