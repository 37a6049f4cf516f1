"""SMS to buyers: each once whoever asks, never in the night, never over the day's money."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from panstore.engine.context import ORDERS
from panstore.engine.outbox.desk import NotPossibleError, leave, resend
from panstore.engine.outbox.on_demand import preview, send_on_demand, templates_of
from panstore.engine.outbox.receipts import take_receipts
from panstore.engine.outbox.send import work_message
from panstore.engine.outbox.shown import tell_message
from panstore.model.ids import ConnectionId, ExternalId, RouteId
from panstore.model.message import Receipt, Text
from panstore.modules.p4_sms.settings import SmsSettings
from panstore.store.marks import due_marks
from panstore.testing.world import Scene
from tests.engine.buyers import Buyers
from tests.engine.house import P1, P2, P4, S1, S2, S4, House

SHOP, SMS = RouteId("shop"), ConnectionId("sms")
NUMBER = "+38640123456"
TELLING = frozenset({S1, S2, S4, P1, P2, P4})


class Callers(Buyers):
    """Buyers with a telephone."""

    @property
    def texts(self) -> list[Text]:
        """All that the provider has taken."""
        return self.post.provider.texts

    def call(self, phone: str = "040 123 456") -> ExternalId:
        """Somebody with that number buys and pays."""
        order = self.buy()
        self.give_number(order, phone)
        return order

    def give_number(self, order: ExternalId, phone: str) -> None:
        entry = self.scene.shop.orders.get(order)
        assert entry is not None
        customer = replace(entry.order.customer, phone=phone)
        self.scene.shop.put(replace(entry.order, customer=customer))


async def callers(
    make_house: Callable[..., House], *events: str, scene: Scene | None = None, **values: Any
) -> Callers:
    settings = SmsSettings.model_validate({"consent": "true", "events": events, **values})
    moved = await Callers.move_in(
        make_house, scene or Scene(), modules=TELLING, p4_settings=settings
    )
    assert isinstance(moved, Callers)
    return moved


@pytest.fixture
async def people(make_house: Callable[..., House]) -> Callers:
    return await callers(make_house, "dispatched")


async def test_a_parcel_that_leaves_is_told_once_with_its_number(people: Callers) -> None:
    order = people.call()
    await people.house.settle()
    assert people.texts == []
    people.ship(order)
    await people.house.settle()
    await people.house.restart()
    await people.house.settle()
    [text] = people.texts
    assert (text.recipient, text.parts) == (NUMBER, 1)
    assert f"W{order}" in text.text
    [row] = await people.rows()
    assert (row.message.state, row.message.parts, row.module) == ("sent", 1, P4)


async def test_ten_workers_send_one(make_house: Callable[..., House]) -> None:
    people = await callers(make_house, "order_received")
    context = people.house.engine.context
    people.call()
    await people.house.deliver()
    await people.house.look()
    for shard in range(context.options.order_shards):
        await people.house.engine._run(SHOP, ORDERS, shard)
    [mark] = await people.house.store.read(
        lambda c: due_marks(c, SHOP, P4, shard=0, now=context.clock.now(), limit=10)
    )
    route = context.routes[SHOP]
    await asyncio.gather(*(work_message(context, route, P4, mark) for _ in range(10)))
    assert len(people.texts) == 1
    await people.house.settle()
    [row] = await people.rows()
    assert (len(people.texts), row.message.state, row.message.attempts) == (1, "sent", 1)


@pytest.mark.parametrize("kind", ["lost_before", "lost_after"])
async def test_a_lost_answer_asks_a_person_at_once(
    make_house: Callable[..., House], kind: Any
) -> None:
    people = await callers(make_house, "order_received")
    people.scene.faults.script(SMS, "send_text", kind)
    people.call()
    await people.house.settle()
    people.scene.clock.advance(86400)
    await people.house.settle()
    [record] = await people.parked()
    assert (record.module, record.code) == (P4, "message.unknown")
    assert NUMBER not in record.reason
    assert len(people.texts) == (1 if kind == "lost_after" else 0)
    assert await people.house.engine.skip(record.id)
    assert await people.states() == ["skipped"]


@pytest.mark.parametrize("by", ["skip", "leave", "resend"])
async def test_what_is_left_in_doubt_is_called_so_and_its_money_counts_for_the_day(
    make_house: Callable[..., House], by: str
) -> None:
    people = await callers(make_house, "order_received", price_per_part="0.05", most_per_day="0.05")
    people.scene.faults.script(SMS, "send_text", "lost_after")
    people.call()
    await people.house.settle()
    [record] = await people.parked()
    context, store = people.house.engine.context, people.house.store
    if by == "skip":
        assert await people.house.engine.skip(record.id)
    elif by == "leave":
        await leave(context, record.key, "we called her")
    else:
        await resend(context, record.key)
    told = await store.read(lambda c: tell_message(c, record.key))
    assert told is not None
    assert (told.state, told.says) == ("skipped", "left in doubt: it may have been sent")
    people.call()
    await people.house.settle()
    assert len(people.texts) == 1
    assert [one.code for one in await people.parked()] == ["sms.day_cap"]


async def test_what_was_certainly_not_sent_is_not_called_in_doubt(people: Callers) -> None:
    people.scene.faults.script(SMS, "send_text", "rejected")
    order = people.call()
    await people.house.settle()
    people.ship(order)
    await people.house.settle()
    [record] = await people.parked()
    assert await people.house.engine.skip(record.id)
    told = await people.house.store.read(lambda c: tell_message(c, record.key))
    assert told is not None
    assert (told.state, told.says) == ("skipped", "not sent")


async def test_a_receipt_resolves_a_lost_answer(make_house: Callable[..., House]) -> None:
    people = await callers(make_house, "order_received")
    context = people.house.engine.context
    people.scene.faults.script(SMS, "send_text", "lost_after")
    people.call()
    await people.house.settle()
    [row] = await people.rows()
    assert (row.message.state, row.message.parts) == ("unknown", 1)
    heard = [Receipt(row.id, "delivered")]
    await people.house.store.write(lambda c: take_receipts(c, context, SMS, heard))
    assert await people.states() == ["delivered"]
    assert await people.parked() == []
    people.scene.clock.advance(86400)
    await people.house.settle()
    assert len(people.texts) == 1


async def test_a_landline_is_seen_and_not_parked(people: Callers) -> None:
    order = people.call("01 234 56 78")
    await people.house.settle()
    people.ship(order)
    await people.house.settle()
    [row] = await people.rows()
    assert row.message.state == "skipped"
    assert "landline" in row.message.note
    assert (people.texts, await people.parked()) == ([], [])
    with pytest.raises(NotPossibleError):
        await resend(people.house.engine.context, row.id)
    people.give_number(order, "040 123 456")
    await people.house.settle()
    await resend(people.house.engine.context, row.id)
    await people.house.settle()
    assert [one.recipient for one in people.texts] == [NUMBER]


async def test_nobody_is_woken_and_what_was_cancelled_meanwhile_is_left(
    make_house: Callable[..., House],
) -> None:
    scene = Scene()
    people = await callers(
        make_house, "order_received", "cancelled", scene=scene, quiet="08:00-20:00"
    )
    order = people.call()
    gone = people.call()
    await people.house.settle()
    assert people.texts == []
    assert await people.states() == ["waiting", "waiting"]
    scene.shop.cancel(gone)
    await people.house.settle()
    scene.clock.advance(11 * 3600)
    await people.house.settle()
    told = {(one.key.split("/")[1], one.key.split("/")[3]) for one in people.texts}
    assert told == {(order, "order_received"), (gone, "cancelled")}
    assert sorted(await people.states()) == ["sent", "sent", "skipped"]


async def test_what_is_over_the_day_s_money_waits_for_the_next_day(
    make_house: Callable[..., House],
) -> None:
    people = await callers(make_house, "order_received", price_per_part="0.05", most_per_day="0.10")
    for _ in range(4):
        people.call()
    await people.house.settle()
    assert len(people.texts) == 2
    rows = await people.rows()
    assert sorted(row.message.price for row in rows) == ["", "", "0.05 EUR", "0.05 EUR"]
    [record] = await people.parked()
    assert (record.code, record.key) == ("sms.day_cap", "day-cap")
    # Without more money nothing changes; the record is there again.
    assert await people.house.engine.retry(record.id)
    await people.house.settle()
    assert len(people.texts) == 2
    [record] = await people.parked()
    people.scene.clock.advance(24 * 3600)
    await people.house.settle()
    assert len(people.texts) == 4
    assert await people.parked() == []
    await people.house.settle()
    assert len({one.key for one in people.texts}) == 4


async def test_with_more_money_what_waits_goes_out_now(make_house: Callable[..., House]) -> None:
    people = await callers(make_house, "order_received", price_per_part="0.05", most_per_day="0.05")
    people.call()
    people.call()
    await people.house.settle()
    assert len(people.texts) == 1
    people.house.p4_settings = people.house.p4_settings.model_copy(
        update={"most_per_day": Decimal(5)}
    )
    await people.house.restart()
    [record] = await people.parked()
    assert await people.house.engine.retry(record.id)
    await people.house.settle()
    assert len(people.texts) == 2
    assert await people.parked() == []


async def test_on_demand_it_is_shown_first_and_sent_once_unless_asked_again(
    make_house: Callable[..., House],
) -> None:
    texts = {
        "pick_me": {"sl": "Naročilo {{ order.number }} čaka.", "en": "{{ order.number }} waits."}
    }
    people = await callers(make_house, texts=texts, price_per_part="0.05")
    order = people.call()
    await people.house.settle()
    context = people.house.engine.context
    names = [one.name for one in templates_of(context.routes[SHOP])]
    assert "pick_me" in names
    shown = await preview(context, SHOP, order, "pick_me")
    assert (shown.parts, shown.price, shown.problem) == (1, "0.05 EUR", "")
    assert shown.recipient.startswith("+386")
    assert "123" not in shown.recipient
    assert people.texts == []
    asked = await send_on_demand(context, SHOP, order, "pick_me")
    with pytest.raises(NotPossibleError, match=r"waits to be sent .* ask for it again"):
        await send_on_demand(context, SHOP, order, "pick_me")
    await people.house.settle()
    assert [one.key for one in people.texts] == [asked.id]
    with pytest.raises(NotPossibleError, match="is sent"):
        await send_on_demand(context, SHOP, order, "pick_me")
    again = await send_on_demand(context, SHOP, order, "pick_me", again=True)
    await people.house.settle()
    assert [one.key for one in people.texts] == [asked.id, again.id]
    with pytest.raises(NotPossibleError, match="no template 'other'"):
        await preview(context, SHOP, order, "other")
    with pytest.raises(KeyError):
        await preview(context, SHOP, "999", "pick_me")


async def test_ten_people_who_ask_at_once_send_one(people: Callers) -> None:
    order = people.call()
    await people.house.settle()
    context = people.house.engine.context
    done = await asyncio.gather(
        *(send_on_demand(context, SHOP, order, "paid") for _ in range(10)), return_exceptions=True
    )
    assert sum(not isinstance(one, BaseException) for one in done) == 1
    await people.house.settle()
    assert len(people.texts) == 1


async def test_without_consent_nothing_is_sent_on_demand_either(
    make_house: Callable[..., House],
) -> None:
    people = await callers(make_house, consent='"sms" in order.tags')
    order = people.call()
    await people.house.settle()
    context = people.house.engine.context
    with pytest.raises(NotPossibleError, match="has not agreed"):
        await send_on_demand(context, SHOP, order, "paid")
    shown = await preview(context, SHOP, order, "paid")
    assert "has not agreed" in shown.problem
    assert shown.text


async def test_a_text_that_is_too_long_waits_for_a_person(make_house: Callable[..., House]) -> None:
    texts = {"order_received": {"sl": "š" * 300, "en": "š" * 300}}
    people = await callers(make_house, "order_received", texts=texts)
    people.call()
    await people.house.settle()
    [record] = await people.parked()
    assert record.code == "sms.too_long"
    assert "most_parts" in record.reason
    assert people.texts == []


async def test_a_route_without_p4_sends_none(make_house: Callable[..., House]) -> None:
    people = await Buyers.move_in(make_house, Scene(), modules=TELLING - {P4})
    context = people.house.engine.context
    assert templates_of(context.routes[SHOP]) == ()
    with pytest.raises(NotPossibleError, match="switch P4 on"):
        await send_on_demand(context, SHOP, "1", "paid")
