"""S1 as the engine sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from panstore.model.change import SignalKind
from panstore.model.errors import InvariantError
from panstore.model.ids import ModuleCode
from panstore.model.plan import Plan
from panstore.modules.s1_stock.plan import plan_stock
from panstore.modules.s1_stock.settings import StockSettings
from panstore.sdk import Settings, StateModule
from panstore.sdk.modules import RouteView, StockItem, StockQuery

__all__ = ["StockModule", "module"]


class StockModule:
    """Keeps the free stock of a shop in step with the ERP."""

    code: ClassVar[ModuleCode] = ModuleCode("S1")
    title: ClassVar[str] = "Stock"
    settings_type: ClassVar[type[Settings]] = StockSettings
    interests: ClassVar[frozenset[SignalKind]] = frozenset({"stock", "product", "order"})

    def query(self, settings: Settings, view: RouteView) -> StockQuery:  # noqa: ARG002 - protocol
        """Stock of the chosen warehouses."""
        return StockQuery(warehouses=_own(settings).warehouses)

    def plan(self, items: Sequence[StockItem], settings: Settings, view: RouteView) -> Plan:
        """Differences between what is offered and what can be sold."""
        return plan_stock(items, _own(settings), view)


def _own(settings: Settings) -> StockSettings:
    if not isinstance(settings, StockSettings):
        raise InvariantError(f"S1 was given {type(settings).__name__} instead of its settings")
    return settings


module: StateModule[StockItem] = StockModule()
