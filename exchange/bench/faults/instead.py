"""Taking a guard out of this process for one attempt: other code stands where the product's was."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def instead(owner: Any, name: str, value: object) -> Generator[None]:
    """Put other code in its place while the block runs. Raises LookupError when the product has no such thing any more."""
    if not hasattr(owner, name):
        raise LookupError(f"{owner} has no {name} any more")
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)
