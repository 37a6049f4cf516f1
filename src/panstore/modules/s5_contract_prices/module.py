"""S5 as the engine sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from panstore.model.errors import InvariantError
from panstore.model.ids import ModuleCode
from panstore.model.order import Order
from panstore.model.plan import Held
from panstore.modules.s5_contract_prices.check import check_order
from panstore.modules.s5_contract_prices.offer import make_offer
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk import Settings
from panstore.sdk.contracts import (
    Checked,
    ContractItem,
    ContractModule,
    ContractSettings,
    LineOffers,
    Offered,
)
from panstore.sdk.modules import RouteView

__all__ = ["ContractPriceModule", "module"]


class ContractPriceModule:
    """Says what buyers with an agreement are shown, and whether orders charge it."""

    code: ClassVar[ModuleCode] = ModuleCode("S5")
    title: ClassVar[str] = "Contract prices"
    settings_type: ClassVar[type[ContractSettings]] = ContractPriceSettings

    def offer(self, item: ContractItem, settings: Settings, view: RouteView) -> Offered:
        """What the shop may show for one item."""
        return make_offer(item, _own(settings), view)

    def check(
        self, order: Order, lines: Sequence[LineOffers], settings: Settings, view: RouteView
    ) -> Checked | Held:
        """Whether an order charges what was agreed."""
        return check_order(order, lines, _own(settings), view)


def _own(settings: Settings) -> ContractPriceSettings:
    if not isinstance(settings, ContractPriceSettings):
        raise InvariantError(f"S5 was given {type(settings).__name__} instead of its settings")
    return settings


module: ContractModule = ContractPriceModule()
