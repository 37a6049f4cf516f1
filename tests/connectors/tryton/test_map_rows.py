"""Rows: typed, or a `MappingError` that names record and field; ids."""

from __future__ import annotations

from decimal import Decimal

import pytest

from panstore.connectors.tryton.map.rows import external, number_of, numbers_of, row, rows
from panstore.connectors.tryton.wire import OutboxRow, PingRow, StockRow
from panstore.model.ids import ExternalId
from panstore.sdk.errors import MappingError

STOCK = {
    "product": 7,
    "warehouse": 3,
    "on_hand": Decimal("12.5"),
    "reserved": Decimal(0),
    "demand": Decimal(2),
    "unit": 1,
}


def test_ids_are_texts_of_positive_32_bit_numbers() -> None:
    assert external(7) == "7"
    assert number_of("7") == 7
    for text in ("", "0", "-7", "7.0", "abc", "\u0667", "2147483648", "9" * 40):
        assert number_of(text) is None
    ids = [ExternalId(text) for text in ("7", "sku-1", "2147483647")]
    assert numbers_of(ids) == [7, 2147483647]


def test_unknown_fields_are_ignored() -> None:
    stock = row(STOCK | {"colour": "green"}, StockRow, "stock")
    assert stock.on_hand == Decimal("12.5")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"on_hand": None}, "on_hand"),
        ({"product": "seven"}, "product"),
        ({"demand": {"amount": 1}}, "demand"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(MappingError) as caught:
        rows([STOCK, STOCK | change], StockRow, "stock of product", "product")
    assert caught.value.field == field
    assert caught.value.record == f"stock of product {(STOCK | change)['product']}"


def test_a_missing_field_is_named_in_the_text() -> None:
    with pytest.raises(MappingError, match="record_id") as caught:
        row({"id": 1, "kind": "stock", "deleted": False}, OutboxRow, "outbox row 1")
    assert caught.value.field == "row"


def test_a_field_deep_inside_is_named_by_its_path() -> None:
    ping = {"company": {"id": 1, "name": 5, "currency": "EUR"}}
    with pytest.raises(MappingError) as caught:
        row(ping, PingRow, "ping")
    assert caught.value.field == "company.name"


def test_what_is_no_list_and_what_is_no_row_is_told() -> None:
    with pytest.raises(MappingError, match="is NoneType, not a list"):
        rows(None, StockRow, "stock of product", "product")
    with pytest.raises(MappingError) as caught:
        rows([5], StockRow, "stock of product", "product")
    assert (caught.value.record, caught.value.field) == ("stock of product ?", "row")
