"""The outbox: each message once, of many workers one has it, and a late one changes nothing."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from panstore.model.ids import ConnectionId, ExternalId, ModuleCode, OrderKey, RouteId
from panstore.model.message import DocumentRef, MessageState, NewMessage, Receipt
from panstore.store import outbox, receipts
from panstore.store.database import Store
from panstore.store.marks import mark
from panstore.store.module_starts import note_starts, starts_of
from panstore.store.outbox import OutboxRow
from panstore.store.tables import installation, payloads

SHOP, P3 = RouteId("shop"), ModuleCode("P3")
MAIL = ConnectionId("mail")
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(minutes=5)
PAPER = DocumentRef("invoice", OrderKey("shop/1/order/1"), ExternalId("17"), "2026-1")


def new(**changes: Any) -> NewMessage:
    given: dict[str, Any] = {
        "channel": "mail",
        "purpose": "invoice",
        "recipient": "Ana@Example.com",
        "language": "sl",
        "subject": "17",
        "document": PAPER,
    }
    return NewMessage(**given | changes)


def put(store: Store, message: NewMessage, order: str = "1") -> tuple[str, bool]:
    id_ = store._read(lambda c: outbox.id_of(c, ConnectionId("shop"), order, message))

    def work(connection: sa.Connection) -> bool:
        return outbox.put(
            connection,
            message,
            id_=id_,
            route=SHOP,
            order_id=order,
            module=P3,
            payload=f"to-{id_}",
            now=NOON,
        )

    return id_, store.run(work)


def digest_of(store: Store, channel: Any, recipient: str) -> str:
    return store._read(lambda c: outbox.digest_of(c, channel, recipient))


def found(store: Store, id_: str) -> OutboxRow:
    row = store._read(lambda c: outbox.find_message(c, id_))
    assert row is not None
    return row


def claimed(
    store: Store, id_: str, seen: MessageState = "waiting", attempts: int = 0
) -> int | None:
    return store.run(lambda c: outbox.claim(c, id_, seen=seen, attempts=attempts, now=NOON))


def test_a_message_is_put_there_once_and_told_whole(store: Store) -> None:
    wanted = new(not_before=LATER, not_after=LATER, copy=True)
    id_, fresh = put(store, wanted)
    assert (fresh, put(store, wanted)) == (True, (id_, False))
    row = found(store, id_)
    assert (row.route, row.order_id, row.module, row.sending_at) == (SHOP, "1", P3, None)
    told = row.message
    assert (told.state, told.document, told.copy) == ("waiting", PAPER, True)
    assert (told.queued_at, told.due_at, told.not_after) == (NOON, LATER, LATER)
    assert store._read(lambda c: outbox.recipient_of(c, row)) == "Ana@Example.com"
    assert "ana" not in id_.lower()
    kept = store._read(lambda c: c.execute(sa.select(sa.func.count(payloads.c.id))).scalar_one())
    assert kept == 1
    assert store._read(lambda c: outbox.find_message(c, "nothing")) is None


def test_the_id_tells_apart_what_are_two_messages(store: Store) -> None:
    shop = ConnectionId("shop")
    ids = {
        store._read(lambda c, o=order, m=message: outbox.id_of(c, shop, o, m))  # type: ignore[misc]
        for order, message in (
            ("1", new()),
            ("1", new(recipient=" ana@example.COM")),
            ("2", new()),
            ("1", new(again=1)),
            ("1", new(subject="18")),
            ("1", new(purpose="credit_note")),
            ("1", new(recipient="bor@example.com")),
            ("1", new(channel="sms")),
            ("1", new(recipient="")),
        )
    }
    assert len(ids) == 8


def test_a_message_nobody_can_get_is_there_to_be_seen(store: Store) -> None:
    id_, fresh = put(store, new(recipient="", note="no address"))
    row = found(store, id_)
    assert (fresh, row.message.state, row.message.note) == (True, "skipped", "no address")
    assert (row.recipient, row.payload, row.message.ended_at) == ("", "", NOON)
    assert store._read(lambda c: outbox.recipient_of(c, row)) is None


def test_of_ten_workers_one_has_it(store: Store) -> None:
    id_, _ = put(store, new())
    with ThreadPoolExecutor(10) as pool:
        had = list(pool.map(lambda _: claimed(store, id_), range(10)))
    assert sorted(had, key=str) == [1, *[None] * 9]
    row = found(store, id_)
    assert (row.message.state, row.message.attempts, row.sending_at) == ("sending", 1, NOON)


def test_an_unknown_one_that_is_sent_once_more_may_be_there_twice(store: Store) -> None:
    id_, _ = put(store, new())
    assert claimed(store, id_) == 1
    assert store.run(lambda c: outbox.conclude(c, id_, 1, "unknown", now=NOON, note="lost"))
    assert claimed(store, id_) is None
    assert claimed(store, id_, "unknown", 0) is None
    assert claimed(store, id_, "unknown", 1) == 2
    assert found(store, id_).message.maybe_twice


def test_a_late_worker_changes_nothing_but_leaves_a_word(store: Store) -> None:
    id_, _ = put(store, new())
    claimed(store, id_)
    seen: tuple[MessageState, ...] = ("sending",)
    assert store.run(lambda c: outbox.set_state(c, id_, "unknown", seen=seen, now=NOON))
    claimed(store, id_, "unknown", 1)
    assert not store.run(lambda c: outbox.conclude(c, id_, 1, "sent", now=LATER, reference="a"))
    store.run(lambda c: outbox.note_late(c, id_, "two workers"))
    assert store.run(lambda c: outbox.conclude(c, id_, 2, "sent", now=LATER, reference="b"))
    told = found(store, id_).message
    assert (told.state, told.reference, told.sent_at) == ("sent", "b", LATER)
    assert told.maybe_twice
    assert not store.run(lambda c: outbox.set_state(c, id_, "skipped", seen=seen, now=NOON))


def test_the_answer_may_still_come_while_nobody_has_tried_again(store: Store) -> None:
    id_, _ = put(store, new())
    claimed(store, id_)
    seen: tuple[MessageState, ...] = ("sending",)
    store.run(lambda c: outbox.set_state(c, id_, "unknown", seen=seen, now=NOON))
    assert store.run(lambda c: outbox.conclude(c, id_, 1, "sent", now=LATER))
    assert found(store, id_).message.state == "sent"


def test_lists_counts_and_references(store: Store) -> None:
    first, _ = put(store, new())
    second, _ = put(store, new(subject="18"), order="2")
    claimed(store, first)
    store.run(lambda c: outbox.conclude(c, first, 1, "sent", now=LATER, reference="ref"))

    def ids(**filters: Any) -> list[str]:
        return [row.id for row in store._read(lambda c: outbox.list_messages(c, **filters))]

    assert set(ids()) == {first, second}
    assert ids(newest=False) == ids()[::-1]
    assert ids(state="waiting") == ids(order_id="2") == [second]
    assert ids(channel="sms") == ids(route=RouteId("other")) == []
    assert len(ids(limit=1)) == 1
    assert [row.id for row in store._read(lambda c: outbox.messages_of(c, SHOP, "1"))] == [first]
    counted = store._read(outbox.count_messages)
    assert [(one.state, one.count) for one in counted] == [("sent", 1), ("waiting", 1)]
    assert store._read(lambda c: outbox.count_messages(c, since=LATER)) == []
    for name in ("ref", first):
        rows = store._read(lambda c, n=name: outbox.find_reference(c, [SHOP], "mail", n))  # type: ignore[misc]
        assert [row.id for row in rows] == [first]
    assert store._read(lambda c: outbox.find_reference(c, [SHOP], "sms", "ref")) == []


def test_what_waits_without_a_mark_is_found(store: Store) -> None:
    first, _ = put(store, new())
    second, _ = put(store, new(subject="18", not_before=LATER))
    third, _ = put(store, new(subject="19"))
    store.run(lambda c: mark(c, SHOP, P3, [first], now=NOON, cause="test"))
    claimed(store, third)
    store.run(lambda c: outbox.conclude(c, third, 1, "sent", now=LATER))
    assert store._read(lambda c: outbox.unmarked(c, SHOP, P3)) == [(second, LATER)]


def test_a_turn_later_is_told_only_where_something_waits(store: Store) -> None:
    id_, _ = put(store, new())
    store.run(lambda c: outbox.defer(c, id_, until=LATER, note="night"))
    assert (found(store, id_).message.due_at, found(store, id_).message.note) == (LATER, "night")
    claimed(store, id_)
    store.run(lambda c: outbox.defer(c, id_, until=NOON, note="day"))
    assert (found(store, id_).message.due_at, found(store, id_).message.note) == (None, "")


def test_receipts_are_kept_once_each(store: Store) -> None:
    heard = [Receipt("r", "underway"), Receipt("r", "delivered", "ok")]
    for place, receipt in enumerate(heard):
        at = NOON + dt.timedelta(seconds=place)
        for fresh in (True, False):
            kept = store.run(
                lambda c, r=receipt, t=at: receipts.keep_receipt(c, MAIL, r, now=t)  # type: ignore[misc]
            )
            assert kept is fresh
    assert store._read(lambda c: receipts.receipts_for(c, MAIL, ["", "r"])) == heard
    assert store._read(lambda c: receipts.receipts_for(c, ConnectionId("other"), ["r"])) == []
    since = NOON + dt.timedelta(seconds=1)
    assert store._read(lambda c: receipts.receipts_for(c, MAIL, ["r"], since=since)) == heard[1:]
    assert store.run(lambda c: receipts.forget_receipts(c, before=LATER)) == 2
    assert store._read(lambda c: receipts.receipts_for(c, MAIL, ["r"])) == []


def test_a_receipt_that_is_heard_again_is_as_new_as_the_last_time(store: Store) -> None:
    def hear(note: str, at: dt.datetime) -> bool:
        receipt = Receipt("r", "delivered", note)
        return store.run(lambda c: receipts.keep_receipt(c, MAIL, receipt, now=at))

    assert hear("first", NOON)
    assert not hear("second", LATER)
    assert not hear("old", NOON)
    heard = store._read(lambda c: receipts.receipts_for(c, MAIL, ["r"], since=LATER))
    assert heard == [Receipt("r", "delivered", "second")]
    assert store._read(lambda c: receipts.heard_at(c, MAIL, heard[0])) == LATER
    assert store._read(lambda c: receipts.heard_at(c, MAIL, Receipt("r", "failed"))) is None


def test_the_stop_list_keeps_digests(store: Store) -> None:
    digest = digest_of(store, "mail", "Ana@example.com")
    assert store.run(lambda c: receipts.stop(c, "mail", digest, "asked", now=NOON))
    assert not store.run(lambda c: receipts.stop(c, "mail", digest, "again", now=LATER))
    assert store._read(lambda c: receipts.stopped_because(c, "mail", digest)) == "asked"
    assert store._read(lambda c: receipts.stopped_because(c, "sms", digest)) is None
    [entry] = store._read(receipts.list_stopped)
    assert (entry.recipient, entry.since, entry.reason) == (digest, NOON, "asked")
    assert store.run(lambda c: receipts.allow_again(c, "mail", digest))
    assert not store.run(lambda c: receipts.allow_again(c, "mail", digest))


def test_the_first_day_of_a_module_counts(store: Store) -> None:
    p4 = ModuleCode("P4")
    store.run(lambda c: note_starts(c, SHOP, [P3], now=NOON))
    store.run(lambda c: note_starts(c, SHOP, [p4, P3], now=LATER))
    store.run(lambda c: note_starts(c, SHOP, [], now=LATER))
    assert store._read(lambda c: starts_of(c, SHOP)) == {P3: NOON, p4: LATER}
    assert store._read(lambda c: starts_of(c, RouteId("other"))) == {}


@pytest.mark.parametrize("channel", ["mail", "sms"])
def test_digests_say_nothing_and_differ_by_channel(store: Store, channel: Any) -> None:
    digest = digest_of(store, channel, "+38640123456")
    assert "40123456" not in digest
    assert digest != digest_of(store, "sms" if channel == "mail" else "mail", "+38640123456")
    assert digest == digest_of(store, channel, "+38640123456")


def test_another_installation_calls_the_same_number_otherwise(store: Store) -> None:
    """Who sees a digest cannot find the number by trying all of them."""
    ours = digest_of(store, "sms", "+38640123456")
    other = sa.update(installation).values(value="another secret")
    assert store.run(lambda c: c.execute(other).rowcount) == 1
    assert digest_of(store, "sms", "+38640123456") != ours
