"""The real engine: what buyers of a simulated WooCommerce pay and get back is booked exactly."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from panstore.model.ids import ExternalId
from tests.connectors.woocommerce.desk import BUYER
from tests.connectors.woocommerce.town import Town, founded
from tests.engine.house import S1, S4


async def stocked(town: Town, chance: random.Random) -> list[ExternalId]:
    goods = []
    for number in range(6):
        sku = f"G-{number}"
        town.scene.erp.add_variant(sku, on_hand=500, rate=Decimal(19))
        price = Decimal(chance.randint(1, 9_999)) / 100
        goods.append(await town.harness.add_variant(sku, price=price))
    coupons = (("ten", "percent", "10"), ("five", "fixed_cart", "5"))
    for code, kind, amount in coupons:
        body = {"code": code, "discount_type": kind, "amount": amount}
        town.harness.ask("POST", "coupons", body)
    return goods


def some_order(town: Town, chance: random.Random, goods: list[ExternalId]) -> dict[str, Any]:
    lines = [
        {"product_id": int(one), "quantity": chance.randint(1, 7)}
        for one in chance.sample(goods, chance.randint(1, 4))
    ]
    body: dict[str, Any] = {"status": "processing", "billing": BUYER, "line_items": lines}
    if chance.random() < 0.5:
        parcel = {"method_id": "flat_rate", "method_title": "Parcel", "total": "4.90"}
        body["shipping_lines"] = [parcel]
    if chance.random() < 0.4:
        body["fee_lines"] = [{"name": "Gift paper", "total": "2.37", "tax_status": "taxable"}]
    if chance.random() < 0.5:
        body["coupon_lines"] = [{"code": chance.choice(["ten", "five"])}]
    made: dict[str, Any] = town.harness.ask("POST", "orders", {**body, "payment_method": "bacs"})
    return made


def give_back(town: Town, chance: random.Random, order: dict[str, Any]) -> Decimal:
    """A whole line, all of the shipping, or a mere amount; what was given back."""
    what = chance.choice(["line", "shipping", "amount"])
    lines = order["shipping_lines"] if what == "shipping" else order["line_items"]
    if what == "amount" or not lines:
        amount = Decimal("0.57")
        body: dict[str, Any] = {"amount": str(amount)}
    else:
        line = lines[0]
        amount = Decimal(line["total"]) + Decimal(line["total_tax"])
        taxes = [{"id": one["id"], "refund_total": one["total"]} for one in line["taxes"]]
        back = {"id": line["id"], "refund_total": line["total"], "refund_tax": taxes}
        back["quantity"] = line.get("quantity", 1)
        body = {"amount": str(amount), "line_items": [back]}
    if not 0 < amount < Decimal(order["total"]):
        return Decimal(0)
    town.harness.ask("POST", f"orders/{order['id']}/refunds", {**body, "api_refund": False})
    return amount


def booked(town: Town, order: dict[str, Any]) -> Decimal:
    sales = town.sales(ExternalId(str(order["id"])))
    return sum((sale.total for sale in sales if sale.cancelled is None), Decimal(0))


@pytest.mark.parametrize(
    ("seed", "gross", "at_subtotal"), [(1, False, False), (2, True, False), (3, False, True)]
)
async def test_random_orders_are_booked_to_the_cent(
    tmp_path: Path, seed: int, gross: bool, at_subtotal: bool
) -> None:
    chance = random.Random(seed)
    async with founded(tmp_path, S1, S4) as town:
        town.harness.shop.tax_round_at_subtotal = at_subtotal
        if gross:
            setting = "settings/tax/woocommerce_prices_include_tax"
            town.harness.ask("PUT", setting, {"value": "yes"})
        await town.harness.connector.start()
        goods = await stocked(town, chance)
        await town.house.settle()
        orders = [some_order(town, chance, goods) for _ in range(12)]
        await town.house.settle()
        assert await town.house.parked_orders() == {}
        totals = [Decimal(order["total"]) for order in orders]
        assert [booked(town, order) for order in orders] == totals
        back = [give_back(town, chance, order) for order in orders]
        await town.house.settle()
        assert await town.house.parked_orders() == {}
        left = [total - gone for total, gone in zip(totals, back, strict=True)]
        assert [booked(town, order) for order in orders] == left
        assert any(back)
