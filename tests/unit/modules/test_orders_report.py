"""What the shop hears of an order: each event, parcel and number once, never against a person."""

from decimal import Decimal
from typing import get_args

import msgspec
import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.order import Order
from panstore.model.shipment import Shipment, ShippedGoods
from panstore.modules.s4_orders.report import Told
from panstore.modules.s4_orders.settings import Event, OrderSettings
from tests.unit.modules.order_desk import Desk, refund, refunded
from tests.unit.modules.order_scene import SETTINGS, amount, case, line, order, parked

THREE = order(line(amount("30.00", "6.60"), "3"))
ALL = OrderSettings.model_validate({
    "warehouse": "LJ",
    "tell": {event: f"is {event}" for event in get_args(Event)},
})
SALE = OrderKey("shop/77/order/1")


def desk(settings: OrderSettings = ALL, one: Order = THREE, factor: str = "1") -> Desk:
    new = Desk(case(one, factor=factor), settings)
    assert new.run() is None
    return new


def statuses(ours: Desk) -> list[str | None]:
    return [update.status for update in ours.told]


def only(**words: str) -> OrderSettings:
    return OrderSettings.model_validate({"warehouse": "LJ", "tell": words})


def test_the_shop_is_told_nothing_unless_that_is_set() -> None:
    ours = desk(SETTINGS)
    ours.invoice()
    ours.ship()
    ours.run()
    assert ours.told == []


def test_an_order_that_is_not_in_the_erp_is_nothing_to_tell() -> None:
    ours = Desk(case(known=False), ALL)
    parked(ours.run(), "order.unknown_product")
    assert ours.told == []


def test_each_event_is_told_once_in_the_order_of_an_order_s_life() -> None:
    ours = desk()
    ours.reserve(pieces="1")
    ours.run()
    ours.reserve()
    ours.run()
    ours.run()
    ours.invoice()
    ours.run()
    ours.ship(pieces="1")
    ours.run()
    ours.ship()
    ours.run()
    ours.run()
    assert statuses(ours) == [
        "is imported",
        "is waiting",
        "is reserved",
        "is invoiced",
        "is partly_shipped",
        "is shipped",
    ]
    first, last = ours.told[0], ours.told[-1]
    assert (first.key, first.order) == ("shop/77/tell/1", "77")
    assert (first.shipments, first.invoices) == ((), ())
    assert [parcel.number for parcel in last.shipments] == ["CS2"]
    assert ours.done[1] == "tell the order is imported"
    assert ours.done[-2:] == [
        "tell the order is partly shipped, parcel CS1 has left",
        "tell the order is shipped, parcel CS2 has left",
    ]


def test_an_event_without_a_word_is_passed_over() -> None:
    ours = desk(only(reserved="Ready", shipped="Sent"))
    assert ours.told == []
    ours.reserve()
    ours.invoice()
    ours.run()
    ours.ship()
    ours.run()
    assert statuses(ours) == ["Ready", "Sent"]
    assert ours.told[0].invoices == ("R-1",)


def test_parcels_and_numbers_are_told_without_a_status_too() -> None:
    ours = desk(only(cancelled="Cancelled"))
    ours.invoice()
    ours.run()
    ours.ship(pieces="1")
    ours.run()
    ours.run()
    numbers, parcels = ours.told
    assert (numbers.status, numbers.invoices, numbers.shipments) == (None, ("R-1",), ())
    assert (parcels.status, parcels.invoices) == (None, ())
    (parcel,) = parcels.shipments
    assert (parcel.carrier, parcel.tracking) == ("Pošta", "RR1SI")
    assert parcel.goods == (ShippedGoods(ExternalId("s1"), Decimal(1)),)
    assert ours.done[1:] == ["tell R-1 was issued", "tell parcel CS1 has left"]


def test_parcels_are_told_in_the_shop_s_units_and_articles() -> None:
    ours = desk(only(shipped="Sent"), factor="6")
    sale = ours.sales[SALE]
    goods = (
        ShippedGoods(ExternalId("e-l1"), Decimal(12), Decimal(12)),
        ShippedGoods(ExternalId("gift"), Decimal(1)),
    )
    parcel = Shipment(ExternalId("p"), "CS1", "shipped", goods)
    back = replace(parcel, id=ExternalId("q"), returned=True)
    ready = replace(parcel, id=ExternalId("r"), state="packed")
    ours.sales[SALE] = replace(sale, shipments=(parcel, back, ready))
    ours.run()
    (told,) = ours.told
    (one,) = told.shipments
    assert one.goods == (ShippedGoods(ExternalId("s1"), Decimal(2), Decimal(2)),)


def test_what_a_person_sets_afterwards_stands() -> None:
    ours = desk()
    ours.order = replace(ours.order, status="On hold")
    ours.run()
    assert statuses(ours) == ["is imported"]
    ours.order = replace(ours.order, status="Done")
    ours.ship()
    ours.run()
    ours.order = replace(ours.order, status="Done again")
    ours.run()
    assert statuses(ours) == ["is imported", "is shipped"]


def test_what_the_shop_shows_already_is_noted_but_not_sent() -> None:
    ours = desk(one=replace(THREE, status="is imported"))
    (quiet,) = ours.told
    assert (quiet.status, quiet.shipments, quiet.invoices) == (None, (), ())
    ours.order = replace(ours.order, status="On hold")
    ours.run()
    assert len(ours.told) == 1


def test_a_cancellation_in_the_erp_is_told() -> None:
    ours = desk(ALL.model_copy(update={"erp_cancelled": "tell"}))
    ours.undo()
    ours.run()
    ours.run()
    assert statuses(ours) == ["is imported", "is cancelled"]


def test_a_cancellation_in_the_erp_that_is_a_person_s_to_decide_leaves_the_shop_as_it_is() -> None:
    ours = desk(ALL.model_copy(update={"erp_cancelled": "park"}))
    ours.undo()
    parked(ours.run(), "order.erp_cancelled")
    assert statuses(ours) == ["is imported"]


def test_a_shop_that_has_cancelled_keeps_its_own_word() -> None:
    ours = desk()
    ours.edit(replace(THREE, stage="cancelled", status="Storno"))
    assert statuses(ours) == ["is imported"]


def test_a_shop_that_has_cancelled_has_no_place_for_a_parcel() -> None:
    ours = desk()
    ours.ship()
    parked(ours.edit(replace(THREE, stage="cancelled")), "order.cancelled_shipped")
    assert statuses(ours) == ["is imported"]
    ours.edit(THREE)
    assert statuses(ours) == ["is imported", "is shipped"]
    assert len(ours.told[-1].shipments) == 1


def test_numbers_are_told_to_a_shop_that_has_cancelled() -> None:
    ours = desk()
    ours.invoice()
    ours.ship()
    ours.edit(replace(THREE, stage="cancelled"))
    last = ours.told[-1]
    assert (last.status, last.shipments, last.invoices) == (None, (), ("R-1",))


def test_a_shop_that_says_shipped_is_not_set_back() -> None:
    ours = desk()
    ours.edit(replace(THREE, stage="shipped", status="Complete"))
    ours.reserve()
    ours.run()
    ours.ship()
    ours.run()
    assert statuses(ours) == ["is imported", None]
    ours.edit(replace(ours.order, refunds=(refund("36.60"),)))
    assert statuses(ours) == ["is imported", None, "is refunded"]


def test_a_shop_that_says_shipped_because_we_told_of_a_part_is_told_of_the_rest() -> None:
    ours = desk()
    ours.ship(pieces="1")
    ours.run()
    ours.order = replace(ours.order, stage="shipped")
    ours.ship()
    ours.run()
    assert statuses(ours) == ["is imported", "is partly_shipped", "is shipped"]


def test_a_refund_of_everything_is_told_when_it_is_booked() -> None:
    back = replace(THREE, refunds=(refund("36.60"),))
    ours = desk()
    ours.edit(back)
    assert statuses(ours) == ["is imported", "is refunded"]
    ours = desk()
    ours.ship()
    ours.run()
    ours.edit(back)
    assert statuses(ours) == ["is imported", "is shipped", "is refunded"]


def test_a_refund_that_is_not_booked_yet_is_not_told() -> None:
    ours = desk()
    ours.pack()
    parked(ours.edit(replace(THREE, refunds=(refund("36.60"),))), "order.cancelled_packed")
    assert statuses(ours) == ["is imported"]


def test_part_of_an_order_given_back_does_not_change_how_far_it_is() -> None:
    ours = desk()
    ours.ship(pieces="2")
    ours.run()
    assert statuses(ours)[-1] == "is partly_shipped"
    back = refund("12.20", refunded("l1", "1", "10.00", "2.20"))
    ours.edit(replace(THREE, refunds=(back,)))
    assert statuses(ours)[-1] == "is shipped"


def test_an_order_that_comes_back_to_life_goes_on() -> None:
    ours = desk()
    ours.edit(replace(THREE, stage="cancelled"))
    ours.edit(THREE)
    ours.reserve("shop/77/order/2")
    ours.run()
    assert statuses(ours) == ["is imported", "is reserved"]


def test_what_was_told_before_the_shop_cancelled_is_told_anew_when_it_takes_the_order_up() -> None:
    ours = desk()
    ours.reserve()
    ours.run()
    ours.fact("withdrawn", number="Storno", detail="2")
    ours.edit(replace(THREE, stage="cancelled", status="Storno"))
    ours.fact("revived", number="Open")
    ours.edit(THREE)
    ours.reserve("shop/77/order/2")
    ours.run()
    assert statuses(ours) == ["is imported", "is reserved", "is imported", "is reserved"]
    ours.order = replace(ours.order, status="On hold")
    ours.run()
    assert ours.order.status == "On hold"


def test_what_the_shop_was_told_after_it_had_cancelled_stands() -> None:
    ours = desk()
    ours.fact("withdrawn", number="Storno")
    ours.order = replace(ours.order, status="On hold")
    ours.run()
    assert statuses(ours) == ["is imported"]


def test_while_a_new_sale_cannot_be_made_the_shop_hears_nothing() -> None:
    ours = desk()
    ours.edit(replace(THREE, stage="cancelled"))
    parked(ours.edit(replace(THREE, currency="USD")), "order.currency")
    assert len(ours.told) == 1


def test_a_sale_that_is_gone_is_nothing_to_tell() -> None:
    ours = desk()
    ours.sales.clear()
    parked(ours.run(), "order.sale_gone")
    assert len(ours.told) == 1


def test_goods_given_back_are_not_waited_for() -> None:
    ours = desk(only(waiting="Waits"))
    ours.reserve(pieces="1")
    ours.fact("released", detail=SALE)
    ours.run()
    assert ours.told == []
    ours.fact("reserved", detail=SALE)
    ours.run()
    assert statuses(ours) == ["Waits"]
    ours = desk(only(waiting="Waits"))
    ours.fact("released", detail="shop/77/order/9")
    ours.fact("reserved", detail="shop/77/order/9")
    ours.run()
    assert ours.told == []
    ours.fact("reserved", detail=SALE)
    ours.run()
    assert statuses(ours) == ["Waits"]


def test_goods_that_a_person_takes_out_of_a_parcel_are_not_waited_for() -> None:
    """The warehouse picks a parcel anew: nothing is short, and the buyer hears nothing."""
    ours = desk(only(waiting="Waits", reserved="Ready"))
    ours.reserve()
    ours.run()
    sale = ours.sales[SALE]
    loose = tuple(replace(one, reserved=Decimal(0)) for one in sale.goods)
    ours.sales[SALE] = replace(sale, goods=loose)
    ours.run()
    assert statuses(ours) == ["Ready"]


def test_numbers_of_the_facts_are_told_when_their_sale_is_gone() -> None:
    ours = desk(only(cancelled="Storno"))
    ours.fact("invoiced", number="R-7")
    ours.fact("credited", number="R-8")
    ours.fact("invoiced")
    ours.edit(replace(THREE, stage="cancelled"))
    assert ours.told[-1].invoices == ("R-7", "R-8")


def test_drafts_have_no_number_to_tell() -> None:
    ours = desk(only(invoiced="Billed"))
    ours.invoice()
    sale = ours.sales[SALE]
    draft = replace(sale.invoices[0], state="draft", number="")
    ours.sales[SALE] = replace(sale, invoices=(draft,))
    ours.run()
    assert ours.told == []


def test_what_was_told_is_kept_without_personal_data_and_read_with_patience() -> None:
    ours = desk()
    kept = msgspec.json.decode(ours.facts[-1].detail, type=Told)
    assert kept == Told(events=("imported",))
    ours.facts[-1] = replace(ours.facts[-1], detail="?")
    ours.run()
    assert statuses(ours) == ["is imported"] * 1 + [None]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"tell": {"lost": "Lost"}}, "tell"),
        ({"tell": {"shipped": ""}}, "at least 1"),
        ({"erp_cancelled": "tell"}, "tell must name the shop's status for 'cancelled'"),
    ],
)
def test_a_status_map_that_cannot_work_is_refused(changes: dict[str, object], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        OrderSettings.model_validate({"warehouse": "LJ", **changes})
