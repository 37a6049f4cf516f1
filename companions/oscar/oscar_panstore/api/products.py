"""Reading products as the shop sells them."""

from typing import Any

from oscar.core.loading import get_model

from oscar_panstore import conf, strategy
from oscar_panstore.api import fields
from oscar_panstore.api.errors import ApiError
from oscar_panstore.api.http import LARGEST_BATCH, Call
from oscar_panstore.api.ping import instant

Product = get_model("catalogue", "Product")
_SELLABLE = (Product.STANDALONE, Product.CHILD)


def list_products(call: Call) -> dict[str, Any]:
    """Products in id order, or those named by `ids`; unknown ids are simply absent.

    Only sellable ones (standalone and variants), unless `structure=all`.
    """
    found = Product.objects.order_by("pk")
    if call.query.get("structure") != "all":
        found = found.filter(structure__in=_SELLABLE)
    if "ids" in call.query:
        return {
            "products": _described(found.filter(pk__in=ids_of(call.query["ids"]))),
            "next": None,
        }
    limit = fields.page_size(call.query, default=LARGEST_BATCH, most=LARGEST_BATCH)
    rows = list(_with_parts(found.filter(pk__gt=fields.after(call.query)))[: limit + 1])
    following = rows[limit - 1].pk if len(rows) > limit else None
    return {"products": [describe(row) for row in rows[:limit]], "next": following}


def ids_of(written: str) -> list[int]:
    """Ids written with commas between, at most 500."""
    parts = [part for part in written.split(",") if part.strip()]
    if len(parts) > LARGEST_BATCH:
        message = f"{len(parts)} ids in one call; at most {LARGEST_BATCH} are taken."
        raise ApiError(413, "batch_too_large", message, "ids")
    return [fields.integer({"ids": part.strip()}, "ids") for part in parts]


def _with_parts(found: Any) -> Any:
    return found.select_related(
        "product_class", "parent__product_class", "panstore_tax", "parent__panstore_tax"
    ).prefetch_related("stockrecords")


def _described(found: Any) -> list[dict[str, Any]]:
    return [describe(product) for product in _with_parts(found)]


def describe(product: Any) -> dict[str, Any]:
    """One product with its stock record's values.

    `free` may be negative where the shop oversold before the guard was on; `price` is net, null
    when the shop has none.
    """
    record = record_of(product)
    return {
        "id": product.pk,
        "parent_id": product.parent_id,
        "structure": product.structure,
        "sku": record.partner_sku if record else None,
        "upc": product.upc,
        "title": product.get_title(),
        "is_public": product.is_public and (not product.is_child or product.parent.is_public),
        "tracks_stock": product.get_product_class().track_stock,
        "num_in_stock": record.num_in_stock if record else None,
        "num_allocated": (record.num_allocated or 0) if record else None,
        "free": str(record.net_stock_level) if record else None,
        "price": money(record.price) if record else None,
        "currency": record.price_currency if record else None,
        "tax_class": strategy.tax_class_of(product),
        "date_updated": instant(
            max(product.date_updated, record.date_updated) if record else product.date_updated
        ),
    }


def record_of(product: Any) -> Any:
    """The stock record PanStore reads and writes: the partner's of the settings, else the oldest.

    Args:
        product: A product; its stock records should be prefetched.
    """
    wanted = conf.partner_code()
    records = [
        record
        for record in product.stockrecords.all()
        if wanted is None or record.partner.code == wanted
    ]
    return min(records, key=lambda record: record.pk, default=None)


def money(amount: Any) -> str | None:
    """An amount as a decimal string without an exponent; None stays None."""
    return None if amount is None else format(amount, "f")
