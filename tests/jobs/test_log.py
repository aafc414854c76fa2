"""Log lines carry known keys only, and failures their place without anybody's data."""

import logging
import subprocess
import sys
from typing import Any, cast

import asyncpg
import msgspec
import pytest
import structlog

from exchange import log
from exchange.errors import NotFound, invalid
from exchange.settings import SettingsError


@pytest.fixture
def lines(capsys):
    """Call it first to set the logs up; the next call gives the lines written since."""
    root = logging.getLogger()
    kept = list(root.handlers), root.level

    def read() -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in capsys.readouterr().err.splitlines()]

    yield lambda: read() if structlog.is_configured() else log.configure("test")
    root.handlers[:], root.level = kept
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_unknown_keys_are_dropped_and_named(lines) -> None:
    """A price, a cookie or a name that somebody passes does not reach the log."""
    lines()
    structlog.contextvars.bind_contextvars(request_id="r1")
    structlog.get_logger().info("sold", kind="act", price="49.95", company="Acme")
    (line,) = lines()
    assert line.pop("timestamp")
    assert line == {
        "event": "sold",
        "level": "info",
        "process": "test",
        "request_id": "r1",
        "kind": "act",
        "dropped": ["company", "price"],
    }


def test_an_exception_becomes_reason_and_places(lines) -> None:
    """The traceback's own text, which quotes values, stays out."""
    lines()
    try:
        log.scrub(cast(str, 49.95))
    except TypeError as error:
        structlog.get_logger().error("failed", exc_info=error)
    (line,) = lines()
    assert line["error"].startswith("TypeError at exchange/log.py:")
    assert line["trace"][-1].startswith("exchange/log.py:")


def test_lines_of_libraries_lose_what_they_quote(lines) -> None:
    """Warnings of others are kept, what they quote is not."""
    lines()
    logging.getLogger("library").warning("cannot reach 'secret.example' for %s", "an@acme.vn")
    logging.getLogger("library").info("chatter")
    (line,) = lines()
    assert (line["event"], line["logger"]) == ("cannot reach", "library")


def test_a_value_of_another_kind_does_not_pass_under_a_known_key(lines) -> None:
    """The list names kinds too: what is no number, word, id or address of ours becomes "…"; what was dropped is counted."""
    lines()
    before = log.dropped()
    log.know_paths(["/offers/{offer_id}/publish"])
    structlog.get_logger().info(
        "asked for an@acme.vn",
        path="/offers/0199f000-0000-7000-8000-000000000001/publish/an@acme.vn/Acme",
        status="Acme",
        kind="Acme's secret",
        request_id="an@acme.vn",
        method="GET Acme",
        job_id="Acme",
        error="no 'Acme'",
        note="Acme",
    )
    (line,) = lines()
    del line["timestamp"]
    assert line == {
        "event": "asked for …",
        "level": "info",
        "process": "test",
        "path": "/offers/0199f000-0000-7000-8000-000000000001/publish/…/…",
        "status": "…",
        "kind": "…",
        "request_id": "…",
        "method": "…",
        "job_id": "…",
        "error": "no …",
        "dropped": ["note"],
    }
    assert log.dropped() == before + 1


def test_a_process_that_crashes_says_where_and_not_what() -> None:
    """An exception that nobody caught, in the main thread, in another and in a finalizer, never prints its own text."""
    program = """
import threading
from exchange import log
log.configure("test")
class Fragile:
    def __del__(self):
        raise ValueError("canary-finalizer")
Fragile()
def fail():
    raise KeyError("canary-thread")
thread = threading.Thread(target=fail, name="canary-name"); thread.start(); thread.join()
raise RuntimeError("canary-main") from ValueError("canary-cause")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    lines = [msgspec.json.decode(line) for line in ended.stderr.splitlines()]
    assert [(line["event"], line["error"]) for line in lines] == [
        ("process failed", "ValueError"),
        ("process failed", "KeyError"),
        ("process failed", "RuntimeError"),
    ]
    assert "canary" not in ended.stderr


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("no Acme at 1,234.50 for an@acme.vn, see https://acme.vn/x"), "ValueError"),
        (SettingsError("no 'Acme' at 1,234.50 for an@acme.vn, see https://acme.vn/x"), "SettingsError: no … at … for … see …"),
        (SettingsError("try 3 of 20"), "SettingsError: try 3 of 20"),
        (OSError(2, "No such file", "/home/acme/secret"), "FileNotFoundError: No such file"),
        (NotFound(noun="Acme's secret"), "NotFound: not-found"),
        (invalid("/lines/0/price", "too-small", "price %(price)s", price="49.95"), "Invalid: invalid /lines/0/price too-small"),
        (
            asyncpg.UniqueViolationError('duplicate key value violates "x"'),
            "UniqueViolationError: 23505",
        ),
        (
            asyncpg.InsufficientPrivilegeError("permission denied for table x"),
            "InsufficientPrivilegeError: 42501 permission denied for table x",
        ),
        (KeyError("Acme"), "KeyError"),
    ],
)
def test_a_reason_says_what_failed_without_data(error, expected) -> None:
    """Class and code; a message only where its words are ours, without quotes, addresses, links and larger numbers."""
    assert log.reason(error) == expected


def test_a_reason_is_bounded() -> None:
    """A dead letter keeps at most 2,000 characters of it."""
    assert len(log.reason(SettingsError("x " * 5000))) == 2000
