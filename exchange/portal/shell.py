"""The shell of the member portal: who may come in, what surrounds a page, where else one can go. Every page handler uses it.

@get("/rfqs/{rfq_id:uuid}")
async def detail(request: WebRequest, rfq_id: FromPath[UUID]) -> Response[Any]:
    acting = signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await service.get(tx, rfq_id)
    return await render(request, "portal/rfqs/detail.html", rfq=found)
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Response

from exchange.ctx import Ctx
from exchange.db import Standing, Tx
from exchange.domain.permission import may
from exchange.errors import Forbidden, NotFound
from exchange.i18n import N_
from exchange.pages import answers, sending
from exchange.pages.answers import kept_frame
from exchange.pages.frame import Frame, NavGroup, NavItem
from exchange.pages.sending import Result
from exchange.web import Unauthenticated, WebRequest, ctx, maybe_ctx

MESSAGES: Final = "/messages"
# The side bar: permission -> place. What the role cannot use is not shown.
NAVIGATION: Final[tuple[tuple[str, tuple[tuple[str, NavItem], ...]], ...]] = (
    ("", (("", NavItem(label=N_("Home"), href="/", icon="home", pinned=True)),)),
    (
        N_("Buy"),
        (
            ("market.read", NavItem(label=N_("Find products"), href="/search", icon="search")),
            (
                "rfq.read",
                NavItem(label=N_("Requests for quotation"), href="/rfqs", icon="file-text", pinned=True, short=N_("Buy")),
            ),
            ("order.read", NavItem(label=N_("Purchase orders"), href="/orders", icon="shopping-cart")),
            ("rfq.read", NavItem(label=N_("Approvals"), href="/approvals", icon="checks")),
        ),
    ),
    (
        N_("Sell"),
        (
            (
                "quote.read",
                NavItem(label=N_("Opportunities"), href="/opportunities", icon="target-arrow", pinned=True, short=N_("Sell")),
            ),
            ("market.read", NavItem(label=N_("Listings"), href="/offers", icon="tag")),
            ("quote.read", NavItem(label=N_("My quotations"), href="/quotes", icon="send")),
            ("order.read", NavItem(label=N_("Sales orders"), href="/sales", icon="package")),
        ),
    ),
    (
        N_("Deals"),
        (
            ("contract.read", NavItem(label=N_("Contracts"), href="/contracts", icon="signature")),
            ("payment.read", NavItem(label=N_("Money"), href="/money", icon="wallet", pinned=True)),
            ("message.read", NavItem(label=N_("Messages"), href=MESSAGES, icon="message-circle", pinned=True)),
            ("event.read", NavItem(label=N_("Activity"), href="/activity", icon="history")),
        ),
    ),
    (
        N_("Network"),
        (
            ("market.read", NavItem(label=N_("Members"), href="/network", icon="building")),
            ("market.read", NavItem(label=N_("My company"), href="/company", icon="users")),
        ),
    ),
)
SIGN_IN: Final = "/sign-in"


def navigation(acting: Ctx, unread: int = 0) -> tuple[NavGroup, ...]:
    """The places that the acting person may use; `unread` conversations are counted beside theirs."""
    groups: list[NavGroup] = []
    for label, places in NAVIGATION:
        allowed = (item for permission, item in places if not permission or may(acting, permission))
        items = tuple(replace(item, count=unread) if item.href == MESSAGES else item for item in allowed)
        if items:
            groups.append(NavGroup(label=label, items=items))
    return tuple(groups)


def signed_in(request: WebRequest) -> Ctx:
    """Who acts for which company, in the language of the page. A visitor is led to the sign-in page and back.

    An operator acts for no company: to them the portal's pages do not exist, nor to an API key.
    """
    acting = ctx(request)
    if acting.scopes is not None:
        raise Unauthenticated
    if acting.operator:
        raise NotFound(noun="page")
    if acting.company_id is None:
        raise Forbidden(needed="a company")
    answers.note_position(request)
    return msgspec.structs.replace(acting, locale=answers.locale_of(request, acting))


async def frame(request: WebRequest) -> Frame:
    """What surrounds the page of this request; for a visitor the frame of the public pages."""
    acting = maybe_ctx(request)
    if acting is None or acting.operator or acting.scopes is not None:
        await answers.surroundings(request, None)
        return answers.build_frame(request, None, None, area="public")
    around = await answers.surroundings(request, acting)
    return answers.build_frame(
        request, acting, around, area="portal", navigation=navigation(acting, 0 if around is None else around.threads)
    )


async def render(
    request: WebRequest, template: str, *, status: int = 200, block: str = "", place: str = "", **context: object
) -> Response[Any]:
    """The page of a template (``portal/<folder>/<name>.html``) in its frame; to htmx only `block`, when it is named.

    `place` is where the page stands in the navigation, when its address does not say it.
    """
    around = replace(await frame(request), place=place)
    return answers.page(request, template, around, context, status=status, block=block)


async def act(
    request: WebRequest,
    back: str,
    do: Callable[[Tx], Awaitable[Result]],
    load: Callable[[Tx, UUID], Awaitable[Result]],
    said: str | Callable[[Result], str],
    *,
    standing: Standing = "active",
    to: str | Callable[[Result], str] = "",
) -> Response[Any]:
    """A button, as `sending.act`; its company has at least this standing."""
    return await sending.act(request, signed_in(request), back, do, load, said, standing=standing, to=to)


def to_sign_in(request: WebRequest) -> Response[Any]:
    """The way to the sign-in page and back; after a form it leads back to the page that held it."""
    if request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        wanted = request.url.path + query
    else:
        wanted = answers.came_from(request)
    return redirect(request, SIGN_IN if wanted == "/" else f"{SIGN_IN}?next={quote(wanted, safe='/')}")


def problem_page(request: WebRequest, error: Exception, status: int, title: str, detail: str, request_id: str) -> Response[Any]:
    """What went wrong as a page. Needs no database: it must also say that the database is away."""
    acting = maybe_ctx(request)
    if isinstance(error, Unauthenticated):
        return to_sign_in(request)
    member = acting if acting is not None and not acting.operator and acting.scopes is None else None
    around = kept_frame(request) or answers.build_frame(
        request,
        member,
        None,
        area="public" if member is None else "portal",
        navigation=() if member is None else navigation(member),
    )
    return answers.problem(request, around, error, status, title, detail, request_id)


# For page handlers: everything comes from this one place.
words = answers.words
cursor = answers.cursor
redirect = answers.redirect
sent = sending.sent
submitted = sending.submitted
once = sending.once
current: Final = kept_frame
