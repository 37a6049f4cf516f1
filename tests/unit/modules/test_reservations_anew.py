"""A parcel that was cancelled in the ERP and made anew needs its goods set aside again."""

from __future__ import annotations

from msgspec.structs import replace

from panstore.model.ids import ExternalId
from panstore.modules.p2_reservations.module import module
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.sdk.modules import Reserve
from tests.unit.modules.order_life import an_order, case, fact, goods, parcel, sale

ALWAYS = ReservationSettings()
CANCELLED = replace(parcel("cancelled"), id=ExternalId("p0"))
ANEW = sale(goods("2"), shipments=(CANCELLED, parcel("waiting")))


def test_goods_of_a_parcel_made_anew_are_set_aside_once_more() -> None:
    step = module.due(case(an_order(), [ANEW], [fact("reserved")]), ALWAYS)
    assert isinstance(step, Reserve)
    assert step.revision == 2
    assert step.reason == "its parcel was made anew"


def test_what_a_person_gives_back_after_that_is_left() -> None:
    tried = [fact("reserved"), fact("reserved", 2)]
    assert module.due(case(an_order(), [ANEW], tried), ALWAYS) is None


def test_a_parcel_nobody_has_made_anew_needs_nothing() -> None:
    lost = sale(goods("2"), shipments=(CANCELLED,))
    assert module.due(case(an_order(), [lost], [fact("reserved")]), ALWAYS) is None


def test_who_waits_in_the_line_for_it_waits_on() -> None:
    waiting = case(
        an_order(), [ANEW], [fact("reserved")], in_line_as="0/2026-11-23T12:00:00.000000+00:00"
    )
    assert module.due(waiting, ALWAYS) is None
