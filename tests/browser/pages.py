"""`./run pages`: every page of portal and console in both languages, on a phone and on a desk, light and dark, as pictures.

Each page is opened as a real person of the sample market and examined: axe, console, foreign requests, overflow, weight.
Exit status 1 when anything is wrong. The pictures and an index of them are kept in a folder to be looked at.
"""

import argparse
import asyncio
import fnmatch
import html
import json
import shutil
import statistics
import sys
import time
from dataclasses import asdict
from pathlib import Path

import asyncpg

from exchange.market.fill.cast import PASSWORD
from tests.browser.chromium import NoChromium, browser
from tests.browser.looks import EVERY_LOOK, QUICK_LOOKS
from tests.browser.visit import NothingToShow, Tour, Visit, addresses, prepare
from tests.live_stack import LiveStack

INDEX = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Pages</title>
<style>body{{font:14px/1.4 system-ui,sans-serif;margin:1rem}}section{{margin:0 0 2rem}}h2{{font-size:1rem;margin:0 0 .5rem}}
.row{{display:flex;gap:.75rem;overflow-x:auto;align-items:flex-start}}figure{{margin:0;flex:none}}
img{{display:block;border:1px solid #ccc;max-height:560px;object-fit:cover;object-position:top}}
figcaption{{color:#666;font-size:12px}}
.bad{{color:#b00}}li{{margin:.25rem 0}}</style>
<h1>{title}</h1>{problems}{sections}</html>
"""


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run pages", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="only Vietnamese on a dark phone and English on a light desk")
    parser.add_argument("--only", metavar="PATTERN", default="*", help="only pages whose name or address fits, e.g. 'rfqs*'")
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path(".pages"), help="where pictures go (default .pages)")
    return parser.parse_args()


async def run(live: LiveStack, quick: bool, only: str, out: Path) -> list[Visit]:
    """Visit everything; one line for each page on standard error while it goes."""
    await prepare(live.stack.url, PASSWORD)
    owner = await asyncpg.connect(live.stack.database_url("exchange_owner"))
    try:
        places = [
            address
            for address in await addresses(owner, whole=only == "*")
            if fnmatch.fnmatch(address.slug, only) or fnmatch.fnmatch(address.place.route, only)
        ]
    finally:
        await owner.close()
    looks = QUICK_LOOKS if quick else EVERY_LOOK
    async with browser() as running:
        return await Tour(running, live.stack.url, PASSWORD, out).take(places, looks, report)


def report(visit: Visit) -> None:
    mark = "bad" if visit.problems else "ok "
    print(f"{mark} {visit.look:15} {visit.slug} {visit.bytes // 1000} kB {visit.paint_ms:.0f} ms", file=sys.stderr)
    for problem in visit.problems:
        print(f"      {problem}", file=sys.stderr)


def index(visits: list[Visit], title: str) -> str:
    """A page that shows the pictures, one row for each page."""
    said = [f"{visit.look} {visit.slug}: {problem}" for visit in visits for problem in visit.problems]
    problems = "".join(f'<li class="bad">{html.escape(text)}</li>' for text in said)
    sections: list[str] = []
    for slug in sorted({visit.slug for visit in visits}):
        figures = "".join(
            f'<figure><a href="{visit.look}/{slug}.png"><img loading="lazy" src="{visit.look}/{slug}.png" alt=""'
            f' width="{195 if "-390-" in visit.look else 640}"></a>'
            f"<figcaption>{visit.look}, {visit.bytes // 1000} kB</figcaption></figure>"
            for visit in sorted(visits, key=lambda visit: visit.look)
            if visit.slug == slug
        )
        sections.append(f'<section><h2>{html.escape(slug)}</h2><div class="row">{figures}</div></section>')
    return INDEX.format(title=html.escape(title), problems=f"<ul>{problems}</ul>", sections="".join(sections))


def main() -> int:
    """The command."""
    given = options()
    started = time.monotonic()
    shutil.rmtree(given.out, ignore_errors=True)
    given.out.mkdir(parents=True)
    print("starting the exchange with the sample market", file=sys.stderr)
    try:
        with LiveStack(filled=True) as live:
            visits = asyncio.run(run(live, given.quick, given.only, given.out))
    except (NoChromium, NothingToShow) as error:
        print(error, file=sys.stderr)
        return 1
    bad = [visit for visit in visits if visit.problems]
    paints = sorted(visit.paint_ms for visit in visits if visit.paint_ms)
    facts = {
        "visits": len(visits),
        "bad": len(bad),
        "heaviest_bytes": max((visit.bytes for visit in visits), default=0),
        "paint_ms_median": round(statistics.median(paints)) if paints else 0,
        "paint_ms_p95": round(paints[int(len(paints) * 0.95)]) if paints else 0,
        "seconds": round(time.monotonic() - started),
    }
    (given.out / "index.html").write_text(index(visits, f"{len(visits)} visits, {len(bad)} with problems"), encoding="utf-8")
    kept = [asdict(visit) for visit in visits]
    (given.out / "visits.json").write_text(json.dumps({**facts, "pages": kept}, indent=1), encoding="utf-8")
    print(json.dumps(facts))
    print(f"look at {given.out / 'index.html'}", file=sys.stderr)
    return 1 if bad or not visits else 0


if __name__ == "__main__":
    sys.exit(main())
