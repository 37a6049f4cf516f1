"""S4 as the engine sees it."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar
from zoneinfo import ZoneInfo

from panstore.model.errors import InvariantError
from panstore.model.ids import ModuleCode
from panstore.modules.s4_orders.plan import next_step
from panstore.modules.s4_orders.report import news
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk import FlowModule, Settings
from panstore.sdk.modules import Due, OrderCase
from panstore.sdk.order_roles import CancelOrders
from panstore.sdk.roles import CreateOrders

__all__ = ["OrderModule", "module"]


class OrderModule:
    """Keeps one sale in the ERP for each web order, and tells the shop how far it has come."""

    code: ClassVar[ModuleCode] = ModuleCode("S4")
    title: ClassVar[str] = "Web orders"
    settings_type: ClassVar[type[Settings]] = OrderSettings
    place: ClassVar[int] = 10
    needs: ClassVar[frozenset[ModuleCode]] = frozenset()
    erp_roles: ClassVar[tuple[type, ...]] = (CreateOrders, CancelOrders)

    def due(self, case: OrderCase, settings: Settings) -> Due:
        """The next step for this order, or None."""
        return next_step(case, _own(settings))

    def report(self, case: OrderCase, settings: Settings) -> Due:
        """What the shop shall hear of this order, or None."""
        return news(case, _own(settings))

    def begins(self, settings: Settings, zone: str) -> dt.datetime | None:
        """Midnight at which `from_date` begins in the company's zone."""
        day = _own(settings).from_date
        if day is None:
            return None
        return dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)


def _own(settings: Settings) -> OrderSettings:
    if not isinstance(settings, OrderSettings):
        raise InvariantError(f"S4 was given {type(settings).__name__} instead of its settings")
    return settings


module: FlowModule = OrderModule()
