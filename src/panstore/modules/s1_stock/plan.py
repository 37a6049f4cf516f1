"""S1's plan: what each item shall offer, what differs, what has to be parked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from panstore.model.ids import ItemId, ModuleCode
from panstore.model.link import Link, say_factor
from panstore.model.plan import Held, Operation, Plan
from panstore.model.quantity import plain
from panstore.model.stock import StockLevel, StockTarget
from panstore.modules.s1_stock.policy import offered, promised, sellable
from panstore.modules.s1_stock.settings import StockSettings
from panstore.sdk.modules import RouteView, StockItem

__all__ = ["plan_stock"]

_CODE = ModuleCode("S1")
_NOTHING = StockTarget(free=Decimal(0))


def plan_stock(items: Sequence[StockItem], settings: StockSettings, view: RouteView) -> Plan:
    """Compare what the shop offers with what can be sold.

    Args:
        items: each with one stock level per chosen warehouse; levels of others are ignored.
        settings: the route's.
        view: the shop's traits decide about fractions.

    Returns:
        Every item in exactly one of operations, unchanged and held; the same for the same input.
        A service, of which no stock is kept, is left as it is.
    """
    digits = view.shop.stock_digits if view.shop.fractional_stock else 0
    operations: list[Operation] = []
    unchanged: list[ItemId] = []
    held: list[Held] = []
    for item in items:
        link = item.link
        if not link.tracked:
            unchanged.append(link.item)
            continue
        levels = [level for level in item.levels if level.warehouse in settings.warehouses]
        free = Decimal(0)
        target = _NOTHING
        if levels:
            if link.factor is None or link.factor <= 0:
                held.append(_no_factor(link))
                continue
            free = sellable(
                levels,
                open_demand=item.open_demand,
                safety=settings.safety_stock,
                promise=settings.promise,
            )
            target = StockTarget(free=offered(free, link.factor, digits))
        if item.present == target:
            unchanged.append(link.item)
            continue
        reason = _reason(item, levels, settings, free, target) if levels else _lost(settings)
        operations.append(
            Operation(
                item=link.item,
                target=link.shop,
                before=item.present,
                after=target,
                reason=reason,
                sku=link.sku,
            )
        )
    return Plan(
        route=view.route,
        module=_CODE,
        operations=tuple(operations),
        unchanged=tuple(unchanged),
        held=tuple(held),
    )


def _reason(
    item: StockItem,
    levels: Sequence[StockLevel],
    settings: StockSettings,
    free: Decimal,
    target: StockTarget,
) -> str:
    on_hand = sum((level.on_hand for level in levels), Decimal(0))
    taken = sum((promised(level, settings.promise) for level in levels), Decimal(0))
    word = "promised" if settings.promise == "all" else "reserved"
    text = (
        f"on hand {plain(on_hand)}, {word} {plain(taken)}, open in shop orders"
        f" {plain(item.open_demand)}, safety stock {plain(settings.safety_stock)}"
        f" -> {plain(free)}"
    )
    factor = item.link.factor
    if factor is not None and factor != 1:
        text += f" stock units = {plain(target.free)} sales units of {plain(factor)}"
    elif target.free != free:
        text += f", cut to {plain(target.free)}"
    return text


def _lost(settings: StockSettings) -> str:
    where = ", ".join(settings.warehouses)
    return f"the ERP no longer keeps stock of this article in {where} -> 0, so it cannot be bought"


def _no_factor(link: Link) -> Held:
    name = link.sku or f"article {link.shop} of the shop"
    return Held(
        item=link.item,
        code="unit.no_factor",
        reason=(
            f"{name}: nobody has said how many stock units of the ERP (article {link.erp}) make"
            " one sales unit in the shop, so its stock cannot be computed. Nothing was written;"
            f" the shop keeps what it offers now. Say it with `{say_factor(link)}`; it then goes on"
            " by itself."
        ),
        sku=link.sku,
    )
