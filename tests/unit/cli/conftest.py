from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.house import House
from tests.unit.cli.shop_host import ShopHost


@pytest.fixture
def host(tmp_path: Path) -> ShopHost:
    """A shop that is in step with its ERP."""
    made = ShopHost(tmp_path)
    made.work(House.settle)
    return made
