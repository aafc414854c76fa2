"""The rules of the screening as operators set them: on or off, holding or looking afterwards, and what each compares with."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.console import shell
from exchange.db import Tx
from exchange.domain.permission import may
from exchange.domain.screening import service
from exchange.domain.screening.model import PARAMETERS, Parameters, RuleRow
from exchange.domain.screening.service import RuleChange
from exchange.errors import DomainError, NotFound
from exchange.i18n import N_, translator
from exchange.pages.forms import Form, blank
from exchange.pages.history import timeline
from exchange.pages.saying import say
from exchange.pages.screening import RULES
from exchange.web import WebRequest, deps

LIST: Final = "/operator/rules"
LABELS: Final = {
    "terms": N_("Banned terms, one in each line"),
    "steps": N_("Distance from the middle price, in multiples of the usual spread"),
    "factor": N_("At least so many times above or below the middle price"),
    "least_offers": N_("Fewest listings that make a middle price"),
    "alike_percent": N_("Titles alike, in per cent"),
    "first": N_("Listings of a new member that are looked at"),
}


@get(LIST)
async def rules(request: WebRequest) -> Response[Any]:
    """All rules, in the order in which they are applied."""
    acting = shell.operator(request)
    words = translator(acting.locale).gettext
    async with deps(request).db.read(acting) as tx:
        found = await service.rules(tx)
    return await shell.render(
        request,
        "console/moderation/rules.html",
        rows=[{"id": row.id, "row": row, "name": words(RULES[row.code])} for row in found],
        may_change=may(acting, "operator.rules"),
    )


def _values(row: RuleRow) -> dict[str, object]:
    given: dict[str, object] = {"enabled": row.enabled, "holds": row.holds}
    for name in PARAMETERS.get(row.code, ()):
        value = getattr(row.parameters, name)
        given[name] = "\n".join(value) if name == "terms" else str(value)
    return given


async def _draw(request: WebRequest, rule_id: UUID, form: Form | None, status: int = 200) -> Response[Any]:
    acting = shell.operator(request)
    words = translator(acting.locale).gettext
    async with deps(request).db.tx(acting, "any") as tx:
        row = await service.rule(tx, rule_id)
        events = await timeline(tx, [rule_id], 20)
    return await shell.render(
        request,
        "console/moderation/rule.html",
        status=status,
        row=row,
        name=words(RULES[row.code]),
        form=form or blank(acting.locale, _values(row)),
        fields=[(name, words(LABELS[name])) for name in PARAMETERS.get(row.code, ())],
        events=events,
        may_change=may(acting, "operator.rules"),
    )


@get(LIST + "/{rule_id:uuid}")
async def rule(request: WebRequest, rule_id: FromPath[UUID]) -> Response[Any]:
    """One rule with its history."""
    return await _draw(request, rule_id, None)


def _whole(text: str, most: int) -> int:
    """A whole number as it was typed; nothing that could be one is 0, which every rule refuses."""
    return int(text) if text.isdecimal() and len(text) < 8 and int(text) <= most else 0


def _parameters(form: Form, before: Parameters) -> Parameters:
    typed = {name: form.value(name).strip() for name in LABELS if name in form.typed}
    terms = tuple(dict.fromkeys(line.strip() for line in typed.get("terms", "").splitlines() if line.strip()))
    return Parameters(
        terms=terms if "terms" in typed else before.terms,
        steps=_whole(typed["steps"], 1_000) if "steps" in typed else before.steps,
        factor=_whole(typed["factor"], 1_000_000) if "factor" in typed else before.factor,
        least_offers=_whole(typed["least_offers"], 1_000_000) if "least_offers" in typed else before.least_offers,
        alike_percent=_whole(typed["alike_percent"], 100) if "alike_percent" in typed else before.alike_percent,
        first=_whole(typed["first"], 100) if "first" in typed else before.first,
    )


@post(LIST + "/{rule_id:uuid}")
async def change(request: WebRequest, rule_id: FromPath[UUID]) -> Response[Any]:
    """From the next listing on; what two operators change at once is changed by the first."""
    acting = shell.operator(request)
    sent = await shell.sent(request)
    version = sent.value("version")

    async def do(tx: Tx) -> RuleRow:
        before = await service.rule(tx, rule_id)
        command = RuleChange(
            version=int(version) if version.isdecimal() and len(version) < 9 else 0,
            enabled=bool(sent.value("enabled")),
            holds=bool(sent.value("holds")),
            parameters=_parameters(sent.form, before.parameters),
        )
        return await service.change(tx, before.code, command)

    try:
        await shell.once(request, acting, sent, do, service.rule, standing="any")
    except NotFound:
        raise
    except DomainError as error:
        if error.status >= 500:
            raise
        said = say(error, acting.locale)
        return await _draw(request, rule_id, sent.form.with_errors(said.fields or {"": said.text}), error.status)
    _ = shell.words(request)
    return shell.redirect(request, LIST, _("The rule is changed. It holds from the next listing on."))


ROUTES: Final = Router("", route_handlers=[rules, rule, change])
