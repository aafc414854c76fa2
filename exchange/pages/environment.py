"""The one Jinja environment of portal and console: how a template becomes a page, and what templates may use.

Every render gets a Frame. Templates find it as `frame`, the macros as `ui.list`, `ui.form` … and formats as filters.
"""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import cast

import jinja2_fragments
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup, escape

from exchange.i18n import N_, translator
from exchange.pages import choices, formats
from exchange.pages.assets import asset_url
from exchange.pages.forms import ADD_ROW_FIELD, CSRF_FIELD, KEY_FIELD, REMOVE_ROW_FIELD
from exchange.pages.frame import Frame
from exchange.pages.status import status_of
from exchange.pages.words import spelled_if_large

_PACKAGE = Path(__file__).parent.parent


class Macros:
    """The macro files by name: `ui.list` is macros/list.html, loaded on first use with this page's frame inside."""

    def __init__(self, environment: Environment, frame: Frame) -> None:
        self._environment = environment
        self._frame = frame
        self._loaded: dict[str, TemplateModule] = {}

    def __getattr__(self, name: str) -> TemplateModule:
        if name.startswith("_"):
            raise AttributeError(name)
        loaded = self._loaded.get(name)
        if loaded is None:
            template = self._environment.get_template(f"macros/{name}.html")
            loaded = template.make_module({"frame": self._frame, "ui": self})
            self._loaded[name] = loaded
        return loaded


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


def _translations(environment: Environment) -> None:
    """Let templates translate into the language of the frame they are drawn in.

    Jinja trusts what these functions return, so they escape it: `_(row.name)` by mistake must not become markup.
    """

    @pass_context
    def gettext(context: Context, message: str) -> str:
        return escape(translator(frame_of(context).locale).gettext(message))

    @pass_context
    def ngettext(context: Context, one: str, many: str, n: int) -> str:
        return escape(translator(frame_of(context).locale).ngettext(one, many, n))

    @pass_context
    def pgettext(context: Context, where: str, message: str) -> str:
        return escape(translator(frame_of(context).locale).pgettext(where, message))

    @pass_context
    def npgettext(context: Context, where: str, one: str, many: str, n: int) -> str:
        return escape(translator(frame_of(context).locale).npgettext(where, one, many, n))

    # The i18n extension adds this method when it is loaded; type checkers cannot know it.
    install = attrgetter("install_gettext_callables")(environment)
    install(gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext)


@cache
def environment(auto_reload: bool = False) -> Environment:
    """Compiled templates stay in memory for the life of the process; `auto_reload` is for writing pages."""
    own = {area: FileSystemLoader(_PACKAGE / area / "templates") for area in ("portal", "console")}
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(_PACKAGE / "pages" / "templates"), PrefixLoader(own)]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=auto_reload,
        cache_size=-1,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    _translations(made)
    filters = cast(dict[str, object], made.filters)
    filters.update(
        money=money_filter,
        money_minor=money_minor_filter,
        number=number_filter,
        percent=percent_filter,
        quantity=quantity_filter,
        unit=unit_filter,
        per=per_filter,
        date=date_filter,
        datetime=datetime_filter,
        ago=ago_filter,
        deadline=deadline_filter,
        country=country_filter,
        region=region_filter,
        trade_role=trade_role_filter,
        member_role=member_role_filter,
        field_id=field_id,
    )
    shared = cast(dict[str, object], made.globals)
    shared.update(
        status=status,
        status_word=status_word,
        in_words=in_words,
        icon=icon,
        client_words=client_words,
        asset_url=asset_url,
        new_key=new_key,
        N_=N_,
        CSRF_FIELD=CSRF_FIELD,
        KEY_FIELD=KEY_FIELD,
        ADD_ROW_FIELD=ADD_ROW_FIELD,
        REMOVE_ROW_FIELD=REMOVE_ROW_FIELD,
    )
    return made


def _context(frame: Frame, context: Mapping[str, object]) -> dict[str, object]:
    return {**context, "frame": frame, "ui": Macros(environment(), frame)}


def render(template: str, frame: Frame, context: Mapping[str, object] | None = None) -> str:
    """A whole page. Own templates are "layout.html" …, those of the entry points "portal/…" and "console/…"."""
    return environment().get_template(template).render(_context(frame, context or {}))


def render_block(template: str, block: str, frame: Frame, context: Mapping[str, object] | None = None) -> str:
    """One block of a page, for htmx to swap in."""
    return jinja2_fragments.render_block(environment(), template, block, _context(frame, context or {}))
