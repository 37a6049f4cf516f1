"""Prices and products as the ERP computes and knows them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from panstore.demo import catalogue
from tests.companions.tryton.client import Erp, RefusedError, today

pytestmark = pytest.mark.real


def test_ping_says_who_answers(erp: Erp) -> None:
    answer = erp.gateway("ping")
    assert answer["company"]["currency"] == "EUR"
    assert answer["timezone"] == "Europe/Ljubljana"
    assert answer["series"] == "8.2"
    assert answer["tax_rounding"] == "line"
    assert [(w["code"], w["name"]) for w in answer["warehouses"]] == list(catalogue.WAREHOUSES)
    assert [currency["code"] for currency in answer["currencies"]] == ["EUR"]


def test_catalogue_is_in_the_erp(erp: Erp) -> None:
    expected = {variant.sku: (product, variant) for product, variant in catalogue.variants()}
    rows, after = [], 0
    while page := erp.gateway("products", after, 50):
        rows += page
        after = page[-1]["id"]
    found = {row["code"]: row for row in rows if row["code"] in expected}
    assert found.keys() == expected.keys()
    for sku, (product, variant) in expected.items():
        row = found[sku]
        assert row["ean"] == variant.ean
        assert [tax["rate"] for tax in row["taxes"]] == [catalogue.VAT_RATES[product.vat]]
        assert (row["active"], row["salable"], row["type"]) == (True, True, "goods")


def test_inactive_and_deleted_products(erp: Erp) -> None:
    template = erp.create(
        "product.template",
        name="Short Lived",
        type="goods",
        default_uom=erp.gateway("products", 0, 1)[0]["unit"],
        products=[["create", [{}, {}]]],
    )
    kept, gone = erp.read("product.template", template, "products")["products"]
    erp.call("product.product.write", [kept], {"active": False})
    erp.call("product.product.delete", [gone])
    rows = erp.gateway("products", 0, 10, [kept, gone])
    assert [(row["id"], row["active"]) for row in rows] == [(kept, False)]


def test_list_price_and_contract_price(erp: Erp) -> None:
    contract = erp.facts["price_lists"][catalogue.CONTRACT_LIST]
    skus = erp.facts["skus"]
    goods = {skus[v.sku]: v for _, v in catalogue.variants() if v.sku.startswith(("KZ", "VL"))}
    plain = erp.gateway("prices", list(goods), None, None, None)
    agreed = erp.gateway("prices", list(goods), contract, "EUR", today())
    untouched = [row for row in plain if row["price"] == goods[row["product"]].list_price]
    assert len(untouched) > 20
    for row in untouched:
        variant = goods[row["product"]]
        (other,) = [a for a in agreed if a["product"] == row["product"]]
        assert other["price"] == catalogue.contract_price(variant)
        assert other["list_price"] == variant.list_price
        assert other["valid_until"] is None


def test_dated_line_says_until_when_the_price_holds(erp: Erp) -> None:
    product, other = erp.fresh_product(), erp.fresh_product()
    start, end = today() + timedelta(days=3), today() + timedelta(days=5)
    price_list = erp.create(
        "product.price_list",
        name="Dated",
        company=erp.facts["company"],
        price="list_price",
        lines=[
            [
                "create",
                [
                    {
                        "sequence": 1,
                        "product": product,
                        "start_date": start,
                        "end_date": end,
                        "formula": "1.5",
                    },
                    {"sequence": 2, "formula": "unit_price"},
                ],
            ]
        ],
    )

    def ask(id_: int, days: int) -> tuple[bool, object]:
        day = today() + timedelta(days=days)
        (row,) = erp.gateway("prices", [id_], price_list, None, day)
        return row["price"] == Decimal("1.5"), row["valid_until"]

    assert ask(product, 0) == (False, start)
    assert ask(product, 3) == (True, end + timedelta(days=1))
    assert ask(product, 5) == (True, end + timedelta(days=1))
    assert ask(product, 6) == (False, None)
    assert ask(other, 0) == (False, None)


def test_gross_price_list_is_given_net(erp: Erp) -> None:
    product = erp.facts["skus"]["VO-101"]
    price_list = erp.create(
        "product.price_list",
        name="Gross",
        company=erp.facts["company"],
        price="list_price",
        tax_included=True,
        lines=[["create", [{"formula": "12.2"}]]],
    )
    (row,) = erp.gateway("prices", [product], price_list, None, None)
    assert row["price"] == Decimal("10.0000")


def test_product_without_price_has_none(erp: Erp) -> None:
    unit = erp.gateway("products", 0, 1)[0]["unit"]
    template = erp.create(
        "product.template",
        name="Priceless",
        type="goods",
        default_uom=unit,
        salable=True,
        sale_uom=unit,
        products=[["create", [{}]]],
    )
    (product,) = erp.read("product.template", template, "products")["products"]
    (row,) = erp.gateway("prices", [product], None, None, None)
    assert row["price"] is None


def test_inactive_currency_and_unknown_list_are_refused(erp: Erp) -> None:
    product = erp.facts["skus"]["VO-101"]
    with pytest.raises(RefusedError, match=r"panstore\.currency_inactive: "):
        erp.gateway("prices", [product], None, "USD", None)
    with pytest.raises(RefusedError, match=r"panstore\.unknown_price_list: "):
        erp.gateway("prices", [product], 999_999, None, None)


def test_parties_are_found_whatever_the_case_and_the_spaces(erp: Erp) -> None:
    cafe = next(c for c in catalogue.customers() if c.contract)
    expected = erp.facts["parties"][cafe.email]
    assert cafe.vat_id is not None
    digits = cafe.vat_id[2:]
    for criteria in (
        {"email": f" {cafe.email.upper()} "},
        {"vat": f"si {digits[:4]} {digits[4:]}"},
        {
            "name": cafe.name.upper(),
            "street": f"  {cafe.street.lower()}",
            "postcode": cafe.postcode,
        },
    ):
        found = erp.gateway("find_parties", criteria)
        assert [row["id"] for row in found] == [expected], criteria
    assert erp.gateway("find_parties", {"email": "nobody%@example.com"}) == []
    with pytest.raises(RefusedError, match=r"panstore\.illegal_criteria: "):
        erp.gateway("find_parties", {})
