"""One WordPress for all tests of the plugin; every test takes goods and buyers of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.companions.woocommerce.shop import Shop
from tests.companions.woocommerce.wordpress import running_wordpress


@pytest.fixture(scope="session")
def running_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_wordpress(tmp_path_factory.mktemp("wordpress")) as wordpress:
        yield Shop(wordpress)


@pytest.fixture
def shop(running_shop: Shop) -> Shop:
    """With the settings of a new shop, whatever the test before left."""
    running_shop.reset()
    return running_shop
