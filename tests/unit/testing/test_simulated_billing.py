"""Invoices of the simulated ERP: once under a key, numbered without gaps, to the cent."""

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import CreditRequest, InvoiceRequest, InvoiceScope
from panstore.model.sale import BookedLine, BookedOrder
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.testing.bookings import goods_line, one_line_sale
from panstore.testing.world import History, SimClock, SimErp
from panstore.testing.world.reckoning import erp_total

KEY = OrderKey("shop/1/order/1")
DAY = dt.date(2026, 3, 2)


@pytest.fixture
def erp() -> SimErp:
    return SimErp(History(SimClock()))


def book(erp: SimErp, quantity: int = 3) -> BookedOrder:
    """Pieces at 1.69 and shipping at 3.99, so that parts of it do not add up by themselves."""
    tea = erp.add_variant("TEA", on_hand=10)
    lines = (
        goods_line(tea, Decimal(quantity), Decimal("1.69"), Decimal(22)),
        BookedLine(
            None, "shipping", "Post", Decimal(1), Decimal("3.99"), Decimal("3.99"), Decimal(22)
        ),
    )
    order = one_line_sale(KEY, lines[0], warehouse="LJ")
    total = erp_total(lines, "EUR", erp.rules)
    return erp.sales.create(replace(order, lines=lines, total=total))


def ask(number: int = 1, scope: InvoiceScope = "order") -> InvoiceRequest:
    return InvoiceRequest(OrderKey(f"shop/1/invoice/{number}"), KEY, scope, DAY)


def test_an_invoice_is_there_once_under_its_key(erp: SimErp) -> None:
    booked = book(erp)
    first = erp.billing.issue(ask())
    again = erp.billing.issue(ask())
    (invoice,) = again.invoices
    assert (invoice.number, invoice.state, invoice.total, invoice.key, invoice.date) == (
        "INV00001",
        "posted",
        booked.total,
        ask().key,
        DAY,
    )
    assert (first.repeated, again.repeated) == (False, True)
    assert again.goods[0].invoiced == 3
    with pytest.raises(RejectedError) as caught:
        erp.billing.issue(ask(2))
    assert caught.value.code == "nothing_to_invoice"


def test_without_keys_it_is_doubled() -> None:
    erp = SimErp(History(SimClock()), keyed=False)
    booked = book(erp)
    erp.billing.issue(ask())
    again = erp.billing.issue(ask())
    assert [one.total for one in again.standing_invoices] == [booked.total, booked.total]


def test_what_has_left_is_invoiced_part_by_part_and_to_the_cent(erp: SimErp) -> None:
    booked = book(erp)
    tea = booked.goods[0].product
    with pytest.raises(RejectedError) as caught:
        erp.billing.issue(ask(1, "shipped"))
    assert caught.value.code == "nothing_to_invoice"
    for number in (1, 2, 3):
        erp.deliveries.ship(booked.id, {tea: 1})
        assert erp.billing.issue(ask(number, "shipped")).goods[0].invoiced == number
    (sale,) = erp.sales.booked([KEY])
    assert len(sale.invoices) == 3
    assert sum(one.total for one in sale.invoices) == booked.total
    assert sale.invoices[0].total > sale.invoices[1].total, "shipping is on the first one"


def test_an_invoice_made_by_hand_takes_the_key(erp: SimErp) -> None:
    booked = book(erp)
    erp.billing.post_by_hand(booked.id)
    sale = erp.billing.issue(ask())
    (invoice,) = sale.invoices
    assert (invoice.key, sale.repeated) == (ask().key, True)
    assert erp.billing.post_by_hand(booked.id) is None


def test_a_draft_becomes_the_invoice(erp: SimErp) -> None:
    booked = book(erp)
    erp.billing.draft(booked.id)
    (draft,) = erp.sales.booked([KEY])[0].invoices
    assert (draft.state, draft.number, draft.issued) == ("draft", "", False)
    (invoice,) = erp.billing.issue(ask()).invoices
    assert (invoice.id, invoice.number, invoice.total) == (draft.id, "INV00001", booked.total)


def test_a_credit_note_takes_the_whole_back_once_and_another_invoice_may_follow(
    erp: SimErp,
) -> None:
    booked = book(erp)
    (invoice,) = erp.billing.issue(ask()).invoices
    credit = CreditRequest(OrderKey("shop/1/credit/1"), KEY, invoice.id, DAY)
    first, again = erp.billing.credit(credit), erp.billing.credit(credit)
    assert first.standing_invoices == ()
    assert first.goods[0].invoiced == 0
    assert (len(again.invoices), again.repeated) == (2, True)
    assert again.invoices[1].total == -booked.total
    assert again.invoices[1].credits == invoice.id
    with pytest.raises(RejectedError) as caught:
        erp.billing.credit(replace(credit, key=OrderKey("shop/1/credit/2")))
    assert caught.value.code == "already_credited"
    with pytest.raises(NotFoundError):
        erp.billing.credit(
            replace(credit, key=OrderKey("shop/1/credit/3"), invoice=ExternalId("I9"))
        )
    erp.billing.issue(ask(2))
    numbers = [one.number for one in erp.sales.booked([KEY])[0].invoices]
    assert numbers == ["INV00001", "CRE00002", "INV00003"]
    assert erp.sales.get(booked.id).charged == booked.total


def test_an_invoiced_sale_is_not_cancelled_until_it_is_credited(erp: SimErp) -> None:
    booked = book(erp)
    (invoice,) = erp.billing.issue(ask()).invoices
    with pytest.raises(RejectedError) as caught:
        erp.deliveries.cancel_for(KEY)
    assert caught.value.code == "order_invoiced"
    erp.billing.credit_by_hand(booked.id, invoice.id)
    assert erp.deliveries.cancel_for(KEY).state == "cancelled"
    with pytest.raises(RejectedError) as caught:
        erp.billing.issue(ask(2))
    assert caught.value.code == "order_cancelled"


def test_the_invoice_of_a_return_is_below_zero(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=10)
    back = OrderKey("shop/1/return/1")
    line = goods_line(tea, Decimal(-2), Decimal(10), Decimal(22))
    erp.sales.create(replace(one_line_sale(back, line, warehouse="LJ"), corrects=KEY))
    request = InvoiceRequest(OrderKey("shop/1/invoice/2"), back, "shipped", DAY)
    with pytest.raises(RejectedError):
        erp.billing.issue(request)
    erp.deliveries.receive(erp.sales.first(back, "test").id)
    sale = erp.billing.issue(request)
    assert sale.goods[0].invoiced == -2
    assert [one.total for one in sale.standing_invoices] == [Decimal("-24.40")]
