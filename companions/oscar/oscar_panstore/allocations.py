"""What an order holds of the stock follows from its status, whoever changes it.

Oscar allocates pieces when an order is placed and leaves everything later to the shop: without this
a cancelled order keeps its pieces for ever.
"""

import logging
from typing import Any

from django.db import transaction
from oscar.core.loading import get_class

from oscar_panstore import conf, locks

InvalidStockAdjustment = get_class("partner.exceptions", "InvalidStockAdjustment")
logger = logging.getLogger("oscar_panstore.stock")


class SettledAllocations:
    """Mixin for the shop's `order.processing.EventHandler`."""

    def handle_order_status_change(self, order: Any, new_status: str, *args: Any, **kw: Any) -> Any:
        """The shop's own handling and what it means for the stock, together or not at all."""
        with transaction.atomic():
            lock(order)
            former = order.status
            done = super().handle_order_status_change(order, new_status, *args, **kw)  # type: ignore[misc]
            settle(order, former, new_status)
        return done


def lock(order: Any) -> None:
    """Lock what an order's stock touches: stock rows first, then the order, as everybody does."""
    locks.locked_stockrecords([line.stockrecord_id for line in order.lines.all()])
    type(order)._default_manager.select_for_update().get(pk=order.pk)


def settle(order: Any, former: str, status: str) -> None:
    """Give back, use up or take again what the order's lines hold; repeating it is harmless.

    A status of PANSTORE_CANCELLED_STATUSES gives the allocated pieces back, one of
    PANSTORE_SHIPPED_STATUSES takes them out of the stock. An order that is cancelled no longer
    takes its pieces again, even if meanwhile others have them: a person decided so.

    Args:
        order: Its status is the new one.
        former: The status before.
        status: The new one.
    """
    for line in order.lines.all():
        line.refresh_from_db()
        if line.stockrecord is None or not line.can_track_allocations:
            continue
        held = 0 if line.allocation_cancelled else line.num_allocated
        if status in conf.cancelled_statuses():
            if held:
                line.cancel_allocation(held)
        elif status in conf.shipped_statuses():
            use_up(line, held)
        elif former in conf.cancelled_statuses() and line.allocation_cancelled:
            _take_again(line)


def use_up(line: Any, pieces: int) -> None:
    """Take pieces that left the house out of the stock, at most those the line holds."""
    held = 0 if line.allocation_cancelled else line.num_allocated
    pieces = min(pieces, held)
    if not pieces or line.stockrecord is None or not line.can_track_allocations:
        return
    try:
        line.consume_allocation(pieces)
    except InvalidStockAdjustment:
        # The shelf holds fewer than the order did (sold with the guard off). The free quantity is
        # right either way, only the two figures behind it stay.
        logger.warning("Order %s: stock of line %s not used up", line.order_id, line.pk)


def shipped_pieces(line: Any) -> int:
    """Pieces of a line in shipping events of the type PANSTORE_SHIPPED_EVENT."""
    name = conf.shipped_event()
    rows = line.shipping_event_quantities.filter(event__event_type__name=name)
    return sum(rows.values_list("quantity", flat=True))


def _take_again(line: Any) -> None:
    pieces = line.quantity - shipped_pieces(line)
    if pieces > 0:
        line.stockrecord.allocate(pieces)
    line.num_allocated = max(pieces, 0)
    line.allocation_cancelled = False
    line.save(update_fields=["num_allocated", "allocation_cancelled"])
