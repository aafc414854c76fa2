"""The texts that stand in the product's code, and the calls they stand in."""

import ast
import functools
from pathlib import Path

import exchange

ROOT = Path(exchange.__file__).parent


@functools.cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    """Every file of the product, by its path below exchange/."""
    paths = sorted(ROOT.rglob("*.py"))
    return tuple((path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def texts() -> dict[str, set[str]]:
    """Every literal -> the files that hold it."""
    found: dict[str, set[str]] = {}
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.setdefault(node.value, set()).add(name)
    return found


def arguments(functions: set[str], position: int) -> dict[str, set[str]]:
    """Every literal in that place of a call of one of `functions` -> the files that call so."""
    found: dict[str, set[str]] = {}
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _called(node) in functions and len(node.args) > position:
                for inner in ast.walk(node.args[position]):
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                        found.setdefault(inner.value, set()).add(name)
    return found


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""
