"""What a story asks the store for: one mark, one parked record, a place in line, codes, names."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from panstore.model.ids import ConnectionId, ExternalId, RouteId
from panstore.model.plan import Held
from panstore.model.product import Variant
from panstore.store.database import Store
from panstore.store.items import remember_variants, skus_of
from panstore.store.marks import WaitingMark, due_marks, find_mark, mark, postpone
from panstore.store.orders import find_orders, settle, store_order
from panstore.store.parked import close, find_by_key, park
from panstore.store.shortages import Waiting, orders_before, set_shortages
from tests.store.samples import MODULE, NOW, ROUTE, later, order

SECOND = RouteId("second")
E1, E2 = ExternalId("E1"), ExternalId("E2")


def test_a_mark_is_found_with_its_tries_until_it_is_worked(store: Store) -> None:
    store.run(lambda c: mark(c, ROUTE, MODULE, ["1"], now=NOW, cause="webhook"))
    found = store._read(lambda c: find_mark(c, ROUTE, MODULE, "1"))
    assert found == WaitingMark(marked_at=NOW, due_at=NOW, attempts=0, cause="webhook")
    [worked] = store._read(
        lambda c: due_marks(c, ROUTE, MODULE, shard=0, now=NOW, limit=1),
    )
    store.run(lambda c: postpone(c, [(worked, later(60))]))
    again = store._read(lambda c: find_mark(c, ROUTE, MODULE, "1"))
    assert again == WaitingMark(marked_at=NOW, due_at=later(60), attempts=1, cause="webhook")
    assert store._read(lambda c: find_mark(c, ROUTE, MODULE, "2")) is None


def test_a_parked_record_is_found_by_its_key_in_any_state(store: Store) -> None:
    held = [Held("1", "order.sum", "it does not add up", "W1")]
    store.run(lambda c: park(c, ROUTE, MODULE, held, now=NOW))
    found = store._read(lambda c: find_by_key(c, ROUTE, MODULE, "1"))
    assert found is not None
    assert (found.label, found.state) == ("W1", "open")
    store.run(lambda c: close(c, found.id, "skipped", now=later(1)))
    closed = store._read(lambda c: find_by_key(c, ROUTE, MODULE, "1"))
    assert closed is not None
    assert (closed.state, closed.closed_at) == ("skipped", later(1))
    assert store._read(lambda c: find_by_key(c, SECOND, MODULE, "1")) is None


def test_orders_are_counted_that_come_first_for_the_same_goods(store: Store) -> None:
    def wait(connection: sa.Connection, route: RouteId, key: str, *goods: ExternalId) -> None:
        missing = dict.fromkeys(goods, Decimal(1))
        set_shortages(connection, route, key, missing, priority=f"0/{key}", arrived=False)

    store.run(lambda c: wait(c, ROUTE, "1", E1))
    store.run(lambda c: wait(c, SECOND, "2", E1, E2))
    store.run(lambda c: wait(c, ROUTE, "3", E1, E2))

    def before(key: str, goods: ExternalId, *routes: RouteId) -> int:
        me = Waiting(ROUTE, key, f"0/{key}")
        return store._read(lambda c: orders_before(c, routes, goods, me))

    assert before("1", E1, ROUTE, SECOND) == 0
    assert before("3", E1, ROUTE, SECOND) == 2
    assert before("3", E2, ROUTE, SECOND) == 1
    assert before("3", E2, ROUTE) == 0


def test_codes_are_those_the_system_last_listed(store: Store) -> None:
    erp = ConnectionId("erp")
    listed = [Variant(E1, "SKU-1", "Pen"), Variant(E2, "", "Nameless")]
    store.run(lambda c: remember_variants(c, erp, listed, now=NOW))
    assert store._read(lambda c: skus_of(c, erp, [E1, E2, ExternalId("E3")])) == {E1: "SKU-1"}


def test_orders_are_found_by_id_and_by_number(store: Store) -> None:
    store.run(lambda c: store_order(c, ROUTE, order("1", ("V1", "1")), payload="a", now=NOW))
    same = order("W1", ("V1", "1"), placed_at=later(5))
    store.run(lambda c: store_order(c, SECOND, same, payload="b", now=NOW))
    store.run(lambda c: settle(c, ROUTE, "1", "imported", wake_at=later(60)))

    def find(wanted: str, *routes: RouteId) -> list[str]:
        return [row.order_id for row in store._read(lambda c: find_orders(c, routes, wanted))]

    assert find("W1", ROUTE, SECOND) == ["W1", "1"], "the newest first"
    assert find("W1", ROUTE) == ["1"]
    assert find("1", ROUTE, SECOND) == ["1"]
    assert find("2", ROUTE, SECOND) == []
    [row] = store._read(lambda c: find_orders(c, [ROUTE], "1"))
    assert row.wake_at == later(60)
