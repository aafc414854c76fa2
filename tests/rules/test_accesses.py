"""Every sensitive read writes the access log, and each kind that the log knows is written somewhere."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from exchange.domain.access_log.model import What
from tests.conftest import TestDatabase
from tests.rules.product import modules

# What is read -> the services that read it. A new one has a line here.
SENSITIVE = {
    "bank_account.number": {"exchange.domain.bank_account.service.waiting"},
    "company.dossier": {"exchange.domain.company.service.dossier"},
    "company.export": {"exchange.domain.company.exporting.ask"},
    "company.view_as": {"exchange.domain.viewing.service.start"},
    "document.file": {"exchange.domain.document.service.waiting", "exchange.domain.passport.service.paper"},
    "file.content": {"exchange.domain.file.service.read"},
    "passport.dossier": {"exchange.domain.passport.service.dossier"},
    "person.data": {"exchange.domain.privacy.erasing.data"},
    "person.proof": {"exchange.domain.identity.lost_factor.ask", "exchange.domain.identity.lost_factor.confirm"},
    "thread.messages": {"exchange.domain.thread.service.hinted"},
}
# Sealed prices are read by their supplier and, once opened, by the buyer: there is no other way, so nothing to note.
NOBODY = {"quote.body"}
OPERATORS_READ = """
SELECT count(*) FROM pg_policy AS p
WHERE p.polrelid = $1::regclass AND pg_get_expr(p.polqual, p.polrelid) LIKE '%app_operator%' AND p.polpermissive
"""


def recorded(module: str, source: str) -> Iterator[tuple[str, str]]:
    """(what, service) of each `access_log.record(tx, "what", …)`."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.AsyncFunctionDef):
            for node in ast.walk(function):
                match node:
                    case ast.Call(
                        func=ast.Attribute(value=ast.Name("access_log"), attr="record"),
                        args=[_, ast.Constant(value=str(what)), *_],
                    ):
                        yield what, f"{module}.{function.name}"
                    case _:
                        pass


def test_every_sensitive_read_is_noted_where_it_is_done() -> None:
    """The services that note a read are those of the table: one that forgets to, or a kind that nobody writes, fails here."""
    found: dict[str, set[str]] = {}
    for module in modules():
        if module.__name__.startswith("exchange."):
            source = Path(module.__file__ or "").read_text(encoding="utf-8")
            for what, service in recorded(module.__name__, source):
                found.setdefault(what, set()).add(service)
    assert found == SENSITIVE
    assert set(get_args(What)) == SENSITIVE.keys() | NOBODY
    # The control: the same service without its note is told apart.
    assert list(recorded("m", "async def read(tx):\n    await access_log.record(tx, 'file.content', 1, 2)")) == [
        ("file.content", "m.read")
    ]
    assert list(recorded("m", "async def read(tx):\n    return 1")) == []


async def test_operators_have_no_way_to_prices(db: TestDatabase) -> None:
    """No policy lets an operator read what a supplier quoted; one does for files, so the question can be answered yes."""
    owner = await db.owner()
    try:
        assert [await owner.fetchval(OPERATORS_READ, table) for table in ("quote_body", "company_file")] == [0, 1]
    finally:
        await owner.close()
