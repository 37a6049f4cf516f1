"""`panstore plan`: what would be written and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter, validators

from panstore.cli.failures import RefusedError
from panstore.cli.host import DONE, USAGE, WAITING, Desk, Flag, GivenDesk
from panstore.cli.output import document, line, table, value_words
from panstore.cli.routes import chosen_flows, chosen_modules, chosen_products
from panstore.engine.plans.make import make_plan
from panstore.engine.plans.orders import next_steps
from panstore.engine.plans.products import all_lines, make_product_plan
from panstore.model.stored_plan import line_words
from panstore.store.plans import find_plan

if TYPE_CHECKING:
    from panstore.engine.engine import Engine
    from panstore.model.plan import Plan
    from panstore.model.stored_plan import PlanLine, StoredPlan

__all__ = ["plan"]


def plan(
    module: str,
    /,
    *,
    route: str | None = None,
    limit: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 50,
    store: Flag = False,
    json: Flag = False,
    desk: GivenDesk,
) -> int:
    """Show what a module would write and why; write nothing.

    Args:
        module: code of the module, e.g. S1.
        route: only this route; all routes with the module otherwise.
        limit: most lines shown per route; 0 for all.
        store: keep the plan, to be approved and applied with `panstore plans`.
        json: print one JSON document.
    """
    if store:
        return _keep(module, route, json=json, desk=desk)

    flows = desk.ask(lambda engine: _steps(engine, module, route))
    if flows is not None:
        return _say_steps(flows, limit, json=json)

    products = desk.ask(lambda engine: _products(engine, module, route))
    if products is not None:
        return _say_products(products, limit, json=json)

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


async def _steps(
    engine: Engine, module: str, route: str | None
) -> list[tuple[str, str, list[PlanLine]]] | None:
    """What is next for each order; None if the module takes none forward."""
    context = engine.context
    chosen = chosen_flows(context, module, route)
    found = [(str(r.id), str(code), await next_steps(context, r, code)) for r, code in chosen]
    return found or None


def _say_steps(flows: list[tuple[str, str, list[PlanLine]]], limit: int, *, json: bool) -> int:
    if json:
        document({
            "orders": [
                {
                    "route": on,
                    "module": code,
                    "total": len(lines),
                    "next": [
                        {"order": one.sku, "can_go_on": one.kind != "held", "what": one.reason}
                        for one in lines[: limit or None]
                    ],
                }
                for on, code, lines in flows
            ]
        })
        return WAITING if any(lines for _, _, lines in flows) else DONE
    for on, code, lines in flows:
        line(
            f"{code} on {on}: {len(lines)} orders for which it has something to do or cannot. It "
            "does so by itself, order by order; there is nothing to approve. Nothing was done."
        )
        shown = lines[: limit or None]
        if shown:
            table(
                ("order", "next", "what"),
                [(o.sku, "waits" if o.kind == "held" else "due", o.reason) for o in shown],
            )
    return WAITING if any(lines for _, _, lines in flows) else DONE


_Products = list[tuple[str, str, tuple[list["PlanLine"], int, int]]]


async def _products(engine: Engine, module: str, route: str | None) -> _Products | None:
    """What would be written to products; None if the module is not one of products."""
    context = engine.context
    chosen = chosen_products(context, module, route)
    return [(r.id, code, await all_lines(context, r, code)) for r, code in chosen] or None


def _say_products(found: _Products, limit: int, *, json: bool) -> int:
    if json:
        document({
            "products": [
                {
                    "route": on,
                    "module": code,
                    "to_write": writes,
                    "unchanged": unchanged,
                    "lines": [msgspec.structs.asdict(one) for one in lines[: limit or None]],
                }
                for on, code, (lines, writes, unchanged) in found
            ]
        })
    for on, code, (lines, writes, unchanged) in () if json else found:
        stuck = sum(one.kind == "held" for one in lines)
        line(
            f"{code} on {on}: {writes} products to write, {stuck} that cannot go on, {unchanged} "
            "in step. Nothing was written."
        )
        shown = lines[: limit or None]
        if shown:
            table(
                ("article", "where", "field", "now", "new", "why"),
                [
                    (
                        one.sku,
                        one.side or "-",
                        one.field or one.kind,
                        line_words(one.field, one.before),
                        line_words(one.field, one.after),
                        one.reason,
                    )
                    for one in shown
                ],
            )
        if len(lines) > len(shown):
            line(f"... and {len(lines) - len(shown)} more; --limit 0 shows all.")
    return WAITING if any(writes for _, _, (_, writes, _) in found) else DONE


def _keep(module: str, route: str | None, *, json: bool, desk: Desk) -> int:
    async def work(engine: Engine) -> list[StoredPlan]:
        context, kept = engine.context, []
        if chosen_flows(context, module, route):
            raise RefusedError(
                f"{module} takes orders forward by itself, so there is nothing to approve. "
                "Nothing was stored.",
                f"`panstore plan {module}` shows what is next for each order.",
                code=USAGE,
            )
        products = chosen_products(context, module, route)
        for chosen, code in products or chosen_modules(context, [module], route):
            make = make_product_plan if products else make_plan
            number = await make(context, chosen, code)
            kept.append(await context.store.read(lambda c, n=number: find_plan(c, n)))  # type: ignore[misc]
        return [one for one in kept if one is not None]

    kept = desk.ask(work)
    if json:
        document({"plans": [msgspec.structs.asdict(one) for one in kept]})
    for one in () if json else kept:
        line(f"Plan {one.id} is stored: {one.title}. Nothing was written.")
        line(f"`panstore plans show {one.id}` shows it, {one.unchanged} are in step.")
    return DONE


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
