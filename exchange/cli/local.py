"""The whole exchange on this machine: kept (`up`), or thrown away after one deal (`demo`)."""

import asyncio
import contextlib
from pathlib import Path

import rich_click as click

from exchange.cli.terminal import err, fail, put_json


@click.command()
@click.option("--demo", is_flag=True, help="Fill a sample market and print its sign-ins. Implies --sandbox.")
@click.option("--sandbox", is_flag=True, help="A market to try things in: its clock may be moved forward.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--data", default=None, type=click.Path(path_type=Path), help="Where everything is kept.  [default: .exchange]")
def up(demo: bool, sandbox: bool, port: int, data: Path | None) -> None:
    """The whole exchange on this machine, until Ctrl-C."""
    from exchange import up as command

    with contextlib.suppress(KeyboardInterrupt):
        raise SystemExit(asyncio.run(command.run(demo=demo, sandbox=sandbox or demo, port=port, data=data, console=err)))


@click.command()
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
