"""The operator's first page: what waits, how the exchange stands; and the market's clock in a sandbox."""

from datetime import datetime, timedelta
from typing import Any, Final

from litestar import Response, Router, get, post

from exchange.console import security, shell
from exchange.console.queue import KINDS
from exchange.domain.clock import service as clock
from exchange.domain.moderation import deciding
from exchange.domain.operating import service, waiting
from exchange.domain.permission import need
from exchange.errors import DomainError, NotFound
from exchange.pages.choices import OPERATOR_ROLES, translated
from exchange.pages.forms import Form, blank
from exchange.pages.sending import refused
from exchange.pages.typed import Unreadable, read_number
from exchange.web import WebRequest, deps

LATE_S: Final = 30.0
UNITS_S: Final = {"hours": 3600, "days": 86400}


@get("/operator")
async def overview(request: WebRequest) -> Response[Any]:
    """What waits for operators and how the exchange stands."""
    acting = shell.operator(request)
    async with deps(request).db.read(acting) as tx:
        found = await service.overview(tx)
        groups: dict[str, tuple[datetime, int]] = {row.kind: (row.oldest_at, row.cases) for row in await deciding.waiting(tx)}
        for item in await waiting.outside_cases(tx):
            oldest, count = groups.get(item.kind, (item.since, 0))
            groups[item.kind] = min(oldest, item.since), count + 1
    words = shell.words(request)
    return await shell.render(
        request,
        "console/overview.html",
        found=found,
        late=found.late_s > LATE_S,
        groups=[
            {"kind": kind, "oldest": oldest, "count": count, "text": words(KINDS[kind])}
            for kind, (oldest, count) in sorted(groups.items(), key=lambda pair: pair[1])
        ],
    )


async def _draw_clock(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    return await shell.render(request, "console/clock.html", status=status, form=form)


@get("/operator/clock")
async def clock_page(request: WebRequest) -> Response[Any]:
    """The sandbox's clock; elsewhere there is no such page."""
    acting = shell.operator(request)
    need(acting, "operator.clock")
    if not deps(request).sandbox:
        raise NotFound(noun="page")
    return await _draw_clock(request, blank(acting.locale, {"unit": "days"}))


@post("/operator/clock")
async def move_clock(request: WebRequest) -> Response[Any]:
    """Forward by some hours or days; deadlines that pass are acted on at once."""
    acting = shell.operator(request)
    sent = await shell.sent(request)
    _ = shell.words(request)
    unit = UNITS_S.get(sent.value("unit"), 0)
    try:
        seconds = int(float(read_number(sent.value("amount"), acting.locale)) * unit)
    except (Unreadable, OverflowError):
        seconds = 0
    if not 0 < seconds <= timedelta(days=31).total_seconds():
        wrong = sent.form.with_errors({"amount": _("Enter hours or days, at most 31 days in a step.")})
        return await _draw_clock(request, wrong, 422)
    try:
        async with deps(request).db.tx(acting, "any") as tx:
            await clock.move(tx, seconds)
    except DomainError as error:
        return await _draw_clock(request, refused(sent.form, error), error.status)
    return shell.redirect(request, "/operator/clock", _("The market clock was moved forward."))


@get("/operator/account")
async def account(request: WebRequest) -> Response[Any]:
    """Who I am here, and how I leave."""
    acting = shell.operator(request)
    roles = [text for code, text in translated(OPERATOR_ROLES, acting.locale) if code in acting.operator_roles]
    return await shell.render(request, "account.html", roles=roles)


ROUTES: Final = Router("", route_handlers=[overview, clock_page, move_clock, account, security.Security])
