"""The checkout guard: free stock is checked again, under a row lock, while the order is placed.

Oscar checks stock when goods enter the basket and never again, so several buyers of the last piece
all get it.
"""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _
from oscar.core.loading import get_class

from oscar_panstore import conf, locks
from oscar_panstore.models import Switch

UnableToPlaceOrder = get_class("order.exceptions", "UnableToPlaceOrder")


class SoldOutError(UnableToPlaceOrder, ValueError):  # type: ignore[misc, valid-type]
    """Somebody else bought the goods first.

    Oscar's checkout pages show an `UnableToPlaceOrder` and give the basket back; oscarapi turns a
    `ValueError` into HTTP 406. This is both.
    """


def is_on() -> bool:
    """Whether the guard is on: the run-time switch if there is one, else the setting."""
    switched = Switch.objects.filter(name=Switch.CHECKOUT_GUARD).values_list("is_on", flat=True)
    return switched[0] if switched else conf.checkout_guard()


def lock_and_check(basket: Any) -> None:
    """Lock the stock a basket needs and refuse it if not everything is there.

    Must run inside the transaction that places the order, before anything is allocated.

    Args:
        basket: The basket about to become an order.

    Raises:
        SoldOutError: If an item lost its price since it was put in, or, with the guard on, a
            tracked item has fewer free pieces than the basket holds; the text is for the buyer and
            names the items.
    """
    wanted: dict[int, int] = defaultdict(int)
    tracked: dict[int, str] = {}
    for line in basket.all_lines():
        if not line.purchase_info.price.exists:
            raise SoldOutError(gone(line.product.get_title()))
        wanted[line.stockrecord_id] += line.quantity
        if line.product.get_product_class().track_stock:
            tracked[line.stockrecord_id] = line.product.get_title()
    records = locks.locked_stockrecords(list(wanted))
    if not is_on():
        return
    short = [
        _short(tracked[record.pk], free=max(record.net_stock_level, 0))
        for record in records
        if record.pk in tracked and record.net_stock_level < wanted[record.pk]
    ]
    if short:
        raise SoldOutError(" ".join(short))


def gone(title: str) -> str:
    """What a buyer is told of an item that lost its price while it was in the basket."""
    return _(
        "“%(title)s” is not for sale any more. Your basket is kept; please remove the item."
    ) % {"title": title}


def _short(title: str, *, free: int) -> str:
    if free:
        return _(
            "“%(title)s”: only %(free)d left, somebody else was faster. "
            "Your basket is kept; please reduce the quantity."
        ) % {"title": title, "free": free}
    return _(
        "“%(title)s” has just sold out. Your basket is kept; please remove the item to continue."
    ) % {"title": title}


class GuardedOrderCreation:
    """Mixin for the shop's `order.utils.OrderCreator`."""

    def create_order_model(self, user: Any, basket: Any, *args: Any, **kwargs: Any) -> Any:
        """First thing Oscar does inside the order's transaction: lock and check, then go on."""
        lock_and_check(basket)
        return super().create_order_model(user, basket, *args, **kwargs)  # type: ignore[misc]
