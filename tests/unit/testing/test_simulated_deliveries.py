"""Goods of the simulated ERP's sales: never more set aside than there is, nothing forgotten."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.sale import BookedOrder
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.testing.bookings import goods_line, one_line_sale
from panstore.testing.world import History, SimClock, SimErp

KEY = OrderKey("shop/1/order/1")
TEN, RATE = Decimal(10), Decimal(22)


@pytest.fixture
def erp() -> SimErp:
    return SimErp(History(SimClock()))


def figures(*values: Decimal) -> list[int]:
    return [int(value) for value in values]


def book(erp: SimErp, tea: ExternalId, quantity: int, key: OrderKey = KEY) -> BookedOrder:
    line = goods_line(tea, Decimal(quantity), TEN, RATE)
    return erp.sales.create(one_line_sale(key, line, warehouse="LJ"))


def key(number: int) -> OrderKey:
    return OrderKey(f"shop/{number}/order/1")


def test_what_is_there_is_set_aside_and_the_rest_waits(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=3)
    book(erp, tea, 5)
    sale = erp.deliveries.reserve_for(KEY, whole=False)
    assert sale.goods[0].reserved == 3
    assert not sale.all_reserved
    assert sale.shipments[0].state == "waiting"
    level = erp.level(tea, "LJ")
    assert figures(level.reserved, level.demand) == [3, 2]
    erp.set_on_hand(tea, 9)
    sale = erp.deliveries.reserve_for(KEY, whole=False)
    assert sale.all_reserved
    assert sale.shipments[0].state == "reserved"
    assert erp.available(tea) == 4


def test_all_or_nothing_takes_nothing_where_something_is_short(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=3)
    book(erp, tea, 5)
    sale = erp.deliveries.reserve_for(KEY, whole=True)
    assert not sale.reserved
    assert erp.level(tea, "LJ").demand == 5


def test_what_is_set_aside_for_one_sale_is_not_there_for_another(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=3)
    book(erp, tea, 2, key(1))
    book(erp, tea, 2, key(2))
    erp.deliveries.reserve_for(key(1), whole=False)
    assert erp.deliveries.reserve_for(key(2), whole=False).goods[0].reserved == 1
    assert erp.deliveries.reservations(None, 1).keys == (key(1),)
    first = erp.deliveries.reservations(None, 1)
    assert erp.deliveries.reservations(first.after, 5).keys == (key(2),)
    erp.deliveries.release_for(key(1))
    assert erp.deliveries.reserve_for(key(2), whole=True).all_reserved
    assert erp.deliveries.reservations(None, 5).keys == (key(2),)


def test_a_part_leaves_and_the_rest_keeps_what_it_had(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=10)
    booked = book(erp, tea, 5)
    erp.deliveries.reserve_for(KEY, whole=False)
    erp.deliveries.ship(booked.id, {tea: 2}, carrier="Post", tracking="SI1")
    (sale,) = erp.sales.booked([KEY])
    assert (sale.state, sale.shipped, sale.all_shipped) == ("open", True, False)
    gone, rest = sale.shipments
    assert (gone.state, gone.carrier, gone.tracking) == ("shipped", "Post", "SI1")
    assert gone.goods[0].quantity == 2
    assert rest.state == "reserved"
    assert figures(rest.goods[0].quantity, rest.goods[0].reserved) == [3, 3]
    level = erp.level(tea, "LJ")
    assert figures(level.on_hand, level.reserved, level.demand) == [8, 3, 0]
    erp.deliveries.ship(booked.id)
    (sale,) = erp.sales.booked([KEY])
    assert (sale.state, sale.all_shipped) == ("done", True)
    assert erp.available(tea) == 5


def test_a_packed_or_shipped_sale_is_not_cancelled(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=10)
    booked = book(erp, tea, 5)
    erp.deliveries.pack(booked.id)
    with pytest.raises(RejectedError) as caught:
        erp.deliveries.cancel_for(KEY)
    assert caught.value.code == "order_shipped"
    assert erp.deliveries.release_for(KEY).reserved
    erp.deliveries.ship(booked.id)
    with pytest.raises(RejectedError):
        erp.deliveries.cancel_for(KEY)
    assert erp.sales.get(booked.id).state == "done"


def test_cancelling_frees_everything_and_may_be_repeated(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=10)
    booked = book(erp, tea, 5)
    erp.deliveries.reserve_for(KEY, whole=False)
    erp.billing.draft(booked.id)
    sale = erp.deliveries.cancel_for(KEY)
    assert (sale.state, sale.invoices, sale.shipments[0].state) == ("cancelled", (), "cancelled")
    assert erp.deliveries.cancel_for(KEY).state == "cancelled"
    assert erp.available(tea) == 10
    assert erp.deliveries.reservations(None, 5).keys == ()
    with pytest.raises(RejectedError) as caught:
        erp.deliveries.reserve_for(KEY, whole=False)
    assert caught.value.code == "order_cancelled"


def test_goods_that_come_back_are_promised_to_nobody_until_they_are_in(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=10)
    back = OrderKey("shop/1/return/1")
    line = goods_line(tea, Decimal(-2), TEN, RATE)
    order = one_line_sale(back, line, warehouse="LJ")
    sale = erp.sales.create(replace(order, corrects=KEY))
    assert erp.available(tea) == 10
    assert (sale.state, sale.shipments[0].returned, sale.shipments[0].state) == (
        "open",
        True,
        "waiting",
    )
    erp.deliveries.receive(sale.id)
    (sale,) = erp.sales.booked([back])
    assert (sale.state, sale.all_shipped) == ("done", True)
    assert sale.goods[0].shipped == -2
    assert erp.available(tea) == 12


def test_every_change_is_in_the_feed_under_our_key(erp: SimErp) -> None:
    tea = erp.add_variant("TEA", on_hand=10)

    def told() -> set[tuple[str, str]]:
        batch = erp.rows.pull(100)
        erp.rows.acknowledge(batch.receipts)
        return {(signal.kind, signal.id) for signal in batch.signals}

    told()
    booked = book(erp, tea, 5)
    both = {("sale", KEY), ("stock", tea)}
    assert told() == both
    erp.deliveries.reserve(booked.id)
    assert told() == both
    erp.deliveries.reserve(booked.id)
    assert told() == set()
    erp.billing.post_by_hand(booked.id)
    assert told() == {("sale", KEY)}
    erp.deliveries.ship(booked.id, {tea: 1})
    assert told() == both
    erp.sell(tea, 1)
    assert told() == {("stock", tea)}


def test_a_key_nobody_knows_is_not_found(erp: SimErp) -> None:
    with pytest.raises(NotFoundError):
        erp.deliveries.reserve_for(KEY, whole=False)
    assert erp.sales.booked([KEY]) == []


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["book", "reserve", "release", "ship", "part", "pack", "cancel"]),
        st.integers(0, 4),
        st.integers(1, 4),
    ),
    max_size=30,
)


@given(DEEDS, st.integers(0, 12))
def test_piles_are_always_the_sum_of_the_sales(
    deeds: list[tuple[str, int, int]], on_hand: int
) -> None:
    erp = SimErp(History(SimClock()))
    tea = erp.add_variant("TEA", on_hand=on_hand)
    made: list[ExternalId] = []
    for what, which, number in deeds:
        if what == "book":
            made.append(book(erp, tea, number, key(len(made))).id)
            continue
        if not made:
            continue
        id_ = made[which % len(made)]
        before = erp.level(tea, "LJ")
        try:
            if what == "part":
                erp.deliveries.ship(id_, {tea: number})
            else:
                getattr(erp.deliveries, what)(id_)
        except RejectedError:
            assert erp.level(tea, "LJ") == before
        after = erp.level(tea, "LJ")
        if what == "reserve":
            assert after.reserved <= max(after.on_hand, before.reserved)
    level = erp.level(tea, "LJ")
    living = [sale for sale in erp.sales if sale.state != "cancelled"]
    reserved = sum((sale.reserved.get(tea, Decimal(0)) for sale in living), Decimal(0))
    shipped = sum((sale.shipped.get(tea, Decimal(0)) for sale in living), Decimal(0))
    ordered = sum((sale.goods[tea] for sale in living), Decimal(0))
    assert level.on_hand == on_hand - shipped
    assert level.reserved == reserved
    assert level.demand == ordered - shipped - reserved
