"""`panstore plan`: what would be written and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

from panstore.cli.host import DONE, WAITING, Flag, GivenDesk
from panstore.cli.output import document, line, table, value_words
from panstore.cli.routes import chosen_modules

if TYPE_CHECKING:
    from panstore.engine.engine import Engine
    from panstore.model.plan import Plan

__all__ = ["plan"]


def plan(
    module: str,
    /,
    *,
    route: str | None = None,
    limit: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 50,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Show what a module would write and why; write nothing.

    Args:
        module: code of the module, e.g. S1.
        route: only this route; all routes with the module otherwise.
        limit: most lines shown per route; 0 for all.
        json: print one JSON document.
    """

    async def ask(engine: Engine) -> list[Plan]:
        chosen = chosen_modules(engine.context, [module], route)
        return [await engine.plan(r, c) for r, c in chosen]

    plans = desk.ask(ask)
    if json:
        document({"plans": [_plain(one, limit) for one in plans]})
    else:
        for one in plans:
            _print(one, limit)
    return WAITING if any(one.operations for one in plans) else DONE


def _print(plan_: Plan, limit: int) -> None:
    changes, parked = len(plan_.operations), len(plan_.held)
    line(
        f"{plan_.module} on {plan_.route}: {changes} to write, {parked} that cannot go on, "
        f"{len(plan_.unchanged)} in step. Nothing was written."
    )
    shown = plan_.operations[: limit or None]
    if shown:
        table(
            ("article", "now", "new", "why"),
            [(o.sku, value_words(o.before), value_words(o.after), o.reason) for o in shown],
        )
    held = plan_.held[: limit or None]
    if held:
        table(("article", "cannot go on because"), [(h.sku, h.reason) for h in held])
    hidden = changes + parked - len(shown) - len(held)
    if hidden:
        line(f"... and {hidden} more; --limit 0 shows all.")


def _plain(plan_: Plan, limit: int) -> dict[str, object]:
    return {
        "route": plan_.route,
        "module": plan_.module,
        "to_write": len(plan_.operations),
        "unchanged": len(plan_.unchanged),
        "operations": [
            {
                "sku": o.sku,
                "item": o.item,
                "now": None if o.before is None else value_words(o.before),
                "new": value_words(o.after),
                "reason": o.reason,
            }
            for o in plan_.operations[: limit or None]
        ],
        "held": [
            {"sku": h.sku, "item": h.item, "code": h.code, "reason": h.reason}
            for h in plan_.held[: limit or None]
        ],
    }
