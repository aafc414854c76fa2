"""Structured logs: JSON lines on standard error. Known keys of known kinds alone: no body, price, cookie or name slips in."""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import asyncpg
import msgspec
import structlog

from exchange.errors import Refusal

REASON_CHARS: Final = 2000
FRAMES: Final = 12
PACKAGES: Final = ("exchange", "matching", "schemas")
WORD_CHARS: Final = 80

# Text that may hold what a member typed: quoted pieces, addresses, and numbers of three digits or more.
_PRIVATE: Final = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|\S+@\S+|\w+://\S+|\d[\d.,]*\d{2}""")
_WORD: Final = re.compile(r"[\w.:/+ -]*")
_ID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_REQUEST_ID: Final = re.compile(r"[\w-]{1,64}")
_HOST: Final = re.compile(r"[\w.:-]{1,253}")
# The sense of a library's sentence ends where it begins to quote.
_QUOTING: Final = re.compile(r"""[:='"`<{(\[\n]""")
# SQLSTATE classes whose messages name tables, columns and roles of ours and never a value.
_NAMELESS: Final = ("08", "25", "26", "3D", "40", "42", "53", "55", "57")

# Segments of addresses that routes are made of; set once by the process that serves them.
_segments: set[str] = set()
_dropped: int = 0


def scrub(text: str) -> str:
    """A sentence of ours without what may belong to a member."""
    return _PRIVATE.sub("…", text)


def know_paths(paths: Iterable[str]) -> None:
    """The addresses of this process: of a path that is asked for, only words of these are logged."""
    _segments.update(part for path in paths for part in path.split("/") if not part.startswith("{"))


def dropped() -> int:
    """How many values this process kept out of its log because no key lets them through."""
    return _dropped


def _matching(pattern: re.Pattern[str]) -> Callable[[object], object]:
    def check(value: object) -> object:
        text = str(value)
        return text if pattern.fullmatch(text) else "…"

    return check


def _word(value: object) -> object:
    """A name of ours: letters, a few signs, and no number that could be somebody's."""
    text = str(value)
    return scrub(text) if len(text) <= WORD_CHARS and _WORD.fullmatch(text) else "…"


def _number(value: object) -> object:
    return value if isinstance(value, int | float) else "…"


def _path(value: object) -> object:
    parts = str(value).split("/")
    return "/".join(part if part in _segments or _ID.fullmatch(part) or not part else "…" for part in parts)


class Reason(str):
    """Why something failed, already without anybody's data: what `reason` gives."""


def _failure(value: object) -> object:
    return str(value) if isinstance(value, Reason) else scrub(str(value))


def _places(value: object) -> object:
    return [str(item) for item in value] if isinstance(value, list) else "…"


# What a line may carry besides its own words, and of which kind: the log is what passes here, and nothing else. A key that is
# not here is dropped, named under "dropped" and counted; a value of another kind becomes "…".
ALLOWED: Final[Mapping[str, Callable[[object], object]]] = {
    "event": lambda value: scrub(str(value)),
    "level": _word,
    "timestamp": _matching(re.compile(r"[\dTZ:.+-]+")),
    "logger": _word,
    "process": _word,
    "request_id": _matching(_REQUEST_ID),
    "job_id": _matching(_ID),
    "notification_id": _matching(_ID),
    "kind": _word,
    "attempt": _number,
    "outcome": _word,
    "error": _failure,
    "trace": _places,
    "method": _matching(re.compile(r"[A-Z]{1,10}")),
    "path": _path,
    "route": _path,
    "status": _number,
    "duration_ms": _number,
    "delay_s": _number,
    "lag_s": _number,
    "timeout_s": _number,
    "position": _number,
    "count": _number,
    "name": _word,
    "rule": lambda value: scrub(str(value)),
    "row": lambda value: re.sub(r"\S+", _kept_id, str(value)),
    "host": _matching(_HOST),
    "port": _number,
    "pid": _number,
    "version": _word,
    "dropped": _places,
}


def _kept_id(found: re.Match[str]) -> str:
    word = found[0]
    return word if _ID.fullmatch(word) else scrub(word)


def reason(error: BaseException) -> Reason:
    """Why it failed, for logs and dead letters: class and message, at most 2,000 characters, no member data.

    A message is kept only where its words are ours or the database's own; what a library says may quote anything.
    """
    kind = type(error).__name__
    if isinstance(error, Refusal):
        text = f"{kind}: {error.code}" + "".join(f" {item.pointer} {item.code}" for item in error.errors)
    elif isinstance(error, asyncpg.PostgresError):
        text = f"{kind}: {_of_database(error)}"
    elif isinstance(error, OSError):
        text = f"{kind}: {error.strerror or ''}".removesuffix(": ")
    elif type(error).__module__.partition(".")[0] in PACKAGES:
        text = f"{kind}: {scrub(str(error))}"
    else:
        text = kind
    places = trace(error)
    return Reason(f"{text} at {places[-1]}"[:REASON_CHARS] if places else text[:REASON_CHARS])


def _of_database(error: asyncpg.PostgresError) -> str:
    """State, table, column and constraint; never DETAIL or HINT, which show values, and the message where it shows none."""
    state = str(getattr(error, "sqlstate", None) or "?")
    words = scrub(str(error.args[0]).partition("\n")[0]) if error.args and state.startswith(_NAMELESS) else ""
    names = [getattr(error, f"{what}_name", None) for what in ("table", "column", "constraint")]
    return " ".join([state, *([words] if words else []), *(name for name in names if name)])


def trace(error: BaseException) -> list[str]:
    """Where it was raised, as `file:line function`, our own frames only, innermost last; no values."""
    frames = traceback.extract_tb(error.__traceback__)
    found: list[str] = []
    for frame in frames:
        parts = Path(frame.filename).parts
        ours = [index for index, part in enumerate(parts) if part in PACKAGES and "site-packages" not in parts]
        if ours:
            found.append(f"{'/'.join(parts[ours[-1] :])}:{frame.lineno} {frame.name}")
    return found[-FRAMES:]


def _errors(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception becomes its reason and its places; its own text and values stay out."""
    given = line.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    if isinstance(given, tuple):
        given = given[1]
    if isinstance(given, BaseException):
        line["error"] = reason(given)
        line["trace"] = trace(given)
    return line


def _known_only(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    global _dropped
    unknown = sorted(key for key in line if key not in ALLOWED and not key.startswith("_"))
    for key in list(line):
        if key in ALLOWED:
            line[key] = ALLOWED[key](line[key])
        elif not key.startswith("_"):
            del line[key]
    if unknown:
        _dropped += len(unknown)
        line["dropped"] = unknown
    return line


def _foreign(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of a library's line the sentence before it begins to quote, and never what was put into its places."""
    record = line.get("_record")
    if isinstance(record, logging.LogRecord) and record.name.partition(".")[0] not in PACKAGES:
        line["event"] = _QUOTING.split(str(record.msg), maxsplit=1)[0].strip() or "…"
    return line


def _crashed(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """The last words of a process: Python's own would quote values."""
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    structlog.get_logger().critical("process failed", exc_info=error)


def _json(line: MutableMapping[str, Any], **_: Any) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()


def configure(process: str, level: str = "INFO") -> None:
    """Set up this process's logs: ours through structlog, those of libraries from WARNING up. Call once, first."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]

    def named(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line["process"] = process
        return line

    last: list[Any] = [named, _errors, _known_only, structlog.processors.JSONRenderer(serializer=_json)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name, _foreign],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    sys.excepthook = _crashed
    sys.unraisablehook = lambda given: _crashed(given.exc_type, given.exc_value or given.exc_type(), None)
    threading.excepthook = lambda given: _crashed(given.exc_type, given.exc_value or given.exc_type(), None)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # arq names every wake-up that came too late; the poller has served those jobs long before.
    logging.getLogger("arq").setLevel(logging.ERROR)
