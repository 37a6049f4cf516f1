"""Variants, stock, prices, taxes and outbox rows in PanStore's words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.connectors.tryton.map.changes import feed_batch
from panstore.connectors.tryton.map.goods import sales_price, stock_level, taxes_by_rate, variant
from panstore.connectors.tryton.wire import OutboxRow, PriceRow, ProductRow, StockRow, TaxRow
from panstore.model.change import Signal
from panstore.model.ids import ExternalId
from panstore.model.price import Promotion
from panstore.sdk.errors import MappingError

VAT = TaxRow(1, "DDV 22 %", Decimal("0.22"))
PRODUCT = ProductRow(
    id=7,
    code="KAVA-250",
    name=" Kava ",
    template=4,
    active=True,
    salable=True,
    type="goods",
    unit=1,
    unit_name="Unit",
    ean="3830000000017",
    taxes=[VAT],
)
PRICE = PriceRow(
    product=7,
    price=Decimal("8.19"),
    unit=1,
    currency="EUR",
    taxes=[VAT],
    list_price=Decimal("8.19"),
    valid_until=None,
)
STOCK = StockRow(7, 3, Decimal(-1), Decimal(0), Decimal(2), 1)


def test_a_variant_with_everything() -> None:
    made = variant(PRODUCT)
    assert (made.id, made.sku, made.title, made.gtin) == ("7", "KAVA-250", "Kava", "3830000000017")
    assert (made.parent, made.unit, made.active, made.tracked) == ("4", "Unit", True, True)
    assert made.tax_rates == (Decimal(22),)


def test_a_variant_without_code_and_ean_that_is_a_service_not_for_sale() -> None:
    bare = replace(PRODUCT, code=None, ean=None, salable=False, type="service", taxes=[])
    made = variant(bare)
    assert (made.sku, made.gtin, made.active, made.tracked, made.tax_rates) == (
        "",
        "",
        False,
        False,
        (),
    )
    assert not variant(replace(PRODUCT, active=False)).active


def test_stock_may_be_negative_but_promises_may_not() -> None:
    level = stock_level(STOCK, "LJ", "Unit")
    assert (level.variant, level.warehouse, level.unit) == ("7", "LJ", "Unit")
    assert (level.on_hand, level.reserved, level.demand) == (Decimal(-1), Decimal(0), Decimal(2))
    for field in ("reserved", "demand"):
        with pytest.raises(MappingError) as caught:
            stock_level(replace(STOCK, **{field: Decimal("-0.5")}), "LJ", "Unit")
        assert caught.value.field == field
        assert "product 7 in LJ" in caught.value.record


def test_a_price_is_net_and_exact() -> None:
    price = sales_price(replace(PRICE, price=Decimal("8.1967")), None)
    assert (price.variant, price.amount, price.currency) == ("7", Decimal("8.1967"), "EUR")
    assert (price.includes_tax, price.tax_rates) == (False, (Decimal(22),))
    assert (price.valid_until, price.promotion) == (None, None)
    assert sales_price(replace(PRICE, price=None), None).amount is None


def test_a_promotional_list_gives_a_promotion_only_where_it_has_another_price() -> None:
    assert sales_price(PRICE, PRICE).promotion is None
    assert sales_price(PRICE, replace(PRICE, price=None)).promotion is None
    # The usual price comes from another list; the promotional one falls back on the list price.
    usual = replace(PRICE, price=Decimal("7.00"))
    assert sales_price(usual, PRICE).promotion is None
    promoted = sales_price(PRICE, replace(PRICE, price=Decimal("6.00")))
    assert promoted.promotion == Promotion(Decimal("6.00"), None, None)


def test_a_dated_promotion_ends_the_day_before_its_line_does() -> None:
    dated = replace(PRICE, price=Decimal("6.00"), valid_until=dt.date(2026, 12, 1))
    price = sales_price(replace(PRICE, valid_until=dt.date(2026, 12, 24)), dated)
    assert price.promotion == Promotion(Decimal("6.00"), None, dt.date(2026, 11, 30))
    assert price.valid_until == dt.date(2026, 12, 1)


def test_taxes_by_rate_have_no_doubles() -> None:
    taxes = [VAT, VAT, TaxRow(5, "DDV 22 % storitve", Decimal("0.220")), TaxRow(2, "x", Decimal(0))]
    assert taxes_by_rate([*taxes, TaxRow(3, "DDV 9,5 %", Decimal("0.095"))]) == {
        "22": (1, 5),
        "0": (2,),
        "9.5": (3,),
    }


def test_many_changes_of_one_record_are_one_signal_and_each_row_a_receipt() -> None:
    changes = [
        OutboxRow(11, "stock", 7, "KAVA-250", deleted=False, sales=[]),
        OutboxRow(12, "sale", 70, "S-1", deleted=False, sales=["shop/1/order/1"]),
        OutboxRow(13, "stock", 7, "KAVA-250", deleted=False, sales=[]),
        OutboxRow(14, "price", 8, None, deleted=False, sales=[]),
        OutboxRow(15, "price_list", 2, "Pogodbe", deleted=False, sales=[]),
        OutboxRow(16, "product", 9, "CAJ-100", deleted=True, sales=[]),
        OutboxRow(17, "party", 5, "P5", deleted=False, sales=[]),
    ]
    batch = feed_batch(changes, 7)
    assert batch.receipts == ("11", "12", "13", "14", "15", "16", "17")
    assert batch.signals == (
        Signal("stock", ExternalId("7"), code="KAVA-250"),
        Signal("sale", ExternalId("shop/1/order/1")),
        Signal("price", ExternalId("8")),
        Signal("price_list", ExternalId("2"), code="Pogodbe"),
        Signal("product", ExternalId("9"), deleted=True, code="CAJ-100"),
        Signal("customer", ExternalId("5"), code="P5"),
    )
    assert batch.more
    assert not feed_batch(changes, 8).more
    assert feed_batch([], 8) == feed_batch([], 1)
