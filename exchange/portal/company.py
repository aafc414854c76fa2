"""The own company: its file and limits."""

from dataclasses import replace
from typing import Any, Final, cast

from litestar import Response, Router, get, post
from msgspec import UNSET, structs

from exchange.domain.company import service
from exchange.domain.company.model import dossier_view
from exchange.domain.company.record import record
from exchange.domain.permission import may, need
from exchange.errors import FieldError, Invalid
from exchange.money import from_minor
from exchange.pages.choices import TRADE_ROLES, translated
from exchange.pages.forms import Form, blank
from exchange.pages.history import timeline
from exchange.pages.reading import REQUIRED, Kinds
from exchange.pages.sending import Sent
from exchange.portal import shell
from exchange.web import WebRequest, deps
from schemas.company import CompanyEdit

EDIT_KINDS: Final[Kinds] = {"trade_roles": "list", "capabilities": "list", "signing_limit": "number"}
# What an emptied field of the file becomes; a field that the form does not hold stays as it is.
EMPTIED: Final[dict[str, object]] = {
    "about": "",
    "website": None,
    "phone": "",
    "signing_limit": None,
    "trade_roles": (),
    "capabilities": (),
}
# What a company cannot be without: an emptied one is a mistake.
NEEDED: Final = ("display_name", "address", "contact_email")


@get("/company")
async def company(request: WebRequest) -> Response[Any]:
    """The own file with limits, bank account and history."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await service.dossier(tx, acting.company)
        rows = await timeline(tx, [acting.company], 20)
    return await shell.render(
        request, "portal/company/company.html", file=dossier_view(found), events=rows, may_edit=may(acting, "company.write")
    )


async def _draw_edit(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        found = await service.dossier(tx, acting.company)
    return await shell.render(
        request,
        "portal/company/edit.html",
        status=status,
        form=form,
        file=dossier_view(found),
        trade_roles=translated(TRADE_ROLES, form.locale),
    )


def _limit(limit_minor: int | None, currency: str) -> object:
    return None if limit_minor is None else from_minor(limit_minor, currency)


@get("/company/edit")
async def edit_page(request: WebRequest) -> Response[Any]:
    """The file to be changed, as it is now."""
    acting = shell.signed_in(request)
    need(acting, "company.write")
    async with deps(request).db.tx(acting, "any") as tx:
        found = await service.dossier(tx, acting.company)
        lines = (await record(tx, acting.company)).capabilities
    file, own = found.file, found.company
    initial = {
        "version": str(own.version),
        "display_name": own.display_name,
        "about": own.about,
        "website": own.website,
        "trade_roles": list(own.trade_roles),
        "capabilities": "\n".join(lines),
        "address": file.address,
        "phone": file.phone,
        "contact_email": file.contact_email,
        "signing_limit": _limit(file.signing_limit_minor, own.base_currency),
    }
    return await _draw_edit(request, blank(acting.locale, initial))


def _as_text(form: Form) -> Form:
    """The same lines in their text area, with what is wrong with one of them beside it."""
    wrong = [said for path, said in form.errors.items() if path.startswith("capabilities")]
    errors = {path: said for path, said in form.errors.items() if not path.startswith("capabilities")}
    typed = {**form.typed, "capabilities": ["\n".join(form.chosen("capabilities"))]}
    return replace(form, typed=typed, errors={**errors, "capabilities": wrong[0]} if wrong else errors)


def _by_line(sent: Sent) -> Sent:
    """The lines of the text area as the list that they are."""
    lines = [line.strip() for line in sent.value("capabilities").splitlines() if line.strip()]
    return structs.replace(sent, form=replace(sent.form, typed={**sent.form.typed, "capabilities": lines}))


@post("/company/edit")
async def edit(request: WebRequest) -> Response[Any]:
    """Change what was changed; a field that was emptied is emptied in the file too."""
    acting = shell.signed_in(request)
    sent = _by_line(await shell.sent(request))

    async def do(command: CompanyEdit) -> Response[Any]:
        missing = tuple(FieldError(f"/{name}", "required", REQUIRED) for name in NEEDED if getattr(command, name) is UNSET)
        if missing:
            raise Invalid(errors=missing)
        emptied = {name: value for name, value in EMPTIED.items() if getattr(command, name) is UNSET}
        async with deps(request).db.tx(acting, "applicant") as tx:
            await service.edit(tx, structs.replace(command, **cast(dict[str, Any], emptied)))
        return shell.redirect(request, "/company", shell.words(request)("The company file is saved."))

    async def again(form: Form, status: int) -> Response[Any]:
        return await _draw_edit(request, _as_text(form), status)

    return await shell.submitted(sent, CompanyEdit, EDIT_KINDS, do, again)


ROUTES: Final = Router("", route_handlers=[company, edit_page, edit])
