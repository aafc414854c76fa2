"""Messages: all conversations of the company, one of them, and writing."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath

from exchange.ctx import Ctx
from exchange.db import Tx
from exchange.domain.company import service as companies
from exchange.domain.file import service as files
from exchange.domain.thread import service
from exchange.domain.thread.model import FILES_MOST, KINDS, Kind, Message
from exchange.errors import DomainError, NotFound
from exchange.pages.forms import Form
from exchange.pages.reading import Kinds
from exchange.pages.saying import say
from exchange.pages.sending import Sent
from exchange.portal import conversation, shell
from exchange.portal.conversation import Conversation
from exchange.portal.uploads import FORM_BYTES
from exchange.web import WebRequest, deps
from schemas.thread import MessageIn

PAGE: Final = 30
FIND_MOST: Final = 120
WRITTEN: Final[Kinds] = {"internal": "boolean", "files": "list", "mentions": "list"}


@get("/messages")
async def threads(request: WebRequest) -> Response[Any]:
    """All conversations, the newest message first, or the unread ones; with `find` the messages that hold these words."""
    acting = shell.signed_in(request)
    wanted = request.query_params.get("kind")
    kind: Kind | None = next((item for item in KINDS if item == wanted), None)
    find = request.query_params.get("find", "").strip()[:FIND_MOST]
    place = shell.cursor(request)
    async with deps(request).db.read(acting) as tx:
        if find:
            found = await service.search(tx, find, cursor=place, limit=PAGE)
            return await shell.render(request, "portal/messages/found.html", rows=found.items, next=found.next, find=find)
        if request.query_params.get("show") == "unread":
            page = await service.unread_threads(tx, kind=kind, cursor=place, limit=PAGE)
        else:
            page = await service.threads(tx, kind=kind, cursor=place, limit=PAGE)
    return await shell.render(request, "portal/messages/list.html", rows=page.items, next=page.next)


@get("/messages/{thread_id:uuid}")
async def thread(request: WebRequest, thread_id: FromPath[UUID]) -> Response[Any]:
    """One conversation; to open it is to read it."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        subject = await service.subject_of(tx, thread_id)
        shown = await conversation.of_subject(tx, subject, cursor=shell.cursor(request))
        await conversation.opened(tx, shown)
    return await _draw(request, shown)


@get("/messages/about/{kind:str}/{subject_id:uuid}")
async def about(request: WebRequest, kind: FromPath[str], subject_id: FromPath[UUID]) -> Response[Any]:
    """The conversation about a document, also while nobody has written; a buyer says with which supplier."""
    acting = shell.signed_in(request)
    async with deps(request).db.tx(acting, "any") as tx:
        shown = await conversation.about(
            tx, _kind(kind), subject_id, _id(request.query_params.get("with", "")), brief=False, cursor=shell.cursor(request)
        )
        await conversation.opened(tx, shown)
    return await _draw(request, shown)


def _kind(text: str) -> Kind:
    for kind in KINDS:
        if kind == text:
            return kind
    raise NotFound(noun="conversation")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def _draw(request: WebRequest, shown: Conversation, status: int = 200) -> Response[Any]:
    return await shell.render(request, "portal/messages/thread.html", status=status, place="/messages", talk=shown)


@post("/messages/about/{kind:str}/{subject_id:uuid}", request_max_body_size=FORM_BYTES * 3)
async def write(request: WebRequest, kind: FromPath[str], subject_id: FromPath[UUID]) -> Response[Any]:
    """Send a message, or keep a note; what the writer saw when they wrote is read."""
    acting = shell.signed_in(request)
    noun = _kind(kind)
    sent = await shell.sent(request)
    marks = await request.form()
    seller = _id(sent.value("seller_id"))
    sent = await _stored(request, acting, sent, noun, subject_id)

    async def do(command: MessageIn) -> Response[Any]:
        async def post_it(tx: Tx) -> Message:
            people = [(item.person_id, item.name) for item in await companies.people(tx) if item.person_id != acting.person_id]
            called = tuple(dict.fromkeys((*command.mentions, *conversation.named_in(command.body, people))))
            return await service.post(tx, msgspec.structs.replace(command, mentions=called))

        made = await shell.once(request, acting, sent, post_it, service.get, standing=service.STANDING[noun])
        if (seen := _id(str(marks.get("_seen", "")))) is not None:
            async with deps(request).db.tx(acting, "any") as tx:
                await service.read(tx, made.thread_id, seen)
        _ = shell.words(request)
        said = _("The note is kept. Only your company sees it.") if made.internal else _("The message is sent.")
        back = str(marks.get("_back", ""))
        return shell.redirect(request, back if back.startswith("/") else f"/messages/{made.thread_id}", said)

    async def again(form: Form, status: int) -> Response[Any]:
        async with deps(request).db.read(acting) as tx:
            shown = await conversation.about(tx, noun, subject_id, seller, form=form, brief=False)
        return await _draw(request, shown, status)

    if sent.form.errors:
        return await again(sent.form, 422)
    return await shell.submitted(sent, MessageIn, WRITTEN, do, again)


async def _stored(request: WebRequest, acting: Ctx, sent: Sent, kind: Kind, subject_id: UUID) -> Sent:
    """The form with its files stored and named, so that a form drawn again keeps them; what it is about, its address says."""
    parts = deps(request)
    named = list(sent.form.chosen("files"))
    errors: dict[str, str] = {}
    for upload in sent.files.get("attach", [])[:FILES_MOST]:
        try:
            file = await files.upload(parts.db, acting, parts.files, upload.name, upload.content, "attachment")
            named.append(str(file.id))
        except DomainError as error:
            said = say(error, acting.locale)
            errors["attach"] = f"{upload.name}: {' '.join(said.fields.values()) or said.text}"
    typed = {path: values for path, values in sent.form.typed.items() if path != "attach" and values != [""]}
    typed |= {"kind": [kind], "subject_id": [str(subject_id)], "files": named}
    return msgspec.structs.replace(sent, form=Form(sent.form.locale, typed, errors))


ROUTES: Final = Router("", route_handlers=[threads, thread, about, write])
