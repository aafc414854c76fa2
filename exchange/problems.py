"""The only error mapper: an exception becomes a problem (RFC 9457), which the API sends and a page shows."""

import re
from collections.abc import Callable, Mapping
from typing import Final

import asyncpg
import msgspec
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from exchange.errors import NOT_STORABLE, DomainError, FieldError, Invalid, Refusal
from exchange.i18n import N_
from exchange.sqlstate import translate
from schemas.common import EXPECTED

TYPE_PREFIX: Final = "urn:exchange:problem:"
MEDIA_TYPE: Final = "application/problem+json"
Translate = Callable[[str], str]

# Answers of the HTTP layer itself: status -> (code, title, detail).
HTTP: Final[Mapping[int, tuple[str, str, str]]] = {
    400: ("malformed", N_("The request cannot be read"), N_("The body is not valid JSON.")),
    401: ("unauthenticated", N_("Sign in first"), N_("This needs a signed-in person or an API key.")),
    403: ("forbidden", N_("Not allowed"), N_("This request was refused.")),
    404: ("not-found", N_("Not found"), N_("There is nothing at this address.")),
    405: ("method-not-allowed", N_("Not possible here"), N_("This address does not take this method.")),
    406: ("not-acceptable", N_("Not possible here"), N_("This address cannot answer in the format that was asked for.")),
    413: ("too-large", N_("The request is too large"), N_("Send a smaller body or file.")),
    415: ("unsupported-media-type", N_("Format not supported"), N_("Send the format that the documentation names.")),
    429: ("too-many-requests", N_("Too many requests"), N_("Wait a little and try again.")),
    503: ("unavailable", N_("Not available for a moment"), N_("Try again shortly.")),
}


class ProblemError(msgspec.Struct, frozen=True, omit_defaults=True):
    """One wrong place: JSON pointer, stable code, what to do."""

    pointer: str
    code: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every refused request."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str = ""
    # The object's state now, where a state refused the action.
    current: str | None = None
    errors: tuple[ProblemError, ...] = ()
    data: dict[str, str | int | float | bool | None] = {}


def _same(text: str) -> str:
    return text


def problem_of(error: Exception, request_id: str = "", say: Translate = _same) -> Problem | None:
    """What to answer to an exception, in the reader's language; None: nothing foreseen, an error of ours (500)."""
    if isinstance(error, RecursionError):
        return http_problem(400, request_id, say)
    if isinstance(error, OverflowError):
        # A time at the end of the calendar, moved by its offset.
        error = Invalid(errors=(NOT_STORABLE,))
    if isinstance(error, asyncpg.PostgresError):
        translated = translate(error)
        if not isinstance(translated, DomainError):
            return None
        error = translated
    if isinstance(error, Refusal):
        current = error.data.get("current")
        return Problem(
            type=TYPE_PREFIX + error.code,
            title=say(error.title),
            status=error.status,
            detail=say(error.detail) % error.data,
            code=error.code,
            request_id=request_id,
            current=current if isinstance(current, str) else None,
            errors=tuple(_field(item, say) for item in error.errors),
            data={key: value for key, value in error.data.items() if key != "current"},
        )
    if isinstance(error, ValidationException):
        return _validation(error, request_id, say)
    if isinstance(error, HTTPException):
        problem = http_problem(error.status_code, request_id, say)
        if problem is not None and isinstance(error.__cause__, SerializationException):
            # What cannot be read, and at which byte.
            return msgspec.structs.replace(problem, errors=(ProblemError("", "malformed", error.detail),))
        return problem
    return None


def _field(item: FieldError, say: Translate) -> ProblemError:
    return ProblemError(item.pointer, item.code, say(item.detail) % item.data)


def http_problem(status: int, request_id: str = "", say: Translate = _same) -> Problem | None:
    """A problem of the HTTP layer; None for a status that only a fault of ours gives."""
    if status not in HTTP:
        return None
    code, title, detail = HTTP[status]
    return Problem(TYPE_PREFIX + code, say(title), status, say(detail), code, request_id)


def _validation(error: ValidationException, request_id: str, say: Translate) -> Problem:
    """Litestar's 400 with `extra`: 400 when the body is no JSON, else 422 with the place."""
    cause = error.__cause__
    if isinstance(cause, msgspec.DecodeError) and not isinstance(cause, msgspec.ValidationError):
        code, title, detail = HTTP[400]
        where = (ProblemError("", "malformed", str(cause)),)
        return Problem(TYPE_PREFIX + code, say(title), 400, say(detail), code, request_id, errors=where)
    extra = error.extra
    entries = [entry for entry in extra if isinstance(entry, dict)] if isinstance(extra, list) else []
    items = [_schema_error(_place(entry), str(entry.get("message", ""))) for entry in entries]
    absent = _PARAMETER.match(error.detail)
    if absent is not None:
        items.append(ProblemError(f"/{absent[2]}", "missing", f"The {absent[1]} parameter {absent[2]} is missing."))
    return Problem(
        TYPE_PREFIX + "invalid",
        say(N_("Some of the input is not valid")),
        422,
        say(N_("Correct what is listed and send it again.")),
        "invalid",
        request_id,
        errors=tuple(items),
    )


# What Litestar says of a parameter that must be there.
_PARAMETER: Final = re.compile(r"^Missing required (\w+) parameter '([^']+)'")
# What msgspec says of a field by its name, not by its place.
_FIELD: Final = re.compile(r"^Object (?:contains|missing) (unknown|required) field `(.*)`$", re.DOTALL)
# A pattern as msgspec quotes it -> what it asks for.
_ASKED: Final = {f"Expected `str` matching regex {pattern!r}": f"Expected {words}." for pattern, words in EXPECTED.items()}


def _place(entry: Mapping[str, object]) -> str:
    """Where Litestar's entry points to; `data` is its name for the whole body, and a header has Python's name there."""
    key = str(entry.get("key", ""))
    if entry.get("source") == "header":
        return key.replace("_", "-").title()
    return "" if key == "data" else key


def _schema_error(path: str, message: str) -> ProblemError:
    """One entry of Litestar's: a field that is unknown or missing has a place too."""
    place = pointer(path)
    if message == "'data'":
        return ProblemError(place, "missing", "The body is missing.")
    field = _FIELD.match(message)
    if field is None:
        return ProblemError(place, "schema", _ASKED.get(message, message))
    name = field[2].replace("~", "~0").replace("/", "~1")
    return ProblemError(f"{place}/{name}", "unknown-field" if field[1] == "unknown" else "missing", message)


def pointer(path: str) -> str:
    """msgspec's path (``$.lines[0].quantity`` or ``lines[0].quantity``) as a JSON pointer (``/lines/0/quantity``)."""
    bare = path.removeprefix("$").replace("[", ".").replace("]", "").strip(".")
    return "/" + bare.replace(".", "/") if bare else ""


INTERNAL: Final = Problem(
    TYPE_PREFIX + "internal",
    N_("Something went wrong on our side"),
    500,
    N_("The error was recorded. Try again; if it stays, tell us the request id."),
    "internal",
)
