"""What templates may do with a value: amounts, numbers, dates, places, states and icons in the reader's language."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import cast

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from exchange.i18n import translator
from exchange.pages import choices, formats
from exchange.pages.assets import asset_url
from exchange.pages.frame import Frame
from exchange.pages.status import status_of
from exchange.pages.words import spelled_if_large


def frame_of(context: Context) -> Frame:
    return cast(Frame, context["frame"])


@pass_context
def money_filter(context: Context, amount: Decimal | str, currency: str) -> str:
    """An amount in whole currency units (Decimal or its text, never a float)."""
    return formats.money(amount, currency, frame_of(context).locale)


@pass_context
def money_minor_filter(context: Context, minor: int, currency: str) -> str:
    """An amount counted in the smallest unit of its currency."""
    return formats.money_minor(minor, currency, frame_of(context).locale)


@pass_context
def number_filter(context: Context, value: Decimal | int | str) -> str:
    return formats.number(value, frame_of(context).locale)


@pass_context
def percent_filter(context: Context, ratio: Decimal | str) -> str:
    return formats.percent(ratio, frame_of(context).locale)


@pass_context
def quantity_filter(context: Context, value: Decimal | int | str, unit: str) -> str:
    """A number with its unit (UN/ECE Rec 20 code)."""
    return formats.quantity(value, unit, frame_of(context).locale)


@pass_context
def unit_filter(context: Context, unit: str) -> str:
    """The word for a unit code."""
    return formats.unit(unit, frame_of(context).locale)


@pass_context
def per_filter(context: Context, unit: str) -> str:
    """The unit behind a price: "/ job" where a quantity says "2 jobs"."""
    return f"/\N{NO-BREAK SPACE}{formats.unit(unit, frame_of(context).locale, one=True)}"


@pass_context
def date_filter(context: Context, value: date) -> Markup:
    frame = frame_of(context)
    text = formats.day(value, frame.locale, frame.time_zone)
    if not isinstance(value, datetime):
        return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), text)
    return _time(value, text, frame)


@pass_context
def datetime_filter(context: Context, value: datetime) -> Markup:
    frame = frame_of(context)
    return _time(value, formats.instant(value, frame.locale, frame.time_zone), frame)


@pass_context
def ago_filter(context: Context, value: datetime) -> Markup:
    """How long ago; the exact time on hover."""
    frame = frame_of(context)
    return _time(value, formats.ago(value, frame.now, frame.locale), frame)


def _time(value: datetime, text: str, frame: Frame) -> Markup:
    full = formats.instant_in_full(value, frame.locale, frame.time_zone)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(value.isoformat(), full, text)


def deadline_text(due: datetime, now: datetime, locale: str) -> str:
    """còn 2 ngày 4 giờ · 2 days 4 hours left · overdue by 3 hours."""
    words = translator(locale)
    length = formats.span(abs(due - now), words.ngettext)
    if due > now:
        return words.gettext("%(span)s left") % {"span": length}
    return words.gettext("%(span)s overdue") % {"span": length}


@pass_context
def deadline_filter(context: Context, due: datetime) -> Markup:
    """A chip that says how long is left and counts down; its colour follows the urgency, the exact time is on hover."""
    frame = frame_of(context)
    full = formats.instant_in_full(due, frame.locale, frame.time_zone)
    return Markup('<time class="deadline is-{}" data-deadline datetime="{}" title="{}">{}{}</time>').format(
        formats.urgency(due, frame.now),
        due.isoformat(),
        full,
        icon("clock"),
        Markup("<span>{}</span>").format(deadline_text(due, frame.now, frame.locale)),
    )


@pass_context
def status(context: Context, noun: str, state: str) -> Markup:
    """The badge of a state: one word and one colour for it everywhere."""
    found = status_of(noun, state)
    word = translator(frame_of(context).locale).pgettext(noun, found.word)
    return Markup('<span class="status is-{}">{}</span>').format(found.tone, word)


@pass_context
def status_word(context: Context, noun: str, state: str) -> str:
    """The word alone, for option lists and sentences."""
    return translator(frame_of(context).locale).pgettext(noun, status_of(noun, state).word)


@pass_context
def in_words(context: Context, amount: Decimal | str, currency: str) -> str:
    """The amount spelled out when it is large enough to misread, else nothing."""
    return spelled_if_large(Decimal(amount), currency, frame_of(context).locale)


@pass_context
def client_words(context: Context) -> dict[str, str | list[str]]:
    """The few sentences that app.js says by itself, with their plural forms."""
    words = translator(frame_of(context).locale)

    def both(one: str, many: str) -> list[str]:
        return [words.ngettext(one, many, 1), words.ngettext(one, many, 2)]

    return {
        "left": words.gettext("%(span)s left"),
        "overdue": words.gettext("%(span)s overdue"),
        "day": both("%(num)s day", "%(num)s days"),
        "hour": both("%(num)s hour", "%(num)s hours"),
        "minute": both("%(num)s minute", "%(num)s minutes"),
        "saving": words.gettext("Saving…"),
        "saved": words.gettext("Draft saved"),
        "unsaved": words.gettext("Draft not saved"),
        "kept": words.gettext("Kept in this tab"),
        "failed": words.gettext("That did not work. Check the connection and try again."),
        "removed": words.gettext("Row removed"),
        "undo": words.gettext("Undo"),
    }


@pass_context
def country_filter(context: Context, code: str) -> str:
    """The name of a country (ISO 3166-1)."""
    return choices.country_name(code, frame_of(context).locale)


@pass_context
def region_filter(context: Context, code: str) -> str:
    """The name of a province or country (ISO 3166-2), or everywhere."""
    return choices.region_name(code, frame_of(context).locale)


@pass_context
def trade_role_filter(context: Context, code: str) -> str:
    return choices.word(choices.TRADE_ROLES, code, frame_of(context).locale)


@pass_context
def member_role_filter(context: Context, code: str) -> str:
    return choices.word(choices.MEMBER_ROLES, code, frame_of(context).locale)


@cache
def icon(name: str, css: str = "") -> Markup:
    """An icon of the sprite, hidden from screen readers: the text beside it speaks."""
    href = asset_url("vendor/icons.svg")
    return Markup('<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>').format(css, href, name)


def field_id(path: str) -> str:
    """The element id of a form field, also the target of its link in the error summary."""
    return "f-" + path.replace(".", "-")


def new_key() -> str:
    """A fresh idempotency key for one drawn form."""
    return str(uuid.uuid4())
