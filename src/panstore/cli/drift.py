"""`panstore drift`: where shop and ERP differ, who moved, and the way back into step."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, WAITING, Flag, GivenDesk
from panstore.cli.output import document, line, table, zoned
from panstore.cli.routes import chosen_routes
from panstore.engine.drift.report import Lane, Part, lanes, look, size_of
from panstore.model.drift import KINDS, DriftKind, DriftRow, Mover
from panstore.store.drift import DriftDay, drift_history
from panstore.store.systems import live_executors

if TYPE_CHECKING:
    from panstore.engine.context import Context
    from panstore.engine.drift.repair import Repaired
    from panstore.engine.engine import Engine

__all__ = ["drift"]

_WHO: dict[Mover, str] = {
    "none": "-",
    "shop": "shop",
    "erp": "ERP",
    "both": "shop and ERP",
    "us": "PanStore",
    "unknown": "unknown",
}


@dataclass
class _Found:
    """What is shown of one lane."""

    lane: Lane
    shown: list[DriftRow] = field(default_factory=list)
    repaired: list[Repaired] = field(default_factory=list)
    hidden: int = 0
    day: DriftDay | None = None


def drift(  # noqa: PLR0913 - a command's switches
    kind: DriftKind | None = None,
    /,
    *,
    route: str | None = None,
    sku: str | None = None,
    limit: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 50,
    repair: str | None = None,
    repair_all: Flag = False,
    yes: Flag = False,
    history: Flag = False,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Show where shop and ERP differ now, and who moved since the last write.

    Args:
        kind: only stock, price, product or order; all that is on otherwise.
        route: only this route.
        sku: only this article, in step or not; for orders their number.
        limit: most rows shown per route and kind; 0 for all.
        repair: bring this article (or order) back in step.
        repair_all: bring everything that differs back in step; needs --yes.
        yes: really repair all.
        history: show the reports of the days before; no system is asked.
        json: print one JSON document.
    """
    wanted = repair if repair is not None else sku
    _refuse_mixed(sku, repair, repair_all=repair_all, yes=yes)
    if history:
        return _history(kind, route, json=json, desk=desk)

    async def ask(engine: Engine) -> tuple[list[_Found], bool, str]:
        context = engine.context
        chosen = _chosen(context, kind, route)
        mend = repair_all or repair is not None
        found = [await _look(engine, one, wanted, limit, mend=mend) for one in chosen]
        now = context.clock.now()
        alive = bool(await context.store.read(lambda c: live_executors(c, now=now)))
        return found, alive, context.zone

    found, alive, zone = desk.ask(ask)
    days = [one.day for one in found if one.day is not None]
    if wanted is not None and not any(day.looked_at for day in days):
        raise RefusedError(
            f"no linked article and no order is called {wanted!r}. Nothing was done.",
            "`panstore links list` shows the articles that are linked.",
        )
    if json:
        document({"running": alive, "reports": [_plain(one) for one in found]})
    else:
        for one in found:
            _print(one, zone)
        if any(one.repaired for one in found) and not alive:
            line("No PanStore is running; what was marked is worked when `panstore run` starts.")
    return WAITING if any(day.differ for day in days) else DONE


def _refuse_mixed(sku: str | None, repair: str | None, *, repair_all: bool, yes: bool) -> None:
    if repair_all and (repair is not None or sku is not None):
        raise RefusedError(
            "--repair-all means everything. Nothing was done.",
            "leave out --sku and --repair, or --repair-all.",
            code=USAGE,
        )
    if repair_all and not yes:
        raise RefusedError(
            "everything that differs would be written anew. Nothing was done.",
            "look at it with `panstore drift`, then say --repair-all --yes.",
            code=USAGE,
        )


def _chosen(context: Context, kind: DriftKind | None, route: str | None) -> list[Lane]:
    possible = [one for known in chosen_routes(context, route) for one in lanes(context, known)]
    chosen = [one for one in possible if kind is None or one.kind == kind]
    if not chosen:
        on = sorted({one.kind for one in possible}, key=KINDS.index)
        raise RefusedError(
            f"there is no drift of {kind or 'anything'} to be told: its module is not switched "
            "on, or tells no drift. Nothing was done.",
            f"what can be compared here: {', '.join(on) or 'nothing'}.",
            code=USAGE,
        )
    return chosen


async def _look(
    engine: Engine, lane: Lane, wanted: str | None, limit: int, *, mend: bool
) -> _Found:
    found = _Found(lane)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        total = None if wanted is not None else await size_of(engine.context, lane)
        bar = progress.add_task(f"{lane.route.id} {lane.kind}", total=total)

        def take(part: Part) -> None:
            progress.advance(bar, len(part.rows))
            rows = [row for row in part.rows if row.differs or wanted is not None]
            room = len(rows) if not limit else max(0, limit - len(found.shown))
            found.shown += rows[:room]
            found.hidden += len(rows[room:])
            more = len(part.repaired) if not limit else max(0, limit - len(found.repaired))
            found.repaired += part.repaired[:more]

        found.day = await look(engine, lane, take, wanted=wanted, mend=mend)
    return found


def _print(found: _Found, zone: str) -> None:
    day, lane = found.day, found.lane
    assert day is not None  # noqa: S101 - the report came to its end
    line(
        f"{lane.kind} on {lane.route.id}: {day.looked_at} looked at, {day.differ} differ "
        f"(moved by the shop: {day.by_shop}, by the ERP: {day.by_erp}; ours to do: {day.by_us}; "
        f"unknown: {day.by_unknown})."
    )
    if found.shown:
        table(
            ("record", "ERP", "shop", "last written", "when", "who moved", "why"),
            [_cells(row, zone) for row in found.shown],
        )
    if found.hidden:
        line(f"... and {found.hidden} more; --limit 0 shows all.")
    if day.repaired:
        line(f"{day.repaired} marked to be repaired; nothing was written yet.")
    for one in found.repaired:
        line(f"  {one.label}: {one.says}")


def _cells(row: DriftRow, zone: str) -> tuple[str, ...]:
    return (
        row.label or row.item,
        row.erp or "-",
        row.shop or "-",
        row.wrote or "-",
        "never" if row.wrote_at is None else zoned(row.wrote_at, zone),
        _WHO[row.moved],
        row.why,
    )


def _plain(found: _Found) -> dict[str, object]:
    day = found.day
    assert day is not None  # noqa: S101 - the report came to its end
    return {
        **msgspec.structs.asdict(day),
        "module": found.lane.code,
        "rows": [msgspec.structs.asdict(row) for row in found.shown],
        "repairs": [msgspec.structs.asdict(one) for one in found.repaired],
    }


def _history(kind: DriftKind | None, route: str | None, *, json: bool, desk: GivenDesk) -> int:
    async def ask(engine: Engine) -> list[DriftDay]:
        context = engine.context
        known = None if route is None else chosen_routes(context, route)[0].id
        return await context.store.read(lambda c: drift_history(c, route=known, kind=kind))

    days = desk.ask(ask)
    if json:
        document({"days": [msgspec.structs.asdict(day) for day in days]})
    elif not days:
        line("No report was made yet; `panstore drift` makes one.")
    else:
        headings = ("looked at", "differ", "shop", "ERP", "ours", "unknown", "repaired", "whole")
        table(("day", "route", "kind", *headings), [_day_cells(day) for day in days])
    return DONE


def _day_cells(day: DriftDay) -> tuple[str, ...]:
    counts = (day.looked_at, day.differ, day.by_shop, day.by_erp, day.by_us, day.by_unknown)
    whole = "yes" if day.whole else "no, it was cut short"
    return (day.day, day.route, day.kind, *map(str, (*counts, day.repaired)), whole)
