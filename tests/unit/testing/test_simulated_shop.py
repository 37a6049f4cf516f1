"""The simulated shop sells, journals and takes stock as the real ones do."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panstore.model.ids import ExternalId
from panstore.model.price import PriceTarget
from panstore.testing.world import History, SimClock, SimShop, SoldOutError, shipping_charge

TEN = PriceTarget(Decimal("10.00"), "EUR", includes_tax=False, tax_class="standard")


@pytest.fixture
def shop() -> SimShop:
    return SimShop(History(SimClock()))


def test_an_order_takes_pieces_and_a_guarded_checkout_refuses_the_rest(shop: SimShop) -> None:
    cup = shop.add_variant("CUP", free=2, price=TEN)
    shop.place_order((cup, 2))
    assert shop.free(cup) == 0
    with pytest.raises(SoldOutError):
        shop.place_order((cup, 1))
    assert shop.oversold == 0


def test_without_the_guard_oversold_pieces_are_counted(shop: SimShop) -> None:
    cup = shop.add_variant("CUP", free=1, price=TEN)
    for _ in range(3):
        shop.place_order((cup, 1), guard=False)
    assert shop.free(cup) == -2
    assert shop.oversold == 2


def test_a_stock_write_takes_off_what_was_ordered_after_its_watermark(shop: SimShop) -> None:
    cup = shop.add_variant("CUP", free=10, price=TEN)
    shop.place_order((cup, 3))
    watermark = shop.orders.watermark
    late = shop.place_order((cup, 2))
    assert shop.take_stock(cup, Decimal(7), watermark) == 5
    assert shop.in_stock[cup] == 10
    shop.cancel(late.id)
    assert shop.take_stock(cup, Decimal(7), watermark) == 7


def test_an_unguarded_shop_stores_what_it_is_given() -> None:
    shop = SimShop(History(SimClock()), guarded_stock=False)
    cup = shop.add_variant("CUP", free=10, price=TEN)
    shop.place_order((cup, 2))
    assert shop.take_stock(cup, Decimal(10), 0) == 10


def test_what_is_free_is_never_stored_below_zero(shop: SimShop) -> None:
    cup = shop.add_variant("CUP", free=10, price=TEN)
    shop.place_order((cup, 4))
    assert shop.take_stock(cup, Decimal(1), 0) == 0
    assert shop.in_stock[cup] == 4


def test_the_journal_gives_each_changed_order_once_with_its_present_state(shop: SimShop) -> None:
    cup = shop.add_variant("CUP", free=100, price=TEN)
    first, second = shop.place_order((cup, 1)), shop.place_order((cup, 1))
    shop.set_status(first.id, "paid")
    page = shop.orders.since(0, 1, tick=1)
    assert ([order.id for order in page.orders], page.cursor, page.more) == ([first.id], "1", True)
    page = shop.orders.since(1, 5, tick=2)
    assert [(order.id, order.status) for order in page.orders] == [
        (second.id, "new"),
        (first.id, "paid"),
    ]
    assert not page.more


def test_a_broken_order_is_named_and_does_not_hide_the_others(shop: SimShop) -> None:
    cup = shop.add_variant("CUP", free=100, price=TEN)
    first, second = shop.place_order((cup, 1)), shop.place_order((cup, 1))
    shop.break_order(first.id, "line 1 has no rate")
    page = shop.orders.since(0, 10, tick=1)
    assert [order.id for order in page.orders] == [second.id]
    (broken,) = page.broken
    assert (broken.id, broken.what) == (first.id, "line 1 has no rate")
    assert broken.holds == ((cup, Decimal(1)),)


def test_shipping_takes_pieces_out_of_both_numbers(shop: SimShop) -> None:
    cup = shop.add_variant("CUP", free=5, price=TEN)
    order = shop.place_order((cup, 2))
    shop.ship(order.id)
    assert shop.in_stock[cup] == 3
    assert shop.allocated[cup] == 0


@pytest.mark.parametrize(
    ("includes_tax", "price", "total"), [(False, "9.99", "36.56"), (True, "9.99", "29.97")]
)
def test_what_is_charged_adds_up(includes_tax: bool, price: str, total: str) -> None:
    shop = SimShop(History(SimClock()), prices_include_tax=includes_tax)
    target = PriceTarget(Decimal(price), "EUR", includes_tax=includes_tax, tax_class="standard")
    cup = shop.add_variant("CUP", free=5, price=target)
    post = shipping_charge(Decimal("4.90"), Decimal(22))
    order = shop.place_order((cup, 3), charges=[post])
    assert order.total == Decimal(total) + Decimal("4.90")
    assert order.total == order.lines[0].charged.gross + post.charged.gross


def test_a_discount_is_shown_on_the_line(shop: SimShop) -> None:
    cup = shop.add_variant("CUP", free=5, price=TEN)
    line = shop.place_order((cup, 2), discount_percent=Decimal(10)).lines[0]
    assert (line.charged.net, line.charged.gross) == (Decimal("18.00"), Decimal("21.96"))
    assert line.discount == Decimal("2.44")


def test_nothing_without_a_price_is_sold(shop: SimShop) -> None:
    cup = shop.add_variant("CUP", free=5)
    with pytest.raises(SoldOutError):
        shop.place_order((cup, 1))
    with pytest.raises(SoldOutError):
        shop.place_order((ExternalId("V1"), 1))


@given(
    st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=1, max_size=20),
    st.integers(0, 30),
)
def test_pieces_after_a_watermark_are_those_of_later_orders_not_cancelled(
    bought: list[tuple[int, bool]], watermark: int
) -> None:
    shop = SimShop(History(SimClock()))
    cup = shop.add_variant("CUP", free=1000, price=TEN)
    expected = 0
    for quantity, cancelled in bought:
        order = shop.place_order((cup, quantity))
        if shop.orders.watermark > watermark and not cancelled:
            expected += quantity
        if cancelled:
            shop.cancel(order.id)
    assert shop.orders.pieces_after(cup, watermark) == expected
