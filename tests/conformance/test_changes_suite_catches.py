"""Each wrong way to ask for changes is caught by the test that names it, a right one by none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from panstore.sdk.feed_roles import ChangePage
from panstore.testing.suites import ReadChangesSuite
from panstore.testing.world import SimAskedShopConnector
from tests.conformance.catching import failing
from tests.conformance.simulated import SimShopHarness


class Gossip(SimAskedShopConnector):
    """Begins with all that ever was."""

    async def changes_since(self, cursor: str | None, limit: int) -> ChangePage:
        return await super().changes_since(cursor or "0", limit)


class Hasty(SimAskedShopConnector):
    """Takes the first page for all there is."""

    async def changes_since(self, cursor: str | None, limit: int) -> ChangePage:
        page = await super().changes_since(cursor, limit)
        return replace(page, cursor=str(len(self._messages.told)), more=False)


class Forgetful(SimAskedShopConnector):
    """Never tells the same twice."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._seen: set[object] = set()

    async def changes_since(self, cursor: str | None, limit: int) -> ChangePage:
        page = await super().changes_since(cursor, limit)
        fresh = tuple(one for one in page.signals if one not in self._seen)
        self._seen |= set(fresh)
        return replace(page, signals=fresh)


class Restless(SimAskedShopConnector):
    """Always says that there is more."""

    async def changes_since(self, cursor: str | None, limit: int) -> ChangePage:
        page = await super().changes_since(cursor, limit)
        return replace(page, more=cursor is not None)


class OneKind(SimAskedShopConnector):
    """Looks for nothing but stock."""

    async def changes_since(self, cursor: str | None, limit: int) -> ChangePage:
        page = await super().changes_since(cursor, limit)
        stock = tuple(replace(one, kind="stock") for one in page.signals)
        return replace(page, signals=stock)


@pytest.mark.parametrize(
    ("connector", "expected"),
    [
        (Gossip, "test_a_renamed_product_is_among_the_changes"),
        (Hasty, "test_small_pages_come_to_an_end_and_leave_nothing_out"),
        (Hasty, "test_a_change_between_two_pages_is_not_missed"),
        (Forgetful, "test_the_same_cursor_tells_the_same_again"),
        (Restless, "test_small_pages_come_to_an_end_and_leave_nothing_out"),
        (OneKind, "test_a_retired_product_is_among_the_changes"),
        (OneKind, "test_a_new_product_is_among_the_changes"),
    ],
)
async def test_a_wrong_way_to_ask_is_caught(
    connector: type[SimAskedShopConnector], expected: str
) -> None:
    assert expected in await failing(ReadChangesSuite, lambda: SimShopHarness(connector))


async def test_the_right_connector_is_not_accused() -> None:
    assert await failing(ReadChangesSuite, lambda: SimShopHarness(SimAskedShopConnector)) == set()
