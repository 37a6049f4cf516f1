"""`panstore status`: in step, behind, waiting for a person."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from panstore.cli.host import DONE, TROUBLE, WAITING, Flag, GivenDesk
from panstore.cli.output import ago, document, line, table
from panstore.engine.status import ModuleStatus, Status, look

if TYPE_CHECKING:
    from panstore.engine.engine import Engine

__all__ = ["status"]

_WORDS = {"unused": "not used yet"}


def status(*, json: Flag = False, desk: GivenDesk) -> int:
    """Show what is in step, what is behind, and what waits for a person.

    Args:
        json: print one JSON document, the same as the API's `status`.
    """

    async def ask(engine: Engine) -> Status:
        context = engine.context
        return await context.store.read(lambda c: look(c, context))

    seen = desk.ask(ask)
    if json:
        document(msgspec.to_builtins(seen))
    else:
        _print(seen)
    if not seen.running or seen.troubled:
        return TROUBLE
    return WAITING if seen.parked or seen.waiting else DONE


def _print(seen: Status) -> None:
    line("PanStore is running." if seen.running else "PanStore is not running.")
    line()
    rows = [(c.id, _WORDS.get(c.state, c.state), c.trouble) for c in seen.connections]
    table(("connection", "state", "last trouble"), rows)
    line()
    works = [(route.id, module) for route in seen.routes for module in route.modules]
    table(
        ("route", "module", "state", "full run"),
        [(route, module.code, *_how(module, seen.at)) for route, module in works],
    )
    line()
    for approval in seen.approvals:
        line(
            f"Mass change {approval.id} {approval.state}: {approval.module} on {approval.route}, "
            f"{approval.reason}. `panstore approvals list` shows more."
        )
    for route_id, module in works:
        if module.to_do:
            line(f"{module.code} on {route_id} {module.to_do}.")
    line(f"Parked records: {seen.parked}")
    for connection in seen.connections:
        if connection.lost_events:
            lost = connection.lost_events
            line(f"Lost events of {connection.id}, found by polling: {lost}")
        for problem in connection.event_problems:
            line(f"Events of {connection.id}: {problem}")


def _how(module: ModuleStatus, now: dt.datetime) -> tuple[str, str]:
    state = module.says or ("waits for its first plan" if module.to_do else "in step")
    if module.waiting:
        since = "" if module.oldest is None else f" since {ago(module.oldest, now)}"
        state = f"{module.waiting} behind{since}"
    if module.held:
        held = _held(module)
        state = f"{state}; {held}" if module.waiting else held
    run = module.full_run
    if run is None:
        return state, ""
    if run.finished_at is None:
        return state, f"under way, {run.checked} checked"
    return state, f"{ago(run.finished_at, now)} ago"


def _held(module: ModuleStatus) -> str:
    wait = module.held - module.stopped
    parts = []
    if wait:
        parts.append(f"{_changes(wait)} wait{'s' if wait == 1 else ''} for approval")
    if module.stopped:
        stay = "stays as it is" if module.stopped == 1 else "stay as they are"
        it = "it" if module.stopped == 1 else "them"
        parts.append(f"{_changes(module.stopped)} {stay}, a person stopped {it}")
    return "held: " + ", ".join(parts)


def _changes(count: int) -> str:
    return "1 change" if count == 1 else f"{count} changes"
