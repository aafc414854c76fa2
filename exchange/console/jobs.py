"""Jobs that gave up, and what waits; an administrator tries them again."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.console import shell
from exchange.db import Tx
from exchange.domain.operating import service
from exchange.domain.operating.model import Retried
from exchange.domain.permission import may
from exchange.web import WebRequest, deps

PAGE: Final = 40


@get("/operator/jobs")
async def jobs(request: WebRequest) -> Response[Any]:
    """The dead letters; with `show=waiting` what waits and runs."""
    acting = shell.operator(request)
    dead = request.query_params.get("show") != "waiting"
    async with deps(request).db.read(acting) as tx:
        page = await service.jobs(tx, dead=dead, cursor=shell.cursor(request), limit=PAGE)
        found = await service.overview(tx)
    return await shell.render(
        request,
        "console/jobs.html",
        jobs=page.items,
        payloads={row.id: msgspec.json.format(msgspec.json.encode(row.payload), indent=1).decode() for row in page.items},
        next=page.next,
        dead=dead,
        found=found,
        may_retry=may(acting, "operator.job"),
    )


@post("/operator/jobs/{job_id:uuid}/retry")
async def retry(request: WebRequest, job_id: FromPath[UUID]) -> Response[Any]:
    """A job that gave up starts anew."""

    async def do(tx: Tx) -> Retried:
        return await service.retry(tx, job_id)

    return await shell.act(request, "/operator/jobs", do, service.retried, shell.words(request)("The job is tried again."))


ROUTES: Final = Router("", route_handlers=[jobs, retry])
