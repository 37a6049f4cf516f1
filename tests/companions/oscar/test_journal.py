"""The order journal: numbered in the order of commits, whatever changes an order."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.companions.oscar.conftest import RunningShop

pytestmark = pytest.mark.real

_CHANGES = 40


def _change_orders(database: Path, order: int, pause_s: float) -> None:
    """Change one order many times, each in a transaction that stays open a moment."""
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
        for number in range(_CHANGES):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "UPDATE order_order SET guest_email = ?, status = status, "
                "total_incl_tax = total_incl_tax + 0.01 WHERE id = ?",
                (f"{number}@example.com", order),
            )
            time.sleep(pause_s)
            connection.execute("ROLLBACK" if number % 5 == 4 else "COMMIT")
            time.sleep(0.001)


def test_a_lower_number_never_appears_after_a_higher_one(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    one = product(free=5)
    before = shop.api.watermark()
    orders = []
    for _ in range(2):
        shop.visitor().buy(one)
    orders = [order["id"] for order in shop.api.orders_after(before)]
    start = shop.api.watermark()
    database = shop.directory / "shop.sqlite3"
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_change_orders, args=(database, order, pause))
        for order, pause in zip(orders, (0.004, 0.001), strict=True)
    ]
    for writer in writers:
        writer.start()
    seen = start
    gathered: list[int] = []
    with closing(sqlite3.connect(database, timeout=30)) as reader:
        while any(writer.is_alive() for writer in writers):
            present = [
                row[0]
                for row in reader.execute(
                    "SELECT seq FROM oscar_panstore_journalentry WHERE seq > ? ORDER BY seq",
                    (start,),
                )
            ]
            late = [seq for seq in present if seq <= seen and seq not in gathered]
            assert late == []
            gathered = present
            seen = max([seen, *present])
    for writer in writers:
        writer.join(30)
        assert writer.exitcode == 0
    kept = 2 * _CHANGES * 4 // 5
    assert shop.api.watermark() == start + kept  # rolled-back changes leave no gap
    page = shop.api.get(f"/panstore/v1/orders?after={start}&limit=500")
    assert sorted(order["id"] for order in page["orders"]) == sorted(orders)


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ("order.notes.create(message='Pokliči', note_type='Info')", True),
        (
            "order.sources.create(source_type=SourceType.objects.get_or_create(name='Card')[0])",
            True,
        ),
        ("order.lines.update(status='Shipped')", True),
        ("type(order).objects.filter(pk=order.pk).update(status='Being processed')", True),
        (
            "order.shipping_address.__class__.objects.filter(pk=order.shipping_address_id)"
            ".update(line1='Nova 1')",
            True,
        ),
        ("order.surcharges.create(name='Packing', code='pack', incl_tax=1)", True),
        ("order.discounts.create(offer_name='Later', amount=1)", True),
        ("order.shipping_events.create(event_type=Shipped)", True),
        ("order.payment_events.create(event_type=Paid, amount=5)", True),
        (
            "order.payment_events.create(event_type=Paid, amount=5).line_quantities.create("
            "line=order.lines.get(), quantity=1)",
            True,
        ),
        ("order.lines.get().attributes.create(type='Engraving', value='Ani')", True),
        ("order.notes.create(message='Told', note_type='System')", False),
        ("order.lines.update(num_allocated=0)", False),
        ("order.save()", False),
    ],
)
def test_every_change_of_content_is_entered_and_nothing_else(
    shop: RunningShop, product: Callable[..., int], change: str, counts: bool
) -> None:
    one = product()
    before = shop.api.watermark()
    shop.visitor().buy(one)
    order = shop.api.orders_after(before)[0]
    mark = shop.api.watermark()
    shop.manage("shell", "-v0", "-c", _CHANGE.format(order=order["id"], change=change))
    found = [changed["id"] for changed in shop.api.orders_after(mark)]
    assert found == ([order["id"]] if counts else [])


_CHANGE = """
from oscar.core.loading import get_model
SourceType = get_model("payment", "SourceType")
Shipped = get_model("order", "ShippingEventType").objects.get(name="Shipped")
Paid = get_model("order", "PaymentEventType").objects.get(name="Paid")
order = get_model("order", "Order").objects.get(pk={order})
{change}
"""


def test_a_deleted_order_is_named_as_gone(shop: RunningShop, product: Callable[..., int]) -> None:
    one = product()
    before = shop.api.watermark()
    shop.visitor().buy(one)
    order = shop.api.orders_after(before)[0]["id"]
    mark = shop.api.watermark()
    shop.manage("shell", "-v0", "-c", _CHANGE.format(order=order, change="order.delete()"))
    answer = shop.api.get(f"/panstore/v1/orders?after={mark}")
    assert (answer["orders"], answer["gone"]) == ([], [order])


def test_a_new_order_is_one_entry_and_a_line_added_later_is_told_again(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    """Lines, options and payments are saved after the order; they join its entry."""
    one = product()
    before = shop.api.watermark()
    shop.visitor().buy(one)
    page = shop.api.get(f"/panstore/v1/orders?after={before}&limit=1")
    assert (len(page["orders"]), page["more"]) == (1, False)
    mark = page["watermark"]
    assert mark == shop.api.watermark() > before + 1
    add = "line = order.lines.get()\nline.pk = None\nline.save()"
    order = page["orders"][0]["id"]
    shop.manage("shell", "-v0", "-c", _CHANGE.format(order=order, change=add))
    (again,) = shop.api.orders_after(mark)
    assert (again["id"], len(again["lines"])) == (order, 2)
    entries = _journal(shop, order)
    assert entries == [(again["seq"], "placed")]


def _journal(shop: RunningShop, order: int) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(shop.directory / "shop.sqlite3", timeout=30)) as reader:
        sql = "SELECT seq, kind FROM oscar_panstore_journalentry WHERE order_id = ? ORDER BY seq"
        return list(reader.execute(sql, (order,)))
