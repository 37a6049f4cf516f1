"""Nobody can be recognised in what is kept of other systems' texts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from panstore.model.customer import Address, Customer
from panstore.model.ids import ExternalId
from panstore.model.order import Order, OrderLine, Refund
from panstore.model.privacy import LEFT_OUT, without_person
from panstore.model.tax import Charged
from panstore.testing.strategies import addresses, customers, orders

_AT = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
_PRICE = Charged(Decimal(10), Decimal("2.20"), Decimal("12.20"), Decimal(22))
_ANA = Customer(
    None, "Ana Žagar", "ana.zagar@example.si", "041 555 666", "Vrtnice d.o.o.", "SI98765"
)
_HOME = Address("Ana Žagar", "Lipova ulica 7", "1234", "Mengeš", "SI", phone="+386 41 555 666")
_OFFICE = Address("Vrtnice d.o.o.", "Cesta 1", "SW1A 1AA", "London", "GB", company="Vrtnice d.o.o.")
_ORDER = Order(
    id=ExternalId("17@2026-11-24T10:00:00.000000Z"),
    number="W100017",
    placed_at=_AT,
    status="Pending",
    stage="open",
    currency="EUR",
    customer=_ANA,
    lines=(
        OrderLine(ExternalId("1"), None, "A", "Vase", Decimal(1), _PRICE, note="Vse najboljše"),
    ),
    total=Decimal("12.20"),
    billing=_OFFICE,
    shipping=_HOME,
    note="W100017\nPustite pri sosedi Miri",
    refunds=(Refund(ExternalId("5"), _AT, Decimal(1), reason="Preveč zaračunano"),),
)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("party Ana Žagar <ana.zagar@example.si> exists", "party (...) <(...)> exists"),
        ("duplicate ANA  ŽAGAR", "duplicate (...)"),
        ("Žagar, Ana (id 5)", "(...), (...) (id 5)"),
        ("anagram", "anagram"),
        ("bine@kos.si, phone +386 40 111-222.", "(...), phone (...)."),
        ("call 01/234-56-78 or 040 111 222", "call (...) or (...)"),
        ("phone +38641555666, 0038641555666, 041555666", "phone (...), (...), (...)"),
        ("to Lipova ulica 7, 1234 Mengeš", "to (...), (...)"),
        ("1234 of it in Mengeš", "1234 of it in (...)"),
        ("sw1a 1aa London", "(...)"),
        ("vrtnice d.o.o. with VAT id SI 98765", "(...) with VAT id (...)"),
        ("vse najboljše / preveč zaračunano", "(...) / (...)"),
        ("Order W100017: pustite pri\nsosedi MIRI!", "Order W100017: (...)!"),
        ("order 17@2026-11-24T10:00:00.000000Z", "order 17@2026-11-24T10:00:00.000000Z"),
        ("2026-11-24 10:00:00+01:00, 12.20 EUR, SO00041", None),
    ],
)
def test_what_is_left_of_a_text(told: str, kept: str | None) -> None:
    assert without_person(told, _ORDER) == (told if kept is None else kept)


def test_where_the_order_is_not_known_addresses_and_numbers_are_left_out() -> None:
    told = "Ana Žagar, ana.zagar@example.si, +38641555666"
    assert without_person(told) == "Ana Žagar, (...), (...)"


def test_without_an_address_there_is_less_to_leave_out() -> None:
    order = replace(_ORDER, billing=None, shipping=None)
    assert without_person("Mengeš: Ana", order) == "Mengeš: (...)"


def _written(order: Order) -> list[str]:
    """What must not be left, as far as it is long enough to be found anywhere."""
    buyer = order.customer
    found = [buyer.name, buyer.email, buyer.company, buyer.vat_id, buyer.phone, order.note]
    found += [line.note for line in order.lines]
    found += [refund.reason for refund in order.refunds]
    for one in (order.billing, order.shipping):
        if one is not None:
            found += [one.name, one.street, one.company, one.phone, one.city]
            found.append(f"{one.postcode} {one.city}")
    numbers = {order.number, order.id}
    found = [value.strip() for value in found]
    return [v for v in found if len(v) > 5 and any(map(str.isalnum, v)) and v not in numbers]


@st.composite
def _about_somebody(draw: st.DrawFn) -> tuple[Order, str]:
    order = replace(
        draw(orders()),
        customer=draw(customers()),
        billing=draw(addresses()),
        shipping=draw(st.none() | addresses()),
        note=draw(st.text("abž (.)\n1", max_size=12)),
        refunds=(replace(_ORDER.refunds[0], reason=draw(st.text("abž (.)1", max_size=9))),),
    )
    pieces = st.sampled_from([*_written(order), " ", "a", "ab", "(", ".)", "party", "041"])
    return order, "".join(draw(st.lists(pieces, max_size=8)))


@given(_about_somebody())
@example((replace(_ORDER, note="party(...)a", billing=None), "partyAna Žagarsa"))
def test_no_value_of_the_order_is_left(case: tuple[Order, str]) -> None:
    order, text = case
    kept = without_person(text, order)
    for value in _written(order):
        assert " ".join(value.split()).lower() not in " ".join(kept.split()).lower()
    assert without_person(kept, order) == kept


@given(st.text("xyz .,;:!?()-7\n"))
def test_what_names_nobody_stays_as_it_is(text: str) -> None:
    assert without_person(text, _ORDER) == text


def test_what_stands_for_it_names_nobody() -> None:
    assert without_person(LEFT_OUT, _ORDER) == LEFT_OUT
