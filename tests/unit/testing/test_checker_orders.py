"""The judge sees sales that are lost, doubled or of the wrong size on their whole way."""

from decimal import Decimal

import pytest

from panstore.model.customer import Address
from tests.unit.testing.judged import Judged

ELSEWHERE = Address("Ana Novak", "Druga ulica 2", "2000", "Maribor", "SI")


@pytest.fixture
def judged() -> Judged:
    return Judged()


def owner(judged: Judged) -> str:
    return f"order shop/{judged.order.id}"


def test_an_order_booked_as_it_stands_is_found_clean(judged: Judged) -> None:
    assert judged.verdict() == [f"{owner(judged)} is lost: neither in the ERP nor parked"]
    judged.create()
    assert judged.verdict() == []
    assert judged.verdict(parked=True) == [f"{owner(judged)} is parked and in the ERP"]


def test_an_edit_that_did_not_reach_the_erp_is_seen(judged: Judged) -> None:
    first = judged.create()
    judged.desk.edit(judged.order.id, {judged.link.shop: 5}, guard=False)
    assert judged.verdict() == [
        f"{owner(judged)}: charged 61.00 EUR, booked 36.60 EUR",
        f"{owner(judged)}: 5 of {judged.link.erp} were ordered and not given back, 3 are booked",
    ]
    assert judged.verdict(held=True) == []
    assert judged.verdict(quiescent=False) == []
    judged.erp.deliveries.cancel_for(judged.key())
    assert judged.verdict() == [
        f"{owner(judged)} is lost: its sale was cancelled and none took its place",
        f"{owner(judged)}: charged 61.00 EUR, booked 0 EUR",
        f"{owner(judged)}: 5 of {judged.link.erp} were ordered and not given back, 0 are booked",
    ]
    second = judged.create(2)
    assert judged.verdict() == []
    first.state = "confirmed"
    assert f"{owner(judged)} is doubled: {first.number}, {second.number}" in judged.verdict(
        quiescent=False
    )


def test_a_supplement_or_return_makes_up_for_an_edit(judged: Judged) -> None:
    sale = judged.create()
    judged.erp.deliveries.ship(sale.id)
    judged.desk.edit(judged.order.id, {judged.link.shop: 5}, guard=False)
    judged.correct(2)
    assert judged.verdict() == []
    judged.desk.refund(judged.order.id, lines=[(judged.order.lines[0].id, 1)])
    assert len(judged.verdict()) == 2
    judged.correct(-1)
    assert judged.verdict() == []


def test_a_correction_that_is_there_twice_is_seen() -> None:
    judged = Judged(keyed=False)
    sale = judged.create()
    judged.erp.deliveries.ship(sale.id)
    judged.desk.edit(judged.order.id, {judged.link.shop: 5}, guard=False)
    judged.correct(2)
    judged.correct(2)
    key = judged.key("supplement")
    assert f"{owner(judged)}: {key} is in the ERP 2 times" in judged.verdict(quiescent=False)


def test_a_void_order_has_no_sale_and_needs_none(judged: Judged) -> None:
    sale = judged.create()
    judged.scene.shop.cancel(judged.order.id)
    assert judged.verdict() == [f"{owner(judged)} is void and {sale.number} stands"]
    judged.erp.deliveries.cancel_for(judged.key())
    assert judged.verdict() == []
    judged.desk.uncancel(judged.order.id, guard=False)
    assert judged.verdict()[0].startswith(f"{owner(judged)} is lost")
    judged.create(2)
    assert judged.verdict() == []
    judged.desk.refund(judged.order.id)
    assert judged.verdict() == [
        f"{owner(judged)} is void and {judged.erp.sales.by_key(judged.key(revision=2))[0].number}"
        " stands"
    ]


def test_all_of_it_given_back_after_it_left_wants_a_return(judged: Judged) -> None:
    sale = judged.create()
    judged.erp.deliveries.ship(sale.id)
    judged.desk.refund(judged.order.id, lines=[(judged.order.lines[0].id, 3)])
    assert f"{owner(judged)}: charged 0.00 EUR, booked 36.60 EUR" in judged.verdict()
    judged.correct(-3)
    assert judged.verdict() == []


def test_what_a_person_cancelled_is_not_missed_and_not_made_again(judged: Judged) -> None:
    sale = judged.create()
    judged.erp.deliveries.cancel(sale.id)
    assert judged.verdict() == []
    judged.create(2)
    assert judged.verdict() == [
        f"{owner(judged)}: {sale.number} was cancelled by hand and made again"
    ]


def test_another_address_is_another_sale(judged: Judged) -> None:
    sale = judged.create()
    judged.erp.deliveries.cancel(sale.id)
    judged.desk.readdress(judged.order.id, ELSEWHERE)
    judged.create(2)
    assert judged.verdict() == []


def test_goods_between_two_sales_stay_promised(judged: Judged) -> None:
    judged.create()
    judged.erp.deliveries.cancel_for(judged.key())
    judged.scene.shop.edit_stock(judged.link.shop, 10)
    assert any("offers 10" in one and "leave 7" in one for one in judged.verdict())


def test_a_thing_that_is_invoiced_twice_is_seen(judged: Judged) -> None:
    sale = judged.create()
    first = judged.erp.billing.post_by_hand(sale.id)
    assert first is not None
    assert judged.verdict() == []
    first.key = "shop/1/invoice/1"
    sale.papers.append(first)
    assert judged.verdict(quiescent=False) == [
        f"{sale.number}: 6 of 3 {sale.lines[0].description!r} are invoiced: INV00001, INV00001",
        f"{sale.number}: 2 documents have the key shop/1/invoice/1",
    ]


def test_an_invoice_taken_back_twice_is_seen(judged: Judged) -> None:
    sale = judged.create()
    invoice = judged.erp.billing.post_by_hand(sale.id)
    assert invoice is not None
    for _ in range(2):
        invoice.credited = False
        judged.erp.billing.credit_by_hand(sale.id, invoice.id)
    assert f"{sale.number}: {invoice.id} was taken back 2 times" in judged.verdict(quiescent=False)


def test_money_that_stands_for_a_cancelled_sale_is_seen(judged: Judged) -> None:
    sale = judged.create()
    invoice = judged.erp.billing.post_by_hand(sale.id)
    assert invoice is not None
    invoice.credited = True
    judged.scene.shop.cancel(judged.order.id)
    judged.erp.deliveries.cancel_for(judged.key())
    assert judged.verdict(quiescent=False) == [
        f"{sale.number} is cancelled and {Decimal('36.60')} EUR stand in the books"
    ]
