"""Orders: stored once, their goods promised once, their facts and intents never overwritten."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError

from panstore.model.ids import ExternalId, RouteId
from panstore.model.order import Order, OrderStage
from panstore.store.database import Store
from panstore.store.demand import open_demand, ordered_variants, orders_waiting_for, set_booked
from panstore.store.facts import (
    FactRow,
    NewIntent,
    add_fact,
    begin_intent,
    end_intent,
    facts_of,
    intents_of,
)
from panstore.store.items import add_links
from panstore.store.orders import (
    delete_expired,
    expire_payloads,
    list_orders,
    load_order,
    set_state,
    settle,
    store_broken,
    store_order,
)
from panstore.store.tables import payloads
from tests.store.samples import NOW, ROUTE, later, link, order

SECOND = RouteId("second")
E1, E2 = ExternalId("E1"), ExternalId("E2")


@pytest.fixture
def linked(store: Store) -> Store:
    """E1 = V1 one to one and E2 = V2 by the dozen, on two routes; E3 = V3 without a factor."""
    made = [
        link(1),
        link(2, factor=Decimal(12)),
        link(3, factor=None),
        link(1, route=SECOND),
        link(2, route=SECOND, factor=Decimal(6)),
    ]
    store.run(lambda c: add_links(c, made, now=NOW))
    return store


def _store(
    store: Store,
    made: Order,
    payload: str = "p",
    route: RouteId = ROUTE,
    *,
    imports: bool = True,
) -> bool:
    return store.run(
        lambda c: store_order(c, route, made, payload=payload, now=NOW, imports=imports)
    )


def _demand(store: Store, *routes: RouteId) -> dict[str, Decimal]:
    ids = [E1, E2, ExternalId("E3")]
    found = store._read(lambda c: open_demand(c, routes or (ROUTE,), ids))
    return {str(k): v for k, v in found.items()}


def _decide(store: Store, order_id: str, state: str, *, imports: bool = True) -> None:
    """What the engine does when an order went through, or a person when it did not."""
    if state != "imported":
        store.run(lambda c: set_state(c, ROUTE, order_id, state))
        return

    def work(connection: sa.Connection) -> None:
        settle(connection, ROUTE, order_id, "imported")
        stored = load_order(connection, ROUTE, order_id)
        assert stored is not None
        assert stored[1] is not None
        goods: dict[ExternalId, Decimal] = {}
        for line in stored[1].lines:
            if line.product is not None:
                goods[line.product] = goods.get(line.product, Decimal(0)) + line.quantity
        set_booked(connection, ROUTE, order_id, goods, imports=imports)

    store.run(work)


def test_an_order_comes_back_whole_and_a_repeated_delivery_is_no_news(store: Store) -> None:
    made = order("1", ("V1", "2"), (None, "1"))
    assert _store(store, made)
    assert not _store(store, made, payload="another")
    stored = store._read(lambda c: load_order(c, ROUTE, "1"))
    assert stored is not None
    row, whole = stored
    assert whole == made
    assert (row.state, row.holds, row.payload, row.total) == ("waiting", True, "p", "24.40")
    assert (row.placed_at, row.seen_at) == (NOW, NOW)
    assert store._read(lambda c: load_order(c, ROUTE, "2")) is None


def test_a_changed_order_keeps_its_payload_id_and_state(store: Store) -> None:
    _store(store, order("1", ("V1", "2")))
    _decide(store, "1", "imported")
    assert _store(store, order("1", ("V1", "2"), status="packed"), payload="other")
    stored = store._read(lambda c: load_order(c, ROUTE, "1"))
    assert stored is not None
    assert (stored[0].state, stored[0].payload, stored[0].status) == ("imported", "p", "packed")
    assert not stored[0].holds


def test_each_line_is_promised_once_in_stock_units(linked: Store) -> None:
    made = order("1", ("V1", "2"), ("V2", "3"), ("V3", "4"), ("V1", "1"), ("V9", "5"), (None, "1"))
    _store(linked, made)
    _store(linked, made)
    assert _demand(linked) == {"E1": Decimal(3), "E2": Decimal(36), "E3": Decimal(4)}


def test_a_line_that_changes_replaces_the_old_one(linked: Store) -> None:
    _store(linked, order("1", ("V1", "2"), ("V2", "1")))
    _store(linked, order("1", ("V1", "5")))
    assert _demand(linked) == {"E1": Decimal(5)}


@pytest.mark.parametrize(
    ("state", "promised"),
    [("waiting", 2), ("parked", 2), ("skipped", 2), ("imported", 0)],
)
def test_what_the_erp_does_not_know_is_promised(linked: Store, state: str, promised: int) -> None:
    _store(linked, order("1", ("V1", "2")))
    _decide(linked, "1", state)
    assert _demand(linked).get("E1", Decimal(0)) == promised
    # What the shop says of it later changes nothing.
    _store(linked, order("1", ("V1", "2"), status="looked at"))
    assert _demand(linked).get("E1", Decimal(0)) == promised


@pytest.mark.parametrize(
    ("stage", "state", "imports", "promised"),
    [
        ("cancelled", "waiting", True, 0),
        ("cancelled", "parked", True, 0),
        ("cancelled", "skipped", True, 0),
        # The goods have left, and the ERP counts them until the order is taken over.
        ("shipped", "waiting", True, 2),
        ("shipped", "parked", True, 2),
        ("shipped", "skipped", True, 0),
        ("shipped", "imported", True, 0),
        ("shipped", "waiting", False, 0),
    ],
)
def test_goods_are_promised_until_they_are_free_or_the_erp_knows(
    linked: Store, stage: OrderStage, state: str, imports: bool, promised: int
) -> None:
    _store(linked, order("1", ("V1", "2")), imports=imports)
    _decide(linked, "1", state)
    _store(linked, order("1", ("V1", "2"), stage=stage), imports=imports)
    assert _demand(linked).get("E1", Decimal(0)) == promised


def test_skipping_a_shipped_order_ends_its_promise(linked: Store) -> None:
    _store(linked, order("1", ("V1", "2"), stage="shipped"))
    assert _demand(linked) == {"E1": Decimal(2)}
    linked.run(lambda c: set_state(c, ROUTE, "1", "skipped"))
    assert _demand(linked) == {}


def test_an_order_in_the_erp_stays_imported(linked: Store) -> None:
    _store(linked, order("1", ("V1", "2")))
    for state in ("imported", "waiting", "skipped", "parked"):
        _decide(linked, "1", state)
    [row] = linked._read(list_orders)
    assert (row.state, row.holds) == ("imported", False)


def test_the_variants_of_an_order_are_those_last_stored(linked: Store) -> None:
    _store(linked, order("1", ("V2", "2"), ("V1", "1"), ("V2", "1"), (None, "1")))
    assert linked._read(lambda c: ordered_variants(c, ROUTE, "1")) == ["V1", "V2"]
    _store(linked, order("1", ("V1", "1")))
    assert linked._read(lambda c: ordered_variants(c, ROUTE, "1")) == ["V1"]


def test_orders_of_all_shops_on_the_same_goods_add_up(linked: Store) -> None:
    _store(linked, order("1", ("V1", "2"), ("V2", "1")))
    _store(linked, order("1", ("V1", "1"), ("V2", "1")), payload="q", route=SECOND)
    assert _demand(linked, ROUTE, SECOND) == {"E1": Decimal(3), "E2": Decimal(18)}
    assert _demand(linked, SECOND) == {"E1": Decimal(1), "E2": Decimal(6)}


def test_an_unreadable_order_promises_its_goods_once_and_until_it_can_be_read(
    linked: Store,
) -> None:
    for _ in range(2):
        linked.run(lambda c: store_broken(c, ROUTE, "1", [(ExternalId("V1"), Decimal(3))], now=NOW))
    assert _demand(linked) == {"E1": Decimal(3)}
    [row] = linked._read(lambda c: list_orders(c, state="parked"))
    assert (row.order_id, row.holds) == ("1", True)
    _store(linked, order("1", ("V1", "2")), payload="now it has one")
    assert _demand(linked) == {"E1": Decimal(2)}
    stored = linked._read(lambda c: load_order(c, ROUTE, "1"))
    assert stored is not None
    assert stored[1] == order("1", ("V1", "2"))


def test_an_order_in_the_erp_that_becomes_unreadable_is_not_promised_again(linked: Store) -> None:
    _store(linked, order("1", ("V1", "2")))
    _decide(linked, "1", "imported")
    linked.run(lambda c: store_broken(c, ROUTE, "1", [(ExternalId("V1"), Decimal(2))], now=NOW))
    assert _demand(linked) == {}
    [row] = linked._read(list_orders)
    assert row.state == "imported"


def test_orders_that_an_article_may_help_are_found_in_hand_or_parked(store: Store) -> None:
    for number, state in enumerate(("waiting", "parked", "imported", "skipped")):
        _store(store, order(str(number), ("V1", "1"), ("V1", "2")), payload=f"p{number}")
        _decide(store, str(number), state)
    found = store._read(lambda c: orders_waiting_for(c, ROUTE, [ExternalId("V1")]))
    assert found == ["0", "1"]
    assert store._read(lambda c: orders_waiting_for(c, SECOND, [ExternalId("V1")])) == []
    # A first catalogue has more articles than a statement takes values.
    many = [ExternalId(f"V{number}") for number in reversed(range(70_000))]
    assert store._read(lambda c: orders_waiting_for(c, ROUTE, many)) == ["0", "1"]


def test_the_first_fact_stands(store: Store) -> None:
    first = FactRow("imported", 1, NOW, "key", "S1", "SO1")
    store.run(lambda c: add_fact(c, ROUTE, "1", first))
    store.run(
        lambda c: add_fact(c, ROUTE, "1", FactRow("imported", 1, later(9), "key", "S2", "SO2"))
    )
    store.run(lambda c: add_fact(c, ROUTE, "1", FactRow("imported", 2, later(5))))
    found = store._read(lambda c: facts_of(c, ROUTE, "1"))
    assert found == [first, FactRow("imported", 2, later(5))]
    assert store._read(lambda c: facts_of(c, SECOND, "1")) == []


def test_an_intent_tells_what_became_of_the_call_before(store: Store) -> None:
    def begin(seconds: float) -> None:
        store.run(
            lambda c: begin_intent(
                c, NewIntent("key", "order"), route=ROUTE, order_id="1", now=later(seconds)
            )
        )

    def present() -> tuple[str, int, str, bool]:
        [intent] = store._read(lambda c: intents_of(c, ROUTE, "1"))
        return intent.state, intent.attempts, intent.message, intent.in_doubt

    begin(0)
    assert present() == ("started", 1, "", True)  # a kill here: nobody knows the outcome
    store.run(lambda c: end_intent(c, "key", "unknown", now=later(2), message="cut"))
    assert present() == ("unknown", 1, "cut", True)
    store.run(lambda c: end_intent(c, "key", "untried", now=later(2), message="not there"))
    assert present() == ("untried", 1, "not there", False)
    begin(3)
    [intent] = store._read(lambda c: intents_of(c, ROUTE, "1"))
    assert (intent.attempts, intent.started_at, intent.ended_at) == (2, later(3), None)
    store.run(lambda c: end_intent(c, "key", "done", now=later(4), reference="S1"))
    assert present() == ("done", 2, "", False)


def test_personal_data_goes_and_everything_else_stays(store: Store) -> None:
    for number, state in enumerate(("imported", "parked", "skipped")):
        _store(store, order(str(number), ("V1", "1")), payload=f"p{number}")
        _decide(store, str(number), state)
    ended = ("imported", "skipped", "closed")
    assert store.run(lambda c: expire_payloads(c, ended, before=NOW, now=later(9))) == 0
    assert store.run(lambda c: expire_payloads(c, ended, before=later(1), now=later(9))) == 2
    assert store.run(lambda c: delete_expired(c, now=later(8))) == 0
    assert store.run(lambda c: delete_expired(c, now=later(9))) == 2
    left = {
        row.order_id: store._read(lambda c, r=row: load_order(c, ROUTE, r.order_id))  # type: ignore[misc]
        for row in store._read(list_orders)
    }
    told = {id_: found is not None and found[1] is not None for id_, found in left.items()}
    assert told == {"0": False, "1": True, "2": False}


@pytest.mark.parametrize("stage", ["open", "shipped", "cancelled"])
@pytest.mark.parametrize("state", ["parked", "waiting"])
def test_what_the_shop_has_closed_is_finished_whatever_it_waits_for(
    store: Store, state: str, stage: OrderStage
) -> None:
    _store(store, replace(order("1", ("V1", "1")), stage=stage), payload="p1")
    _decide(store, "1", state)
    expired = store.run(lambda c: expire_payloads(c, ("imported",), before=later(1), now=NOW))
    assert expired == (stage != "open")


def test_orders_are_listed_newest_first(store: Store) -> None:
    for number in range(4):
        made = order(str(number), ("V1", "1"), placed_at=later(number))
        _store(store, made, payload=f"p{number}", route=ROUTE if number else SECOND)

    def ids(**how: Any) -> list[str]:
        return [r.order_id for r in store._read(lambda c: list_orders(c, **how))]

    assert ids() == ["3", "2", "1", "0"]
    assert ids(route=ROUTE, limit=2) == ["3", "2"]
    assert ids(state="imported") == []


def test_an_error_of_the_store_names_no_buyer(store: Store) -> None:
    row = {"id": "p", "body": b"Ana Novak", "stored_at": NOW}
    store.run(lambda c: c.execute(sa.insert(payloads), row))
    with pytest.raises(IntegrityError) as caught:
        store.run(lambda c: c.execute(sa.insert(payloads), row))
    assert "Novak" not in str(caught.value)
