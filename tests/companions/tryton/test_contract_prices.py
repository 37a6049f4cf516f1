"""What parties have agreed, as a sale made by hand for them would compute it."""

from __future__ import annotations

from datetime import timedelta
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
        name="Dogovor",
        company=erp.facts["company"],
        price="list_price",
        lines=[["create", numbered]],
        **values,
    )


def _ask(erp: Erp, price_list: int, *wishes: tuple[int, str], day: Any = None) -> list[Any]:
    lines = [{"product": product, "quantity": Decimal(quantity)} for product, quantity in wishes]
    found: list[Any] = erp.gateway("contract_prices", price_list, lines, None, day)
    return found


def _on_a_sale(erp: Erp, party: int, product: int, quantity: float) -> Decimal:
    """Unit price that Tryton puts on a new line for a party, as its client asks for it."""
    sale = {"company": erp.facts["company"], "party": party, "id": -1, "sale_date": today()}
    changed = erp.call("sale.sale.on_change", sale, ["party"])
    changes = changed[0] if isinstance(changed, list) else changed
    parent = sale | {key: changes[key] for key in ("currency", "price_list") if key in changes}
    line = {
        "id": -2,
        "type": "line",
        "product": product,
        "quantity": quantity,
        "company": erp.facts["company"],
        "taxes": [],
        **{f"_parent_sale.{key}": value for key, value in parent.items()},
    }
    answer = erp.call("sale.line.on_change", line, ["product"])
    values = answer[0] if isinstance(answer, list) else answer
    price: Decimal = values["unit_price"]
    return price


def test_a_party_buys_at_its_own_list_else_at_the_companys(erp: Erp) -> None:
    contract = erp.facts["price_lists"][catalogue.CONTRACT_LIST]
    parties = erp.facts["parties"]
    by_contract = {c.email: c.contract for c in catalogue.customers()}
    rows = erp.gateway("agreements", [*parties.values(), 999_999])
    found = {row["party"]: row for row in rows}
    assert found.keys() == set(parties.values())
    for email, party in parties.items():
        assert found[party]["price_list"] == (contract if by_contract[email] else None)
        assert found[party]["active"] is True
    [value] = [row["price_list_name"] for row in rows if row["price_list"] == contract][:1]
    assert value == catalogue.CONTRACT_LIST


def test_the_default_list_is_everybodys_who_has_none_and_its_change_is_told(erp: Erp) -> None:
    default = _list(erp, {"formula": "unit_price * 0.99"})
    person = next(erp.facts["parties"][c.email] for c in catalogue.customers() if not c.contract)
    erp.call("panstore.outbox.register", "defaults")
    erp.call("sale.configuration.write", [1], {"sale_price_list": default})
    try:
        [row] = erp.gateway("agreements", [person])
        assert row["price_list"] == default
        told = erp.call("panstore.outbox.pull", "defaults", 100)
        assert ("price_list", default) in {(one["kind"], one["record_id"]) for one in told}
    finally:
        erp.call("sale.configuration.write", [1], {"sale_price_list": None})
        erp.call("panstore.outbox.unregister", "defaults")
    [row] = erp.gateway("agreements", [person])
    assert row["price_list"] is None


def test_quantities_categories_dates_and_gaps_as_the_first_fitting_line_says(erp: Erp) -> None:
    product, other = erp.fresh_product(), erp.fresh_product()
    template = erp.read("product.product", other, "template")["template"]
    category = erp.create("product.category", name="Po dogovoru")
    erp.call("product.template.write", [template], {"categories": [["add", [category]]]})
    tomorrow = today() + timedelta(days=1)
    chosen = _list(
        erp,
        {"product": product, "quantity": 10.0, "formula": "3.3"},
        {"product": product, "start_date": tomorrow, "formula": "4.5"},
        {"product": product, "formula": "5.0"},
        {"category": category, "formula": "7.7"},
    )
    rows = _ask(erp, chosen, (product, "1"), (product, "10"), (product, "9.99"), (other, "1"))
    prices = [(row["price"], row["valid_until"]) for row in rows]
    assert prices == [
        (Decimal("5.0"), tomorrow),
        (Decimal("3.3"), tomorrow),
        (Decimal("5.0"), tomorrow),
        (Decimal("7.7"), None),
    ]
    [row] = _ask(erp, chosen, (product, "1"), day=tomorrow)
    assert row["price"] == Decimal("4.5")
    silent = next(id_ for id_ in erp.facts["skus"].values() if id_ not in {product, other})
    [row] = _ask(erp, chosen, (silent, "1"))
    assert row["price"] is None
    assert row["list_price"] > 0
    assert row["error"] is None


def test_a_formula_that_fails_disturbs_no_other_article(erp: Erp) -> None:
    product, other = erp.fresh_product(), erp.fresh_product()
    bad = {"product": product, "formula": "unit_price / (list_price - list_price)"}
    chosen = _list(erp, {"product": other, "formula": "2.5"})
    # The ERP itself refuses most wrong formulas; one that divides by nothing passes its check.
    erp.create("product.price_list.line", price_list=chosen, sequence=9, **bad)
    broken, fine = _ask(erp, chosen, (product, "1"), (other, "1"))
    assert broken["price"] is None
    assert broken["error"]
    assert (fine["price"], fine["error"]) == (Decimal("2.5"), None)


def test_what_is_told_is_what_a_sale_made_by_hand_would_say(erp: Erp) -> None:
    company = next(c for c in catalogue.customers() if c.contract)
    party = erp.facts["parties"][company.email]
    [agreement] = erp.gateway("agreements", [party])
    sample = list(erp.facts["skus"].values())[::7]
    for quantity in (1, 12):
        rows = _ask(erp, agreement["price_list"], *((id_, str(quantity)) for id_ in sample))
        assert len(rows) == len(sample)
        for row in rows:
            by_hand = _on_a_sale(erp, party, row["product"], quantity)
            assert row["price"] == by_hand


def test_the_unit_of_the_line_is_the_stock_unit_whatever_it_is_sold_in(erp: Erp) -> None:
    [kilogram] = erp.call("product.uom.search", [["symbol", "=", "kg"]], 0, 1, None)
    [gram] = erp.call("product.uom.search", [["symbol", "=", "g"]], 0, 1, None)
    like = erp.read(
        "product.template",
        erp.read("product.product", erp.fresh_product(), "template")["template"],
        "account_category",
    )
    template = erp.create(
        "product.template",
        name="Kava na tehtnico",
        type="goods",
        default_uom=gram,
        sale_uom=kilogram,
        salable=True,
        list_price=Decimal("0.0200"),
        account_category=like["account_category"],
        products=[["create", [{}]]],
    )
    [product] = erp.read("product.template", template, "products")["products"]
    chosen = _list(
        erp,
        {"product": product, "quantity": 5000.0, "formula": "0.0150"},
        {"product": product, "formula": "unit_price"},
    )
    few, many = _ask(erp, chosen, (product, "4999"), (product, "5000"))
    assert (few["price"], many["price"]) == (Decimal("0.0200"), Decimal("0.0150"))
    assert few["list_price"] == Decimal("0.0200")


def test_unknown_lists_currencies_and_quantities_are_refused(erp: Erp) -> None:
    product = erp.facts["skus"]["VO-101"]
    contract = erp.facts["price_lists"][catalogue.CONTRACT_LIST]
    one = [{"product": product, "quantity": 1}]
    with pytest.raises(RefusedError, match=r"panstore\.unknown_price_list: "):
        erp.gateway("contract_prices", 999_999, one)
    with pytest.raises(RefusedError, match=r"panstore\.currency_inactive: "):
        erp.gateway("contract_prices", contract, one, "USD")
    with pytest.raises(RefusedError, match=r"panstore\.illegal_quantity: "):
        erp.gateway("contract_prices", contract, [{"product": product, "quantity": 0}])
    assert erp.gateway("contract_prices", contract, [{"product": 999_999, "quantity": 1}]) == []


def test_the_demos_list_says_what_its_catalogue_says(erp: Erp) -> None:
    contract = erp.facts["price_lists"][catalogue.CONTRACT_LIST]
    skus = erp.facts["skus"]
    # Some tests change prices of the goods they buy; these are left alone.
    goods = [v for _, v in catalogue.variants() if v.sku.startswith(("KM", "CZ", "DS-103"))]
    found: dict[int, Any] = {}
    for pieces in (1, 11, 12):
        rows = _ask(erp, contract, *((skus[v.sku], str(pieces)) for v in goods))
        found = {row["product"]: row for row in rows}
        for variant in goods:
            row = found[skus[variant.sku]]
            if row["list_price"] == variant.list_price:
                assert row["price"] == catalogue.contract_price(variant, pieces)
                assert row["cost"] < row["price"]
    assert catalogue.contract_price(goods[0], 1) != goods[0].list_price
    assert found[skus["DS-103"]]["valid_until"] > today()
