"""P4 on whole orders: who is told what by SMS, when, in which letters, and never twice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pydantic import ValidationError

from panstore.model.customer import Address, Customer
from panstore.model.document import Language
from panstore.model.errors import InvariantError
from panstore.model.ids import ExternalId, ModuleCode
from panstore.model.message import Message, NewMessage, Text
from panstore.model.order import Order, PickupPoint
from panstore.model.plan import Held
from panstore.model.shipment import Shipment
from panstore.modules.p4_sms.module import SmsModule
from panstore.modules.p4_sms.quiet import QuietHours
from panstore.modules.p4_sms.settings import SmsSettings
from panstore.modules.p4_sms.texts import EVENTS, EXAMPLE, STANDARD
from panstore.sdk import FlowModule, Settings
from panstore.sdk.gsm7 import parts_of, plain_letters
from panstore.sdk.messages import CountsParts, MessageModule, Needless, OnDemand
from panstore.sdk.modules import Explains, OrderCase, QueueMessages, WaitUntil
from panstore.sdk.templates import Template
from tests.unit.modules.order_life import (
    NOON,
    PLACED,
    an_order,
    case,
    credit_note,
    fact,
    goods,
    invoice,
    paid,
    parcel,
    sale,
)

P4 = ModuleCode("P4")
HOUR = dt.timedelta(hours=1)
NUMBER = "+38640123456"
MODULE = SmsModule()


def settings(*events: str, **values: Any) -> SmsSettings:
    return SmsSettings.model_validate({"events": events, "consent": "true", **values})


def buyer(phone: str = "040 123 456", **changes: Any) -> Order:
    customer = Customer(account=None, name="Ana Žagar", email="a@b.si", phone=phone)
    return an_order(**{"customer": customer, **changes})


def known(base: OrderCase, *messages: Message, since: dt.datetime | None = PLACED) -> OrderCase:
    """The case with P4 on since then."""
    return replace(base, messages=messages, since={} if since is None else {P4: since})


def wanted(base: OrderCase, chosen: SmsSettings) -> list[tuple[str, str]]:
    due = MODULE.due(base, chosen)
    assert due is None or isinstance(due, QueueMessages), due
    return [] if due is None else [(one.purpose, one.subject) for one in due.messages]


def first(base: OrderCase, chosen: SmsSettings) -> NewMessage:
    due = MODULE.due(base, chosen)
    assert isinstance(due, QueueMessages), due
    return due.messages[0]


def sms(purpose: str, subject: str = "", language: Language = "sl", **changes: Any) -> Message:
    given_: dict[str, Any] = {
        "id": f"shop/77/sms/{purpose}/{subject}/d/0",
        "channel": "sms",
        "purpose": purpose,
        "subject": subject,
        "language": language,
        "state": "waiting",
        "queued_at": NOON,
    }
    return Message(**given_ | changes)


def text_of(base: OrderCase, chosen: SmsSettings, message: Message) -> Text:
    made = MODULE.compose(message, NUMBER, base, chosen, None)
    assert isinstance(made, Text), made
    return made


IMPORTED = fact("imported")
RESERVED = fact("reserved")
SHIPPED = Shipment(
    ExternalId("p1"), "OUT1", "shipped", carrier="Pošta", tracking="RR1SI", shipped_at=NOON
)
PICKUP = PickupPoint("C", "Trgovina Center")
ALL = settings(*EVENTS)


@pytest.mark.parametrize(
    ("base", "told"),
    [
        (case(buyer(), [sale(goods("2"))]), []),
        (case(buyer(), [sale(goods("2"))], [IMPORTED]), [("order_received", "")]),
        (
            case(buyer(payments=paid()), [sale(goods("2"))], [IMPORTED]),
            [("order_received", ""), ("paid", "")],
        ),
        (case(buyer(payments=paid()), [sale(goods("2"))]), []),
        (
            case(buyer("040123456", total="0"), [sale(goods("2"))], [IMPORTED]),
            [("order_received", "")],
        ),
        (
            case(buyer(), [sale(goods("2", reserved="2"))], [IMPORTED, RESERVED]),
            [("order_received", ""), ("reserved", "")],
        ),
        (case(buyer(), [sale(goods("2", reserved="2"))], []), []),
        (case(buyer(), [], [RESERVED]), []),
        (case(buyer(), [sale(goods("2", reserved="1"))], [RESERVED]), [("partly_reserved", "")]),
        (case(buyer(), [sale(goods("2"))], [RESERVED]), []),
        (case(buyer(), [sale(goods("2"), shipments=(SHIPPED,))]), [("dispatched", "p1")]),
        (case(buyer(), [sale(goods("2"), shipments=(parcel("shipped"),))]), [("dispatched", "p1")]),
        (case(buyer(), [sale(goods("2"), shipments=(parcel("packed"),))]), []),
        (case(buyer(), [sale(goods("2"), shipments=(parcel("shipped", returned=True),))]), []),
        (case(buyer(), [sale(goods("2"), state="cancelled", shipments=(SHIPPED,))]), []),
        (case(buyer(), [sale(goods("2"), total="-1", shipments=(SHIPPED,))]), []),
        (case(buyer(pickup=PICKUP), [sale(goods("2"), shipments=(SHIPPED,))]), []),
        (
            case(buyer(pickup=PICKUP), [sale(goods("2"), shipments=(parcel("packed"),))]),
            [("ready_for_pickup", "p1")],
        ),
        (case(buyer(), [sale(invoices=(invoice(), credit_note(2)))]), [("invoice", "i1")]),
        (case(buyer(stage="cancelled"), [], [IMPORTED]), [("cancelled", "")]),
        (
            case(buyer(stage="cancelled"), [], [IMPORTED, fact("cancelled")]),
            [("cancelled", "")],
        ),
        (case(buyer(stage="cancelled"), [], []), []),
    ],
)
def test_what_happened_is_told_once(base: OrderCase, told: list[tuple[str, str]]) -> None:
    assert wanted(known(base), ALL) == told
    assert wanted(known(base), settings()) == []
    there = [sms(purpose, subject, state="sent") for purpose, subject in told]
    assert wanted(known(base, *there), ALL) == []
    # A mail about the same is another matter.
    mails = [replace(one, channel="mail") for one in there]
    assert wanted(known(base, *mails), ALL) == told
    assert MODULE.report(known(base), ALL) is None


def test_what_was_before_p4_is_told_to_nobody() -> None:
    life = case(
        buyer(payments=paid()),
        [sale(goods("2", reserved="2"), shipments=(SHIPPED,), invoices=(invoice(),))],
        [IMPORTED, RESERVED, fact("invoiced", reference="i1")],
    )
    assert len(wanted(known(life), ALL)) == 5
    assert wanted(known(life, since=None), ALL) == []
    assert wanted(known(life, since=NOON + HOUR), ALL) == []
    # Of an older order only what is known to have happened since.
    between = wanted(known(life, since=PLACED + HOUR), ALL)
    assert [name for name, _ in between] == ["order_received", "reserved", "dispatched", "invoice"]


def test_what_is_too_old_is_not_told() -> None:
    old = known(case(buyer(), [sale(goods("2"))], [IMPORTED], now=NOON + 3 * 24 * HOUR))
    chosen = settings("order_received")
    assert wanted(old, chosen) == []
    longer = settings("order_received", texts={"order_received": {"within_hours": 100}})
    assert first(old, longer).not_after == NOON + 100 * HOUR
    left = replace(SHIPPED, shipped_at=NOON - 4 * 24 * HOUR)
    late = known(case(buyer(), [sale(goods("2"), shipments=(left,))]), since=PLACED)
    assert wanted(late, settings("dispatched")) == []
    fresh = known(case(buyer(), [sale(goods("2"), shipments=(SHIPPED,))]))
    assert first(fresh, settings("dispatched")).not_after == NOON + 48 * HOUR


def test_only_who_has_agreed_is_told() -> None:
    base = case(buyer(), [sale(goods("2"))], [IMPORTED])
    default = SmsSettings.model_validate({"events": ["order_received"]})
    assert wanted(known(base), default) == []
    agreed = case(buyer(tags=("vip", "sms")), [sale(goods("2"))], [IMPORTED])
    assert wanted(known(agreed), default) == [("order_received", "")]
    odd = settings("order_received", consent="1 / (order.total_minor - 1220) > 0")
    assert isinstance(MODULE.due(known(base), odd), Held)


def test_rules_of_templates_decide_as_well() -> None:
    base = known(case(buyer(), [sale(goods("2"))], [IMPORTED]))
    never = settings("order_received", texts={"order_received": {"when": "order.total > 100"}})
    assert wanted(base, never) == []
    own = settings("big", texts={"big": {"when": "order.total > 1", "sl": "Velik!"}})
    assert wanted(base, own) == [("big", "")]
    assert wanted(known(base, since=NOON), own) == []
    odd = settings("big", texts={"big": {"when": "1 / (order.total_minor - 1220) > 0", "sl": "x"}})
    assert isinstance(MODULE.due(base, odd), Held)
    said = MODULE.explain(base, never)
    assert [(one.setting, one.holds) for one in said] == [
        ("consent", True),
        ("texts.order_received.when", False),
    ]
    assert len(MODULE.explain(base, ALL)) == 1


@pytest.mark.parametrize(
    ("phone", "number", "why"),
    [
        ("040 123 456", NUMBER, ""),
        ("0038640123456", NUMBER, ""),
        ("386 40 123 456", NUMBER, ""),
        ("+386 (0)40/123-456", NUMBER, ""),
        ("+49 1512 3456789", "+4915123456789", ""),
        ("01 234 56 78", "", "is a landline"),
        ("12345", "", "is not valid (SI)"),
        ("call me", "", "cannot be read"),
        ("080 1234", "", "of a kind that gets no SMS"),
        ("", "", "has no telephone number"),
    ],
)
def test_numbers_are_made_whole_or_refused_with_a_word(phone: str, number: str, why: str) -> None:
    base = known(case(buyer(phone), [sale(goods("2"))], [IMPORTED]))
    message = first(base, settings("order_received"))
    assert (message.recipient, bool(message.note)) == (number, not number)
    assert why in message.note
    assert MODULE.recipient(base, settings()) == number


def test_the_goods_address_is_asked_first_and_says_the_country() -> None:
    home = Address("Ana", "Ulica 1", "1000", "Ljubljana", "SI", phone="041 111 222")
    away = Address("Jan", "Strasse 1", "1010", "Wien", "at", phone="0664 1234567")
    both = buyer(billing=home, shipping=away)
    assert MODULE.recipient(case(both), settings()) == "+436641234567"
    landline = buyer(billing=home, shipping=replace(away, phone="01 5123456"))
    assert MODULE.recipient(case(landline), settings()) == "+38641111222"
    nowhere = buyer(billing=None)
    assert MODULE.recipient(case(nowhere), settings()) == NUMBER
    assert MODULE.recipient(case(nowhere), settings(country="DE")) == ""


def test_quiet_hours_move_it_to_the_morning() -> None:
    night = dt.datetime(2026, 11, 24, 22, tzinfo=dt.UTC)
    base = known(case(buyer(), [sale(goods("2"))], [IMPORTED], now=night))
    chosen = settings("order_received", quiet="21:00-08:00")
    morning = dt.datetime(2026, 11, 25, 7, tzinfo=dt.UTC)
    assert first(base, chosen).not_before == morning
    made = MODULE.compose(sms("order_received"), NUMBER, base, chosen, None)
    assert isinstance(made, WaitUntil)
    assert made.at == morning
    day = known(case(buyer(), [sale(goods("2"))], [IMPORTED]))
    assert first(day, chosen).not_before is None
    assert isinstance(MODULE.preview(sms("order_received"), NUMBER, base, chosen), Text)


@given(
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31)),  # noqa: DTZ001 - as it wants them
    st.times(),
    st.times(),
    st.sampled_from(["Europe/Ljubljana", "America/New_York", "Asia/Tokyo"]),
)
def test_quiet_hours_end_within_a_day_and_are_over_then(
    moment: dt.datetime, begin: dt.time, end: dt.time, zone: str
) -> None:
    hours = QuietHours(begin.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))
    if hours.begin == hours.end:
        return
    now = moment.replace(tzinfo=dt.UTC)
    until = hours.over(now, zone)
    if until is None:
        return
    assert now < until <= now + 26 * HOUR
    here = until.astimezone(ZoneInfo(zone)).time()
    assert here >= hours.end or here < hours.begin


def test_quiet_hours_are_right_when_the_clocks_are_set() -> None:
    hours = QuietHours.read("21:00-08:00")
    ends = {
        dt.datetime(2026, 3, 28, 22, tzinfo=dt.UTC): dt.datetime(2026, 3, 29, 6, tzinfo=dt.UTC),
        dt.datetime(2026, 10, 24, 22, tzinfo=dt.UTC): dt.datetime(2026, 10, 25, 7, tzinfo=dt.UTC),
    }
    for now, end in ends.items():
        assert hours.over(now, "Europe/Ljubljana") == end
    # The hour that comes twice: the end is the second one.
    twice = QuietHours.read("01:00-02:30")
    second = dt.datetime(2026, 10, 25, 1, 10, tzinfo=dt.UTC)
    assert twice.over(second, "Europe/Ljubljana") == second + dt.timedelta(minutes=20)
    noon = QuietHours.read("12:00 - 14:00")
    assert noon.over(NOON, "UTC") == NOON + 2 * HOUR
    assert noon.over(NOON + 2 * HOUR, "UTC") is None


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("language", ["sl", "en"])
def test_the_standard_texts_are_short(name: Any, language: Language) -> None:
    made = Template(STANDARD[name, language], EXAMPLE).render(EXAMPLE)
    assert EXAMPLE["order"]["number"] in made
    assert len(parts_of(plain_letters(made))) == 1
    assert len(parts_of(made)) <= 2


def test_texts_are_filled_in_counted_and_priced() -> None:
    base = known(
        case(
            buyer(pickup=PICKUP, total="1234.50"),
            [sale(goods("2"), shipments=(SHIPPED,), invoices=(invoice(), invoice(2, "7.00")))],
        )
    )
    own = (
        "{{ shop }}|{{ order.number }}|{{ order.date }}|{{ order.total }}|{{ order.pieces }}|"
        "{{ order.pickup }}|{{ parcel.number }}|{{ parcel.carrier }}|{{ parcel.tracking }}|"
        "{{ invoice.number }}|{{ invoice.total }}"
    )
    chosen = settings(
        name="Skodelica", price_per_part="0.045", texts={"all": {"sl": own, "en": own}}
    )
    made = text_of(base, chosen, sms("all", "p1"))
    assert made.text == (
        "Skodelica|100077|23. 11. 2026|1.234,50 EUR|2|Trgovina Center|OUT1|Pošta|RR1SI|2026-2|"
        "7,00 EUR"
    )
    assert (made.encoding, made.parts, made.price) == ("ucs2", 2, "0.09 EUR")
    assert made.recipient == NUMBER
    english = text_of(base, chosen, sms("all", "i1", "en")).text
    assert "|23 Nov 2026|1,234.50 EUR|" in english
    assert english.endswith("||||2026-1|12.20 EUR")
    bare = text_of(known(case(buyer())), chosen, sms("all"))
    assert bare.text.endswith("|2|||||" + "|")
    plain = settings(letters="plain", texts={"all": {"sl": own}})
    assert text_of(base, plain, sms("all", "p1")).encoding == "gsm7"
    assert text_of(base, plain, sms("all", "p1")).price == ""


def test_a_text_without_shop_begins_like_a_sentence() -> None:
    base = known(case(buyer(), [sale(goods("2"))], [IMPORTED]))
    assert text_of(base, ALL, sms("paid")).text == (
        "Prejeli smo plačilo za naročilo 100077. Hvala."
    )
    named = settings(name="Čajnica")
    assert text_of(base, named, sms("paid")).text.startswith("Čajnica: prejeli")
    own = settings(texts={"paid": {"sl": "hvala"}})
    assert text_of(base, own, sms("paid")).text == "hvala"
    # Own words in one language leave the other one as it is.
    assert text_of(base, own, sms("paid", language="en")).text.startswith("We have received")
    only = settings(texts={"extra": {"en": "hello"}})
    assert text_of(base, only, sms("extra")).text == "hello"


@pytest.mark.parametrize(
    ("texts", "purpose", "code"),
    [
        ({"long": {"sl": "š" * 300}}, "long", "sms.too_long"),
        ({"long": {"sl": "s" * 600}}, "long", "sms.too_long"),
        ({}, "gone", "sms.no_template"),
        ({"none": {"sl": "{{ parcel.tracking }}"}}, "none", "sms.empty"),
        (
            {"odd": {"sl": "{{ invoice.number | int // (invoice.number | length) }}"}},
            "odd",
            "message.text",
        ),
    ],
)
def test_what_cannot_be_written_says_why(texts: Any, purpose: str, code: str) -> None:
    base = known(case(buyer()))
    made = MODULE.compose(sms(purpose), NUMBER, base, settings(texts=texts), None)
    assert isinstance(made, Held)
    assert (made.code, made.sku) == (code, "100077")


def test_an_sms_that_no_day_s_money_is_enough_for_is_for_a_person() -> None:
    """It would wait for tomorrow every day."""
    poor = settings(texts={"long": {"sl": "s" * 200}}, price_per_part="0.05", most_per_day="0.05")
    made = MODULE.compose(sms("long"), NUMBER, known(case(buyer())), poor, None)
    assert isinstance(made, Held)
    assert made.code == "sms.too_long"
    assert "takes 2 parts, and most_per_day of P4 is enough for 1" in made.reason


def test_an_sms_about_a_parcel_waits_for_what_the_erp_says_of_it() -> None:
    base = known(case(buyer()))
    made = MODULE.compose(sms("dispatched", "p1"), NUMBER, base, ALL, None)
    assert isinstance(made, WaitUntil)
    assert NOON < made.at < NOON + HOUR
    patient = sms("dispatched", "p1", queued_at=NOON - HOUR)
    assert "na poti" in text_of(base, ALL, patient).text
    there = known(case(buyer(), [sale(goods("2"), shipments=(SHIPPED,))]))
    assert text_of(there, ALL, sms("dispatched", "p1")).text.endswith("(Pošta). Sledenje: RR1SI")
    assert "na poti" in text_of(base, ALL, sms("dispatched")).text


def test_a_cancelled_order_is_not_told_of_before() -> None:
    gone = known(case(buyer(stage="cancelled")))
    made = MODULE.compose(sms("reserved"), NUMBER, gone, ALL, None)
    assert isinstance(made, Needless)
    assert "cancelled" in made.reason
    assert "preklicano" in text_of(gone, ALL, sms("cancelled")).text
    assert text_of(gone, ALL, sms("reserved", again=1)).parts == 1


def test_a_person_may_ask_for_one() -> None:
    base = known(
        case(buyer(), [sale(goods("2"), shipments=(SHIPPED,), invoices=(invoice(),))], [IMPORTED])
    )
    subjects = {name: MODULE.asked_for(name, base, ALL).subject for name in EVENTS}
    assert {name: one for name, one in subjects.items() if one} == {
        "dispatched": "p1",
        "ready_for_pickup": "p1",
        "invoice": "i1",
    }
    asked = MODULE.asked_for("paid", base, ALL)
    assert (asked.recipient, asked.note, asked.not_after) == (NUMBER, "", None)
    closed = MODULE.asked_for("paid", base, SmsSettings())
    assert closed.recipient == ""
    assert "has not agreed" in closed.note
    odd = settings(consent="1 / (order.total_minor - 1220) > 0")
    assert MODULE.asked_for("paid", base, odd).note
    assert MODULE.asked_for("dispatched", known(case(buyer())), ALL).subject == ""
    landline = known(case(buyer("01 234 56 78"), [], [IMPORTED]))
    assert "landline" in MODULE.asked_for("paid", landline, ALL).note
    said = {one.name: one for one in MODULE.templates(settings("paid", texts={"own": {"sl": "x"}}))}
    assert (said["paid"].automatic, said["own"].automatic) == (True, False)
    assert (said["own"].sl, said["own"].en) == ("x", "x")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"events": ["dispached"]}, "'dispached' is nothing PanStore sees by itself (order_rec"),
        ({"events": ["own"], "texts": {"own": {"sl": "x"}}}, "needs texts.own with a `when`"),
        ({"texts": {"own": {"when": "true"}}}, "texts.own says nothing"),
        ({"texts": {"paid": {"sl": "{{ order.nr }}"}}}, "there is no name order.nr; allowed: shop"),
        ({"texts": {"paid": {"sl": "  "}}}, "says nothing"),
        ({"texts": {"Paid!": {"sl": "x"}}}, "texts"),
        ({"quiet": "21-8"}, "two times of day"),
        ({"quiet": "08:00-08:00"}, "begins when it ends"),
        ({"country": "Slovenia"}, "must be a country"),
        ({"price_per_part": 0.05}, "an amount in quotes"),
        ({"price_per_part": "much"}, "an amount in quotes"),
        ({"price_per_part": "-1"}, "an amount in quotes"),
        ({"price_per_part": True}, "an amount in quotes"),
        ({"most_per_day": "5"}, "needs price_per_part"),
        ({"most_per_day": "5", "price_per_part": "0"}, "needs price_per_part"),
        ({"most_per_day": "0.04", "price_per_part": "0.05"}, "not enough for one part"),
        ({"most_parts": 0}, "greater than or equal to 1"),
        ({"currency": "eur"}, "currency"),
    ],
)
def test_settings_that_cannot_work_say_why(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        SmsSettings.model_validate(values)
    assert said in str(caught.value)


def test_money_of_a_day_is_counted_in_parts() -> None:
    assert settings().most_parts_per_day is None
    limited = settings(price_per_part="0.05", most_per_day="1.02")
    assert MODULE.most_parts_per_day(limited) == 20
    assert limited.price_per_part == Decimal("0.05")


def test_it_is_a_module_of_its_kind() -> None:
    for kind in (FlowModule, MessageModule, Explains, OnDemand, CountsParts):
        assert isinstance(MODULE, kind)

    class Other(Settings):
        pass

    with pytest.raises(InvariantError):
        MODULE.due(case(buyer()), Other())
