"""What the ERP knows of an order's goods, and who stands in line for goods that are short."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import sqlalchemy as sa

from panstore.model.ids import ExternalId, RouteId
from panstore.model.order import Refund, RefundedLine
from panstore.model.tax import Charged
from panstore.store.database import Store
from panstore.store.demand import open_demand, set_booked
from panstore.store.facts import FactRow, NewIntent, add_fact, begin_intent, facts_of, order_of_key
from panstore.store.items import add_links
from panstore.store.orders import has_waking, list_orders, settle, store_order, take_waking
from panstore.store.shortages import (
    Waiting,
    arrive,
    arrived,
    clear_arrived,
    forget_shortages,
    next_in_line,
    place_of,
    set_shortages,
    shortages_of,
    somebody_before,
    try_again,
)
from tests.store.samples import NOW, ROUTE, later, link, order

SECOND = RouteId("second")
E1, E2 = ExternalId("E1"), ExternalId("E2")
V1, V2 = ExternalId("V1"), ExternalId("V2")
BOTH = [ROUTE, SECOND]


@pytest.fixture
def linked(store: Store) -> Store:
    made = [link(1), link(2, factor=Decimal(12))]
    store.run(lambda c: add_links(c, made, now=NOW))
    return store


def _demand(store: Store) -> dict[ExternalId, Decimal]:
    found = store._read(lambda c: open_demand(c, [ROUTE], [E1, E2]))
    return {variant: quantity for variant, quantity in found.items() if quantity}


def test_only_what_the_erp_does_not_know_is_promised(linked: Store) -> None:
    linked.run(lambda c: store_order(c, ROUTE, order("1", ("V1", "2")), payload="p", now=NOW))
    linked.run(lambda c: settle(c, ROUTE, "1", "imported"))
    linked.run(lambda c: set_booked(c, ROUTE, "1", {V1: Decimal(2)}))
    assert _demand(linked) == {}
    # The order grows in the shop: the difference is promised until the ERP has it too.
    grown = order("1", ("V1", "3"), ("V1", "1"), ("V2", "1"))
    linked.run(lambda c: store_order(c, ROUTE, grown, payload="p", now=later(1)))
    assert _demand(linked) == {E1: Decimal(2), E2: Decimal(12)}
    linked.run(lambda c: set_booked(c, ROUTE, "1", {V1: Decimal(4), V2: Decimal(1)}))
    assert _demand(linked) == {}
    # Its sale is about to be cancelled: everything is promised here again.
    linked.run(lambda c: set_booked(c, ROUTE, "1", {}))
    assert _demand(linked) == {E1: Decimal(4), E2: Decimal(12)}


def test_what_was_given_back_is_not_wanted_any_more(linked: Store) -> None:
    whole = order("1", ("V1", "3"), ("V2", "1"))
    money = Charged(Decimal(1), Decimal(0), Decimal(1), Decimal(0))
    [first, second] = whole.lines
    back = Refund(
        ExternalId("r"),
        NOW,
        Decimal(2),
        (RefundedLine(first.id, Decimal(2), money), RefundedLine(second.id, Decimal(1), money)),
    )
    refunded = type(whole)(
        **{f: getattr(whole, f) for f in whole.__struct_fields__} | {"refunds": (back,)}
    )
    linked.run(lambda c: store_order(c, ROUTE, refunded, payload="p", now=NOW))
    assert _demand(linked) == {E1: Decimal(1)}


def test_an_order_is_waked_once(store: Store) -> None:
    store.run(lambda c: store_order(c, ROUTE, order("1", ("V1", "2")), payload="p", now=NOW))
    store.run(lambda c: settle(c, ROUTE, "1", "imported", wake_at=later(60)))
    assert not store._read(lambda c: has_waking(c, now=later(59)))
    assert store.run(lambda c: take_waking(c, now=later(59))) == []
    assert store._read(lambda c: has_waking(c, now=later(60)))
    assert store.run(lambda c: take_waking(c, now=later(60))) == [(ROUTE, "1")]
    assert store.run(lambda c: take_waking(c, now=later(61))) == []
    [row] = store._read(list_orders)
    assert row.state == "imported"


def test_a_key_leads_to_its_order(store: Store) -> None:
    intent = NewIntent("shop/1/order/2", "order", "imported", 2, "what it was made from")
    store.run(lambda c: begin_intent(c, intent, route=ROUTE, order_id="1", now=NOW))
    assert store._read(lambda c: order_of_key(c, "shop/1/order/2")) == (ROUTE, "1")
    assert store._read(lambda c: order_of_key(c, "shop/1/order/3")) is None


def test_facts_of_one_name_stand_side_by_side_by_revision(store: Store) -> None:
    rows = [FactRow("imported", n, later(n), f"k{n}", f"S{n}", f"SO{n}", "{}") for n in (1, 2)]
    for row in reversed(rows):
        store.run(lambda c, r=row: add_fact(c, ROUTE, "1", r))  # type: ignore[misc]
    assert store._read(lambda c: facts_of(c, ROUTE, "1")) == rows


def _wait(store: Store, order_id: str, priority: str, *, route: RouteId = ROUTE) -> None:
    missing = {E1: Decimal(2), E2: Decimal(1)}
    store.run(
        lambda c: set_shortages(c, route, order_id, missing, priority=priority, arrived=False)
    )


def _line(store: Store, *variants: ExternalId) -> list[str]:
    return [w.order_id for w in store._read(lambda c: next_in_line(c, BOTH, variants))]


def test_the_first_in_line_tries_first_and_then_the_next(store: Store) -> None:
    _wait(store, "late", "b")
    _wait(store, "early", "a", route=SECOND)
    assert _line(store, E1, E2) == []
    assert store.run(lambda c: arrive(c, BOTH, [E1]))
    assert _line(store, E1, E2) == ["early"]
    me = store._read(lambda c: place_of(c, ROUTE, "late"))
    assert me == Waiting(ROUTE, "late", "b")
    assert store._read(lambda c: somebody_before(c, BOTH, [E1], me))
    first = Waiting(SECOND, "early", "a")
    assert not store._read(lambda c: somebody_before(c, BOTH, [E1], first))
    assert not store._read(lambda c: somebody_before(c, BOTH, [E2], me))
    # The first has tried and got all it wanted.
    store.run(lambda c: forget_shortages(c, SECOND, "early"))
    assert _line(store, E1) == ["late"]
    assert not store._read(lambda c: somebody_before(c, BOTH, [E1], me))
    store.run(lambda c: clear_arrived(c, BOTH, [E1]))
    assert _line(store, E1) == []
    assert not store._read(lambda c: arrived(c, ROUTE, "late"))
    store.run(lambda c: try_again(c, ROUTE, "late"))
    assert store._read(lambda c: arrived(c, ROUTE, "late"))


def test_goods_nobody_waits_for_wake_nobody(store: Store) -> None:
    assert not store.run(lambda c: arrive(c, BOTH, [E1]))
    _wait(store, "1", "a")
    assert not store.run(lambda c: arrive(c, [SECOND], [E1]))
    assert not store.run(lambda c: arrive(c, BOTH, [ExternalId("E3")]))
    many = [ExternalId(f"X{n}") for n in range(40_000)]
    assert store.run(lambda c: arrive(c, BOTH, [*many, E1]))


def test_an_order_leaves_the_line_of_the_goods_it_has(store: Store) -> None:
    _wait(store, "1", "a")
    store.run(lambda c: forget_shortages(c, ROUTE, "1", [E2]))
    assert store._read(lambda c: shortages_of(c, ROUTE, "1")) == {E1: Decimal(2)}
    store.run(lambda c: set_shortages(c, ROUTE, "1", {}, priority="a", arrived=False))
    assert store._read(lambda c: place_of(c, ROUTE, "1")) is None
    assert store._read(lambda c: shortages_of(c, ROUTE, "1")) == {}


def test_times_are_aware(store: Store) -> None:
    store.run(lambda c: add_fact(c, ROUTE, "1", FactRow("told", 1, NOW)))
    [fact] = store._read(lambda c: facts_of(c, ROUTE, "1"))
    assert fact.at.tzinfo is dt.UTC


def test_a_broken_statement_changes_nothing(store: Store) -> None:
    def work(connection: sa.Connection) -> None:
        set_shortages(connection, ROUTE, "1", {E1: Decimal(1)}, priority="a", arrived=True)
        connection.execute(sa.text("select * from nowhere"))

    with pytest.raises(sa.exc.SQLAlchemyError):
        store.run(work)
    assert store._read(lambda c: shortages_of(c, ROUTE, "1")) == {}
