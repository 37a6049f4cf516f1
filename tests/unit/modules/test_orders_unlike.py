"""A sale that the ERP had made from something else by the time we asked: a late call's."""

from __future__ import annotations

from decimal import Decimal

from msgspec import json
from msgspec.structs import replace

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.sale import Booked, BookedLine, BookedOrder, SoldGoods
from tests.unit.modules.order_desk import Desk
from tests.unit.modules.order_scene import parked
from tests.unit.modules.test_orders_life import desk

KEY = OrderKey("shop/77/order/1")
COFFEE, TEA = ExternalId("coffee"), ExternalId("tea")
SENT = Booked(
    lines=(
        BookedLine(COFFEE, "goods", "Coffee", Decimal(2), Decimal(5), Decimal(10), Decimal(22)),
        BookedLine(COFFEE, "goods", "Coffee", Decimal(1), Decimal(5), Decimal(5), Decimal(22)),
        BookedLine(None, "fee", "Fee", Decimal(1), Decimal(5), Decimal(5), Decimal(22)),
    ),
    total=Decimal("24.40"),
    content="1:content",
    address="1:address",
    goods=((ExternalId("v1"), Decimal(3)),),
)
MADE = BookedOrder(
    key=KEY,
    id=ExternalId("1"),
    number="S-1",
    party=ExternalId("party"),
    total=Decimal("24.40"),
    currency="EUR",
    state="open",
    goods=(SoldGoods(COFFEE, Decimal(3)),),
)


def _unlike() -> Desk:
    ours = desk()
    [fact] = ours.facts
    booked = json.decode(fact.detail, type=Booked)
    other = booked.as_made(replace(ours.sales[KEY], goods=(SoldGoods(TEA, Decimal(1)),)))
    ours.facts[0] = replace(fact, detail=json.encode(other).decode())
    return ours


def test_a_sale_of_the_same_goods_and_total_is_what_was_sent() -> None:
    assert SENT.as_made(MADE) is SENT
    services_only = replace(MADE, goods=())
    assert SENT.as_made(services_only) is SENT


def test_one_of_other_goods_or_another_total_covers_nothing_that_is_known() -> None:
    fewer = SENT.as_made(replace(MADE, goods=(SoldGoods(COFFEE, Decimal(2)),)))
    assert (fewer.unlike, fewer.goods, fewer.lines) == (True, (), ())
    assert SENT.as_made(replace(MADE, goods=(SoldGoods(TEA, Decimal(3)),))).unlike
    cheaper = SENT.as_made(replace(MADE, total=Decimal("20.00")))
    assert (cheaper.unlike, cheaper.total) == (True, Decimal("20.00"))


def test_it_is_made_anew_while_nothing_of_it_has_happened() -> None:
    ours = _unlike()
    assert ours.run() is None
    assert ours.done[-2:] == ["cancel 77/order/1", "create 77/order/2"]


def test_once_something_of_it_has_happened_it_is_for_a_person() -> None:
    ours = _unlike()
    ours.ship()
    reason = parked(ours.run(), "order.difference")
    assert "made from what the order had been before" in reason
