"""The outbox: every change leaves a row, each consumer gets each row until it acknowledges it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.companions.tryton.client import Erp, RefusedError, line, order, today

pytestmark = pytest.mark.real


def pulled(erp: Erp, consumer: str) -> set[tuple[str, int, bool]]:
    """Pull and acknowledge everything."""
    rows = erp.call("panstore.outbox.pull", consumer, 5000)
    erp.call("panstore.outbox.acknowledge", consumer, [row["id"] for row in rows])
    keys = [(row["kind"], row["record_id"], row["deleted"]) for row in rows]
    return set(keys)


def test_list_price_concerns_the_variants_that_inherit_it(erp: Erp, consumer: str) -> None:
    product = erp.fresh_product()
    template = erp.read("product.product", product, "template")["template"]
    erp.call("product.template.write", [template], {"list_price": Decimal("12.3400")})
    variants = erp.read("product.template", template, "products")["products"]
    assert pulled(erp, consumer) == {("price", variant, False) for variant in variants}


def test_price_of_a_variant_concerns_it_alone(erp: Erp, consumer: str) -> None:
    product = erp.fresh_product()
    erp.call("product.product.write", [product], {"list_price": Decimal("9.9900")})
    assert pulled(erp, consumer) == {("price", product, False)}


def test_name_of_a_template_concerns_all_its_variants(erp: Erp, consumer: str) -> None:
    product = erp.fresh_product()
    template = erp.read("product.product", product, "template")["template"]
    erp.call("product.template.write", [template], {"name": "Renamed"})
    variants = erp.read("product.template", template, "products")["products"]
    assert pulled(erp, consumer) == {("product", variant, False) for variant in variants}


def test_ean_concerns_its_product(erp: Erp, consumer: str) -> None:
    product = erp.fresh_product()
    erp.create("product.identifier", product=product, type="brand", code="X-1")
    assert pulled(erp, consumer) == {("product", product, False)}


def test_inventory_concerns_the_stock_of_what_was_counted(erp: Erp, consumer: str) -> None:
    product = erp.fresh_product()
    storage = erp.read("stock.location", erp.warehouse, "storage_location")["storage_location"]
    inventory = erp.create(
        "stock.inventory",
        location=storage,
        date=today(),
        lines=[["create", [{"product": product, "quantity": 33.0}]]],
    )
    erp.call("stock.inventory.confirm", [inventory])
    assert pulled(erp, consumer) == {("stock", product, False)}
    assert erp.figures(product)[0] == 33


def test_order_leaves_one_row_per_record_it_touched(erp: Erp, consumer: str, key: str) -> None:
    product = erp.fresh_product()
    made = erp.gateway("import_order", order(erp, key, product))
    rows = erp.call("panstore.outbox.pull", consumer, 5000)
    keys = [(row["kind"], row["record_id"]) for row in rows]
    assert len(keys) == len(set(keys))
    assert {("stock", product), ("sale", made["sale"]), ("party", made["party"])} < set(keys)
    assert sorted(kind for kind, _ in keys) == ["invoice", "party", "sale", "shipment", "stock"]


def test_deletion_says_what_was_deleted(erp: Erp, consumer: str) -> None:
    party = erp.create("party.party", name="Gone Tomorrow")
    code = erp.read("party.party", party, "code")["code"]
    pulled(erp, consumer)
    erp.call("party.party.delete", [party])
    rows = erp.call("panstore.outbox.pull", consumer, 100)
    assert [(r["kind"], r["record_id"], r["code"], r["deleted"]) for r in rows] == [
        ("party", party, code, True)
    ]


def test_line_of_a_price_list_concerns_the_list_also_when_deleted(erp: Erp, consumer: str) -> None:
    company = erp.facts["company"]
    price_list = erp.create(
        "product.price_list", name="Outbox", company=company, price="list_price"
    )
    line = erp.create("product.price_list.line", price_list=price_list, formula="unit_price")
    assert pulled(erp, consumer) == {("price_list", price_list, False)}
    erp.call("product.price_list.line.delete", [line])
    assert pulled(erp, consumer) == {("price_list", price_list, False)}
    erp.call("product.price_list.delete", [price_list])
    assert pulled(erp, consumer) == {("price_list", price_list, True)}


def test_tax_rate_concerns_the_price_of_everything_it_is_charged_on(
    erp: Erp, consumer: str
) -> None:
    tax = erp.facts["taxes"]["9.5"]
    erp.call("account.tax.write", [tax], {"rate": Decimal("0.095")})
    rows = pulled(erp, consumer)
    food = erp.facts["skus"]["KZ-101-250"]
    pot = erp.facts["skus"]["DS-101"]
    assert ("price", food, False) in rows
    assert ("price", pot, False) not in rows


def test_each_consumer_acknowledges_for_itself(erp: Erp, consumer: str) -> None:
    other = f"{consumer}-other"
    erp.call("panstore.outbox.register", other)
    try:
        erp.create("party.party", name="Two Readers")
        (row,) = erp.call("panstore.outbox.pull", consumer, 10)
        assert erp.call("panstore.outbox.acknowledge", consumer, [row["id"]]) == {"acknowledged": 1}
        assert erp.call("panstore.outbox.acknowledge", consumer, [row["id"]]) == {"acknowledged": 0}
        assert erp.call("panstore.outbox.pull", consumer, 10) == []
        # The row is kept for the other one, and pulling it twice changes nothing.
        assert erp.call("panstore.outbox.pull", other, 10) == [row]
        assert erp.call("panstore.outbox.pull", other, 10) == [row]
        assert erp.call("panstore.outbox.pending", other)["count"] == 1
        erp.call("panstore.outbox.acknowledge", other, [row["id"]])
        assert erp.call("panstore.outbox.pending", other) == {"count": 0, "oldest_at": None}
    finally:
        erp.call("panstore.outbox.unregister", other)


def test_acknowledging_a_later_row_keeps_an_earlier_one(erp: Erp, consumer: str) -> None:
    first = erp.create("party.party", name="First")
    second = erp.create("party.party", name="Second")
    rows = erp.call("panstore.outbox.pull", consumer, 10)
    assert [row["record_id"] for row in rows] == [first, second]
    erp.call("panstore.outbox.acknowledge", consumer, [rows[1]["id"]])
    assert erp.call("panstore.outbox.pull", consumer, 10) == [rows[0]]


def test_limit_takes_the_oldest(erp: Erp, consumer: str) -> None:
    parties = [erp.create("party.party", name=f"Number {n}") for n in range(3)]
    rows = erp.call("panstore.outbox.pull", consumer, 2)
    assert [row["record_id"] for row in rows] == parties[:2]


def test_new_consumer_starts_with_nothing_and_registering_again_keeps_its_rows(
    erp: Erp, consumer: str
) -> None:
    erp.create("party.party", name="Before")
    late = f"{consumer}-late"
    assert erp.call("panstore.outbox.register", late) == {"consumer": late, "repeated": False}
    try:
        assert erp.call("panstore.outbox.pull", late, 10) == []
        after = erp.create("party.party", name="After")
        assert erp.call("panstore.outbox.register", late)["repeated"] is True
        assert [r["record_id"] for r in erp.call("panstore.outbox.pull", late, 10)] == [after]
        assert erp.call("panstore.outbox.pending", consumer)["count"] == 2
    finally:
        erp.call("panstore.outbox.unregister", late)


def test_unknown_consumer_is_refused(erp: Erp) -> None:
    with pytest.raises(RefusedError, match=r"panstore\.unknown_consumer: "):
        erp.call("panstore.outbox.pull", "nobody", 10)


def test_refused_change_leaves_no_row(erp: Erp, consumer: str, key: str) -> None:
    wrong = order(erp, key, erp.fresh_product(), expected_total=Decimal("1.00"))
    with pytest.raises(RefusedError, match=r"panstore\.total_differs: "):
        erp.gateway("import_order", wrong)
    assert erp.call("panstore.outbox.pull", consumer, 10) == []


def sales_of(erp: Erp, consumer: str) -> dict[tuple[str, int], list[str]]:
    """Pull and acknowledge everything; our keys by what has changed, where there are any."""
    rows = erp.call("panstore.outbox.pull", consumer, 5000)
    erp.call("panstore.outbox.acknowledge", consumer, [row["id"] for row in rows])
    return {(row["kind"], row["record_id"]): row["sales"] for row in rows if row["sales"]}


def test_what_people_do_to_parcels_and_invoices_leads_to_our_sale(
    erp: Erp, consumer: str, key: str
) -> None:
    # Taxed as the ERP would itself, else it warns the person who posts.
    product = erp.facts["skus"]["DS-103"]
    made = erp.gateway("import_order", order(erp, key, product))
    sale, shipment = ("sale", made["sale"]), ("shipment", made["shipments"][0]["id"])
    invoice = ("invoice", made["invoices"][0]["id"])
    assert sales_of(erp, consumer) == {sale: [key], shipment: [key], invoice: [key]}
    erp.press("stock.shipment.out", shipment[1], "assign_try")
    assert sales_of(erp, consumer)[shipment] == [key]
    erp.call("stock.shipment.out.write", [shipment[1]], {"reference": "RR1SI"})
    assert sales_of(erp, consumer) == {shipment: [key]}
    erp.call("account.invoice.write", [invoice[1]], {"invoice_date": today()})
    erp.press("account.invoice", invoice[1], "post")
    assert sales_of(erp, consumer)[invoice] == [key]
    erp.answer("account.invoice.credit", "account.invoice", invoice[1], "credit", with_refund=True)
    note = ("invoice", erp.booked(key)["invoices"][1]["id"])
    assert sales_of(erp, consumer)[note] == [key]


def test_goods_that_come_back_lead_to_our_return(erp: Erp, consumer: str, key: str) -> None:
    changes: dict[str, Any] = {
        "lines": [line(erp, erp.fresh_product(), -1)],
        "expected_total": None,
    }
    made = erp.gateway("import_order", order(erp, key, erp.facts["skus"]["DS-103"], **changes))
    sales_of(erp, consumer)
    parcel = made["shipments"][0]["id"]
    erp.press("stock.shipment.out.return", parcel, "receive")
    assert sales_of(erp, consumer)["return", parcel] == [key]


def test_sale_without_our_key_leads_nowhere(erp: Erp, consumer: str) -> None:
    sale = erp.draft_sale(erp.fresh_product(), 1)
    erp.press("sale.sale", sale, "quote", "confirm")
    rows = erp.call("panstore.outbox.pull", consumer, 5000)
    assert {"sale", "shipment"} < {row["kind"] for row in rows}
    assert not any(row["sales"] for row in rows)
