"""Log lines carry known keys only, and failures their place without anybody's data."""

import logging
from typing import Any, cast

import asyncpg
import msgspec
import pytest
import structlog

from exchange import log
from exchange.errors import NotFound, invalid


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
    assert line["error"].startswith("TypeError: ")
    assert line["trace"][-1].startswith("exchange/log.py:")


def test_lines_of_libraries_lose_what_they_quote(lines) -> None:
    """Warnings of others are kept, what they quote is not."""
    lines()
    logging.getLogger("library").warning("cannot reach 'secret.example' for %s", "an@acme.vn")
    logging.getLogger("library").info("chatter")
    (line,) = lines()
    assert (line["event"], line["logger"]) == ("cannot reach … for …", "library")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("no 'Acme' at 1,234.50 for an@acme.vn, see https://acme.vn/x"), "ValueError: no … at … for … see …"),
        (ValueError("try 3 of 20"), "ValueError: try 3 of 20"),
        (NotFound(noun="Acme's secret"), "NotFound: not-found"),
        (invalid("/lines/0/price", "too-small", "price %(price)s", price="49.95"), "Invalid: invalid /lines/0/price too-small"),
        (
            asyncpg.UniqueViolationError('duplicate key value violates "x"'),
            "UniqueViolationError: 23505 duplicate key value violates …",
        ),
        (KeyError("Acme"), "KeyError: …"),
    ],
)
def test_a_reason_says_what_failed_without_data(error, expected) -> None:
    """Class, code and message, without quotes, addresses, links and larger numbers."""
    assert log.reason(error) == expected


def test_a_reason_is_bounded() -> None:
    """A dead letter keeps at most 2,000 characters of it."""
    assert len(log.reason(ValueError("x " * 5000))) == 2000
