"""An order's whole life on the real Tryton and the real Oscar, with PanStore between them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from panstore.demo import shop as demo_shop
from panstore.demo.world import cache_directory
from tests.e2e.demo import Demo
from tests.e2e.life import Life, Sold

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

# Oscar's back office cannot change a line; a shop does it in its own code, line and totals.
_EDIT = """
from decimal import Decimal
from oscar.core.loading import get_model
order = get_model("order", "Order").objects.get(number={number!r})
line = order.lines.get()
order.total_excl_tax -= line.line_price_excl_tax
order.total_incl_tax -= line.line_price_incl_tax
net = line.line_price_excl_tax / line.quantity * {quantity}
gross = (net * (1 + Decimal({rate!r}) / 100)).quantize(Decimal("0.01"))
line.quantity = {quantity}
line.line_price_excl_tax = line.line_price_before_discounts_excl_tax = net
line.line_price_incl_tax = line.line_price_before_discounts_incl_tax = gross
line.save()
order.total_excl_tax += net
order.total_incl_tax += gross
order.save()
"""


def _edit(life: Life, demo: Demo, sold: Sold, quantity: int) -> None:
    """Somebody at the shop changes how many pieces of its only line the order has."""
    rate = life.first_line(sold)["tax_rate"]
    script = _EDIT.format(number=sold.number, quantity=quantity, rate=rate)
    build = demo_shop.prepare(cache_directory(), print)
    build.manage(demo.directory / "shop", "shell", "-v0", "-c", script)


def _revisions(life: Life, sold: Sold) -> list[tuple[str, bool]]:
    """For each sale of the order, oldest first, what its key ends with and whether it lives."""
    return [
        (sale["panstore_key"].removeprefix(f"shop/{sold.id}/"), sale["state"] != "cancelled")
        for sale in life.sales(sold)
    ]


def test_a_guest_order_is_reserved_invoiced_and_sent_by_itself(life: Life) -> None:
    goods = life.goods(on_hand=9)
    sold = life.buy(goods, 2)
    assert life.status(sold, "Being processed") == "Being processed"
    total = life.total(sold)
    ((number, amount),) = life.papers(sold)
    assert amount == total
    assert life.set_aside(goods) == 2
    assert life.offered(goods, 7) == 7
    assert f"Invoice {number}" in life.staff.order(sold.number)

    life.people.ship_part(life.sale(sold), {goods["erp_id"]: Decimal(2)}, "RR123456785SI")
    assert life.status(sold, "Shipped") == "Shipped"
    placed, processed, sent = life.mails(sold, 3)
    assert sold.number in placed[1]
    assert processed[0] == f"Your order {sold.number} is being packed"
    assert sent[0] == f"Your order {sold.number} is on its way"
    for text in ("Pošta Slovenije", "RR123456785SI", f"Invoice {number}"):
        assert text in sent[1]
    assert "RR123456785SI" in life.staff.order(sold.number)
    life.assert_books(sold, total)
    assert life.set_aside(goods) == 0
    assert life.offered(goods, 7) == 7


def test_what_is_sent_in_parts_is_told_in_parts(life: Life) -> None:
    goods = life.goods()
    sold = life.buy(goods, 3)
    life.status(sold, "Being processed")
    sale = life.sale(sold)
    life.people.ship_part(sale, {goods["erp_id"]: Decimal(2)}, "RR000000001SI")
    assert life.status(sold, "Partly shipped") == "Partly shipped"
    life.people.ship_part(sale, {goods["erp_id"]: Decimal(1)}, "RR000000002SI")
    assert life.status(sold, "Shipped") == "Shipped"
    *_, part, rest = life.mails(sold, 4)
    assert part[0].endswith("is partly on its way")
    assert "RR000000001SI" in part[1]
    assert "RR000000002SI" not in part[1]
    assert "RR000000002SI" in rest[1]
    life.assert_books(sold, life.total(sold))


def test_a_cancelled_order_is_undone_in_the_erp_and_may_be_taken_up_again(life: Life) -> None:
    goods = life.goods(on_hand=6)
    sold = life.buy(goods, 2)
    life.status(sold, "Being processed")
    total = life.total(sold)
    assert life.offered(goods, 4) == 4

    life.staff.set_status(sold.number, "Cancelled")
    assert life.becomes(lambda: _revisions(life, sold), [("order/1", False)])
    life.assert_books(sold, Decimal(0))
    invoice, note = life.papers(sold)
    assert (invoice[1], note[1]) == (total, -total)
    assert life.set_aside(goods) == 0
    assert life.offered(goods, 6) == 6
    told = life.becomes(lambda: note[0] in life.staff.order(sold.number), wanted=True)
    assert told, "the credit note's number is not in the shop"

    life.staff.set_status(sold.number, "Pending")
    revived = [("order/1", False), ("order/2", True)]
    assert life.becomes(lambda: _revisions(life, sold), revived) == revived
    assert life.status(sold, "Being processed") == "Being processed"
    assert life.becomes(lambda: life.invoiced(sold), total) == total
    life.assert_books(sold, total)
    assert life.set_aside(goods) == 2
    assert life.offered(goods, 4) == 4


def test_goods_given_back_after_they_were_sent_are_a_return_and_a_credit_note(life: Life) -> None:
    goods = life.goods()
    sold = life.buy(goods, 3, method="card")
    life.status(sold, "Being processed")
    life.people.ship(life.sale(sold))
    assert life.status(sold, "Shipped") == "Shipped"
    total, line = life.total(sold), life.first_line(sold)
    life.assert_books(sold, total)

    amount = (Decimal(line["line_price_incl"]) / 3).quantize(Decimal("0.01"))
    life.staff.note_money_for(sold.number, "refunded", str(amount), {line["id"]: 1})
    assert life.becomes(lambda: life.invoiced(sold), total - amount) == total - amount
    life.assert_books(sold, total - amount)
    assert _revisions(life, sold) == [("order/1", True), ("return/1", True)]
    (_, back) = life.living(sold)
    assert back["total_amount"] == -amount
    numbers = [number for number, _ in life.papers(sold)]
    assert len(numbers) == 2
    told = life.becomes(
        lambda: all(number in life.staff.order(sold.number) for number in numbers), wanted=True
    )
    assert told


def test_an_order_to_be_paid_first_follows_its_changes_and_is_invoiced_when_it_is_paid(
    life: Life, demo: Demo
) -> None:
    goods = life.goods(on_hand=9)
    sold = life.buy(goods, 2, method="transfer")
    assert life.status(sold, "Being processed") == "Being processed"
    life.assert_books(sold, life.total(sold), invoiced=False)
    assert life.set_aside(goods) == 2

    _edit(life, demo, sold, 3)
    changed = [("order/1", False), ("order/2", True)]
    assert life.becomes(lambda: _revisions(life, sold), changed) == changed
    assert life.becomes(lambda: life.set_aside(goods), 3) == 3
    assert life.offered(goods, 6) == 6
    life.assert_books(sold, life.total(sold), invoiced=False)

    line = life.first_line(sold)
    life.staff.note_goods(sold.number, "cancelled", {line["id"]: 1})
    changed = [("order/1", False), ("order/2", False), ("order/3", True)]
    assert life.becomes(lambda: _revisions(life, sold), changed) == changed
    assert life.becomes(lambda: life.set_aside(goods), 2) == 2
    assert life.offered(goods, 7) == 7
    owed = life.living(sold)[0]["total_amount"]
    piece = Decimal(line["line_price_incl"]) / 3
    assert abs(life.total(sold) - piece - owed) < Decimal("0.01")
    assert life.papers(sold) == []

    life.staff.note_money(sold.number, "paid", str(life.total(sold)))
    assert life.becomes(lambda: life.invoiced(sold), owed) == owed
    life.assert_books(sold, owed)


def test_what_people_do_in_the_erp_by_hand_is_not_done_again(life: Life) -> None:
    goods = life.goods()
    sold = life.buy(goods, 2, method="transfer")
    life.status(sold, "Being processed")
    sale, total = life.sale(sold), life.total(sold)
    life.people.invoice(sale, life.erp_today)
    ((number, _),) = life.papers(sold)
    assert life.becomes(lambda: number in life.staff.order(sold.number), wanted=True)
    life.people.ship(sale)
    assert life.status(sold, "Shipped") == "Shipped"
    life.staff.note_money(sold.number, "paid", str(total))
    later = life.buy(goods, 1)
    life.status(later, "Being processed")
    life.assert_books(sold, total)
    assert life.papers(sold) == [(number, total)]


def _parked(demo: Demo, sold: Sold) -> list[str]:
    records = demo.console("parked")["parked"]
    return [one["code"] for one in records if one["key"] == str(sold.id)]


def test_goods_of_a_parcel_that_a_person_cancels_stay_off_sale(life: Life, demo: Demo) -> None:
    """The sale lives and is invoiced; no open move is left in the ERP that would promise them."""
    goods = life.goods(on_hand=5)
    sold = life.buy(goods, 2)
    life.status(sold, "Being processed")
    assert life.offered(goods, 3) == 3
    sale = life.sale(sold)
    life.people.drop_parcel(sale)
    wanted = ["order.parcel_lost"]
    assert life.becomes(lambda: _parked(demo, sold), wanted) == wanted
    assert life.offered(goods, 3) == 3
    life.people.make_parcel_anew(sale)
    assert life.becomes(lambda: _parked(demo, sold), []) == []
    assert life.becomes(lambda: life.set_aside(goods), Decimal(2)) == 2
    assert life.offered(goods, 3) == 3


def test_a_sale_that_a_person_cancels_in_the_erp_is_not_made_again(life: Life, demo: Demo) -> None:
    goods = life.goods(on_hand=5)
    sold = life.buy(goods, 2, method="transfer")
    life.status(sold, "Being processed")
    life.people.give_up(life.sale(sold))
    wanted = ["order.erp_cancelled"]
    assert life.becomes(lambda: _parked(demo, sold), wanted) == wanted
    assert life.offered(goods, 3) == 3
    assert life.order(sold)["status"] == "Being processed"
    assert len(life.sales(sold)) == 1
    assert life.papers(sold) == []
    assert life.set_aside(goods) == 0
