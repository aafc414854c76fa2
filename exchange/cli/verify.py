"""`exchange verify`: independent checks of the books and the record. Exit status 1 when something does not agree."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg
import rich_click as click

from exchange.cli.terminal import environment, fail, put_json


@click.group()
def verify() -> None:
    """Independent checks of the books and the record."""


@verify.command("ledger")
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON.")
def verify_ledger_command(as_json: bool) -> None:
    """Sums, balances, holds and versions of the ledger, from one snapshot."""
    from exchange.verify import verify_ledger

    _findings(asyncio.run(_on_database(verify_ledger)), as_json)


@verify.command("audit")
@click.option(
    "--anchors",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Signed heads kept outside: the file of lines, or an e-mail (.eml). May be given again.",
)
@click.option(
    "--public-key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Who must have signed them (PEM).",
)
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON.")
def verify_audit_command(files: tuple[Path, ...], key_file: Path | None, as_json: bool) -> None:
    """The hash chain of the event record, from its first row; with --anchors also that its tail was not cut or rewritten."""
    from exchange.domain.history.anchor import NotAKey, NotAnchors, public_key, read_anchors
    from exchange.verify_audit import verify_anchors, verify_audit

    if (key_file is None) != (not files):
        fail("give --anchors and --public-key together", 2)
    try:
        anchors = [anchor for file in files for anchor in read_anchors(file)]
        found: list[object] = (
            [] if key_file is None else list[object](verify_anchors(anchors, public_key(key_file.read_text(encoding="utf-8"))))
        )
    except (NotAnchors, NotAKey) as error:
        fail(str(error), 2)
    # An anchor that somebody else signed says nothing about the record.
    kept = [] if found else [anchor.head for anchor in anchors]
    found += asyncio.run(_on_database(lambda connection: verify_audit(connection, kept)))
    _findings(found, as_json)


@verify.command("contract")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--digest", help="The digest that was signed (hex), when FILE is the canonical text alone.")
@click.option("--pdf", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The paper to compare with the text.")
@click.option("--json", "as_json", is_flag=True, help="Findings as JSON.")
def verify_contract_command(file: Path, digest: str | None, pdf: Path | None, as_json: bool) -> None:
    """A contract's FILE (the answer of GET /contracts/{id}, or its body), offline: text, digest, signatures and paper agree."""
    from exchange.verify_contract import NotAContract, verify_contract

    try:
        found = verify_contract(file.read_bytes(), digest=digest, pdf=pdf.read_bytes() if pdf else None)
    except NotAContract as error:
        fail(f"{file} is no contract: {error}", 2)
    _findings(found, as_json)


async def _on_database(check: Callable[[asyncpg.Connection], Awaitable[Sequence[object]]]) -> Sequence[object]:
    """The findings of a check that reads as the owner (OWNER_DATABASE_URL) or as the worker (DATABASE_URL)."""
    url = os.environ.get("OWNER_DATABASE_URL") or environment("DATABASE_URL")
    connection = await asyncpg.connect(url)
    try:
        return await check(connection)
    finally:
        await connection.close()


def _findings(found: Sequence[object], as_json: bool) -> None:
    """Print what was found; exit status 1 when there is anything."""
    if as_json:
        put_json({"findings": found, "ok": not found})
    elif not found:
        click.echo("everything agrees")
    for item in () if as_json else found:
        click.echo(str(item))
    raise SystemExit(1 if found else 0)
