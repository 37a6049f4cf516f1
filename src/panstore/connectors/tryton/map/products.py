"""Products from the companion's pages, and what is written to them as the companion takes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec import UNSET

from panstore.connectors.tryton.map.rows import external, number_of
from panstore.connectors.tryton.wire_products import PageRow, PageVariantRow
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
from panstore.sdk.errors import MappingError, RejectedError

__all__ = ["page_values", "product", "refused"]


def product(page: PageRow) -> Product:
    """A product as Tryton holds it; fields whose module is not active are UNSET."""
    return Product(
        id=external(page.id),
        fields=ProductFields(
            name=page.name.strip(),
            description=page.description.replace("\r\n", "\n").strip(),
            tax=page.tax,
            unit=page.unit,
            categories=tuple(sorted(set(page.categories))),
            images=UNSET
            if page.images is UNSET
            else tuple(Image(image.digest, image.name) for image in page.images),
            active=page.active,
        ),
        variants=tuple(_variant(row) for row in page.variants),
        version=page.version,
        tracked=page.tracked,
    )


def page_values(write: ProductWrite) -> dict[str, object]:
    """Parameter of `write_page`.

    Raises:
        MappingError: an id that cannot be one of Tryton's.
    """
    record = f"product {write.id or write.key}"
    values = {name: _plain(name, value) for name, value in fields_set(write.fields).items()}
    return values | {
        "id": None if write.id is None else _number(record, write.id),
        "key": write.key,
        "version": write.version,
        "variants": [_variant_values(record, variant) for variant in write.variants],
    }


def refused(error: RejectedError) -> ProductOutcome:
    """A refusal; for a code that another product has, with the id of that product."""
    taken = error.field if error.code == "sku_taken" and number_of(error.field) else ""
    return ProductOutcome(
        "refused", code=error.code, message=error.what, taken=ExternalId(taken) if taken else None
    )


def _variant(row: PageVariantRow) -> ProductVariant:
    weight = row.weight
    return ProductVariant(
        external(row.id),
        VariantFields(
            sku=row.sku,
            gtin=row.gtin,
            weight=weight if weight is UNSET or weight is None else Decimal(plain(weight)),
            attributes=UNSET if row.attributes is UNSET else tuple(row.attributes),
            active=row.active,
        ),
    )


def _variant_values(record: str, write: VariantWrite) -> dict[str, object]:
    values = {name: _plain(name, value) for name, value in fields_set(write.fields).items()}
    return values | {
        "id": None if write.id is None else _number(record, write.id),
        "key": write.key,
    }


def _plain(name: str, value: Any) -> object:
    if name == "images":
        return [image.digest for image in value]
    if name in {"categories", "attributes"}:
        return [list(each) for each in value]
    as_it_is: object = value
    return as_it_is


def _number(record: str, id_: ExternalId) -> int:
    number = number_of(id_)
    if number is None:
        raise MappingError(record, "id", f"{id_!r} is no id of Tryton's")
    return number
