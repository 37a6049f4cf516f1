"""What a module that takes orders forward would do next for each of them; nothing is done."""

from __future__ import annotations

import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.order_case import stored_case
from panstore.engine.story_waits import step_words
from panstore.model.errors import sentence
from panstore.model.ids import ModuleCode
from panstore.model.plan import Held
from panstore.model.stored_plan import LineKind, PlanLine
from panstore.sdk.modules import WaitUntil
from panstore.store.orders import LEFT_ALONE, list_orders

__all__ = ["next_steps"]

_MOST = 10_000


async def next_steps(context: Context, route: Route, code: ModuleCode) -> list[PlanLine]:
    """One line per order for which the module has something to do or cannot; newest first.

    No other system is asked: sales are as the ERP last showed them. Each line is of kind `create`
    (it would be done when the order is looked at next) or `held`.
    """
    return await context.store.read(lambda c: _next(c, context, route, code))


def _next(
    connection: sa.Connection, context: Context, route: Route, code: ModuleCode
) -> list[PlanLine]:
    module, settings = route.flow_modules[code]
    lines: list[PlanLine] = []
    for row in list_orders(connection, route=route.id, limit=_MOST):
        if row.state in LEFT_ALONE:
            continue
        case = stored_case(connection, context, route, row.order_id)
        if case is None:
            continue
        kind: LineKind = "held"
        match module.due(case, settings) or module.report(case, settings):
            case None:
                continue
            case Held() as record:
                why = record.reason
            case WaitUntil() as later:
                why = sentence(
                    f"waits until {later.at.isoformat(timespec='seconds')}: {later.reason}"
                )
            case step:
                kind, why = "create", sentence(step_words(step))
        lines.append(
            PlanLine(
                line=len(lines) + 1,
                item=row.order_id,
                sku=row.number or row.order_id,
                side="erp",
                kind=kind,
                variant="",
                field="",
                before="",
                after="",
                reason=why,
            )
        )
    return lines
