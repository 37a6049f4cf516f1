"""Reserving, invoicing, crediting and taking back: once per key, and told as it is."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.companions.tryton.client import Erp, RefusedError, order, today

pytestmark = pytest.mark.real


def test_reserving(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    on_hand, _, _ = erp.figures(product)
    sale = erp.gateway("import_order", order(erp, key, product, 2))["sale"]
    first = erp.gateway("reserve", key, f"{key}/reserve/1")
    (shipment,) = first["shipments"]
    assert (shipment["state"], shipment["partially_assigned"]) == ("assigned", False)
    assert (first["sale"], first["repeated"]) == (sale, False)
    assert [*map(int, erp.figures(product))] == [on_hand, 2, 0]
    again = erp.gateway("reserve", key, f"{key}/reserve/1")
    assert again == first | {"repeated": True}
    assert [*map(int, erp.figures(product))] == [on_hand, 2, 0]


def test_reserving_what_is_short_says_so_and_a_new_attempt_takes_the_rest(
    erp: Erp, key: str
) -> None:
    product = erp.fresh_product()
    there = int(erp.figures(product)[0])
    erp.gateway("import_order", order(erp, key, product, there + 1))
    (shipment,) = erp.gateway("reserve", key, f"{key}/reserve/1")["shipments"]
    assert (shipment["state"], shipment["partially_assigned"]) == ("waiting", True)
    storage = erp.read("stock.location", erp.warehouse, "storage_location")["storage_location"]
    inventory = erp.create(
        "stock.inventory",
        location=storage,
        date=today(),
        lines=[["create", [{"product": product, "quantity": float(there + 1)}]]],
    )
    erp.call("stock.inventory.confirm", [inventory])
    (repeated,) = erp.gateway("reserve", key, f"{key}/reserve/1")["shipments"]
    assert repeated["state"] == "waiting"
    (tried_anew,) = erp.gateway("reserve", key, f"{key}/reserve/2")["shipments"]
    assert tried_anew["state"] == "assigned"


def test_invoicing_and_crediting(erp: Erp, key: str) -> None:
    wanted = order(erp, key, erp.fresh_product())
    erp.gateway("import_order", wanted)
    first = erp.gateway("invoice", key, f"{key}/invoice/1", today())
    assert first["total"] == wanted["expected_total"]
    assert (first["state"], first["date"], first["repeated"]) == ("posted", today(), False)
    assert first["number"].startswith(f"{today().year}-")
    again = erp.gateway("invoice", key, f"{key}/invoice/1", today())
    assert again == first | {"repeated": True}

    note = erp.gateway("credit", f"{key}/invoice/1", f"{key}/credit/1", today())
    assert note["total"] == -wanted["expected_total"]
    assert note["invoice"] != first["invoice"]
    repeated = erp.gateway("credit", f"{key}/invoice/1", f"{key}/credit/1", today())
    assert (repeated["invoice"], repeated["number"]) == (note["invoice"], note["number"])
    assert repeated["repeated"] is True
    assert erp.read("account.invoice", first["invoice"], "state")["state"] == "cancelled"
    with pytest.raises(RefusedError, match=r"panstore\.illegal_state: "):
        erp.gateway("credit", f"{key}/invoice/1", f"{key}/credit/2", today())


def test_invoice_a_person_has_posted_is_taken_over(erp: Erp, key: str) -> None:
    # Taxed as the ERP would itself, else it warns the person who posts.
    teapot = erp.facts["skus"]["DS-103"]
    sale = erp.gateway("import_order", order(erp, key, teapot))["sale"]
    (invoice,) = erp.read("sale.sale", sale, "invoices")["invoices"]
    erp.call("account.invoice.write", [invoice], {"invoice_date": today()})
    erp.press("account.invoice", invoice, "post")
    taken = erp.gateway("invoice", key, f"{key}/invoice/1")
    assert (taken["invoice"], taken["state"]) == (invoice, "posted")
    with pytest.raises(RefusedError, match=r"panstore\.nothing_to_invoice: "):
        erp.gateway("invoice", key, f"{key}/invoice/2")


def test_returning_part_of_an_order(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    sale = erp.gateway("import_order", order(erp, key, product, 3))["sale"]
    lines = [{"product": product, "quantity": 2}]
    with pytest.raises(RefusedError, match=r"panstore\.return_exceeds_order: "):
        erp.gateway("return_order", key, f"{key}/return/1", [{"product": product, "quantity": 4}])
    first = erp.gateway("return_order", key, f"{key}/return/1", lines)
    assert first["total"] == Decimal("-24.40")
    assert (first["state"], first["repeated"]) == ("processing", False)
    assert len(first["shipments"]) == 1
    again = erp.gateway("return_order", key, f"{key}/return/1", lines)
    assert again == first | {"repeated": True}
    assert erp.read("sale.sale", first["sale"], "origin")["origin"] == f"sale.sale,{sale}"


def test_documents_of_an_unknown_order_are_refused(erp: Erp, key: str) -> None:
    for method in ("reserve", "invoice", "return_order"):
        with pytest.raises(RefusedError, match=r"panstore\.unknown_order: "):
            erp.gateway(method, key, f"{key}/{method}")
    with pytest.raises(RefusedError, match=r"panstore\.unknown_invoice: "):
        erp.gateway("credit", key, f"{key}/credit")
