"""`panstore status`: in step, behind, waiting for a person."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from panstore.cli.host import DONE, TROUBLE, WAITING, Flag, GivenDesk
from panstore.cli.output import ago, document, line, table
from panstore.engine.context import LINKS, ORDERS
from panstore.store.brakes import Approval, list_approvals
from panstore.store.full_runs import FullRun, list_runs
from panstore.store.items import count_links
from panstore.store.marks import Backlog, backlog
from panstore.store.parked import list_parked
from panstore.store.systems import (
    ConnectionState,
    connection_states,
    counter_values,
    live_executors,
)

if TYPE_CHECKING:
    import sqlalchemy as sa

    from panstore.engine.context import Context
    from panstore.engine.engine import Engine
    from panstore.model.ids import RouteId

__all__ = ["status"]

_MOST_PARKED = 10_000


class _Seen(msgspec.Struct, frozen=True):
    """Everything the store says at one moment."""

    now: dt.datetime
    running: bool
    connections: dict[str, ConnectionState | None]
    backlogs: dict[tuple[str, str], Backlog]
    runs: dict[tuple[str, str], FullRun]
    approvals: list[Approval]
    parked: int
    gaps: dict[str, int]
    linked: dict[RouteId, int]
    works: list[tuple[str, str]]


def status(*, json: Flag = False, desk: GivenDesk) -> int:
    """Show what is in step, what is behind, and what waits for a person.

    Args:
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> _Seen:
        context = engine.context
        return await context.store.read(lambda c: _look(c, context))

    seen = desk.ask(ask)
    if json:
        document(_plain(seen))
    else:
        _print(seen)
    if not seen.running or any(s is not None and s.trouble for s in seen.connections.values()):
        return TROUBLE
    return WAITING if seen.parked or any(a.state == "waiting" for a in seen.approvals) else DONE


def _look(connection: sa.Connection, context: Context) -> _Seen:
    now = context.clock.now()
    states = connection_states(connection)
    prefix = "gaps:"
    works = []
    for route in context.routes.values():
        codes = [LINKS, *route.state_modules, *([ORDERS] if route.flow_modules else [])]
        works += [(str(route.id), str(code)) for code in codes]
    return _Seen(
        now=now,
        running=bool(live_executors(connection, now=now)),
        connections={name: states.get(name) for name in context.connectors},
        backlogs={(b.route, b.module): b for b in backlog(connection, now=now)},
        runs={(r.route, r.module): r for r in list_runs(connection)},
        approvals=list_approvals(connection),
        parked=len(list_parked(connection, limit=_MOST_PARKED)),
        gaps={
            name.removeprefix(prefix): value
            for name, value in counter_values(connection).items()
            if name.startswith(prefix)
        },
        linked={route: count_links(connection, route) for route in context.routes},
        works=works,
    )


def _word(state: ConnectionState | None, now: dt.datetime) -> str:
    if state is None:
        return "not used yet"
    if not state.trouble:
        return "works"
    rests = state.paused_until is not None and state.paused_until > now
    return "resting" if rests else "trouble"


def _print(seen: _Seen) -> None:
    line("PanStore is running." if seen.running else "PanStore is not running.")
    line()
    rows = []
    for name, state in seen.connections.items():
        rows.append((name, _word(state, seen.now), state.trouble if state is not None else ""))
    table(("connection", "state", "last trouble"), rows)
    line()
    table(("route", "module", "state", "full run"), [_work_row(seen, key) for key in seen.works])
    line()
    for approval in seen.approvals:
        line(
            f"Mass change {approval.id} {approval.state}: {approval.module} on {approval.route}, "
            f"{approval.reason}. `panstore approvals list` shows more."
        )
    line(f"Parked records: {seen.parked}")
    for name, gaps in seen.gaps.items():
        line(f"Lost events of {name}, found by polling: {gaps}")


def _work_row(seen: _Seen, key: tuple[str, str]) -> tuple[str, str, str, str]:
    behind, run = seen.backlogs.get(key), seen.runs.get(key)
    state = "in step"
    if behind is not None and behind.waiting:
        since = "" if behind.oldest is None else f" since {ago(behind.oldest, seen.now)}"
        state = f"{behind.waiting} behind{since}"
    last = ""
    if run is not None and run.finished_at is not None:
        last = f"{ago(run.finished_at, seen.now)} ago"
    elif run is not None:
        last = f"under way, {run.checked} checked"
    return (*key, state, last)


def _plain(seen: _Seen) -> dict[str, object]:
    return {
        "running": seen.running,
        "connections": {
            name: {
                "state": _word(state, seen.now).replace(" ", "_"),
                "trouble": "" if state is None else state.trouble,
                "ok_at": None if state is None else state.ok_at,
                "paused_until": None if state is None else state.paused_until,
            }
            for name, state in seen.connections.items()
        },
        "routes": {
            route: {"linked": count, "modules": _modules(seen, route)}
            for route, count in seen.linked.items()
        },
        "approvals": [msgspec.structs.asdict(a) for a in seen.approvals],
        "parked": seen.parked,
        "gaps": seen.gaps,
    }


def _modules(seen: _Seen, route: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for key in seen.works:
        if key[0] != route:
            continue
        behind, run = seen.backlogs.get(key), seen.runs.get(key)
        found[key[1]] = {
            "waiting": 0 if behind is None else behind.waiting,
            "oldest": None if behind is None else behind.oldest,
            "full_run": None
            if run is None
            else {
                "checked": run.checked,
                "started_at": run.started_at,
                "finished_at": run.finished_at,
            },
        }
    return found
