"""Structured logs: JSON lines on standard error, with known keys only, so that no body, price, cookie or name slips in."""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec
import structlog

from exchange.errors import Refusal

# What a line may carry besides its own words. A key that is not here is dropped and named under "dropped".
ALLOWED: Final = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "process",
        "request_id",
        "job_id",
        "kind",
        "attempt",
        "outcome",
        "error",
        "trace",
        "method",
        "path",
        "route",
        "status",
        "duration_ms",
        "delay_s",
        "lag_s",
        "timeout_s",
        "position",
        "count",
        "name",
        "rule",
        "row",
        "host",
        "port",
        "pid",
        "version",
        "dropped",
    }
)
REASON_CHARS: Final = 2000
FRAMES: Final = 12
PACKAGES: Final = ("exchange", "matching", "schemas")

# Text of others that may hold what a member typed: quoted pieces, addresses, and numbers of three digits or more.
_PRIVATE: Final = re.compile(r"""'[^']*'|"[^"]*"|\S+@\S+|\w+://\S+|\d[\d.,]*\d{2}""")


def scrub(text: str) -> str:
    """A message of foreign code without what may belong to a member."""
    return _PRIVATE.sub("…", text)


def reason(error: BaseException) -> str:
    """Why it failed, for logs and dead letters: class and message, at most 2,000 characters, no member data."""
    kind = type(error).__name__
    if isinstance(error, Refusal):
        text = f"{kind}: {error.code}" + "".join(f" {item.pointer} {item.code}" for item in error.errors)
    elif isinstance(error, asyncpg.PostgresError):
        text = f"{kind}: {getattr(error, 'sqlstate', None) or '?'} {scrub(str(error.args[0]) if error.args else '')}"
        names = (getattr(error, "table_name", None), getattr(error, "constraint_name", None))
        text += "".join(f" {name}" for name in names if name)
    else:
        text = f"{kind}: {scrub(str(error))}"
    places = trace(error)
    return f"{text} at {places[-1]}"[:REASON_CHARS] if places else text[:REASON_CHARS]


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
    unknown = sorted(key for key in line if key not in ALLOWED and not key.startswith("_"))
    for key in unknown:
        del line[key]
    if unknown:
        line["dropped"] = unknown
    return line


def _foreign(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Lines of libraries keep their sense and lose what they quote."""
    line["event"] = scrub(str(line.get("event", "")))
    return line


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
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # arq names every wake-up that came too late; the poller has served those jobs long before.
    logging.getLogger("arq").setLevel(logging.ERROR)
