"""`panstore sync`: a look at everything, beside the real-time work."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, WAITING, Flag, GivenDesk
from panstore.cli.output import document, line
from panstore.cli.routes import chosen_modules, chosen_routes, chosen_shop
from panstore.engine.context import LINKS
from panstore.engine.contracts.push_marks import push_routes
from panstore.engine.restored import begin_with_restored
from panstore.store.full_runs import FullRun, list_runs
from panstore.store.items import count_links
from panstore.store.systems import live_executors

if TYPE_CHECKING:
    from panstore.engine.context import Context
    from panstore.engine.engine import Engine
    from panstore.model.ids import ModuleCode, RouteId

__all__ = ["sync"]

_LOOK_S = 0.5


def sync(
    modules: Annotated[tuple[str, ...], Parameter(show_default=False)] = (),
    /,
    *,
    route: str | None = None,
    restored: str | None = None,
    wait: Flag = False,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Look at everything once, beside the real-time work.

    Args:
        modules: codes of modules, e.g. S1 S2; all that keep values in step if none is given.
        route: only this route.
        restored: name of a shop's connection: it was restored from an older copy, so its orders
            are read again from the first, and everything it holds before it is written.
        wait: stay until they are finished and show how far they are.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> tuple[list[FullRun], bool]:
        context = engine.context
        if restored is None:
            chosen = await _look_at(engine, modules, route)
        else:
            _refuse_parts(modules, route)
            chosen = await begin_with_restored(context, chosen_shop(context, restored))
        now = context.clock.now()
        alive = bool(await context.store.read(lambda c: live_executors(c, now=now)))
        if wait and not alive:
            raise RefusedError(
                "no running PanStore was found to do the full runs. They are noted and begin "
                "when it starts.",
                "start it with `panstore run`, or leave out --wait.",
                code=WAITING,
            )
        if wait:
            await _watch(engine, chosen)
        return await _of(engine, chosen), alive

    runs, alive = desk.ask(ask)
    if restored is not None and not json:
        line(f"The orders of {restored} are read again from the first.")
    if json:
        document({"running": alive, "full_runs": [_plain(run) for run in runs]})
    else:
        for run in runs:
            state = f"finished, {run.checked} checked" if run.finished_at else "noted"
            line(f"{run.route} {run.module}: {state}")
        if not alive:
            line("No PanStore is running; the full runs begin when `panstore run` starts.")
    return DONE if alive else WAITING


async def _look_at(
    engine: Engine, modules: tuple[str, ...], route: str | None
) -> list[tuple[RouteId, ModuleCode]]:
    kept = _kept_prices(engine.context, modules, route)
    others = [name for name in modules if name.casefold() not in {c.casefold() for _, c in kept}]
    chosen = kept
    if others or not modules:
        pairs = chosen_modules(engine.context, others, route)
        chosen = [(r.id, code) for r, code in pairs] + kept
    if not modules:
        chosen = [(r.id, LINKS) for r in chosen_routes(engine.context, route)] + chosen
    for route_id, code in chosen:
        await engine.full_run(route_id, [code])
    return chosen


def _kept_prices(
    context: Context, modules: tuple[str, ...], route: str | None
) -> list[tuple[RouteId, ModuleCode]]:
    """Agreed prices, where the shop keeps them and is meant."""
    names = {name.casefold() for name in modules}
    meant = {one.id for one in chosen_routes(context, route)}
    return [
        (one.id, code)
        for one, code in push_routes(context)
        if one.id in meant and (not names or code.casefold() in names)
    ]


def _refuse_parts(modules: tuple[str, ...], route: str | None) -> None:
    if modules or route is not None:
        raise RefusedError(
            "a restored shop is looked at as a whole. Nothing was done.",
            "leave out the modules and --route.",
            code=USAGE,
        )


async def _of(engine: Engine, chosen: list[tuple[RouteId, ModuleCode]]) -> list[FullRun]:
    runs = await engine.context.store.read(list_runs)
    return [run for run in runs if (run.route, run.module) in chosen]


async def _watch(engine: Engine, chosen: list[tuple[RouteId, ModuleCode]]) -> None:
    context = engine.context
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} checked"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        bars = {}
        for route_id, code in chosen:
            total = await context.store.read(lambda c, r=route_id: count_links(c, r))  # type: ignore[misc]
            # How many pages a catalogue has is known only at its end.
            bars[route_id, code] = progress.add_task(
                f"{route_id} {code}", total=None if code == LINKS else total
            )
        while True:
            runs = await _of(engine, chosen)
            for run in runs:
                progress.update(bars[run.route, run.module], completed=run.checked)
            if all(run.finished_at is not None for run in runs):
                return
            await context.clock.sleep(_LOOK_S)


def _plain(run: FullRun) -> dict[str, object]:
    return {
        "route": run.route,
        "module": run.module,
        "checked": run.checked,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }
