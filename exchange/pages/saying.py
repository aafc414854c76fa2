"""A refused action in the reader's language: a title, a sentence, and a sentence for each wrong field."""

from collections.abc import Mapping
from typing import Final

import msgspec

from exchange.errors import FieldError, Refusal, Value
from exchange.i18n import N_, translator
from exchange.pages.choices import PERMISSIONS, field_words
from exchange.pages.status import UnknownStatus, status_of

# What the nouns of errors are called in a sentence.
NOUNS: Final[Mapping[str, str]] = {
    "absence": N_("absence"),
    "approval": N_("approval"),
    "award": N_("selection"),
    "category": N_("category"),
    "closing": N_("closing proposal"),
    "colleague": N_("colleague"),
    "company": N_("company"),
    "contract": N_("contract"),
    "delivery": N_("delivery"),
    "deposit": N_("deposit"),
    "file": N_("file"),
    "instalment": N_("instalment"),
    "invoice": N_("invoice"),
    "job": N_("job"),
    "key": N_("API key"),
    "notification": N_("notification"),
    "offer": N_("listing"),
    "opportunity": N_("opportunity"),
    "order": N_("order"),
    "page": N_("page"),
    "policy": N_("approval policy"),
    "passkey": N_("passkey"),
    "provider": N_("provider"),
    "quote": N_("quotation"),
    "review": N_("review"),
    "rfq": N_("request for quotation"),
    "session": N_("session"),
    "signatory": N_("authorisation to sign"),
    "webhook": N_("webhook"),
}


class Said(msgspec.Struct, frozen=True):
    """`fields` maps the paths of form fields to sentences; the path "" is the whole form."""

    title: str
    text: str
    fields: dict[str, str]

    def line(self) -> str:
        """All of it in one line, for a page that has no form to show it beside."""
        return " ".join((self.text, *self.fields.values())) if self.fields else self.text


def say(error: Refusal, locale: str) -> Said:
    """The error's words, with its data in place."""
    words = translator(locale)
    fields: dict[str, str] = {}
    for item in error.errors:
        fields.setdefault(path_of(item.pointer), _field(item, locale))
    return Said(words.gettext(error.title), words.gettext(error.detail) % _localised(error.data, locale), fields)


def path_of(pointer: str) -> str:
    """A JSON pointer as the path of a form field: ``/lines/0/quantity`` is ``lines.0.quantity``."""
    return pointer.strip("/").replace("/", ".").replace("~1", "/").replace("~0", "~")


def _field(item: FieldError, locale: str) -> str:
    return translator(locale).gettext(item.detail) % _localised(item.data, locale)


def _localised(data: Mapping[str, Value], locale: str) -> dict[str, Value]:
    """Nouns and states by their words, whole sentences by their translation; numbers and names stay."""
    words = translator(locale)
    noun = data.get("noun")
    shown: dict[str, Value] = {}
    for name, value in data.items():
        if name == "noun" and isinstance(value, str):
            shown[name] = words.gettext(NOUNS.get(value, value))
        elif name == "current" and isinstance(value, str) and isinstance(noun, str):
            shown[name] = _state(noun, value, locale)
        elif name == "fields" and isinstance(value, str):
            named = field_words(locale)
            shown[name] = ", ".join(named.get(field, field) for field in value.split(", "))
        elif isinstance(value, str) and value:
            shown[name] = _quoted(PERMISSIONS[value], locale) if value in PERMISSIONS else words.gettext(value)
        else:
            shown[name] = value
    return shown


def _quoted(message: str, locale: str) -> str:
    return f"“{translator(locale).gettext(message)}”"


def _state(noun: str, state: str, locale: str) -> str:
    try:
        return f"“{translator(locale).pgettext(noun, status_of(noun, state).word)}”"
    except UnknownStatus:
        return state
