"""The state diagrams and the table of permissions of ARCHITECTURE.md, drawn from what the services themselves follow.

``python -m tests.rules.states --write`` draws them again; without ``--write`` it says whether they are current.
"""

import sys
from collections import defaultdict
from pathlib import Path

from exchange.domain.transition import Lifecycle, Transition
from tests.rules import rights
from tests.rules.product import lifecycles

DOCUMENT = Path(__file__).resolve().parents[2] / "ARCHITECTURE.md"
BEGIN, END = "<!-- states:begin -->", "<!-- states:end -->"
HEAD = """\
Drawn by `python -m tests.rules.states --write` from the `LIFECYCLE` of each noun. An arrow says the action and who may: a
permission, or the exchange itself (`job`), some at a stored deadline (`at …`).
"""


def label(step: Transition) -> str:
    """What stands at an arrow."""
    return f"{step.action} ({step.who}{f' at {step.deadline}' if step.deadline else ''})"


def diagram(life: Lifecycle) -> str:
    """One noun's life in mermaid's words; actions that lead the same way share an arrow."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for step in life.transitions:
        for state in step.from_:
            arrows[state, step.to].append(label(step))
    left = {state for state, _ in arrows}
    ends = [state for state in dict.fromkeys(to for _, to in arrows) if state not in left]
    lines = [
        *(f"    [*] --> {state}" for state in life.initial),
        *(f"    {state} --> {to}: {', '.join(labels)}" for (state, to), labels in arrows.items()),
        *(f"    {state} --> [*]" for state in ends),
    ]
    text = f"### {life.noun.replace('_', ' ').capitalize()}\n\n```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```\n"
    if life.reserved:
        text += f"\nLater: {', '.join(f'`{state}`' for state in life.reserved)}.\n"
    return text


def drawn(lives: list[Lifecycle]) -> str:
    """What belongs between the marks."""
    return "\n".join([HEAD, *(diagram(life) for life in lives)])


def renewed(document: str, lives: list[Lifecycle]) -> str:
    """The document with the diagrams of `lives` between its marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise LookupError(f"ARCHITECTURE.md has no {BEGIN} and {END} any more")
    return f"{before}{BEGIN}\n{drawn(lives)}\n{END}{after}"


def main(arguments: list[str]) -> int:
    found = DOCUMENT.read_text(encoding="utf-8")
    wanted = rights.renewed(renewed(found, lifecycles()))
    if arguments == ["--write"]:
        DOCUMENT.write_text(wanted, encoding="utf-8")
        return 0
    print("current" if found == wanted else "not current: run with --write")
    return 0 if found == wanted else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
