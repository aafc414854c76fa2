"""The inbox and files over the API."""

from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.params import FromPath, MultipartBody, QueryParameter

from exchange.api.paging import DEFAULT_LIMIT, Cursor, Limit
from exchange.api.upload import Upload
from exchange.domain.file import service as files
from exchange.domain.file.model import FileRow
from exchange.domain.notification import service
from exchange.domain.notification.model import Notification
from exchange.files import MAX_BYTES
from exchange.notify.inbox import render
from exchange.web import WebRequest, ctx, deps
from schemas.common import Page
from schemas.file import FilePurpose, FileView
from schemas.notification import InboxCount, NotificationView, ReadAnswer

# What a multipart body may weigh besides the file.
FRAME_BYTES: Final = 10_000


def _notification(found: Notification, locale: str) -> NotificationView:
    words = render(found.kind, found.aggregate_id, found.data, locale)
    return NotificationView(
        id=found.id,
        kind=found.kind,
        topic=words.topic,
        subject=words.subject,
        text=words.text,
        link=words.link,
        aggregate=found.aggregate,
        aggregate_id=found.aggregate_id,
        created_at=found.created_at,
        read_at=found.read_at,
    )


def _file(found: FileRow) -> FileView:
    return FileView(
        id=found.id,
        company_id=found.company_id,
        name=found.name,
        media_type=found.media_type,
        size=found.size,
        sha256=found.sha256.hex(),
        purpose=found.purpose,
        created_at=found.created_at,
    )


@get("/inbox", summary="What the exchange told you, newest first")
async def inbox(
    request: WebRequest,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    unread: Annotated[bool, QueryParameter(description="Unread entries only")] = False,
) -> Page[NotificationView]:
    acting = ctx(request)
    async with deps(request).db.read(acting) as tx:
        page = await service.inbox(tx, unread_only=unread, cursor=cursor, limit=limit)
    return Page(tuple(_notification(item, acting.locale) for item in page.items), page.next)


@get("/inbox/count", summary="How many entries are unread")
async def count(request: WebRequest) -> InboxCount:
    async with deps(request).db.read(ctx(request)) as tx:
        return InboxCount(await service.unread(tx))


@post("/inbox/{notification_id:uuid}/read", status_code=200, summary="Mark an entry as read")
async def read(request: WebRequest, notification_id: FromPath[UUID]) -> NotificationView:
    acting = ctx(request)
    async with deps(request).db.tx(acting, "any") as tx:
        return _notification(await service.read(tx, notification_id), acting.locale)


@post("/inbox/{notification_id:uuid}/read-all", status_code=200, summary="Mark this entry and all older ones as read")
async def read_all(request: WebRequest, notification_id: FromPath[UUID]) -> ReadAnswer:
    async with deps(request).db.tx(ctx(request), "any") as tx:
        return ReadAnswer(await service.read_all(tx, notification_id))


@post("/files", summary="Upload a file", request_max_body_size=MAX_BYTES + FRAME_BYTES)
async def upload(
    request: WebRequest,
    data: MultipartBody[Upload],
    purpose: Annotated[FilePurpose, QueryParameter(description="What it will be used for")],
) -> FileView:
    """At most 20 MB, of a type that the purpose takes; the content decides the type, not the name.

    Refused with `file-quota` when the company stored 200 MB in 30 days that no document uses.
    """
    acting = ctx(request)
    parts = deps(request)
    # An applicant shows its papers before it is a member.
    standing = "any" if purpose == "document" else "finish"
    content = await data.file.read()
    return _file(await files.upload(parts.db, acting, parts.files, data.file.filename, content, purpose, standing))


@get("/files/{file_id:uuid}", summary="What is known of a file")
async def about(request: WebRequest, file_id: FromPath[UUID]) -> FileView:
    async with deps(request).db.read(ctx(request)) as tx:
        return _file(await files.get(tx, file_id))


@get("/files/{file_id:uuid}/content", summary="A file's bytes", media_type="*/*")
async def download(request: WebRequest, file_id: FromPath[UUID]) -> Response[bytes]:
    parts = deps(request)
    acting = ctx(request)
    async with parts.db.tx(acting, "any") if acting.operator else parts.db.read(acting) as tx:
        found = await files.read(tx, file_id)
    return Response(
        await parts.files.get(file_id),
        media_type=found.media_type,
        headers={"content-disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"},
    )


ROUTES: Final = Router("", route_handlers=[inbox, count, read, read_all, upload, about, download], tags=["people"])
