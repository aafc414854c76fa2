"""The shell of the operator console: for operators of the exchange alone; to everybody else it does not exist."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.permission import may
from exchange.errors import NotFound
from exchange.i18n import N_
from exchange.pages import answers, sending
from exchange.pages.answers import kept_frame
from exchange.pages.frame import Frame, NavGroup, NavItem
from exchange.pages.sending import Result, Sent
from exchange.web import WebRequest, ctx

NAVIGATION: Final[tuple[tuple[str, tuple[tuple[str, NavItem], ...]], ...]] = (
    ("", (("operator.read", NavItem(label=N_("Overview"), href="/operator", icon="home", pinned=True)),)),
    (
        N_("Queues"),
        (
            ("operator.read", NavItem(label=N_("Queue"), href="/operator/queue", icon="scale", pinned=True)),
            (
                "operator.read",
                NavItem(
                    label=N_("Applications"),
                    href="/operator/companies",
                    icon="clipboard-check",
                    pinned=True,
                ),
            ),
            ("operator.read", NavItem(label=N_("Verification"), href="/operator/verification", icon="checks")),
            ("operator.deposit", NavItem(label=N_("Deposits"), href="/operator/deposits", icon="building-bank", pinned=True)),
        ),
    ),
    (
        N_("Exchange"),
        (
            ("operator.read", NavItem(label=N_("Members"), href="/operator/members", icon="building")),
            (
                "operator.read",
                NavItem(label=N_("Audit"), href="/operator/audit", icon="history", pinned=True, short=N_("Record")),
            ),
            ("operator.read", NavItem(label=N_("Access log"), href="/operator/accesses", icon="eye")),
            ("operator.read", NavItem(label=N_("Data protection"), href="/operator/privacy", icon="shield-check")),
            ("operator.identity", NavItem(label=N_("Lost second factors"), href="/operator/identity", icon="key")),
            ("operator.read", NavItem(label=N_("Screening rules"), href="/operator/rules", icon="settings")),
            ("operator.read", NavItem(label=N_("Jobs"), href="/operator/jobs", icon="refresh")),
            ("operator.clock", NavItem(label=N_("Market clock"), href="/operator/clock", icon="clock")),
        ),
    ),
)


def navigation(acting: Ctx, sandbox: bool) -> tuple[NavGroup, ...]:
    """The places that the acting operator may use; the clock only where it moves."""
    groups: list[NavGroup] = []
    for label, places in NAVIGATION:
        items = tuple(
            item for permission, item in places if may(acting, permission) and (sandbox or permission != "operator.clock")
        )
        if items:
            groups.append(NavGroup(label=label, items=items))
    return tuple(groups)


def operator(request: WebRequest) -> Ctx:
    """The acting operator, in the language of the page. A visitor is led to the sign-in page; a member finds nothing here."""
    acting = ctx(request)
    if not acting.operator:
        raise NotFound(noun="page")
    answers.note_position(request)
    return msgspec.structs.replace(acting, locale=answers.locale_of(request, acting))


def _frame(request: WebRequest, acting: Ctx, around: answers.Surroundings | None) -> Frame:
    return answers.build_frame(
        request,
        acting,
        around,
        area="console",
        navigation=navigation(acting, answers.sandbox(request)),
        search_action="/operator/audit",
        inbox_href="/operator/inbox",
        account_href="/operator/account",
    )


async def frame(request: WebRequest) -> Frame:
    """What surrounds a page of the console."""
    acting = operator(request)
    return _frame(request, acting, await answers.surroundings(request, acting))


async def render(request: WebRequest, template: str, *, status: int = 200, block: str = "", **context: object) -> Response[Any]:
    """The page of a template (``console/<folder>/<name>.html``) in its frame."""
    return answers.page(request, template, await frame(request), context, status=status, block=block)


async def act(
    request: WebRequest,
    back: str,
    do: Callable[[Tx], Awaitable[Result]],
    load: Callable[[Tx, UUID], Awaitable[Result]],
    said: str | Callable[[Result], str],
    *,
    to: str = "",
    form: Sent | None = None,
) -> Response[Any]:
    """A decision, as `sending.act`."""
    return await sending.act(request, operator(request), back, do, load, said, standing="any", to=to, form=form)


def problem_page(request: WebRequest, error: Exception, status: int, title: str, detail: str, request_id: str) -> Response[Any]:
    """What went wrong as a page of the console."""
    around = kept_frame(request) or _frame(request, ctx(request), None)
    return answers.problem(request, around, error, status, title, detail, request_id)


# For page handlers: everything comes from this one place.
words = answers.words
cursor = answers.cursor
redirect = answers.redirect
sent = sending.sent
submitted = sending.submitted
once = sending.once
