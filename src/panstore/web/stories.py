"""One order's story, in the order in which things happened."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec
import sqlalchemy as sa

from panstore.engine.context import ORDERS
from panstore.model.ids import RouteId
from panstore.model.order import Order
from panstore.store.audit import Entry, story
from panstore.store.facts import FactRow, Intent, facts_of, intents_of
from panstore.store.orders import OrderRow, load_order
from panstore.store.parked import Parked, list_parked

__all__ = ["Chapter", "OrderStory", "chapters", "tell"]

_MOST_PARKED = 1000


class OrderStory(msgspec.Struct, frozen=True):
    """All that is known of one order.

    Attributes:
        order: what the shop said; None once its personal data has expired.
        parked: the record a person has to decide on, if it waits for one.
    """

    row: OrderRow
    order: Order | None
    facts: list[FactRow]
    intents: list[Intent]
    audit: list[Entry]
    parked: Parked | None


class Chapter(msgspec.Struct, frozen=True):
    """One thing that happened; `tone` says how it is to be taken."""

    at: dt.datetime
    title: str
    text: str
    tone: Literal["plain", "good", "bad"]


def tell(connection: sa.Connection, route: RouteId, order_id: str) -> OrderStory | None:
    """Read it, or None if there is no such order."""
    loaded = load_order(connection, route, order_id)
    if loaded is None:
        return None
    row, order = loaded
    waiting = [
        record
        for record in list_parked(connection, limit=_MOST_PARKED)
        if (record.route, record.module, record.key) == (route, ORDERS, order_id)
    ]
    return OrderStory(
        row=row,
        order=order,
        facts=facts_of(connection, route, order_id),
        intents=intents_of(connection, route, order_id),
        audit=story(connection, route, ORDERS, order_id),
        parked=waiting[0] if waiting else None,
    )


def chapters(told: OrderStory) -> list[Chapter]:
    """The story in plain words, oldest first."""
    found = [Chapter(told.row.placed_at, "Placed in the shop", _placed(told.row), "plain")]
    found += [_tried(intent) for intent in told.intents]
    found += [_noted(entry) for entry in told.audit]
    told_already = {"imported"} if any(e.outcome == "imported" for e in told.audit) else set()
    found += [
        Chapter(f.at, f.name.capitalize(), f"as {f.number or f.reference}", "good")
        for f in told.facts
        if f.name not in told_already
    ]
    return sorted(found, key=lambda chapter: chapter.at)


def _placed(row: OrderRow) -> str:
    if not row.total:
        return "It could not be read; only its goods are known."
    return f"{row.total} {row.currency}. The shop now says: {row.status}."


_CALLS: dict[str, tuple[str, Literal["plain", "good", "bad"]]] = {
    "started": ("the answer is being waited for, or was lost with the process", "plain"),
    "done": ("done", "good"),
    "refused": ("the ERP refused", "bad"),
    "unknown": ("the answer was lost; it will be looked up before anything is tried again", "bad"),
    "untried": ("it certainly had no effect; it will be tried again", "plain"),
}


_PURPOSES = {"order": "create the sale", "product": "create the article"}


def _tried(intent: Intent) -> Chapter:
    words, tone = _CALLS.get(intent.state, (intent.state, "plain"))
    times = "" if intent.attempts == 1 else f" after {intent.attempts} tries"
    detail = f": {intent.message}" if intent.message else ""
    title = f"Asked the ERP to {_PURPOSES.get(intent.purpose, intent.purpose)}"
    text = f"{words[:1].upper()}{words[1:]}{times}{detail}."
    return Chapter(intent.started_at, title, text, tone)


_NOTED: dict[str, tuple[str, Literal["plain", "good", "bad"]]] = {
    "imported": ("In the ERP", "good"),
    "parked": ("Set aside for a person", "bad"),
}


def _noted(entry: Entry) -> Chapter:
    title, tone = _NOTED.get(entry.outcome, (entry.outcome.capitalize(), "plain"))
    return Chapter(entry.at, title, entry.reason, tone)
