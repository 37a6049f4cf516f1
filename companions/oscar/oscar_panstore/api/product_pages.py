"""Reading pages: a product with its variants and everything PanStore exchanges of it."""

import hashlib
import json
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from oscar.core.loading import get_model

from oscar_panstore import strategy
from oscar_panstore.api import page_attributes, page_images
from oscar_panstore.api.http import Call
from oscar_panstore.api.products import ids_of, money, record_of

Category = get_model("catalogue", "Category")
Product = get_model("catalogue", "Product")

# Not part of the version: another module keeps it in step, and an order or a new price meanwhile
# is no reason to read a page again.
_APART = "price"


def list_pages(call: Call) -> dict[str, Any]:
    """Pages by `ids`, hidden ones included; the id of a variant gives its page.

    Unknown ids are simply absent.
    """
    ids = ids_of(call.query.get("ids", ""))
    return {"products": described(page_ids(ids).values())}


def page_ids(ids: Collection[int]) -> dict[int, int]:
    """Id of a product that exists -> id of its page."""
    rows = Product.objects.filter(pk__in=ids).values_list("pk", "parent_id")
    return {product: parent or product for product, parent in rows}


def pages(ids: Collection[int]) -> list[Any]:
    """Pages by id, in id order, freshly read with all their parts."""
    found = Product.objects.filter(pk__in=set(ids)).exclude(structure=Product.CHILD)
    return list(
        found
        .order_by("pk")
        .select_related("product_class", "panstore_tax")
        .prefetch_related(
            "categories",
            "images__panstore_digest",
            "stockrecords__partner",
            "attribute_values__attribute",
            "children__parent__product_class",
            "children__parent__panstore_tax",
            "children__parent__attribute_values__attribute",
            "children__panstore_tax",
            "children__stockrecords__partner",
            "children__attribute_values__attribute",
        )
    )


def described(ids: Collection[int]) -> list[dict[str, Any]]:
    """The answer for pages by id."""
    found = pages(ids)
    paths = _category_paths(found)
    return [_described(page, paths) for page in found]


def variants_of(page: Any) -> list[Any]:
    """The page's children in order of id; a page without is its own only variant."""
    if page.is_parent:
        return sorted(page.children.all(), key=lambda child: child.pk)
    return [page]


def tax_class_of(page: Any) -> str:
    """What all variants have; the page's own where they differ."""
    classes = {strategy.tax_class_of(variant) for variant in variants_of(page)}
    return classes.pop() if len(classes) == 1 else strategy.tax_class_of(page)


def _described(page: Any, paths: dict[int, list[str]]) -> dict[str, Any]:
    said = {
        "id": page.pk,
        "structure": page.structure,
        "title": page.title,
        "description": page.description,
        "tax_class": tax_class_of(page),
        "categories": sorted(paths[category.pk] for category in page.categories.all()),
        "images": [
            {"digest": digest, "name": page_images.shown_name(image)}
            for digest, image in page_images.known(page)
        ],
        "is_public": page.is_public,
        "tracks_stock": page.get_product_class().track_stock,
        "variants": [_variant(variant) for variant in variants_of(page)],
    }
    return {**said, "version": _version(said)}


def _variant(variant: Any) -> dict[str, Any]:
    record = record_of(variant)
    weight = page_attributes.weight_of(variant)
    return {
        "id": variant.pk,
        "sku": record.partner_sku if record else "",
        "upc": variant.upc or "",
        "title": variant.title if variant.is_child else "",
        "weight": None if weight is None else plain(weight),
        "attributes": page_attributes.attributes_of(variant),
        "is_public": variant.is_public,
        _APART: money(record.price) if record else None,
    }


def plain(number: Decimal) -> str:
    """A decimal without exponent and without noughts at its end."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _version(said: dict[str, Any]) -> str:
    compared = {
        **said,
        "variants": [
            {name: value for name, value in variant.items() if name != _APART}
            for variant in said["variants"]
        ],
    }
    canonical = json.dumps(compared, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _category_paths(found: list[Any]) -> dict[int, list[str]]:
    """Names from the root down, by id of category; all ancestors in one query.

    Source: treebeard's materialized path: a fixed number of characters for each step down.
    """
    placed = {category.pk: category.path for page in found for category in page.categories.all()}
    step = Category.steplen
    steps = {
        path[:length] for path in placed.values() for length in range(step, len(path) + 1, step)
    }
    names = dict(Category.objects.filter(path__in=steps).values_list("path", "name"))
    return {
        pk: [
            names[path[:length]].strip()
            for length in range(step, len(path) + 1, step)
            if path[:length] in names
        ]
        for pk, path in placed.items()
    }
