"""Templates escape what people wrote, refuse missing variables, and work as whole pages and as fragments."""

import re
from datetime import UTC, datetime

import pytest
from jinja2 import UndefinedError

from exchange.pages.environment import Macros, environment, render, render_block
from exchange.pages.forms import posted
from exchange.pages.frame import CompanyChoice, Flash, Frame, NavGroup, NavItem
from exchange.pages.styleguide import SAMPLES, render_styleguide

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}"
FRAME = Frame(locale="vi", now=NOW, person_name="Hà", csrf_token="t0ken", nonce="n0nce")
USED_LISTS = """
{% set columns = [{"key": "a", "label": bad, "sort": true}] %}
{% call(row, key) ui.list.table(columns, [{"id": bad, "a": bad}], bad, link="/x/%s") %}{{ row.a }}{% endcall %}
{{ ui.list.head(bad, 3, true, "/new", bad) }}
{{ ui.list.filters([{"name": "s", "label": bad, "choices": [(bad, bad)]}], find=bad) }}
{{ ui.list.empty(bad, bad) }}{{ ui.list.pager(bad, bad) }}
"""
USED_DETAIL = """
{% set facts = [(bad, bad), (bad, ui.page.company(bad, "/c", true))] %}
{% call ui.detail.head(bad, bad, "order", "placed", frame.now, bad, facts) %}
{{ ui.form.act("/x", bad, "danger", "", {bad: bad}, [bad], bad) }}{% endcall %}
{{ ui.detail.progress([{"label": bad, "state": "now", "who": bad}]) }}{{ ui.detail.facts([(bad, bad)]) }}
{% call ui.detail.section("a", bad, 1, "/a", bad) %}{{ bad }}{% endcall %}
{% set files = [{"href": "/f", "name": bad}] %}
{{ ui.timeline.timeline([{"at": frame.now, "who": bad, "company": bad, "text": bad, "said": bad, "documents": files}]) }}
{{ ui.money.totals("VND", "1", [{"label": bad, "amount": "1"}], "2") }}{{ ui.money.shares([{"label": bad, "ratio": "0.5"}]) }}
{{ ui.notice.notice("bad", bad, bad) }}{% call ui.page.live("order", bad, bad) %}{{ bad }}{% endcall %}
"""
USED_FORM = """
{% call ui.form.form(form, "/x", "tab", true, {"a": bad, "l.*.b": bad}) %}
{{ ui.form.text(form, "a", bad, bad) }}{{ ui.form.number(form, "a", bad, bad) }}
{{ ui.form.money(form, "a", bad, "VND", bad, bad) }}
{{ ui.form.textarea(form, "a", bad, bad) }}{{ ui.form.select(form, "a", bad, [(bad, bad)], bad) }}
{{ ui.form.radios(form, "a", bad, [(bad, bad, bad)]) }}{{ ui.form.checkbox(form, "a", bad, bad) }}
{{ ui.form.checkboxes(form, "a", bad, [(bad, bad)]) }}{{ ui.form.file(form, "a", bad, bad) }}{{ ui.form.date(form, "a", bad) }}
{{ ui.form.datetime(form, "a", bad) }}{{ ui.form.measure(form, "a", "u", bad, [(bad, bad)]) }}
{% call(at) ui.form.rows(form, "l", bad) %}{{ ui.form.text(form, at ~ ".b", bad) }}{% endcall %}
{{ ui.form.foot(bad, "/x") }}{% endcall %}
"""
USED_DEALS = """
{% set parts = [{"label": bad, "points": 100, "weight": 200, "reason": bad}] %}
{% set match = {"title": bad, "href": "/o", "supplier": bad, "facts": [bad], "price": bad, "landed": bad, "lead": bad,
  "in_time": false, "score": 5000, "parts": parts} %}
{% call(item) ui.match.matches([match]) %}{{ item.title }}{% endcall %}
{{ ui.match.near_misses([{"title": bad, "href": "/o", "supplier": bad, "reason": bad}]) }}
{{ ui.match.excluded([{"reason": bad, "count": 2}]) }}
{% set line = {"label": bad, "cells": [{"text": bad, "note": bad, "best": true}]} %}
{{ ui.compare.compare([{"title": bad, "sub": bad}], [line, {"band": bad}], [], bad) }}
{{ ui.home.tasks([{"icon": "bell", "title": bad, "href": "/t", "sub": bad, "due": frame.now, "label": bad}]) }}
{{ ui.home.tally([(bad, "/t", 3)]) }}{{ _(bad) }}{{ ngettext(bad, bad, 2) }}{{ pgettext("x", bad) }}
{% set waiting = [{"id": "1", "title": bad, "sub": bad, "since": frame.now, "href": "/q"}] %}
{% call ui.queue.queue(waiting, "1", bad) %}{{ bad }}{% endcall %}
"""


def draw(body: str, **values: object) -> str:
    """A page body with the macros, drawn as a page would be."""
    return environment().from_string(body).render(frame=FRAME, ui=Macros(environment(), FRAME), **values)


@pytest.mark.parametrize("body", [USED_LISTS, USED_DETAIL, USED_FORM, USED_DEALS], ids=["list", "detail", "form", "deals"])
def test_hostile_text_stays_text_in_every_macro(body: str) -> None:
    """Whatever a member wrote can neither open a tag, leave an attribute nor run as a template."""
    typed = posted("vi", [("a", HOSTILE), ("l.0.b", HOSTILE), ("u", HOSTILE)])
    form = typed.with_errors({"a": HOSTILE, "l.0.b": HOSTILE, "": HOSTILE})
    html = draw(body, bad=HOSTILE, form=form)
    assert html.count("alert(1)") >= 5
    assert "<script" not in html
    assert "<img" not in html
    assert HOSTILE not in html
    assert "{{7*7}}" in html


def test_hostile_text_stays_text_in_the_frame() -> None:
    """Names, search words, flash and navigation counts are escaped around every page."""
    company = CompanyChoice(id=HOSTILE, name=HOSTILE)
    frame = Frame(
        locale="en",
        now=NOW,
        path="/search",
        query=(("q", HOSTILE),),
        person_name=HOSTILE,
        person_email=HOSTILE,
        company=company,
        companies=(company, company),
        navigation=(NavGroup(label=HOSTILE, items=(NavItem(label=HOSTILE, href="/x", icon="home", pinned=True),)),),
        flash=Flash(text=HOSTILE),
    )
    html = render(
        "error.html", frame, {"code": 404, "heading": HOSTILE, "text": HOSTILE, "details": [HOSTILE], "request_id": HOSTILE}
    )
    assert "<script>alert" not in html
    assert "<img" not in html


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("locale", ["vi", "en"])
def test_pages_keep_the_content_security_policy(name: str, locale: str) -> None:
    """No inline script or style, no event attribute, no address of another host; scripts carry the nonce when there is one."""
    html = render_styleguide(name, locale, "light", NOW)
    assert f'<html lang="{locale}" data-bs-theme="light"' in html
    assert not re.search(r"\sstyle=|\son\w+=|javascript:|<style", html)
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", html) == []
    assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//""", html)


def test_scripts_carry_the_nonce() -> None:
    """A policy that allows scripts by nonce lets ours run."""
    html = render("error.html", FRAME, {"code": 404, "heading": "x", "text": "y"})
    assert len(re.findall(r'<script src="[^"]+" defer nonce="n0nce">', html)) == 2


def test_a_forgotten_variable_is_an_error() -> None:
    """A page never shows an empty place where a fact should be."""
    with pytest.raises(UndefinedError):
        draw("{{ order.total }}")


def test_a_block_is_drawn_alone() -> None:
    """A fragment for htmx is the same text as in its page, without the frame around it."""
    context = {"code": 404, "heading": "x", "text": "y"}
    block = render_block("error.html", "main", FRAME, context)
    assert "<html" not in block
    assert block.strip() in render("error.html", FRAME, context)


def test_forms_protect_against_forgery_and_double_effects() -> None:
    """Every form that acts carries the CSRF token and a key of its own."""
    html = draw('{{ ui.form.act("/a", "A") }}{{ ui.form.act("/b", "B", "danger", consequences=["Gone."]) }}')
    keys = re.findall(r'name="_idempotency_key" value="([0-9a-f-]{36})"', html)
    assert html.count('name="_csrf_token" value="t0ken"') == len(keys) == len(set(keys)) == 2


def test_errors_are_linked_and_described() -> None:
    """The summary leads to the field, the field points at its message, and what was typed is still there."""
    form = posted("vi", [("lines.1.quantity", "abc")]).with_errors({"lines.1.quantity": "Sai số."})
    html = draw(
        '{% call ui.form.form(form, "/x", labels={"lines.*.quantity": "Số lượng"}) %}'
        '{{ ui.form.number(form, "lines.1.quantity", "Số lượng") }}{% endcall %}',
        form=form,
    )
    assert '<a href="#f-lines-1-quantity">2. Số lượng: Sai số.</a>' in html
    assert 'id="f-lines-1-quantity" name="lines.1.quantity" type="text" value="abc"' in html
    assert 'aria-describedby="f-lines-1-quantity-wrong" aria-invalid="true"' in html
    assert 'id="f-lines-1-quantity-wrong"' in html


def test_the_best_of_a_row_is_said_in_words() -> None:
    """Comparison never relies on colour alone."""
    cells = [{"text": "1", "best": True}, {"text": "2", "differs": True}]
    html = draw('{{ ui.compare.compare([{"title": "A"}], [{"label": "L", "cells": cells}]) }}', cells=cells)
    assert "tốt nhất" in html
    assert "khác với yêu cầu" in html


def test_a_list_marks_its_sorting_and_pages_by_cursor() -> None:
    """The sorted column says so to screen readers, its link reverses it, and the pager carries opaque cursors."""
    frame = Frame(locale="en", now=NOW, path="/rfqs", query=(("sort", "value"), ("status", "open")))
    body = """{% set columns = [{"key": "value", "label": "Value", "sort": true}] %}
    {% call(r, k) ui.list.table(columns, [], "c") %}{% endcall %}{{ ui.list.pager("next1", none) }}"""
    html = environment().from_string(body).render(frame=frame, ui=Macros(environment(), frame))
    assert 'aria-sort="ascending"' in html
    assert 'href="/rfqs?status=open&amp;sort=-value"' in html
    assert 'href="/rfqs?sort=value&amp;status=open&amp;after=next1"' in html
    assert "Previous" not in html
