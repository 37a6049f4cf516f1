"""Lines of stored plans: what each says, and what an old price writes back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from panstore.model.ids import ExternalId, ItemId, ModuleCode, RouteId
from panstore.model.plan import Held, Operation, Plan, encode_value
from panstore.model.price import PriceTarget, Promotion
from panstore.model.product import ProductFields, ProductWrite
from panstore.model.product_plan import FieldChange, ProductChange, ProductPlan
from panstore.model.stock import StockTarget
from panstore.model.stored_plan import (
    PastWrite,
    last_writes,
    line_words,
    old_price,
    product_lines,
    value_lines,
)

ROUTE = RouteId("shop")


def _price(amount: str, **more: object) -> PriceTarget:
    return PriceTarget(Decimal(amount), "EUR", **{"includes_tax": False, **more})  # type: ignore[arg-type]


def _operation(before: PriceTarget | StockTarget | None, after: PriceTarget | StockTarget) -> Plan:
    step = Operation(ItemId("i"), ExternalId("s"), before, after, "why", "A-1")
    held = Held(item="j", code="price.missing", reason="B has no price.", sku="B")
    return Plan(route=ROUTE, module=ModuleCode("S2"), operations=(step,), held=(held,))


def test_operations_and_what_cannot_go_on_are_lines() -> None:
    first, second = value_lines(_operation(_price("1.00"), _price("2.00")), first=7)
    assert (first.line, first.kind, first.field, first.sku) == (7, "change", "price", "A-1")
    assert (second.line, second.kind, second.side, second.reason) == (
        8,
        "held",
        "",
        "B has no price.",
    )
    old = old_price(first, ExternalId("s"))
    assert (old.before, old.after) == (_price("1.00"), _price("2.00"))
    (new, _) = value_lines(_operation(None, StockTarget(Decimal(3))))
    assert (new.kind, new.field, new.before) == ("create", "stock", "")


def test_every_field_of_a_product_is_a_line() -> None:
    lines = (
        FieldChange("", "name", '"a"', '"b"', "renamed"),
        FieldChange("v", "sku", "", '"X"', "new", "X"),
    )
    change = ProductChange(
        ItemId("i"),
        "A-1",
        "erp",
        "change",
        ProductWrite(id=None, fields=ProductFields()),
        lines,
        "why",
    )
    found = product_lines(ProductPlan(route=ROUTE, module=ModuleCode("S3"), changes=(change,)))
    assert [(one.line, one.sku, one.side, one.field) for one in found] == [
        (1, "A-1", "erp", "name"),
        (2, "X", "erp", "sku"),
    ]


def test_values_are_told_in_words() -> None:
    assert line_words("price", "") == "-"
    assert line_words("stock", encode_value(StockTarget(Decimal("3.0")))) == "3"
    assert line_words("price", encode_value(_price("1.00"))) == "1.00 EUR net"
    offer = Promotion(amount=Decimal("0.50"), starts=None, ends=dt.date(2026, 12, 1))
    rich = _price("1.00", includes_tax=True, tax_class="reduced", promotion=offer)
    said = line_words("price", encode_value(rich))
    assert said == "1.00 EUR gross, tax class reduced, on offer at 0.50 from now to 2026-12-01"
    assert line_words("name", '"b"') == "b"
    assert line_words("", "as it is") == "as it is"


def test_nothing_chosen_takes_nothing_back() -> None:
    assert last_writes([PastWrite(1, "i", "A", "a", "b", chosen=False)]) == []


def test_chosen_writes_in_a_row_are_taken_back_together_and_none_before_another() -> None:
    past = [
        PastWrite(1, "i", "A", "a", "b", chosen=True),
        PastWrite(2, "i", "A", "b", "c", chosen=False),
        PastWrite(3, "i", "A", "c", "d", chosen=True),
        PastWrite(4, "i", "A", "d", "e", chosen=True),
    ]
    [stretch] = last_writes(past)
    assert (stretch.oldest.id, stretch.newest.id, stretch.last.id) == (3, 4, 4)
