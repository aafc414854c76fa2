"""Where the shared data lies: beside the repository, or where EXCHANGE_SHARED_DATA says."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("EXCHANGE_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")


@pytest.fixture(scope="session")
def shared_file() -> Callable[[str], Path]:
    """A file of the shared data. Without the folder the test is skipped, except in CI, where its absence fails."""

    def path(name: str) -> Path:
        found = SHARED / name
        if not found.exists() and not os.environ.get("CI"):
            pytest.skip(f"the shared data is not here: {found}; set EXCHANGE_SHARED_DATA to its folder")
        return found

    return path
