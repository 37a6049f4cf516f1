"""Reading orders: those changed since a watermark, or one."""

from typing import Any

from oscar.core.loading import get_model

from oscar_panstore import journal
from oscar_panstore.api import fields, order_document
from oscar_panstore.api.errors import ApiError
from oscar_panstore.api.http import Call

Order = get_model("order", "Order")
_MOST = 500


def list_orders(call: Call) -> dict[str, Any]:
    """Orders changed after a watermark, each once with its present state.

    `limit` counts journal entries, so a page may hold fewer orders. All entries up to the answer's
    `watermark` are covered: pass it as the next `after`. An order may come again on a later page;
    `gone` lists orders that were deleted. An `after` above the journal's end is refused
    (`watermark_ahead`): a shop restored from an older copy must not look like one without news.
    """
    limit = fields.page_size(call.query, default=100, most=_MOST)
    after = fields.after(call.query)
    page = journal.page(after, limit)
    if not page.latest:
        fields.not_ahead(after, journal.position(), "after", "Nothing was read.")
    found = order_document.with_parts(Order.objects.filter(pk__in=list(page.latest)))
    orders = {order.pk: order for order in found}
    return {
        "orders": [
            order_document.describe(orders[order_id], seq)
            for order_id, seq in page.latest.items()
            if order_id in orders
        ],
        "gone": [order_id for order_id in page.latest if order_id not in orders],
        "watermark": page.watermark,
        "more": page.more,
    }


def one_order(call: Call, order_id: int) -> dict[str, Any]:
    """One order by id."""
    del call
    return order_document.describe(found(order_id))


def found(order_id: int) -> Any:
    """An order with its parts.

    Raises:
        ApiError: 404 if there is none.
    """
    order = order_document.with_parts(Order.objects.filter(pk=order_id)).first()
    if order is None:
        message = f"Order {order_id} does not exist in the shop, or was deleted."
        raise ApiError(404, "unknown_order", message, "order")
    return order
