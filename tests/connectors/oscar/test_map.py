"""Translation of the companion's shapes: to the cent, in UTC, naming what is wrong."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from panstore.connectors.oscar import map as translate
from panstore.connectors.oscar import wire
from panstore.connectors.oscar.config import OSCAR_STAGES
from panstore.model.customer import Address, Customer
from panstore.model.ids import ExternalId, ItemId
from panstore.model.order import (
    Charge,
    Order,
    OrderLine,
    Payment,
    PickupPoint,
    RefundedLine,
)
from panstore.model.plan import Operation, Value, WriteOutcome
from panstore.model.price import PriceTarget, Promotion
from panstore.model.product import Variant
from panstore.model.stock import ShopStock, StockTarget
from panstore.model.tax import Charged
from panstore.sdk.errors import MappingError
from panstore.sdk.roles import BrokenOrder
from tests.connectors.oscar.recordings import encoded, guest_order, recorded

D = Decimal
RATES = {"22": D(22), "9.5": D("9.5"), "0": D(0)}


def order(document: Any) -> Order:
    return translate.order(encoded(document), OSCAR_STAGES)


def products() -> list[wire.WireProduct]:
    return msgspec.convert(recorded("products"), wire.WireProductPage).products


def test_a_recorded_order_is_whole_and_to_the_cent() -> None:
    found = order(guest_order())
    assert (found.id, found.number) == ("1", "100001")
    assert found.placed_at == dt.datetime(2026, 11, 24, 8, 45, 37, 265898, dt.UTC)
    assert found.placed_at.utcoffset() == dt.timedelta(0)
    assert (found.status, found.stage) == ("Pending", "open")
    assert (found.currency, found.total) == ("EUR", D("41.75"))
    assert found.lines == (
        OrderLine(
            id=ExternalId("1"),
            product=ExternalId("2"),
            sku="KZ-101-250",
            title="Kava Brazilija Santos, 250 g",
            quantity=D(3),
            charged=Charged(D("22.19"), D("2.11"), D("24.30"), D("9.5")),
            discount=D("2.70"),
        ),
        OrderLine(
            id=ExternalId("2"),
            product=ExternalId("120"),
            sku="SM-102-900",
            title="Med kostanjev, 900 g",
            quantity=D(1),
            charged=Charged(D("11.11"), D("2.44"), D("13.55"), D(22)),
            discount=D("1.50"),
        ),
    )
    post = Charged(D("3.20"), D("0.70"), D("3.90"), D(22))
    assert found.charges == (Charge("shipping", "posta", "Pošta Slovenije, parcel", post),)
    parts = [line.charged.gross for line in found.lines] + [c.charged.gross for c in found.charges]
    assert sum(parts) == found.total
    assert found.discounts == ("Spring 10 % (POMLAD10)",)
    assert found.customer == Customer(
        account=None, name="Nina Zupančič", email="nina@example.com", phone="+38640123456"
    )
    assert found.shipping == Address(
        name="Nina Zupančič",
        street="Dunajska cesta 5",
        postcode="1000",
        city="Ljubljana",
        country="SI",
        phone="+38640123456",
    )
    assert found.note == "Pozvonite"
    assert found.payments == ()


def test_every_recorded_order_adds_up() -> None:
    for document in recorded("orders")["orders"]:
        found = order(document)
        parts = [line.charged.gross for line in found.lines]
        parts += [charge.charged.gross for charge in found.charges]
        assert sum(parts) == found.total


def test_a_recorded_order_of_an_account_that_paid_by_card() -> None:
    found = order(recorded("order_of_an_account"))
    assert found.customer.account == "2"
    assert found.customer.email == "ana.kovac@example.com"
    assert found.customer.name == "Ana Kovač"
    assert found.billing is not None
    assert found.billing.name == "Nina Zupančič"
    assert (found.status, found.stage) == ("Being processed", "open")
    assert found.payments == (
        Payment("Card", D("34.01"), D("34.01"), "ch_123", refunded=D("15.06")),
    )
    (refund,) = found.refunds
    assert (refund.id, refund.amount, refund.charges) == ("event-1", D("15.06"), ())
    assert refund.lines == (
        RefundedLine(ExternalId("1"), D(1), Charged(D("12.34"), D("2.72"), D("15.06"), D(22))),
    )
    assert found.is_paid
    assert found.note == "Pozvonite\nPlease call first"
    (line,) = found.lines
    assert line.charged == Charged(D("24.68"), D("5.43"), D("30.11"), D(22))
    assert line.note == "Engraving: Ani za rojstni dan"
    assert line.charged.gross + found.charges[0].charged.gross == found.total


def test_a_company_with_an_account_and_a_payment() -> None:
    document = guest_order(
        customer={"id": 7, "email": " ana@example.com ", "first_name": "Ana", "last_name": ""},
        payments=[
            {
                "method": "Invoice",
                "allocated": "41.75",
                "debited": "0.00",
                "refunded": "0.00",
                "reference": "Order 100001",
            },
            {
                "method": "Card",
                "allocated": "0.00",
                "debited": "20.00",
                "refunded": "5.00",
                "reference": None,
            },
        ],
        future_field={"anything": [1.5]},
    )
    document["billing_address"] |= {
        "company": "Vrt d.o.o.",
        "vat_id": "SI12345679",
        "line1": "Trg 1",
        "line2": " II. ",
        "state": "Gorenjska",
        "phone": "041 111 222",
    }
    found = order(document)
    assert found.customer == Customer(
        account=ExternalId("7"),
        name="Ana",
        email="ana@example.com",
        phone="041 111 222",
        company="Vrt d.o.o.",
        vat_id="SI12345679",
    )
    assert found.billing is not None
    assert (found.billing.street, found.billing.region) == ("Trg 1, II.", "Gorenjska")
    assert found.billing.company == "Vrt d.o.o."
    assert found.payments == (
        Payment("Invoice", D("41.75"), D("0.00"), "Order 100001"),
        Payment("Card", D("20.00"), D("20.00"), "", refunded=D("5.00")),
    )


def test_pick_up_tags_and_a_company_that_no_address_names() -> None:
    document = guest_order(
        pickup={"code": "prevzem", "name": " Vrt & Dom "},
        tags=["business", " "],
        language="sl",
    )
    document["customer"] |= {"company": "Vrt d.o.o.", "vat_id": " SI12345679"}
    document["payments"] = [
        {"method": "Card", "allocated": "9.00", "debited": "0", "refunded": "0", "failed": True}
    ]
    found = order(document)
    assert found.pickup == PickupPoint("prevzem", "Vrt & Dom")
    assert found.tags == ("business",)
    assert (found.language, order(guest_order()).language) == ("sl", "")
    assert (found.customer.company, found.customer.vat_id) == ("Vrt d.o.o.", "SI12345679")
    assert found.payment_failed


def test_an_order_without_addresses_shipping_e_mail_or_article() -> None:
    document = guest_order(
        billing_address=None,
        shipping_address=None,
        customer={"id": None, "email": None},
        discounts=[{"name": "POMLAD10", "code": "POMLAD10"}, {"name": "Sale", "code": None}],
    )
    document["shipping"] = {"code": "", "name": "", "incl": "0.00", "excl": "0.00"}
    document["lines"][0] |= {"product": None, "sku": None}
    found = order(document)
    assert (found.billing, found.shipping, found.charges) == (None, None, ())
    assert found.customer == Customer(account=None, name="", email="")
    assert (found.lines[0].product, found.lines[0].sku) == (None, "")
    assert found.discounts == ("POMLAD10", "Sale")


@pytest.mark.parametrize("changes", [{"incl": "1.00"}, {"excl": "1.00", "incl": "1.00"}])
def test_shipping_without_a_code_still_costs(changes: dict[str, str]) -> None:
    document = guest_order()
    document["shipping"] = {"code": "", "name": "Van", "incl": "0", "excl": "0", "tax_rate": "22"}
    document["shipping"] |= changes
    (charge,) = order(document).charges
    assert charge.charged.gross == D(1)


def test_a_surcharge_is_a_fee_with_its_own_rate() -> None:
    fee = {"name": "Gift wrap ", "code": "wrap", "incl": "2.19", "excl": "2.00", "tax_rate": "9.5"}
    fees = [fee, {**fee, "code": "stamp", "incl": "1.00", "excl": "1.00", "tax_rate": None}]
    charges = order(guest_order(surcharges=fees)).charges
    assert charges[1:] == (
        Charge("fee", "wrap", "Gift wrap", Charged(D("2.00"), D("0.19"), D("2.19"), D("9.5"))),
        Charge("fee", "stamp", "Gift wrap", Charged(D("1.00"), D(0), D("1.00"), D(0))),
    )


def test_a_dearer_line_is_no_discount() -> None:
    document = guest_order()
    document["lines"][0]["line_price_before_discounts_incl"] = "20.00"
    assert order(document).lines[0].discount == 0


@pytest.mark.parametrize(
    ("status", "stage"),
    [("Being processed", "open"), ("Shipped", "shipped"), ("Cancelled", "cancelled")],
)
def test_a_status_says_where_the_goods_are(status: str, stage: str) -> None:
    assert order(guest_order(status=status)).stage == stage


def line(**changes: Any) -> dict[str, Any]:
    document = guest_order()
    document["lines"][1] |= changes
    return document


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (guest_order(status="In limbo"), "status"),
        (guest_order(currency="euro"), "currency"),
        (guest_order(placed_at="2026-11-24T05:00:52"), "placed_at"),
        (guest_order(placed_at="0001-01-01T00:00:00+10:00"), "placed_at"),
        (guest_order(total_incl_tax=41.75), "total_incl_tax"),
        (guest_order(total_incl_tax="NaN"), "total_incl_tax"),
        (guest_order(lines={}), "lines"),
        (line(quantity="0"), "lines[1].quantity"),
        (line(quantity="two"), "lines[1].quantity"),
        (line(line_price_excl=None), "lines[1].line_price_excl"),
        (line(line_price_incl="13.55\n"), "lines[1].line_price_incl"),
        (line(tax_rate=None), "lines[1].tax_rate"),
        (line(tax_rate="-22"), "lines[1].tax_rate"),
        (line(cancelled="2"), "lines[1].cancelled"),
        (line(cancelled="-1"), "lines[1].cancelled"),
    ],
)
def test_what_is_wrong_is_named(document: dict[str, Any], field: str) -> None:
    with pytest.raises(MappingError) as caught:
        order(document)
    assert (caught.value.record, caught.value.field) == ("order 100001", field)


def test_a_missing_field_is_named() -> None:
    document = guest_order()
    del document["number"]
    with pytest.raises(MappingError, match="`number`") as caught:
        order(document)
    assert caught.value.record == "order 1"


def broken(document: Any) -> BrokenOrder | None:
    error = MappingError("order 100001", "status", "is unknown")
    return translate.broken_order(encoded(document), error, OSCAR_STAGES)


def test_a_broken_order_tells_what_it_holds() -> None:
    document = guest_order(status="In limbo")
    document["lines"] += [
        {"product": 5, "quantity": "0"},
        {"product": None, "quantity": "3"},
        {"product": 6, "quantity": "-1"},
        {"product": 7, "quantity": 4},
        "no line",
    ]
    assert broken(document) == BrokenOrder(
        ExternalId("1"),
        "order 100001: status is unknown",
        (
            (ExternalId("2"), D(3)),
            (ExternalId("120"), D(1)),
            (ExternalId("7"), D(4)),
        ),
        order(guest_order()).placed_at,
    )


@pytest.mark.parametrize(
    "written", [None, 7, "yesterday", "2026-11-24T05:00:52", "0001-01-01T00:00:00+05:00"]
)
def test_a_broken_order_without_a_moment_is_of_no_time(written: Any) -> None:
    found = broken(guest_order(placed_at=written))
    assert found is not None
    assert found.placed_at is None


@pytest.mark.parametrize(
    "changes", [{"status": "Cancelled"}, {"status": "Shipped"}, {"lines": None}]
)
def test_a_broken_order_that_is_over_holds_nothing(changes: dict[str, Any]) -> None:
    found = broken(guest_order(**changes))
    assert found is not None
    assert found.holds == ()


def test_a_broken_order_with_a_status_of_a_wrong_kind_still_holds() -> None:
    found = broken(guest_order(status=7))
    assert found is not None
    assert len(found.holds) == 2


@pytest.mark.parametrize("document", [[], {"number": 5}, {"id": "1/../2"}, {"id": 0}])
def test_an_order_without_an_id_is_nothing_we_can_name(document: Any) -> None:
    with pytest.raises(MappingError):
        order(document)
    assert broken(document) is None


def test_a_deleted_order_holds_nothing() -> None:
    gone = translate.gone_order(8)
    assert (gone.id, gone.holds) == ("8", ())


def test_a_recorded_product_is_a_variant() -> None:
    found = translate.variant(products()[-1], RATES)
    assert found == Variant(
        id=ExternalId("120"),
        sku="SM-102-900",
        title="Med kostanjev, 900 g",
        gtin="3830041000793",
        parent=ExternalId("118"),
        active=True,
        tracked=True,
        tax_rates=(D(22),),
    )


def test_a_product_with_next_to_nothing() -> None:
    bare = wire.WireProduct(5, None, " Vaza ", False, False, None, None, None, None)
    assert translate.variant(bare, RATES) == Variant(
        id=ExternalId("5"), sku="", title="Vaza", active=False, tracked=False
    )
    assert translate.present_stock(bare) == ShopStock(ExternalId("5"), D(0))
    assert translate.present_price(bare) is None


def test_present_values_of_a_recorded_product() -> None:
    product = products()[-1]
    assert translate.present_stock(product) == ShopStock(ExternalId("120"), D(49))
    assert translate.present_price(product) == PriceTarget(
        D("12.34"), "EUR", includes_tax=False, tax_class="22"
    )
    product.currency = None
    assert translate.present_price(product) is None


def test_tax_classes_are_found_by_rate_unless_two_have_the_same() -> None:
    rates = {"22": "22.0", "9.5": "9.50", "books": "5", "magazines": "5"}
    assert translate.tax_classes(rates) == {"22": "22", "9.5": "9.5"}


def operation(target: str, after: Value) -> Operation:
    return Operation(ItemId("i"), ExternalId(target), None, after, "test")


def price(
    amount: str,
    *,
    includes_tax: bool = False,
    tax_class: str | None = None,
    promotion: Promotion | None = None,
) -> PriceTarget:
    return PriceTarget(D(amount), "EUR", includes_tax, tax_class, promotion)


def test_values_are_sent_as_plain_decimals() -> None:
    stock = operation("5", StockTarget(D("12.00")))
    assert translate.stock_item(stock) == {"product": 5, "free": "12"}
    cheap = operation("5", price("1E+1"))
    assert translate.price_item(cheap) == {"product": 5, "price": "10", "currency": "EUR"}
    taxed = operation("5", price("9.90", tax_class="22"))
    assert translate.price_item(taxed) == {
        "product": 5,
        "price": "9.9",
        "currency": "EUR",
        "tax_class": "22",
    }


@pytest.mark.parametrize(
    ("target", "after", "code"),
    [
        ("X-5", StockTarget(D(1)), "unknown_product"),
        ("05", StockTarget(D(1)), "unknown_product"),
        ("5", StockTarget(D(-1)), "not_a_quantity"),
        ("5", StockTarget(D("Infinity")), "not_a_quantity"),
        ("5", price("1"), "not_a_quantity"),
    ],
)
def test_stock_that_cannot_be_said(target: str, after: Value, code: str) -> None:
    found = translate.stock_item(operation(target, after))
    assert isinstance(found, WriteOutcome)
    assert (found.target, found.state, found.code) == (target, "refused", code)


@pytest.mark.parametrize(
    ("target", "after", "code"),
    [
        ("", price("1"), "unknown_product"),
        ("5", StockTarget(D(1)), "not_a_price"),
        ("5", price("NaN"), "not_a_price"),
        ("5", price("1", includes_tax=True), "wrong_terms"),
        ("5", price("1", promotion=Promotion(D(1))), "no_dates"),
    ],
)
def test_prices_that_cannot_be_said(target: str, after: Value, code: str) -> None:
    found = translate.price_item(operation(target, after))
    assert isinstance(found, WriteOutcome)
    assert (found.target, found.state, found.code) == (target, "refused", code)


def test_recorded_outcomes_of_a_stock_write() -> None:
    done, absent, fraction = msgspec.convert(recorded("stock_written"), wire.WireStockReply).items
    assert translate.stock_outcome(ExternalId("2"), done) == WriteOutcome(
        ExternalId("2"), "done", StockTarget(D(12))
    )
    refused = translate.stock_outcome(ExternalId("999999"), absent)
    assert (refused.state, refused.code) == ("refused", "unknown_product")
    assert "999999" in refused.message
    assert translate.stock_outcome(ExternalId("3"), fraction).code == "fraction"


def test_recorded_outcomes_of_a_price_write() -> None:
    done, zero = msgspec.convert(recorded("prices_written"), wire.WirePriceReply).items
    assert translate.price_outcome(ExternalId("2"), done) == WriteOutcome(
        ExternalId("2"), "done", price("9.90", tax_class="9.5")
    )
    refused = translate.price_outcome(ExternalId("3"), zero)
    assert (refused.state, refused.code) == ("refused", "not_positive")


def test_outcomes_that_say_less() -> None:
    target = ExternalId("2")
    bare = wire.WireStockOutcome(2, "done")
    assert translate.stock_outcome(target, bare) == WriteOutcome(target, "done")
    oversold = wire.WireStockOutcome(2, "done", free="-3")
    assert translate.stock_outcome(target, oversold).stored == StockTarget(D(0))
    for half in (wire.WirePriceOutcome(2, "done"), wire.WirePriceOutcome(2, "done", price="1")):
        assert translate.price_outcome(target, half) == WriteOutcome(target, "done")
    silent = translate.price_outcome(target, wire.WirePriceOutcome(2, "refused"))
    assert (silent.state, silent.code) == ("refused", "refused")
    assert silent.message
