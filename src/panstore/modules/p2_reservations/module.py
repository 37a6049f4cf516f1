"""P2 as the engine sees it."""

from __future__ import annotations

from typing import ClassVar

from panstore.model.errors import InvariantError
from panstore.model.ids import ModuleCode
from panstore.modules.p2_reservations.plan import next_step
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.sdk import FlowModule, Settings
from panstore.sdk.modules import Due, OrderCase, RuleSaid
from panstore.sdk.order_roles import ReserveGoods

__all__ = ["ReservationModule", "module"]


class ReservationModule:
    """Sets the goods of web orders aside in the ERP."""

    code: ClassVar[ModuleCode] = ModuleCode("P2")
    title: ClassVar[str] = "Reservations"
    settings_type: ClassVar[type[Settings]] = ReservationSettings
    place: ClassVar[int] = 20
    needs: ClassVar[frozenset[ModuleCode]] = frozenset({ModuleCode("S4")})
    erp_roles: ClassVar[tuple[type, ...]] = (ReserveGoods,)

    def due(self, case: OrderCase, settings: Settings) -> Due:
        """Set aside, give back, or wait."""
        return next_step(case, _own(settings))

    def report(self, case: OrderCase, settings: Settings) -> Due:
        """Nothing: S4 tells the shop what became of the order."""
        del case, settings
        return None

    def explain(self, case: OrderCase, settings: Settings) -> tuple[RuleSaid, ...]:
        """Whether its goods are to be set aside, and whether they are given back if unpaid."""
        own = _own(settings)
        said = own.rule.said(case, "rule")
        if own.unpaid_hours is None:
            return (said,)
        return (said, own.unpaid_rule.said(case, "unpaid_rule"))


def _own(settings: Settings) -> ReservationSettings:
    if not isinstance(settings, ReservationSettings):
        raise InvariantError(f"P2 was given {type(settings).__name__} instead of its settings")
    return settings


module: FlowModule = ReservationModule()
