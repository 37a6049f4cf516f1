"""What the shop is told of an order: once, all of it or nothing, and nothing it must not do."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest

from panstore.connectors.woocommerce.client import WooClient
from panstore.connectors.woocommerce.map.order_words import STAGES, UNPAID, OrderWords
from panstore.connectors.woocommerce.map.orders import order as translate
from panstore.connectors.woocommerce.map.updates import (
    DOCUMENTS,
    INVOICES,
    KEYS,
    PARCELS,
    TRACKING,
)
from panstore.connectors.woocommerce.order_updates import OrderUpdates
from panstore.model.ids import ConnectionId, ExternalId, OrderKey
from panstore.model.shipment import Shipment, ShippedGoods
from panstore.sdk.errors import NotFoundError, OutcomeUnknownError, RejectedError
from panstore.sdk.order_roles import DocumentLink, OrderUpdate
from panstore.testing.proxy import FaultProxy, Injection
from tests.connectors.woocommerce.desk import Desk
from tests.connectors.woocommerce.order_recordings import encoded

SHOP = ConnectionId("shop")


@pytest.fixture
def updates(client: WooClient) -> OrderUpdates:
    return OrderUpdates(SHOP, client, lambda: STAGES)


def update(order: int, status: str | None = None, revision: int = 1, note: str = "") -> OrderUpdate:
    goods = (ShippedGoods(ExternalId("13"), Decimal(1)),)
    parcel = Shipment(
        ExternalId(f"D{revision}"),
        f"PAR-{revision}",
        "shipped",
        goods,
        carrier="Post",
        tracking=f"T-{revision}",
    )
    key = OrderKey(f"shop/{order}/tell/{revision}")
    invoices = (f"INV-{revision}",)
    return OrderUpdate(key, ExternalId(str(order)), status, (parcel,), invoices, note)


def fields(desk: Desk, order: int) -> dict[str, Any]:
    document = desk.call("GET", f"orders/{order}")
    told = {entry["key"]: entry["value"] for entry in document["meta_data"]}
    return {"status": document["status"], **{key: one for key, one in told.items() if "pan" in key}}


def notes(desk: Desk, order: int) -> list[str]:
    return [one["note"] for one in desk.call("GET", f"orders/{order}/notes")]


async def test_all_is_told_in_one_write_and_a_note(updates: OrderUpdates, desk: Desk) -> None:
    order = desk.order()
    assert desk.call("GET", f"orders/{order}")["date_paid"]
    before = len(desk.shop.log)
    assert await updates.tell(update(order, "completed", note="Sent & packed")) == "completed"
    asked = [request.method for request in list(desk.shop.log)[before:]]
    assert asked == ["GET", "PUT", "POST"]
    assert fields(desk, order) == {
        "status": "completed",
        KEYS: json.dumps([f"shop/{order}/tell/1"]),
        INVOICES: "INV-1",
        PARCELS: "PAR-1 (Post T-1)",
        TRACKING: "T-1",
    }
    assert "Sent & packed" in notes(desk, order)


async def test_a_second_update_comes_on_top(updates: OrderUpdates, desk: Desk) -> None:
    order = desk.order()
    for revision in (1, 2):
        await updates.tell(update(order, None, revision))
    told = fields(desk, order)
    assert (told["status"], told[INVOICES], told[TRACKING]) == (
        "processing",
        "INV-1, INV-2",
        "T-1, T-2",
    )


async def test_told_again_it_is_told_once(updates: OrderUpdates, desk: Desk) -> None:
    order = desk.order()
    wanted = update(order, "completed", note="Sent")
    await asyncio.gather(*(updates.tell(wanted) for _ in range(3)))
    assert fields(desk, order)[INVOICES] == "INV-1"
    assert notes(desk, order).count("Sent") == 1


async def test_two_updates_with_the_same_words_are_two_notes(
    updates: OrderUpdates, desk: Desk
) -> None:
    order = desk.order()
    for revision in (1, 2):
        await updates.tell(update(order, None, revision, note="Partly sent"))
    assert notes(desk, order).count("Partly sent") == 2


async def test_an_order_is_not_taken_up_again(updates: OrderUpdates, desk: Desk) -> None:
    for closed, wanted in (("cancelled", "processing"), ("completed", "on-hold")):
        order = desk.order()
        desk.edit(order, status=closed)
        with pytest.raises(RejectedError, match=f"it is '{closed}' in the shop by now") as caught:
            await updates.tell(update(order, wanted, note="Sent"))
        assert caught.value.code == "impossible_transition"
        assert fields(desk, order) == {"status": closed}
        assert "Sent" not in notes(desk, order)


async def test_what_ends_an_order_may_follow_what_ended_it(
    updates: OrderUpdates, desk: Desk
) -> None:
    for closed, wanted in (("cancelled", "refunded"), ("completed", "cancelled")):
        order = desk.order()
        desk.edit(order, status=closed)
        assert await updates.tell(update(order, wanted)) == wanted


async def test_a_status_the_shop_has_not_is_refused_whole(
    updates: OrderUpdates, desk: Desk
) -> None:
    order = desk.order()
    with pytest.raises(RejectedError, match="Choose a status the shop has") as caught:
        await updates.tell(update(order, "packed"))
    assert (caught.value.code, caught.value.field) == ("impossible_transition", "status")
    assert fields(desk, order) == {"status": "processing"}


async def test_an_order_that_is_not_there_is_an_error(updates: OrderUpdates) -> None:
    for id_ in ("99999999", "abc"):
        wanted = OrderUpdate(OrderKey("k"), ExternalId(id_), "completed")
        with pytest.raises(NotFoundError):
            await updates.tell(wanted)


async def test_what_a_person_wrote_into_the_field_of_keys_is_replaced(
    updates: OrderUpdates, desk: Desk
) -> None:
    order = desk.order(meta_data=[{"key": KEYS, "value": "nonsense"}])
    await updates.tell(update(order))
    assert fields(desk, order)[KEYS] == json.dumps([f"shop/{order}/tell/1"])


async def test_a_note_that_was_not_taken_is_written_the_next_time(
    updates: OrderUpdates, desk: Desk, proxy: FaultProxy
) -> None:
    order = desk.order()
    wanted = update(order, "completed", note="Sent")
    busy = Injection("status", status=503, retry_after=1)
    proxy.script(busy, only=lambda request: "/notes" in request.path)
    with pytest.raises(OutcomeUnknownError, match="all but its note was told"):
        await updates.tell(wanted)
    assert "Sent" not in notes(desk, order)
    assert await updates.tell(wanted) == "completed"
    assert notes(desk, order).count("Sent") == 1


async def test_a_lost_reply_doubles_nothing(
    updates: OrderUpdates, desk: Desk, proxy: FaultProxy
) -> None:
    for what in ("PUT", "POST"):
        order = desk.order()
        wanted = update(order, "completed", note="Sent")
        proxy.script(Injection("lost"), only=lambda request, m=what: request.method == m)  # type: ignore[misc]
        with pytest.raises(OutcomeUnknownError):
            await updates.tell(wanted)
        assert await updates.tell(wanted) == "completed"
        assert fields(desk, order)[INVOICES] == "INV-1"
        assert notes(desk, order).count("Sent") == 1


async def test_what_there_is_nothing_of_is_not_written(updates: OrderUpdates, desk: Desk) -> None:
    order = desk.order()
    parcel = Shipment(ExternalId("D1"), "PAR-1", "shipped")
    bare = OrderUpdate(OrderKey("k"), ExternalId(str(order)), shipments=(parcel,))
    assert await updates.tell(bare) == "processing"
    assert fields(desk, order) == {"status": "processing", KEYS: '["k"]', PARCELS: "PAR-1"}


async def test_an_order_that_only_our_word_made_paid_is_not_paid(
    updates: OrderUpdates, desk: Desk
) -> None:
    transfer = desk.order(status="on-hold", payment_method="bacs")
    delivery = desk.order(status="processing", payment_method="cod")
    paid = desk.order(status="processing", payment_method="bacs")
    for order in (transfer, delivery, paid):
        assert await updates.tell(update(order, "completed")) == "completed"
    documents = [desk.call("GET", f"orders/{order}") for order in (transfer, delivery, paid)]
    assert all(document["date_paid"] for document in documents)
    read = [translate(encoded(document), OrderWords()) for document in documents]
    assert [order.is_paid for order in read] == [False, True, True]
    assert read[0].payments[0].paid == 0
    key = next(one for one in documents[0]["meta_data"] if one["key"] == UNPAID)
    desk.edit(transfer, meta_data=[{"id": key["id"], "key": UNPAID, "value": None}])
    again = translate(encoded(desk.call("GET", f"orders/{transfer}")), OrderWords())
    assert again.is_paid, "a person said that the money came"


async def test_links_to_documents_come_on_top_of_each_other(
    updates: OrderUpdates, desk: Desk
) -> None:
    order = desk.order()
    for revision in (1, 2, 2):
        link = DocumentLink("invoice", f"INV-{revision}", f"https://erp.example/d/{revision}")
        key = OrderKey(f"shop/{order}/note/{revision}")
        await updates.tell(OrderUpdate(key, ExternalId(str(order)), links=(link,)))
    told = json.loads(fields(desk, order)[DOCUMENTS])
    assert [(one["kind"], one["number"]) for one in told] == [
        ("invoice", "INV-1"),
        ("invoice", "INV-2"),
    ]
    assert told[0]["url"] == "https://erp.example/d/1"
    spoiled = {"key": DOCUMENTS, "value": "somebody wrote here"}
    desk.call("PUT", f"orders/{order}", {"meta_data": [spoiled]})
    last = DocumentLink("credit_note", "CN-1", "https://erp.example/d/3")
    key = OrderKey(f"shop/{order}/note/3")
    await updates.tell(OrderUpdate(key, ExternalId(str(order)), links=(last,)))
    assert [one["number"] for one in json.loads(fields(desk, order)[DOCUMENTS])] == ["CN-1"]
