"""S4 as the engine sees it."""

from __future__ import annotations

from typing import ClassVar

from panstore.model.errors import InvariantError
from panstore.model.ids import ModuleCode
from panstore.modules.s4_orders.plan import next_step
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk import FlowModule, Settings
from panstore.sdk.modules import Due, OrderCase

__all__ = ["OrderModule", "module"]


class OrderModule:
    """Takes web orders into the ERP."""

    code: ClassVar[ModuleCode] = ModuleCode("S4")
    title: ClassVar[str] = "Web orders"
    settings_type: ClassVar[type[Settings]] = OrderSettings

    def due(self, case: OrderCase, settings: Settings) -> Due:
        """The next step for this order, or None."""
        if not isinstance(settings, OrderSettings):
            raise InvariantError(f"S4 was given {type(settings).__name__} instead of its settings")
        return next_step(case, settings)


module: FlowModule = OrderModule()
