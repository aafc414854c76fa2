"""What clock and queue do about companies: a suspension to be looked at again, a draft that lies, an export to be packed."""

import asyncio
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from uuid import UUID

from exchange.db import Tx
from exchange.domain.company import drafting, exporting, suspending
from exchange.domain.file import service as documents
from exchange.domain.file.model import Received
from exchange.files import MAX_BYTES, Files
from exchange.ids import new_id
from exchange.jobs import queue
from exchange.jobs.kinds import Deps, Handler, Internal, Job, Outside


async def remind_suspension(tx: Tx, job: Job) -> None:
    await suspending.remind(tx, job.uuid("id"))


async def warn_of_draft(tx: Tx, job: Job) -> None:
    await drafting.warn(tx, job.uuid("id"))


@cache
def _files(url: str) -> Files:
    return Files.open(url)


async def _stored(files: Files, listed: list[dict[str, Any]]) -> dict[str, bytes]:
    """The newest files as far as they fit, by a name that is theirs alone."""
    found: dict[str, bytes] = {}
    left = exporting.FILES_MOST
    for item in listed:
        if item["size"] > left or item["purpose"] == "export":
            continue
        left -= item["size"]
        try:
            found[f"{item['id']}-{item['name']}"] = await files.get(UUID(item["id"]))
        except FileNotFoundError:
            continue
    return found


async def export_company(deps: Deps, job: Job) -> None:
    """Pack the copy and store it; bytes first, so that a file row never points at nothing."""
    export = job.uuid("aggregate_id")
    async with deps.db.system() as tx:
        company = await exporting.asked(tx, export)
        if company is None:
            return
        tables = await exporting.rows(tx, company)
    files = _files(deps.settings.files_url)
    packed = await asyncio.to_thread(exporting.pack, tables, await _stored(files, tables["files"]))
    if len(packed) > MAX_BYTES:
        packed = await asyncio.to_thread(exporting.pack, tables, {})
    received = Received(
        id=new_id(),
        name="export.zip",
        media_type="application/zip",
        size=len(packed),
        sha256=hashlib.sha256(packed).digest(),
        purpose="export",
    )
    await files.put(received.id, packed)
    async with deps.db.system() as tx:
        await queue.finish(tx, job)
        await documents.record_for(tx, received, company, ())
        await exporting.ready(tx, export, company, received.id)


HANDLERS: Final[Mapping[str, Handler]] = {
    "remind_suspension": Internal(remind_suspension),
    "warn_of_draft": Internal(warn_of_draft),
    "export_company": Outside(export_company, lease_s=600.0),
}
