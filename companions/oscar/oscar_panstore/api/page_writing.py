"""Writing pages: each whole or not at all, and only if nobody changed it meanwhile."""

from typing import Any

from django.db import IntegrityError, transaction
from oscar.core.loading import get_model

from oscar_panstore import locks, notices
from oscar_panstore.api import fields, page_fields, page_variants, product_pages
from oscar_panstore.api.errors import ApiError, refused
from oscar_panstore.api.http import Call
from oscar_panstore.models import CreatedProduct

Product = get_model("catalogue", "Product")


def write_pages(call: Call) -> dict[str, Any]:
    """Create or change up to 500 pages with their variants, each in a savepoint of its own.

    Only what is named is written. A page whose `version` is another by now is refused
    (`changed_meanwhile`); one without `id` is created under `key`, once. An answer carries the
    page as it is stored.
    """
    items = fields.batch(call.body, "products")
    with notices.quietly(), transaction.atomic():
        locks.lock_products([
            int(str(item["id"]))
            for item in items
            if isinstance(item, dict) and str(item.get("id")).isdigit()
        ])
        outcomes = [_outcome(item) for item in items]
    notices.products_written(
        outcome["page"]["id"] for outcome in outcomes if outcome["page"] is not None
    )
    return {"products": outcomes}


def _outcome(item: Any) -> dict[str, Any]:
    try:
        with transaction.atomic():
            page_id = _written(fields.mapping(item))
            (page,) = product_pages.described([page_id])
    except ApiError as error:
        return {"outcome": "refused", "error": error.body(), "page": None}
    except IntegrityError as error:
        message = f"The shop's database refused the product: {error}. It was left as it was."
        return {"outcome": "refused", "error": refused("conflict", message).body(), "page": None}
    return {"outcome": "done", "error": None, "page": page}


def _written(item: dict[str, Any]) -> int:
    """Write one page; gives its id, which may be another than before."""
    if item.get("id") is None:
        key = fields.text(item, "key", longest=200)
        known = CreatedProduct.objects.filter(key=key).select_related("product").first()
        if known is not None:
            return int(known.product.parent_id or known.product.pk)
        page = page_variants.created(item, key)
    else:
        page = page_variants.with_room(_unchanged(item), item)
    said, changed = fields.mapping(item.get("fields") or {}), False
    changed |= page_fields.write_page(page, said)
    shown = said.get("is_public") is not False
    for variant in fields.batch(item.get("variants") or [], "variants"):
        changed |= page_variants.write_variant(page, fields.mapping(variant), shown=shown)
    if changed:
        # Once, so that search index and page caches of the shop follow; and only if there is news.
        page.save()
    return int(page.pk)


def _unchanged(item: dict[str, Any]) -> Any:
    """The page to be written, as the caller knows it."""
    page_id = fields.integer(item, "id", least=1)
    found = product_pages.pages([page_id])
    if not found:
        message = f"Product {page_id} does not exist in the shop, or is a variant of another."
        raise ApiError(404, "unknown_product", message, "id")
    version = fields.text(item, "version", longest=64, required=False)
    if version:
        (present,) = product_pages.described([page_id])
        if present["version"] != version:
            message = f"Product {page_id} was changed in the shop meanwhile; nothing was written."
            raise ApiError(409, "changed_meanwhile", message, "version")
    return found[0]
