"""What every command needs of the terminal and the environment.

With --json standard output is exactly one JSON value; everything else goes to standard error.
"""

import os
import sys
from pathlib import Path
from typing import Final, NoReturn

import msgspec
from rich.console import Console

from exchange.settings import Settings, SettingsError, load

err: Final = Console(stderr=True)


def fail(message: str, status: int = 1) -> NoReturn:
    """Say what is wrong on standard error and end."""
    err.print(f"[bold red]error[/]: {message}", highlight=False)
    raise SystemExit(status)


def put_json(value: object) -> None:
    """The one JSON value of a command with --json."""
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def settings() -> Settings:
    """This process's settings, or every problem of the environment and exit status 2."""
    try:
        return load(os.environ)
    except SettingsError as error:
        fail(f"the settings are not complete:\n{error}", 2)


def environment(name: str) -> str:
    """One variable that a command needs by itself; NAME_FILE works too."""
    value = os.environ.get(name)
    path = os.environ.get(f"{name}_FILE")
    if value is None and path is not None:
        value = Path(path).read_text(encoding="utf-8").strip()
    if not value:
        fail(f"{name} is missing", 2)
    return value
