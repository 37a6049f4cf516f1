"""What the rules of a route say of the orders that are known here; nothing is done for any."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from panstore.engine.context import Context, Route
from panstore.engine.order_case import stored_case
from panstore.model.ids import RouteId
from panstore.sdk.modules import Explains, OrderCase, RuleSaid
from panstore.sdk.rules import Rule
from panstore.store.orders import list_orders

__all__ = ["RuleTrial", "TriedOrder", "try_rules"]

GIVEN = "given"
"""Stands for the module where a rule was not taken from the settings."""


class TriedOrder(msgspec.Struct, frozen=True):
    """What one rule says of one order."""

    order_id: str
    number: str
    placed_at: dt.datetime
    holds: bool | None
    why: str


class RuleTrial(msgspec.Struct, frozen=True):
    """What one rule says of the last orders of a route, the newest first.

    Attributes:
        module: whose rule it is, `given` for one that is tried out.
        setting: where it stands in the module's settings.
    """

    route: RouteId
    module: str
    setting: str
    rule: str
    orders: tuple[TriedOrder, ...]

    @property
    def taken(self) -> int:
        """For how many orders it holds."""
        return sum(order.holds is True for order in self.orders)


async def try_rules(
    context: Context, route: Route, *, last: int, rule: Rule | None = None
) -> tuple[list[RuleTrial], int]:
    """Ask every rule of the route, or only `rule`, about the last orders.

    No other system is asked: sales are as the ERP last showed them.

    Args:
        last: most orders looked at, >= 1.

    Returns:
        The trials, and how many orders could not be looked at because the shop's copy is not
        kept here.
    """
    return await context.store.read(lambda c: _try(c, context, route, last, rule))


def _try(
    connection: sa.Connection, context: Context, route: Route, last: int, rule: Rule | None
) -> tuple[list[RuleTrial], int]:
    trials: dict[tuple[str, str, str], list[TriedOrder]] = {}
    missing = 0
    for row in list_orders(connection, route=route.id, limit=last):
        case = stored_case(connection, context, route, row.order_id)
        if case is None:
            missing += 1
            continue
        for module, said in _said(route, case, rule):
            told = TriedOrder(row.order_id, row.number, row.placed_at, said.holds, said.why)
            trials.setdefault((module, said.setting, said.text), []).append(told)
    return [RuleTrial(route.id, *key, tuple(orders)) for key, orders in trials.items()], missing


def _said(route: Route, case: OrderCase, rule: Rule | None) -> Sequence[tuple[str, RuleSaid]]:
    if rule is not None:
        return [(GIVEN, rule.said(case, "rule"))]
    modules = sorted(route.flow_modules.items(), key=lambda item: item[1][0].place)
    return [
        (code, said)
        for code, (module, settings) in modules
        if isinstance(module, Explains)
        for said in module.explain(case, settings)
    ]
