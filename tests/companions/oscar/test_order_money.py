"""What people note of an order in the back office, as PanStore reads it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.companions.oscar.conftest import RunningShop
from tests.companions.oscar.staff import Staff

pytestmark = pytest.mark.real

_SHELL = """
from decimal import Decimal
from oscar.core.loading import get_model
order = get_model("order", "Order").objects.get(pk={order})
types = get_model("payment", "SourceType").objects
def source(name, **amounts):
    return order.sources.create(source_type=types.get_or_create(name=name)[0], **amounts)
{change}
"""


def _change(shop: RunningShop, order: dict[str, Any], change: str) -> dict[str, Any]:
    shop.manage("shell", "-v0", "-c", _SHELL.format(order=order["id"], change=change))
    return shop.read(order)


def _payments(order: dict[str, Any]) -> list[tuple[Any, ...]]:
    names = ("method", "allocated", "debited", "refunded", "failed")
    return [tuple(payment[name] for name in names) for payment in order["payments"]]


def test_a_payment_noted_in_the_back_office_is_read_and_told(
    shop: RunningShop, staff: Staff, product: Callable[..., int]
) -> None:
    order = shop.order(product())
    mark = shop.api.watermark()
    shop.receiver.deliveries.clear()
    staff.note_money(order["number"], "paid", order["total_incl_tax"])
    (changed,) = shop.api.orders_after(mark)
    total = order["total_incl_tax"]
    assert _payments(changed) == [("Paid", total, total, "0", False)]
    shop.receiver.wait_for(lambda message: order["id"] in message["ids"])


def test_what_is_noted_in_both_places_is_the_same_money(
    shop: RunningShop, staff: Staff, product: Callable[..., int]
) -> None:
    """An allocated source is filled by the event; a debited one already holds it."""
    order = shop.order(product())
    total = order["total_incl_tax"]
    _change(shop, order, f"source('Invoice', amount_allocated=Decimal('{total}'))")
    staff.note_money(order["number"], "paid", total)
    assert _payments(shop.read(order)) == [("Invoice", total, total, "0.00", False)]
    changed = _change(shop, order, "order.sources.get().debit()")
    assert _payments(changed) == [("Invoice", total, total, "0.00", False)]


def test_several_payments_and_one_that_failed(
    shop: RunningShop, staff: Staff, product: Callable[..., int]
) -> None:
    order = shop.order(product(price="100.00"))
    staff.note_money(order["number"], "failed", "125.90")
    assert [row[4] for row in _payments(shop.read(order))] == [True]
    changed = _change(
        shop,
        order,
        "source('Voucher', amount_allocated=20, amount_debited=20)\n"
        "card = source('Card', amount_allocated=100, reference='ch_1')\n"
        "card._create_transaction('Authorise', 100, status='Declined')\n"
        "card._create_transaction('Authorise', 100, status='Failed')",
    )
    assert _payments(changed) == [
        ("Failed", "125.90", "0", "0", True),
        ("Voucher", "20.00", "20.00", "0.00", False),
        ("Card", "100.00", "0.00", "0.00", True),
    ]
    changed = _change(shop, order, "order.sources.last().debit(status='Accepted')")
    assert _payments(changed)[2] == ("Card", "100.00", "100.00", "0.00", False)


def test_a_payment_after_a_failure_is_no_failure_any_more(
    shop: RunningShop, staff: Staff, product: Callable[..., int]
) -> None:
    order = shop.order(product())
    staff.note_money(order["number"], "failed", "16.10")
    staff.note_money(order["number"], "paid", "16.10")
    assert _payments(shop.read(order)) == [("Paid", "16.10", "16.10", "0", False)]


def test_refunds_of_goods_and_of_money(
    shop: RunningShop, staff: Staff, product: Callable[..., int]
) -> None:
    order = shop.order(product(), 3)
    line = order["lines"][0]["id"]
    staff.note_money(order["number"], "paid", order["total_incl_tax"])
    mark = shop.api.watermark()
    staff.note_money_for(order["number"], "refunded", "12.20", {line: 1})
    (changed,) = shop.api.orders_after(mark)
    staff.note_money(order["number"], "refunded", "3.00")
    changed = shop.read(order)
    assert [(refund["amount"], refund["lines"]) for refund in changed["refunds"]] == [
        ("12.20", [{"line": line, "quantity": "1"}]),
        ("3.00", []),
    ]
    assert len({refund["id"] for refund in changed["refunds"]}) == 2
    assert changed["payments"][0]["refunded"] == "15.20"


def test_refunds_by_a_payment_plug_in_are_read_from_the_source(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    order = shop.order(product())
    paid = "card = source('Card', amount_allocated=16, amount_debited=16)\n"
    changed = _change(shop, order, f"{paid}card.refund(5, reference='re_1')\ncard.refund(2)")
    amounts = [(Decimal(one["amount"]), one["reference"]) for one in changed["refunds"]]
    assert amounts == [(Decimal(5), "re_1"), (Decimal(2), "")]
    changed = _change(shop, order, "order.sources.update(amount_refunded=9)")
    (whole,) = changed["refunds"]
    assert (whole["id"], Decimal(whole["amount"])) == ("sources", Decimal(9))


def test_goods_that_came_back(shop: RunningShop, staff: Staff, product: Callable[..., int]) -> None:
    order = shop.order(product(), 3)
    line = order["lines"][0]["id"]
    staff.note_goods(order["number"], "shipped", {line: 3})
    assert shop.read(order)["returns"] == []
    mark = shop.api.watermark()
    staff.note_goods(order["number"], "returned", {line: 2})
    (changed,) = shop.api.orders_after(mark)
    assert [one["lines"] for one in changed["returns"]] == [[{"line": line, "quantity": "2"}]]


def test_a_line_is_cancelled_by_its_status_or_in_part(
    shop: RunningShop, staff: Staff, product: Callable[..., int]
) -> None:
    order = shop.order(product(), 3)
    line = order["lines"][0]["id"]
    staff.note_goods(order["number"], "cancelled", {line: 1})
    assert shop.read(order)["lines"][0]["cancelled"] == "1"
    mark = shop.api.watermark()
    staff.set_line_status(order["number"], line, 3, "Cancelled")
    (changed,) = shop.api.orders_after(mark)
    assert changed["lines"][0]["cancelled"] == "3"
    assert changed["total_incl_tax"] == order["total_incl_tax"]


def test_a_cancelled_line_is_not_taken_off_a_later_stock_write(
    shop: RunningShop, staff: Staff, product: Callable[..., int]
) -> None:
    one = product(free=10)
    before = shop.api.watermark()
    order = shop.order(one, 3)
    assert shop.api.set_stock(one, 10, before)["later"] == 3
    staff.set_line_status(order["number"], order["lines"][0]["id"], 3, "Cancelled")
    assert shop.api.set_stock(one, 10, before)["later"] == 0


def test_people_cancel_and_take_up_again_and_the_stock_follows(
    shop: RunningShop, staff: Staff, product: Callable[..., int]
) -> None:
    one = product(free=5)
    order = shop.order(one, 2)
    staff.set_status(order["number"], "Cancelled")
    assert shop.api.product(one)["free"] == "5"
    staff.set_status(order["number"], "Pending")
    stored = shop.api.product(one)
    assert (stored["free"], stored["num_allocated"]) == ("3", 2)
    staff.set_status(order["number"], "Shipped")
    stored = shop.api.product(one)
    assert (stored["free"], stored["num_in_stock"], stored["num_allocated"]) == ("3", 3, 0)


def test_a_pick_up_point_and_what_the_buyer_wrote_on_a_line(
    shop: RunningShop, product: Callable[..., int]
) -> None:
    before = shop.api.watermark()
    shop.visitor().buy(product(), method="prevzem")
    (order,) = shop.api.orders_after(before)
    assert order["pickup"] == {"code": "prevzem", "name": "Vrt & Dom, Ljubljana"}
    mark = shop.api.watermark()
    changed = _change(
        shop,
        order,
        "order.lines.get().attributes.create(type='Engraving', value='Ani za rojstni dan')",
    )
    assert changed["lines"][0]["options"] == [{"name": "Engraving", "value": "Ani za rojstni dan"}]
    assert [one["id"] for one in shop.api.orders_after(mark)] == [order["id"]]


def test_a_company_buys(shop: RunningShop, product: Callable[..., int]) -> None:
    order = shop.order(product())
    assert (shop.read(order)["tags"], order["pickup"]) == ([], None)
    changed = _change(
        shop,
        order,
        "User = get_model('order', 'Order')._meta.get_field('user').related_model\n"
        "order.user = User.objects.get(email='narocila@zlicka.example.com')\norder.save()",
    )
    buyer = changed["customer"]
    assert (buyer["company"], buyer["vat_id"]) == ("Kavarna Žlička d.o.o.", "SI12345679")
    assert changed["tags"] == ["business"]
