"""The message inbox takes what is signed, once, and only marks."""

from __future__ import annotations

from panstore.store.marks import backlog
from panstore.web.inbox import MOST_BYTES
from tests.web.counter import Counter


async def test_a_signed_message_is_taken_once_and_marks(counter: Counter) -> None:
    counter.scene.shop.messages.take()
    link = counter.scene.shop_links[0]
    counter.scene.shop.edit_stock(link.shop, 3)
    (message,) = counter.scene.shop.messages.take()
    calls = len(counter.scene.history.calls)

    first = await counter.client.post("/hooks/shop", content=message.body, headers=message.headers)
    again = await counter.client.post("/hooks/shop", content=message.body, headers=message.headers)

    assert (first.status_code, first.json()) == (200, {"taken": True})
    assert (again.status_code, again.json()) == (200, {"taken": False})
    now = counter.scene.clock.now()
    marks = await counter.house.store.read(lambda c: backlog(c, now=now))
    assert [(m.route, m.module, m.waiting) for m in marks] == [("shop", "S1", 1)]
    assert len(counter.scene.history.calls) == calls, "the inbox called an outside system"


async def test_header_names_may_come_in_any_case(counter: Counter) -> None:
    counter.scene.shop.edit_stock(counter.scene.shop_links[0].shop, 3)
    message = counter.scene.shop.messages.take()[-1]
    headers = {name.title(): value for name, value in message.headers.items()}
    answer = await counter.client.post("/hooks/shop", content=message.body, headers=headers)
    assert answer.status_code == 200


async def test_a_forged_message_is_refused_and_marks_nothing(counter: Counter) -> None:
    counter.scene.shop.edit_stock(counter.scene.shop_links[0].shop, 3)
    message = counter.scene.shop.messages.take()[-1]
    body = message.body.replace(b"stock", b"price")
    answer = await counter.client.post("/hooks/shop", content=body, headers=message.headers)
    assert answer.status_code == 401
    assert "not taken" in answer.json()["detail"]
    now = counter.scene.clock.now()
    assert await counter.house.store.read(lambda c: backlog(c, now=now)) == []


async def test_an_unsigned_message_is_refused(counter: Counter) -> None:
    answer = await counter.client.post("/hooks/shop", json={"type": "stock.changed", "ids": []})
    assert answer.status_code == 401


async def test_an_unknown_connection_is_not_found(counter: Counter) -> None:
    answer = await counter.client.post("/hooks/nobody", content=b"{}")
    assert answer.status_code == 404
    assert "nobody" in answer.json()["detail"]


async def test_a_message_over_a_mebibyte_is_refused_unread(counter: Counter) -> None:
    answer = await counter.client.post("/hooks/shop", content=b"x" * (MOST_BYTES + 1))
    assert answer.status_code == 413
