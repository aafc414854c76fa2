"""A list as a file: CSV that no spreadsheet takes for formulas, or an Excel workbook with real numbers and dates."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from litestar import Response

from exchange.pages.formats import DEFAULT_ZONE

Cell = str | int | Decimal | date | datetime | None
FORMATS: Final = ("csv", "xlsx")
# Rows of one file; a longer list is narrowed by its filters.
MOST: Final = 5000
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet would read as a formula when it stands first in a cell.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_WIDEST: Final = 60


def export(
    name: str, kind: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], zone: str = DEFAULT_ZONE
) -> Response[Any]:
    """The rows as a download `name`.csv or `name`.xlsx; `kind` is one of FORMATS, anything else gives CSV."""
    if kind == "xlsx":
        return _download(f"{name}.xlsx", XLSX, _workbook(header, rows, zone))
    return _download(f"{name}.csv", "text/csv; charset=utf-8", _csv(header, rows, zone))


def _download(name: str, media_type: str, content: bytes) -> Response[Any]:
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}", "cache-control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


def guarded(text: str) -> str:
    """Text of a member that no spreadsheet carries out."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], zone: str) -> bytes:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_text(cell, zone) for cell in row])
    # With a byte order mark, so that a spreadsheet takes it for UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _text(cell: Cell, zone: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, str):
        return guarded(cell)
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _workbook(header: Sequence[str], rows: Iterable[Sequence[Cell]], zone: str) -> bytes:
    from xlsxwriter import Workbook  # a tenth of a second that only this needs

    out = BytesIO()
    book = Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True, "bottom": 1})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    widths = [len(title) for title in header]
    for column, title in enumerate(header):
        sheet.write_string(0, column, title, bold)
    line = 0
    for line, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            text = _text(cell, zone)
            widths[column] = max(widths[column], len(text))
            if isinstance(cell, datetime):
                sheet.write_datetime(line, column, cell.astimezone(ZoneInfo(zone)).replace(tzinfo=None), moment)
            elif isinstance(cell, int | Decimal):
                sheet.write_number(line, column, float(cell))
            else:
                sheet.write_string(line, column, cell if isinstance(cell, str) else text)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width + 2, _WIDEST))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, line, len(widths) - 1)
    book.close()
    return out.getvalue()
