"""Quotes side by side as the rows of `ui.compare`: what each line costs, what differs from the asked terms, the totals. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from exchange.domain.rfq.model import Rfq
from exchange.i18n import translator
from exchange.pages import formats, terms
from schemas.quote import ComparedQuote, Comparison, QuoteLineView
from schemas.rfq import RfqLine
from schemas.terms import TermsView

Row = dict[str, Any]
Cell = dict[str, Any]


def candidates(found: Comparison) -> list[Row]:
    """The heads of the columns, in the order of the comparison."""
    return [
        {
            "id": item.quote.id,
            "title": item.quote.seller,
            "href": f"/companies/{item.quote.seller_id}",
            "sub": item.quote.number,
            "status": item.quote.status,
            "award": "award" in item.quote.actions and item.valid,
            "best": item.best_gross,
        }
        for item in found.quotes
    ]


def connected(found: Comparison) -> list[tuple[str, str]]:
    """The names of every two bidders that belong to one group."""
    names = {item.quote.seller_id: item.quote.seller for item in found.quotes}
    return [(names[one], names[other]) for one, other in found.one_group if one in names and other in names]


def rows(rfq: Rfq, found: Comparison, locale: str) -> list[Row]:
    """Everything but the totals."""
    _ = translator(locale).gettext
    parts: list[Row] = [
        {"label": _("Coverage"), "cells": [_coverage(item, locale) for item in found.quotes]},
        {"label": _("Longest lead time"), "cells": [_lead(item, locale) for item in found.quotes]},
        {"label": _("Valid until"), "cells": [_validity(item, locale) for item in found.quotes]},
        {"band": _("Net price of each line")},
    ]
    parts += [_line_row(line, found, locale) for line in rfq.lines]
    parts += _term_rows(rfq.terms, found, locale)
    if any(item.quote.note for item in found.quotes):
        parts.append({"label": _("Note"), "cells": [{"text": item.quote.note or "–"} for item in found.quotes]})
    return parts


def totals(found: Comparison, locale: str) -> list[Row]:
    """Net, VAT and gross below the line."""
    _ = translator(locale).gettext

    def money(amount: str | None) -> str:
        return "–" if amount is None else formats.money(amount, found.currency, locale)

    return [
        {"label": _("Net"), "cells": [{"text": money(item.quote.net), "best": item.best_net} for item in found.quotes]},
        {"label": _("VAT"), "cells": [{"text": money(item.quote.vat)} for item in found.quotes]},
        {
            "label": _("Total with VAT"),
            "cells": [{"text": money(item.quote.gross), "best": item.best_gross} for item in found.quotes],
        },
    ]


def _coverage(item: ComparedQuote, locale: str) -> Cell:
    _ = translator(locale).gettext
    if item.complete:
        return {"text": _("everything")}
    share = formats.percent(Decimal(item.covers) / 100, locale)
    return {"text": _("%(share)s of what is asked") % {"share": share}, "differs": True}


def _lead(item: ComparedQuote, locale: str) -> Cell:
    return {"text": _days(item.longest_lead_time_days, locale), "best": item.best_lead_time}


def _days(count: int, locale: str) -> str:
    return translator(locale).ngettext("%(num)s day", "%(num)s days", count) % {"num": count}


def _validity(item: ComparedQuote, locale: str) -> Cell:
    _ = translator(locale).gettext
    until = item.quote.valid_until
    cell: Cell = {"text": "–" if until is None else formats.day(until, locale)}
    notes = [] if item.valid else [_("no longer valid")]
    if item.quote.all_or_nothing:
        notes.append(_("all or nothing"))
    return {**cell, "note": ", ".join(notes), "differs": not item.valid}


def _line_row(line: RfqLine, found: Comparison, locale: str) -> Row:
    """The unit price of one line; the best mark goes to the lowest among those that offer its whole quantity."""
    quoted = [next((part for part in item.quote.lines if part.line_id == line.id), None) for item in found.quotes]
    asked = Decimal(line.quantity)
    full = [Decimal(part.price) for part in quoted if part is not None and Decimal(part.quantity) >= asked]
    best = min(full, default=None)
    return {
        "label": line.text,
        "note": formats.quantity(line.quantity, line.unit, locale),
        "cells": [_line_cell(part, line, best, found.currency, locale) for part in quoted],
    }


def _line_cell(part: QuoteLineView | None, line: RfqLine, best: Decimal | None, currency: str, locale: str) -> Cell:
    _ = translator(locale).gettext
    if part is None:
        return {"text": _("not offered"), "differs": True}
    short = Decimal(part.quantity) < Decimal(line.quantity)
    notes = [formats.quantity(part.quantity, line.unit, locale)] if short else []
    vat = formats.percent(Decimal(part.vat_percent) / 100, locale)
    notes += [_("net %(net)s, VAT %(vat)s") % {"net": formats.money(part.net, currency, locale), "vat": vat}]
    notes += [_days(part.lead_time_days, locale), *([part.note] if part.note else [])]
    return {
        "text": formats.money(part.price, currency, locale),
        "note": " · ".join(notes),
        "best": not short and Decimal(part.price) == best,
        "differs": short,
    }


def _term_rows(asked: TermsView, found: Comparison, locale: str) -> list[Row]:
    """The terms in which some quote departs from the request; what was asked stands beside the name."""
    _ = translator(locale).gettext
    parts: list[Row] = [{"band": _("Terms")}]
    differing = [_differing(item.terms_differ) for item in found.quotes]
    offered = [terms.rows(item.quote.terms or asked, locale) for item in found.quotes]
    for place, row in enumerate(terms.rows(asked, locale)):
        if any(row.key in keys for keys in differing):
            cells = _term_cells([quote[place].text for quote in offered], [row.key in keys for keys in differing])
            note = _("asked: %(terms)s") % {"terms": row.text or _("nothing")}
            parts.append({"label": row.label, "note": note, "cells": cells})
    if len(parts) == 1:
        parts.append({"label": _("All terms"), "cells": [{"text": _("as asked")} for _item in found.quotes]})
    return parts


def _term_cells(texts: Sequence[str], differs: Sequence[bool]) -> list[Cell]:
    return [{"text": text or "–", "differs": other} for text, other in zip(texts, differs, strict=True)]


def _differing(names: Sequence[str]) -> set[str]:
    """The rows of terms.py that these names of the schema stand in."""
    keys = set(names)
    if "delivery" in keys:
        keys.add("duties")
    if "penalty_cap_percent" in keys:
        keys.add("penalty_percent_per_day")
    return keys
