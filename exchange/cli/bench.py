"""`exchange bench`: measurements, each beside a floor or a peer in the same run."""

import asyncio
import secrets

import rich_click as click

from exchange.cli.terminal import err, fail, put_json


@click.group()
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
