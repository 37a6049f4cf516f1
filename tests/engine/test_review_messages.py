"""Messages in doubt: what is heard or decided in the very moment in which they are written down."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Literal

import pytest
import sqlalchemy as sa

from panstore.engine import metrics
from panstore.engine.outbox import desk
from panstore.engine.outbox.receipts import apply_early, take_receipts
from panstore.model.ids import ConnectionId, RouteId
from panstore.model.message import Letter, Receipt, Sent
from panstore.modules.p3_documents.settings import DocumentSettings
from panstore.sdk.errors import OutcomeUnknownError
from panstore.store import outbox
from panstore.store.audit import Entry, latest
from panstore.testing.world import Scene
from tests.engine.buyers import Buyers
from tests.engine.house import P3, House, Killed

SHOP = RouteId("shop")
MAIL = ConnectionId("mail")


@pytest.fixture
async def buyers(make_house: Callable[..., House]) -> Buyers:
    return await Buyers.move_in(make_house, Scene())


async def test_a_receipt_that_came_before_the_answer_counts_whenever_we_end(
    buyers: Buyers, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = buyers.house.engine.context
    early = [Receipt("queued-1", "failed", "full")]
    await buyers.house.store.write(lambda c: take_receipts(c, context, MAIL, early))

    def end(entries: list[Entry]) -> None:
        if any(one.outcome == "sent" for one in entries):
            raise Killed("right after the answer was written down")

    with monkeypatch.context() as patched:
        patched.setattr(metrics, "observe", end)
        buyers.buy()
        with pytest.raises(Killed):
            await buyers.house.settle()
    await buyers.house.restart()
    await buyers.house.settle()
    assert await buyers.states() == ["failed"]
    [record] = await buyers.parked()
    assert record.code == "message.failed"


async def test_a_receipt_that_comes_in_the_moment_of_recording_counts(buyers: Buyers) -> None:
    context, now, store = buyers.house.engine.context, buyers.scene.clock.now(), buyers.house.store
    buyers.scene.faults.script(MAIL, "send_mail", "lost_after")
    buyers.buy()
    await buyers.house.settle()
    [row] = await buyers.rows()
    written, heard = threading.Event(), threading.Event()

    def record(connection: sa.Connection) -> None:
        outbox.conclude(connection, row.id, 1, "sent", now=now, reference="queued-1")
        apply_early(connection, context, context.routes[SHOP], MAIL, row.id)
        written.set()
        heard.wait(0.5)

    def hear(connection: sa.Connection) -> None:
        take_receipts(connection, context, MAIL, [Receipt("queued-1", "delivered")])

    recording = asyncio.create_task(store.write(record))
    await asyncio.to_thread(written.wait)
    await store.write(hear)
    heard.set()
    await recording
    assert await buyers.states() == ["delivered"]


async def test_what_a_person_sends_anew_while_it_is_in_doubt_goes_out_by_itself_no_more(
    buyers: Buyers,
) -> None:
    context = buyers.house.engine.context
    buyers.scene.faults.script(MAIL, "send_mail", "lost_after")
    buyers.buy()
    await buyers.house.settle()
    [row] = await buyers.rows()
    assert row.message.state == "unknown"
    await desk.resend(context, row.id)
    await buyers.house.settle()
    buyers.scene.clock.advance(600)
    await buyers.house.settle()
    await buyers.house.restart()
    await buyers.house.settle()
    assert len(buyers.letters) == 2
    first, _ = await buyers.rows()
    assert first.message.maybe_twice
    assert "may be out" in first.message.note
    assert await buyers.parked() == []


@pytest.mark.parametrize("decided", ["retry", "skip"])
async def test_what_has_arrived_is_neither_sent_again_nor_called_left(
    buyers: Buyers, decided: str
) -> None:
    context, engine = buyers.house.engine.context, buyers.house.engine
    buyers.scene.faults.script(MAIL, "send_mail", "lost_after", "lost_before")
    buyers.buy()
    await buyers.house.settle()
    buyers.scene.clock.advance(600)
    await buyers.house.settle()
    [record] = await buyers.parked()
    assert await (engine.retry if decided == "retry" else engine.skip)(record.id)
    heard = [Receipt(record.key, "delivered")]
    await buyers.house.store.write(lambda c: take_receipts(c, context, MAIL, heard))
    await buyers.house.settle()
    assert await buyers.states() == ["delivered"]
    assert len(buyers.letters) == 1


@pytest.mark.parametrize("unknown", ["once_more", "ask"])
async def test_a_receipt_that_came_while_the_answer_was_awaited_counts(
    make_house: Callable[..., House], unknown: Literal["once_more", "ask"]
) -> None:
    settings = DocumentSettings(unknown=unknown)
    buyers = await Buyers.move_in(make_house, Scene(), p3_settings=settings)
    context, plain = buyers.house.engine.context, buyers.post.mailer

    class Mute:
        """The provider delivers and tells so, but its answer does not come."""

        id, capabilities = plain.id, plain.capabilities
        start, check, close = plain.start, plain.check, plain.close

        async def send_mail(self, letter: Letter) -> Sent:
            await plain.send_mail(letter)
            heard = [Receipt(letter.key, "delivered")]
            await buyers.house.store.write(lambda c: take_receipts(c, context, MAIL, heard))
            raise OutcomeUnknownError(MAIL, "send mail", "no answer")

    context.connectors = {**context.connectors, MAIL: Mute()}
    buyers.buy()
    await buyers.house.settle()
    buyers.scene.clock.advance(600)
    await buyers.house.settle()
    assert await buyers.states() == ["delivered"]
    assert len(buyers.letters) == 1
    assert await buyers.parked() == []


async def test_a_buyer_who_has_the_address_of_the_copy_by_now_is_told_so_in_words(
    make_house: Callable[..., House],
) -> None:
    settings = DocumentSettings(copies_to=("office@example.com",))
    buyers = await Buyers.move_in(make_house, Scene(), p3_settings=settings)
    context = buyers.house.engine.context
    order = buyers.buy()
    await buyers.house.settle()
    rows = {row.message.copy: row for row in await buyers.rows()}
    sent_anew = await desk.resend(context, rows[True].id)
    buyers.give_address(order, "office@example.com")
    await buyers.house.settle()
    with pytest.raises(desk.NotPossibleError, match="in the outbox already") as raised:
        await desk.resend(context, rows[False].id)
    assert sent_anew in str(raised.value)
    # The same where the mail came back and the record is retried.
    await desk.bounced(context, rows[False].id, "no such mailbox")
    [record] = await buyers.parked()
    assert await buyers.house.engine.retry(record.id)
    [record] = await buyers.parked()
    assert (record.code, sent_anew in record.reason) == ("message.impossible", True)
    assert len(await buyers.rows()) == 3


@pytest.mark.parametrize("where", ["compose", "send_mail"])
async def test_a_fault_that_names_the_buyer_is_told_without_him(
    buyers: Buyers, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    order = buyers.buy()
    entry = buyers.scene.shop.orders.get(order)
    assert entry is not None
    customer = entry.order.customer
    assert customer.name

    def fails(*_: object) -> None:
        raise KeyError(f"nothing for {customer.name}, {customer.email}")

    module, _ = buyers.house.engine.context.routes[SHOP].message_modules[P3]
    spoilt = type(module) if where == "compose" else type(buyers.post.mailer)
    monkeypatch.setattr(spoilt, where, fails)
    await buyers.house.settle()
    [row] = await buyers.rows()
    told = [row.message.note, *(record.reason for record in await buyers.parked())]
    buyers.scene.clock.advance(600)
    await buyers.house.settle()
    [row] = await buyers.rows()
    told += [row.message.note, *(record.reason for record in await buyers.parked())]
    told += [one.reason for one in await buyers.house.store.read(lambda c: latest(c, limit=1000))]
    assert "nothing for (...)" in told[0]
    for text in told:
        assert customer.name not in text
        assert customer.email not in text
