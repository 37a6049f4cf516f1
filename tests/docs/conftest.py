from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.demo import Demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo of its own, so that the pages find it as a newcomer does."""
    running = Demo(tmp_path_factory.mktemp("demo"))
    running.start()
    yield running
    running.stop()
