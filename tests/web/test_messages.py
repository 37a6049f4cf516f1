"""Messages to buyers in the console and over the API: seen by everybody who may, decided once."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from panstore.model.order import Order
from tests.engine.telling import TellingHouse
from tests.web.counter import NASTY, Counter, open_counter


class Desk:
    """A counter with an order whose buyer is told something."""

    def __init__(self, counter: Counter, house: TellingHouse) -> None:
        self.counter = counter
        self.house = house
        self.order: Order

    async def get(self, path: str) -> str:
        answer = await self.counter.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def decide(self, way: str, id_: str, **more: str) -> int:
        form = {"csrf": await self.counter.csrf(), "id": id_, "back": "/messages", **more}
        answer = await self.counter.client.post(
            f"/messages/{way}", data=form, follow_redirects=False
        )
        return answer.status_code

    async def api(self, method: str, path: str, **more: Any) -> tuple[int, dict[str, Any]]:
        answer = await self.counter.client.request(
            method,
            f"/api/v1/{path}",
            headers=self.counter.api,
            **more,
        )
        return answer.status_code, answer.json()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_counter(tmp_path, kind=TellingHouse) as counter:
        house = counter.house
        assert isinstance(house, TellingHouse)
        made = Desk(counter, house)
        made.order = counter.scene.shop.place_order((counter.scene.shop_links[0].shop, 1))
        await house.settle()
        yield made


async def test_the_order_s_page_says_what_the_buyer_was_told(desk: Desk) -> None:
    await desk.counter.log_in()
    await desk.house.tell(desk.order, "sent", number="2026-1")
    await desk.house.tell(
        desk.order, "unknown", kind="delivery_note", number="P-7", note=f"lost {NASTY}"
    )
    page = await desk.get(f"/orders/shop/{desk.order.id}")
    assert "Messages to the buyer" in page
    assert "Invoice 2026-1" in page
    assert "Delivery note P-7" in page
    assert "May be out: the answer was lost" in page
    assert html.escape(NASTY, quote=True).replace("&#x27;", "&#39;")[:20] in page
    assert "<script>alert" not in page
    assert page.count(">Send again<") == 2
    assert page.count(">Leave it<") == 1
    assert "Mail sent" in page


async def test_a_message_is_sent_again_or_left_from_the_page(desk: Desk) -> None:
    await desk.counter.log_in()
    sent = await desk.house.tell(desk.order, "sent", number="2026-1")
    waiting = await desk.house.tell(desk.order, "waiting", number="2026-2")
    assert await desk.decide("resend", sent, csrf="forged") == 403
    assert await desk.decide("resend", sent) == 303
    assert await desk.decide("resend", waiting) == 409
    assert await desk.decide("resend", "nothing") == 404
    assert await desk.decide("skip", waiting) == 303
    assert await desk.decide("skip", sent) == 409
    assert await desk.decide("burn", sent) == 400
    page = await desk.get("/messages")
    assert "sent again, 2." in page
    assert f'href="/orders/shop/{desk.order.id}"' in page
    assert desk.order.customer.email not in page


async def test_the_page_of_messages_is_filtered_and_the_overview_counts_trouble(
    desk: Desk,
) -> None:
    await desk.counter.log_in()
    assert "Messages to buyers" in await desk.get("/")
    assert "No messages yet" in await desk.get("/messages")
    await desk.house.tell(desk.order, "sent", number="2026-1")
    await desk.house.tell(desk.order, "refused", number="2026-2", note="550")
    await desk.house.tell(desk.order, "waiting", number="2026-3")
    page = await desk.get("/messages?state=refused&channel=mail")
    assert "2026-2" in page
    assert "2026-1" not in page
    assert "No message fits" in await desk.get("/messages?channel=sms")
    assert "2026-1" in await desk.get("/messages?state=burnt")
    overview = " ".join((await desk.get("/")).split())
    assert "1 refused, not arrived or in doubt; 1 waits to be sent." in overview
    assert "1 sent in a day" in overview


async def test_programs_read_and_decide_the_same(desk: Desk) -> None:
    sent = await desk.house.tell(desk.order, "sent", number="2026-1", maybe_twice=True)
    doubt = await desk.house.tell(desk.order, "unknown", number="2026-2")
    code, found = await desk.api("GET", "messages?state=sent")
    assert code == 200
    [one] = found["messages"]
    assert (one["id"], one["number"], one["maybe_twice"]) == (sent, desk.order.number, True)
    assert desk.order.customer.email not in str(found)
    _, of_order = await desk.api("GET", f"routes/shop/orders/{desk.order.id}/messages")
    assert len(of_order["messages"]) == 2
    code, one = await desk.api("GET", "message", params={"id": doubt})
    assert (code, one["state"], one["can"]) == (200, "unknown", ["resend", "skip"])

    code, new = await desk.api("POST", "message/resend", params={"id": sent})
    assert (code, new["id"]) == (202, sent)
    assert str(new["new"]).endswith("/1")
    code, _ = await desk.api("POST", "message/skip", params={"id": doubt})
    assert code == 202
    code, said = await desk.api("POST", "message/skip", params={"id": doubt})
    assert code == 409
    assert "Nothing was changed" in str(said["detail"])
    code, told = await desk.api(
        "POST", "message/bounced", params={"id": sent}, json={"reason": "550 mailbox gone"}
    )
    assert (code, told["state"]) == (202, "failed")
    _, status = await desk.api("GET", "status")
    assert status["messages"] == [
        {"route": "shop", "channel": "mail", "waiting": 1, "trouble": 1, "out": 0}
    ]
    assert status["parked"] == 1


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "message?id=none", 404),
        ("POST", "message/resend?id=none", 404),
        ("GET", "message", 400),
        ("GET", "messages?state=burnt", 400),
        ("GET", "messages?route=nowhere", 404),
        ("GET", "messages?limit=0", 400),
    ],
)
async def test_what_is_not_there_is_said(desk: Desk, method: str, path: str, code: int) -> None:
    assert (await desk.api(method, path))[0] == code


@pytest.mark.parametrize("path", ["messages", "message?id=1", "routes/shop/orders/1/messages"])
async def test_without_the_token_nothing_is_answered(desk: Desk, path: str) -> None:
    assert (await desk.counter.client.get(f"/api/v1/{path}")).status_code == 401
