"""What becomes of an order of the simulated shop: paid, edited, given back, told of."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.order import Order
from panstore.model.price import PriceTarget
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.sdk.order_roles import OrderUpdate
from panstore.testing.world import History, SimClock, SimShop, SoldOutError

TEN = PriceTarget(Decimal("10.00"), "EUR", includes_tax=False, tax_class="standard")


@pytest.fixture
def shop() -> SimShop:
    return SimShop(History(SimClock()))


@pytest.fixture
def order(shop: SimShop) -> Order:
    cup = shop.add_variant("CUP", free=10, price=TEN)
    return shop.place_order((cup, 3))


def free(shop: SimShop, *ids: ExternalId) -> list[int]:
    return [int(shop.free(id_)) for id_ in ids]


def present(shop: SimShop, order: Order) -> Order:
    entry = shop.orders.get(order.id)
    assert entry is not None
    return entry.order


def cup_of(order: Order) -> ExternalId:
    product = order.lines[0].product
    assert product is not None
    return product


def test_several_payments_add_up(shop: SimShop, order: Order) -> None:
    shop.desk.pay(order.id, Decimal(10))
    assert not present(shop, order).is_paid
    shop.desk.fail_payment(order.id)
    shop.desk.pay(order.id)
    now = present(shop, order)
    assert (now.received, now.is_paid) == (order.total, True)
    assert [one.failed for one in now.payments] == [False, True, False]
    assert shop.desk.pay(order.id) is None


def test_a_payment_that_failed_is_followed_by_another(shop: SimShop, order: Order) -> None:
    shop.desk.fail_payment(order.id)
    assert present(shop, order).payment_failed
    shop.desk.pay(order.id, reference="ref-2")
    now = present(shop, order)
    assert (now.payment_failed, now.is_paid, now.payments[-1].reference) == (False, True, "ref-2")


def test_pieces_given_back_are_free_again_and_all_of_it_makes_it_void(
    shop: SimShop, order: Order
) -> None:
    cup = cup_of(order)
    shop.desk.pay(order.id)
    shop.desk.refund(order.id, lines=[(order.lines[0].id, 1)])
    now = present(shop, order)
    assert (now.given_back, now.is_void) == (Decimal("12.20"), False)
    assert free(shop, cup) == [8]
    assert now.payments[0].refunded == Decimal("12.20")
    assert shop.desk.refund(order.id, lines=[(order.lines[0].id, 3)]) is None
    shop.desk.refund(order.id, lines=[(order.lines[0].id, 2)])
    now = present(shop, order)
    assert (now.given_back, now.is_void) == (order.total, True)
    assert free(shop, cup) == [10]
    assert now.received == 0
    assert shop.desk.refund(order.id) is None


def test_pieces_that_come_back_later_do_not_move_the_shop_s_stock(
    shop: SimShop, order: Order
) -> None:
    cup = cup_of(order)
    shop.ship(order.id)
    shop.desk.refund(order.id, lines=[(order.lines[0].id, 3)])
    assert free(shop, cup) == [7]
    assert shop.in_stock[cup] == 7


def test_an_edit_moves_pieces_money_and_what_is_owed(shop: SimShop, order: Order) -> None:
    cup, pot = cup_of(order), shop.add_variant("POT", free=5, price=TEN)
    shop.desk.edit(order.id, {cup: 5, pot: 1})
    now = present(shop, order)
    assert [f"{line.id}: {line.quantity}" for line in now.lines] == ["1: 5", "2: 1"]
    assert (now.total, now.payments[0].amount) == (Decimal("73.20"), Decimal("73.20"))
    assert free(shop, cup, pot) == [5, 4]
    shop.desk.edit(order.id, {cup: 0})
    assert free(shop, cup, pot) == [10, 4]
    assert shop.desk.edit(order.id, {pot: 0}) is None
    with pytest.raises(SoldOutError):
        shop.desk.edit(order.id, {pot: 6})
    shop.ship(order.id)
    assert shop.desk.edit(order.id, {pot: 1}) is None


def test_a_cancelled_order_may_live_again(shop: SimShop, order: Order) -> None:
    cup = cup_of(order)
    shop.cancel(order.id)
    assert shop.free(cup) == 10
    shop.desk.uncancel(order.id)
    assert present(shop, order).stage == "open"
    assert free(shop, cup) == [7]
    shop.cancel(order.id)
    shop.place_order((cup, 9))
    with pytest.raises(SoldOutError):
        shop.desk.uncancel(order.id)


def tell(order: Order, key: str = "shop/1/tell/1", status: str | None = "shipped") -> OrderUpdate:
    return OrderUpdate(OrderKey(key), order.id, status, invoices=("INV1",))


def test_what_is_told_twice_under_a_key_counts_once(shop: SimShop, order: Order) -> None:
    assert [shop.desk.update(tell(order)) for _ in range(2)] == ["shipped", "shipped"]
    entry = shop.orders.get(order.id)
    assert entry is not None
    assert (len(entry.updates), entry.order.stage) == (1, "shipped")
    assert shop.in_stock[cup_of(order)] == 7


def test_a_shop_without_keys_hears_it_twice(shop: SimShop, order: Order) -> None:
    shop.keyed_updates = False
    for _ in range(2):
        shop.desk.update(tell(order))
    entry = shop.orders.get(order.id)
    assert entry is not None
    assert len(entry.updates) == 2


def test_a_word_that_does_not_fit_is_refused_whole(shop: SimShop, order: Order) -> None:
    shop.cancel(order.id)
    with pytest.raises(RejectedError) as caught:
        shop.desk.update(tell(order))
    assert caught.value.code == "impossible_transition"
    entry = shop.orders.get(order.id)
    assert entry is not None
    assert entry.updates == []
    assert shop.desk.update(tell(order, "shop/1/tell/2", None)) == "cancelled"
    with pytest.raises(NotFoundError):
        shop.desk.update(OrderUpdate(OrderKey("k"), ExternalId("7")))


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["place", "edit", "cancel", "uncancel", "refund"]),
        st.integers(0, 4),
        st.integers(1, 5),
    ),
    max_size=25,
)


@given(DEEDS, st.integers(0, 30))
def test_pieces_after_a_watermark_are_what_each_order_holds_more_than_then(
    deeds: list[tuple[str, int, int]], watermark: int
) -> None:
    shop = SimShop(History(SimClock()))
    cup = shop.add_variant("CUP", free=1000, price=TEN)
    then: dict[ExternalId, Decimal] = {}
    seen = False
    for what, which, number in deeds:
        ids = [entry.order.id for entry in shop.orders.all()]
        if what == "place":
            shop.place_order((cup, number))
        elif ids:
            _do(shop, what, ids[which % len(ids)], cup, number)
        if shop.orders.watermark <= watermark:
            then = _held(shop, cup)
        elif not seen:
            seen = True
    now = _held(shop, cup)
    expected = sum((max(Decimal(0), n - then.get(id_, Decimal(0))) for id_, n in now.items()), 0)
    assert shop.orders.pieces_after(cup, watermark) == expected
    assert shop.allocated.get(cup, 0) == sum(now.values())


def _held(shop: SimShop, cup: ExternalId) -> dict[ExternalId, Decimal]:
    return {e.order.id: e.holds().get(cup, Decimal(0)) for e in shop.orders.all()}


def _do(shop: SimShop, what: str, id_: ExternalId, cup: ExternalId, number: int) -> None:
    match what:
        case "edit":
            shop.desk.edit(id_, {cup: number})
        case "cancel":
            shop.cancel(id_)
        case "uncancel":
            shop.desk.uncancel(id_)
        case _:
            shop.desk.refund(id_, lines=[(ExternalId("1"), number)])
