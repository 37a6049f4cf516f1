"""Every call on PostgreSQL, which types its parameters more strictly than SQLite."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from panstore.demo import catalogue
from tests.companions.tryton.client import Erp, line, order, today

pytestmark = [pytest.mark.real, pytest.mark.postgres]


def test_every_call_answers_as_on_sqlite(erp_on_postgres: tuple[Erp, Erp, str]) -> None:
    erp, _, _ = erp_on_postgres
    key = f"postgres/{uuid.uuid4().hex}"
    consumer = f"postgres-{uuid.uuid4().hex}"
    erp.call("panstore.outbox.register", consumer)
    goods = {variant.sku: variant for _, variant in catalogue.variants()}
    product = erp.facts["skus"]["VO-102"]

    assert erp.gateway("ping")["company"]["currency"] == "EUR"
    (row,) = erp.gateway("products", 0, 10, [product])
    assert (row["code"], row["ean"]) == ("VO-102", goods["VO-102"].ean)
    stock = {r["product"]: r["on_hand"] for r in erp.gateway("stock_levels", [erp.warehouse], None)}
    assert stock[product] == goods["VO-102"].stock["LJ"]
    contract = erp.facts["price_lists"][catalogue.CONTRACT_LIST]
    (price,) = erp.gateway("prices", [product], contract, "EUR", today())
    assert price["price"] == catalogue.contract_price(goods["VO-102"])
    buyer = next(iter(catalogue.customers()))
    (found,) = erp.gateway("find_parties", {"email": buyer.email.upper()})
    assert found["name"] == buyer.name

    made = erp.gateway("import_order", order(erp, key, product, 2))
    assert erp.gateway("booked_orders", [key]) == [made | {"repeated": True}]
    assert erp.gateway("reserve", key, True)["shipments"][0]["state"] == "reserved"
    assert erp.level(product)["reserved"] == 2
    assert key in erp.gateway("reservations", 0, 5000)["keys"]
    assert erp.gateway("release", key)["shipments"][0]["state"] == "waiting"
    (invoice,) = erp.gateway("issue_invoice", key, f"{key}/i", "order", None)["invoices"]
    assert (invoice["state"], invoice["total"]) == ("posted", made["total"])
    noted = erp.gateway("credit_invoice", key, invoice["id"], f"{key}/c", None)
    assert noted["invoices"][1]["total"] == -made["total"]
    assert erp.gateway("cancel_order", key)["state"] == "cancelled"
    assert [*map(int, erp.figures(product)[1:])] == [0, 0]
    lines = {"lines": [line(erp, product, -1)], "expected_total": Decimal("-12.20")}
    back = erp.gateway("import_order", order(erp, f"{key}/b", product, corrects=key) | lines)
    assert back["total"] == Decimal("-12.20")
    rows = erp.call("panstore.outbox.pull", consumer, 5000)
    assert {(row["kind"], *row["sales"]) for row in rows} >= {
        ("sale", key),
        ("shipment", key),
        ("invoice", key),
        ("return", f"{key}/b"),
    }
    erp.call("panstore.outbox.unregister", consumer)


def test_stock_of_sales_without_moves(erp_on_postgres: tuple[Erp, Erp, str]) -> None:
    erp, _, _ = erp_on_postgres
    product = erp.facts["skus"]["VO-103"]
    for number, method in enumerate(("manual", "invoice"), start=1):
        sale = erp.draft_sale(product, 2.0, shipment_method=method)
        erp.press("sale.sale", sale, "quote", "confirm")
        assert erp.level(product)["demand"] == 2 * number
    waiting = erp.draft_sale(product, 3.0)
    erp.press("sale.sale", waiting, "quote", "confirm")
    erp.press("stock.shipment.out", erp.shipment_of(waiting), "draft")
    assert erp.level(product)["demand"] == 7
