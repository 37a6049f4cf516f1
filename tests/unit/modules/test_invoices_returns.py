"""P1 on returns: credit notes never run ahead of the invoices, and none is forgotten."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.model.sale import BookedOrder
from panstore.modules.p1_invoices.module import module
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.sdk.modules import Due, IssueInvoice
from panstore.sdk.rules import Rule
from tests.unit.modules.order_life import (
    SALE,
    an_order,
    case,
    credit_note,
    fact,
    goods,
    invoice,
    parcel,
    refund,
    sale,
)

ANY = Rule("true")
AT_ONCE = InvoiceSettings(rule=ANY)
BY_PARCEL = InvoiceSettings(rule=ANY, scope="shipped")
WHEN_RECEIVED = InvoiceSettings(rule=ANY, scope="shipped", credit="received")
NEVER = InvoiceSettings(rule=Rule("false"), scope="shipped")
RETURN = "shop/77/return/1"
ISSUED = fact("invoiced", reference="i1")
ONE = invoice(total="6.10")
GONE = (parcel("shipped"),)


def due(order: Order, sales: Iterable[BookedOrder], settings: InvoiceSettings = BY_PARCEL) -> Due:
    return module.due(case(order, sales, [ISSUED]), settings)


def back(
    count: str = "-1", came: str = "0", total: str = "-6.10", product: str = "e1"
) -> BookedOrder:
    return sale(goods(count, "0", came, product=product), key=RETURN, total=total)


def issued(step: Due) -> tuple[str, str]:
    assert isinstance(step, IssueInvoice)
    return step.request.sale, step.request.scope


def too_much(step: Due) -> str:
    assert isinstance(step, Held)
    assert step.code == "invoice.credit_too_much"
    return step.reason


@pytest.mark.parametrize("settings", [BY_PARCEL, WHEN_RECEIVED])
def test_what_was_given_back_before_it_left_is_invoiced_and_then_credited(
    settings: InvoiceSettings,
) -> None:
    """The credit note takes a piece back that no parcel's invoice has charged."""
    order = an_order(refunds=(refund("6.10"),))
    half = sale(goods("2", "0", "1", "1"), shipments=GONE, invoices=(ONE,))
    assert issued(due(order, [half, back()], settings)) == (SALE, "order")
    whole = sale(goods("2", "0", "1", "2"), shipments=GONE, invoices=(ONE, invoice(2, "6.10")))
    assert issued(due(order, [whole, back()], settings)) == (RETURN, "order")


def test_an_order_given_back_whole_is_invoiced_whole_and_then_credited() -> None:
    order = an_order(refunds=(refund("12.20"),))
    half = sale(goods("2", "0", "1", "1"), shipments=GONE, invoices=(ONE,))
    note = back("-2", total="-12.20")
    assert issued(due(order, [half, note])) == (SALE, "order")
    money = sale(key=RETURN, total="-12.20")
    assert issued(due(order, [half, money])) == (SALE, "order")


def test_what_never_left_is_not_invoiced_while_its_credit_note_waits_for_goods() -> None:
    """One of the two is still with the buyer: he would be charged for the other until it comes."""
    order = an_order(refunds=(refund("12.20"),))
    half = sale(goods("2", "0", "1", "1"), shipments=GONE, invoices=(ONE,))
    assert due(order, [half, back("-2", total="-12.20")], WHEN_RECEIVED) is None
    come = back("-2", "-1", total="-12.20")
    assert issued(due(order, [half, come], WHEN_RECEIVED)) == (SALE, "order")


def test_goods_that_are_awaited_do_not_stop_the_invoice_of_others() -> None:
    order = an_order("18.30", refunds=(refund("6.10"), refund("6.10", 2)))
    sent = (goods("2", "0", "1", "1"), goods("1", "0", "1", "1", product="e2"))
    whole = sale(*sent, total="18.30", shipments=GONE, invoices=(invoice(),))
    awaited = sale(goods("-1", product="e2"), key="shop/77/return/2", total="-6.10")
    assert issued(due(order, [whole, back(), awaited], WHEN_RECEIVED)) == (SALE, "order")


def test_pieces_still_to_leave_are_not_invoiced_for_a_return() -> None:
    """The buyer holds one of the two he keeps, and has paid for that one."""
    order = an_order("18.30", refunds=(refund("6.10"),))
    sent = sale(goods("3", "0", "1", "1"), total="18.30", invoices=(ONE,))
    assert due(order, [sent, back()]) is None
    more = sale(goods("3", "0", "2", "2"), total="18.30", invoices=(invoice(),))
    assert issued(due(order, [more, back()])) == (SALE, "order")


def test_a_piece_that_came_back_does_not_count_as_left() -> None:
    order = an_order("18.30", refunds=(refund("6.10"),))
    sent = sale(goods("3", "0", "2", "2"), total="18.30", invoices=(invoice(),))
    assert issued(due(order, [sent, back(came="-1")])) == (RETURN, "order")


def test_the_credit_note_of_one_article_waits_for_the_others_to_leave() -> None:
    order = an_order("18.30", refunds=(refund("6.10"),))
    other = goods("1", product="e2")
    half = sale(goods("2", "0", "1", "1"), other, total="18.30", invoices=(ONE,))
    assert due(order, [half, back()]) is None
    gone = goods("1", "0", "1", "1", product="e2")
    left = sale(goods("2", "0", "1", "1"), gone, total="18.30", invoices=(invoice(),))
    assert issued(due(order, [left, back()])) == (SALE, "order")


def test_money_is_not_given_back_before_it_is_charged() -> None:
    order = an_order("18.30", refunds=(refund("12.20"),))
    money = sale(key=RETURN, total="-12.20")
    half = sale(goods("3", "0", "1", "1"), total="18.30", invoices=(ONE,))
    assert due(order, [half, money]) is None
    less = sale(key=RETURN, total="-6.10")
    assert issued(due(an_order("18.30", refunds=(refund("6.10"),)), [half, less])) == (
        RETURN,
        "order",
    )
    more = sale(goods("3", "0", "2", "2"), total="18.30", invoices=(invoice(),))
    assert issued(due(order, [more, money])) == (RETURN, "order")


def test_a_cent_of_rounding_does_not_keep_a_piece_from_being_credited() -> None:
    order = an_order(refunds=(refund("6.11"),))
    half = sale(goods("2", "0", "1", "1"), invoices=(ONE,))
    assert issued(due(order, [half, back(came="-1", total="-6.11")])) == (RETURN, "order")


def test_no_more_is_credited_than_was_invoiced() -> None:
    half = sale(goods("2", "0", "1", "1"), invoices=(ONE,))
    order = an_order(refunds=(refund("12.20"),))
    assert due(order, [half, back("-2", total="-12.20")], NEVER) is None


def test_a_return_of_an_article_that_no_invoice_names_is_told() -> None:
    """Somebody has put another article into the sale."""
    whole = sale(goods("2", "0", "2", "2"), invoices=(invoice(),))
    order = an_order(refunds=(refund("6.10"),))
    text = too_much(due(order, [whole, back(product="other")], AT_ONCE))
    assert "S-900" in text
    assert "Order 100077" in text


def test_another_return_is_credited_though_one_is_too_much() -> None:
    whole = sale(goods("2", "0", "2", "2"), invoices=(invoice(),))
    order = an_order(refunds=(refund("6.10"), refund("6.10", 2)))
    right = sale(goods("-1"), key="shop/77/return/2", total="-6.10")
    step = issued(due(order, [whole, back(product="other"), right], AT_ONCE))
    assert step == ("shop/77/return/2", "order")
    both = sale(goods("-1", product="more"), key="shop/77/return/2", total="-6.10")
    too_much(due(order, [whole, back(product="other"), both], AT_ONCE))


def test_more_money_than_a_person_has_left_in_the_books_is_told() -> None:
    whole = sale(goods("2", "0", "2", "2"), invoices=(invoice(), credit_note(2, "-1.00")))
    order = an_order(refunds=(refund("12.20"),))
    too_much(due(order, [whole, back("-2", total="-12.20")], AT_ONCE))


def test_a_sale_of_money_alone_that_is_not_invoiced_yet_may_still_be() -> None:
    whole = sale(goods("2", "0", "2", "2"), invoices=(invoice(),))
    fee = sale(key="shop/77/supplement/1", total="1.00")
    order = an_order(refunds=(refund("6.10"),))
    assert due(order, [whole, fee, back(product="other")], NEVER) is None
    paid = sale(key="shop/77/supplement/1", total="1.00", invoices=(invoice(2, "1.00"),))
    too_much(due(order, [whole, paid, back(product="other")], NEVER))


def test_goods_booked_as_received_that_never_left_make_no_debt() -> None:
    order = an_order(refunds=(refund("12.20"),))
    half = sale(goods("2", "0", "1", "1"), shipments=GONE, invoices=(ONE,))
    come = back("-2", "-2", total="-12.20")
    assert issued(due(order, [half, come], WHEN_RECEIVED)) == (SALE, "order")
