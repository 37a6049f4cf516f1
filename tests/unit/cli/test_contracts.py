"""`panstore contracts accept`: an order is booked at the prices charged."""

from __future__ import annotations

import json

import pytest

from panstore.cli.app import main
from panstore.cli.host import DONE, TROUBLE, USAGE
from panstore.engine.context import ORDERS
from panstore.model.ids import RouteId
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.store.parked import park
from tests.engine.house import House, web_sales
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


def _differing(host: ShopHost) -> Order:
    """An order that waits because of its prices."""
    host.scene.faults.script("erp", "create_order", "rejected")
    order = host.scene.shop.place_order((host.scene.shop_links[0].shop, 2))
    held = Held(order.id, "order.price_differs", "Charged 12, agreed 11.", order.number)

    async def wait(house: House) -> None:
        await house.settle()
        now = house.clock.now()
        await house.store.write(lambda c: park(c, RouteId("shop"), ORDERS, [held], now=now))

    host.work(wait)
    return order


def test_an_order_is_booked_at_the_prices_charged(host: ShopHost, capsys: Capture) -> None:
    order = _differing(host)
    assert main(host, ["orders", "show", order.number]) == DONE
    assert f"`panstore contracts accept shop {order.id}`" in capsys.readouterr().out
    assert main(host, ["contracts", "accept", "shop", order.number]) == DONE
    assert f"Order {order.number} on shop is booked" in capsys.readouterr().out
    host.work(House.settle)
    [sale] = web_sales(host.scene)
    assert sale.total == order.total


def test_programs_get_a_document(host: ShopHost, capsys: Capture) -> None:
    order = _differing(host)
    capsys.readouterr()
    assert main(host, ["contracts", "accept", "shop", order.id, "--json"]) == DONE
    said = json.loads(capsys.readouterr().out)
    assert said == {"id": order.id, "route": "shop", "number": order.number}


def test_what_does_not_wait_is_refused(host: ShopHost, capsys: Capture) -> None:
    order = host.scene.shop.place_order((host.scene.shop_links[0].shop, 2))
    host.work(House.settle)
    capsys.readouterr()
    assert main(host, ["contracts", "accept", "shop", order.id]) == TROUBLE
    told = capsys.readouterr().err
    assert f"order {order.number} does not wait because of its prices" in told
    assert f"`panstore orders show {order.id} --route shop`" in told
    assert main(host, ["contracts", "accept", "shop", "none"]) == TROUBLE
    assert "order 'none' is not known" in capsys.readouterr().err
    assert main(host, ["contracts", "accept", "nowhere", order.id]) == USAGE
