"""Jobs of contracts: draft one from an award, print it, let it lapse when it is not signed in time."""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Final

from exchange.db import Tx
from exchange.domain.contract import agreeing, drafting, store
from exchange.domain.contract import body as text
from exchange.domain.file import service as documents
from exchange.files import Files
from exchange.jobs import queue
from exchange.jobs.kinds import Deps, Handler, Internal, Job, Outside
from exchange.print.contract import contract_pdf


async def draft_contract(tx: Tx, job: Job) -> None:
    """The award of the event that bound it becomes a contract to sign."""
    await drafting.draft(tx, job.uuid("aggregate_id"))


async def go_on_with_contract(tx: Tx, job: Job) -> None:
    """A party's people agreed, or a party asks again: the other party's people, or signing, come next."""
    await agreeing.go_on(tx, job.uuid("aggregate_id"))


async def lapse_contract(tx: Tx, job: Job) -> None:
    await drafting.lapse(tx, job.uuid("id"))


@cache
def _files(url: str) -> Files:
    return Files.open(url)


async def print_contract(deps: Deps, job: Job) -> None:
    """The PDF of a contract, stored and appended once; bytes first, so that a file row never points at nothing."""
    contract = job.uuid("aggregate_id")
    async with deps.db.system() as tx:
        unprinted = await store.unprinted(tx, contract)
    if unprinted is None:
        return
    pdf = await asyncio.to_thread(contract_pdf, text.read(unprinted.body), unprinted.digest)
    received = await documents.keep(_files(deps.settings.files_url), f"{unprinted.number}.pdf", pdf, "contract")
    async with deps.db.system() as tx:
        await queue.finish(tx, job)
        if await store.append_pdf(tx, contract, received.id, received.sha256):
            await documents.record_for(tx, received, unprinted.buyer_id, [unprinted.seller_id])


HANDLERS: Final[Mapping[str, Handler]] = {
    "draft_contract": Internal(draft_contract),
    "go_on_with_contract": Internal(go_on_with_contract),
    "lapse_contract": Internal(lapse_contract),
    "print_contract": Outside(print_contract),
}
