"""The market on real products: imported from a file through the command line's own path, matched and asked for."""

import asyncio
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from exchange.demo.actor import Actor
from exchange.demo.deal import Say
from exchange.demo.facts import Facts
from exchange.demo.people import join
from exchange.market.classify import attributes_of, category_of, read_products
from exchange.stack import Stack

MAP: Final = Path(__file__).parents[1] / "market" / "icecat_map.json"
MEMORY_GB: Final = 8
WEIGHT_KG: Final = 2.5
PACK: Final = 6
AT_ONCE: Final = 8
AMERICAN: Final = {"country": "US", "currency": "USD"}


async def play(stack: Stack, operators: dict[str, Actor], path: Path, say: Say, facts: Facts) -> None:
    """Import twice, then two RFQs whose expected numbers are computed from the file."""
    suppliers, notebooks, toners, rows = await asyncio.to_thread(_expected, path)
    for start in range(0, len(suppliers), 8):
        await asyncio.gather(
            *(_supplier(stack, operators["moderator"], name, start + n) for n, name in enumerate(suppliers[start : start + 8]))
        )
    say(f"{len(suppliers)} suppliers of real products joined")
    first = await _import(stack, path)
    facts.equal("all products were imported", (rows, rows), (first["rows"], first["created"]))
    second = await _import(stack, path)
    facts.equal("importing twice changes nothing", (0, 0, rows), (second["created"], second["updated"], second["unchanged"]))
    say(f"{rows} products imported, and once more without any change")
    buyer = await join(
        stack, operators["moderator"], "Pacific Office Supply Inc", "it@pacific.example", country="US", currency="USD"
    )
    line = await _ask(buyer.owner, "Notebooks for the field team", _notebook())
    facts.equal("notebooks with 8 GB or more under 2.5 kg", notebooks, (line["total"], line["suppliers"]))
    line = await _ask(buyer.owner, "Xerox toner in packs", _toner("Xerox"))
    facts.equal("Xerox toner, at least 6 a pack", toners, (line["total"], line["suppliers"]))
    line = await _ask(buyer.owner, "Toner for HP printers", _toner("HP"))
    facts.equal("for HP none fits", 0, line["total"])
    facts.least("for HP there are near misses", 1, len(line["near_misses"]))
    say(f"real notebooks matched: {notebooks[0]} of {notebooks[1]} suppliers; toner: {toners[0]} of {toners[1]}")


def _expected(path: Path) -> tuple[list[str], tuple[int, int], tuple[int, int], int]:
    """Suppliers, notebooks (products, suppliers), toners (products, suppliers) and rows, straight from the file."""
    suppliers: set[str] = set()
    notebooks: list[str] = []
    toners: list[str] = []
    rows = 0
    for product in read_products(path):
        rows += 1
        suppliers.add(product.supplier)
        category = category_of(product.title)
        declared, _ = attributes_of(product, category)
        if (
            category == "notebooks"
            and _number(declared, "memory_gb") >= MEMORY_GB
            and 0 < _number(declared, "weight_kg") < WEIGHT_KG
        ):
            notebooks.append(product.supplier)
        if category == "toner" and "xerox" in product.title.lower() and _number(declared, "pack_quantity") >= PACK:
            toners.append(product.supplier)
    return sorted(suppliers), (len(notebooks), len(set(notebooks))), (len(toners), len(set(toners))), rows


def _number(values: dict[str, Any], key: str) -> float:
    found = values.get(key, 0)
    return float(found) if isinstance(found, int | float) else 0.0


async def _supplier(stack: Stack, moderator: Actor, name: str, number: int) -> None:
    company = await join(stack, moderator, name, f"sales{number}@supplier.example", sign_in=False, **AMERICAN)
    await company.owner.close()


async def _import(stack: Stack, path: Path) -> dict[str, Any]:
    """`exchange import offers`, as an operator of the exchange would run it."""
    options = ["--company-field", "supplier", "--map", str(MAP), "--json"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "exchange", "import", "offers", str(path), *options),
        env={**os.environ, "DATABASE_URL": stack.database_url("exchange_api")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    return msgspec.json.decode(out, type=dict[str, Any])


async def _ask(buyer: Actor, title: str, line: dict[str, Any]) -> dict[str, Any]:
    """Publish an RFQ of one line and wait for what the matcher found."""
    now = datetime.fromisoformat((await buyer.get("/clock"))["now"])
    rfq = await buyer.post(
        "/rfqs",
        {
            "title": title,
            "currency": "USD",
            "due_at": (now + timedelta(days=5)).isoformat(),
            "terms": {"payment": "protected_full"},
            "lines": [{"text": title, "quantity": "10", "unit": "C62", "region": "US", "deliver_within_days": 14, **line}],
            "publish": True,
        },
    )
    found = await buyer.until(f"/rfqs/{rfq['id']}/matches", lambda answer: answer["ready"])
    result: dict[str, Any] = found["lines"][0]
    return result


def _notebook() -> dict[str, Any]:
    return {
        "category": "notebooks",
        "requirements": [
            {"attribute": "memory_gb", "op": ">=", "value": MEMORY_GB},
            {"attribute": "weight_kg", "op": "<=", "value": WEIGHT_KG - 0.0001},
        ],
    }


def _toner(words: str) -> dict[str, Any]:
    return {"category": "toner", "words": words, "requirements": [{"attribute": "pack_quantity", "op": ">=", "value": PACK}]}
