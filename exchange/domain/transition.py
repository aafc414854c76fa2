"""A noun's life as one table: which action leads from where to where, who may, and what is recorded."""

from collections.abc import Iterable
from typing import Literal

import msgspec

# A permission of exchange/domain/permission.py, the exchange itself, or who holds a secret that was sent to them.
Who = Literal["job", "token"] | str


class Transition(msgspec.Struct, frozen=True):
    """One row: `action` takes the noun from any of `from_` to `to`, done by `who`, recorded as event `event`.

    `deadline` names the stored column after which the action is due, for those that the clock does.
    """

    action: str
    from_: tuple[str, ...]
    to: str
    who: Who
    event: str
    deadline: str | None = None


class Lifecycle(msgspec.Struct, frozen=True):
    """All states and transitions of one noun; `table` is its SQL table, whose CHECK names the same states."""

    noun: str
    table: str
    initial: tuple[str, ...]
    transitions: tuple[Transition, ...]
    # States that the CHECK allows and that a later chapter will reach.
    reserved: tuple[str, ...] = ()

    @property
    def states(self) -> frozenset[str]:
        seen = set(self.initial) | set(self.reserved)
        for step in self.transitions:
            seen.update(step.from_, (step.to,))
        return frozenset(seen)

    def step(self, action: str) -> Transition:
        """The row of an action; a KeyError is a programming mistake."""
        for transition in self.transitions:
            if transition.action == action:
                return transition
        raise KeyError(f"{self.noun}: no action {action}")

    def allowed(self, state: str) -> Iterable[Transition]:
        """What may happen next to an object in this state: the buttons of its page."""
        return (step for step in self.transitions if state in step.from_)
