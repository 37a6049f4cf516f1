"""What is done for an order, and what is being tried: the truth a run starts from."""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa

from panstore.model.ids import RouteId
from panstore.store.kept_lines import kept_lines
from panstore.store.tables import facts, intents
from panstore.store.upsert import insert

__all__ = [
    "FactRow",
    "Intent",
    "NewIntent",
    "add_fact",
    "begin_intent",
    "end_intent",
    "facts_of",
    "intents_of",
    "is_begun",
    "order_of_key",
]


class FactRow(msgspec.Struct, frozen=True):
    """Something done for an order; see `panstore.sdk.modules.Fact`."""

    name: str
    revision: int
    at: dt.datetime
    key: str = ""
    reference: str = ""
    number: str = ""
    detail: str = ""


class Intent(msgspec.Struct, frozen=True):
    """An outside call: started, done, refused, unknown or untried.

    Attributes:
        fact, revision, detail: what is recorded when it turns out to be done.
        started_at, ended_at: of the last try.
    """

    key: str
    purpose: str
    fact: str
    revision: int
    detail: str
    state: str
    attempts: int
    started_at: dt.datetime
    ended_at: dt.datetime | None
    reference: str
    message: str

    @property
    def in_doubt(self) -> bool:
        """The call may have had its effect, and nobody has looked yet."""
        return self.state in {"started", "unknown"}


_FACT_COLUMNS = [facts.c[name] for name in FactRow.__struct_fields__]


def facts_of(connection: sa.Connection, route: RouteId, order_id: str) -> list[FactRow]:
    """What is done for an order, in order of time."""
    rows = connection.execute(
        sa
        .select(*_FACT_COLUMNS)
        .where(facts.c.route == route, facts.c.order_id == order_id)
        .order_by(facts.c.at, facts.c.revision, facts.c.name)
    )
    return [FactRow(*row) for row in rows]


def is_begun(connection: sa.Connection, route: RouteId, order_id: str) -> bool:
    """Whether anything was done for an order; to look at its prices is not to do anything."""
    return any(fact.name != "priced" for fact in facts_of(connection, route, order_id))


def add_fact(connection: sa.Connection, route: RouteId, order_id: str, fact: FactRow) -> None:
    """Record a fact; the first one of its name and revision stands."""
    fact = msgspec.structs.replace(fact, detail=kept_lines(fact.detail))
    connection.execute(
        insert(connection, facts)
        .values(route=route, order_id=order_id, **msgspec.structs.asdict(fact))
        .on_conflict_do_nothing()
    )


def order_of_key(connection: sa.Connection, key: str) -> tuple[RouteId, str] | None:
    """Route and order a document of ours belongs to, by its key."""
    row = connection.execute(
        sa.select(intents.c.route, intents.c.order_id).where(intents.c.key == key)
    ).one_or_none()
    return None if row is None else (RouteId(row.route), row.order_id)


_INTENT_COLUMNS = [intents.c[name] for name in Intent.__struct_fields__]


def intents_of(connection: sa.Connection, route: RouteId, order_id: str) -> list[Intent]:
    """Every outside call made for an order, in order of time."""
    rows = connection.execute(
        sa
        .select(*_INTENT_COLUMNS)
        .where(intents.c.route == route, intents.c.order_id == order_id)
        .order_by(intents.c.started_at)
    )
    return [Intent(*row) for row in rows]


class NewIntent(msgspec.Struct, frozen=True):
    """An outside call that is about to be made; the attributes are as in `Intent`."""

    key: str
    purpose: str
    fact: str = ""
    revision: int = 1
    detail: str = ""


def begin_intent(
    connection: sa.Connection,
    intent: NewIntent,
    *,
    route: RouteId,
    order_id: str,
    now: dt.datetime,
) -> None:
    """Commit to an outside call before it is made; one that was tried before is begun again."""
    intent = msgspec.structs.replace(intent, detail=kept_lines(intent.detail))
    statement = insert(connection, intents).values(
        **msgspec.structs.asdict(intent),
        route=route,
        order_id=order_id,
        state="started",
        attempts=1,
        started_at=now,
        ended_at=None,
        reference="",
        message="",
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "state": "started",
                "detail": intent.detail,
                "attempts": intents.c.attempts + 1,
                "started_at": now,
                "ended_at": None,
            },
        )
    )


def end_intent(
    connection: sa.Connection,
    key: str,
    state: str,
    *,
    now: dt.datetime,
    reference: str = "",
    message: str = "",
) -> None:
    """Record the outcome: done, refused, unknown, or untried (it certainly had no effect)."""
    connection.execute(
        sa
        .update(intents)
        .where(intents.c.key == key)
        .values(state=state, ended_at=now, reference=reference, message=message)
    )
