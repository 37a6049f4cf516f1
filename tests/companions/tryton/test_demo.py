"""The demo's goods are believable and its ERP is copied, started and ended cleanly."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from stdnum import ean
from stdnum.eu import vat

from panstore.demo import catalogue
from panstore.demo import erp as demo_erp
from tests.companions.tryton.client import Erp
from tests.companions.tryton.conftest import serving


def test_goods_are_believable() -> None:
    goods = list(catalogue.variants())
    skus = [variant.sku for _, variant in goods]
    assert len(catalogue.products()) == 120
    assert 180 <= len(goods) <= 220
    assert len(set(skus)) == len({v.ean for _, v in goods}) == len(goods)
    assert len({product.slug for product in catalogue.products()}) == 120
    for product, variant in goods:
        assert ean.is_valid(variant.ean)
        assert variant.sku.startswith(product.code)
        gross = variant.list_price * (1 + catalogue.VAT_RATES[product.vat])
        shelf = gross.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert shelf % Decimal("0.05") == 0, variant.sku
        assert variant.stock.keys() == dict(catalogue.WAREHOUSES).keys()
        assert all(0 <= pieces <= 200 for pieces in variant.stock.values())


def test_stock_has_plenty_scarce_and_none() -> None:
    pieces = [variant.stock["LJ"] for _, variant in catalogue.variants()]
    assert min(pieces[:40]) >= 60
    assert 0 in pieces
    assert {1, 2, 3} <= set(pieces)


def test_contract_is_below_the_list_for_every_variant() -> None:
    first = [variant.sku for _, variant in catalogue.variants()][:40]
    assert set(first) & catalogue.CONTRACT_FIXED_PRICES.keys()
    for _, variant in catalogue.variants():
        assert 0 < catalogue.contract_price(variant) < variant.list_price


def test_customers_can_be_invoiced() -> None:
    customers = catalogue.customers()
    assert {customer.contract for customer in customers} == {True, False}
    assert len({customer.email for customer in customers}) == len(customers)
    for customer in customers:
        assert customer.company == (customer.vat_id is not None)
        assert customer.vat_id is None or vat.is_valid(customer.vat_id)


def test_missing_answer_is_told_in_time() -> None:
    with pytest.raises(TimeoutError, match=r"erp\.log"):
        demo_erp.wait_ready(9, 0)


@pytest.mark.real
def test_second_start_keeps_what_was_done(erp_build: demo_erp.ErpBuild, tmp_path: Path) -> None:
    erp_build.install(tmp_path)
    with serving(erp_build, tmp_path) as first:
        party = first.create("party.party", name="Still Here")
    erp_build.install(tmp_path)
    with serving(erp_build, tmp_path) as second:
        assert second.read("party.party", party, "name")["name"] == "Still Here"
    log = (tmp_path / "logs" / "erp.log").read_text(encoding="utf-8")
    assert log.count("Worker exiting") == 2


@pytest.mark.real
def test_company_of_another_build_is_put_aside(
    erp_build: demo_erp.ErpBuild, tmp_path: Path
) -> None:
    erp_build.install(tmp_path)
    facts = tmp_path / "erp" / "facts.json"
    facts.write_text(
        facts.read_text(encoding="utf-8").replace(erp_build.digest, "older"), encoding="utf-8"
    )
    erp_build.install(tmp_path)
    assert erp_build.digest in facts.read_text(encoding="utf-8")
    (aside,) = tmp_path.glob("erp-older-*")
    assert (aside / "demo.sqlite").exists()


@pytest.mark.real
def test_facts_name_what_is_in_the_erp(erp: Erp) -> None:
    known = {variant.sku for _, variant in catalogue.variants()}
    assert erp.facts["skus"].keys() == known
    assert erp.facts["connector"] == "tryton"
    rows = erp.gateway("products", 0, 5000, list(erp.facts["skus"].values()))
    assert {row["code"]: row["id"] for row in rows} == erp.facts["skus"]
    services = erp.gateway("products", 0, 10, list(erp.facts["services"].values()))
    assert {row["type"] for row in services} == {"service"}
