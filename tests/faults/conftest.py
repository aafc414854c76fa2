"""One durable server for the fault cases of this test process."""

from collections.abc import Iterator

import pytest

from exchange.bench.faults import Ground, ground


@pytest.fixture(scope="session")
def server() -> Iterator[Ground]:
    """Each case gets databases of its own in it."""
    with ground() as found:
        yield found
