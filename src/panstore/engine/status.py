"""What is in step, what is behind, what waits for a person: read from the store at one moment."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec
import sqlalchemy as sa

from panstore.engine.context import IMAGES, LINKS, ORDERS, WITHDRAWAL, Context, Route
from panstore.engine.products.pipeline import waits_for_plan
from panstore.engine.recovery import LONGEST_REST
from panstore.model.ids import ModuleCode
from panstore.store.account_links import count_account_links
from panstore.store.brakes import Approval, list_approvals
from panstore.store.event_health import message_problems
from panstore.store.full_runs import FullRun, list_runs
from panstore.store.items import count_links
from panstore.store.marks import Backlog, backlog
from panstore.store.outbox_counts import OutboxCounts, outbox_counts
from panstore.store.parked import count_open
from panstore.store.pushed_agreements import count_pushed
from panstore.store.systems import (
    ConnectionState,
    connection_states,
    counter_values,
    live_executors,
)

__all__ = ["ConnectionStatus", "FullRunStatus", "ModuleStatus", "RouteStatus", "Status", "look"]

_GAPS = "gaps:"


class ConnectionStatus(msgspec.Struct, frozen=True):
    """How a connection does.

    Attributes:
        state: `works`; `resting` (failed, not called until `paused_until`); `trouble` (failed,
            called again at the next occasion); `unused` (never called).
        trouble: the last failure in words, empty while it works.
        lost_events: changes that only polling found.
        event_problems: why its events do not come, or come late, each with the remedy.
    """

    id: str
    state: Literal["works", "resting", "trouble", "unused"]
    trouble: str
    ok_at: dt.datetime | None
    paused_until: dt.datetime | None
    lost_events: int
    event_problems: tuple[str, ...] = ()


class FullRunStatus(msgspec.Struct, frozen=True):
    """The last look at everything; `finished_at` is null while it goes on."""

    checked: int
    started_at: dt.datetime
    finished_at: dt.datetime | None


class ModuleStatus(msgspec.Struct, frozen=True):
    """How far behind a module is.

    Attributes:
        code: `links` and `orders` stand for what all modules need: linked catalogues, and
            orders being taken forward.
        waiting: keys marked and not yet worked.
        oldest: since when the oldest of them waits.
        held: changes that a brake holds until a person, or its time, lets them through.
        stopped: those of them that a person stopped.
        to_do: why the module does nothing at all yet and what a person can do about it; empty
            where it works.
        says: how it stands, of a module that keeps no values in step but answers questions.
        uncertain: what it answers now is what was last known.
    """

    code: str
    title: str
    waiting: int
    oldest: dt.datetime | None
    held: int
    stopped: int
    full_run: FullRunStatus | None
    to_do: str = ""
    says: str = ""
    uncertain: bool = False


class RouteStatus(msgspec.Struct, frozen=True):
    """A shop with its ERP; `linked` counts the articles known on both sides."""

    id: str
    erp: str
    shop: str
    linked: int
    modules: tuple[ModuleStatus, ...]


class Status(msgspec.Struct, frozen=True):
    """Everything at one moment.

    Attributes:
        running: whether any process holds a lease, that is, works.
        approvals: mass changes that wait for a person or were stopped.
        parked: open parked records.
        messages: for each route and channel on which buyers are told anything.
    """

    at: dt.datetime
    running: bool
    connections: tuple[ConnectionStatus, ...]
    routes: tuple[RouteStatus, ...]
    approvals: tuple[Approval, ...]
    parked: int
    messages: tuple[OutboxCounts, ...] = ()

    @property
    def waiting(self) -> tuple[Approval, ...]:
        """Mass changes that nobody has decided on."""
        return tuple(a for a in self.approvals if a.state == "waiting")

    @property
    def troubled(self) -> tuple[ConnectionStatus, ...]:
        """Connections that do not work now."""
        return tuple(c for c in self.connections if c.state in {"resting", "trouble"})

    @property
    def behind(self) -> int:
        """Keys that wait to be worked, over all routes."""
        return sum(m.waiting for r in self.routes for m in r.modules)

    @property
    def held(self) -> int:
        """Changes that a brake holds, over all routes."""
        return sum(m.held for r in self.routes for m in r.modules)

    @property
    def checking(self) -> bool:
        """Whether a full run is under way."""
        runs = (m.full_run for r in self.routes for m in r.modules)
        return any(run is not None and run.finished_at is None for run in runs)


def look(connection: sa.Connection, context: Context) -> Status:
    """Read the state of everything in one transaction."""
    now = context.clock.now()
    states = connection_states(connection)
    counters = counter_values(connection)
    behind = {(b.route, b.module): b for b in backlog(connection, now=now)}
    runs = {(r.route, r.module): r for r in list_runs(connection)}
    approvals = tuple(list_approvals(connection))
    silent = message_problems(connection)
    return Status(
        at=now,
        running=bool(live_executors(connection, now=now)),
        connections=tuple(
            msgspec.structs.replace(
                _connection(name, states.get(name), counters.get(f"{_GAPS}{name}", 0), now),
                event_problems=silent.get(name, ()),
            )
            for name in context.connectors
        ),
        routes=tuple(
            RouteStatus(
                id=route.id,
                erp=route.erp,
                shop=route.shop,
                linked=count_links(connection, route.id),
                modules=tuple(
                    _say_contracts(
                        connection,
                        context,
                        route,
                        _module(
                            code,
                            title,
                            behind.get((route.id, code)),
                            [a for a in approvals if (a.route, a.module) == (route.id, code)],
                            runs.get((route.id, code)),
                            _to_do(connection, route, code),
                        ),
                        states.get(route.erp),
                    )
                    for code, title in _works(route, withdrawing=(route.id, WITHDRAWAL) in behind)
                ),
            )
            for route in context.routes.values()
        ),
        approvals=approvals,
        parked=count_open(connection),
        messages=_messages(connection, context, now),
    )


def _messages(
    connection: sa.Connection, context: Context, now: dt.datetime
) -> tuple[OutboxCounts, ...]:
    found = {(one.route, one.channel): one for one in outbox_counts(connection, now=now)}
    for route in context.routes.values():
        for module, _ in route.message_modules.values():
            found.setdefault(
                (route.id, module.channel), OutboxCounts(route.id, module.channel, 0, 0, 0)
            )
    return tuple(found[where] for where in sorted(found))


def _connection(
    name: str, state: ConnectionState | None, lost: int, now: dt.datetime
) -> ConnectionStatus:
    if state is None:
        return ConnectionStatus(name, "unused", "", None, None, lost)
    # A rest that would be longer than any is one of a clock that was set back since.
    rests = state.paused_until is not None and now < state.paused_until <= now + LONGEST_REST
    word: Literal["works", "resting", "trouble"] = "works"
    if state.trouble:
        word = "resting" if rests else "trouble"
    until = state.paused_until if rests else None
    return ConnectionStatus(name, word, state.trouble, state.ok_at, until, lost)


def _works(route: Route, *, withdrawing: bool) -> list[tuple[ModuleCode, str]]:
    """What is worked on a route, in the order people think of it."""
    works = [(code, module.title) for code, (module, _) in route.state_modules.items()]
    works += [(code, module.title) for code, (module, _) in route.product_modules.items()]
    if route.contract is not None:
        works.append((route.contract[0].code, route.contract[0].title))
    if withdrawing:
        works.append((WITHDRAWAL, "Contract prices leave the shop"))
    if route.product_modules:
        works.append((IMAGES, "Pictures of products"))
    if route.flow_modules:
        titles = ", ".join(module.title for module, _ in route.flow_modules.values())
        works.append((ORDERS, titles))
    return [*works, (LINKS, "Linked catalogues")]


def _to_do(connection: sa.Connection, route: Route, code: ModuleCode) -> str:
    """What has to be done before a module may write at all."""
    if code not in route.product_modules or not waits_for_plan(connection, route, code):
        return ""
    return (
        "writes nothing before its first plan was decided about: make it with "
        f"`panstore plan {code} --store`, look at it, approve and apply it"
    )


def _say_contracts(
    connection: sa.Connection,
    context: Context,
    route: Route,
    found: ModuleStatus,
    erp: ConnectionState | None,
) -> ModuleStatus:
    """How contract prices stand: who is shown any, and whether they are certain now.

    Where the shop keeps them itself, what waits to be written is counted as for other modules.
    """
    if found.code == WITHDRAWAL:
        says = (
            "contract prices are off here: the shop is told that its accounts buy as everybody,"
            " and then to forget the agreed prices"
        )
        return msgspec.structs.replace(found, says=says)
    if route.contract is None or found.code != route.contract[0].code:
        return found
    _, settings = route.contract
    linked = count_account_links(connection, route.id)
    slow = context.contracts.slow_until.get(route.erp, 0.0) > context.clock.timer()
    silent = bool(linked) and (slow or (erp is not None and bool(erp.trouble)))
    says = "1 account linked" if linked == 1 else f"{linked} accounts linked"
    kept = count_pushed(connection, route.id)
    if kept:
        says += f", {kept} agreement{'' if kept == 1 else 's'} kept in the shop"
    if silent:
        last = "what was last known is shown, marked so"
        own = "the shop's own prices hold"
        word = last if settings.erp_down == "last_known" else own
        why = "answers too slowly" if slow else "is in trouble"
        says += f"; {route.erp} {why}: {'what the shop keeps stays' if kept else word}"
    to_do = (
        ""
        if linked
        else (
            "shows agreed prices to nobody before an account was approved: `panstore contracts "
            "propose` and the console show who could buy for whom"
        )
    )
    return msgspec.structs.replace(found, to_do=to_do, says=says, uncertain=silent)


def _module(
    code: str,
    title: str,
    behind: Backlog | None,
    braked: list[Approval],
    run: FullRun | None,
    to_do: str,
) -> ModuleStatus:
    return ModuleStatus(
        code=code,
        title=title,
        waiting=0 if behind is None else behind.waiting,
        oldest=None if behind is None else behind.oldest,
        held=sum(a.items for a in braked),
        stopped=sum(a.items for a in braked if a.state == "stopped"),
        full_run=None
        if run is None
        else FullRunStatus(run.checked, run.started_at, run.finished_at),
        to_do=to_do,
    )
