"""S4 after the first booking: edits, cancellations and what people do in the ERP meanwhile."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.model.customer import Address
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.order import Order, PickupPoint
from panstore.model.plan import Held
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.modules import Fact
from tests.unit.modules.order_desk import NOW, Desk, refund, refunded
from tests.unit.modules.order_scene import ADDRESS, SETTINGS, amount, case, line, order, parked

THREE = order(line(amount("30.00", "6.60"), "3", sku="KAVA-250"))
FOUR = order(line(amount("40.00", "8.80"), "4", sku="KAVA-250"))
CANCELLED = replace(THREE, stage="cancelled")
ONE_BACK = refund("12.20", refunded("l1", "1", "10.00", "2.20"))
PIECE = ExternalId("e-l1")


def desk(one: Order = THREE, settings: OrderSettings = SETTINGS) -> Desk:
    """An order that is in the ERP."""
    new = Desk(case(one), settings)
    assert new.run() is None
    assert new.done == ["create 77/order/1"]
    return new


def test_an_edit_before_anything_is_packed_makes_the_sale_anew() -> None:
    ours = desk()
    assert ours.edit(FOUR) is None
    assert ours.done[1:] == ["cancel 77/order/1", "create 77/order/2"]
    assert ours.total == Decimal("48.80")
    assert ours.pieces() == {PIECE: Decimal(4)}
    assert ours.made[1].corrects is None
    assert ours.edit(THREE) is None
    assert ours.done[3:] == ["cancel 77/order/2", "create 77/order/3"]
    assert [one.key for one in ours.standing()] == ["shop/77/order/3"]


def test_what_is_not_the_order_s_content_changes_nothing() -> None:
    ours = desk()
    renamed = replace(THREE, status="Paid", note="Ring twice.", tags=("vip",))
    assert ours.edit(renamed) is None
    turned = replace(THREE, lines=(replace(THREE.lines[0], title="Coffee", id=ExternalId("l9")),))
    assert ours.edit(turned) is None
    assert len(ours.done) == 1


def test_the_old_sale_stands_until_a_new_one_can_be_made() -> None:
    ours = desk()
    wrong = replace(FOUR, total=Decimal("99.00"))
    reason = parked(ours.edit(wrong), "order.sum")
    assert "Sale S-1 in the ERP stays as it was before the change" in reason
    assert [one.key for one in ours.standing()] == ["shop/77/order/1"]


def test_another_address_makes_the_sale_anew_until_something_is_packed() -> None:
    moved = replace(THREE, billing=replace(ADDRESS, street="Celovška 2"))
    ours = desk()
    assert ours.edit(moved) is None
    assert ours.done[1:] == ["cancel 77/order/1", "create 77/order/2"]
    fetched = replace(moved, pickup=PickupPoint("LJ1", "Shop Ljubljana"))
    assert ours.edit(fetched) is None
    assert ours.made[-1].note == "Pick-up: Shop Ljubljana (LJ1)"
    assert ours.made[-1].delivery_method == "LJ1"
    ours.ship("shop/77/order/3")
    assert ours.edit(replace(fetched, shipping=Address("Bo", "", "", "", ""))) is None
    assert len(ours.made) == 3


def test_a_cancelled_order_s_sale_is_cancelled() -> None:
    ours = desk()
    assert ours.edit(CANCELLED) is None
    assert ours.done[1:] == ["cancel 77/order/1"]
    assert ours.run() is None
    assert ours.edit(THREE) is None
    assert ours.done[2:] == ["create 77/order/2"]
    assert ours.total == THREE.total


def test_an_order_given_back_before_it_left_is_cancelled() -> None:
    ours = desk()
    assert ours.edit(replace(THREE, refunds=(refund("36.60"),))) is None
    assert ours.done[1:] == ["cancel 77/order/1"]


def test_a_void_order_is_never_imported() -> None:
    assert Desk(case(CANCELLED), SETTINGS).run() is None
    back = replace(THREE, refunds=(refund("36.60"),))
    assert Desk(case(back), SETTINGS).run() is None


def test_an_invoice_is_credited_before_the_sale_is_cancelled() -> None:
    ours = desk()
    ours.invoice()
    reason = parked(ours.edit(CANCELLED), "order.cancelled_invoiced")
    assert "invoice R-1 of sale S-1 stands in the books" in reason
    ours.credit()
    assert ours.run() is None
    assert ours.done[1:] == ["cancel 77/order/1"]


def test_an_invoice_credited_by_hand_is_credited() -> None:
    ours = desk()
    ours.invoice()
    ours.credit()
    key = OrderKey("shop/77/order/1")
    invoice, note = ours.sales[key].invoices
    ours.sales[key] = replace(ours.sales[key], invoices=(invoice, replace(note, credits=None)))
    assert ours.edit(CANCELLED) is None
    assert ours.done[1:] == ["cancel 77/order/1"]


def test_packed_goods_have_to_be_unpacked_first() -> None:
    ours = desk()
    ours.pack()
    reason = parked(ours.edit(CANCELLED), "order.cancelled_packed")
    assert "goods of sale S-1 are packed" in reason
    parked(ours.edit(replace(THREE, refunds=(refund("36.60"),))), "order.cancelled_packed")


def test_cancelled_after_shipping_is_for_a_person() -> None:
    ours = desk()
    ours.ship()
    reason = parked(ours.edit(CANCELLED), "order.cancelled_shipped")
    assert "goods of sale S-1 have left already" in reason
    partly = replace(CANCELLED, refunds=(ONE_BACK,))
    parked(ours.edit(partly), "order.cancelled_shipped")
    assert len(ours.done) == 1


def test_supplements_go_before_the_sale_they_belong_to() -> None:
    ours = desk()
    ours.invoice()
    assert ours.edit(FOUR) is None
    assert ours.done[1:] == ["create 77/supplement/1"]
    ours.credit()
    assert ours.edit(replace(FOUR, stage="cancelled")) is None
    assert ours.done[2:] == ["cancel 77/supplement/1", "cancel 77/order/1"]
    assert ours.standing() == []
    assert ours.edit(FOUR) is None
    assert ours.done[4:] == ["create 77/order/2"]
    assert ours.total == FOUR.total


def test_a_sale_somebody_cancelled_in_the_erp_is_not_made_again() -> None:
    ours = desk()
    ours.undo()
    reason = parked(ours.run(), "order.erp_cancelled")
    assert "sale S-1 was cancelled in the ERP" in reason
    parked(ours.edit(FOUR), "order.erp_cancelled")
    assert ours.edit(CANCELLED) is None
    quiet = OrderSettings(warehouse="LJ", erp_cancelled="tell", tell={"cancelled": "Cancelled"})
    ours = Desk(case(THREE), quiet)
    ours.run()
    ours.undo()
    assert ours.run() is None
    assert ours.told[-1].status == "Cancelled"
    assert len(ours.made) == 1
    parked(ours.edit(replace(THREE, stage="shipped")), "order.erp_cancelled")


def test_a_sale_that_is_gone_is_for_a_person() -> None:
    ours = desk()
    ours.sales.clear()
    assert "the ERP does not have that sale" in parked(ours.run(), "order.sale_gone")
    assert ours.edit(CANCELLED) is None
    ours = desk()
    ours.invoice()
    ours.edit(FOUR)
    del ours.sales[OrderKey("shop/77/supplement/1")]
    assert "sale S-2 was made" in parked(ours.run(), "order.sale_gone")


def test_a_return_somebody_cancelled_in_the_erp_is_not_made_again() -> None:
    ours = desk()
    ours.ship()
    ours.edit(replace(THREE, refunds=(ONE_BACK,)))
    ours.undo("shop/77/return/1")
    assert "sale S-2 was cancelled" in parked(ours.run(), "order.erp_cancelled")
    ours.settings = OrderSettings(
        warehouse="LJ", erp_cancelled="tell", tell={"cancelled": "Cancelled"}
    )
    assert ours.run() is None
    second = refund("12.20", refunded("l1", "1", "10.00", "2.20"), number=2)
    assert ours.edit(replace(THREE, refunds=(ONE_BACK, second))) is None
    assert ours.made[-1].key == "shop/77/return/2"
    assert ours.made[-1].total == Decimal("-12.20")


def test_what_people_have_changed_in_the_erp_is_not_undone() -> None:
    ours = desk()
    key = OrderKey("shop/77/order/1")
    ours.sales[key] = replace(ours.sales[key], total=Decimal("30.00"))
    assert ours.run() is None
    reason = parked(ours.edit(FOUR), "order.erp_changed")
    assert "sale S-1 was made with 36.6 and stands at 30 EUR" in reason
    assert ours.edit(replace(FOUR, stage="cancelled")) is None
    assert ours.standing() == []


@pytest.mark.parametrize(
    "detail", ["", "{}", '{"lines":[],"total":"1","content":"0:x","address":""}']
)
def test_an_upgrade_books_nothing_anew(detail: str) -> None:
    ours = desk()
    ours.facts = [replace(ours.facts[0], detail=detail, key="")]
    assert ours.edit(replace(FOUR, billing=None)) is None
    assert len(ours.done) == 1


def test_facts_of_the_first_versions_are_understood() -> None:
    ours = desk()
    ours.facts = [Fact("imported", 1, NOW, reference="1", number="S-1")]
    ours.ship()
    back = replace(THREE, refunds=(refund("36.60", refunded("l1", "3", "30.00", "6.60")),))
    reason = parked(ours.edit(back), "order.difference")
    assert "did not keep its lines" in reason
    assert isinstance(ours.run(), Held)
    del ours.sales[OrderKey("shop/77/order/1")]
    assert ours.run() is None
