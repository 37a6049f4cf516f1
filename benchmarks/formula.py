"""An ERP and a shop without memory: every value follows from the id, so only PanStore's counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.price import PriceTarget, SalesPrice
from panstore.model.stock import ShopStock, StockLevel
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.roles import PriceQuery, Report

__all__ = ["FormulaErp", "FormulaShop", "price_of", "stock_of"]

_ZERO = Decimal(0)


def stock_of(variant: str) -> Decimal:
    """Stock of a variant."""
    return Decimal(int(variant) % 97 + 1)


def price_of(variant: str) -> Decimal:
    """Net price of a variant."""
    return Decimal(int(variant) % 9000 + 100) / 100


class _System:
    def __init__(self, name: str, capabilities: Capabilities) -> None:
        self.id = ConnectionId(name)
        self.capabilities = capabilities
        self.calls = 0

    async def start(self) -> None:
        """Nothing to log in to."""

    async def check(self) -> Report:
        """Always fine."""
        return Report({})

    async def close(self) -> None:
        """Nothing to close."""


class FormulaErp(_System):
    """Plays ReadStock and ReadPrices."""

    def __init__(self) -> None:
        super().__init__("erp", Capabilities(read_batch=500))

    async def stock_levels(
        self, variants: Sequence[ExternalId], warehouses: Sequence[str]
    ) -> Sequence[StockLevel]:
        """One level per variant in the first warehouse."""
        self.calls += 1
        place = warehouses[0]
        return [StockLevel(v, place, stock_of(v), _ZERO, _ZERO, "u") for v in variants]

    async def prices(
        self, variants: Sequence[ExternalId], query: PriceQuery
    ) -> Sequence[SalesPrice]:
        """One price per variant."""
        self.calls += 1
        rates = (Decimal(22),)
        return [SalesPrice(v, price_of(v), query.currency, tax_rates=rates) for v in variants]


class FormulaShop(_System):
    """Plays WriteStock and WritePrices; counts what is written."""

    def __init__(self) -> None:
        traits = Capabilities(
            read_batch=500,
            stock_batch=500,
            price_batch=500,
            guarded_stock=True,
            currency="EUR",
            tax_classes={"22": "standard"},
        )
        super().__init__("shop", traits)
        self.written = 0

    async def write_stock(
        self, operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        """Everything is taken."""
        del watermark
        return self._take(operations)

    async def write_prices(self, operations: Sequence[Operation]) -> Sequence[WriteOutcome]:
        """Everything is taken."""
        return self._take(operations)

    async def shop_stock(self, variants: Sequence[ExternalId]) -> Sequence[ShopStock]:
        """What the formula says."""
        self.calls += 1
        return [ShopStock(v, stock_of(v)) for v in variants]

    async def shop_prices(
        self, variants: Sequence[ExternalId]
    ) -> Mapping[ExternalId, PriceTarget | None]:
        """What the formula says."""
        self.calls += 1
        return {
            v: PriceTarget(price_of(v), "EUR", includes_tax=False, tax_class="standard")
            for v in variants
        }

    def _take(self, operations: Sequence[Operation]) -> Sequence[WriteOutcome]:
        self.calls += 1
        self.written += len(operations)
        return [WriteOutcome(o.target, "done", o.after) for o in operations]
