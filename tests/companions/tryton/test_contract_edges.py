"""What seldom happens to agreed prices: odd units and rates, moved categories, archived lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from tests.companions.tryton.client import Erp, RefusedError, today

pytestmark = pytest.mark.real


def _list(erp: Erp, *lines: dict[str, Any], **values: Any) -> int:
    numbered = [{"sequence": n, **line} for n, line in enumerate(lines, 1)]
    return erp.create(
        "product.price_list",
        name="Poseben dogovor",
        company=erp.facts["company"],
        price="list_price",
        lines=[["create", numbered]],
        **values,
    )


def _ask(erp: Erp, price_list: int, *wishes: tuple[int, str], currency: str | None = None) -> Any:
    lines = [{"product": product, "quantity": Decimal(quantity)} for product, quantity in wishes]
    return erp.gateway("contract_prices", price_list, lines, currency, today())


def _unit(erp: Erp, name: str) -> int:
    found: int = erp.call("product.uom.search", [["name", "=", name]], 0, 1, None)[0]
    return found


def _article(erp: Erp, **values: Any) -> int:
    template = erp.create(
        "product.template",
        name="Posebnež",
        type="goods",
        list_price=Decimal("2.0000"),
        products=[["create", [{}]]],
        **values,
    )
    found: int = erp.read("product.template", template, "products")["products"][0]
    return found


@contextmanager
def _told(erp: Erp, consumer: str) -> Iterator[set[tuple[str, int]]]:
    """Kind and record of what the outbox tells of the block, once it is over."""
    while told := erp.call("panstore.outbox.pull", consumer, 1000):
        erp.call("panstore.outbox.acknowledge", consumer, [row["id"] for row in told])
    found: set[tuple[str, int]] = set()
    yield found
    told = erp.call("panstore.outbox.pull", consumer, 5000)
    found |= {(row["kind"], row["record_id"]) for row in told}


def test_an_article_nobody_can_sell_does_not_spoil_the_others(erp: Erp) -> None:
    unsold = _article(erp, default_uom=_unit(erp, "Unit"))
    fine = erp.facts["skus"]["VO-101"]
    chosen = _list(erp, {"formula": "1.5"})
    first, second = sorted(
        _ask(erp, chosen, (unsold, "1"), (fine, "1")), key=lambda row: row["product"] != unsold
    )
    assert first["price"] is None
    assert "sales unit" in first["error"]
    assert first["list_price"] == Decimal("2.0000")
    assert (second["price"], second["error"]) == (Decimal("1.5"), None)
    rows = erp.gateway("prices", [unsold, fine], chosen, "EUR", today())
    assert {row["product"]: row["price"] for row in rows} == {unsold: None, fine: Decimal("1.5")}


def test_breaks_count_in_the_unit_of_the_list(erp: Erp) -> None:
    gram, kilogram = _unit(erp, "Gram"), _unit(erp, "Kilogram")
    product = _article(erp, default_uom=gram, sale_uom=kilogram, salable=True)
    lines = (
        {"product": product, "quantity": 5.0, "formula": "unit_price * 0.5"},
        {"product": product, "formula": "unit_price"},
    )
    by_stock_unit = _list(erp, *lines, unit="product_default")
    by_sales_unit = _list(erp, *lines, unit="product_sale")
    asked = ((product, "4.999"), (product, "5"), (product, "4999"), (product, "5000"))
    full, half = Decimal("2.0000"), Decimal("1.0000")
    assert [r["price"] for r in _ask(erp, by_stock_unit, *asked)] == [full, half, half, half]
    assert [r["price"] for r in _ask(erp, by_sales_unit, *asked)] == [full, full, full, half]


def test_another_rate_may_change_every_list(erp: Erp, consumer: str) -> None:
    chosen = _list(erp, {"formula": "8.0"})
    product = erp.facts["skus"]["VO-101"]
    currency = erp.create(
        "currency.currency",
        name="Kovanec",
        symbol="K",
        code="XKV",
        digits=2,
        rates=[["create", [{"date": today(), "rate": Decimal(2)}]]],
    )
    [rate] = erp.read("currency.currency", currency, "rates")["rates"]
    for method, asked in (
        ("contract_prices", (chosen, [{"product": product, "quantity": 1}], "XKV", today())),
        ("prices", ([product], None, "XKV", today())),
    ):
        with pytest.raises(RefusedError, match=r"panstore\.currency_inactive: .*own currency"):
            erp.gateway(method, *asked)
    [euro] = erp.call("currency.currency.search", [["code", "=", "EUR"]], 0, 1, None)
    own = {"currency": euro, "date": today(), "rate": Decimal(1)}
    of_the_company = erp.create("currency.currency.rate", **own)
    try:
        [row] = _ask(erp, chosen, (product, "1"), currency="XKV")
        assert row["price"] == Decimal("16.0")
        assert row["list_price"] == 2 * _ask(erp, chosen, (product, "1"))[0]["list_price"]
        assert row["cost"] == 2 * _ask(erp, chosen, (product, "1"))[0]["cost"]
        with _told(erp, consumer) as told:
            erp.call("currency.currency.rate.write", [rate], {"rate": Decimal(4)})
        assert ("price_list", chosen) in told
        [row] = _ask(erp, chosen, (product, "1"), currency="XKV")
        assert row["price"] == Decimal("32.0")
    finally:
        erp.call("currency.currency.rate.delete", [of_the_company])
        erp.call("currency.currency.write", [currency], {"active": False})
    with _told(erp, consumer) as told:
        erp.call("currency.currency.rate.write", [rate], {"rate": Decimal(5)})
    assert not any(kind == "price_list" for kind, _ in told), "nobody sells in it any more"


def test_articles_of_a_category_that_moves_are_told(erp: Erp, consumer: str) -> None:
    above = erp.create("product.category", name="Zgoraj")
    below = erp.create("product.category", name="Spodaj")
    unit = _unit(erp, "Unit")
    product = _article(
        erp, default_uom=unit, sale_uom=unit, salable=True, categories=[["add", [below]]]
    )
    chosen = _list(erp, {"category": above, "formula": "1.1"})
    [row] = _ask(erp, chosen, (product, "1"))
    assert row["price"] is None
    with _told(erp, consumer) as told:
        erp.call("product.category.write", [below], {"parent": above})
    assert told & {("product", product), ("price", product)}
    [row] = _ask(erp, chosen, (product, "1"))
    assert row["price"] == Decimal("1.1")


def test_the_list_of_an_archived_kind_still_holds_for_its_parties(erp: Erp) -> None:
    chosen = _list(erp, {"formula": "1.25"})
    party = erp.create("party.party", name="Star dogovor", sale_price_list=chosen)
    erp.call("product.price_list.write", [chosen], {"active": False})
    [agreement] = erp.gateway("agreements", [party])
    assert agreement["price_list"] == chosen
    [row] = _ask(erp, chosen, (erp.facts["skus"]["VO-101"], "1"))
    assert row["price"] == Decimal("1.25")


def test_the_unit_price_of_a_formula_is_nothing_unless_the_list_says_of_what(erp: Erp) -> None:
    product = erp.facts["skus"]["VO-101"]
    found = []
    for formula in ("unit_price", "list_price"):
        bare = erp.create(
            "product.price_list",
            name="Brez osnove",
            company=erp.facts["company"],
            lines=[["create", [{"formula": formula}]]],
        )
        [row] = _ask(erp, bare, (product, "1"))
        assert row["error"] is None
        found.append((row["price"], row["list_price"]))
    assert found[0][0] is None
    assert found[1][0] == found[1][1]
