"""Guarantee 29: hostile input is refused or harmless: too deep, too many, too large unpacked, markup, formulas, header lines."""

import zipfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from email.message import Message
from io import BytesIO
from itertools import cycle
from typing import Any, Final

import httpx2

from exchange.bench.faults.case import Case, Figures, Plan
from exchange.bench.faults.children import child
from exchange.bench.faults.entering import PASSWORD, SESSION, give_password
from exchange.bench.faults.ground import Place
from exchange.bench.faults.members import member
from exchange.bench.faults.trade import PAPER
from exchange.ctx import Ctx
from exchange.ids import new_id

API: Final = "/api/v1"
DEEP: Final = 10_000
MANY: Final = 1_000_000
UNPACKED: Final = 500_000_000
MARKUP: Final = '"><script>alert(71)</script><img src=x onerror=alert(71)>{{7*71}}'
RAW: Final = ("<script>alert(71)", "<img src=x onerror")
FORMULAS: Final = ("=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)")
INJECTED: Final = "x-injected"
FORM: Final = "multipart/form-data; boundary=edge"
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LINE: Final = {"category": "other", "text": MARKUP, "quantity": "100", "unit": "C62", "region": "VN-SG"}
OFFER: Final = {**PAPER, "terms": {"payment": "direct_after_acceptance"}}


@asynccontextmanager
async def _signed_in(place: Place, url: str, ctx: Ctx) -> AsyncGenerator[httpx2.AsyncClient]:
    """A browser of that person."""
    async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
        entered = await client.post(SESSION, json={"email": await give_password(place, ctx), "password": PASSWORD})
        entered.raise_for_status()
        yield client


def _key() -> dict[str, str]:
    return {"Idempotency-Key": new_id().hex}


def bomb() -> bytes:
    """A small workbook that unpacks to half a gigabyte."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(UNPACKED // 10_000_000):
                sheet.write(b"0" * 10_000_000)
    return out.getvalue()


def _bodies() -> list[bytes]:
    """JSON that is too deep, too long, too many or no JSON at all."""
    deep = b"[" * DEEP + b"]" * DEEP
    objects = b'{"a":' * DEEP + b"1" + b"}" * DEEP
    many = b"[" + b",".join([b"0"] * MANY) + b"]"
    digits = b"9" * 1_000_000
    places = [b'{"title":%s}', b'{"title":"Paper","tiers":%s}', b'{"attributes":{"a":%s}}']
    return [place % hostile for place in places for hostile in (deep, objects, many, digits)] + [
        deep,
        many,
        b'{"title":"' + digits * 3 + b'"}',
    ]


async def flood(plan: Plan) -> Figures:
    """Each of them to a route that reads it, with the cookie of a member who may."""
    answers: list[int] = []
    async with (
        plan.ground.place() as place,
        child(place, "serve", without=() if plan.guarded else ("input-limits",)) as api,
        _signed_in(place, api.url, await member(place, "Flood")) as client,
    ):
        for body, path in zip(_bodies(), cycle(("/offers", "/rfqs", "/orders")), strict=False):
            answers.append(await _post(client, path, content=body, headers={**_key(), "content-type": "application/json"}))
        workbook = await _upload(client, "/files?purpose=attachment", "list.xlsx", bomb(), WORKBOOK)
        rows = b"external_id,title\n" + b"a,b\n" * MANY
        answers += [
            workbook,
            await _upload(client, "/own/offers/import", "offers.csv", rows, "text/csv"),
            await _upload(client, "/own/offers/import", "offers.xlsx", b"PK\x03\x04" * 1000, WORKBOOK),
            await _post(client, "/offers", content=b"x", headers={**_key(), "content-encoding": "gzip"}),
        ]
        alive = (await client.get(SESSION)).status_code == 200
    return {
        "sent": len(answers),
        "server_errors": sum(answer >= 500 for answer in answers),
        "admitted": sum(answer < 400 for answer in answers),
        "alive_afterwards": int(alive),
    }


async def _upload(client: httpx2.AsyncClient, path: str, name: str, content: bytes, kind: str) -> int:
    return await _post(client, path, files={"file": (name, content, kind)})


async def _post(client: httpx2.AsyncClient, path: str, **sent: Any) -> int:
    """The status; 413 for a connection that was closed while the body was still being sent."""
    try:
        return (await client.post(API + path, **sent)).status_code
    except (httpx2.ReadError, httpx2.WriteError):
        return 413


async def mark_up(plan: Plan) -> Figures:
    """Markup in every text, formulas in titles, line ends in names: what the pages, files and headers make of it."""
    async with (
        plan.ground.place() as place,
        child(place, "serve", without=() if plan.guarded else ("escaping", "names-in-headers")) as api,
        _signed_in(place, api.url, await member(place, "Seller")) as seller,
        _signed_in(place, api.url, await member(place, MARKUP)) as buyer,
    ):
        pages = await _filled(seller, buyer)
        found = [(await client.get(page)) for client, page in pages]
        tables = [
            await client.get(f"{page}?format=csv") for client, page in ((seller, "/offers"), (buyer, "/rfqs"), (buyer, "/market"))
        ]
        headers = await _headers(seller)
    texts = [answer.text for answer in found]
    return {
        "pages": sum(answer.status_code == 200 for answer in found),
        "pages_with_text": sum("alert(71)" in text for text in texts),
        "server_errors": sum(answer.status_code >= 500 for answer in [*found, *tables, *headers]),
        "raw_markup": sum(raw in text for text in texts for raw in RAW) + sum(str(7 * 71) + "\n" in text for text in texts),
        "tables": sum(answer.status_code == 200 for answer in tables),
        "formulas": sum(_formulas(answer.text) for answer in tables),
        "headers": len(headers),
        "headers_injected": sum(_injected(answer) for answer in headers),
    }


async def _filled(seller: httpx2.AsyncClient, buyer: httpx2.AsyncClient) -> list[tuple[httpx2.AsyncClient, str]]:
    """The texts, written where they may be; and the pages that show them."""
    marked = {"title": MARKUP, "description": MARKUP, "mpn": MARKUP, "external_id": MARKUP, "attributes": {"colour": MARKUP}}
    offer = await _made(seller, "/offers", {**OFFER, **marked})
    for title in FORMULAS:
        await _made(seller, "/offers", {**OFFER, "title": title, "mpn": title})
    now = await buyer.get(API + "/clock")
    due = f"{int(now.json()['now'][:4]) + 1}-01-15T00:00:00Z"
    asked = {"currency": "VND", "lines": [LINE], "terms": {"payment": "direct_after_acceptance"}, "due_at": due, "publish": True}
    rfq = await _made(buyer, "/rfqs", {**asked, "title": MARKUP, "description": MARKUP, "own_reference": MARKUP[:60]})
    for title in FORMULAS:
        await _made(buyer, "/rfqs", {**asked, "title": title, "own_reference": title})
    line = {"offer_id": offer["id"], "offer_version": offer["version"], "quantity": "5"}
    where = {"deliver_to": MARKUP, "region": "VN-SG", "buyer_reference": MARKUP[:60], "cost_centre": MARKUP[:60]}
    order = await _made(buyer, "/orders", {"lines": [line], **where})
    both = [f"/orders/{order['id']}", f"/rfqs/{rfq['id']}", f"/offers/{offer['id']}", "/market", "/contracts"]
    return [
        *((seller, page) for page in ("/offers", "/sales", "/opportunities", *both)),
        *((buyer, page) for page in ("/rfqs", "/orders", "/company", "/activity", "/inbox", *both)),
        (buyer, f"/rfqs?find={MARKUP}"),
    ]


async def _made(client: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(API + path, json=body, headers=_key())
    if answer.status_code >= 300:
        raise RuntimeError(f"{path}: {answer.text}")
    return answer.json()


async def _headers(client: httpx2.AsyncClient) -> Sequence[httpx2.Response]:
    """Line ends and another name in the names of files, and in the place to go back to."""
    line = f"a%0d%0a{INJECTED}: 1"
    answers = [await client.get(f"/sign-in?next=/{line}"), await client.get(f"/rfqs?find={line}&format=csv")]
    for name in (f"a\n{INJECTED}: 1.csv", f"a.csv; filename={INJECTED}.csv"):
        sent = await client.post(f"{API}/files?purpose=import", content=_form(name), headers={"content-type": FORM})
        answers.append(sent)
        if sent.status_code == 201:
            answers.append(await client.get(f"{API}/files/{sent.json()['id']}/content"))
    return answers


def _form(name: str) -> bytes:
    """A form with one file whose name stands in it as it is: no library would write it so."""
    place = f'Content-Disposition: form-data; name="file"; filename="{name}"'
    return f"--edge\r\n{place}\r\nContent-Type: text/csv\r\n\r\na,b\n1,2\n\r\n--edge--\r\n".encode()


def _injected(answer: httpx2.Response) -> bool:
    """Whether what somebody wrote became a header, or a parameter of one."""
    named = Message()
    named["content-disposition"] = answer.headers.get("content-disposition", "")
    # What it is, and one name.
    return INJECTED in answer.headers or len(named.get_params([], "content-disposition")) > 2


def _formulas(table: str) -> int:
    """Cells that a spreadsheet would carry out."""
    cells = [cell.strip('"') for line in table.lstrip("\ufeff").splitlines() for cell in line.split(",")]
    return sum(cell in FORMULAS or cell.startswith("=") for cell in cells)


CASES: Final = (
    Case(
        id="29a",
        name="nesting of ten thousand, a million items, and a workbook that unpacks to half a gigabyte",
        attempt=flood,
        exercised=lambda f: f["sent"] >= 18,
        holds=lambda f: f["server_errors"] == f["admitted"] == 0 and f["alive_afterwards"] == 1,
    ),
    Case(
        id="29b",
        name="markup, formulas and line ends in every text",
        attempt=mark_up,
        exercised=lambda f: f["pages"] >= 15 and f["pages_with_text"] >= 8 and f["tables"] == 3,
        holds=lambda f: f["server_errors"] == f["raw_markup"] == f["formulas"] == f["headers_injected"] == 0,
        breaks=lambda f: min(f["raw_markup"], f["formulas"], f["headers_injected"]) > 0,
    ),
)
