"""Orders as `import_order` takes them, taxes of lines, parties, sales."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from panstore.connectors.tryton.config import TrytonSettings
from panstore.connectors.tryton.map.orders import (
    criteria,
    found_customer,
    line_taxes,
    order_values,
    product_values,
)
from panstore.connectors.tryton.wire import PartyRow
from panstore.model.customer import Address, Customer, FoundCustomer, MatchCriterion
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.sale import BookedLine, ErpOrder, NewCustomer
from panstore.sdk.errors import MappingError
from panstore.sdk.roles import NewProduct

ANA = Customer(None, "Ana Novak", "ana@example.com", "+38640123456")
HOME = Address("Ana Novak", "Glavna ulica 1", "1000", "Ljubljana", "SI")
GOODS = BookedLine(
    ExternalId("7"), "goods", "Kava", Decimal(2), Decimal("8.1967"), Decimal("16.39"), Decimal(22)
)
SHIPPING = BookedLine(
    None, "shipping", "Pošta", Decimal(1), Decimal("3.20"), Decimal("3.20"), Decimal(22)
)
ROUNDING = BookedLine(
    None, "rounding", "Rounding", Decimal(1), Decimal("0.01"), Decimal("0.01"), Decimal(0)
)
ORDER = ErpOrder(
    key=OrderKey("shop/100/order/1"),
    shop_order=ExternalId("100"),
    number="W100",
    date=dt.date(2026, 3, 2),
    currency="EUR",
    warehouse="LJ",
    party=NewCustomer("shop/customer/email/ana", ANA),
    customer=ANA,
    lines=(GOODS, SHIPPING, ROUNDING),
    total=Decimal("23.91"),
    billing=HOME,
    shipping=HOME,
    delivery_method="post",
    payment_method="card",
    note="Ring twice",
)
TAXES = [[1], [1], []]


def settings(**changes: Any) -> TrytonSettings:
    values = {"url": "http://erp:8000", "database": "demo", "user": "u", "password": "p"}
    return TrytonSettings.model_validate(values | changes)


def values_of(order: ErpOrder = ORDER, **changes: Any) -> dict[str, Any]:
    return order_values(order, TAXES, settings(**changes), None)


def test_an_order_with_everything() -> None:
    values = values_of(carriers={"post": "4"}, shipping_product="90", rounding_product="91")
    assert values == {
        "key": "shop/100/order/1",
        "number": "W100",
        "date": dt.date(2026, 3, 2),
        "currency": "EUR",
        "warehouse": "LJ",
        "party": {
            "key": "shop/customer/email/ana",
            "name": "Ana Novak",
            "email": "ana@example.com",
            "phone": "+38640123456",
            "vat": "",
        },
        "invoice_address": {
            "name": "Ana Novak",
            "street": "Glavna ulica 1",
            "postcode": "1000",
            "city": "Ljubljana",
            "country": "SI",
        },
        "shipment_address": values["invoice_address"],
        "lines": [
            {
                "product": 7,
                "description": "Kava",
                "quantity": Decimal(2),
                "unit_price": Decimal("8.1967"),
                "taxes": [1],
            },
            {
                "product": 90,
                "description": "Pošta",
                "quantity": Decimal(1),
                "unit_price": Decimal("3.20"),
                "taxes": [1],
            },
            {
                "product": 91,
                "description": "Rounding",
                "quantity": Decimal(1),
                "unit_price": Decimal("0.01"),
                "taxes": [],
            },
        ],
        "carrier": 4,
        "corrects": None,
        "payment_method": "card",
        "comment": "Ring twice",
        "expected_total": Decimal("23.91"),
        "confirm": True,
    }


def test_a_web_shop_gets_the_orders_id() -> None:
    values = order_values(ORDER, TAXES, settings(), 3)
    assert (values["web_shop"], values["web_id"]) == (3, "100")
    assert "web_shop" not in values_of()


def test_what_has_no_field_of_its_own_is_in_the_comment() -> None:
    shipping = replace(HOME, phone="041 111 222")
    values = values_of(replace(ORDER, shipping=shipping))
    assert values["carrier"] is None
    assert values["comment"] == ("Ring twice\nDelivery: post\nPhone for the delivery: 041 111 222")
    same = replace(HOME, phone=ANA.phone)
    bare = replace(ORDER, note="", delivery_method="", shipping=same)
    assert values_of(bare)["comment"] == ""
    assert values_of(replace(bare, shipping=None))["comment"] == ""


def test_charges_without_a_product_are_lines_of_their_own() -> None:
    lines: list[dict[str, object]] = values_of()["lines"]
    assert [line["product"] for line in lines] == [7, None, None]


def test_a_known_party_is_named_by_its_id() -> None:
    assert values_of(replace(ORDER, party=ExternalId("12")))["party"] == {"id": 12}
    with pytest.raises(MappingError) as caught:
        values_of(replace(ORDER, party=ExternalId("twelve")))
    assert caught.value.field == "party"


def test_goods_need_an_id_of_tryton() -> None:
    for product in (None, ExternalId("K-1")):
        wrong = replace(ORDER, lines=(replace(GOODS, product=product), SHIPPING, ROUNDING))
        with pytest.raises(MappingError) as caught:
            values_of(wrong)
        assert caught.value.field == "product"
        assert "order W100" in caught.value.record


@pytest.mark.parametrize(
    ("customer", "billing", "name", "phone"),
    [
        (replace(ANA, company="Kava d.o.o."), HOME, "Kava d.o.o.", "+38640123456"),
        (ANA, replace(HOME, company="Kava d.o.o."), "Kava d.o.o.", "+38640123456"),
        (replace(ANA, name=""), replace(HOME, name="A. Novak"), "A. Novak", "+38640123456"),
        (replace(ANA, name="", phone=""), None, "ana@example.com", ""),
        (replace(ANA, phone=""), replace(HOME, phone="1"), "Ana Novak", "1"),
    ],
)
def test_a_new_party_is_called_by_its_company_or_person(
    customer: Customer, billing: Address | None, name: str, phone: str
) -> None:
    order = replace(
        ORDER, party=NewCustomer("k", customer), customer=customer, billing=billing, shipping=None
    )
    party: dict[str, object] = values_of(order)["party"]
    assert (party["name"], party["phone"]) == (name, phone)
    assert values_of(order)["shipment_address"] is None


def test_an_address_names_company_and_person() -> None:
    office = replace(HOME, company="Kava d.o.o.")
    assert values_of(replace(ORDER, billing=office))["invoice_address"]["name"] == (
        "Kava d.o.o., Ana Novak"
    )


def test_the_only_tax_of_a_rate_is_taken() -> None:
    lines = (GOODS, SHIPPING, ROUNDING)
    assert line_taxes(lines, {"22": (1,), "0": (9,)}, {}, {}) == [[1], [1], []]


def test_a_chosen_tax_wins_over_the_companys() -> None:
    assert line_taxes((GOODS, SHIPPING), {"22": (1, 5)}, {}, {"22": "5"}) == [[5], [5]]


def test_a_products_own_tax_wins_and_its_order_decides_for_the_charges() -> None:
    own = {ExternalId("7"): {"22": (5,)}}
    assert line_taxes((GOODS, SHIPPING), {"22": (1, 5)}, own, {}) == [[5], [5]]
    other = replace(GOODS, product=ExternalId("8"))
    mixed = own | {ExternalId("8"): {"22": (1,)}}
    assert line_taxes((GOODS, other, SHIPPING), {"22": (1, 5)}, mixed, {}) == [[5], [1], None]
    unclear = {ExternalId("7"): {"22": (1, 5)}}
    assert line_taxes((GOODS,), {"22": (1, 5)}, unclear, {}) == [None]


def test_a_rate_nobody_knows_has_no_tax_and_no_vat_needs_none() -> None:
    free = replace(GOODS, rate=Decimal(0))
    assert line_taxes((GOODS, free), {"9.5": (2,)}, {}, {}) == [None, []]
    assert line_taxes((free,), {"0": (3, 4)}, {}, {}) == [None]
    assert line_taxes((free,), {"0": (3,)}, {}, {}) == [[3]]


def test_each_criterion_asks_its_own_question() -> None:
    assert criteria(MatchCriterion("vat", "SI1")) == {"vat": "SI1"}
    assert criteria(MatchCriterion("email", "a@b.si")) == {"email": "a@b.si"}
    assert criteria(MatchCriterion("generic", "WEB")) == {"code": "WEB"}
    address = MatchCriterion("address", name="ana", street="glavna 1", postcode="1000")
    assert criteria(address) == {"name": "ana", "street": "glavna 1", "postcode": "1000"}


def test_a_line_break_in_a_name_is_a_blank() -> None:
    buyer = Customer(None, "Ana\r\n Novak\t", "ana@example.com", "+386 40\n")
    home = Address("Ana\nNovak", "Glavna ulica 1\n2. nadstropje", "10\t00", "Ljub\nljana", "SI")
    order = replace(ORDER, party=NewCustomer("k", buyer), customer=buyer, billing=home)
    values = values_of(order)
    assert values["party"]["name"] == "Ana Novak"
    assert values["party"]["phone"] == "+386 40"
    assert values["invoice_address"] == {
        "name": "Ana Novak",
        "street": "Glavna ulica 1\n2. nadstropje",
        "postcode": "10 00",
        "city": "Ljub ljana",
        "country": "SI",
    }


def test_a_party_without_a_name_is_called_by_its_id() -> None:
    assert found_customer(PartyRow(3, "Ana")) == FoundCustomer(ExternalId("3"), "Ana")
    assert found_customer(PartyRow(3, None)).name == "party 3"


def test_a_correction_names_what_it_corrects() -> None:
    first = ORDER.key
    order = replace(ORDER, key=OrderKey("shop/100/return/1"), corrects=first)
    values = order_values(order, [[1], [1], []], settings(), None)
    assert (values["key"], values["corrects"]) == ("shop/100/return/1", first)


def test_a_product_is_created_with_exact_figures() -> None:
    new = NewProduct(OrderKey("shop/9/product/1"), "CAJ", "Čajnik", "15.99", "9.5")
    assert product_values(new) == {
        "key": "shop/9/product/1",
        "sku": "CAJ",
        "title": "Čajnik",
        "net": Decimal("15.99"),
        "rate": Decimal("9.5"),
    }
    for field in ("net", "rate"):
        with pytest.raises(MappingError) as caught:
            product_values(replace(new, **{field: "a lot"}))
        assert caught.value.field == field
