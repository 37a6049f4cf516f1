"""S2 as the engine sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from panstore.model.change import SignalKind
from panstore.model.errors import InvariantError
from panstore.model.ids import ModuleCode
from panstore.model.plan import Plan
from panstore.modules.s2_prices.plan import plan_prices, price_query
from panstore.modules.s2_prices.settings import PriceSettings
from panstore.sdk import Settings, StateModule
from panstore.sdk.modules import PriceItem, RouteView
from panstore.sdk.roles import PriceQuery

__all__ = ["PriceModule", "module"]


class PriceModule:
    """Keeps the default sales price of a shop in step with the ERP."""

    code: ClassVar[ModuleCode] = ModuleCode("S2")
    title: ClassVar[str] = "Prices"
    settings_type: ClassVar[type[Settings]] = PriceSettings
    interests: ClassVar[frozenset[SignalKind]] = frozenset({"price", "price_list", "product"})

    def query(self, settings: Settings, view: RouteView) -> PriceQuery:
        """Which price to ask for; raises `UnsupportedError` if the shop cannot hold it."""
        return price_query(_own(settings), view)

    def plan(self, items: Sequence[PriceItem], settings: Settings, view: RouteView) -> Plan:
        """Differences between the shop's prices and the ERP's."""
        return plan_prices(items, _own(settings), view)


def _own(settings: Settings) -> PriceSettings:
    if not isinstance(settings, PriceSettings):
        raise InvariantError(f"S2 was given {type(settings).__name__} instead of its settings")
    return settings


module: StateModule[PriceItem] = PriceModule()
