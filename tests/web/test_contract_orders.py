"""An order that charges other prices than agreed is let through by a button or by a program."""

from __future__ import annotations

from panstore.engine.context import ORDERS
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.store.parked import list_parked, park
from tests.engine.agreeing import SHOP
from tests.engine.house import web_sales
from tests.web.counter import Counter


async def _differing(counter: Counter) -> Order:
    """An order that waits because of its prices."""
    counter.scene.faults.script("erp", "create_order", "rejected")
    order = counter.scene.shop.place_order((counter.scene.shop_links[0].shop, 2))
    await counter.house.settle()
    held = Held(order.id, "order.price_differs", "Charged 12, agreed 11.", order.number)
    now = counter.house.clock.now()
    await counter.house.store.write(lambda c: park(c, SHOP, ORDERS, [held], now=now))
    return order


async def test_a_button_books_at_the_prices_charged(counter: Counter) -> None:
    order = await _differing(counter)
    await counter.log_in()
    address = f"/orders/shop/{order.id}"
    for page in ("/parked", address):
        text = (await counter.client.get(page)).text
        assert f'action="{address}/accept-prices"' in text
        assert "Book at the prices charged" in text
    [record] = await counter.house.store.read(list_parked)
    csrf = {"csrf": await counter.csrf(), "back": address}
    for stale in ({}, {"seen": "yesterday"}, {"seen": "2026-01-01T00:00:00+00:00"}):
        answer = await counter.client.post(f"{address}/accept-prices", data=csrf | stale)
        assert answer.status_code == 200
    assert [one.id for one in await counter.house.store.read(list_parked)] == [record.id]
    data = csrf | {"seen": record.parked_at.isoformat()}
    answer = await counter.client.post(f"{address}/accept-prices", data=data)
    assert answer.status_code == 200
    await counter.house.settle()
    [sale] = web_sales(counter.scene)
    assert sale.total == order.total
    page = (await counter.client.get(address)).text
    assert "A person at the console had it booked at the prices charged." in page
    assert "accept-prices" not in page
    elsewhere = await counter.client.post("/orders/nowhere/1/accept-prices", data=data)
    assert elsewhere.status_code == 200
    assert (await counter.client.post(f"{address}/accept-prices", data={})).status_code == 403


async def test_other_parked_orders_have_no_such_button(counter: Counter) -> None:
    order = await counter.park_an_order()
    await counter.log_in()
    assert "accept-prices" not in (await counter.client.get(f"/orders/shop/{order}")).text
    answer = await counter.client.post(
        f"/api/v1/orders/shop/{order}/accept-prices", headers=counter.api
    )
    assert answer.status_code == 409
    assert "nothing was changed" in answer.text
    assert web_sales(counter.scene) == []


async def test_a_program_books_at_the_prices_charged(counter: Counter) -> None:
    order = await _differing(counter)
    path = f"/api/v1/orders/shop/{order.id}/accept-prices"
    answer = await counter.client.post(path, headers=counter.api)
    assert (answer.status_code, answer.json()) == (202, {"route": "shop", "id": order.id})
    assert (await counter.client.post(path, headers=counter.api)).status_code == 409
    await counter.house.settle()
    assert len(web_sales(counter.scene)) == 1
    assert await counter.house.store.read(list_parked) == []
    for unknown in ("orders/shop/none", f"orders/nowhere/{order.id}"):
        answer = await counter.client.post(f"/api/v1/{unknown}/accept-prices", headers=counter.api)
        assert answer.status_code == 404, unknown
