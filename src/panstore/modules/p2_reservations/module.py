"""P2 as the engine sees it."""

from __future__ import annotations

from typing import ClassVar

from panstore.model.errors import InvariantError
from panstore.model.ids import ModuleCode
from panstore.modules.p2_reservations.plan import next_step
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.sdk import FlowModule, Settings
from panstore.sdk.modules import Due, OrderCase

__all__ = ["ReservationModule", "module"]


class ReservationModule:
    """Sets the goods of web orders aside in the ERP."""

    code: ClassVar[ModuleCode] = ModuleCode("P2")
    title: ClassVar[str] = "Reservations"
    settings_type: ClassVar[type[Settings]] = ReservationSettings
    place: ClassVar[int] = 20

    def due(self, case: OrderCase, settings: Settings) -> Due:
        """Set aside, give back, or wait."""
        if not isinstance(settings, ReservationSettings):
            raise InvariantError(f"P2 was given {type(settings).__name__} instead of its settings")
        return next_step(case, settings)

    def report(self, case: OrderCase, settings: Settings) -> Due:
        """Nothing: S4 tells the shop what became of the order."""
        del case, settings
        return None


module: FlowModule = ReservationModule()
