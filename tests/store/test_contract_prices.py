"""Prices and agreements as the ERP gave them: last known, true at a moment, forgotten."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa
from msgspec.structs import replace

from panstore.model.contract import Agreement, ContractPrice, PriceWish
from panstore.model.ids import ConnectionId, ExternalId
from panstore.store.contract_prices import (
    forget_contract_prices,
    last_known_prices,
    prices_true_at,
    remember_prices,
)
from panstore.store.database import Store
from panstore.store.party_agreements import (
    agreements_at,
    last_known_agreement,
    remember_agreements,
)
from panstore.store.price_changes import PriceChange, note_price_changes
from panstore.store.tables import contract_prices, party_agreements
from tests.store.samples import NOW

ERP = ConnectionId("erp")
LIST, OTHER = ExternalId("L1"), ExternalId("L2")
PARTY = ExternalId("P1")
V1 = ExternalId("v1")
WISH = PriceWish(V1, Decimal(1))
MINUTE = dt.timedelta(minutes=1)
SLACK = dt.timedelta(seconds=2)


def _price(amount: str | None, variant: ExternalId = V1, quantity: str = "1") -> ContractPrice:
    given = None if amount is None else Decimal(amount)
    return ContractPrice(variant, Decimal(quantity), given, Decimal(10), "EUR", cost=Decimal(3))


def _remember(
    store: Store, *prices: ContractPrice, at: dt.datetime = NOW, agreement: ExternalId = LIST
) -> int:
    return store.run(lambda c: remember_prices(c, ERP, agreement, "EUR", prices, at=at))


def _last(
    store: Store, wish: PriceWish = WISH, agreement: ExternalId = LIST
) -> tuple[ContractPrice, dt.datetime] | None:
    found = store._read(lambda c: last_known_prices(c, ERP, agreement, "EUR", [wish]))
    return found.get(wish)


def _true(store: Store, at: dt.datetime) -> list[Decimal | None]:
    found = store._read(lambda c: prices_true_at(c, ERP, LIST, "EUR", [WISH], at=at, slack=SLACK))
    return [price.amount for price in found.get(WISH, [])]


def _rows(store: Store, table: sa.Table = contract_prices) -> int:
    return store._read(
        lambda c: c.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
    )


def test_the_last_price_is_known_by_agreement_variant_and_quantity(store: Store) -> None:
    assert _remember(store, _price("8"), _price("7", quantity="10.0")) == 2
    _remember(store, _price("1"), agreement=OTHER)
    assert _last(store) == (_price("8"), NOW)
    ten = _last(store, PriceWish(V1, Decimal("1E+1")))
    assert ten is not None
    assert ten[0].amount == 7
    assert _last(store, PriceWish(V1, Decimal(2))) is None


def test_the_same_price_is_written_again_once_an_hour(store: Store) -> None:
    _remember(store, _price("8"))
    assert _remember(store, _price("8.00"), at=NOW + MINUTE) == 0
    assert _last(store) == (_price("8"), NOW)
    assert _remember(store, _price("8"), at=NOW + 60 * MINUTE) == 1
    assert _last(store) == (_price("8"), NOW + 60 * MINUTE)
    assert _rows(store) == 1


def test_another_cost_is_no_other_price(store: Store) -> None:
    _remember(store, _price("8"))
    dearer = replace(_price("8"), cost=Decimal(4))
    assert _remember(store, dearer, at=NOW + MINUTE) == 1
    assert _last(store) == (dearer, NOW + MINUTE)
    assert _rows(store) == 1


def test_a_cost_that_passes_the_price_ends_what_was_shown(store: Store) -> None:
    _remember(store, _price("8"))
    dearer = replace(_price("8"), cost=Decimal(9))
    assert _remember(store, dearer, at=NOW + MINUTE) == 1
    found = store._read(
        lambda c: prices_true_at(c, ERP, LIST, "EUR", [WISH], at=NOW, slack=SLACK)[WISH]
    )
    assert [price.cost for price in found] == [Decimal(3)]
    assert _last(store) == (dearer, NOW + MINUTE)


def test_what_was_true_at_a_moment_is_known_when_it_is_true_no_more(store: Store) -> None:
    _remember(store, _price("8"))
    assert _remember(store, _price("9"), at=NOW + MINUTE) == 1
    _remember(store, _price(None), at=NOW + 2 * MINUTE)
    second = dt.timedelta(seconds=1)
    assert _true(store, NOW - 3 * second) == []
    assert _true(store, NOW - second) == [8]
    assert _true(store, NOW + MINUTE / 2) == [8]
    assert _true(store, NOW + MINUTE + second) == [9, 8]
    assert _true(store, NOW + MINUTE + 3 * second) == [9]
    assert _true(store, NOW + 5 * MINUTE) == [None]


def test_an_older_answer_that_comes_later_changes_nothing(store: Store) -> None:
    _remember(store, _price("9"), at=NOW + MINUTE)
    assert _remember(store, _price("8"), at=NOW) == 0
    assert _last(store) == (_price("9"), NOW + MINUTE)


def test_agreements_are_kept_like_prices_and_without_names(store: Store) -> None:
    def remember(agreement: ExternalId | None, at: dt.datetime) -> None:
        given = Agreement(PARTY, agreement, name="Novak d.o.o.", title="Partners")
        store.run(lambda c: remember_agreements(c, ERP, [given], at=at))

    def last() -> tuple[Agreement, dt.datetime] | None:
        return store._read(lambda c: last_known_agreement(c, ERP, PARTY))

    def true_at(at: dt.datetime) -> list[ExternalId | None]:
        found = store._read(lambda c: agreements_at(c, ERP, PARTY, at=at, slack=SLACK))
        return [one.id for one in found]

    assert last() is None
    remember(LIST, NOW)
    remember(LIST, NOW + MINUTE)
    assert last() == (Agreement(PARTY, LIST, title="Partners"), NOW)
    remember(LIST, NOW + 60 * MINUTE)
    assert last() == (Agreement(PARTY, LIST, title="Partners"), NOW + 60 * MINUTE)
    remember(None, NOW + 90 * MINUTE)
    remember(LIST, NOW + 80 * MINUTE)
    assert last() == (Agreement(PARTY, None, title="Partners"), NOW + 90 * MINUTE)
    assert true_at(NOW + MINUTE) == [LIST]
    assert true_at(NOW + 90 * MINUTE) == [None, LIST]
    assert true_at(NOW + 100 * MINUTE) == [None]
    assert _rows(store, party_agreements) == 2


def test_what_ended_or_was_not_asked_for_since_is_forgotten(store: Store) -> None:
    _remember(store, _price("8"))
    _remember(store, _price("9"), at=NOW + MINUTE)
    _remember(store, _price("5", ExternalId("v2")), at=NOW + 5 * MINUTE)
    assert store.run(lambda c: forget_contract_prices(c, before=NOW + MINUTE)) == 0
    assert store.run(lambda c: forget_contract_prices(c, before=NOW + 3 * MINUTE)) == 2
    assert _last(store) is None
    assert _rows(store) == 1


def test_a_price_was_true_until_its_change_was_noticed_not_until_somebody_asked(
    store: Store,
) -> None:
    changes: tuple[tuple[PriceChange, int], ...] = (
        (("variant", "another"), 1),
        (("agreement", LIST), 5),
        (("variant", V1), 7),
    )
    _remember(store, _price("7.00"))
    for change, minutes in changes:
        at = NOW + minutes * MINUTE
        store.run(lambda c, one=change, at=at: note_price_changes(c, ERP, [one], now=at))  # type: ignore[misc]
    _remember(store, _price("5.00"), at=NOW + 30 * MINUTE)
    assert _true(store, NOW + 4 * MINUTE) == [Decimal("7.00")]
    assert _true(store, NOW + 6 * MINUTE) == []
    assert _true(store, NOW + 30 * MINUTE) == [Decimal("5.00")]


def test_a_price_that_was_read_again_after_a_change_holds_from_then_on(store: Store) -> None:
    _remember(store, _price("7.00"))
    for minutes in (5, 15):
        at = NOW + minutes * MINUTE
        store.run(lambda c, at=at: note_price_changes(c, ERP, [("all", "")], now=at))  # type: ignore[misc]
        if minutes == 5:
            _remember(store, _price("7.00"), at=NOW + 6 * MINUTE)
    _remember(store, _price("5.00"), at=NOW + 30 * MINUTE)
    assert _true(store, NOW + 14 * MINUTE) == [Decimal("7.00")]
    assert _true(store, NOW + 16 * MINUTE) == []
