"""Finds the record that breaks a run or ends the process, parks it, and lets the rest go on.

What raises is found by working the batch one by one at once. What ends the process (exhausted
memory, a crash in an extension) cannot be caught: a run that died twice is worked one record at a
time, each try counted durably before it begins; a record that was in hand at three deaths is
parked unseen. Such runs take turns inside a process, so that no other suspect is in hand then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.exc import SQLAlchemyError

from panstore.engine.context import ORDERS, Context, Route
from panstore.engine.recovery import backoff
from panstore.model.change import Mark
from panstore.model.errors import sentence
from panstore.model.ids import ModuleCode, RouteId
from panstore.model.plan import Held
from panstore.model.privacy import without_person
from panstore.sdk.errors import PanstoreError
from panstore.store import suspects as table
from panstore.store.audit import Entry, append
from panstore.store.marks import delete_worked, postpone
from panstore.store.orders import load_order, set_state
from panstore.store.parked import park

__all__ = [
    "MOST_DEATHS",
    "MOST_TRIES",
    "SUSPICIOUS",
    "WHOLE_RUN",
    "give_up_run",
    "one_by_one",
    "park_whole_run",
    "work_alone",
]

SUSPICIOUS = 2
"""Deaths after which a run is worked one record at a time."""

MOST_TRIES = 3
"""Deaths with the same record alone in hand after which it is parked."""

MOST_DEATHS = 12
"""Deaths after which a run rests, whatever it was that ended the process."""

WHOLE_RUN = "*"
"""Key of a parked record that is about a whole module of a route."""

_LONG_REST = dt.timedelta(hours=1)

Work = Callable[[Sequence[Mark]], Awaitable[bool]]


async def one_by_one(
    context: Context, route: Route, code: ModuleCode, marks: Sequence[Mark], work: Work
) -> bool:
    """Work marks together; where that raises, one by one, and park the one that raises alone.

    Args:
        work: False if an outside system does not let us go on.

    Returns:
        False if the run has to end; its marks then wait for a later time.
    """
    try:
        return await work(marks)
    except SQLAlchemyError:
        raise
    except PanstoreError as error:
        await _all_later(context, route, code, marks, error)
        return False
    except Exception as error:
        context.log.exception("run failed", route=route.id, module=code, marks=len(marks))
        if len(marks) == 1:
            await _set_aside(context, route, code, marks[0], _raises(marks[0].key, error))
            return True
    for mark in marks:
        if not await one_by_one(context, route, code, [mark], work):
            return False
    return True


async def work_alone(
    context: Context, route: Route, code: ModuleCode, mark: Mark, work: Work
) -> bool:
    """Work one suspect, or park it if the process died too often with it in hand."""
    key = mark.key
    tries = await context.store.write(lambda c: table.count_try(c, route.id, code, key))
    if tries > MOST_TRIES:
        context.log.error("record ends the process", route=route.id, module=code, key=key)
        await _set_aside(context, route, code, mark, _kills(key, tries - 1))
        return True
    context.probe("suspect.begin")
    goes_on = await one_by_one(context, route, code, [mark], work)
    await context.store.write(lambda c: table.acquit(c, route.id, code, key))
    return goes_on


async def park_whole_run(
    context: Context, route: RouteId, code: ModuleCode, error: PanstoreError
) -> None:
    """Tell people why nothing of a module goes on; it is tried again by itself."""
    now = context.clock.now()
    held = _whole(code, without_person(str(error)))
    await context.store.write(lambda c: park(c, route, code, [held], now=now))


async def give_up_run(
    context: Context, route: RouteId, code: ModuleCode, shard: int, times: int
) -> None:
    """A run that died too often, with one record or another in hand, rests for an hour."""
    now = context.clock.now()
    until = now + _LONG_REST
    what = (
        f"its process ended {times} times in a row while it ran; it rests until {until:%H:%M} UTC"
    )

    def work(connection: sa.Connection) -> None:
        table.rest_run(connection, route, code, shard, now=now, until=until)
        park(connection, route, code, [_whole(code, what)], now=now)

    await context.store.write(work)


async def _all_later(
    context: Context, route: Route, code: ModuleCode, marks: Sequence[Mark], error: PanstoreError
) -> None:
    context.log.error("module cannot go on", route=route.id, module=code, why=str(error))
    now = context.clock.now()
    failed = [(mark, now + backoff(mark.attempts)) for mark in marks]
    await context.store.write(lambda c: postpone(c, failed))
    await park_whole_run(context, route.id, code, error)


async def _set_aside(
    context: Context, route: Route, code: ModuleCode, mark: Mark, held: Held
) -> None:
    now = context.clock.now()

    def work(connection: sa.Connection) -> None:
        stored = load_order(connection, route.id, mark.key) if code == ORDERS else None
        reason = without_person(held.reason, None if stored is None else stored[1])
        entry = Entry(
            at=now,
            route=route.id,
            module=code,
            key=mark.key,
            label=held.sku,
            cause=mark.cause,
            outcome="parked",
            reason=reason,
        )
        park(connection, route.id, code, [replace(held, reason=reason)], now=now)
        if code == ORDERS:
            set_state(connection, route.id, mark.key, "parked")
        delete_worked(connection, [mark])
        table.acquit(connection, route.id, code, mark.key)
        append(connection, [entry])

    await context.store.write(work)


def _raises(key: str, error: Exception) -> Held:
    return Held(
        item=key,
        code="internal",
        reason=f"{key} could not be worked: {type(error).__name__}: {sentence(error)} It was left "
        "as it is; the rest went on. This is a fault of PanStore or of a plugin: please "
        "report it with this text, then retry.",
        sku=key,
    )


def _kills(key: str, times: int) -> Held:
    return Held(
        item=key,
        code="process.ended",
        reason=f"PanStore's process ended {times} times while {key} alone was being worked. It is "
        "not touched any more; the rest went on. Look at this record (an extreme size, a broken "
        "plugin, too little memory), please report it, then retry.",
        sku=key,
    )


def _whole(code: ModuleCode, what: str) -> Held:
    return Held(
        item=WHOLE_RUN,
        code="module.stands",
        reason=f"{code} does not go on: {sentence(what)} Nothing of it is lost, it is tried again "
        "by itself; the other modules go on. Mend what is named here.",
        sku=str(code),
    )
