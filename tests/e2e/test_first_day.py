"""The first real day: a real Tryton, a real Oscar, PanStore between them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.companions.tryton.client import today
from tests.e2e.demo import Demo, eventually

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]


def _with_stock(demo: Demo, least: int, skip: int = 0) -> dict[str, Any]:
    """A product of the demo of which the shop offers at least that much."""
    found = [s for s in demo.facts["skus"] if demo.free(s["shop_id"]) >= least]
    return dict(found[skip])


def _inventory(demo: Demo, erp_id: int, quantity: int) -> None:
    """Somebody counts the shelf in the ERP's first warehouse."""
    erp = demo.erp
    warehouse = erp.warehouse
    [place] = erp.call("stock.location.read", [warehouse], ["storage_location"])
    inventory = erp.create(
        "stock.inventory",
        location=place["storage_location"],
        date=today(),
        lines=[["create", [{"product": erp_id, "quantity": float(quantity)}]]],
    )
    erp.call("stock.inventory.confirm", [inventory])


def test_the_shop_starts_in_step_with_the_erp(demo: Demo) -> None:
    erp = demo.erp
    sample = demo.facts["skus"][:40]
    ids = [entry["erp_id"] for entry in sample]
    levels = {
        row["product"]: row["on_hand"] - row["reserved"] - row["demand"]
        for row in erp.gateway("stock_levels", [erp.warehouse], ids)
    }
    offered = {entry["erp_id"]: demo.free(entry["shop_id"]) for entry in sample}
    assert offered == {id_: max(Decimal(0), level) for id_, level in levels.items()}


def test_a_count_in_the_erp_reaches_the_shop(demo: Demo) -> None:
    product = _with_stock(demo, 5)
    _inventory(demo, product["erp_id"], 123)
    free = eventually(lambda: demo.free(product["shop_id"]), lambda f: f == 123)
    assert free == 123


def test_a_price_in_the_erp_reaches_the_shop_and_every_visitor(demo: Demo) -> None:
    product = _with_stock(demo, 5, skip=1)
    erp = demo.erp
    [row] = erp.call("product.product.read", [product["erp_id"]], ["template", "list_price"])
    new = {"list_price": Decimal("17.4500")}
    # A variant without a price of its own takes its template's.
    if row["list_price"] is None:
        erp.call("product.template.write", [row["template"]], new)
    else:
        erp.call("product.product.write", [product["erp_id"]], new)
    price = eventually(lambda: demo.price(product["shop_id"]), lambda p: p == Decimal("17.45"))
    assert price == Decimal("17.45")
    shown = demo.visitor().get(f"/api/products/{product['shop_id']}/price/")
    assert Decimal(shown["excl_tax"]) == Decimal("17.45")


def _promised(demo: Demo, product: int) -> Any:
    """What the ERP has promised of an article, set aside for somebody or not."""
    level = demo.erp.level(product)
    return level["reserved"] + level["demand"]


def test_a_guest_order_is_one_sale_to_the_cent(demo: Demo) -> None:
    product = _with_stock(demo, 5, skip=2)
    before = demo.free(product["shop_id"])
    order = demo.visitor().buy(product["shop_id"], 2)
    number = str(order["number"])
    [sale] = eventually(lambda: demo.sales_of(number), bool)
    assert sale["state"] in {"confirmed", "processing"}
    assert sale["total_amount"] == Decimal(order["total_incl_tax"])
    free = eventually(lambda: demo.free(product["shop_id"]), lambda f: f == before - 2)
    assert free == before - 2
    assert _promised(demo, product["erp_id"]) >= 2
    assert demo.console("parked")["parked"] == []


def test_the_last_piece_is_sold_once(demo: Demo) -> None:
    product = _with_stock(demo, 5, skip=3)
    _inventory(demo, product["erp_id"], 1)
    eventually(lambda: demo.free(product["shop_id"]), lambda f: f == 1)
    first, second = demo.visitor(), demo.visitor()
    assert first.put_in(product["shop_id"]).status == 200
    assert second.put_in(product["shop_id"]).status == 200
    answers = sorted([first.check_out().status, second.check_out().status])
    assert answers[0] == 200
    assert answers[1] >= 400
    assert eventually(lambda: demo.free(product["shop_id"]), lambda f: f == 0) == 0


def test_a_shipment_in_the_erp_changes_nothing_for_other_buyers(demo: Demo) -> None:
    product = _with_stock(demo, 10, skip=4)
    before = demo.free(product["shop_id"])
    order = demo.visitor().buy(product["shop_id"], 3)
    [sale] = eventually(lambda: demo.sales_of(str(order["number"])), bool)
    aside = eventually(lambda: demo.erp.level(product["erp_id"])["reserved"], lambda r: r >= 3)
    assert aside >= 3
    promised = _promised(demo, product["erp_id"])
    # While the order is on its way it may count twice for a moment.
    free = eventually(lambda: demo.free(product["shop_id"]), lambda f: f == before - 3)
    assert free == before - 3
    erp = demo.erp
    [row] = erp.call("sale.sale.read", [sale["id"]], ["shipments"])
    for step in ("pick", "pack", "do"):
        erp.call(f"stock.shipment.out.{step}", row["shipments"])
    after = eventually(lambda: _promised(demo, product["erp_id"]), lambda p: p <= promised - 3)
    assert after <= promised - 3
    assert eventually(lambda: demo.free(product["shop_id"]), lambda f: f == free) == free


def test_nothing_is_left_to_write_when_all_is_quiet(demo: Demo) -> None:
    eventually(lambda: demo.panstore("plan", "S1").returncode, lambda code: code == 0, within_s=60)
    answer = demo.panstore("plan", "S1", "--json")
    assert answer.returncode == 0, answer.stderr
    assert demo.panstore("check").returncode == 0
