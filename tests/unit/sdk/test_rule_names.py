"""What each name stands for."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from panstore.model.customer import Address, Customer
from panstore.model.errors import InvariantError
from panstore.model.ids import ExternalId
from panstore.model.order import Charge, Order, OrderLine, Payment, PickupPoint
from panstore.model.sale import BookedOrder
from panstore.model.tax import Charged
from panstore.sdk.rules import Rule, RuleFailedError
from panstore.sdk.rules.names import LINE_NAMES, ORDER_NAMES, Name, given_lines
from tests.unit.modules.order_life import an_order, case, goods, invoice, paid, parcel, refund, sale

NOBODY = an_order(billing=None)


def amount(gross: str, net: str | None = None) -> Charged:
    whole, part = Decimal(gross), Decimal(net or gross)
    return Charged(part, whole - part, whole, Decimal(22))


RICH = an_order(
    "100",
    lines=(
        OrderLine(
            ExternalId("1"), None, "A", "Kava", Decimal("1.5"), amount("61", "50"), Decimal(4)
        ),
        OrderLine(ExternalId("2"), None, "B", "Čaj", Decimal(2), amount("32.70"), note="Za Ano"),
    ),
    charges=(
        Charge("shipping", "post", "Pošta", amount("5")),
        Charge("shipping", "", "Teža", amount("1")),
        Charge("fee", "cod", "Povzetje", amount("2.30")),
        Charge("discount", "", "Popust", amount("-2")),
    ),
    payments=(
        Payment("card", Decimal(30), Decimal(30)),
        Payment("bank", Decimal(70), Decimal(20), refunded=Decimal(5)),
    ),
    refunds=(refund("7.50"),),
    customer=Customer(ExternalId("9"), "Ana", "ANA@x.si ", company="Ana d.o.o.", vat_id="SI1"),
    shipping=Address("Ana", "Ulica 1", "9020", "Celovec", "AT"),
    pickup=PickupPoint("locker-7", "Paketnik"),
    tags=("b2b", "hitro"),
    discounts=("JESEN",),
    note=" Pokliči ",
    placed_at=dt.datetime(2026, 11, 23, 23, 30, tzinfo=dt.UTC),
)


@pytest.mark.parametrize(
    ("name", "plain", "rich"),
    [
        ("number", "100077", "100077"),
        ("status", "Pending", "Pending"),
        ("stage", "open", "open"),
        ("placed_on", "2026-11-23", "2026-11-24"),
        ("currency", "EUR", "EUR"),
        ("total", Decimal("12.20"), Decimal(100)),
        ("net", Decimal("12.20"), Decimal(89)),
        ("goods_total", Decimal("12.20"), Decimal("93.70")),
        ("shipping_total", Decimal(0), Decimal(6)),
        ("fees", Decimal(0), Decimal("2.30")),
        ("discount", Decimal(0), Decimal(6)),
        ("received", Decimal(0), Decimal(45)),
        ("refunded", Decimal(0), Decimal("7.50")),
        ("owed", Decimal("12.20"), Decimal("47.50")),
        ("total_minor", 1220, 10000),
        ("goods_minor", 1220, 9370),
        ("received_minor", 0, 4500),
        ("refunded_minor", 0, 750),
        ("owed_minor", 1220, 4750),
        ("paid", False, False),
        ("payment_failed", False, False),
        ("payment_method", "", "bank"),
        ("payment_methods", [], ["card", "bank"]),
        ("shipping_method", "", "post"),
        ("pickup", False, True),
        ("pickup_point", "", "locker-7"),
        ("country", "", "AT"),
        ("postcode", "", "9020"),
        ("billing_country", "", "SI"),
        ("guest", True, False),
        ("account", "", "9"),
        ("email", "ana@example.si", "ana@x.si"),
        ("is_company", False, True),
        ("has_vat_id", False, True),
        ("tags", [], ["b2b", "hitro"]),
        ("discounts", [], ["JESEN"]),
        ("skus", ["KAVA-250"], ["A", "B"]),
        ("line_count", 1, 2),
        ("pieces", Decimal(2), Decimal("3.5")),
        ("has_note", False, True),
        ("cancelled", False, False),
        ("imported", False, False),
        ("reserved", False, False),
        ("partly_reserved", False, False),
        ("shipped", False, False),
        ("partly_shipped", False, False),
        ("invoiced", False, False),
    ],
)
def test_what_an_order_s_names_say(name: str, plain: object, rich: object) -> None:
    read = ORDER_NAMES[name].read
    assert (read(case(NOBODY)), read(case(RICH))) == (plain, rich)


def test_what_a_line_s_names_say() -> None:
    lines = given_lines(case(RICH), LINE_NAMES)
    assert ORDER_NAMES["lines"].read(case(RICH)) == lines
    assert lines == [
        {
            "sku": "A",
            "title": "Kava",
            "quantity": Decimal("1.5"),
            "total": Decimal(61),
            "net": Decimal(50),
            "vat_rate": Decimal(22),
            "discount": Decimal(4),
            "has_note": False,
        },
        {
            "sku": "B",
            "title": "Čaj",
            "quantity": Decimal(2),
            "total": Decimal("32.70"),
            "net": Decimal("32.70"),
            "vat_rate": Decimal(22),
            "discount": Decimal(0),
            "has_note": True,
        },
    ]
    assert set(lines[0]) == set(LINE_NAMES)


def test_the_addresses_stand_in_for_each_other() -> None:
    at = Address("Ana", "Ulica 1", "9020", "Celovec", "AT")
    only_billing, only_shipping = an_order(), an_order(billing=None, shipping=at)
    assert ORDER_NAMES["country"].read(case(only_billing)) == "SI"
    assert ORDER_NAMES["postcode"].read(case(only_billing)) == "1000"
    assert ORDER_NAMES["billing_country"].read(case(only_shipping)) == "AT"


def test_a_shipping_method_without_a_code_is_known_by_its_name() -> None:
    order = an_order(charges=(Charge("shipping", "", "Pošta", amount("5")),))
    assert ORDER_NAMES["shipping_method"].read(case(order)) == "Pošta"


@pytest.mark.parametrize(
    "changes", [{"company": "Ana d.o.o."}, {"vat_id": "SI1"}, {"company": "A", "vat_id": "B"}]
)
def test_a_company_gives_its_name_or_its_vat_id(changes: dict[str, str]) -> None:
    customer = msgspec.structs.replace(an_order().customer, **changes)
    assert ORDER_NAMES["is_company"].read(case(an_order(customer=customer))) is True


def progress(*sales: BookedOrder, order: Order = NOBODY) -> set[str]:
    """Which of the names about the order's progress are true."""
    words = (
        *("cancelled", "imported", "reserved", "partly_reserved", "shipped", "partly_shipped"),
        *("invoiced", "paid", "payment_failed"),
    )
    return {name for name in words if ORDER_NAMES[name].read(case(order, sales)) is True}


SUPPLEMENT: Any = {"key": "shop/77/supplement/1", "total": "6.10"}


@pytest.mark.parametrize(
    ("sales", "said"),
    [
        ([sale(goods("2"))], {"imported"}),
        ([sale(goods("2"), state="cancelled")], set()),
        ([sale(goods("2", reserved="1"))], {"imported", "partly_reserved"}),
        ([sale(goods("2", reserved="2"))], {"imported", "reserved"}),
        (
            [sale(goods("2", "1", "1"), shipments=(parcel("shipped"),))],
            {"imported", "reserved", "partly_shipped"},
        ),
        (
            [sale(goods("2", "0", "1"), shipments=(parcel("shipped"),))],
            {"imported", "partly_reserved", "partly_shipped"},
        ),
        (
            [sale(goods("2", "0", "2"), shipments=(parcel("shipped"),))],
            {"imported", "reserved", "shipped"},
        ),
        ([sale()], {"imported", "reserved", "shipped"}),
        ([sale(goods("2"), invoices=(invoice(),))], {"imported", "invoiced"}),
        ([sale(goods("2"), invoices=(invoice(state="draft"),))], {"imported"}),
        (
            [sale(goods("2", "2")), sale(goods("1"), **SUPPLEMENT)],
            {"imported", "partly_reserved"},
        ),
        (
            [
                sale(goods("2", "0", "2"), shipments=(parcel("shipped"),)),
                sale(goods("-1"), key="shop/77/return/1", total="-6.10"),
            ],
            {"imported", "reserved", "shipped"},
        ),
    ],
)
def test_how_far_an_order_has_come(sales: list[BookedOrder], said: set[str]) -> None:
    assert progress(*sales) == said


def test_what_the_shop_says_of_it() -> None:
    assert progress(order=an_order(stage="cancelled")) == {"cancelled"}
    assert progress(order=an_order(payments=paid())) == {"paid"}
    assert progress(order=an_order(payments=paid("0", failed=True))) == {"payment_failed"}


def test_nobody_owes_less_than_nothing() -> None:
    assert ORDER_NAMES["owed"].read(case(an_order(payments=paid("20")))) == 0


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 12), ("KWD", 12000), ("EUR", 1200)])
def test_the_smallest_unit_is_the_currency_s(currency: str, minor: int) -> None:
    assert ORDER_NAMES["total_minor"].read(case(an_order("12", currency=currency))) == minor


def test_an_amount_between_two_cents_has_no_smallest_unit() -> None:
    one = case(an_order("12.205"))
    with pytest.raises(RuleFailedError, match=r"12\.205 EUR has more places"):
        Rule("order.total_minor > 1").holds(one)


def test_a_name_that_gives_what_rules_do_not_know_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = Name("int", "broken", lambda _: None)  # type: ignore[arg-type,return-value]
    monkeypatch.setitem(ORDER_NAMES, "line_count", broken)
    with pytest.raises(InvariantError, match=r"order\.line_count is a NoneType"):
        Rule("order.line_count > 1").holds(case(NOBODY))
    monkeypatch.setitem(ORDER_NAMES, "paid", Name("bool", "broken", lambda _: 1))
    with pytest.raises(InvariantError, match="gave 1"):
        Rule("order.paid").holds(case(NOBODY))
