"""A Valkey for the tests of jobs."""

from collections.abc import Iterator

import pytest

from exchange import embedded


@pytest.fixture
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Valkey]:
    """A Valkey of this test alone, which it may flush, stop and kill."""
    server = embedded.Valkey.start(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()
