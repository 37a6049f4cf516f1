"""kill -9 of ERP, shop and PanStore at once, with orders under way: nothing lost or doubled."""

from __future__ import annotations

import http.client
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.demo import Demo, eventually

pytestmark = [pytest.mark.real, pytest.mark.crash, pytest.mark.timeout(600)]


def _sales(demo: Demo, number: str) -> list[dict[str, Any]]:
    return eventually(lambda: demo.sales_of(number), bool)


def _settled(demo: Demo, shop_id: int, left: Decimal) -> Decimal:
    return eventually(lambda: demo.free(shop_id), lambda free: free == left)


def test_everything_is_killed_and_started_again(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "demo")
    demo.start()
    numbers: list[str] = []
    plenty = [s for s in demo.facts["skus"] if demo.free(s["shop_id"]) >= 20][:6]

    def buy(product: int) -> None:
        try:
            numbers.append(str(demo.visitor().buy(product)["number"]))
        except (OSError, AssertionError, ValueError, http.client.HTTPException):
            return  # the shop died under this buyer: he has no order number

    buyers = [threading.Thread(target=buy, args=(entry["shop_id"],)) for entry in plenty]
    for buyer in buyers:
        buyer.start()
    eventually(lambda: len(numbers), lambda n: n >= 2)
    demo.kill_everything()
    for buyer in buyers:
        buyer.join()
    # The kernel may take a moment to clear away what was killed.
    assert eventually(demo.pids, lambda left: not left) == []

    demo.start()
    try:
        orders = demo.shop.orders_after(0)
        assert set(numbers) <= {str(order["number"]) for order in orders}
        for order in orders:
            sales = _sales(demo, str(order["number"]))
            totals = [sale["total_amount"] for sale in sales]
            assert totals == [Decimal(order["total_incl_tax"])]
        for entry in plenty:
            level = demo.erp.level(entry["erp_id"])
            left = level["on_hand"] - level["reserved"] - level["demand"]
            assert _settled(demo, entry["shop_id"], left) == left
    finally:
        assert demo.stop() == 0
    assert eventually(demo.pids, lambda left: not left) == []
    assert not (demo.directory / "demo.json").exists()
