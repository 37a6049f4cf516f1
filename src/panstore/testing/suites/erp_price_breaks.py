"""ReadAgreements: from which quantities another price may hold, and that there are no others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

import pytest

from panstore.model.contract import ContractPrice, PriceWish
from panstore.model.ids import ExternalId
from panstore.sdk.contract_roles import ReadAgreements
from panstore.sdk.errors import RejectedError
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
)
from panstore.testing.suites.erp_contracts import AgreementHarness, ListLine
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["PriceBreaksSuite"]

_DAY = dt.timedelta(days=1)
_HALF = Decimal("0.5")
_LITTLE = Decimal("0.001")
_MOST = 40

Breaks = Mapping[ExternalId, tuple[Decimal, ...]]


def _reader(harness: AgreementHarness) -> ReadAgreements:
    connector = harness.connector
    assert isinstance(connector, ReadAgreements)
    return connector


async def _breaks(
    harness: AgreementHarness, price_list: ExternalId, *variants: ExternalId, days: int = 0
) -> Breaks:
    day = harness.today + days * _DAY
    found = await _reader(harness).price_breaks(price_list, variants, day)
    assert_exact(found, "price breaks")
    for variant, breaks in found.items():
        assert variant in variants, "nobody asked for it"
        assert all(quantity > 0 for quantity in breaks)
        assert list(breaks) == sorted(set(breaks)), "they are not in their order, each once"
    return found


async def _prices(
    harness: AgreementHarness,
    price_list: ExternalId,
    wanted: Sequence[tuple[ExternalId, Decimal]],
    *,
    days: int = 0,
) -> dict[tuple[ExternalId, Decimal], ContractPrice]:
    reader, day = _reader(harness), harness.today + days * _DAY
    most = harness.connector.capabilities.contract_batch
    wishes = [PriceWish(*one) for one in dict.fromkeys(wanted)]
    found: list[ContractPrice] = []
    for start in range(0, len(wishes), most):
        some = wishes[start : start + most]
        found += await reader.contract_prices(price_list, some, harness.currency, day)
    return {(price.variant, price.quantity): price for price in found}


async def _assert_explained(
    harness: AgreementHarness,
    price_list: ExternalId,
    *variants: ExternalId,
    days: int = 0,
) -> dict[ExternalId, list[Decimal]]:
    """Every quantity has the price of the last break at or below it.

    Returns:
        The quantities at which the price turned out to be another one, of each variant.
    """
    breaks = await _breaks(harness, price_list, *variants, days=days)
    ladder = [_HALF * step for step in range(1, 2 * _MOST + 1)]
    wanted = [
        (variant, quantity)
        for variant in variants
        for edge in breaks.get(variant, ())
        for quantity in (edge, edge - _LITTLE)
        if quantity > 0
    ]
    wanted += [(variant, quantity) for variant in variants for quantity in ladder]
    prices = await _prices(harness, price_list, wanted, days=days)
    turned: dict[ExternalId, list[Decimal]] = {variant: [] for variant in variants}
    for variant in variants:
        edges = set(breaks.get(variant, ()))
        quantities = sorted(quantity for one, quantity in prices if one == variant)
        amounts = {quantity: prices[variant, quantity].amount for quantity in quantities}
        for before, quantity in pairwise(quantities):
            if amounts[before] != amounts[quantity]:
                assert quantity in edges, (
                    f"{quantity} of {variant} cost {amounts[quantity]} each, "
                    f"{before} cost {amounts[before]}, and no break was told"
                )
                turned[variant].append(quantity)
    return turned


class PriceBreaksSuite(Suite):
    """For ERPs whose parties may buy at prices of their own, where shops keep prices."""

    async def test_the_price_changes_at_no_quantity_that_was_not_told(
        self, harness: AgreementHarness
    ) -> None:
        own, member, other = [
            await harness.add_variant(f"CONF-BREAK-{number}", price=Decimal(10))
            for number in (1, 2, 3)
        ]
        goods = await harness.add_category("Conformance breaks", member)
        price_list = await harness.add_list(
            ListLine(Decimal(5), own, least=Decimal(24)),
            ListLine(Decimal(6), own, least=Decimal("2.5")),
            ListLine(Decimal(7), goods, least=Decimal(6)),
            ListLine(Decimal(8), least=Decimal(36)),
            ListLine(Decimal(9)),
        )
        turned = await _assert_explained(harness, price_list, own, member, other)
        assert turned == {
            own: [Decimal("2.5"), Decimal(24)],
            member: [Decimal(6)],
            other: [Decimal(36)],
        }

    async def test_a_line_that_only_begins_or_ends_to_have_prices_has_breaks(
        self, harness: AgreementHarness
    ) -> None:
        """From a quantity on an agreement may speak or fail where it was silent."""
        silent, failing = [
            await harness.add_variant(f"CONF-BREAK-{number}", price=Decimal(10))
            for number in (4, 5)
        ]
        price_list = await harness.add_list(
            ListLine(Decimal(5), silent, least=Decimal(12)),
            ListLine(None, failing, least=Decimal(8)),
            ListLine(Decimal(9), failing),
        )
        turned = await _assert_explained(harness, price_list, silent, failing)
        assert turned == {silent: [Decimal(12)], failing: [Decimal(8)]}

    async def test_breaks_are_in_the_stock_unit(self, harness: AgreementHarness) -> None:
        id_ = await harness.add_dozen("CONF-BREAK-6", price=Decimal(1))
        price_list = await harness.add_list(
            ListLine(Decimal("0.75"), id_, least=Decimal(24)), ListLine(Decimal("0.85"), id_)
        )
        turned = await _assert_explained(harness, price_list, id_)
        assert turned == {id_: [Decimal(24)]}

    async def test_a_line_of_that_day_has_its_break(self, harness: AgreementHarness) -> None:
        if not harness.dated_price_lists:
            pytest.skip("price list lines have no dates here")
        id_ = await harness.add_variant("CONF-BREAK-7", price=Decimal(10))
        starts, ends = harness.today + 3 * _DAY, harness.today + 5 * _DAY
        price_list = await harness.add_list(
            ListLine(Decimal(6), id_, least=Decimal(15), starts=starts, ends=ends),
            ListLine(Decimal(8), id_),
        )
        turned = [
            (await _assert_explained(harness, price_list, id_, days=days))[id_]
            for days in (0, 3, 5, 6)
        ]
        assert turned == [[], [Decimal(15)], [Decimal(15)], []]

    async def test_what_is_not_there_has_no_breaks(self, harness: AgreementHarness) -> None:
        id_ = await harness.add_variant("CONF-BREAK-8", price=Decimal(10))
        price_list = await harness.add_list(ListLine(Decimal(8), id_))
        found = await _breaks(harness, price_list, harness.unknown_id, id_)
        assert not found.get(harness.unknown_id)
        with pytest.raises(RejectedError) as caught:
            await _breaks(harness, harness.unknown_id, id_)
        assert caught.value.code == "unknown_price_list"

    async def test_broken_answers_are_not_a_list_without_breaks(
        self, harness: AgreementHarness
    ) -> None:
        id_ = await harness.add_variant("CONF-BREAK-9", price=Decimal(10))
        price_list = await harness.add_list(ListLine(Decimal(8), id_, least=Decimal(3)))
        reader = _reader(harness)
        for what in ("lost", "cut", "garbage", "gateway_time_out"):
            await assert_question_fails(
                harness, what, lambda: reader.price_breaks(price_list, [id_], harness.today)
            )
        await assert_unavailable(
            harness, lambda: reader.price_breaks(price_list, [id_], harness.today)
        )
        await assert_rate_limited(
            harness, lambda: reader.price_breaks(price_list, [id_], harness.today)
        )
