"""`panstore undo`: a plan that writes old values back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from panstore.cli.failures import RefusedError
from panstore.cli.host import USAGE, Flag, GivenDesk, Number
from panstore.cli.output import line
from panstore.cli.plans import carefully, say_plan
from panstore.cli.routes import chosen_routes
from panstore.engine.plans.undo import make_undo
from panstore.store import plans as store
from panstore.store.past_writes import Selection

if TYPE_CHECKING:
    from panstore.engine.context import Context, Route
    from panstore.engine.engine import Engine
    from panstore.model.ids import ModuleCode
    from panstore.model.stored_plan import PlanLine, StoredPlan

__all__ = ["undo"]

_SHOWN = 50


def undo(  # noqa: PLR0913 - what people may type
    module: str,
    /,
    *,
    since: str | None = None,
    until: str | None = None,
    plan: Number | None = None,
    approval: Number | None = None,
    sku: str | None = None,
    route: str | None = None,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Make a plan that takes back what a module wrote; write nothing yet.

    Args:
        module: code of the module, e.g. S2.
        since: only what was written from this time on, e.g. 2026-11-24T08:00, in the zone of the
            company.
        until: only what was written up to this time.
        plan: only what applying this stored plan wrote.
        approval: only what went through with this approval.
        sku: only this article.
        route: the route, where the module is on for several.
        json: print one JSON document.
    """

    async def work(engine: Engine) -> tuple[StoredPlan, list[PlanLine], int]:
        context = engine.context
        chosen, code = _meant(context, module, route)
        selection = Selection(
            since=_time(since, context.zone),
            until=_time(until, context.zone),
            plan=plan,
            approval=approval,
            sku=sku,
        )
        number = await carefully(make_undo(context, chosen, code, selection))
        read = context.store.read
        [made] = await read(lambda c: store.list_plans(c, only=number))
        counts = await read(lambda c: store.count_states(c, number))
        lines = await read(lambda c: store.find_lines(c, number, limit=_SHOWN))
        return made, lines, sum(counts.values())

    made, lines, total = desk.ask(work)
    code = say_plan(made, lines, total, json=json)
    if not json and total and made.state != "open":
        line("Nothing was written, and none of it can be taken back.")
    elif not json and total:
        line(
            f"Nothing was written. `panstore plans approve {made.id} --all`, then "
            f"`panstore plans apply {made.id}`."
        )
    return code


def _meant(context: Context, module: str, route: str | None) -> tuple[Route, ModuleCode]:
    found = [
        (one, code)
        for one in chosen_routes(context, route)
        for code in (*one.state_modules, *one.product_modules, *one.flow_modules)
        if code.casefold() == module.casefold()
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(one.id for one, _ in found)
    raise RefusedError(
        f"{module!r} is on for {names or 'no route'}. Nothing was done.",
        "name one with --route." if found else "`panstore status` shows what is on.",
        code=USAGE,
    )


def _time(text: str | None, zone: str) -> dt.datetime | None:
    if text is None:
        return None
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise RefusedError(
            f"{text!r} is no time. Nothing was done.", "e.g. 2026-11-24T08:00", code=USAGE
        ) from None
    return at.replace(tzinfo=ZoneInfo(zone)) if at.tzinfo is None else at
