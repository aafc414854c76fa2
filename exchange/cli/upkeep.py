"""What is done once or now and then: bringing the database up to date, anchoring the record, describing the API."""

import asyncio
import sys
from pathlib import Path

import msgspec
import rich_click as click

from exchange.cli.terminal import environment, fail, settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be applied.")
@click.option("--sandbox", is_flag=True, help="Make a new database a sandbox, whose clock may run ahead. First run only.")
def migrate(dry_run: bool, sandbox: bool) -> None:
    """Bring the database (OWNER_DATABASE_URL) to this release, with its units and categories."""
    from exchange.domain.category.importing import ImportRefused
    from exchange.migrate import MigrationError
    from exchange.stack import bring_up_to_date

    try:
        names = asyncio.run(bring_up_to_date(environment("OWNER_DATABASE_URL"), dry_run=dry_run, sandbox=sandbox))
    except (MigrationError, ImportRefused) as error:
        fail(str(error))
    for name in names:
        click.echo(f"{'would apply' if dry_run else 'applied'} {name}")
    if not names:
        click.echo("nothing to apply")


@click.command()
def anchor() -> None:
    """Sign the head of the record now and keep it outside (the worker's settings: key, file, e-mail address)."""
    from exchange.jobs import anchoring

    found = settings()
    if not found.audit_key:
        fail("EXCHANGE_AUDIT_KEY is missing", 2)
    made = asyncio.run(anchoring.anchor(found))
    click.echo("nothing new to anchor" if made is None else f"anchored position {made.position}")


@click.command()
@click.option("--output", type=click.Path(path_type=Path), help="A file instead of standard output.")
def openapi(output: Path | None) -> None:
    """The OpenAPI document of the API."""
    from exchange.app import describe

    text = msgspec.json.format(msgspec.json.encode(describe()), indent=2) + b"\n"
    if output is None:
        sys.stdout.buffer.write(text)
    else:
        output.write_bytes(text)
