"""Products, stock and prices from the companion's shapes and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from panstore.connectors.oscar import wire
from panstore.model.ids import ExternalId
from panstore.model.plan import Operation, WriteOutcome
from panstore.model.price import PriceTarget
from panstore.model.product import Variant
from panstore.model.quantity import plain
from panstore.model.stock import ShopStock, StockTarget

__all__ = [
    "present_price",
    "present_stock",
    "price_item",
    "price_outcome",
    "product_id",
    "stock_item",
    "stock_outcome",
    "tax_classes",
    "variant",
]

_ID = re.compile(r"[1-9][0-9]{0,17}")


def product_id(id_: ExternalId) -> int | None:
    """The number Oscar knows a variant by, None if it cannot be one of Oscar's ids."""
    return int(id_) if _ID.fullmatch(id_) else None


def variant(product: wire.WireProduct, rates: Mapping[str, Decimal]) -> Variant:
    """A sellable product.

    Args:
        product: as the shop lists it.
        rates: VAT in per cent by the shop's tax class.
    """
    rate = rates.get(product.tax_class or "")
    return Variant(
        id=ExternalId(str(product.id)),
        sku=(product.sku or "").strip(),
        title=product.title.strip(),
        gtin=(product.upc or "").strip(),
        parent=None if product.parent_id is None else ExternalId(str(product.parent_id)),
        active=product.is_public,
        tracked=product.tracks_stock,
        tax_rates=() if rate is None else (rate,),
    )


def present_stock(product: wire.WireProduct) -> ShopStock:
    """What a visitor can buy of it now; nothing where it has no stock record."""
    return ShopStock(ExternalId(str(product.id)), Decimal(product.free or 0))


def present_price(product: wire.WireProduct) -> PriceTarget | None:
    """Its net price, None where the shop has none."""
    if product.price is None or product.currency is None:
        return None
    return PriceTarget(
        amount=Decimal(product.price),
        currency=product.currency,
        includes_tax=False,
        tax_class=product.tax_class,
    )


def tax_classes(rates: Mapping[str, str]) -> dict[str, str]:
    """VAT rate -> tax class, from the shop's own table; a rate with two classes is left out.

    Args:
        rates: the shop's tax class -> VAT in per cent.
    """
    found: dict[str, list[str]] = {}
    for code, rate in rates.items():
        found.setdefault(plain(Decimal(rate)), []).append(code)
    return {rate: codes[0] for rate, codes in found.items() if len(codes) == 1}


def stock_outcome(target: ExternalId, item: wire.WireStockOutcome) -> WriteOutcome:
    """What became of one stock write, with the free quantity now stored."""
    if item.outcome == "refused":
        return _refused(target, item.error)
    if item.free is None:
        return WriteOutcome(target, "done")
    return WriteOutcome(target, "done", StockTarget(max(Decimal(item.free), Decimal(0))))


def price_outcome(target: ExternalId, item: wire.WirePriceOutcome) -> WriteOutcome:
    """What became of one price write, with the price now stored."""
    if item.outcome == "refused":
        return _refused(target, item.error)
    if item.price is None or item.currency is None:
        return WriteOutcome(target, "done")
    stored = PriceTarget(
        amount=Decimal(item.price),
        currency=item.currency,
        includes_tax=False,
        tax_class=item.tax_class,
    )
    return WriteOutcome(target, "done", stored)


def _refused(target: ExternalId, error: wire.WireError | None) -> WriteOutcome:
    if error is None:
        return _refusal(target, "refused", "the shop did not say why")
    return _refusal(target, error.code, error.message)


def stock_item(operation: Operation) -> dict[str, object] | WriteOutcome:
    """One item of a stock write, or why it cannot be said to the shop at all."""
    target, value = operation.target, operation.after
    number = product_id(target)
    if number is None:
        return _no_id(target)
    if not isinstance(value, StockTarget) or not value.free.is_finite() or value.free < 0:
        return _refusal(target, "not_a_quantity", f"{value} is no free quantity")
    return {"product": number, "free": plain(value.free)}


def price_item(operation: Operation) -> dict[str, object] | WriteOutcome:
    """One item of a price write, or why it cannot be said to the shop at all."""
    target, value = operation.target, operation.after
    number = product_id(target)
    if number is None:
        return _no_id(target)
    if not isinstance(value, PriceTarget) or not value.amount.is_finite():
        return _refusal(target, "not_a_price", f"{value} is no price")
    if value.includes_tax:
        return _refusal(target, "wrong_terms", "the shop stores net prices")
    if value.promotion is not None:
        return _refusal(target, "no_dates", "the shop has no prices with dates")
    price = {"product": number, "price": plain(value.amount), "currency": value.currency}
    return price if value.tax_class is None else {**price, "tax_class": value.tax_class}


def _no_id(target: ExternalId) -> WriteOutcome:
    return _refusal(target, "unknown_product", f"{target!r} is no product id of the shop")


def _refusal(target: ExternalId, code: str, message: str) -> WriteOutcome:
    return WriteOutcome(target, "refused", None, code, message)
