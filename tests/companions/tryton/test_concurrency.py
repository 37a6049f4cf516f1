"""Several transactions at once, on PostgreSQL, where they really overlap."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest

from tests.companions.tryton.client import Erp, RefusedError, order

pytestmark = [pytest.mark.real, pytest.mark.postgres]

Servers = tuple[Erp, Erp, str]

# A deferred trigger runs at the commit: the transaction that wrote the marked row has its id,
# and holds it back until the test lets go of the lock.
HOLD_BACK = """
CREATE OR REPLACE FUNCTION hold_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(4711);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER hold_back AFTER INSERT ON panstore_outbox
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.code LIKE 'HELD-%')
    EXECUTE FUNCTION hold_back();
"""


@contextmanager
def held_back(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Transactions that write a marked row wait at their commit until the lock is let go."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(HOLD_BACK)
        connection.execute("SELECT pg_advisory_lock(4711)")
        try:
            yield connection
        finally:
            connection.execute("SELECT pg_advisory_unlock_all()")
            connection.execute("DROP TRIGGER hold_back ON panstore_outbox")


def wait_for_the_commit(connection: psycopg.Connection[Any]) -> None:
    """Wait until a transaction is held back."""
    waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    for _ in range(1000):
        if connection.execute(waits).fetchone() == (1,):
            return
        time.sleep(0.02)
    raise AssertionError("the late transaction did not come to its commit")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Results of calls that start together."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_row_of_a_transaction_that_commits_late_is_not_missed(erp_on_postgres: Servers) -> None:
    first, second, url = erp_on_postgres
    consumer = f"late-{uuid.uuid4().hex}"
    first.call("panstore.outbox.register", consumer)
    held = f"HELD-{uuid.uuid4().hex}"
    with held_back(url) as connection, ThreadPoolExecutor(1) as pool:
        late = pool.submit(first.create, "party.party", name="Late", code=held)
        wait_for_the_commit(connection)
        early = second.create("party.party", name="Early")
        (seen,) = second.call("panstore.outbox.pull", consumer, 100)
        assert seen["record_id"] == early
        second.call("panstore.outbox.acknowledge", consumer, [seen["id"]])
        connection.execute("SELECT pg_advisory_unlock(4711)")
        committed_late = late.result(60)
    (row,) = second.call("panstore.outbox.pull", consumer, 100)
    assert (row["record_id"], row["code"]) == (committed_late, held)
    assert row["id"] < seen["id"]
    second.call("panstore.outbox.unregister", consumer)


def test_row_in_passage_while_a_consumer_registers_reaches_it(erp_on_postgres: Servers) -> None:
    first, second, url = erp_on_postgres
    consumer = f"joining-{uuid.uuid4().hex}"
    held = f"HELD-{uuid.uuid4().hex}"
    with held_back(url) as connection, ThreadPoolExecutor(1) as pool:
        late = pool.submit(first.create, "party.party", name="In Passage", code=held)
        wait_for_the_commit(connection)
        second.call("panstore.outbox.register", consumer)
        assert second.call("panstore.outbox.pull", consumer, 100) == []
        connection.execute("SELECT pg_advisory_unlock(4711)")
        party = late.result(60)
    rows = second.call("panstore.outbox.pull", consumer, 100)
    assert [row["record_id"] for row in rows] == [party]
    second.call("panstore.outbox.unregister", consumer)


def test_two_imports_of_one_order_at_once_make_one_sale(erp_on_postgres: Servers) -> None:
    first, second, url = erp_on_postgres
    product = first.facts["skus"]["KZ-101-250"]
    repeated = []
    for _ in range(4):
        key = f"race/{uuid.uuid4().hex}/order/1"
        wanted = order(first, key, product)
        one, other = at_once(
            partial(first.gateway, "import_order", wanted),
            partial(second.gateway, "import_order", wanted),
        )
        assert one["sale"] == other["sale"]
        assert {one["repeated"], other["repeated"]} == {True, False}
        repeated.append(other["repeated"])
        with psycopg.connect(url) as connection:
            query = "SELECT count(*) FROM {} WHERE panstore_key LIKE %s"
            sales = connection.execute(query.format("sale_sale"), [f"{key}%"]).fetchone()
            parties = connection.execute(query.format("party_party"), [f"{key}%"]).fetchone()
        assert (sales, parties) == ((1,), (1,))
    assert len(repeated) == 4


def test_two_orders_of_one_new_buyer_at_once_make_one_party(erp_on_postgres: Servers) -> None:
    first, second, _ = erp_on_postgres
    product = first.facts["skus"]["KZ-101-250"]
    key = f"race/{uuid.uuid4().hex}"
    buyer = order(first, key, product)["party"]
    one, other = at_once(
        lambda: first.gateway("import_order", order(first, f"{key}/1", product, party=buyer)),
        lambda: second.gateway("import_order", order(second, f"{key}/2", product, party=buyer)),
    )
    assert one["party"] == other["party"]
    assert one["sale"] != other["sale"]


def test_two_invoicings_at_once_make_one_invoice(erp_on_postgres: Servers) -> None:
    first, second, _ = erp_on_postgres
    key = f"race/{uuid.uuid4().hex}/order/1"
    first.gateway("import_order", order(first, key, first.facts["skus"]["KZ-101-250"]))
    one, other = at_once(
        lambda: first.gateway("issue_invoice", key, f"{key}/invoice"),
        lambda: second.gateway("issue_invoice", key, f"{key}/invoice"),
    )
    assert one["invoices"] == other["invoices"]
    assert len(one["invoices"]) == 1
    assert {one["repeated"], other["repeated"]} == {True, False}


def outcome(call: Callable[[], Any]) -> str:
    """`done`, or the code of the refusal."""
    try:
        call()
    except RefusedError as error:
        return error.text.removeprefix("panstore.").partition(":")[0]
    return "done"


def test_two_reservations_of_one_order_at_once_set_aside_once(erp_on_postgres: Servers) -> None:
    first, second, _ = erp_on_postgres
    product = first.facts["skus"]["KZ-101-250"]
    key = f"race/{uuid.uuid4().hex}/order/1"
    first.gateway("import_order", order(first, key, product, 2))
    before = int(first.figures(product)[1])
    one, other = at_once(
        lambda: first.gateway("reserve", key, True),
        lambda: second.gateway("reserve", key, False),
    )
    assert one["goods"] == other["goods"]
    assert int(first.figures(product)[1]) == before + 2
    first.gateway("release", key)


def test_cancelling_and_invoicing_at_once_do_not_both_happen(erp_on_postgres: Servers) -> None:
    first, second, _ = erp_on_postgres
    product = first.facts["skus"]["KZ-101-250"]
    for _ in range(4):
        key = f"race/{uuid.uuid4().hex}/order/1"
        first.gateway("import_order", order(first, key, product))
        cancelled, invoiced = at_once(
            partial(outcome, partial(first.gateway, "cancel_order", key)),
            partial(outcome, partial(second.gateway, "issue_invoice", key, f"{key}/invoice")),
        )
        assert (cancelled, invoiced) in {
            ("done", "order_cancelled"),
            ("order_invoiced", "done"),
        }
        sale = first.booked(key)
        states = [invoice["state"] for invoice in sale["invoices"]]
        assert (sale["state"], states) == (
            ("cancelled", []) if cancelled == "done" else ("open", ["posted"])
        )


def test_cancelling_while_a_person_packs_is_one_or_the_other(erp_on_postgres: Servers) -> None:
    first, second, _ = erp_on_postgres
    product = first.facts["skus"]["KZ-101-250"]
    for _ in range(4):
        key = f"race/{uuid.uuid4().hex}/order/1"
        made = first.gateway("import_order", order(first, key, product))
        first.gateway("reserve", key, True)
        shipment = made["shipments"][0]["id"]
        picking = partial(second.press, "stock.shipment.out", shipment, "pick")
        cancelled, _ = at_once(
            partial(outcome, partial(first.gateway, "cancel_order", key)),
            partial(outcome, picking),
        )
        sale = first.booked(key)
        found = (cancelled, sale["state"], sale["shipments"][0]["state"])
        assert found in {
            ("done", "cancelled", "cancelled"),
            ("order_shipped", "open", "packed"),
        }


def test_two_acknowledgements_at_once_leave_nothing_behind(erp_on_postgres: Servers) -> None:
    first, second, url = erp_on_postgres
    names = [f"reader-{uuid.uuid4().hex}" for _ in range(2)]
    for name in names:
        first.call("panstore.outbox.register", name)
    for number in range(5):
        first.create("party.party", name=f"Read Twice {number}")
    ids = [row["id"] for row in first.call("panstore.outbox.pull", names[0], 100)]
    at_once(
        lambda: first.call("panstore.outbox.acknowledge", names[0], ids),
        lambda: second.call("panstore.outbox.acknowledge", names[1], ids),
    )
    for name in names:
        assert first.call("panstore.outbox.pending", name)["count"] == 0
    # Neither may have seen the other; the next acknowledgement, of anything, cleans up.
    first.call("panstore.outbox.acknowledge", names[0], [])
    with psycopg.connect(url) as connection:
        left = connection.execute(
            "SELECT count(*) FROM panstore_outbox WHERE id = ANY(%s)", [ids]
        ).fetchone()
    assert left == (0,)
    for name in names:
        first.call("panstore.outbox.unregister", name)


def test_last_piece_is_reserved_once(erp_on_postgres: Servers) -> None:
    first, second, _ = erp_on_postgres
    product = first.facts["skus"]["VO-101"]
    there = int(first.level(product)["on_hand"])
    keys = [f"race/{uuid.uuid4().hex}/order/1" for _ in range(2)]
    for key in keys:
        first.gateway("import_order", order(first, key, product, there))
    at_once(
        lambda: first.gateway("reserve", keys[0], True),
        lambda: second.gateway("reserve", keys[1], True),
    )
    assert [*map(int, first.figures(product))] == [there, there, there]
