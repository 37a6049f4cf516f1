"""SMS on demand over the API, and receipts that come as a mere address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from panstore.connectors.sms_http.config import HttpSmsSettings
from panstore.connectors.sms_http.connector import HttpSmsConnector
from panstore.connectors.sms_http.map import outgoing
from panstore.model.ids import ConnectionId
from panstore.model.message import Text
from panstore.model.order import Order
from panstore.store.outbox import find_message
from tests.unit.cli.test_sms import SmsHouse
from tests.web.counter import Counter, open_counter

SECRET = "a-secret-of-the-callback"


class Desk:
    """A counter with an order whose buyer has a telephone."""

    def __init__(self, counter: Counter, order: Order) -> None:
        self.counter = counter
        self.order = order
        self.path = f"routes/shop/orders/{order.id}/sms"

    async def api(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        answer = await self.counter.client.request(
            method, f"/api/v1/{path}", headers=self.counter.api, **more
        )
        return answer.status_code, answer.json()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_counter(tmp_path, kind=SmsHouse) as counter:
        shop = counter.scene.shop
        order = shop.place_order((counter.scene.shop_links[0].shop, 1))
        shop.put(replace(order, customer=replace(order.customer, phone="040 123 456")))
        await counter.house.settle()
        yield Desk(counter, order)


async def test_an_sms_is_shown_sent_once_and_again_when_asked(desk: Desk) -> None:
    status, found = await desk.api("GET", "routes/shop/sms/templates")
    assert (status, "call_us" in {one["name"] for one in found["templates"]}) == (200, True)
    status, shown = await desk.api("GET", f"{desk.path}/call_us")
    assert (status, shown["text"], shown["parts"]) == (200, "Pokličite nas.", 1)
    wanted = {"template": "call_us"}
    assert (await desk.api("POST", desk.path, json=wanted))[0] == 202
    status, said = await desk.api("POST", desk.path, json=wanted)
    assert status == 409
    assert "Nothing was sent" in said["detail"]
    assert (await desk.api("POST", desk.path, json={**wanted, "again": True}))[0] == 202
    await desk.counter.house.settle()
    assert desk.counter.house.post is not None
    assert len(desk.counter.house.post.provider.texts) == 2


async def test_what_is_not_there_is_said(desk: Desk) -> None:
    assert (await desk.api("GET", "routes/none/sms/templates"))[0] == 404
    assert (await desk.api("POST", desk.path, json={"template": "other"}))[0] == 404
    other = "routes/shop/orders/none/sms"
    assert (await desk.api("POST", other, json={"template": "paid"}))[0] == 404
    assert (await desk.api("GET", f"{other}/paid"))[0] == 404
    answer = await desk.counter.client.post(f"/api/v1/{desk.path}", json={"template": "paid"})
    assert answer.status_code == 401


async def test_a_receipt_may_come_as_a_mere_address(desk: Desk) -> None:
    house = desk.counter.house
    _, asked = await desk.api("POST", desk.path, json={"template": "call_us"})
    await house.settle()
    settings = HttpSmsSettings.model_validate({
        "preset": "kannel",
        "url": "http://127.0.0.1:13013/",
        "callback_url": "http://127.0.0.1/hooks/sms",
        "callback_secret": SECRET,
    })
    house.engine.context.connectors["sms"] = HttpSmsConnector(ConnectionId("sms"), settings)  # type: ignore[index]
    text = Text(asked["id"], "+38640123456", "x", "gsm7", 1)
    address = outgoing(text, settings).query["dlr-url"].replace("%d", "1").partition("/hooks")[2]
    forged = address.replace(SECRET, "x" * 24)
    assert (await desk.counter.client.get(f"/hooks{forged}")).status_code == 401
    first = await desk.counter.client.get(f"/hooks{address}")
    again = await desk.counter.client.get(f"/hooks{address}")
    assert (first.status_code, first.json()) == (200, {"taken": True})
    assert (again.status_code, again.json()) == (200, {"taken": False})
    row = await house.store.read(lambda c: find_message(c, asked["id"]))
    assert row is not None
    assert row.message.state == "delivered"
    assert (await desk.counter.client.get("/hooks/shop?secret=x")).status_code == 405
    assert (await desk.counter.client.get("/hooks/nobody")).status_code == 404
