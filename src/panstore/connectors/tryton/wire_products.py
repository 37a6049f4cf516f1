"""Rows of `panstore.gateway.product_pages` and `write_page`: products whole."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

__all__ = ["ImageContentRow", "ImageRow", "PageRow", "PageVariantRow", "RepeatedRow"]


class ImageRow(msgspec.Struct):
    """A picture; `digest` is that of the bytes somebody first gave."""

    digest: str
    name: str


class PageVariantRow(msgspec.Struct):
    """A variant; absent fields need a module of Tryton that is not active.

    Attributes:
        weight: kilograms of one sales unit.
        attributes: label and text, in order of label.
    """

    id: int
    sku: str
    gtin: str
    active: bool
    weight: Decimal | UnsetType | None = UNSET
    attributes: list[tuple[str, str]] | UnsetType = UNSET


class PageRow(msgspec.Struct):
    """A product with all its variants, archived ones included."""

    id: int
    name: str
    description: str
    tax: str
    unit: str
    categories: list[tuple[str, ...]]
    active: bool
    tracked: bool
    variants: list[PageVariantRow]
    version: str
    images: list[ImageRow] | UnsetType = UNSET


class ImageContentRow(msgspec.Struct):
    """Answer of `panstore.gateway.image`."""

    content: bytes


class RepeatedRow(msgspec.Struct):
    """Answer of a call whose only news is whether it had been made before."""

    repeated: bool
