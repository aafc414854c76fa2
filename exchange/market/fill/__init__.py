"""`exchange up --demo`: fills the sample market by playing it through the public API of the running exchange, once."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
from rich.console import Console

from exchange.market.fill.cast import PASSWORD
from exchange.market.fill.client import FillFailed
from exchange.market.fill.play import play, whole_sample
from exchange.stack import Stack

__all__ = ["FillFailed", "fill"]

# Beside the data it speaks of: says whether the market in it is whole.
MARK: Final = "sample-market"
FILLING: Final = "filling"
FILLED: Final = "filled"


class SignIn(msgspec.Struct, frozen=True):
    """A person that a visitor may be."""

    email: str
    role: str
    may: str


SIGN_INS: Final = (
    SignIn("linh.nguyen@phudien.example", "buyer", "RFQs, quotes side by side, awards, orders, receipts (Phú Điền Foods)"),
    SignIn("nam.le@phudien.example", "buyer's approver", "says yes or no above 100,000,000 ₫"),
    SignIn("hung.tran@phudien.example", "buyer's signatory", "signs contracts, pays; owner"),
    SignIn("thao.tran@tanlongbinh.example", "seller", "offers, opportunities, quotes, despatch, invoices (Bao bì Tân Long Bình)"),
    SignIn("bao.ly@tanlongbinh.example", "seller's signatory", "signs contracts, confirms payments; owner"),
    SignIn("moderator@exchange.example", "moderator", "approves or rejects applications, in the console"),
    SignIn("finance.one@exchange.example", "finance operator", "enters and releases deposits, in the console"),
    SignIn("finance.two@exchange.example", "finance operator", "releases what the other one entered"),
)


class Progress:
    """One line for each step on the console, with its time."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, what: str) -> Generator[None]:
        started = time.monotonic()
        with self._console.status(what):
            yield
        self._console.print(f"  {what} [dim]{time.monotonic() - started:.1f} s[/]", highlight=False, soft_wrap=True)


async def fill(stack: Stack, console: Console) -> list[str]:
    """Fill an empty sandbox with the sample market; returns what a visitor must know. FillFailed says why it stopped.

    A market that is filled already is left as it is; one that was not finished says how to begin again.
    """
    mark = stack.data / MARK
    owner = await asyncpg.connect(stack.database_url("exchange_owner"))
    try:
        state = await _state(owner, mark)
        if state == "empty":
            started = time.monotonic()
            console.print("filling the sample market", highlight=False)
            await asyncio.to_thread(mark.write_text, FILLING)
            await play(stack.url, owner, whole_sample(datetime.now(UTC).date()), Progress(console))
            await asyncio.to_thread(mark.write_text, FILLED)
            console.print(f"the sample market is filled, {time.monotonic() - started:.0f} s", highlight=False)
    finally:
        await owner.close()
    if state in ("empty", FILLED):
        return sign_ins(stack)
    return ["", *REFUSED[state], f"Start again with another --data, or remove {stack.data} first.", ""]


REFUSED: Final = {
    FILLING: ("The sample market here is incomplete: its filling was interrupted.",),
    "other": ("There is no sample market here, and there will be none: this data directory holds a market of its own.",),
    "real": ("There is no sample market here: this is no sandbox, its clock cannot be moved.",),
}
PEOPLE: Final = "SELECT EXISTS (SELECT FROM person)"
SANDBOX: Final = "SELECT c.sandbox FROM market_clock AS c"


async def _state(owner: asyncpg.Connection, mark: Path) -> str:
    if await asyncio.to_thread(mark.exists):
        return FILLED if await asyncio.to_thread(mark.read_text) == FILLED else FILLING
    if await owner.fetchval(PEOPLE):
        return "other"
    return "empty" if await owner.fetchval(SANDBOX) else "real"


def sign_ins(stack: Stack) -> list[str]:
    """Who a visitor may be, and where to open it."""
    email = max(len(item.email) for item in SIGN_INS)
    role = max(len(item.role) for item in SIGN_INS)
    return [
        "",
        f"Open {stack.url} and sign in; operators find their console at {stack.url}/operator",
        f"Everybody's password is {PASSWORD}",
        "",
        *(f"  {item.email:{email}}  {item.role:{role}}  {item.may}" for item in SIGN_INS),
        "",
    ]
