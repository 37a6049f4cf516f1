"""Each wrong reading of agreements is caught by the test that names it, a right one by none."""

from __future__ import annotations

from typing import Any

import pytest

from panstore.testing.suites import AgreementsSuite, PriceBreaksSuite
from tests.conformance import wrong_contract_connectors as wrong
from tests.conformance.catching import failing
from tests.conformance.simulated import SimErpHarness


@pytest.mark.parametrize(
    ("connector", "expected"),
    [
        (wrong.PieceErp, "test_what_is_read_is_what_a_sale_of_the_erp_charges"),
        (
            wrong.PieceErp,
            "test_goods_sold_by_another_unit_are_priced_by_the_stock_unit",
        ),
        (wrong.GenerousErp, "test_a_list_that_is_silent_is_not_answered_by_the_list_price"),
        (wrong.CheerfulErp, "test_a_price_that_cannot_be_computed_disturbs_no_other"),
        (wrong.ConfusedErp, "test_a_price_of_zero_is_told_as_zero"),
        (wrong.TimelessContractErp, "test_a_dated_line_of_an_agreement_names_the_next_change"),
        (wrong.CallousErp, "test_an_agreement_or_currency_that_is_not_there_is_refused"),
        (wrong.ObliviousErp, "test_a_party_buys_by_its_own_list_else_by_the_default_one"),
        (wrong.ObliviousErp, "test_broken_answers_are_no_agreements"),
        (wrong.DeafErp, "test_all_that_moves_an_agreed_price_is_in_the_feed"),
    ],
)
async def test_a_wrong_contract_connector_is_caught(connector: Any, expected: str) -> None:
    assert expected in await failing(AgreementsSuite, lambda: SimErpHarness(connector))


@pytest.mark.parametrize(
    ("connector", "expected"),
    [
        (wrong.ForgetfulErp, "test_the_price_changes_at_no_quantity_that_was_not_told"),
        (
            wrong.ForgetfulErp,
            "test_a_line_that_only_begins_or_ends_to_have_prices_has_breaks",
        ),
        (wrong.ForgetfulErp, "test_breaks_are_in_the_stock_unit"),
        (wrong.ForgetfulErp, "test_a_line_of_that_day_has_its_break"),
        (wrong.CoarseErp, "test_the_price_changes_at_no_quantity_that_was_not_told"),
        (wrong.ShortsightedErp, "test_what_is_not_there_has_no_breaks"),
        (wrong.ShortsightedErp, "test_broken_answers_are_not_a_list_without_breaks"),
    ],
)
async def test_a_connector_that_tells_wrong_breaks_is_caught(connector: Any, expected: str) -> None:
    assert expected in await failing(PriceBreaksSuite, lambda: SimErpHarness(connector))


async def test_the_right_connector_is_not_accused() -> None:
    for suite in (AgreementsSuite, PriceBreaksSuite):
        assert await failing(suite, SimErpHarness) == set()
