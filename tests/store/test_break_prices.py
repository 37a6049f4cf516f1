"""What was true for so many pieces when the ERP was asked at every quantity break."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from panstore.model.contract import ContractPrice, PriceWish
from panstore.model.ids import ConnectionId, ExternalId
from panstore.store.break_prices import Spell, break_prices_true_at, price_then
from panstore.store.contract_prices import remember_prices
from panstore.store.database import Store
from panstore.store.price_changes import note_price_changes
from tests.store.samples import NOW

ERP = ConnectionId("erp")
LIST, VARIANT = ExternalId("L1"), ExternalId("v1")
MINUTE = dt.timedelta(minutes=1)
SLACK = dt.timedelta(seconds=2)


def _price(amount: int, quantity: int) -> ContractPrice:
    return ContractPrice(VARIANT, Decimal(quantity), Decimal(amount), Decimal(20), "EUR")


def _ask(store: Store, at: dt.datetime, **amounts: int) -> None:
    """The ERP was asked at these breaks: from1=12, from5=10."""
    prices = [_price(amount, int(name[4:])) for name, amount in amounts.items()]
    store.run(lambda c: remember_prices(c, ERP, LIST, "EUR", prices, at=at))


def _tell(store: Store, at: dt.datetime) -> None:
    """The list changes."""
    store.run(lambda c: note_price_changes(c, ERP, [("agreement", LIST)], now=at))


def _true(store: Store, quantity: int, at: dt.datetime) -> list[int]:
    wish = PriceWish(VARIANT, Decimal(quantity))
    found = store._read(
        lambda c: break_prices_true_at(c, ERP, LIST, "EUR", [wish], at=at, slack=SLACK)
    )
    return [int(one.amount or 0) for one in found.get(wish, [])]


@pytest.mark.parametrize(("quantity", "amount"), [(1, 12), (4, 12), (5, 10), (7, 10), (99, 8)])
def test_the_last_break_that_is_reached_decides(store: Store, quantity: int, amount: int) -> None:
    _ask(store, NOW, from1=12, from5=10, from20=8)
    assert _true(store, quantity, NOW + MINUTE) == [amount]
    assert _true(store, quantity, NOW - MINUTE) == []


def test_what_changed_about_then_is_both_the_latest_first(store: Store) -> None:
    _ask(store, NOW, from1=12, from5=10)
    _tell(store, NOW + MINUTE)
    _ask(store, NOW + MINUTE, from1=12, from5=9)
    assert _true(store, 7, NOW + MINUTE) == [9, 10]
    assert _true(store, 7, NOW + 2 * MINUTE) == [9]
    assert _true(store, 7, NOW + MINUTE / 2) == [10]
    assert _true(store, 4, NOW + MINUTE) == [12]


def test_what_was_told_to_have_changed_is_true_no_more_before_anybody_asks(store: Store) -> None:
    _ask(store, NOW, from1=12, from5=10)
    _tell(store, NOW + MINUTE)
    assert _true(store, 7, NOW + 2 * MINUTE) == []
    assert _true(store, 1, NOW + 2 * MINUTE) == []
    assert _true(store, 7, NOW + MINUTE / 2) == [10]


def test_between_a_change_and_the_next_question_fewer_pieces_say_nothing(store: Store) -> None:
    _ask(store, NOW, from1=12, from5=10)
    _tell(store, NOW + MINUTE)
    _ask(store, NOW + 3 * MINUTE, from1=12, from5=9)
    assert _true(store, 7, NOW + 2 * MINUTE) == [], "12 is the price of fewer than 5"
    assert _true(store, 4, NOW + 2 * MINUTE) == [12], "which has not changed"


def test_a_break_that_is_no_more_does_not_decide(store: Store) -> None:
    _ask(store, NOW, from1=12, from5=10)
    _tell(store, NOW + MINUTE)
    _ask(store, NOW + MINUTE, from1=12, from8=9)
    assert _true(store, 7, NOW + 2 * MINUTE) == [12]
    assert _true(store, 8, NOW + 2 * MINUTE) == [9]
    assert _true(store, 8, NOW + MINUTE / 2) == [10], "there was no break at 8 then"


def test_agreements_and_variants_apart(store: Store) -> None:
    _ask(store, NOW, from1=12)
    wish = PriceWish(ExternalId("v2"), Decimal(1))
    found = store._read(
        lambda c: break_prices_true_at(c, ERP, LIST, "EUR", [wish], at=NOW, slack=SLACK)
    )
    assert found == {}


@given(
    st.dictionaries(st.integers(1, 30), st.integers(1, 99), min_size=1),
    st.integers(1, 40),
    st.integers(0, 3),
)
def test_of_one_asking_it_is_the_price_of_the_largest_break_reached(
    amounts: dict[int, int], quantity: int, minutes: int
) -> None:
    spells = [Spell(Decimal(n), _price(amount, n), NOW, None) for n, amount in amounts.items()]
    found = price_then(spells, Decimal(quantity), NOW + minutes * MINUTE)
    reached = [n for n in amounts if n <= quantity]
    assert found == (_price(amounts[max(reached)], max(reached)) if reached else None)
