"""Products with all their variants from the companion's shapes and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from panstore.connectors.oscar import wire_pages as wire
from panstore.connectors.oscar.map.goods import product_id
from panstore.model.ids import ExternalId
from panstore.model.product import (
    Image,
    Product,
    ProductFields,
    ProductVariant,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.product_fields import fields_set
from panstore.model.product_plan import ProductOutcome
from panstore.model.quantity import plain

__all__ = ["page_item", "page_outcome", "product"]


def product(page: wire.WirePage, rates: Mapping[str, Decimal]) -> Product:
    """A page with its variants; a single article has the id of its only variant.

    Args:
        page: as the shop holds it.
        rates: VAT in per cent by the shop's tax class.
    """
    rate = rates.get(page.tax_class)
    paths = {tuple(name.strip() for name in path) for path in page.categories}
    return Product(
        id=ExternalId(str(page.id)),
        fields=ProductFields(
            name=page.title.strip(),
            description=page.description,
            tax="" if rate is None else plain(rate),
            categories=tuple(sorted(path for path in paths if path and all(path))),
            images=tuple(Image(image.digest, image.name) for image in page.images),
            active=page.is_public,
        ),
        variants=tuple(_variant(variant) for variant in page.variants),
        version=page.version,
        tracked=page.tracks_stock,
    )


def _variant(variant: wire.WirePageVariant) -> ProductVariant:
    said = {name.strip(): text.strip() for name, text in variant.attributes.items()}
    fields = VariantFields(
        sku=variant.sku.strip(),
        gtin=variant.upc.strip(),
        title=variant.title.strip(),
        weight=None if variant.weight is None else Decimal(variant.weight),
        attributes=tuple(sorted((name, text) for name, text in said.items() if name and text)),
        active=variant.is_public,
        price=None if variant.price is None else Decimal(variant.price),
    )
    return ProductVariant(ExternalId(str(variant.id)), fields)


def page_item(
    write: ProductWrite, tax_classes: Mapping[str, str]
) -> dict[str, object] | ProductOutcome:
    """One item of a write, or why it cannot be said to the shop at all.

    Args:
        write: what to create or change.
        tax_classes: VAT in per cent -> the shop's tax class.
    """
    for id_ in (write.id, *(variant.id for variant in write.variants)):
        if id_ is not None and product_id(id_) is None:
            return _refusal("unknown_product", f"{id_!r} is no product id of the shop")
    fields = _said(write.fields, _PAGE)
    tax = fields.pop("tax", None)
    if tax is not None:
        if tax not in tax_classes:
            known = ", ".join(sorted(tax_classes)) or "none"
            message = f"the shop has no tax class for {tax or 'no rate'} %; it has {known}"
            return _refusal("unknown_tax", message)
        fields["tax_class"] = tax_classes[tax]
    return {
        **_named(write.id, write.key),
        "version": write.version,
        "fields": fields,
        "variants": [_variant_item(variant) for variant in write.variants],
    }


def _variant_item(write: VariantWrite) -> dict[str, object]:
    return {**_named(write.id, write.key), "fields": _said(write.fields, _VARIANT)}


def _named(id_: ExternalId | None, key: str) -> dict[str, object]:
    return {"id": None, "key": key} if id_ is None else {"id": int(id_)}


def _said(
    fields: ProductFields | VariantFields, words: Mapping[str, tuple[str, Callable[[Any], Any]]]
) -> dict[str, Any]:
    """The set fields in the companion's words; those the shop has no place for are left out."""
    return {
        words[name][0]: words[name][1](value)
        for name, value in fields_set(fields).items()
        if name in words
    }


def _same(value: Any) -> Any:
    return value


def _number(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


_PAGE: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "name": ("title", _same),
    "description": ("description", _same),
    "tax": ("tax", _same),
    "categories": ("categories", _same),
    "images": ("images", lambda images: [image.digest for image in images]),
    "active": ("is_public", _same),
}
_VARIANT: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "sku": ("sku", _same),
    "gtin": ("upc", _same),
    "title": ("title", _same),
    "weight": ("weight", _number),
    "attributes": ("attributes", dict),
    "active": ("is_public", _same),
    "price": ("price", _number),
}


def page_outcome(answer: wire.WirePageOutcome, rates: Mapping[str, Decimal]) -> ProductOutcome:
    """What became of one write, with the page as it is now stored."""
    if answer.outcome == "done":
        page = None if answer.page is None else product(answer.page, rates)
        return ProductOutcome("done", page)
    error = answer.error
    if error is None:
        return _refusal("refused", "the shop did not say why")
    taken = None if error.product is None else ExternalId(str(error.product))
    refusal = _refusal(error.code, error.message)
    return msgspec.structs.replace(refusal, taken=taken)


def _refusal(code: str, message: str) -> ProductOutcome:
    return ProductOutcome("refused", code=code, message=message)
