"""Each wrong keeping of prices is caught by the test that names it, a right one by none."""

from __future__ import annotations

import pytest

from panstore.testing.suites import StoredPricesSuite
from panstore.testing.world import SimShopConnector
from tests.conformance import wrong_tiers_connectors as wrong
from tests.conformance.catching import failing
from tests.conformance.simulated import SimShopHarness


@pytest.mark.parametrize(
    ("connector", "expected"),
    [
        (wrong.HoardingShop, "test_no_tiers_leave_nothing"),
        (wrong.BlindShop, "test_the_quantity_chooses_the_kept_tier"),
        (wrong.ThoroughShop, "test_a_dropped_agreement_leaves_its_buyers_and_the_others"),
        (wrong.CertainShop, "test_after_a_broken_reply_the_write_of_tiers_is_unknown"),
        (wrong.SwallowingTiersShop, "test_a_bad_tier_is_named_and_the_rest_is_done"),
        (wrong.SwallowingTiersShop, "test_a_refused_tier_surfaces"),
    ],
)
async def test_a_shop_that_keeps_prices_wrongly_is_caught(
    connector: type[SimShopConnector], expected: str
) -> None:
    found = await failing(StoredPricesSuite, lambda: SimShopHarness(wrong.open_(connector)))
    assert expected in found


async def test_the_right_connector_is_not_accused() -> None:
    make = wrong.open_(SimShopConnector)
    assert await failing(StoredPricesSuite, lambda: SimShopHarness(make)) == set()
