from __future__ import annotations

from collections.abc import Iterator

import pytest

from panstore.store.database import Store
from panstore.store.migrate import migrate


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A migrated store, used through its blocking form."""
    opened = Store(store_url)
    opened.run(migrate)
    yield opened
    opened._shut()
