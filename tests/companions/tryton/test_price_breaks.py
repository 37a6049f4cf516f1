"""From which quantities a list may have other prices, beside what it then says they are."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from panstore.demo import catalogue
from tests.companions.tryton.client import Erp, RefusedError, today

pytestmark = pytest.mark.real


def _list(erp: Erp, *lines: dict[str, Any], **values: Any) -> int:
    numbered = [{"sequence": n, **line} for n, line in enumerate(lines, 1)]
    return erp.create(
        "product.price_list",
        name="Stopnice",
        company=erp.facts["company"],
        price="list_price",
        lines=[["create", numbered]],
        **values,
    )


def _breaks(
    erp: Erp, price_list: int, *products: int, day: date | None = None
) -> dict[int, list[Decimal]]:
    rows = erp.gateway("price_breaks", price_list, list(products), day)
    return {row["product"]: row["quantities"] for row in rows}


def _prices(erp: Erp, price_list: int, product: int, *quantities: Decimal) -> list[Decimal]:
    lines = [{"product": product, "quantity": quantity} for quantity in quantities]
    return [row["price"] for row in erp.gateway("contract_prices", price_list, lines, None, None)]


def _unit(erp: Erp, name: str, **values: Any) -> int:
    found = erp.call("product.uom.search", [["name", "=", name]], 0, 1, None)
    if values and not found:
        [piece] = erp.call("product.uom.search", [["name", "=", "Unit"]], 0, 1, None)
        category = erp.read("product.uom", piece, "category")["category"]
        return erp.create("product.uom", name=name, symbol=name, category=category, **values)
    unit: int = found[0]
    return unit


def _article(erp: Erp, **values: Any) -> int:
    template = erp.create(
        "product.template",
        name="Po stopnicah",
        type="goods",
        list_price=Decimal("2.0000"),
        products=[["create", [{}]]],
        **values,
    )
    found: int = erp.read("product.template", template, "products")["products"][0]
    return found


def test_every_line_that_could_fit_tells_its_quantity_once(erp: Erp) -> None:
    above = erp.create("product.category", name="Nad njo")
    below = erp.create("product.category", name="Pod njo", parent=above)
    unit = _unit(erp, "Unit")
    inside = _article(
        erp, default_uom=unit, sale_uom=unit, salable=True, categories=[["add", [below]]]
    )
    outside = _article(erp, default_uom=unit, sale_uom=unit, salable=True)
    tomorrow, yesterday = today() + timedelta(days=1), today() - timedelta(days=1)
    chosen = _list(
        erp,
        {"product": inside, "quantity": 24.0, "formula": "1.0"},
        {"product": inside, "quantity": 7.0, "end_date": yesterday, "formula": "1.1"},
        {"product": inside, "quantity": 8.0, "end_date": today(), "formula": "1.2"},
        {"product": inside, "quantity": 9.0, "start_date": tomorrow, "formula": "1.3"},
        {"category": below, "quantity": 2.5, "formula": "1.4"},
        {"category": above, "quantity": 36.0, "formula": "1.5"},
        {"quantity": 100.0, "formula": "1.6"},
        {"quantity": 24.0, "formula": "1.7"},
        {"quantity": 0.0, "formula": "1.8"},
        {"formula": "1.9"},
    )
    other = _list(erp, {"quantity": 3.0, "formula": "1.0"})
    texts = ("2.5", "8", "9", "24", "36", "100")
    assert _breaks(erp, chosen, inside, outside, 999_999) == {
        inside: [Decimal(text) for text in texts],
        outside: [Decimal(24), Decimal(100)],
    }
    assert Decimal(8) not in _breaks(erp, chosen, inside, day=tomorrow)[inside]
    assert _breaks(erp, other, inside) == {inside: [Decimal(3)]}


@pytest.mark.parametrize(
    ("stocked", "sold", "least", "expected"),
    [
        ("Gram", "Kilogram", 5.0, Decimal(5000)),
        ("Kilogram", "Gram", 50.0, Decimal("0.05")),
        ("Unit", "Ducat", 0.5, Decimal(6)),
        # Tryton itself makes 0.09999999999999999 dozens of 1.2 pieces.
        ("Unit", "Ducat", 0.1, None),
        ("Ducat", "Unit", 1.0, None),
        ("Ducat", "Unit", 7.0, None),
        ("Unit", "Third", 1.0, None),
    ],
)
def test_breaks_of_a_list_in_sales_units_are_told_in_stock_units(
    erp: Erp, stocked: str, sold: str, least: float, expected: Decimal | None
) -> None:
    """Also where the way there and back is not exact: there the line counts, a hair below not."""
    _unit(erp, "Ducat", factor=12.0, rate=round(1 / 12, 12))
    _unit(erp, "Third", factor=round(1 / 3, 12), rate=3.0)
    product = _article(
        erp, default_uom=_unit(erp, stocked), sale_uom=_unit(erp, sold), salable=True
    )
    chosen = _list(
        erp,
        {"product": product, "quantity": least, "formula": "unit_price * 0.5"},
        {"product": product, "formula": "unit_price"},
        unit="product_sale",
    )
    [told] = _breaks(erp, chosen, product)[product]
    if expected is not None:
        assert told == expected
    below = told * Decimal("0.9999999999")
    assert _prices(erp, chosen, product, told, below) == [Decimal("1.0"), Decimal("2.0")]


def test_an_article_without_a_sales_unit_disturbs_no_other(erp: Erp) -> None:
    unit = _unit(erp, "Unit")
    unsold = _article(erp, default_uom=unit)
    fine = erp.facts["skus"]["VO-101"]
    chosen = _list(erp, {"quantity": 4.0, "formula": "1.5"}, unit="product_sale")
    found = _breaks(erp, chosen, unsold, fine)
    assert found == {unsold: [Decimal(4)], fine: [Decimal(4)]}


def test_an_archived_list_still_tells_and_one_that_is_gone_is_refused(erp: Erp) -> None:
    chosen = _list(erp, {"quantity": 4.0, "formula": "1.5"})
    product = erp.facts["skus"]["VO-101"]
    erp.call("product.price_list.write", [chosen], {"active": False})
    assert _breaks(erp, chosen, product) == {product: [Decimal(4)]}
    assert _breaks(erp, chosen) == {}
    with pytest.raises(RefusedError, match=r"panstore\.unknown_price_list: "):
        _breaks(erp, 999_999, product)


def test_the_demos_list_has_the_breaks_of_its_catalogue(erp: Erp) -> None:
    contract = erp.facts["price_lists"][catalogue.CONTRACT_LIST]
    skus = erp.facts["skus"]
    goods = [v for _, v in catalogue.variants() if v.sku.startswith(("KM", "CZ"))]
    found = _breaks(erp, contract, *(skus[v.sku] for v in goods))
    explained = [
        pieces
        for v in goods
        for pieces in range(2, 41)
        if catalogue.contract_price(v, pieces) != catalogue.contract_price(v, pieces - 1)
        and Decimal(pieces) in found[skus[v.sku]]
    ]
    changes = [
        pieces
        for v in goods
        for pieces in range(2, 41)
        if catalogue.contract_price(v, pieces) != catalogue.contract_price(v, pieces - 1)
    ]
    assert changes
    assert explained == changes
