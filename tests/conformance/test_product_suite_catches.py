"""Each wrong handling of products is caught by the test that names it, a right one by none."""

from __future__ import annotations

from typing import Any

import pytest

from panstore.testing.suites import ProductsSuite
from tests.conformance import wrong_product_connectors as wrong
from tests.conformance.catching import failing
from tests.conformance.simulated import SimErpHarness, SimShopHarness


@pytest.mark.parametrize(
    ("connector", "expected"),
    [
        (wrong.VersionlessShop, "test_an_older_version_is_refused"),
        (wrong.VersionlessShop, "test_an_edit_by_its_own_people_is_a_newer_version"),
        (wrong.TwinPageShop, "test_a_product_is_created_once_under_a_key"),
        (wrong.DeletingShop, "test_a_code_is_held_by_one_product_archived_or_not"),
        (wrong.WholesaleShop, "test_attributes_stay_until_they_are_written"),
        (wrong.BarePageShop, "test_images_stay_until_they_are_written"),
        (wrong.HoardingShop, "test_an_image_that_is_not_named_is_taken_away"),
        (wrong.TwiceImageShop, "test_images_keep_their_digest_and_their_order"),
        (wrong.ContentImageShop, "test_what_is_no_image_is_refused"),
        (wrong.HalfShop, "test_a_refused_write_leaves_nothing_behind"),
        (wrong.MumblingShop, "test_a_code_is_held_by_one_product_archived_or_not"),
        (wrong.FlatShop, "test_categories_are_paths_and_those_not_named_go"),
        (wrong.AbsentShop, "test_a_broken_answer_is_no_missing_product"),
        (wrong.CertainPageShop, "test_after_a_broken_reply_a_product_is_there_once"),
        (wrong.StoppingShop, "test_a_refused_product_does_not_hold_up_the_others"),
    ],
)
async def test_a_wrong_product_connector_is_caught(connector: Any, expected: str) -> None:
    assert expected in await failing(ProductsSuite, lambda: SimShopHarness(connector))


async def test_the_right_connectors_are_not_accused() -> None:
    assert await failing(ProductsSuite, SimShopHarness) == set()
    assert await failing(ProductsSuite, SimErpHarness) == set()


async def test_what_cannot_be_written_is_not_asked_for() -> None:
    def shop() -> SimShopHarness:
        harness = SimShopHarness()
        harness.shop.pages.compares = False
        return harness

    assert await failing(ProductsSuite, shop) == set()
