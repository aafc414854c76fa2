"""How a posted form becomes one command: read once, done once, and drawn again with everything typed when it is refused."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

import msgspec
from litestar import Response
from litestar.datastructures import UploadFile

from exchange.ctx import Ctx
from exchange.db import Standing, Tx
from exchange.errors import DomainError, NotFound
from exchange.pages import answers
from exchange.pages.forms import KEY_FIELD, Form, posted
from exchange.pages.reading import InvalidForm, Kinds, read
from exchange.pages.saying import say
from exchange.web import Unauthenticated, WebRequest, deps, maybe_ctx
from exchange.writes import Versioned

KEY_MOST: Final = 100
Command = TypeVar("Command")
Result = TypeVar("Result", bound=Versioned)
Again = Callable[[Form, int], Awaitable[Response[Any]]]


class Upload(msgspec.Struct, frozen=True):
    """A file that came with a form."""

    name: str
    content: bytes


class Sent(msgspec.Struct, frozen=True):
    """A posted form: what was typed, the files, which button was pressed, and the key that makes it one act."""

    form: Form
    files: dict[str, list[Upload]]
    button: str
    key: str
    # What the key stands for: every field and file, so that another form under the same key is noticed.
    body: bytes

    def value(self, name: str) -> str:
        return self.form.value(name)


async def sent(request: WebRequest, rows: Mapping[str, Sequence[str]] | None = None) -> Sent:
    """Read the form of this request. `rows` are its repeating groups, see forms.posted."""
    data = await request.form()
    pairs: list[tuple[str, str]] = []
    files: dict[str, list[Upload]] = {}
    digest = hashlib.sha256()
    button, key = "", ""
    for name, value in data.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            if content or value.filename:  # a field without a file sends neither
                files.setdefault(name, []).append(Upload(value.filename, content))
                digest.update(msgspec.json.encode((name, value.filename, hashlib.sha256(content).hexdigest())))
            continue
        text = str(value)
        if name == KEY_FIELD:
            key = text[:KEY_MOST]
        elif name == "_action":
            button = text
        if not name.startswith("_") or name == "_action":
            digest.update(msgspec.json.encode((name, text)))
        pairs.append((name, text))
    return Sent(
        posted(answers.locale_of(request, maybe_ctx(request)), pairs, rows), files, button, key or str(uuid4()), digest.digest()
    )


async def submitted(
    posted_form: Sent, schema: type[Command], kinds: Kinds, do: Callable[[Command], Awaitable[Response[Any]]], again: Again
) -> Response[Any]:
    """`do` with the command that the form describes; `again` draws the form when it asks for rows, or says what is wrong.

    A refusal by the domain stands beside its fields too, and above the form when it is about the whole.
    """
    form = posted_form.form
    if form.asks_for_rows:
        return await again(form, 200)
    try:
        command = read(form, schema, kinds)
    except InvalidForm as problem:
        return await again(problem.form, 422)
    try:
        return await do(command)
    except (NotFound, Unauthenticated):
        raise
    except DomainError as error:
        return await again(refused(form, error), error.status)


def refused(form: Form, error: DomainError) -> Form:
    """The form with what the domain says against it."""
    said = say(error, form.locale)
    return form.with_errors(said.fields or {"": said.text})


async def once(
    request: WebRequest,
    acting: Ctx,
    posted_form: Sent,
    do: Callable[[Tx], Awaitable[Result]],
    load: Callable[[Tx, UUID], Awaitable[Result]],
    *,
    standing: Standing = "active",
) -> Result:
    """`do` in one transaction, once for this drawn form: sent twice it answers `load` of what the first one made."""
    route = f"page {request.url.path}"
    return await deps(request).writes.once(acting, route, posted_form.key, posted_form.body, do, load, standing=standing)


async def act(
    request: WebRequest,
    acting: Ctx,
    back: str,
    do: Callable[[Tx], Awaitable[Result]],
    load: Callable[[Tx, UUID], Awaitable[Result]],
    said: str | Callable[[Result], str],
    *,
    standing: Standing,
    to: str | Callable[[Result], str] = "",
    form: Sent | None = None,
) -> Response[Any]:
    """A button without a form of its own: `do` once, then `to` (or `back`) with the sentence `said`.

    A refusal is said on the page `back`; something that is not there stays a 404. `form`: what was posted, if it was read.
    """
    posted_form = form or await sent(request)
    try:
        result = await once(request, acting, posted_form, do, load, standing=standing)
    except (NotFound, Unauthenticated):
        raise
    except DomainError as error:
        if error.status >= 500:
            raise
        return answers.redirect(request, back, say(error, acting.locale).line(), "bad")
    onward = to if isinstance(to, str) else to(result)
    return answers.redirect(request, onward or back, said if isinstance(said, str) else said(result))
