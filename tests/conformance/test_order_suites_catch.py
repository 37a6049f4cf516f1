"""Wrong connectors of the order roles are caught by the test that names their mistake."""

from __future__ import annotations

from typing import Any

import pytest

from panstore.testing.suites import (
    BookedOrdersSuite,
    CancelOrdersSuite,
    IssueInvoicesSuite,
    ReadDocumentsSuite,
    ReserveGoodsSuite,
    Suite,
    UpdateOrdersSuite,
)
from tests.conformance import wrong_order_connectors as wrong
from tests.conformance.catching import failing
from tests.conformance.simulated import SimErpHarness, SimShopHarness


@pytest.mark.parametrize(
    ("suite", "connector", "expected"),
    [
        (
            CancelOrdersSuite,
            wrong.RuthlessErp,
            "test_a_sale_of_which_something_has_left_is_not_cancelled",
        ),
        (
            CancelOrdersSuite,
            wrong.RuthlessErp,
            "test_a_sale_with_an_issued_invoice_is_not_cancelled",
        ),
        (
            CancelOrdersSuite,
            wrong.SwallowingErp,
            "test_a_sale_with_an_issued_invoice_is_not_cancelled",
        ),
        (
            CancelOrdersSuite,
            wrong.SureErp,
            "test_after_a_broken_reply_the_look_up_says_whether_it_is_cancelled",
        ),
        (ReserveGoodsSuite, wrong.GreedyErp, "test_only_what_is_there_is_set_aside"),
        (ReserveGoodsSuite, wrong.GreedyErp, "test_two_sales_do_not_get_the_same_piece"),
        (ReserveGoodsSuite, wrong.HopefulErp, "test_only_what_is_there_is_set_aside"),
        (
            ReserveGoodsSuite,
            wrong.EagerErp,
            "test_all_or_nothing_takes_nothing_where_something_is_short",
        ),
        (ReserveGoodsSuite, wrong.KeepingErp, "test_what_is_given_back_is_free_and_the_sale_stays"),
        (
            ReserveGoodsSuite,
            wrong.OnePageErp,
            "test_sales_with_goods_set_aside_are_listed_page_by_page",
        ),
        (
            ReserveGoodsSuite,
            wrong.SureErp,
            "test_after_a_broken_reply_the_look_up_says_what_is_set_aside",
        ),
        (IssueInvoicesSuite, wrong.BoastingErp, "test_the_same_key_twice_is_one_invoice"),
        (
            IssueInvoicesSuite,
            wrong.BoastingErp,
            "test_the_same_key_at_the_same_time_is_one_invoice",
        ),
        (IssueInvoicesSuite, wrong.BoastingErp, "test_an_invoice_is_taken_back_once"),
        (IssueInvoicesSuite, wrong.DoublingErp, "test_after_a_broken_reply_there_is_one_invoice"),
        (
            IssueInvoicesSuite,
            wrong.DoublingErp,
            "test_after_a_broken_reply_there_is_one_credit_note",
        ),
        (IssueInvoicesSuite, wrong.SureErp, "test_after_a_broken_reply_there_is_one_invoice"),
        (
            IssueInvoicesSuite,
            wrong.AnonymousErp,
            "test_an_invoice_is_issued_dated_and_to_the_cent",
        ),
        (IssueInvoicesSuite, wrong.SwallowingErp, "test_what_is_invoiced_is_not_invoiced_again"),
        (IssueInvoicesSuite, wrong.WholesaleErp, "test_what_has_left_is_invoiced_part_by_part"),
        (
            IssueInvoicesSuite,
            wrong.RefundingErp,
            "test_a_credit_note_takes_the_whole_invoice_back",
        ),
        (BookedOrdersSuite, wrong.RememberingErp, "test_parcels_are_told_as_they_leave"),
        (BookedOrdersSuite, wrong.RememberingErp, "test_a_return_is_told_when_its_goods_are_in"),
        (BookedOrdersSuite, wrong.OutboundErp, "test_a_return_is_told_when_its_goods_are_in"),
        (
            BookedOrdersSuite,
            wrong.DeafErp,
            "test_what_happens_to_a_sale_is_in_the_feed_under_our_key",
        ),
        (ReadDocumentsSuite, wrong.HelpfulErp, "test_what_is_not_issued_is_refused"),
        (ReadDocumentsSuite, wrong.ReckoningErp, "test_an_invoice_is_the_orders_and_adds_up"),
        (ReadDocumentsSuite, wrong.ReckoningErp, "test_several_rates_and_charges_add_up"),
        (ReadDocumentsSuite, wrong.StrangersErp, "test_what_is_not_there_is_an_error"),
    ],
)
async def test_a_wrong_erp_connector_is_caught(
    suite: type[Suite], connector: Any, expected: str
) -> None:
    keyed = connector is not wrong.BoastingErp
    assert expected in await failing(suite, lambda: SimErpHarness(connector, keyed=keyed))


@pytest.mark.parametrize(
    ("connector", "expected"),
    [
        (wrong.RepeatingShop, "test_the_same_key_twice_is_told_once"),
        (wrong.RepeatingShop, "test_the_same_key_at_the_same_time_is_told_once"),
        (wrong.RepeatingShop, "test_after_a_broken_reply_it_is_told_once"),
        (wrong.RepeatingShop, "test_an_old_update_told_again_undoes_nothing"),
        (wrong.TaciturnShop, "test_status_parcels_and_invoices_are_there_once"),
        (wrong.LinklessShop, "test_status_parcels_and_invoices_are_there_once"),
        (wrong.LinklessShop, "test_links_can_be_all_there_is_to_tell"),
        (wrong.ForgetfulShop, "test_what_is_told_later_comes_on_top"),
        (wrong.ForgetfulShop, "test_links_can_be_all_there_is_to_tell"),
        (wrong.LinkingShop, "test_the_same_key_twice_is_told_once"),
        (wrong.LinkingShop, "test_the_same_key_at_the_same_time_is_told_once"),
        (wrong.PiecemealShop, "test_a_status_that_does_not_fit_is_refused_whole"),
        (wrong.SureShop, "test_after_a_broken_reply_it_is_told_once"),
        (wrong.ContentShop, "test_a_status_that_does_not_fit_is_refused_whole"),
        (wrong.ContentShop, "test_an_order_that_is_not_there_is_an_error"),
    ],
)
async def test_a_wrong_shop_connector_is_caught(connector: Any, expected: str) -> None:
    assert expected in await failing(UpdateOrdersSuite, lambda: SimShopHarness(connector))


@pytest.mark.parametrize(
    "suite",
    [
        BookedOrdersSuite,
        CancelOrdersSuite,
        ReserveGoodsSuite,
        IssueInvoicesSuite,
        ReadDocumentsSuite,
    ],
)
async def test_the_right_erp_connector_is_not_accused(suite: type[Suite]) -> None:
    assert await failing(suite, SimErpHarness) == set()


async def test_the_right_shop_connector_is_not_accused() -> None:
    assert await failing(UpdateOrdersSuite, SimShopHarness) == set()
