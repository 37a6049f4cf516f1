from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.demo import Demo
from tests.e2e.life import Life


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One demo for all tests that leave it in order."""
    running = Demo(tmp_path_factory.mktemp("demo"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def life(demo: Demo) -> Life:
    """Everybody who has a part in an order of that demo; one, so that no goods are used twice."""
    return Life(demo)
