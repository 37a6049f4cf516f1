"""Products that changed since PanStore last acknowledged them."""

from typing import Any

from oscar_panstore.api import fields
from oscar_panstore.api.http import LARGEST_BATCH, Call
from oscar_panstore.models import ProductChange


def list_changes(call: Call) -> dict[str, Any]:
    """Changed products, the longest waiting first; a row stays until it is acknowledged.

    A product may be a page or a variant, and may be gone by now.
    """
    limit = fields.page_size(call.query, default=LARGEST_BATCH, most=LARGEST_BATCH)
    found = ProductChange.objects.order_by("number", "product_id")[: limit + 1]
    rows = [{"product": row.product_id, "number": row.number} for row in found]
    return {"changes": rows[:limit], "more": len(rows) > limit}


def acknowledge(call: Call) -> dict[str, Any]:
    """Take rows off the list; one that changed again since it was read stays."""
    rows = [fields.mapping(row) for row in fields.batch(call.body, "changes")]
    read = [(fields.integer(row, "product"), fields.integer(row, "number")) for row in rows]
    done = sum(
        ProductChange.objects.filter(product_id=product, number=number).delete()[0]
        for product, number in read
    )
    return {"acknowledged": done}
