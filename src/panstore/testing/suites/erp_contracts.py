"""ReadAgreements: what a party pays is what the ERP itself would put on its sale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

import pytest

from panstore.model.contract import Agreement, ContractPrice, PriceWish
from panstore.model.ids import ExternalId
from panstore.sdk.contract_roles import ReadAgreements
from panstore.sdk.errors import RejectedError
from panstore.testing.suites.breaking import (
    assert_question_fails,
    assert_rate_limited,
    assert_unavailable,
)
from panstore.testing.suites.change_feed import about, drain
from panstore.testing.suites.harness import ErpHarness
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["AgreementHarness", "AgreementsSuite", "ListLine"]

_DAY = dt.timedelta(days=1)
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class ListLine:
    """One line of a price list; of several that fit, the first decides.

    Attributes:
        amount: net, per stock unit; None for a formula that fails.
        goods: the variant, or the category; None for everything.
        least: stock units from which it counts.
        starts, ends: first and last day; only where `dated_price_lists`.
    """

    amount: Decimal | None
    goods: ExternalId | None = None
    least: Decimal = Decimal(0)
    starts: dt.date | None = None
    ends: dt.date | None = None


class AgreementHarness(ErpHarness, Protocol):
    """An ERP whose parties buy by price lists."""

    async def add_list(self, *lines: ListLine) -> ExternalId:
        """A new price list."""

    async def change_list(self, price_list: ExternalId, *lines: ListLine) -> None:
        """Put other lines in the place of all that it has."""

    async def agree(self, party: ExternalId, price_list: ExternalId | None) -> None:
        """Give the party a list of its own, or none."""

    async def set_default_list(self, price_list: ExternalId | None) -> ExternalId | None:
        """Parties without a list of their own buy by this one, or by none; what it was before."""

    async def retire_party(self, party: ExternalId) -> None:
        """It buys no more, but stays known."""

    async def add_category(self, name: str, *variants: ExternalId) -> ExternalId:
        """A new category of goods with these in it; for `ListLine.goods`."""

    async def add_dozen(self, sku: str, *, price: Decimal) -> ExternalId:
        """A variant that is stocked by the piece and sold by the dozen; `price` is per piece."""

    async def set_cost(self, id_: ExternalId, cost: Decimal) -> None:
        """What one stock unit costs the company, net."""

    async def sale_prices(
        self, party: ExternalId, wanted: Sequence[tuple[ExternalId, Decimal]]
    ) -> Sequence[Decimal | None]:
        """Net price per stock unit that the ERP puts on a sale typed in for the party today.

        Args:
            wanted: what is sold and how many stock units of it.

        Returns:
            In the same order; None where it leaves the price open.
        """


def _reader(harness: AgreementHarness) -> ReadAgreements:
    connector = harness.connector
    assert isinstance(connector, ReadAgreements)
    assert connector.capabilities.contract_batch > 0
    return connector


async def _party(harness: AgreementHarness, number: int) -> ExternalId:
    return await harness.add_party(
        f"Conformance {number}", email=f"contract-{number}@example.com", vat_id=""
    )


async def _agreement(harness: AgreementHarness, party: ExternalId) -> Agreement:
    (found,) = await _reader(harness).agreements([party])
    assert_exact(found, "agreement")
    assert found.party == party
    return found


async def _prices(
    harness: AgreementHarness,
    price_list: ExternalId,
    *wanted: tuple[ExternalId, str],
    days: int = 0,
) -> Sequence[ContractPrice]:
    wishes = [PriceWish(id_, Decimal(quantity)) for id_, quantity in wanted]
    day = harness.today + days * _DAY
    prices = await _reader(harness).contract_prices(price_list, wishes, harness.currency, day)
    assert_exact(prices, "contract prices")
    found = {(price.variant, price.quantity): price for price in prices}
    assert len(found) == len(prices), "a wish was answered twice"
    return [found[wish.variant, wish.quantity] for wish in wishes]


async def _price(
    harness: AgreementHarness, price_list: ExternalId, id_: ExternalId, *, days: int = 0
) -> ContractPrice:
    (price,) = await _prices(harness, price_list, (id_, "1"), days=days)
    return price


class AgreementsSuite(Suite):
    """For ERPs whose parties may buy at prices of their own."""

    async def test_a_party_buys_by_its_own_list_else_by_the_default_one(
        self, harness: AgreementHarness
    ) -> None:
        own, usual = await harness.add_list(), await harness.add_list()
        party = await _party(harness, 1)
        before = await harness.set_default_list(None)
        try:
            assert (await _agreement(harness, party)).id is None
            await harness.set_default_list(usual)
            assert (await _agreement(harness, party)).id == usual
            await harness.agree(party, own)
            found = await _agreement(harness, party)
            assert (found.id, found.name, found.active) == (own, "Conformance 1", True)
            assert found.title, "people cannot tell which list it is"
            await harness.agree(party, None)
            assert (await _agreement(harness, party)).id == usual
        finally:
            await harness.set_default_list(before)

    async def test_parties_with_one_list_have_one_agreement(
        self, harness: AgreementHarness
    ) -> None:
        shared, other = await harness.add_list(), await harness.add_list()
        parties = [await _party(harness, number) for number in (2, 3, 4)]
        for party, price_list in zip(parties, (shared, shared, other), strict=True):
            await harness.agree(party, price_list)
        asked = [*parties, harness.unknown_id]
        found = {one.party: one.id for one in await _reader(harness).agreements(asked)}
        assert found == dict(zip(parties, (shared, shared, other), strict=True))

    async def test_a_party_that_buys_no_more_says_so(self, harness: AgreementHarness) -> None:
        party = await _party(harness, 5)
        await harness.retire_party(party)
        assert not (await _agreement(harness, party)).active

    async def test_an_agreed_price_is_told_whole(self, harness: AgreementHarness) -> None:
        id_ = await harness.add_variant("CONF-AGREED-1", price=Decimal("10.00"))
        await harness.set_cost(id_, Decimal("4.20"))
        price = await _price(harness, await harness.add_list(ListLine(Decimal("8.19"), id_)), id_)
        assert (price.amount, price.usual, price.cost) == (
            Decimal("8.19"),
            Decimal("10.00"),
            Decimal("4.20"),
        )
        assert (price.currency, price.includes_tax) == (harness.currency, False)
        assert price.tax_rates == (harness.vat_rate,)
        assert (price.valid_until, price.problem) == (None, "")

    async def test_a_cost_that_is_not_known_is_not_made_up(self, harness: AgreementHarness) -> None:
        id_ = await harness.add_variant("CONF-AGREED-2", price=Decimal(10))
        price_list = await harness.add_list(ListLine(_ONE, id_))
        assert (await _price(harness, price_list, id_)).cost is None

    async def test_what_is_read_is_what_a_sale_of_the_erp_charges(
        self, harness: AgreementHarness
    ) -> None:
        goods = [
            await harness.add_variant(f"CONF-AGREED-{number}", price=Decimal("9.99"))
            for number in (3, 4, 5)
        ]
        several = await harness.add_category("Conformance goods", goods[1])
        price_list = await harness.add_list(
            ListLine(Decimal("7.0001"), goods[0], least=Decimal(10)),
            ListLine(Decimal("8.1234"), goods[0]),
            ListLine(Decimal("6.5"), several, least=Decimal("2.5")),
        )
        party = await _party(harness, 6)
        await harness.agree(party, price_list)
        wanted = [
            (goods[0], "9.999"),
            (goods[0], "10"),
            (goods[0], "1"),
            (goods[1], "2.5"),
            (goods[1], "2"),
            (goods[2], "100"),
        ]
        read = [price.amount for price in await _prices(harness, price_list, *wanted)]
        charged = await harness.sale_prices(party, [(id_, Decimal(count)) for id_, count in wanted])
        assert read == list(charged)
        assert read == [
            Decimal("8.1234"),
            Decimal("7.0001"),
            Decimal("8.1234"),
            Decimal("6.5"),
            None,
            None,
        ]

    async def test_a_list_that_is_silent_is_not_answered_by_the_list_price(
        self, harness: AgreementHarness
    ) -> None:
        id_ = await harness.add_variant("CONF-AGREED-6", price=Decimal(10))
        other = await harness.add_variant("CONF-AGREED-7", price=Decimal(10))
        price_list = await harness.add_list(ListLine(Decimal(8), other))
        price = await _price(harness, price_list, id_)
        assert (price.amount, price.usual, price.problem) == (None, Decimal(10), "")

    async def test_a_price_of_zero_is_told_as_zero(self, harness: AgreementHarness) -> None:
        id_ = await harness.add_variant("CONF-AGREED-8", price=Decimal(10))
        price_list = await harness.add_list(ListLine(Decimal(0), id_))
        assert (await _price(harness, price_list, id_)).amount == Decimal(0)

    async def test_a_price_that_cannot_be_computed_disturbs_no_other(
        self, harness: AgreementHarness
    ) -> None:
        good, bad = [
            await harness.add_variant(f"CONF-AGREED-{number}", price=Decimal(10))
            for number in (9, 10)
        ]
        price_list = await harness.add_list(ListLine(None, bad), ListLine(Decimal(8), good))
        failed, right = await _prices(harness, price_list, (bad, "1"), (good, "1"))
        assert failed.problem
        assert failed.amount is None
        assert (right.amount, right.problem) == (Decimal(8), "")

    async def test_goods_sold_by_another_unit_are_priced_by_the_stock_unit(
        self, harness: AgreementHarness
    ) -> None:
        id_ = await harness.add_dozen("CONF-AGREED-11", price=_ONE)
        price_list = await harness.add_list(
            ListLine(Decimal("0.75"), id_, least=Decimal(24)), ListLine(Decimal("0.85"), id_)
        )
        party = await _party(harness, 7)
        await harness.agree(party, price_list)
        wanted = [(id_, "12"), (id_, "23"), (id_, "24")]
        prices = await _prices(harness, price_list, *wanted)
        assert [price.usual for price in prices] == [_ONE] * 3
        read = [price.amount for price in prices]
        assert read == [Decimal("0.85"), Decimal("0.85"), Decimal("0.75")]
        charged = await harness.sale_prices(party, [(id_, Decimal(count)) for _, count in wanted])
        assert read == list(charged)

    async def test_a_dated_line_of_an_agreement_names_the_next_change(
        self, harness: AgreementHarness
    ) -> None:
        if not harness.dated_price_lists:
            pytest.skip("price list lines have no dates here")
        id_ = await harness.add_variant("CONF-AGREED-12", price=Decimal(10))
        starts, ends = harness.today + 3 * _DAY, harness.today + 5 * _DAY
        price_list = await harness.add_list(
            ListLine(Decimal(7), id_, starts=starts, ends=ends), ListLine(Decimal(8), id_)
        )
        seen = [await _price(harness, price_list, id_, days=days) for days in (0, 3, 5, 6)]
        assert [price.amount for price in seen] == [Decimal(8), Decimal(7), Decimal(7), Decimal(8)]
        after = ends + _DAY
        assert [price.valid_until for price in seen] == [starts, after, after, None]

    async def test_a_changed_line_is_read_at_once(self, harness: AgreementHarness) -> None:
        id_ = await harness.add_variant("CONF-AGREED-13", price=Decimal(10))
        price_list = await harness.add_list(ListLine(Decimal(8), id_))
        assert (await _price(harness, price_list, id_)).amount == Decimal(8)
        await harness.change_list(price_list, ListLine(Decimal(6), id_))
        assert (await _price(harness, price_list, id_)).amount == Decimal(6)

    async def test_wishes_for_what_does_not_exist_are_left_out(
        self, harness: AgreementHarness
    ) -> None:
        id_ = await harness.add_variant("CONF-AGREED-14", price=Decimal(10))
        price_list = await harness.add_list(ListLine(Decimal(8), id_))
        wishes = [PriceWish(one, _ONE) for one in (harness.unknown_id, id_)]
        prices = await _reader(harness).contract_prices(
            price_list, wishes, harness.currency, harness.today
        )
        assert [price.variant for price in prices] == [id_]

    async def test_an_agreement_or_currency_that_is_not_there_is_refused(
        self, harness: AgreementHarness
    ) -> None:
        id_ = await harness.add_variant("CONF-AGREED-15", price=Decimal(10))
        price_list = await harness.add_list(ListLine(Decimal(8), id_))
        for agreement, currency, code in (
            (harness.unknown_id, harness.currency, "unknown_price_list"),
            (ExternalId("no such list"), harness.currency, "unknown_price_list"),
            (price_list, harness.inactive_currency, "currency_inactive"),
        ):
            with pytest.raises(RejectedError) as caught:
                await _reader(harness).contract_prices(
                    agreement, [PriceWish(id_, _ONE)], currency, harness.today
                )
            assert caught.value.code == code

    async def test_all_that_moves_an_agreed_price_is_in_the_feed(
        self, harness: AgreementHarness
    ) -> None:
        id_ = await harness.add_variant("CONF-AGREED-16", price=Decimal(10))
        price_list, other = await harness.add_list(), await harness.add_list()
        party = await _party(harness, 8)
        await drain(harness)
        await harness.change_list(price_list, ListLine(Decimal(8), id_))
        assert "price_list" in about(await drain(harness), price_list), "a line was added"
        await harness.change_list(price_list)
        assert "price_list" in about(await drain(harness), price_list), "a line was taken away"
        for chosen in (price_list, other, None):
            await harness.agree(party, chosen)
            assert "customer" in about(await drain(harness), party), "it buys by another list"
        await harness.set_cost(id_, Decimal(9))
        assert about(await drain(harness), id_) & {"price", "product"}, "it costs more"
        before = await harness.set_default_list(price_list)
        try:
            assert "price_list" in about(await drain(harness), price_list), "it is the default"
            await harness.set_default_list(other)
            told = await drain(harness)
            assert "price_list" in about(told, other), "it is the default"
            assert "price_list" in about(told, price_list), "it was the default"
        finally:
            await harness.set_default_list(before)
        assert "price_list" in about(await drain(harness), other), "it is the default no more"

    async def test_a_retired_party_is_in_the_feed(self, harness: AgreementHarness) -> None:
        party = await _party(harness, 9)
        await drain(harness)
        await harness.retire_party(party)
        assert "customer" in about(await drain(harness), party)

    async def test_broken_answers_are_no_agreements(self, harness: AgreementHarness) -> None:
        id_ = await harness.add_variant("CONF-AGREED-17", price=Decimal(10))
        price_list = await harness.add_list(ListLine(Decimal(8), id_))
        party, reader = await _party(harness, 10), _reader(harness)
        wishes = [PriceWish(id_, _ONE)]
        for what in ("lost", "cut", "garbage", "gateway_time_out"):
            await assert_question_fails(harness, what, lambda: reader.agreements([party]))
            await assert_question_fails(
                harness,
                what,
                lambda: reader.contract_prices(price_list, wishes, harness.currency, harness.today),
            )
        await assert_unavailable(harness, lambda: reader.agreements([party]))
        await assert_rate_limited(harness, lambda: reader.agreements([party]))
