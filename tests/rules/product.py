"""What the rules look at: the product's modules, their SQL statements and their lifecycles."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import msgspec

import exchange
import matching
from exchange.domain.transition import Lifecycle

VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "CREATE", "DECLARE")
ROW_METHODS = {"maybe", "one", "many"}


def modules() -> Iterator[ModuleType]:
    """Every module of the product, but the embedded servers, whose scripts are psql's."""
    for package in (exchange, matching):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not info.name.endswith("__main__") and not info.name.startswith("exchange.embedded"):
                yield importlib.import_module(info.name)


def lifecycles() -> list[Lifecycle]:
    """Every lifecycle of the domain."""
    found: dict[str, Lifecycle] = {}
    for module in modules():
        if module.__name__.startswith("exchange.domain."):
            for value in vars(module).values():
                if isinstance(value, Lifecycle):
                    found[value.noun] = value
    return [found[noun] for noun in sorted(found)]


def statements() -> dict[str, str]:
    """Every SQL constant: `module.NAME` -> text."""
    found: dict[str, str] = {}
    for module in modules():
        for name, value in vars(module).items():
            if (name.isupper() and isinstance(value, str) and value.lstrip().startswith(VERBS)) or (
                name.startswith("_") and name[1:].isupper() and isinstance(value, str) and value.lstrip().startswith(VERBS)
            ):
                found[f"{module.__name__}.{name}"] = value
    return found


def row_types() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Which Struct a statement's rows become: (`module.NAME`, Struct), read from the calls in the code."""
    for module in modules():
        try:
            tree = ast.parse(inspect.getsource(module))
        except (OSError, TypeError):
            continue
        for node in ast.walk(tree):
            pair = _row_call(node)
            if pair is not None:
                kind: Any = getattr(module, pair[0], None)
                if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                    yield f"{module.__name__}.{pair[1]}", kind


def _row_call(node: ast.AST) -> tuple[str, str] | None:
    """The names in ``tx.many(Struct, STATEMENT, …)``."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ROW_METHODS
        and len(node.args) > 1
    ):
        kind, statement = node.args[0], node.args[1]
        if isinstance(kind, ast.Name) and isinstance(statement, ast.Name):
            return kind.id, statement.id
    return None
