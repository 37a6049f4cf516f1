"""`panstore drift`: where shop and ERP differ, who moved, and the way back into step."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from json import dumps
from typing import TYPE_CHECKING, Annotated, Generic, TypeVar

import msgspec
from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, WAITING, Flag, GivenDesk
from panstore.cli.output import document, line, plain, table, zoned
from panstore.cli.routes import chosen_routes
from panstore.engine.drift.repair import Repaired
from panstore.engine.drift.report import Lane, Part, lanes, look, size_of
from panstore.model.drift import KINDS, DriftKind, DriftRow, Mover
from panstore.store.drift import DriftDay, drift_history
from panstore.store.systems import live_executors

if TYPE_CHECKING:
    from panstore.engine.context import Context
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


_AT_ONCE = 200
"""Rows of one table; a report of everything is a row of tables, not one in memory."""
_IN_MEMORY = 1 << 20
_WIDEST = 120

T = TypeVar("T", bound=msgspec.Struct)


class _Kept(Generic[T]):
    """Rows that wait for the end of a report, on disk where they are many.

    Nothing is printed of a report that something cuts short, and one of everything costs no
    memory.
    """

    def __init__(self, kind: type[T], until: ExitStack) -> None:
        self._decoder = msgspec.json.Decoder(kind)
        kept = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - until is one
        self._file = until.enter_context(kept)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, rows: Sequence[T], limit: int) -> int:
        """Keep as many as there is room for, 0 for all; how many there was none for."""
        room = len(rows) if not limit else max(0, limit - self._count)
        for row in rows[:room]:
            self._file.write(msgspec.json.encode(row) + b"\n")
        self._count += len(rows[:room])
        return len(rows[room:])

    def __iter__(self) -> Iterator[T]:
        self._file.seek(0)
        return map(self._decoder.decode, self._file)


class _Found:
    """What is shown of one lane."""

    def __init__(self, lane: Lane, until: ExitStack) -> None:
        self.lane = lane
        self.shown = _Kept(DriftRow, until)
        self.repaired = _Kept(Repaired, until)
        self.hidden = 0
        self.day: DriftDay | None = None


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

    mend = repair_all or repair is not None
    with ExitStack() as until:

        async def ask(engine: Engine) -> tuple[list[_Found], bool, str]:
            context = engine.context
            found = [_Found(lane, until) for lane in _chosen(context, kind, route)]
            for one in found:
                await _look(engine, one, wanted, limit, mend=mend)
            now = context.clock.now()
            alive = bool(await context.store.read(lambda c: live_executors(c, now=now)))
            return found, alive, context.zone

        found, alive, zone = desk.ask(ask)
        days = [one.day for one in found if one.day is not None]
        if wanted is not None and not any(day.looked_at for day in days):
            raise RefusedError(
                f"no linked article, product or order is called {wanted!r}. Nothing was done.",
                "`panstore links list` shows the articles that are linked.",
            )
        if json:
            _document(found, running=alive)
        else:
            _tell(found, zone, running=alive)
    return WAITING if any(day.differ for day in days) else DONE


def _tell(reports: Sequence[_Found], zone: str, *, running: bool) -> None:
    for one in reports:
        _print(one, zone)
    if any(one.repaired for one in reports) and not running:
        line("No PanStore is running; what was marked is worked when `panstore run` starts.")


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
    engine: Engine, found: _Found, wanted: str | None, limit: int, *, mend: bool
) -> None:
    lane = found.lane
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
            progress.advance(bar, part.looked_at)
            rows = [row for row in part.rows if row.differs or wanted is not None]
            found.hidden += found.shown.add(rows, limit)
            found.repaired.add(part.repaired, limit)

        found.day = await look(engine, lane, take, wanted=wanted, mend=mend)


def _print(found: _Found, zone: str) -> None:
    day, lane = found.day, found.lane
    assert day is not None  # noqa: S101 - the report came to its end
    line(
        f"{lane.kind} on {lane.route.id}: {day.looked_at} looked at, {day.differ} differ "
        f"(moved by the shop: {day.by_shop}, by the ERP: {day.by_erp}; ours to do: {day.by_us}; "
        f"unknown: {day.by_unknown})."
    )
    last = "last agreed" if lane.kind == "product" else "last written"
    headings = ("record", "ERP", "shop", last, "when", "who moved", "why")
    rows = (_cells(row, zone) for row in found.shown)
    while some := list(islice(rows, _AT_ONCE)):
        table(headings, some)
    if found.hidden:
        line(f"... and {found.hidden} more; --limit 0 shows all.")
    if day.repaired:
        line(f"{day.repaired} marked to be repaired; nothing was written yet.")
    for one in found.repaired:
        line(f"  {one.label}: {one.says}")


def _cells(row: DriftRow, zone: str) -> tuple[str, ...]:
    label = row.label or row.item
    return (
        f"{label}: {row.field}" if row.field else label,
        *map(_short, (row.erp, row.shop, row.wrote)),
        "never" if row.wrote_at is None else zoned(row.wrote_at, zone),
        _WHO[row.moved],
        row.why,
    )


def _short(words: str | None) -> str:
    """For a cell; a description may be a page long, and JSON has it whole."""
    words = words or "-"
    return words if len(words) <= _WIDEST else words[: _WIDEST - 1] + "…"


def _document(reports: Sequence[_Found], *, running: bool) -> None:
    """One JSON document, written as it is read: rows one by one, never all of them at once."""
    write = sys.stdout.write
    write(f'{{"running": {_json(running)}, "reports": [')
    for place, found in enumerate(reports):
        day = found.day
        assert day is not None  # noqa: S101 - the report came to its end
        head = _json({**msgspec.structs.asdict(day), "module": found.lane.code})
        write(f"{', ' if place else ''}{head[:-1]}, ")
        _array(write, "rows", found.shown)
        write(", ")
        _array(write, "repairs", found.repaired)
        write("}")
    write("]}\n")


def _array(write: Callable[[str], object], name: str, rows: Iterable[msgspec.Struct]) -> None:
    write(f"{_json(name)}: [")
    for place, row in enumerate(rows):
        write(("," if place else "") + "\n  " + _json(msgspec.structs.asdict(row)))
    write("]")


def _json(content: object) -> str:
    return dumps(content, ensure_ascii=False, default=plain)


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
