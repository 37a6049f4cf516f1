"""A sale as it stands: what is ordered, set aside, sent and invoiced, whoever did it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.companions.tryton.client import Erp, RefusedError, line, order, today

pytestmark = pytest.mark.real


def goods(sale: dict[str, Any], product: int) -> tuple[int, int, int, int]:
    """Ordered, reserved, shipped, invoiced."""
    (row,) = [row for row in sale["goods"] if row["product"] == product]
    return tuple(int(row[name]) for name in ("ordered", "reserved", "shipped", "invoiced"))  # type: ignore[return-value]


def lost(sale: dict[str, Any], product: int) -> int:
    """Pieces whose parcel was cancelled and not made anew."""
    (row,) = [row for row in sale["goods"] if row["product"] == product]
    return int(row["lost"])


def states(sale: dict[str, Any]) -> list[str]:
    return [parcel["state"] for parcel in sale["shipments"]]


def test_sale_is_told_on_its_way(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    post = erp.facts["carriers"]["post"]
    made = erp.gateway("import_order", order(erp, key, product, 2, carrier=post))
    assert goods(made, product) == (2, 0, 0, 0)
    assert [row["product"] for row in made["goods"]] == [product], "services have no stock"
    assert states(made) == ["waiting"]
    (draft,) = made["invoices"]
    assert (draft["state"], draft["number"], draft["key"]) == ("draft", None, None)
    assert draft["total"] == made["total"]

    shipment = erp.shipment_of(made["sale"])
    assert goods(erp.gateway("reserve", key, False), product) == (2, 2, 0, 0)
    assert states(erp.booked(key)) == ["reserved"]
    for button in ("pick", "pack"):
        erp.press("stock.shipment.out", shipment, button)
        assert states(erp.booked(key)) == ["packed"], button
        assert goods(erp.booked(key), product) == (2, 2, 0, 0), button
    erp.call("stock.shipment.out.write", [shipment], {"reference": "RR123456789SI"})
    erp.press("stock.shipment.out", shipment, "ship")
    assert goods(erp.booked(key), product) == (2, 0, 2, 0)
    erp.press("stock.shipment.out", shipment, "do")
    sent = erp.booked(key)
    (parcel,) = sent["shipments"]
    assert (parcel["state"], parcel["date"]) == ("shipped", today())
    assert (parcel["tracking"], parcel["returned"]) == ("RR123456789SI", False)
    assert parcel["carrier"] == "Pošta Slovenije"
    assert parcel["goods"] == [{"product": product, "quantity": 2, "reserved": 0}]
    assert (sent["state"], goods(sent, product)) == ("open", (2, 0, 2, 0))

    (invoice,) = erp.gateway("issue_invoice", key, f"{key}/invoice", "order", today())["invoices"]
    assert goods(erp.booked(key), product) == (2, 0, 2, 2)
    assert (invoice["id"], invoice["currency"]) == (draft["id"], "EUR") or invoice["number"]


def test_sale_of_two_products_in_two_parcels(erp: Erp, key: str) -> None:
    first, second = erp.fresh_product(), erp.fresh_product()
    there = int(erp.figures(first)[0])
    lines = [line(erp, first, there + 2), line(erp, first, 1), line(erp, second, 3)]
    made = erp.gateway("import_order", order(erp, key, first, lines=lines, expected_total=None))
    assert goods(made, first) == (there + 3, 0, 0, 0)
    short = erp.gateway("reserve", key, False)
    assert (goods(short, first), goods(short, second)) == (
        (there + 3, there, 0, 0),
        (3, 3, 0, 0),
    )
    assert states(short) == ["waiting"]
    (parcel,) = short["shipments"]
    assert {row["product"]: (row["quantity"], row["reserved"]) for row in parcel["goods"]} == {
        first: (there + 3, there),
        second: (3, 3),
    }
    # A person sends what is there; the rest gets a parcel of its own.
    shipment = erp.shipment_of(made["sale"])
    erp.answer("stock.shipment.assign", "stock.shipment.out", shipment, "ignore")
    erp.press("stock.shipment.out", shipment, "pick", "pack", "do")
    part = erp.booked(key)
    assert states(part) == ["shipped", "waiting"]
    assert (goods(part, first), goods(part, second)) == (
        (there + 3, 0, there, 0),
        (3, 0, 3, 0),
    )
    rest = part["shipments"][1]["goods"]
    assert rest == [{"product": first, "quantity": 3, "reserved": 0}]


def test_many_sales_are_told_at_once_and_unknown_keys_are_left_out(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    keys = [f"{key}/{n}" for n in range(3)]
    made = [erp.gateway("import_order", order(erp, one, product, 2)) for one in keys]
    found = erp.gateway("booked_orders", [*keys, "never/seen"])
    assert found == [one | {"repeated": True} for one in made]
    assert erp.gateway("booked_orders", []) == []


def test_goods_that_come_back_are_told_below_zero(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    on_hand = int(erp.figures(product)[0])
    first = erp.gateway("import_order", order(erp, key, product, 2))
    back = order(
        erp,
        f"{key}/return",
        product,
        party={"id": first["party"]},
        corrects=key,
        lines=[line(erp, product, -2)],
        expected_total=Decimal("-24.40"),
    )
    made = erp.gateway("import_order", back)
    assert erp.gateway("import_order", back) == made | {"repeated": True}
    assert (made["total"], goods(made, product)) == (Decimal("-24.40"), (-2, 0, 0, 0))
    (parcel,) = made["shipments"]
    assert (parcel["state"], parcel["returned"]) == ("waiting", True)
    assert parcel["goods"] == [{"product": product, "quantity": 2, "reserved": 0}]
    assert erp.read("sale.sale", made["sale"], "origin")["origin"] == f"sale.sale,{first['sale']}"
    erp.press("stock.shipment.out.return", parcel["id"], "receive", "do")
    back_in = erp.booked(f"{key}/return")
    assert goods(back_in, product) == (-2, 0, -2, 0)
    assert back_in["shipments"][0]["state"] == "shipped"
    assert int(erp.figures(product)[0]) == on_hand + 2
    note = erp.gateway("issue_invoice", f"{key}/return", f"{key}/return/note", "shipped")
    (credit,) = note["invoices"]
    assert (credit["total"], credit["state"]) == (Decimal("-24.40"), "posted")
    assert goods(note, product) == (-2, 0, -2, -2)


def test_sale_that_corrects_an_unknown_one_is_refused(erp: Erp, key: str) -> None:
    wanted = order(erp, key, erp.facts["skus"]["KZ-101-250"], corrects="never/seen")
    with pytest.raises(RefusedError, match=r"panstore\.unknown_order: "):
        erp.gateway("import_order", wanted)


def test_product_no_longer_sold_can_come_back(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    template = erp.read("product.product", product, "template")["template"]
    erp.call("product.template.write", [template], {"salable": False})
    changes: dict[str, Any] = {"lines": [line(erp, product, -1)], "expected_total": None}
    assert erp.gateway("import_order", order(erp, key, product, **changes))["state"] == "open"
    with pytest.raises(RefusedError, match=r"panstore\.unknown_product: "):
        erp.gateway("import_order", order(erp, f"{key}/2", product))
    # The next test may buy its sister.
    erp.call("product.template.write", [template], {"salable": True})


def test_calls_about_an_unknown_order_are_refused(erp: Erp, key: str) -> None:
    for method, *arguments in (
        ("reserve", False),
        ("release",),
        ("cancel_order",),
        ("issue_invoice", f"{key}/invoice"),
        ("credit_invoice", 1, f"{key}/credit"),
    ):
        with pytest.raises(RefusedError, match=r"panstore\.unknown_order: "):
            erp.gateway(method, key, *arguments)
