"""Orders name the ids that their goods had when they were placed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId, ItemId
from panstore.store.database import Store
from panstore.store.demand import open_demand, unlinked_variants
from panstore.store.items import add_links, links_by_shop
from panstore.store.orders import store_order
from panstore.store.remade import move_link
from tests.store.samples import NOW, ROUTE, link, order

E1, E2 = ExternalId("E1"), ExternalId("E2")
V1, V2, V7, V8 = (ExternalId(f"V{n}") for n in (1, 2, 7, 8))


@pytest.fixture
def moved(store: Store) -> Store:
    """An article that was V1, then V7, and is V8 now; each id is in an order."""
    item = link(1).item
    store.run(lambda c: add_links(c, [link(1)], now=NOW))
    for new in (V7, V8):
        _move(store, item, new)
    for number, variant in enumerate((V1, V7, V8)):
        _buy(store, str(number), variant)
    return store


def _move(store: Store, item: ItemId, new: ExternalId) -> None:
    store.run(lambda c: move_link(c, ROUTE, item, "shop", new, Decimal(1)))


def _buy(store: Store, number: str, variant: ExternalId) -> None:
    bought = order(number, (variant, "2"))
    store.run(lambda c: store_order(c, ROUTE, bought, payload="p", now=NOW))


def _unlinked(store: Store, number: str) -> list[ExternalId]:
    return store._read(lambda c: unlinked_variants(c, ROUTE, number))


def _demand(store: Store) -> dict[ExternalId, Decimal]:
    return store._read(lambda c: open_demand(c, [ROUTE], [E1, E2]))


def test_orders_hold_goods_under_all_ids_they_ever_had(moved: Store) -> None:
    assert _demand(moved) == {E1: Decimal(6)}
    found = moved._read(lambda c: links_by_shop(c, ROUTE, [V1, V7, V8, V2]))
    assert {old: one.shop for old, one in found.items()} == dict.fromkeys((V1, V7, V8), V8)
    assert [_unlinked(moved, str(number)) for number in range(3)] == [[], [], []]


def test_an_id_that_another_article_has_been_given_since_means_that_one(moved: Store) -> None:
    item = link(2).item
    moved.run(lambda c: add_links(c, [link(2)], now=NOW))
    _move(moved, item, V1)
    assert _demand(moved) == {E1: Decimal(4), E2: Decimal(2)}
    found = moved._read(lambda c: links_by_shop(c, ROUTE, [V1]))
    assert found[V1].erp == E2


def test_an_article_may_come_back_to_an_id_it_had(moved: Store) -> None:
    item = link(1).item
    _move(moved, item, V1)
    assert _demand(moved) == {E1: Decimal(6)}
    _move(moved, item, V8)
    assert _demand(moved) == {E1: Decimal(6)}
