"""Messages to buyers: each once, visible when it cannot be, never for what was before."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable

import msgspec
import pytest

from panstore.engine.context import ORDERS
from panstore.engine.outbox import desk
from panstore.engine.outbox.desk import NotPossibleError
from panstore.engine.outbox.receipts import take_receipts
from panstore.engine.outbox.send import work_message
from panstore.model.ids import ConnectionId, RouteId
from panstore.model.message import Letter, MessageState, NewMessage, Receipt, Sent
from panstore.modules.p3_documents.settings import DocumentSettings
from panstore.sdk.modules import OrderCase, QueueMessages
from panstore.sdk.rules import Rule
from panstore.store import outbox
from panstore.store.facts import facts_of
from panstore.store.marks import due_marks
from panstore.store.orders import load_order
from panstore.testing.world import Scene
from panstore.testing.world.post import SimMailConnector
from tests.engine.buyers import MAILING, Buyers, counts
from tests.engine.house import P3, House

SHOP = RouteId("shop")
MAIL = ConnectionId("mail")


@pytest.fixture
async def buyers(make_house: Callable[..., House]) -> Buyers:
    return await Buyers.move_in(make_house, Scene())


async def test_an_order_s_invoice_and_delivery_note_are_mailed_once(buyers: Buyers) -> None:
    order = buyers.buy(2)
    await buyers.house.settle()
    [letter] = buyers.letters
    [row] = await buyers.rows()
    assert letter.key == row.id
    assert row.message.state == "sent"
    [page] = letter.attachments
    assert msgspec.json.decode(page.content)["number"] in letter.subject
    buyers.ship(order)
    await buyers.house.settle()
    assert [letter.key.split("/")[3] for letter in buyers.letters] == ["invoice", "delivery_note"]
    await buyers.house.restart()
    await buyers.house.settle()
    await buyers.judge()
    assert len(buyers.letters) == 2


async def test_the_shop_s_order_notes_what_was_mailed(buyers: Buyers) -> None:
    order = buyers.buy()
    await buyers.house.settle()
    entry = buyers.scene.shop.orders.get(order)
    assert entry is not None
    [note] = [one.note for one in entry.updates if one.note]
    assert "mailed to the buyer" in note
    facts = await buyers.house.store.read(lambda c: facts_of(c, SHOP, order))
    assert [fact.revision for fact in facts if fact.name == "noted"] == [1]
    assert await buyers.parked() == []


async def test_a_credit_note_of_a_cancelled_order_is_mailed_as_well(buyers: Buyers) -> None:
    order = buyers.buy()
    await buyers.house.settle()
    buyers.scene.shop.cancel(order)
    await buyers.house.settle()
    assert [letter.key.split("/")[3] for letter in buyers.letters] == ["invoice", "credit_note"]
    await buyers.judge()


async def test_a_new_address_is_not_mailed_what_the_old_one_has(buyers: Buyers) -> None:
    order = buyers.buy()
    await buyers.house.settle()
    buyers.give_address(order, "new@example.com")
    await buyers.house.settle()
    assert len(buyers.letters) == 1
    [row] = await buyers.rows()
    await desk.resend(buyers.house.engine.context, row.id)
    await buyers.house.settle()
    assert [letter.recipient for letter in buyers.letters][1] == "new@example.com"
    assert await buyers.states() == ["sent", "sent"]
    await buyers.judge()


async def test_without_an_address_nothing_is_mailed_and_everybody_sees_why(buyers: Buyers) -> None:
    buyers.buy(email=" ")
    await buyers.house.settle()
    [row] = await buyers.rows()
    assert (row.message.state, row.recipient, buyers.letters) == ("skipped", "", [])
    assert "no e-mail address" in row.message.note
    assert await buyers.parked() == []
    with pytest.raises(NotPossibleError, match="Nobody is known"):
        await desk.resend(buyers.house.engine.context, row.id)


async def test_what_was_before_p3_is_told_to_nobody(make_house: Callable[..., House]) -> None:
    buyers = await Buyers.move_in(make_house, Scene(), modules=MAILING - {P3})
    old = buyers.buy()
    await buyers.house.settle()
    buyers.house.modules = MAILING
    await buyers.house.restart()
    await buyers.house.settle()
    buyers.ship(old)
    await buyers.house.settle()
    assert buyers.letters == []
    buyers.scene.clock.advance(dt.timedelta(days=1).total_seconds())
    buyers.buy()
    await buyers.house.settle()
    assert len(buyers.letters) == 1


async def test_the_rule_and_the_switches_decide(make_house: Callable[..., House]) -> None:
    settings = DocumentSettings(rule=Rule("order.total > 100.0"), delivery_note=False)
    buyers = await Buyers.move_in(make_house, Scene(), p3_settings=settings)
    small, large = buyers.buy(1), buyers.buy(20)
    await buyers.house.settle()
    for order in (small, large):
        buyers.ship(order)
    await buyers.house.settle()
    assert [letter.key.split("/")[1] for letter in buyers.letters] == [large]


async def test_copies_go_to_the_company_as_mails_of_their_own(
    make_house: Callable[..., House],
) -> None:
    settings = DocumentSettings(copies_to=("archive@example.com",))
    buyers = await Buyers.move_in(make_house, Scene(), p3_settings=settings)
    buyers.buy()
    await buyers.house.settle()
    assert len({letter.recipient for letter in buyers.letters}) == 2
    assert [row.message.copy for row in await buyers.rows()].count(True) == 1
    await buyers.judge()


async def test_a_refused_mail_waits_for_a_person_and_goes_to_the_new_address(
    buyers: Buyers,
) -> None:
    buyers.post.server.refused.add("wrong@example.com")
    order = buyers.buy(email="wrong@example.com")
    await buyers.house.settle()
    [record] = await buyers.parked()
    assert (record.module, record.code) == (P3, "message.refused")
    assert "550" in record.reason
    assert "wrong@" not in record.reason
    buyers.give_address(order, "right@example.com")
    await buyers.house.settle()
    assert await buyers.house.engine.retry(record.id)
    await buyers.house.settle()
    assert [letter.recipient for letter in buyers.letters] == ["right@example.com"]
    assert await buyers.parked() == []


async def test_a_refused_mail_can_be_left(buyers: Buyers) -> None:
    buyers.scene.faults.script(MAIL, "send_mail", "rejected")
    buyers.buy()
    await buyers.house.settle()
    [record] = await buyers.parked()
    assert await buyers.house.engine.skip(record.id)
    await buyers.house.settle()
    assert await buyers.states() == ["skipped"]
    assert buyers.letters == []


async def test_a_server_that_takes_nothing_now_gets_it_later(buyers: Buyers) -> None:
    buyers.scene.faults.script(MAIL, "send_mail", "unavailable", "rate_limited", "auth")
    buyers.buy()
    await buyers.house.settle(most=2000)
    assert await buyers.states() == ["sent"]
    await buyers.judge()
    [row] = await buyers.rows()
    assert row.message.attempts == 4
    assert not row.message.maybe_twice


@pytest.mark.parametrize("kind", ["lost_before", "lost_after"])
async def test_a_lost_answer_is_sent_once_more_after_a_pause_and_says_so(
    buyers: Buyers, kind: str
) -> None:
    buyers.scene.faults.script(MAIL, "send_mail", kind)  # type: ignore[arg-type]
    buyers.buy()
    await buyers.house.settle()
    assert await buyers.states() == ["unknown"]
    before = len(buyers.letters)
    await buyers.house.settle()
    assert len(buyers.letters) == before, "not before the pause is over"
    buyers.scene.clock.advance(600)
    await buyers.house.settle()
    [row] = await buyers.rows()
    assert (row.message.state, row.message.maybe_twice) == ("sent", True)
    assert len({letter.key for letter in buyers.letters}) == 1
    assert len(buyers.letters) == (2 if kind == "lost_after" else 1)
    assert await buyers.parked() == []


async def test_a_second_lost_answer_asks_a_person(buyers: Buyers) -> None:
    buyers.scene.faults.script(MAIL, "send_mail", "lost_after", "lost_before")
    buyers.buy()
    await buyers.house.settle()
    buyers.scene.clock.advance(600)
    await buyers.house.settle()
    [record] = await buyers.parked()
    assert record.code == "message.unknown"
    assert len(buyers.letters) == 1
    buyers.scene.clock.advance(86400)
    await buyers.house.settle()
    assert len(buyers.letters) == 1
    assert await buyers.house.engine.retry(record.id)
    await buyers.house.settle()
    assert await buyers.states() == ["sent"]
    await buyers.judge()


async def test_by_setting_the_first_lost_answer_asks_a_person(
    make_house: Callable[..., House],
) -> None:
    settings = DocumentSettings(unknown="ask")
    buyers = await Buyers.move_in(make_house, Scene(), p3_settings=settings)
    buyers.scene.faults.script(MAIL, "send_mail", "lost_after")
    buyers.buy()
    await buyers.house.settle()
    [record] = await buyers.parked()
    assert record.code == "message.unknown"
    buyers.scene.clock.advance(86400)
    await buyers.house.settle()
    assert len(buyers.letters) == 1


async def test_ten_workers_send_one(buyers: Buyers) -> None:
    context = buyers.house.engine.context
    route = context.routes[SHOP]
    buyers.buy()
    await buyers.house.deliver()
    await buyers.house.look()
    for shard in range(context.options.order_shards):
        await buyers.house.engine._run(SHOP, ORDERS, shard)
    [mark] = await buyers.house.store.read(
        lambda c: due_marks(c, SHOP, P3, shard=0, now=context.clock.now(), limit=10)
    )
    await asyncio.gather(*(work_message(context, route, P3, mark) for _ in range(10)))
    assert len(buyers.letters) == 1
    await buyers.house.settle()
    assert len(buyers.letters) == 1
    [row] = await buyers.rows()
    assert (row.message.state, row.message.attempts) == ("sent", 1)


async def test_a_stopped_recipient_gets_nothing(buyers: Buyers) -> None:
    context = buyers.house.engine.context
    assert await desk.stop(context, "mail", "Stop@Example.com ", "asked for it")
    buyers.buy(email="stop@example.com")
    await buyers.house.settle()
    [row] = await buyers.rows()
    assert (row.message.state, buyers.letters) == ("stopped", [])
    assert "asked for it" in row.message.note
    assert await desk.allow(context, "mail", "stop@example.com")
    assert not await desk.allow(context, "mail", "stop@example.com")
    await desk.resend(context, row.id)
    await buyers.house.settle()
    assert len(buyers.letters) == 1


async def test_switched_off_with_messages_waiting_they_wait_until_it_is_on_again(
    buyers: Buyers,
) -> None:
    now = buyers.scene.clock.now()
    buyers.scene.faults.down(MAIL, now, now + dt.timedelta(hours=3))
    buyers.buy()
    for _ in range(20):
        await buyers.house.step()
    assert await buyers.states() == ["waiting"]
    buyers.house.modules = MAILING - {P3}
    await buyers.house.restart()
    for _ in range(100):
        await buyers.house.step(seconds=120)
    assert await buyers.states() == ["waiting"]
    assert buyers.letters == []
    buyers.house.modules = MAILING
    await buyers.house.restart()
    await buyers.house.settle()
    assert await buyers.states() == ["sent"]
    await buyers.judge()


async def test_a_printer_that_is_away_holds_up_mails_and_no_order(buyers: Buyers) -> None:
    now = buyers.scene.clock.now()
    buyers.scene.faults.down("print", now, now + dt.timedelta(minutes=30))
    order = buyers.buy()
    for _ in range(30):
        await buyers.house.step()
    stored = await buyers.house.store.read(lambda c: load_order(c, SHOP, order))
    assert stored is not None
    assert stored[0].state == "imported"
    assert await buyers.states() == ["waiting"]
    buyers.scene.clock.advance(1800)
    await buyers.house.settle(most=2000)
    await buyers.judge()
    assert len(buyers.letters) == 1


@pytest.mark.parametrize("kind", ["rejected"])
async def test_a_document_that_is_not_issued_any_more_waits_for_a_person(
    buyers: Buyers, kind: str
) -> None:
    buyers.scene.faults.script("erp", "document", kind)  # type: ignore[arg-type]
    buyers.buy()
    await buyers.house.settle()
    [record] = await buyers.parked()
    assert record.module == P3
    assert "could not be made" in record.reason
    assert await buyers.house.engine.retry(record.id)
    await buyers.house.settle()
    assert len(buyers.letters) == 1
    assert await buyers.parked() == []


async def test_receipts_count_early_late_and_twice(buyers: Buyers) -> None:
    context = buyers.house.engine.context

    async def hear(*receipts: Receipt) -> int:
        return await buyers.house.store.write(lambda c: take_receipts(c, context, MAIL, receipts))

    early = Receipt("queued-1", "delivered", "early")
    assert await hear(early) == 1
    assert await hear(early) == 0
    buyers.buy()
    await buyers.house.settle()
    assert await buyers.states() == ["delivered"]
    buyers.buy()
    await buyers.house.settle()
    assert await hear(Receipt("queued-2", "underway"), Receipt("queued-2", "failed", "full")) == 2
    assert await buyers.states() == ["delivered", "failed"]
    [record] = await buyers.parked()
    assert (record.code, "full" in record.reason) == ("message.failed", True)
    assert await hear(Receipt("queued-2", "delivered")) == 1
    assert await buyers.states() == ["delivered", "delivered"]
    assert await buyers.parked() == []
    assert await hear(Receipt("queued-1", "failed"), Receipt("nobody", "failed")) == 2
    assert await buyers.states() == ["delivered", "delivered"]


async def test_a_bounce_told_by_somebody_is_shown_and_retried(buyers: Buyers) -> None:
    context = buyers.house.engine.context
    buyers.buy()
    await buyers.house.settle()
    [row] = await buyers.rows()
    await desk.bounced(context, row.id, "mailbox full")
    [record] = await buyers.parked()
    assert "mailbox full" in record.reason
    with pytest.raises(NotPossibleError):
        await desk.bounced(context, row.id, "again")
    with pytest.raises(KeyError):
        await desk.bounced(context, "nothing", "")
    assert await buyers.house.engine.retry(record.id)
    await buyers.house.settle()
    assert sorted(counts(buyers.letters).values()) == [1, 1]
    assert await buyers.states() == ["failed", "sent"]


async def test_a_late_worker_s_hand_over_is_marked(buyers: Buyers) -> None:
    """It froze inside the call, was taken for dead, and its message was sent once more."""
    house = buyers.house
    buyers.scene.faults.script(MAIL, "send_mail", "lost_before")
    buyers.buy()
    await house.settle()
    [row] = await buyers.rows()
    buyers.scene.clock.advance(600)
    await house.settle()
    assert len(buyers.letters) == 1
    now = house.clock.now()
    mine = await house.store.write(
        lambda c: outbox.conclude(c, row.id, 1, "sent", now=now, note="", reference="late")
    )
    assert not mine, "the first attempt has lost its claim"
    [row] = await buyers.rows()
    assert row.message.reference == "queued-1"
    assert row.message.maybe_twice


async def test_a_frozen_worker_comes_back_after_another_has_sent_it(buyers: Buyers) -> None:
    """Its late hand-over cannot be called back; that it is there twice is known and shown."""
    context, post = buyers.house.engine.context, buyers.post
    frozen, awake = asyncio.Event(), asyncio.Event()
    plain: SimMailConnector = post.mailer

    class Freezing:
        """The first call hangs until it is woken."""

        id, capabilities = plain.id, plain.capabilities
        start, check, close = plain.start, plain.check, plain.close

        async def send_mail(self, letter: Letter) -> Sent:
            if not frozen.is_set():
                frozen.set()
                await awake.wait()
            return await plain.send_mail(letter)

    context.connectors = {**context.connectors, MAIL: Freezing()}
    buyers.buy()
    await buyers.house.deliver()
    await buyers.house.look()
    for shard in range(context.options.order_shards):
        await buyers.house.engine._run(SHOP, ORDERS, shard)
    [mark] = await buyers.house.store.read(
        lambda c: due_marks(c, SHOP, P3, shard=0, now=context.clock.now(), limit=10)
    )
    late = asyncio.create_task(work_message(context, context.routes[SHOP], P3, mark))
    await frozen.wait()
    for _ in range(2):
        buyers.scene.clock.advance(600)
        await buyers.house.settle()
    [row] = await buyers.rows()
    assert (row.message.state, row.message.attempts, len(buyers.letters)) == ("sent", 2, 1)
    awake.set()
    assert await late
    assert len(buyers.letters) == 2
    [row] = await buyers.rows()
    assert (row.message.state, row.message.maybe_twice) == ("sent", True)
    assert "two workers" in row.message.note
    await buyers.judge()


async def test_a_module_that_asks_for_what_is_there_does_not_hold_the_order_up(
    buyers: Buyers, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = NewMessage("mail", "invoice", "ana@example.com", "en", note="never to be sent")

    def stubborn(_case: OrderCase, _settings: DocumentSettings) -> QueueMessages:
        return QueueMessages((message,), "again")

    monkeypatch.setattr("panstore.modules.p3_documents.module.next_step", stubborn)
    order = buyers.buy()
    await buyers.house.settle()
    stored = await buyers.house.store.read(lambda c: load_order(c, SHOP, order))
    assert stored is not None
    assert stored[0].state == "imported"
    assert await buyers.states() == ["skipped"]
    assert await buyers.parked() == []


async def test_a_receipt_for_a_message_whose_worker_died_tells_that_it_is_out(
    buyers: Buyers,
) -> None:
    context, now = buyers.house.engine.context, buyers.house.clock.now()
    buyers.scene.faults.script(MAIL, "send_mail", "unavailable")
    buyers.buy()
    for _ in range(3):
        await buyers.house.step(seconds=0.1)
        if await buyers.states() == ["waiting"]:
            break
    [row] = await buyers.rows()
    attempts = row.message.attempts
    await buyers.house.store.write(
        lambda c: outbox.claim(c, row.id, seen="waiting", attempts=attempts, now=now)
    )
    heard = Receipt(row.id, "delivered")
    await buyers.house.store.write(lambda c: take_receipts(c, context, MAIL, [heard]))
    assert await buyers.states() == ["sending"]
    buyers.scene.clock.advance(300)
    await buyers.house.settle()
    assert await buyers.states() == ["delivered"]
    assert buyers.letters == []


async def test_what_a_person_left_and_is_out_after_all_is_told_so(buyers: Buyers) -> None:
    context = buyers.house.engine.context
    plain = buyers.post.mailer

    class Slow:
        """A person leaves the message while it is being handed over."""

        id, capabilities = plain.id, plain.capabilities
        start, check, close = plain.start, plain.check, plain.close

        async def send_mail(self, letter: Letter) -> Sent:
            sent = await plain.send_mail(letter)
            now = buyers.house.clock.now()
            seen: tuple[MessageState, ...] = ("sending",)
            await buyers.house.store.write(
                lambda c: outbox.set_state(c, letter.key, "skipped", seen=seen, now=now)
            )
            return sent

    context.connectors = {**context.connectors, MAIL: Slow()}
    buyers.buy()
    await buyers.house.settle()
    [row] = await buyers.rows()
    assert (row.message.state, "after all" in row.message.note) == ("sent", True)
    await buyers.judge()
