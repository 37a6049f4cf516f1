"""Each state an order can be in promises its goods once, whatever moves stand for it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.companions.tryton.client import Erp, RefusedError, line, order, today

pytestmark = pytest.mark.real

SALE = "sale.sale"
OUT = "stock.shipment.out"
RETURN = "stock.shipment.out.return"
INTERNAL = "stock.shipment.internal"


def change(erp: Erp, product: int, before: tuple[Decimal, ...]) -> tuple[int, int, int]:
    """Difference of on hand, reserved and demand since `before`."""
    on_hand, reserved, demand = (
        int(now - then) for now, then in zip(erp.figures(product), before, strict=True)
    )
    return on_hand, reserved, demand


def test_order_from_quotation_to_delivery(erp: Erp) -> None:
    product = erp.fresh_product()
    start = erp.figures(product)
    sale = erp.draft_sale(product, 3.0)
    assert change(erp, product, start) == (0, 0, 0)
    erp.press(SALE, sale, "quote")
    assert change(erp, product, start) == (0, 0, 0)
    erp.press(SALE, sale, "confirm")
    assert change(erp, product, start) == (0, 0, 3)
    shipment = erp.shipment_of(sale)
    assert erp.read(OUT, shipment, "state")["state"] == "waiting"
    for button, expected in (
        ("assign_try", (0, 3, 0)),
        ("pick", (-3, 0, 0)),
        ("pack", (-3, 0, 0)),
        ("do", (-3, 0, 0)),
    ):
        erp.press(OUT, shipment, button)
        assert change(erp, product, start) == expected, button


def test_shipment_put_back_to_draft_still_promises_once(erp: Erp) -> None:
    product = erp.fresh_product()
    start = erp.figures(product)
    sale = erp.draft_sale(product, 4.0)
    erp.press(SALE, sale, "quote", "confirm")
    shipment = erp.shipment_of(sale)
    erp.press(OUT, shipment, "draft")
    assert change(erp, product, start) == (0, 0, 4)
    erp.press(OUT, shipment, "wait")
    assert change(erp, product, start) == (0, 0, 4)


def test_order_larger_than_the_stock_is_partly_reserved(erp: Erp) -> None:
    product = erp.fresh_product()
    start = erp.figures(product)
    there = int(start[0])
    sale = erp.draft_sale(product, float(there + 5))
    erp.press(SALE, sale, "quote", "confirm")
    assert change(erp, product, start) == (0, 0, there + 5)
    shipment = erp.shipment_of(sale)
    erp.press(OUT, shipment, "assign_try")
    assert erp.read(OUT, shipment, "partially_assigned")["partially_assigned"] is True
    assert change(erp, product, start) == (0, there, 5)


def test_cancelled_quotation_and_cancelled_shipment_promise_nothing(erp: Erp) -> None:
    product = erp.fresh_product()
    start = erp.figures(product)
    quotation = erp.draft_sale(product, 2.0)
    erp.press(SALE, quotation, "quote", "cancel")
    assert change(erp, product, start) == (0, 0, 0)
    sale = erp.draft_sale(product, 2.0)
    erp.press(SALE, sale, "quote", "confirm")
    erp.press(OUT, erp.shipment_of(sale), "cancel")
    assert change(erp, product, start) == (0, 0, 0)


@pytest.mark.parametrize("method", ["manual", "invoice"])
def test_sale_without_moves_promises_its_lines(erp: Erp, method: str) -> None:
    product = erp.fresh_product()
    start = erp.figures(product)
    sale = erp.draft_sale(product, 6.0, shipment_method=method)
    erp.press(SALE, sale, "quote")
    assert change(erp, product, start) == (0, 0, 0)
    erp.press(SALE, sale, "confirm")
    assert erp.read(SALE, sale, "shipments")["shipments"] == []
    assert change(erp, product, start) == (0, 0, 6)
    if method == "manual":
        erp.press(SALE, sale, "manual_shipment")
        assert change(erp, product, start) == (0, 0, 6)
        erp.press(OUT, erp.shipment_of(sale), "assign_try", "pick", "pack", "do")
        assert change(erp, product, start) == (-6, 0, 0)


def test_returned_goods_count_when_they_are_back_in_the_zone(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    start = erp.figures(product)
    sale = erp.gateway("import_order", order(erp, key, product, 2))["sale"]
    erp.press(OUT, erp.shipment_of(sale), "assign_try", "pick", "pack", "do")
    lines = {"lines": [line(erp, product, -1)], "expected_total": Decimal("-12.20")}
    back = erp.gateway("import_order", order(erp, f"{key}/return", product, corrects=key) | lines)
    (shipment,) = back["shipments"]
    assert change(erp, product, start) == (-2, 0, 0)
    erp.press(RETURN, shipment["id"], "receive")
    assert change(erp, product, start) == (-2, 0, 0)
    erp.press(RETURN, shipment["id"], "do")
    assert change(erp, product, start) == (-1, 0, 0)


def internal_shipment(erp: Erp, product: int, start: int, end: int, quantity: float) -> int:
    """A shipment within the company, waiting."""
    (row,) = erp.gateway("products", 0, 1, [product])
    line = {
        "product": product,
        "unit": row["unit"],
        "quantity": quantity,
        "from_location": start,
        "to_location": end,
        "company": erp.facts["company"],
    }
    shipment = erp.create(
        INTERNAL,
        from_location=start,
        to_location=end,
        company=erp.facts["company"],
        planned_date=today(),
        planned_start_date=today(),
        moves=[["create", [line]]],
    )
    erp.press(INTERNAL, shipment, "wait")
    return shipment


def test_moves_inside_the_zone_promise_nothing_and_goods_to_arrive_never_count(erp: Erp) -> None:
    product = erp.fresh_product()
    start = erp.figures(product)
    places = erp.read("stock.location", erp.warehouse, "storage_location", "output_location")
    storage, outside = places["storage_location"], places["output_location"]
    shelf = erp.create("stock.location", name="Shelf", type="storage", parent=storage)
    inside = internal_shipment(erp, product, storage, shelf, 5.0)
    assert change(erp, product, start) == (0, 0, 0)
    erp.press(INTERNAL, inside, "assign_try", "do")
    assert change(erp, product, start) == (0, 0, 0)

    leaving = internal_shipment(erp, product, storage, outside, 5.0)
    assert change(erp, product, start) == (0, 0, 5)
    erp.press(INTERNAL, leaving, "assign_try")
    assert change(erp, product, start) == (0, 5, 0)
    erp.press(INTERNAL, leaving, "do")
    assert change(erp, product, start) == (-5, 0, 0)

    arriving = internal_shipment(erp, product, outside, shelf, 5.0)
    assert change(erp, product, start) == (-5, 0, 0)
    erp.press(INTERNAL, arriving, "assign_try")
    assert change(erp, product, start) == (-5, 0, 0)
    erp.press(INTERNAL, arriving, "do")
    assert change(erp, product, start) == (0, 0, 0)


def test_goods_sent_to_another_warehouse(erp: Erp) -> None:
    product = erp.fresh_product()
    start = erp.figures(product)
    storage = erp.read("stock.location", erp.warehouse, "storage_location")["storage_location"]
    other = erp.facts["warehouses"]["MB"]
    there = erp.read("stock.location", other, "storage_location")["storage_location"]
    (before,) = erp.gateway("stock_levels", [other], [product])
    leaving = internal_shipment(erp, product, storage, there, 5.0)
    assert change(erp, product, start) == (0, 0, 5)
    erp.press(INTERNAL, leaving, "assign_try")
    assert change(erp, product, start) == (0, 5, 0)
    erp.press(INTERNAL, leaving, "pack", "ship")
    assert change(erp, product, start) == (-5, 0, 0)
    assert erp.gateway("stock_levels", [other], [product]) == [before]
    erp.press(INTERNAL, leaving, "do")
    assert change(erp, product, start) == (-5, 0, 0)
    (after,) = erp.gateway("stock_levels", [other], [product])
    assert after["on_hand"] - before["on_hand"] == 5


def test_closed_stock_period_keeps_the_figures(erp: Erp) -> None:
    product = erp.fresh_product()
    start = erp.figures(product)
    period = erp.create("stock.period", date=today().replace(day=1), company=erp.facts["company"])
    erp.press("stock.period", period, "close")
    assert erp.figures(product) == start


def test_product_without_moves_has_a_row_of_zeros(erp: Erp) -> None:
    (unit,) = {row["unit"] for row in erp.gateway("products", 0, 1)}
    template = erp.create(
        "product.template",
        name="Never Moved",
        type="goods",
        default_uom=unit,
        products=[["create", [{}]]],
    )
    (product,) = erp.read("product.template", template, "products")["products"]
    warehouses = list(erp.facts["warehouses"].values())
    assert erp.gateway("stock_levels", warehouses, [product]) == [
        {
            "product": product,
            "warehouse": warehouse,
            "on_hand": Decimal(0),
            "reserved": Decimal(0),
            "demand": Decimal(0),
            "unit": unit,
        }
        for warehouse in warehouses
    ]


def test_all_products_at_once_agree_with_each_alone(erp: Erp) -> None:
    together = {row["product"]: row for row in erp.gateway("stock_levels", [erp.warehouse], None)}
    for product in list(together)[::40]:
        assert erp.level(product) == together[product]


def test_sale_in_another_unit_counts_in_the_stock_unit(erp: Erp) -> None:
    (row,) = erp.gateway("products", 0, 1, [erp.fresh_product()])
    category = erp.read("product.uom", row["unit"], "category")["category"]
    dozen = erp.create(
        "product.uom",
        name="Dozen",
        symbol="dz",
        category=category,
        factor=12.0,
        rate=0.083333333333,
        rounding=1.0,
        digits=0,
    )
    start = erp.figures(row["id"])
    sale = erp.draft_sale(row["id"], 1.0, shipment_method="manual")
    (line,) = erp.read(SALE, sale, "lines")["lines"]
    erp.call("sale.line.write", [line], {"unit": dozen})
    erp.press(SALE, sale, "quote", "confirm")
    assert change(erp, row["id"], start) == (0, 0, 12)


def test_place_that_is_no_warehouse_is_refused(erp: Erp) -> None:
    storage = erp.read("stock.location", erp.warehouse, "storage_location")["storage_location"]
    with pytest.raises(RefusedError, match=r"panstore\.unknown_warehouse: "):
        erp.gateway("stock_levels", [storage], [erp.facts["skus"]["VO-101"]])
