"""The table of roles and permissions as ARCHITECTURE.md shows it, and the services that ask for none of it."""

import ast
from collections.abc import Iterator, Mapping

from exchange.domain.permission import MEMBER, OPERATOR
from exchange.pages.choices import MEMBER_ROLES, OPERATOR_ROLES, PERMISSIONS
from tests.rules.literals import trees

BEGIN, END = "<!-- rights:begin -->", "<!-- rights:end -->"
HEAD = """\
Written by `python -m tests.rules.states --write` from `exchange/domain/permission.py`, which services, API keys and pages ask.
Members see it on the page Roles.
"""
GUARDS = {"need", "need_person", "need_scope", "may"}
FUNCTION = (ast.AsyncFunctionDef, ast.FunctionDef)
Function = ast.AsyncFunctionDef | ast.FunctionDef


def _table(roles: list[str], held: Mapping[str, frozenset[str]]) -> Iterator[str]:
    yield f"| permission | what it allows | {' | '.join(roles)} |"
    yield f"| --- | --- |{' :-: |' * len(roles)}"
    for name, owners in held.items():
        marks = " | ".join("x" if role in owners else "" for role in roles)
        yield f"| `{name}` | {PERMISSIONS.get(name, '')} | {marks} |"


def drawn() -> str:
    """What belongs between the marks."""
    lines = [HEAD, *_table(list(MEMBER_ROLES), MEMBER), "", "Operators of the exchange, who never trade:", ""]
    return "\n".join([*lines, *_table(list(OPERATOR_ROLES), OPERATOR)])


def renewed(document: str) -> str:
    """The document with the table between its marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise LookupError(f"ARCHITECTURE.md has no {BEGIN} and {END} any more")
    return f"{before}{BEGIN}\n{drawn()}\n{END}{after}"


def unguarded() -> set[str]:
    """Functions of services that entry points call, that record an event and ask for no permission."""
    files = dict(trees())
    found: set[str] = set()
    for path, name in _called_by_entry_points():
        tree = files.get(path)
        functions = {node.name: node for node in tree.body if isinstance(node, FUNCTION)} if tree else {}
        if name in functions:
            records, asked = _reached(name, functions)
            if records and not asked & GUARDS:
                found.add(f"{path.removeprefix('domain/').removesuffix('.py')}.{name}")
    return found


def _called_by_entry_points() -> set[tuple[str, str]]:
    """File below exchange/ and name of every function of the domain that api, portal and console name."""
    found: set[tuple[str, str]] = set()
    for name, tree in trees():
        if not name.startswith(("api/", "portal/", "console/")):
            continue
        modules = {
            alias.asname or alias.name: f"{node.module.removeprefix('exchange.').replace('.', '/')}/{alias.name}.py"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("exchange.domain")
            for alias in node.names
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
                found.add((modules[node.value.id], node.attr))
    return found


def _reached(start: str, functions: Mapping[str, Function]) -> tuple[bool, set[str]]:
    """Whether a function records an event, and what it calls; through those of its own file too."""
    records, called, waiting = False, {start}, [start]
    while waiting:
        for node in ast.walk(functions[waiting.pop()]):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Attribute):
                records |= isinstance(node.func.value, ast.Name) and node.func.value.id == "events"
                called.add(node.func.attr)
            elif isinstance(node.func, ast.Name) and node.func.id not in called:
                called.add(node.func.id)
                if node.func.id in functions:
                    waiting.append(node.func.id)
    return records, called
