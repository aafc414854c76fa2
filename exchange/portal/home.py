"""The first page of the day: what needs me now, and how open business stands."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from litestar import Response, Router, get

from exchange.ctx import Ctx
from exchange.domain.home import service
from exchange.domain.home.model import OpenBusiness, Task, TaskKind
from exchange.domain.permission import may
from exchange.i18n import N_, translator
from exchange.pages import formats
from exchange.portal import shell
from exchange.web import WebRequest, deps, maybe_ctx

COUNTED: Final = 100
Say = Callable[[str], str]


class Look(NamedTuple):
    """How one kind of task reads: picture, colour, the sentence with its subject, the verb of its button, its page."""

    icon: str
    tone: str
    title: str
    label: str
    href: str


LOOKS: Final[dict[TaskKind, Look]] = {
    "approve": Look("clipboard-check", "decide", N_("Approve: %(subject)s"), N_("Decide"), "/approvals/%s"),
    "compare": Look("scale", "decide", N_("Compare quotations: %(subject)s"), N_("Compare"), "/rfqs/%s"),
    "quote": Look("target-arrow", "good", N_("Opportunity: %(subject)s"), N_("Quote"), "/rfqs/%s"),
    "sign": Look("signature", "wait", N_("Sign contract %(subject)s"), N_("Read and sign"), "/contracts/%s"),
    "confirm_order": Look("checks", "wait", N_("Confirm order %(subject)s"), N_("Confirm"), "/orders/%s"),
    "despatch": Look("truck", "info", N_("Despatch order %(subject)s"), N_("Despatch"), "/orders/%s"),
    "arrive": Look("package", "info", N_("Record the receipt of delivery %(subject)s"), N_("Record receipt"), "/orders/%s"),
    "inspect": Look("clipboard-check", "wait", N_("Inspect delivery %(subject)s"), N_("Inspect"), "/orders/%s"),
    "pay": Look("wallet", "wait", N_("Pay the instalment of order %(subject)s"), N_("Pay"), "/orders/%s"),
    "confirm_payment": Look("receipt", "wait", N_("Payment announced for order %(subject)s"), N_("Check receipt"), "/orders/%s"),
    "invoice": Look("file-invoice", "info", N_("Invoice for delivery %(subject)s"), N_("Record invoice"), "/orders/%s"),
    "correct_invoice": Look(
        "file-invoice", "bad", N_("The invoice for delivery %(subject)s differs"), N_("Correct it"), "/orders/%s"
    ),
    "answer_closing": Look("ban", "wait", N_("Close the remainder of order %(subject)s?"), N_("Answer"), "/orders/%s"),
    "review": Look("star", "quiet", N_("Review the deal of order %(subject)s"), N_("Review"), "/orders/%s"),
    "confirm_bank": Look("building-bank", "wait", N_("Confirm the account at %(subject)s"), N_("Check"), "/company/bank#%s"),
    "verify_signatory": Look("signature", "wait", N_("Verify authorisation %(subject)s"), N_("Check"), "/company/signatories#%s"),
}


def shown(task: Task, locale: str) -> dict[str, object]:
    """A task as the page draws it."""
    words = translator(locale)
    look = LOOKS[task.kind]
    subject = task.number or ""
    if task.kind in ("approve", "compare", "quote", "confirm_bank"):
        subject = task.title or task.number or ""
    facts = [task.other or ""]
    if task.amount_minor is not None and task.currency is not None:
        facts.append(formats.money_minor(task.amount_minor, task.currency, locale))
    if task.count is not None:
        facts.append(words.ngettext("%(num)s quotation", "%(num)s quotations", task.count) % {"num": task.count})
    if task.title is not None and subject != task.number:
        facts.append(task.number or "")
    return {
        "icon": look.icon,
        "tone": look.tone,
        "title": words.gettext(look.title) % {"subject": subject},
        "label": words.gettext(look.label),
        "href": look.href % task.id,
        "sub": " · ".join(fact for fact in facts if fact),
        "due": task.due_at,
    }


def tally(found: OpenBusiness, acting: Ctx, say: Say) -> list[tuple[str, str, str]]:
    """The state of open business: what there is none of is left out."""
    rows = (
        ("rfq.read", say("Requests open"), "/rfqs?status=open", found.requests_open),
        ("rfq.read", say("Requests to decide"), "/rfqs?status=evaluating", found.requests_evaluating),
        ("quote.read", say("Quotations waiting for the buyer"), "/quotes", found.quotes_waiting),
        ("contract.read", say("Contracts to be signed"), "/contracts?status=signing", found.contracts_signing),
        ("order.read", say("Purchases under way"), "/orders", found.buying),
        ("order.read", say("Sales under way"), "/sales", found.selling),
        ("payment.read", say("Instalments to pay"), "/money", found.to_pay),
        ("payment.read", say("Instalments to receive"), "/money", found.to_receive),
        ("market.read", say("Listings on sale"), "/offers", found.listings),
    )
    return [
        (label, href, f"{count}+" if count >= COUNTED else str(count))
        for permission, label, href, count in rows
        if count and may(acting, permission)
    ]


@get("/")
async def home(request: WebRequest) -> Response[Any]:
    """What needs the acting person now. An operator's is in the console."""
    visitor = maybe_ctx(request)
    if visitor is not None and visitor.operator:
        return shell.redirect(request, "/operator")
    acting = shell.signed_in(request)
    async with deps(request).db.read(acting) as tx:
        tasks = await service.tasks(tx)
        business = await service.open_business(tx)
    say = shell.words(request)
    begins = acting.company_status not in ("rejected", "closed")
    return await shell.render(
        request,
        "portal/home/home.html",
        tasks=[shown(task, acting.locale) for task in tasks],
        tally=tally(business, acting, say),
        standing=acting.company_status,
        verified=acting.verified,
        may_buy=begins and may(acting, "rfq.write"),
        may_sell=begins and may(acting, "offer.write"),
    )


ROUTES: Final = Router("", route_handlers=[home])
