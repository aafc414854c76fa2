"""What must be true after the story, each as it was expected and as it was found."""

from typing import Any

import msgspec


class Fact(msgspec.Struct, frozen=True):
    """One statement about the market, seen from outside."""

    name: str
    expected: Any
    actual: Any
    ok: bool


class Facts:
    """The facts in the order in which they were checked."""

    def __init__(self) -> None:
        self.found: list[Fact] = []

    def equal(self, name: str, expected: Any, actual: Any) -> None:
        """Both are the same."""
        self.found.append(Fact(name, expected, actual, expected == actual))

    def least(self, name: str, expected: int, actual: int) -> None:
        """At least so many."""
        self.found.append(Fact(name, f"at least {expected}", actual, actual >= expected))

    def holds(self, name: str, actual: bool) -> None:
        """It is true."""
        self.found.append(Fact(name, True, actual, actual is True))

    @property
    def ok(self) -> bool:
        return all(fact.ok for fact in self.found)


class Report(msgspec.Struct, frozen=True):
    """What `exchange demo --json` prints."""

    facts: tuple[Fact, ...]
    seconds: float
