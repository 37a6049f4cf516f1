"""The judge sees what was set aside, invoiced or told wrongly, and what was not done at all."""

from decimal import Decimal

import pytest

from panstore.model.ids import OrderKey
from panstore.model.order import Order
from panstore.model.shipment import Shipment
from panstore.sdk.order_roles import OrderUpdate
from panstore.testing.world import Duties
from tests.unit.testing.judged import Judged

TOLD = Duties(told={"shipped": "shipped"})


def paid(order: Order) -> bool:
    return order.is_paid


def always(order: Order) -> bool:
    return bool(order.lines)


@pytest.fixture
def judged() -> Judged:
    return Judged()


def owner(judged: Judged) -> str:
    return f"order shop/{judged.order.id}"


def test_goods_that_are_there_and_not_taken_are_seen(judged: Judged) -> None:
    sale = judged.create()
    duties = Duties(reserved=always)
    waits = [f"{owner(judged)}: {sale.number} waits for goods that are there"]
    assert judged.verdict(duties) == waits
    assert judged.verdict(duties, held=True) == []
    judged.erp.deliveries.reserve(sale.id)
    assert judged.verdict(duties) == []


def test_who_waits_for_goods_that_are_short_is_not_accused() -> None:
    judged = Judged(on_hand=2)
    sale = judged.create()
    part, whole = Duties(reserved=always), Duties(reserved=always, shortage="whole")
    assert len(judged.verdict(part)) == 1
    assert judged.verdict(whole) == []
    judged.erp.deliveries.reserve(sale.id)
    assert judged.verdict(part) == []
    judged.erp.set_on_hand(judged.link.erp, 3)
    assert len(judged.verdict(part)) == len(judged.verdict(whole)) == 1


def test_goods_set_aside_against_the_rule_are_seen(judged: Judged) -> None:
    sale = judged.create()
    judged.erp.deliveries.reserve(sale.id)
    assert judged.verdict(Duties(reserved=paid)) == [
        f"{owner(judged)}: goods are set aside for {sale.number} against the rule"
    ]


def test_goods_set_aside_for_a_void_order_are_seen(judged: Judged) -> None:
    sale = judged.create()
    judged.erp.deliveries.reserve(sale.id)
    judged.scene.shop.cancel(judged.order.id)
    assert f"{owner(judged)} is void and goods are set aside for {sale.number}" in judged.verdict()


def test_more_set_aside_than_there_is_is_seen(judged: Judged) -> None:
    sale = judged.create()
    judged.erp.deliveries.reserve(sale.id)
    place = "LJ", judged.link.erp
    judged.erp.on_hand["LJ"][judged.link.erp] = Decimal(2)
    assert judged.verdict(quiescent=False) == [
        f"3 of {judged.link.erp} are set aside in LJ, 2 lie there"
    ]
    judged.erp.set_on_hand(judged.link.erp, 2)
    assert judged.verdict(quiescent=False) == [], "a person has counted it away"
    judged.erp.reserved[place] = Decimal(1)
    assert judged.verdict(quiescent=False) == [
        f"1 of {judged.link.erp} are set aside in LJ, 3 of them for a sale"
    ]


def test_an_order_that_was_not_invoiced_is_seen(judged: Judged) -> None:
    sale = judged.create()
    duties = Duties(invoiced=paid)
    assert judged.verdict(duties) == []
    judged.desk.pay(judged.order.id)
    assert judged.verdict(duties) == [f"{owner(judged)}: charged 36.60 EUR, invoiced 0 EUR"]
    judged.erp.billing.post_by_hand(sale.id)
    assert judged.verdict(duties) == []
    judged.erp.deliveries.ship(sale.id)
    judged.desk.refund(judged.order.id, lines=[(judged.order.lines[0].id, 1)])
    back = judged.correct(-1)
    assert judged.verdict(duties) == [f"{owner(judged)}: charged 24.40 EUR, invoiced 36.60 EUR"]
    judged.erp.billing.post_by_hand(back.id)
    assert judged.verdict(duties) == []


def test_a_part_that_left_and_was_not_invoiced_is_seen(judged: Judged) -> None:
    sale = judged.create()
    judged.desk.pay(judged.order.id)
    duties = Duties(invoiced=paid, scope="shipped")
    assert judged.verdict(duties) == []
    judged.erp.deliveries.ship(sale.id, {judged.link.erp: 1})
    (found,) = judged.verdict(duties)
    assert found.startswith(f"{owner(judged)}: of {sale.number}")
    paper = judged.erp.billing.post_by_hand(sale.id, "shipped")
    assert paper is not None
    paper.by_hand = False
    assert judged.verdict(duties) == []
    judged.erp.deliveries.ship(sale.id)
    assert judged.verdict(duties) == [f"{owner(judged)}: charged 36.60 EUR, invoiced 12.20 EUR"]


def test_money_in_the_books_for_a_void_order_is_seen(judged: Judged) -> None:
    sale = judged.create()
    judged.erp.billing.post_by_hand(sale.id)
    judged.scene.shop.cancel(judged.order.id)
    assert f"{owner(judged)} is void and 36.60 EUR stand in the books" in judged.verdict()


def tell(judged: Judged, revision: int, *parcels: Shipment, invoices: tuple[str, ...] = ()) -> None:
    key = OrderKey(f"shop/{judged.order.id}/tell/{revision}")
    judged.desk.update(OrderUpdate(key, judged.order.id, None, parcels, invoices))


def test_what_the_shop_was_not_told_is_seen(judged: Judged) -> None:
    sale = judged.create()
    judged.erp.billing.post_by_hand(sale.id)
    judged.erp.deliveries.ship(sale.id)
    parcel = sale.parcels[0]
    assert judged.verdict(TOLD) == [
        f"{owner(judged)}: the shop does not know of parcel {parcel.number}",
        f"{owner(judged)}: the shop does not know of invoice INV00001",
        f"{owner(judged)} has left, and the shop says it is new",
    ]
    tell(judged, 1, parcel.as_shipment(), invoices=("INV00001",))
    judged.scene.shop.ship(judged.order.id)
    assert judged.verdict(TOLD) == []


def test_what_the_shop_was_told_twice_is_seen(judged: Judged) -> None:
    sale = judged.create()
    judged.erp.deliveries.ship(sale.id)
    parcel = sale.parcels[0]
    for revision in (1, 2):
        tell(judged, revision, parcel.as_shipment(), invoices=("INV1",))
    twice = [
        f"{owner(judged)}: the shop was told 2 times of {parcel.id}",
        f"{owner(judged)}: the shop was told 2 times of INV1",
    ]
    assert judged.verdict(quiescent=False) == twice
    judged.scene.shop.keyed_updates = False
    assert judged.verdict(quiescent=False) == []
