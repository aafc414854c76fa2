"""Offers by file in the portal: upload, look at what is wrong row by row, then write."""

import re
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.db import Tx
from exchange.domain.company import service as companies
from exchange.domain.file import service as files
from exchange.domain.file.model import FileRow
from exchange.domain.offer.importing import IMPORT_MAX_BYTES, IMPORT_MAX_ROWS, import_file
from exchange.domain.permission import need
from exchange.domain.rfq import service as rfqs
from exchange.errors import DomainError, FieldError, Invalid, NotFound, invalid
from exchange.i18n import N_, translator
from exchange.pages.export import FORMATS, export
from exchange.pages.forms import Form, blank
from exchange.pages.reading import translate_problem
from exchange.pages.saying import say
from exchange.pages.sending import refused
from exchange.portal import shell
from exchange.portal.offer_file import COLUMNS, sample_rows
from exchange.web import WebRequest, deps
from schemas.offer import ImportReport

# What a form weighs besides its file.
FRAME_BYTES: Final = 20_000
ERRORS_SHOWN: Final = 200
NO_FILE: Final = N_("Choose a file.")
_INSIDE: Final = re.compile(r"\[(\d+)\]")
_TIER: Final = re.compile(r"tiers\.(\d+)\.(\w+)")
# What a stored file may be for an import to read it, by its media type.
NAMES: Final = {"text/csv": "offers.csv", "application/jsonl": "offers.jsonl", "application/json": "offers.jsonl"}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One wrong field of one row; row 0 is the whole file."""

    row: int
    field: str
    text: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a dry run of a stored file found."""

    file: FileRow
    rows: int
    problems: tuple[Problem, ...]


async def _draw(request: WebRequest, form: Form, status: int = 200) -> Response[Any]:
    _ = translator(form.locale).gettext
    return await shell.render(
        request,
        "portal/offers/import.html",
        status=status,
        form=form,
        columns=[{"name": name, "required": required, "text": _(text)} for name, required, text in COLUMNS],
        most_mb=IMPORT_MAX_BYTES // 1_000_000,
        most_rows=IMPORT_MAX_ROWS,
    )


@get("/offers/import")
async def start(request: WebRequest) -> Response[Any]:
    """Where a file begins its way."""
    acting = shell.signed_in(request)
    need(acting, "offer.write")
    return await _draw(request, blank(acting.locale))


@post("/offers/import", request_max_body_size=IMPORT_MAX_BYTES + FRAME_BYTES)
async def upload(request: WebRequest) -> Response[Any]:
    """Keep the file and show what it would do."""
    acting = shell.signed_in(request)
    need(acting, "offer.write")
    sent = await shell.sent(request)
    chosen = sent.files.get("file", [])
    try:
        if not chosen:
            raise invalid("/file", "required", NO_FILE)
        parts = deps(request)
        await files.admit(parts.db, acting, len(chosen[0].content), "import", "active")
        received = await files.receive(acting, parts.files, chosen[0].name, chosen[0].content, "import")

        async def keep(tx: Tx) -> FileRow:
            return await files.record(tx, received)

        row = await files.settled(parts.files, received, shell.once(request, acting, sent, keep, files.get))
    except DomainError as error:
        return await _draw(request, refused(sent.form, error), error.status)
    return shell.redirect(request, f"/offers/import/{row.id}")


async def _file(tx: Tx, file_id: UUID) -> FileRow:
    """An own file that was uploaded for an import."""
    need(tx.ctx, "offer.write")
    found = await files.get(tx, file_id)
    if found.company_id != tx.ctx.company or found.purpose != "import":
        raise NotFound(noun="file")
    return found


async def _checked(request: WebRequest, file_id: UUID) -> Checked:
    """Every row against the rules of now; nothing is written."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        file = await _file(tx, file_id)
        content = await deps(request).files.get(file.id)
        try:
            report = await import_file(tx, NAMES.get(file.media_type, file.name), content, dry_run=True)
        except Invalid as wrong:
            problems = [_problem(item, acting.locale) for item in wrong.errors]
            found = tuple(sorted(problems, key=lambda item: item.row))
            return Checked(file=file, rows=len({item.row for item in found}), problems=found)
    return Checked(file=file, rows=report.rows, problems=())


def _problem(item: FieldError, locale: str) -> Problem:
    row, _, field = item.pointer.strip("/").partition("/")
    if item.detail == "%(detail)s":
        message, _, inside = str(item.data.get("detail", "")).partition(" - at `$")
        field += _INSIDE.sub(r".\1", inside.rstrip("`"))
        text = translate_problem(message, locale)
    else:
        text = next(iter(say(Invalid(errors=(item,)), locale).fields.values()))
    return Problem(row=int(row) if row.isdecimal() else 0, field=column(field.replace("/", ".")), text=text)


def column(field: str) -> str:
    """The column that a field comes from: ``tiers.1.price`` is price_2."""
    tier = _TIER.fullmatch(field)
    if tier is None:
        return field
    return tier[2] if tier[1] == "0" else f"{tier[2]}_{int(tier[1]) + 1}"


@get("/offers/import/{file_id:uuid}")
async def look(request: WebRequest, file_id: FromPath[UUID]) -> Response[Any]:
    """What the file would do: every wrong field of every row, or the button that writes it."""
    found = await _checked(request, file_id)
    return await shell.render(
        request,
        "portal/offers/import_check.html",
        file=found.file,
        rows=found.rows,
        problems=found.problems[:ERRORS_SHOWN],
        count=len(found.problems),
    )


@get("/offers/import/{file_id:uuid}/errors")
async def errors(request: WebRequest, file_id: FromPath[UUID]) -> Response[Any]:
    """All of what is wrong, as a file to work through."""
    found = await _checked(request, file_id)
    _ = shell.words(request)
    kind = request.query_params.get("format", "")
    rows = [(item.row or None, item.field, item.text) for item in found.problems]
    return export("import-errors", kind if kind in FORMATS else "csv", [_("Row"), _("Column"), _("What is wrong")], rows)


@post("/offers/import/{file_id:uuid}")
async def write(request: WebRequest, file_id: FromPath[UUID]) -> Response[Any]:
    """Write the whole file in one transaction. The key of an offer is its own number: done twice it changes nothing."""
    acting = shell.signed_in(request)
    back = f"/offers/import/{file_id}"
    try:
        async with deps(request).db.tx(acting) as tx:
            file = await _file(tx, file_id)
            content = await deps(request).files.get(file.id)
            report: ImportReport = await import_file(tx, NAMES.get(file.media_type, file.name), content)
            await files.use(tx, file.id)
    except Invalid:
        return shell.redirect(request, back)
    except NotFound:
        raise
    except DomainError as error:
        return shell.redirect(request, back, say(error, acting.locale).line(), "bad")
    said = shell.words(request)("Written: %(created)s new, %(updated)s changed, %(unchanged)s as before.")
    counts = {"created": report.created, "updated": report.updated, "unchanged": report.unchanged}
    return shell.redirect(request, "/offers", said % counts)


@get("/offers/import/sample")
async def sample(request: WebRequest) -> Response[Any]:
    """A file that an import takes as it is, to be filled with own goods."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        company = await companies.get(tx, acting.company)
        now = await rfqs.now(tx)
    rows = sample_rows(company.profile, now.date())
    if request.query_params.get("format") == "jsonl":
        text = b"\n".join(msgspec.json.encode(_nested(row)) for row in rows) + b"\n"
        headers = {"content-disposition": 'attachment; filename="offers-sample.jsonl"', "cache-control": "no-store"}
        return Response(text, media_type="application/jsonl", headers=headers)
    columns = list(rows[0])
    return export("offers-sample", "csv", columns, [[row.get(name) for name in columns] for row in rows])


def _nested(row: dict[str, str]) -> dict[str, object]:
    """A sample row as JSON says it."""
    plain: dict[str, object] = {
        name: value for name, value in row.items() if value and not name.startswith(("price", "min_quantity", "terms."))
    }
    tails = ("", "_2")
    tiers = [{"min_quantity": row[f"min_quantity{tail}"], "price": row[f"price{tail}"]} for tail in tails]
    return {
        **plain,
        "regions": row["regions"].split(","),
        "lead_time_days": int(row["lead_time_days"]),
        "firm": row["firm"] == "true",
        "tiers": tiers,
        "terms": {"payment": row["terms.payment"]},
    }


ROUTES: Final = Router("", route_handlers=[start, upload, look, errors, write, sample])
