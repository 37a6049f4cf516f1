"""What the buyer was told, as lines of the order's story: short where all went well at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from panstore.engine.outbox.shown import message_told
from panstore.engine.story_messages import told_happened
from panstore.model.document import DocumentKind
from panstore.model.ids import ExternalId, ModuleCode, OrderKey, RouteId
from panstore.model.message import Channel, DocumentRef, Message, MessageState
from panstore.store.outbox import OutboxRow

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


def _after(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def _lines(state: MessageState, channel: Channel = "mail", **values: Any) -> list[tuple[str, str]]:
    kind: DocumentKind = "invoice"
    paper = DocumentRef(kind, OrderKey("shop/1/order/1"), ExternalId("7"), "2026-1")
    message = Message(
        id="id",
        channel=channel,
        purpose="invoice" if channel == "mail" else "dispatched",
        subject="7",
        language="sl",
        state=state,
        queued_at=NOW,
        document=paper if channel == "mail" else None,
        **values,
    )
    row = OutboxRow(RouteId("shop"), "1", ModuleCode("P3"), "digest", "", None, message)
    return [(one.title, one.text) for one in told_happened([message_told(row, "W1")])]


def test_what_went_out_at_once_is_one_line() -> None:
    at: dict[str, Any] = {"sent_at": _after(1), "ended_at": _after(1), "note": "queued as 4711"}
    assert _lines("sent", **at) == [("Mail sent", "Invoice 2026-1.")]
    at |= {"ended_at": _after(3)}
    assert _lines("delivered", "sms", **at) == [("SMS delivered", "Dispatched.")]


def test_what_took_its_time_is_told_step_by_step() -> None:
    assert _lines("delivered", "sms", sent_at=_after(900), ended_at=_after(2000)) == [
        ("SMS to the buyer", "Dispatched."),
        ("SMS sent", "Dispatched."),
        ("SMS delivered", "Dispatched."),
    ]


@pytest.mark.parametrize("state", ["waiting", "sending"])
def test_what_is_not_out_is_only_meant_for_the_buyer(state: MessageState) -> None:
    assert _lines(state) == [("Mail to the buyer", "Invoice 2026-1.")]


def test_trouble_says_why_and_whether_it_may_be_there_twice() -> None:
    assert _lines("refused", ended_at=_after(2), note="550 no such mailbox") == [
        ("Mail refused", "Invoice 2026-1. 550 no such mailbox.")
    ]
    assert _lines("unknown", maybe_twice=True, again=1) == [
        (
            "Mail may be out: the answer was lost",
            "Invoice 2026-1, asked for once more. The buyer may have it twice.",
        )
    ]
    assert _lines("skipped", ended_at=NOW, note="the order has no mail address") == [
        ("Mail not sent", "Invoice 2026-1. The order has no mail address.")
    ]
