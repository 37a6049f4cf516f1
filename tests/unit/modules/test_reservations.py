"""P2 on whole orders: when goods are set aside, given back, or left alone."""

import datetime as dt

import pytest
from pydantic import ValidationError

from panstore.model.errors import InvariantError
from panstore.model.plan import Held
from panstore.modules.p2_reservations.module import module
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.sdk import FlowModule, Settings
from panstore.sdk.modules import Due, OrderCase, Release, Reserve, WaitUntil
from panstore.sdk.rules import Rule
from tests.unit.modules.order_life import (
    NOON,
    PLACED,
    SALE,
    an_order,
    case,
    fact,
    goods,
    paid,
    parcel,
    refund,
    sale,
)

ALWAYS = ReservationSettings()
PAID = ReservationSettings(rule=Rule("order.paid"))
TWO_DAYS = ReservationSettings(unpaid_hours=48)
ONE_DAY = ReservationSettings(unpaid_hours=24)
EMPTY = sale(goods("2"))
PART = sale(goods("2", reserved="1"))
FULL = sale(goods("2", reserved="2"))
FAILED = paid("0", failed=True)
SUPPLEMENT = "shop/77/supplement/1"


def due(one: OrderCase, settings: Settings = ALWAYS) -> Due:
    return module.due(one, settings)


def reserved(one: OrderCase, settings: Settings = ALWAYS) -> Reserve:
    step = due(one, settings)
    assert isinstance(step, Reserve)
    return step


def released(one: OrderCase, settings: Settings = ALWAYS) -> Release:
    step = due(one, settings)
    assert isinstance(step, Release)
    return step


def held(one: OrderCase, settings: Settings = ALWAYS) -> Held:
    step = due(one, settings)
    assert isinstance(step, Held)
    return step


def test_the_goods_of_a_new_order_are_set_aside_at_once() -> None:
    step = reserved(case(an_order(), [EMPTY]))
    assert (step.sale, step.revision, step.whole) == (SALE, 1, False)
    assert step.priority == "0/2026-11-23T12:00:00.000000+00:00"
    assert step.reason == "the rule holds: true"


def test_nothing_is_due_before_there_is_a_sale() -> None:
    assert due(case(an_order())) is None


def test_a_sale_without_goods_needs_nothing() -> None:
    assert due(case(an_order(), [sale()])) is None


def test_goods_that_come_back_are_not_set_aside() -> None:
    assert due(case(an_order(), [sale(goods("-2"), total="-12.20")])) is None


def test_what_is_set_aside_is_left_alone() -> None:
    assert due(case(an_order(), [FULL], [fact("reserved")])) is None


def test_what_a_person_set_aside_needs_no_step() -> None:
    assert due(case(an_order(), [FULL])) is None


@pytest.mark.parametrize("state", ["cancelled", "done"])
def test_a_sale_that_is_over_is_left_alone(state: str) -> None:
    over = sale(goods("2"), state=state)  # type: ignore[arg-type]
    assert due(case(an_order(), [over])) is None


def test_all_or_nothing_by_setting() -> None:
    assert reserved(case(an_order(), [EMPTY]), ReservationSettings(shortage="whole")).whole


def test_short_goods_are_not_asked_for_again_by_itself() -> None:
    assert due(case(an_order(), [PART], [fact("reserved")])) is None


def test_short_goods_are_asked_for_when_some_arrived() -> None:
    step = reserved(case(an_order(), [PART], [fact("reserved")], goods_arrived=True))
    assert (step.revision, step.reason) == (2, "goods may have come")


def test_an_order_that_was_paid_takes_its_new_place_in_the_line() -> None:
    settings = ReservationSettings(priority="paid_first")
    waits = "1/2026-11-23T12:00:00.000000+00:00"
    unpaid = case(an_order(), [PART], [fact("reserved")], in_line_as=waits)
    assert due(unpaid, settings) is None
    now_paid = case(an_order(payments=paid()), [PART], [fact("reserved")], in_line_as=waits)
    step = reserved(now_paid, settings)
    assert (step.priority[:2], step.reason) == ("0/", "its place in the line is another one now")


def test_a_second_sale_has_its_own_try() -> None:
    more = sale(goods("1"), key=SUPPLEMENT)
    step = reserved(case(an_order(), [PART, more], [fact("reserved")]))
    assert (step.sale, step.revision) == (SUPPLEMENT, 2)


def test_an_order_that_was_booked_again_is_tried_again() -> None:
    again = sale(goods("2"), key="shop/77/order/2")
    assert reserved(case(an_order(), [again], [fact("reserved")])).sale == again.key


@pytest.mark.parametrize(
    ("priority", "order", "first"),
    [
        ("first_come", an_order(), "0"),
        ("paid_first", an_order(), "1"),
        ("paid_first", an_order(payments=paid()), "0"),
    ],
)
def test_who_is_first_in_line(priority: str, order: object, first: str) -> None:
    settings = ReservationSettings.model_validate({"priority": priority})
    assert reserved(case(order, [EMPTY]), settings).priority.startswith(f"{first}/")  # type: ignore[arg-type]


def test_the_line_is_sorted_by_time_whatever_the_zone() -> None:
    early = an_order(placed_at=dt.datetime.fromisoformat("2026-11-24T01:00:00+05:00"))
    late = an_order(placed_at=dt.datetime.fromisoformat("2026-11-23T20:00:00.5+00:00"))
    first, second = (reserved(case(one, [EMPTY])).priority for one in (early, late))
    assert first < second


def test_an_order_outside_the_rule_waits_without_goods() -> None:
    assert due(case(an_order(), [EMPTY]), PAID) is None


def test_goods_are_given_back_when_the_rule_stops_holding() -> None:
    step = released(case(an_order(), [FULL], [fact("reserved")]), PAID)
    assert (step.sale, step.revision) == (SALE, 1)
    assert step.reason == "the rule does not hold: not order.paid (order.paid = false)"


def test_goods_are_set_aside_again_when_it_holds_again() -> None:
    facts = [fact("reserved"), fact("released")]
    step = reserved(case(an_order(payments=paid()), [EMPTY], facts), PAID)
    assert step.revision == 2


def test_what_a_person_set_aside_outside_the_rule_is_left_alone() -> None:
    assert due(case(an_order(), [FULL]), PAID) is None
    assert due(case(an_order(), [FULL], [fact("reserved"), fact("released")]), PAID) is None


def test_a_failed_payment_gives_the_goods_back() -> None:
    step = released(case(an_order(payments=FAILED), [FULL], [fact("reserved")]))
    assert step.reason == "the payment failed"


def test_a_place_in_the_line_is_given_back_with_nothing_set_aside() -> None:
    failed = an_order(payments=FAILED)
    step = released(case(failed, [EMPTY], [fact("reserved")], in_line_as="0/x"))
    assert (step.sale, step.revision, step.reason) == (SALE, 1, "the payment failed")
    gone = [fact("reserved"), fact("released")]
    assert due(case(failed, [EMPTY], gone)) is None
    # It has to stand in line anew when it is wanted again.
    assert reserved(case(an_order(payments=paid()), [EMPTY], gone)).revision == 2


def test_packed_goods_are_not_given_back() -> None:
    packed = sale(goods("2", reserved="2"), shipments=(parcel("packed"),))
    assert due(case(an_order(payments=FAILED), [packed], [fact("reserved")])) is None


def test_goods_beside_a_packed_parcel_are_given_back() -> None:
    part = sale(goods("2", reserved="2"), shipments=(parcel("packed", "1"),))
    released(case(an_order(payments=FAILED), [part], [fact("reserved")]))


def test_a_parcel_on_its_way_back_packs_nothing() -> None:
    back = sale(goods("2", reserved="2"), shipments=(parcel("packed", returned=True),))
    released(case(an_order(payments=FAILED), [back], [fact("reserved")]))


@pytest.mark.parametrize(
    "order", [an_order(stage="cancelled"), an_order(refunds=(refund("12.20"),))]
)
def test_a_void_order_gives_back_whoever_set_aside(order: object) -> None:
    step = released(case(order, [FULL]))  # type: ignore[arg-type]
    assert step.reason == "nothing is left to deliver"


def test_what_is_left_after_a_part_was_sent_is_set_aside_once_more() -> None:
    """The ERP puts it into a parcel of its own, for which nothing is set aside."""
    rest = sale(goods("2", "0", "1"), shipments=(parcel("shipped", "1"), parcel("waiting", "1")))
    step = due(case(an_order(), [rest], [fact("reserved")]))
    assert isinstance(step, Reserve)
    assert step.reason == "its parcel was made anew"
    tried = [fact("reserved"), fact("reserved", 2)]
    assert due(case(an_order(), [rest], tried)) is None


def test_a_void_order_with_nothing_set_aside_is_done() -> None:
    assert due(case(an_order(stage="cancelled"), [EMPTY])) is None


def test_goods_of_a_void_order_that_are_taken_again_are_given_back_once_more() -> None:
    """A call that was under way may come late; who takes them once more is a person."""
    facts = [fact("reserved"), fact("released")]
    step = released(case(an_order(stage="cancelled"), [FULL], facts))
    assert step.revision == 2
    again = [*facts, fact("released", 2)]
    one = case(an_order(stage="cancelled"), [FULL], again)
    insists = held(one)
    assert insists.code == "reservation.stuck"
    assert "Order 100077" in insists.reason
    assert "S-900" in insists.reason


def test_who_sets_goods_of_a_void_order_aside_by_hand_may_do_so_only_for_a_while() -> None:
    void = an_order(stage="cancelled")
    released(case(void, [FULL]))
    released(case(void, [FULL], [fact("released")]))
    elsewhere = fact("released", 3, of="shop/77/supplement/1")
    stuck = case(void, [FULL], [fact("released"), fact("released", 2), elsewhere])
    assert held(stuck).code == "reservation.stuck"
    released(case(void, [FULL], [fact("released"), fact("released", 2), fact("reserved", 2)]))


def test_an_unpaid_order_waits_for_its_last_hour() -> None:
    wait = WaitUntil(
        PLACED + dt.timedelta(hours=48), "its goods are given back then unless it is paid"
    )
    assert due(case(an_order(), [FULL], [fact("reserved")]), TWO_DAYS) == wait


def test_a_paid_order_waits_for_nothing() -> None:
    assert due(case(an_order(payments=paid()), [FULL], [fact("reserved")]), TWO_DAYS) is None


def test_shipped_goods_do_not_expire() -> None:
    gone = sale(goods("2", shipped="2"))
    assert due(case(an_order(), [gone], [fact("reserved")]), TWO_DAYS) is None


def test_an_unpaid_order_gives_back_at_its_last_hour_not_before() -> None:
    full = [FULL], [fact("reserved")]
    step = released(case(an_order(), *full, now=NOON), ONE_DAY)
    assert step.reason == "it was not paid within 24 hours"
    before = due(case(an_order(), *full, now=NOON - dt.timedelta(microseconds=1)), ONE_DAY)
    assert isinstance(before, WaitUntil)


def test_an_expired_order_is_not_set_aside_before_it_is_paid() -> None:
    facts = [fact("reserved"), fact("released")]
    assert due(case(an_order(), [EMPTY], facts), ONE_DAY) is None
    reserved(case(an_order(payments=paid()), [EMPTY], facts), ONE_DAY)


def test_cash_on_delivery_need_not_expire() -> None:
    rule = '!order.paid && order.payment_method != "cod"'
    settings = ReservationSettings(unpaid_hours=24, unpaid_rule=Rule(rule))
    order = an_order(payments=paid("0", "cod"))
    assert due(case(order, [FULL], [fact("reserved")]), settings) is None


BROKEN = Rule("1 / (order.line_count - 1) == 1")


@pytest.mark.parametrize(
    ("settings", "now", "setting"),
    [
        (ReservationSettings(rule=BROKEN), NOON, "rule of P2"),
        (ReservationSettings(unpaid_hours=24, unpaid_rule=BROKEN), NOON, "unpaid_rule of P2"),
        (ReservationSettings(unpaid_hours=25, unpaid_rule=BROKEN), NOON, "unpaid_rule of P2"),
    ],
)
def test_a_rule_that_cannot_be_worked_out_holds_the_order(
    settings: ReservationSettings, now: dt.datetime, setting: str
) -> None:
    step = held(case(an_order(), [FULL], [fact("reserved")], now=now), settings)
    assert step.code == "rule.failed"
    assert setting in step.reason


def test_settings_of_another_module_are_a_fault() -> None:
    with pytest.raises(InvariantError, match="P2"):
        module.due(case(an_order()), Settings())


def test_the_shop_hears_of_it_from_another_module() -> None:
    assert module.report(case(an_order(), [FULL]), ALWAYS) is None
    assert isinstance(module, FlowModule)


def test_a_wrong_rule_stops_the_start_with_its_place() -> None:
    with pytest.raises(ValidationError, match=r"line 1, column 7: there is no order\.payed"):
        ReservationSettings.model_validate({"rule": "order.payed"})
