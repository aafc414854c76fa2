"""`exchange import`: offers and categories from files."""

import asyncio
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
import rich_click as click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from exchange.cli.terminal import environment, err, fail, put_json


class RowProgress:
    """Two bars on standard error: rows read and rows written."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(TextColumn("{task.description:8}"), MofNCompleteColumn(), TimeElapsedColumn(), console=console)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "RowProgress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def step(self, what: str, rows: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=None)
        self._bar.advance(self._tasks[what], rows)


@click.group("import")
def import_group() -> None:
    """Offers and categories from files."""


@import_group.command("offers")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--company", type=click.UUID, help="All rows are offers of this company.")
@click.option("--company-field", help="The column that names each row's company as it is shown.")
@click.option(
    "--map", "map_file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="How to read the columns (JSON)."
)
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def import_offers_command(
    file: Path, company: UUID | None, company_field: str | None, map_file: Path | None, as_json: bool
) -> None:
    """Offers from a .jsonl or .csv file, also with .gz (DATABASE_URL of the api role).

    Every row is checked before anything is written, and every wrong field is reported. An offer's key is its company and
    external_id, so importing twice changes nothing, and an import that was cut off is simply run again.
    """
    from exchange.bulk import import_offers
    from exchange.domain.offer.files import BadFile, ImportMap

    if (company is None) == (company_field is None):
        fail("give either --company or --company-field", 2)
    try:
        how = None if map_file is None else msgspec.json.decode(map_file.read_bytes(), type=ImportMap)
    except msgspec.DecodeError as error:
        fail(f"{map_file}: {error}", 2)
    with RowProgress(console=err) as shown:
        try:
            report = asyncio.run(
                import_offers(
                    environment("DATABASE_URL"), file, company=company, company_field=company_field, how=how, progress=shown.step
                )
            )
        except BadFile as error:
            fail(str(error))
    if as_json:
        put_json(report)
    else:
        for item in report.errors:
            click.echo(f"row {item.row} {item.field}: {item.detail}")
        click.echo(f"{report.rows} rows: {report.created} new, {report.updated} changed, {report.unchanged} unchanged")
    if report.errors:
        err.print(f"[bold red]error[/]: {len(report.errors)} errors, nothing was imported")
        raise SystemExit(1)


@import_group.command("categories")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def import_categories_command(file: Path) -> None:
    """Categories from a JSON file (OWNER_DATABASE_URL): all or none, every bad row reported."""
    from exchange.domain.category.importing import ImportRefused, import_categories

    content = file.read_bytes()

    async def run() -> str:
        owner = await asyncpg.connect(environment("OWNER_DATABASE_URL"))
        try:
            done = await import_categories(owner, content)
        finally:
            await owner.close()
        return f"{done.rows} rows, {done.written} changed"

    try:
        click.echo(asyncio.run(run()))
    except ImportRefused as error:
        for item in error.errors:
            click.echo(f"{item.pointer}: {item.text()}")
        fail(str(error))
