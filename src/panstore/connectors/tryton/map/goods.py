"""Variants, stock and prices from the companion's rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from panstore.connectors.tryton.map.rows import external
from panstore.connectors.tryton.wire import PriceRow, ProductRow, StockRow, TaxRow
from panstore.model.price import Promotion, SalesPrice
from panstore.model.product import Variant
from panstore.model.quantity import plain
from panstore.model.stock import StockLevel
from panstore.sdk.errors import MappingError

__all__ = [
    "sales_price",
    "stock_level",
    "tax_rates",
    "taxes_by_rate",
    "variant",
]

_STORED = frozenset({"goods", "assets"})


def variant(product: ProductRow) -> Variant:
    """A variant of the catalogue; what is not salable counts as not active."""
    return Variant(
        id=external(product.id),
        sku=product.code or "",
        title=product.name.strip(),
        gtin=product.ean or "",
        parent=external(product.template),
        unit=product.unit_name,
        active=product.active and product.salable,
        tracked=product.type in _STORED,
        tax_rates=tax_rates(product.taxes),
    )


def stock_level(stock: StockRow, warehouse: str, unit: str) -> StockLevel:
    """Stock in one warehouse.

    Args:
        stock: the row.
        warehouse: the code for its warehouse id.
        unit: the name for its unit id.

    Raises:
        MappingError: promised goods below zero.
    """
    for field, value in (("reserved", stock.reserved), ("demand", stock.demand)):
        if value < 0:
            raise MappingError(
                f"stock of product {stock.product} in {warehouse}", field, f"is {value}, below zero"
            )
    return StockLevel(
        variant=external(stock.product),
        warehouse=warehouse,
        on_hand=stock.on_hand,
        reserved=stock.reserved,
        demand=stock.demand,
        unit=unit,
    )


def sales_price(price: PriceRow, promotional: PriceRow | None) -> SalesPrice:
    """Price of a variant, with what a promotional list makes of it.

    A list of Tryton answers the list price for what it has no line for, so only another price is
    a promotion. Tryton says the price of a day and the next day on which a dated line begins or
    has ended; the promotion is told until the day before, then it is read again.
    """
    days = [one.valid_until for one in (price, promotional) if one and one.valid_until]
    return SalesPrice(
        variant=external(price.product),
        amount=price.price,
        currency=price.currency,
        includes_tax=False,
        tax_rates=tax_rates(price.taxes),
        valid_until=min(days, default=None),
        promotion=_promotion(price, promotional) if promotional else None,
    )


def taxes_by_rate(taxes: Iterable[TaxRow]) -> dict[str, tuple[int, ...]]:
    """Ids of taxes by their rate in per cent, as text (`22`, `9.5`), without doubles."""
    found: dict[str, dict[int, None]] = {}
    for tax in taxes:
        found.setdefault(plain(tax.rate * 100), {})[tax.id] = None
    return {rate: tuple(ids) for rate, ids in found.items()}


def tax_rates(taxes: Iterable[TaxRow]) -> tuple[Decimal, ...]:
    """Rates in per cent, without doubles."""
    return tuple(Decimal(rate) for rate in taxes_by_rate(taxes))


def _promotion(price: PriceRow, promotional: PriceRow) -> Promotion | None:
    amount = promotional.price
    if amount is None or amount in {price.price, promotional.list_price}:
        return None
    until = promotional.valid_until
    return Promotion(amount, starts=None, ends=until - dt.timedelta(days=1) if until else None)
