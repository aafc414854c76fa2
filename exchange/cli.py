"""The command line: each command reads its options, starts what it names and says what it did.

With --json standard output is exactly one JSON value; everything else goes to standard error.
"""

import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import asyncpg
import msgspec
import rich_click as click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from exchange.keyring import KeyringBroken
from exchange.settings import Settings, SettingsError, load

err = Console(stderr=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="exchange")
def main() -> None:
    """A B2B trading exchange: offers, RFQs, matching, quotes, awards, contracts, delivery, settlement."""


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


def fail(message: str, status: int = 1) -> NoReturn:
    """Say what is wrong on standard error and end."""
    err.print(f"[bold red]error[/]: {message}", highlight=False)
    raise SystemExit(status)


def put_json(value: object) -> None:
    """The one JSON value of a command with --json."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def settings() -> Settings:
    """This process's settings, or every problem of the environment and exit status 2."""
    try:
        return load(os.environ)
    except SettingsError as error:
        fail(f"the settings are not complete:\n{error}", 2)


def environment(name: str) -> str:
    """One variable that a command needs by itself; NAME_FILE works too."""
    value = os.environ.get(name)
    path = os.environ.get(f"{name}_FILE")
    if value is None and path is not None:
        value = Path(path).read_text(encoding="utf-8").strip()
    if not value:
        fail(f"{name} is missing", 2)
    return value


@main.command()
def serve() -> None:
    """The HTTP process: API, member portal, operator console."""
    from exchange import app

    try:
        app.main(settings())
    except (SettingsError, KeyringBroken) as error:
        fail(str(error), 2)


@main.command()
def work() -> None:
    """The worker process: jobs, deadlines, webhooks, mail, the sequencer."""
    from exchange import worker

    try:
        worker.main(settings())
    except (SettingsError, KeyringBroken) as error:
        fail(str(error), 2)


@main.command()
def inbound() -> None:
    """The mail process: takes replies by SMTP and posts them as messages."""
    from exchange.inbound import process

    process.main(settings())


@main.command()
def match() -> None:
    """The matcher process: keeps the offers in memory, ranks and explains."""
    from exchange import matcher

    matcher.main(settings())


@main.command()
def anchor() -> None:
    """Sign the head of the record now and keep it outside (the worker's settings: key, file, e-mail address)."""
    from exchange.jobs import anchoring

    found = settings()
    if not found.audit_key:
        fail("EXCHANGE_AUDIT_KEY is missing", 2)
    made = asyncio.run(anchoring.anchor(found))
    click.echo("nothing new to anchor" if made is None else f"anchored position {made.position}")


@main.command()
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


@main.command()
@click.option("--demo", is_flag=True, help="Fill a sample market and print its sign-ins. Implies --sandbox.")
@click.option("--sandbox", is_flag=True, help="A market to try things in: its clock may be moved forward.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--data", default=None, type=click.Path(path_type=Path), help="Where everything is kept.  [default: .exchange]")
def up(demo: bool, sandbox: bool, port: int, data: Path | None) -> None:
    """The whole exchange on this machine, until Ctrl-C."""
    from exchange import up as command

    with contextlib.suppress(KeyboardInterrupt):
        raise SystemExit(asyncio.run(command.run(demo=demo, sandbox=sandbox or demo, port=port, data=data, console=err)))


@main.command()
@click.option(
    "--offers", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Also on real products from this file."
)
@click.option("--json", "as_json", is_flag=True, help="The facts as JSON.")
def demo(offers: Path | None, as_json: bool) -> None:
    """One whole deal and one short way, played through the public API in a throw-away sandbox; every fact is checked."""
    from exchange.demo import play

    try:
        report = asyncio.run(play.run(offers=offers, console=err))
    except (play.Refused, TimeoutError) as error:
        fail(str(error))
    if as_json:
        put_json(report)
    else:
        for fact in report.facts:
            mark = "[green]✓[/]" if fact.ok else "[bold red]✗[/]"
            err.print(
                f"{mark} {fact.name}" + ("" if fact.ok else f": expected {fact.expected}, found {fact.actual}"), highlight=False
            )
    wrong = [fact for fact in report.facts if not fact.ok]
    err.print(f"{len(report.facts) - len(wrong)} of {len(report.facts)} facts hold, {report.seconds} s", highlight=False)
    raise SystemExit(1 if wrong else 0)


@main.command()
@click.option("--output", type=click.Path(path_type=Path), help="A file instead of standard output.")
def openapi(output: Path | None) -> None:
    """The OpenAPI document of the API."""
    from exchange.app import describe

    text = msgspec.json.format(msgspec.json.encode(describe()), indent=2) + b"\n"
    if output is None:
        sys.stdout.buffer.write(text)
    else:
        output.write_bytes(text)


@main.group("import")
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


@main.group()
def operator() -> None:
    """The people who run the exchange."""


@operator.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, required=True, help="moderator, compliance, finance, arbiter, administrator.")
@click.option("--locale", default="vi", type=click.Choice(["vi", "en"]))
@click.password_option(help="Asked for when it is not given.")
def operator_add(email: str, name: str, roles: tuple[str, ...], locale: str, password: str) -> None:
    """Make an operator (OWNER_DATABASE_URL), or change the roles of one."""
    from exchange.domain.identity.bootstrap import LastAdministrator, add_operator
    from exchange.passwords import Passwords

    async def add() -> bool:
        password_hash = await Passwords().hash(password)
        owner = await asyncpg.connect(environment("OWNER_DATABASE_URL"))
        try:
            return await add_operator(owner, email, name, password_hash, locale, list(roles)) is not None
        finally:
            await owner.close()

    unknown = set(roles) - {"moderator", "compliance", "finance", "arbiter", "administrator"}
    if unknown:
        fail(f"no such role: {', '.join(sorted(unknown))}", 2)
    if len(password) < 10:
        fail("a password has at least 10 characters", 2)
    try:
        added = asyncio.run(add())
    except LastAdministrator:
        fail(f"{email} is the only administrator; make another first")
    if not added:
        fail(f"{email} belongs to a member company; an operator never trades")
    click.echo(f"{email} is an operator: {', '.join(roles)}")


@main.group("keys")
def keys_group() -> None:
    """The keys of personal data, which stand in a file outside the database."""


@keys_group.command("new")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def keys_new(file: Path) -> None:
    """A new keyring in FILE, readable by its owner alone; an existing file stays as it is."""
    from exchange import keyring

    if file.exists():
        fail(f"{file} exists; `exchange keys rotate` adds a key to it")
    keyring.make(file)
    click.echo(f"{file} is made. Keep a copy apart from the database's backups: without it personal data is lost.")


@keys_group.command("rotate")
@click.option("--data", is_flag=True, help="Also a new data key for every company; the worker then seals its data again.")
@click.option("--forget", is_flag=True, help="Take masters that wrap nothing any more out of the keyring.")
@click.option("--json", "as_json", is_flag=True, help="What was done, as JSON.")
def keys_rotate(data: bool, forget: bool, as_json: bool) -> None:
    """A new master key in the keyring (EXCHANGE_KEYS_FILE), and all data keys under it (DATABASE_URL of the worker role).

    The exchange goes on meanwhile. A rotation that was cut off is finished by running it again.
    """
    from exchange import keys_command

    try:
        done = asyncio.run(
            keys_command.rotate(environment("DATABASE_URL"), Path(environment("EXCHANGE_KEYS_FILE")), data=data, forget=forget)
        )
    except KeyringBroken as error:
        fail(str(error))
    if as_json:
        put_json(done)
    else:
        click.echo("\n".join(f"{name}: {value}" for name, value in done.items()))


@main.group()
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


@main.group()
def bench() -> None:
    """Measurements, each beside a floor or a peer in the same run."""


@bench.command("http")
@click.option("--offers", default=20_000, show_default=True, type=click.IntRange(300, 2_000_000), help="Offers on the market.")
@click.option("--seconds", default=2.0, show_default=True, type=click.FloatRange(0.2, 120), help="Of one measurement.")
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 50), help="Product and floor in turn, so often.")
@click.option("--connections", default=16, show_default=True, type=click.IntRange(1, 256))
@click.option("--only", help="One route.")
@click.option(
    "--row-security",
    default="on",
    show_default=True,
    type=click.Choice(["on", "both"]),
    help="both: the hot reads with the policies and without them, instead of a floor.",
)
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
def bench_http(
    offers: int, seconds: float, rounds: int, connections: int, only: str | None, row_security: str, as_json: bool
) -> None:
    """The hot routes of the API beside a bare handler over a bare pool, or beside themselves without row security."""
    from exchange.bench import http
    from exchange.bench import row_security as policies

    if row_security == "both":
        try:
            costs = asyncio.run(
                policies.run(offers=offers, seconds=seconds, rounds=rounds, connections=connections, only=only, console=err)
            )
        except RuntimeError as error:
            fail(str(error))
        if as_json:
            put_json(costs)
        else:
            for item in costs.routes:
                click.echo(
                    f"{item.route:12} {item.rps_with:9.1f}/s  without {item.rps_without:9.1f}/s  cost {item.cost:.1%},"
                    f" of processor time {item.cpu_cost:.1%}"
                )
            click.echo(f"row security of {costs.tables} tables costs {costs.cost:.1%} of the hot reads")
        return
    try:
        figures = asyncio.run(
            http.run(offers=offers, seconds=seconds, rounds=rounds, connections=connections, only=only, console=err)
        )
    except RuntimeError as error:
        fail(str(error))
    if as_json:
        put_json(figures)
        return
    for item in figures.routes:
        click.echo(
            f"{item.route:12} {item.rps:9.1f}/s  floor {item.floor_rps:9.1f}/s  ratio {item.ratio:.2f}"
            f"  p50 {item.p50_ms:.1f} ms  p99 {item.p99_ms:.1f} ms"
        )
    click.echo(f"load generator: {figures.generator_cpu:.0%} of a processor at most")


@bench.command("audit")
@click.option("--rows", default=1_000_000, show_default=True, type=click.IntRange(1, 100_000_000), help="Events of the record.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
def bench_audit(rows: int, as_json: bool) -> None:
    """The whole hash chain verified, in a throw-away database."""
    from exchange.bench import audit

    figures = asyncio.run(audit.run(rows=rows, console=err))
    if as_json:
        put_json(figures)
    else:
        click.echo(f"{figures.rows} rows in {figures.seconds} s")


@bench.command("faults")
@click.option("--quick", is_flag=True, help="Small sizes, as in CI: under two minutes.")
@click.option("--seed", default=None, type=int, help="Replays a schedule of faults.  [default: a new one]")
@click.option("--only", help="One guarantee, by its id.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
def bench_faults(quick: bool, seed: int | None, only: str | None, as_json: bool) -> None:
    """The guarantees while servers are killed, each beside a control without its guard, which has to fail."""
    from exchange.bench import faults
    from exchange.bench.faults.command import run_all

    known = [case.id for case in faults.CASES]
    if only is not None and only not in known:
        fail(f"no such guarantee: {only}; there are {', '.join(known)}", 2)
    chosen = secrets.randbelow(2**31) if seed is None else seed
    outcomes = list(run_all(quick=quick, seed=chosen, only=only, console=err))
    if as_json:
        put_json(outcomes)
    else:
        for item in outcomes:
            kept, failed = ("kept" if item.ok else "BROKEN"), ("fails" if item.control_failed else "DOES NOT FAIL")
            click.echo(f"{item.id:>5}  {kept:6}  control {failed:13}  {item.name}")
    if not all(item.ok and item.control_failed for item in outcomes):
        raise SystemExit(1)
