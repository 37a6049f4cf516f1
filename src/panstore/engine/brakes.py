"""Which changes are risky, and when many of them are a mass change: pure."""

from __future__ import annotations

from collections.abc import Sequence

from panstore.engine.context import BrakeLimits
from panstore.model.plan import Operation
from panstore.model.price import PriceTarget
from panstore.model.stock import StockTarget

__all__ = ["CREATE", "FALL", "HIDE", "PRICE", "WITHHELD", "brakes", "risk_of", "words"]

FALL = "stock_to_zero"
PRICE = "price_jump"
CREATE = "product_create"
HIDE = "product_hide"
WITHHELD = "price_withheld"

_WORDS = {
    FALL: "items would be sold out",
    PRICE: "items would change price by a lot",
    CREATE: "products would be created anew",
    HIDE: "products would be taken off sale",
    WITHHELD: "agreed prices would be withheld",
}


def risk_of(operation: Operation, limits: BrakeLimits) -> str | None:
    """Kind of risk of one operation, or None.

    A first value is never risky: there is nothing to compare it with.
    """
    before, after = operation.before, operation.after
    if isinstance(before, StockTarget) and isinstance(after, StockTarget):
        return FALL if before.free > 0 and after.free == 0 else None
    if isinstance(before, PriceTarget) and isinstance(after, PriceTarget):
        if before.currency != after.currency or before.includes_tax != after.includes_tax:
            return PRICE
        if before.amount <= 0:
            return None
        change = abs(after.amount - before.amount) / before.amount
        return PRICE if change > limits.price_change else None
    return None


def brakes(risky: Sequence[str], *, recent: int, items: int, limits: BrakeLimits) -> bool:
    """Whether these risky items together with the recent ones are a mass change.

    Args:
        risky: items of this plan; recent: other risky items inside the window.
        items: all items of the route.
    """
    count = len(risky) + recent
    return count >= limits.from_items and count > limits.share * items


def words(kind: str, count: int, items: int) -> str:
    """The reason, for people; a kind may name the agreement under which it is counted."""
    word, _, agreement = kind.partition(":")
    under = f" under agreement {agreement}" if agreement else ""
    return f"{count} of {items} {_WORDS[word]}{under} within a short time"
