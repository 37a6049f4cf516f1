"""Shapes of whole products with their variations, categories and attributes.

Read with `context=edit`, in which texts are as they are stored: without it a description comes
with paragraphs and line breaks that nobody has written (WooCommerce 10.5, recorded
07-product-text, where the answer to the write differs from what is read).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from panstore.connectors.woocommerce.wire import Id

__all__ = [
    "PAGE_FIELDS",
    "WireAttribute",
    "WireCategory",
    "WireGlobalAttribute",
    "WireMeta",
    "WirePage",
]


class WireAttribute(msgspec.Struct):
    """An attribute of a product, or the option that a variation has of one.

    Attributes:
        id: of one that all products share, 0 for one of this product alone.
        variation: whether variations differ by it.
        options: all values, of a product.
        option: the one value, of a variation.

    Source: WooCommerce 10.5, recorded 13-variable-product.
    """

    name: str = ""
    id: int = 0
    visible: bool = True
    variation: bool = False
    options: list[str] = []
    option: str = ""


class WireMeta(msgspec.Struct):
    """A value that a plugin keeps beside a record."""

    key: str
    value: Any = None


class WireCategory(msgspec.Struct):
    """A category; `parent` 0 stands at the root. Source: WooCommerce 10.5, recorded 10-categories.

    Attributes:
        name: HTML-escaped.
    """

    id: Id
    name: str = ""
    slug: str = ""
    parent: int = 0


class WireGlobalAttribute(msgspec.Struct):
    """An attribute that all products share. Source: WooCommerce 10.5, recorded 12-attributes."""

    id: Id
    name: str = ""


class WirePage(msgspec.Struct):
    """A product, or one of its variations, with all that is exchanged.

    Attributes:
        variations: ids, of a product with variations.
        parent_id: of a variation; 0 of a product.

    Source: WooCommerce 10.5, recorded 13-variable-product.
    """

    id: Id
    type: str = "simple"
    status: str = "publish"
    parent_id: int = 0
    menu_order: int = 0
    name: str = ""
    description: str = ""
    sku: str = ""
    global_unique_id: str = ""
    regular_price: str = ""
    sale_price: str = ""
    date_on_sale_from: str | None = None
    date_on_sale_to: str | None = None
    tax_status: str = "taxable"
    tax_class: str = ""
    virtual: bool = False
    backorders: str = "no"
    manage_stock: bool | str = False
    stock_quantity: Decimal | None = None
    weight: str = ""
    categories: list[WireCategory] = []
    attributes: list[WireAttribute] = []
    variations: list[int] = []
    meta_data: list[WireMeta] = []

    def kept(self, key: str) -> str:
        """What is kept under a key as text, empty if nothing is."""
        return next(
            (one.value for one in self.meta_data if one.key == key and isinstance(one.value, str)),
            "",
        )


PAGE_FIELDS = ",".join(WirePage.__struct_fields__)
"""Value of `_fields`."""
