"""Whatever the simulated shop sells, the connector reads it to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from panstore.connectors.woocommerce.map.order_words import OrderWords
from panstore.connectors.woocommerce.map.orders import order
from panstore.testing.suites import assert_exact
from tests.connectors.woocommerce.desk import BUYER, Clock, Desk
from tests.connectors.woocommerce.order_recordings import encoded
from tests.connectors.woocommerce.recorded_shop import recorded_shop
from tests.connectors.woocommerce.simulator.taxes import add_rate

WORDS = OrderWords()


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    shop = recorded_shop(Clock())
    with shop.changing():
        for country, rate, kind in (("SI", "22", "standard"), ("SI", "9.5", "reduced-rate"),
                                    ("CH", "8.1", "standard")):  # fmt: skip
            add_rate(shop, country, rate, tax_class=kind)
    desk = Desk(shop)
    for product, kind in ((14, "reduced-rate"), (15, "zero-rate")):
        desk.call("PUT", f"products/{product}", {"tax_class": kind})
    desk.call("PUT", "products/16", {"tax_status": "none"})
    for code, kind, amount in (("tenth", "percent", "10"), ("five", "fixed_cart", "5"),
                               ("each", "fixed_product", "0.37")):  # fmt: skip
        desk.call("POST", "coupons", {"code": code, "discount_type": kind, "amount": amount})
    yield desk
    shop.close()


MONEY = st.decimals(0, 300, places=2).map(str)
FINE = st.decimals(0, 300, places=4).map(str)
LINES = st.fixed_dictionaries(
    {"product_id": st.sampled_from([13, 14, 15, 16]), "quantity": st.integers(1, 12)},
    optional={"subtotal": FINE, "total": FINE},
)
ORDERS = st.fixed_dictionaries({
    "country": st.sampled_from(["DE", "SI", "CH", "US"]),
    "line_items": st.lists(LINES, min_size=1, max_size=6),
    "shipping": st.lists(MONEY, max_size=1),
    "fees": st.lists(st.decimals(-3, 9, places=2).map(str), max_size=2),
    "coupon": st.sampled_from([None, None, "tenth", "five", "each"]),
    "with_tax": st.booleans(),
    "at_subtotal": st.booleans(),
})


def sold(desk: Desk, wanted: dict[str, Any]) -> dict[str, Any]:
    """The order as the shop shows it."""
    desk.shop.prices_include_tax = wanted["with_tax"]
    desk.shop.tax_round_at_subtotal = wanted["at_subtotal"]
    number = desk.call(
        "POST",
        "orders",
        {
            "billing": BUYER | {"country": wanted["country"]},
            "line_items": wanted["line_items"],
            "shipping_lines": [
                {"method_id": "flat_rate", "method_title": "Parcel", "total": total}
                for total in wanted["shipping"]
            ],
            "fee_lines": [{"name": f"Fee {total}", "total": total} for total in wanted["fees"]],
            "coupon_lines": [{"code": wanted["coupon"]}] if wanted["coupon"] else [],
        },
    )["id"]
    found: dict[str, Any] = desk.call("GET", f"orders/{number}")
    return found


@given(ORDERS)
@example({
    "country": "SI",
    "line_items": [{"product_id": 13, "quantity": 1, "subtotal": "0.52", "total": "0.52"}] * 6,
    "shipping": ["4.90"],
    "fees": ["-1.00"],
    "coupon": "tenth",
    "with_tax": True,
    "at_subtotal": True,
})
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_order_is_read_to_the_cent(desk: Desk, wanted: dict[str, Any]) -> None:
    document = sold(desk, wanted)
    read = order(encoded(document), WORDS)
    parts = [line.charged.gross for line in read.lines]
    parts += [charge.charged.gross for charge in read.charges]
    assert sum(parts, Decimal(0)) == read.total == Decimal(document["total"])
    assert_exact(read)
    if not wanted["at_subtotal"]:
        assert not [charge for charge in read.charges if charge.kind == "rounding"]
