"""Sample pages that show every component with realistic data in both languages: the reference for how the product looks.

A sandbox may mount them; the tests draw each one in both languages and themes. Their texts stand in pairs in
styleguide.json and beside the templates, not in the catalogue, because no member ever reads them.
"""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import cast

from exchange.i18n import N_
from exchange.pages.environment import render
from exchange.pages.forms import blank
from exchange.pages.frame import Area, CompanyChoice, Flash, Frame, NavGroup, NavItem, Theme

Nested = dict[str, object]

SAMPLES = ("home", "list", "empty", "detail", "form", "match", "compare", "queue", "parts", "signin", "fault")
PATHS = {
    "home": "/", "list": "/rfqs", "empty": "/frameworks", "detail": "/orders/1", "form": "/rfqs/new", "match": "/rfqs/1",
    "compare": "/rfqs/1/compare", "queue": "/operator/companies", "parts": "/parts", "signin": "/sign-in", "fault": "/orders/9",
}  # fmt: skip

PORTAL_NAVIGATION = (
    NavGroup(items=(NavItem(label=N_("Home"), href="/", icon="home", pinned=True),)),
    NavGroup(
        label=N_("Buy"),
        items=(
            NavItem(label=N_("Requests for quotation"), href="/rfqs", icon="file-text", count=3, pinned=True, short=N_("Buy")),
            NavItem(label=N_("Purchase orders"), href="/orders", icon="shopping-cart", pinned=True, short=N_("Orders")),
        ),
    ),
    NavGroup(
        label=N_("Sell"),
        items=(
            NavItem(
                label=N_("Opportunities"), href="/opportunities", icon="target-arrow", count=12, pinned=True, short=N_("Sell")
            ),
            NavItem(label=N_("Listings"), href="/offers", icon="tag"),
            NavItem(label=N_("My quotations"), href="/quotes", icon="send"),
        ),
    ),
    NavGroup(
        label=N_("Company"),
        items=(
            NavItem(label=N_("Contracts"), href="/contracts", icon="signature"),
            NavItem(label=N_("Money"), href="/money", icon="wallet", pinned=True),
            NavItem(label=N_("People and rights"), href="/company", icon="users"),
        ),
    ),
)
CONSOLE_NAVIGATION = (
    NavGroup(
        items=(
            NavItem(label=N_("Applications"), href="/operator/companies", icon="building", count=4, pinned=True),
            NavItem(label=N_("Listings to review"), href="/operator/offers", icon="eye", count=2, pinned=True),
            NavItem(label=N_("Deposits"), href="/operator/deposits", icon="building-bank", pinned=True),
            NavItem(label=N_("Jobs"), href="/operator/jobs", icon="refresh", pinned=True),
            NavItem(label=N_("Audit"), href="/operator/audit", icon="history"),
        )
    ),
)


def sample_frame(name: str, locale: str, theme: Theme, now: datetime) -> Frame:
    area: Area = "console" if name == "queue" else "public" if name == "signin" else "portal"
    company = CompanyChoice(id="1", name="Công ty CP Thực phẩm Sao Mai")
    other = CompanyChoice(id="2", name="Bao bì Tân Thành")
    return Frame(
        locale=locale,
        now=now,
        area=area,
        theme=theme,
        path=PATHS[name],
        query=(("status", "open"), ("sort", "-due_at")) if name == "list" else (),
        csrf_token="sample",  # noqa: S106
        person_name="" if area == "public" else "Nguyễn Thu Hà",
        person_email="" if area == "public" else "ha.nguyen@saomai.example",
        company=company if area == "portal" else None,
        companies=(company, other) if area == "portal" else (),
        unread=0 if area == "public" else 5,
        navigation=CONSOLE_NAVIGATION if area == "console" else PORTAL_NAVIGATION,
        sandbox=name == "home",
        flash=Flash(text={"vi": "Đã gửi báo giá.", "en": "Quotation submitted."}[locale]) if name == "list" else None,
    )


def render_styleguide(name: str, locale: str, theme: Theme, now: datetime) -> str:
    """One sample page; names are in SAMPLES."""

    def say(english: str, vietnamese: str) -> str:
        return vietnamese if locale == "vi" else english

    sample = _resolved(_samples().get(name, {}), locale, now)
    context: Nested = {"say": say, **cast(Nested, sample)}
    if name == "form":
        form = blank(locale, cast(Nested, context["initial"]))
        context["form"] = form.with_errors(cast(dict[str, str], context["errors"]))
    return render(f"styleguide/{name}.html", sample_frame(name, locale, theme, now), context)


@cache
def _samples() -> Nested:
    return cast(Nested, json.loads((Path(__file__).parent / "styleguide.json").read_text()))


def _resolved(value: object, locale: str, now: datetime) -> object:
    """Sample data in one language: {"en", "vi"} is a text, {"minutes"} a time from now, {"decimal"} a number."""
    if isinstance(value, list):
        return [_resolved(item, locale, now) for item in cast(list[object], value)]
    if not isinstance(value, dict):
        return value
    entries = cast(Nested, value)
    if entries.keys() == {"en", "vi"}:
        return entries[locale]
    if entries.keys() == {"minutes"}:
        return now + timedelta(minutes=cast(int, entries["minutes"]))
    if entries.keys() == {"decimal"}:
        return Decimal(cast(str, entries["decimal"]))
    return {key: _resolved(item, locale, now) for key, item in entries.items()}
