"""Each wrong connector is caught by the suite test that names its mistake, a right one by none."""

from __future__ import annotations

from typing import Any

import pytest

from panstore.testing.suites import (
    CatalogueSuite,
    ChangeFeedSuite,
    ConnectorSuite,
    CreateOrdersSuite,
    CreateProductsSuite,
    ReadOrdersSuite,
    ReadPricesSuite,
    ReadStockSuite,
    Suite,
    WebhookSuite,
    WritePricesSuite,
    WriteStockSuite,
)
from tests.conformance import wrong_connectors as wrong
from tests.conformance.catching import failing
from tests.conformance.simulated import SimErpHarness, SimShopHarness


@pytest.mark.parametrize(
    ("suite", "connector", "expected"),
    [
        (WriteStockSuite, wrong.AddingShop, "test_writing_twice_stores_it_once"),
        (WriteStockSuite, wrong.SwallowingShop, "test_a_refused_stock_write_surfaces"),
        (WriteStockSuite, wrong.SwallowingShop, "test_one_bad_item_is_named_and_the_rest_is_done"),
        (WriteStockSuite, wrong.SilentShop, "test_one_bad_item_is_named_and_the_rest_is_done"),
        (WriteStockSuite, wrong.GrossShop, "test_what_is_offered_is_free_of_open_orders"),
        (WriteStockSuite, wrong.ForgetfulShop, "test_orders_after_the_watermark_are_taken_off"),
        (
            WriteStockSuite,
            wrong.SureShop,
            "test_after_a_broken_reply_the_stock_write_is_unknown",
        ),
        (
            WriteStockSuite,
            wrong.SwallowingShop,
            "test_after_a_broken_reply_the_stock_write_is_unknown",
        ),
        (
            WriteStockSuite,
            wrong.ImpatientShop,
            "test_a_stock_write_that_was_not_taken_changes_nothing",
        ),
        (WritePricesSuite, wrong.RoundingShop, "test_a_price_is_stored_exactly_and_read_back"),
        (WritePricesSuite, wrong.QuietPriceShop, "test_a_refused_price_surfaces"),
        (ReadOrdersSuite, wrong.HastyShop, "test_no_order_is_lost_across_pages"),
        (ReadOrdersSuite, wrong.HastyShop, "test_reading_resumes_from_any_cursor"),
        (ReadOrdersSuite, wrong.LateCursorShop, "test_orders_placed_while_reading_are_found"),
        (ReadOrdersSuite, wrong.NaiveShop, "test_an_order_is_whole_and_to_the_cent"),
        (ReadOrdersSuite, wrong.CalmShop, "test_a_shop_that_went_back_in_time_says_so"),
        (ReadOrdersSuite, wrong.TimelessShop, "test_a_changed_order_comes_again"),
        (CatalogueSuite, wrong.ContentShop, "test_a_broken_page_is_no_end_of_the_list"),
        (WebhookSuite, wrong.TrustingShop, "test_a_changed_body_is_refused"),
        (WebhookSuite, wrong.TrustingShop, "test_an_old_message_is_refused"),
        (ConnectorSuite, wrong.TalkativeShop, "test_secrets_are_never_shown"),
    ],
)
async def test_a_wrong_shop_connector_is_caught(
    suite: type[Suite], connector: Any, expected: str
) -> None:
    assert expected in await failing(suite, lambda: SimShopHarness(connector))


@pytest.mark.parametrize(
    ("suite", "connector", "expected"),
    [
        (
            CreateOrdersSuite,
            wrong.DoublingErp,
            "test_a_lost_reply_is_looked_up_and_gives_one_sale",
        ),
        (CreateOrdersSuite, wrong.BlindErp, "test_a_lost_reply_is_looked_up_and_gives_one_sale"),
        (
            CreateOrdersSuite,
            wrong.CarelessErp,
            "test_a_look_up_that_failed_is_not_taken_for_none",
        ),
        (CreateOrdersSuite, wrong.BoastingErp, "test_the_same_key_twice_is_one_sale"),
        (CreateOrdersSuite, wrong.BoastingErp, "test_the_same_key_at_the_same_time_is_one_sale"),
        (CreateOrdersSuite, wrong.BoastingErp, "test_a_lost_reply_then_the_same_call_is_one_sale"),
        (CreateOrdersSuite, wrong.SureErp, "test_a_time_out_is_looked_up_and_gives_one_sale"),
        (CreateOrdersSuite, wrong.ObligingErp, "test_a_total_that_differs_is_refused_whole"),
        (ReadStockSuite, wrong.FloatingErp, "test_on_hand_is_what_was_counted"),
        (
            ReadStockSuite,
            wrong.ForgettingDemandErp,
            "test_a_sale_promises_goods_until_they_leave",
        ),
        (
            CatalogueSuite,
            wrong.OffsetErp,
            "test_paging_loses_nothing_while_goods_come_and_go",
        ),
        (ReadPricesSuite, wrong.StalePriceErp, "test_a_changed_price_is_read_at_once"),
        (
            ReadPricesSuite,
            wrong.DatelessErp,
            "test_a_dated_line_counts_on_its_days_and_names_the_next_change",
        ),
        (
            CreateProductsSuite,
            wrong.TwinProductErp,
            "test_after_a_lost_reply_the_product_is_there_once",
        ),
        (ChangeFeedSuite, wrong.CountingErp, "test_only_acknowledged_rows_are_gone"),
        (ChangeFeedSuite, wrong.CountingErp, "test_a_change_committed_late_is_not_lost"),
    ],
)
async def test_a_wrong_erp_connector_is_caught(
    suite: type[Suite], connector: Any, expected: str
) -> None:
    keyed = connector is not wrong.BoastingErp
    assert expected in await failing(suite, lambda: SimErpHarness(connector, keyed=keyed))


@pytest.mark.parametrize("suite", [WriteStockSuite, WritePricesSuite, ReadOrdersSuite])
async def test_the_right_shop_connector_is_not_accused(suite: type[Suite]) -> None:
    assert await failing(suite, SimShopHarness) == set()


@pytest.mark.parametrize("suite", [CreateOrdersSuite, ReadStockSuite, ChangeFeedSuite])
async def test_the_right_erp_connector_is_not_accused(suite: type[Suite]) -> None:
    assert await failing(suite, SimErpHarness) == set()


def test_a_suite_test_cannot_be_overridden() -> None:
    with pytest.raises(TypeError, match="cannot be overridden"):

        class Sly(WriteStockSuite):
            async def test_writing_twice_stores_it_once(self, harness: object) -> None:
                """Nothing to see here."""


def test_two_suites_cannot_hide_a_test_of_each_other() -> None:
    class One(Suite):
        def test_it(self) -> None: ...

    class Two(Suite):
        def test_it(self) -> None: ...

    with pytest.raises(TypeError, match="would replace"):

        class Both(One, Two):
            pass
