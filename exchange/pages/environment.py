"""The one Jinja environment of portal and console: how a template becomes a page, and what templates may use.

Every render gets a Frame. Templates find it as `frame`, the macros as `ui.list`, `ui.form` … and formats as filters.
"""

from collections.abc import Mapping
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import cast

import jinja2_fragments
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import escape

from exchange.i18n import N_, translator
from exchange.pages.assets import asset_url
from exchange.pages.filters import (
    ago_filter,
    client_words,
    country_filter,
    date_filter,
    datetime_filter,
    deadline_filter,
    field_id,
    frame_of,
    icon,
    in_words,
    member_role_filter,
    money_filter,
    money_minor_filter,
    new_key,
    number_filter,
    per_filter,
    percent_filter,
    quantity_filter,
    region_filter,
    status,
    status_word,
    trade_role_filter,
    unit_filter,
)
from exchange.pages.forms import ADD_ROW_FIELD, CSRF_FIELD, KEY_FIELD, REMOVE_ROW_FIELD
from exchange.pages.frame import Frame

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
