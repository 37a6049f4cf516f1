"""The simulated shop's webhooks on a real socket: when they come, what they hold, when they end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from tests.connectors.woocommerce.desk import Clock, Desk
from tests.connectors.woocommerce.order_recordings import deliveries as recorded
from tests.connectors.woocommerce.recorded_shop import recorded_shop
from tests.connectors.woocommerce.simulator.deliveries import php_json, safe_address, signature
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.simulator.visitors import (
    Visitor,
    restore_order,
    set_status,
)

SECRET = "a-secret"


class Receiver:
    """Keeps what comes in.

    Attributes:
        status: what it answers.
        wait: seconds it takes.
        got: (headers, raw body) of each request.
        came: set by the first of them.
    """

    def __init__(self) -> None:
        self.status = 200
        self.wait = 0.0
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.came = asyncio.Event()
        application = web.Application()
        application.router.add_post("/hook", self._take)
        self.server = TestServer(application)

    async def _take(self, request: web.Request) -> web.Response:
        headers = {name.lower(): text for name, text in request.headers.items()}
        self.got.append((headers, await request.read()))
        self.came.set()
        await asyncio.sleep(self.wait)
        headers = {"Location": "/elsewhere"} if self.status == 302 else {}
        return web.Response(status=self.status, headers=headers)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/hook"))

    def bodies(self) -> list[Any]:
        """The JSON deliveries."""
        return [json.loads(body) for _, body in self.got if body.startswith(b"{")]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    await made.server.start_server()
    yield made
    await made.server.close()


@pytest.fixture
def shop() -> Iterator[SimWoo]:
    made = recorded_shop(Clock())
    yield made
    made.close()


@pytest.fixture
def desk(shop: SimWoo) -> Desk:
    return Desk(shop)


def hook(desk: Desk, receiver: Receiver, topic: str) -> int:
    body = {"name": topic, "topic": topic, "delivery_url": receiver.url, "secret": SECRET}
    made: int = desk.call("POST", "webhooks", body)["id"]
    return made


def status_of(desk: Desk, webhook: int) -> str:
    status: str = desk.call("GET", f"webhooks/{webhook}")["status"]
    return status


@pytest.mark.parametrize("name", ["47-webhook-order", "48-webhook-product", "49-webhook-customer"])
def test_signature_and_raw_form_are_the_recorded_ones(name: str) -> None:
    signed = [each for each in recorded(name) if "x-wc-webhook-signature" in each["headers"]]
    assert signed
    for each in signed:
        body = each["body"].encode()
        assert signature(each["secret"], body) == each["headers"]["x-wc-webhook-signature"]
        assert php_json(json.loads(body)) == body


async def test_a_new_webhook_pings_at_once_unsigned_and_the_rest_is_signed(
    shop: SimWoo, desk: Desk, receiver: Receiver
) -> None:
    async with running(shop, secure=True) as url, ClientSession() as session:
        body = {"topic": "order.created", "delivery_url": receiver.url, "secret": SECRET}
        headers = {"Authorization": "Basic Y2tfcmVwbGF5OmNzX3JlcGxheQ=="}
        await session.post(f"{url}/wp-json/wc/v3/webhooks", json=body, headers=headers)
    (ping,) = receiver.got
    assert ping[1] == b"webhook_id=1"
    assert not [name for name in ping[0] if name.startswith("x-wc-")]
    number = desk.order()
    assert await shop.courier.run_queue() == 1
    told, raw = receiver.got[1]
    assert told["x-wc-webhook-signature"] == signature(SECRET, raw)
    assert (told["x-wc-webhook-topic"], json.loads(raw)["id"]) == ("order.created", number)


async def test_a_delivery_tells_what_is_true_when_it_goes_out_and_equal_ones_are_merged(
    shop: SimWoo, desk: Desk, receiver: Receiver
) -> None:
    hook(desk, receiver, "product.updated")
    for stock in (5, 4):
        desk.call("PUT", "products/13", {"stock_quantity": stock})
    assert shop.courier.waiting == 1
    await shop.courier.run_queue()
    assert [body["stock_quantity"] for body in receiver.bodies()] == [4]


async def test_a_sale_tells_of_the_order_and_of_its_goods(
    shop: SimWoo, desk: Desk, receiver: Receiver
) -> None:
    for topic in ("order.created", "order.updated", "product.updated"):
        hook(desk, receiver, topic)
    number = Visitor(shop).buys({13: 2})
    await shop.courier.run_queue()
    told = {(headers["x-wc-webhook-topic"], json.loads(raw)["id"]) for headers, raw in receiver.got}
    assert told == {("product.updated", 13), ("order.created", number), ("order.updated", number)}


async def test_nothing_comes_while_the_queue_sleeps_and_all_of_it_when_somebody_calls(
    shop: SimWoo, desk: Desk, receiver: Receiver
) -> None:
    hook(desk, receiver, "order.updated")
    number = desk.order()
    assert await shop.courier.wp_cron() == 1
    set_status(shop, number, "cancelled")  # in WordPress's own pages, nobody asks for anything
    assert await shop.courier.wp_cron() == 0
    desk.call("GET", "orders")
    assert await shop.courier.wp_cron() == 1
    assert receiver.bodies()[-1]["status"] == "cancelled"


async def test_the_queue_runs_by_itself_where_it_is_awake(
    shop: SimWoo, desk: Desk, receiver: Receiver
) -> None:
    hook(desk, receiver, "order.updated")
    async with shop.courier.running(every=0.001):
        number = desk.order()
        await asyncio.wait_for(receiver.came.wait(), 10)
    assert receiver.bodies()[0]["id"] == number


async def test_the_seventh_failure_disables_and_nothing_is_sent_again(
    shop: SimWoo, desk: Desk, receiver: Receiver
) -> None:
    webhook = hook(desk, receiver, "order.updated")
    number = desk.order()
    receiver.status = 500
    for turn in range(7):
        assert status_of(desk, webhook) == "active", turn
        desk.edit(number, customer_note=str(turn))
        await shop.courier.run_queue()
    assert status_of(desk, webhook) == "disabled"
    desk.edit(number, customer_note="missed")
    desk.call("PUT", f"webhooks/{webhook}", {"status": "active"})
    receiver.got.clear()
    receiver.status = 200
    assert await shop.courier.run_queue() == 0
    desk.edit(number, customer_note="after")
    await shop.courier.run_queue()
    assert [body["customer_note"] for body in receiver.bodies()] == ["after"]


async def test_failures_count_only_in_a_row(shop: SimWoo, desk: Desk, receiver: Receiver) -> None:
    webhook = hook(desk, receiver, "order.updated")
    number = desk.order()
    for status in [500] * 6 + [302] + [500] * 6:
        receiver.status = status
        desk.edit(number)
        await shop.courier.run_queue()
    assert status_of(desk, webhook) == "active"


async def test_an_answer_that_comes_too_late_is_a_failure(
    shop: SimWoo, desk: Desk, receiver: Receiver
) -> None:
    hook(desk, receiver, "order.updated")
    desk.order()
    receiver.wait, shop.courier.patience = 5.0, 0.05
    await shop.courier.run_queue()
    assert [each.answered for each in shop.courier.sent] == [None]


async def test_trash_and_restore_are_told_and_what_is_destroyed_is_not(
    shop: SimWoo, desk: Desk, receiver: Receiver
) -> None:
    hook(desk, receiver, "order.deleted")
    hook(desk, receiver, "order.restored")
    first, second, third = desk.order(), desk.order(), desk.order()
    desk.trash(first)
    restore_order(shop, first)
    desk.call("DELETE", f"orders/{second}", force="true")
    desk.call("POST", "orders/batch", {"delete": [third]})
    await shop.courier.run_queue()
    assert receiver.bodies()[0] == {"id": first}
    assert [body["id"] for body in receiver.bodies()] == [first, first]
    assert desk.call("GET", f"orders/{first}")["status"] == "processing"


async def test_what_is_gone_before_its_delivery_is_told_as_an_error(
    shop: SimWoo, desk: Desk, receiver: Receiver
) -> None:
    hook(desk, receiver, "order.updated")
    number = desk.order()
    desk.call("DELETE", f"orders/{number}", force="true")
    await shop.courier.run_queue()
    assert [body["code"] for body in receiver.bodies()] == [
        "woocommerce_rest_shop_order_invalid_id"
    ]


async def test_a_paused_webhook_takes_nothing_up_and_drafts_are_no_orders(
    shop: SimWoo, desk: Desk, receiver: Receiver
) -> None:
    webhook = hook(desk, receiver, "order.created")
    draft = desk.order(status="checkout-draft")
    assert shop.courier.waiting == 0
    desk.edit(draft, status="pending")
    assert shop.courier.waiting == 1
    desk.call("PUT", f"webhooks/{webhook}", {"status": "paused"})
    desk.order()
    assert shop.courier.waiting == 1


async def test_a_stock_wordpress_does_not_send_to_private_addresses(
    shop: SimWoo, desk: Desk, receiver: Receiver
) -> None:
    shop.courier.may_send = safe_address
    hook(desk, receiver, "order.updated")
    desk.order()
    await shop.courier.run_queue()
    assert (receiver.got, shop.courier.sent[-1].answered) == ([], None)
    assert safe_address("https://panstore.example/hook")
    assert not safe_address("https://panstore.example:9443/hook")
    assert not safe_address("http://10.0.0.7/hook")
