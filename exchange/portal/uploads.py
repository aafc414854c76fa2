"""Files that come with a form: stored at once, so that a form drawn again keeps them, and named in their field by id."""

from typing import Final

import msgspec

from exchange.ctx import Ctx
from exchange.db import Standing
from exchange.domain.file import service as files
from exchange.domain.file.model import Purpose
from exchange.errors import DomainError
from exchange.files import MAX_BYTES
from exchange.pages.forms import Form
from exchange.pages.saying import say
from exchange.pages.sending import Sent
from exchange.web import WebRequest, deps

# What a form with one file may weigh; with several, so many times.
FORM_BYTES: Final = MAX_BYTES + 100_000


async def kept(request: WebRequest, acting: Ctx, sent: Sent, purpose: Purpose, standing: Standing = "finish") -> Sent:
    """The form with every file stored and its field naming it; what is refused is said beside its field."""
    typed = dict(sent.form.typed)
    errors: dict[str, str] = {}
    parts = deps(request)
    for path, uploads in sent.files.items():
        try:
            upload = uploads[-1]
            file = await files.upload(parts.db, acting, parts.files, upload.name, upload.content, purpose, standing)
            typed[path] = [str(file.id)]
        except DomainError as error:
            said = say(error, acting.locale)
            errors[path] = " ".join(said.fields.values()) or said.text
    return msgspec.structs.replace(sent, form=Form(sent.form.locale, typed, errors, sent.form.extra_row_of))
