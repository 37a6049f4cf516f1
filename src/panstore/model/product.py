"""Products as systems hold them; what two systems have in common is a link, not a code."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from panstore.model.ids import ExternalId

__all__ = [
    "Attributes",
    "CategoryPath",
    "Image",
    "Product",
    "ProductFields",
    "ProductVariant",
    "ProductWrite",
    "Variant",
    "VariantFields",
    "VariantWrite",
]


class Variant(msgspec.Struct, frozen=True):
    """One sellable SKU of one system.

    Attributes:
        id: the system's own id of the variant.
        sku: article code; may change, may be empty, need not be unique.
        title: name in front of people.
        gtin: EAN/GTIN or empty.
        parent: id of the product that holds the variants, or None for a single one.
        unit: stock unit (ERP) or sales unit (shop); None where the system has none.
        active: whether it can be sold now; False also means archived.
        tracked: whether the system keeps stock of it (services are not tracked).
        tax_rates: VAT rates in per cent that apply to it, empty if unknown.
    """

    id: ExternalId
    sku: str
    title: str
    gtin: str = ""
    parent: ExternalId | None = None
    unit: str | None = None
    active: bool = True
    tracked: bool = True
    tax_rates: tuple[Decimal, ...] = ()


CategoryPath = tuple[str, ...]
"""Names from the root down, each without blanks around, none empty."""

Attributes = tuple[tuple[str, str], ...]
"""Name and value as people read them, in order of name, each name once, no value empty."""


class Image(msgspec.Struct, frozen=True):
    """A picture, known by its content.

    Attributes:
        digest: SHA-256 in hex of the bytes somebody first gave to one of the two systems. A system
            that stores them in another form keeps this digest beside them.
        name: file name, for people.
    """

    digest: str
    name: str = ""


class ProductFields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a product's page says. UNSET: the system has no such field, or it is not written.

    Attributes:
        name: without blanks around, not escaped.
        description: as the system keeps it: HTML where `Capabilities.html_text`, else plain text
            with a blank line between paragraphs.
        tax: VAT in per cent as text (`22`, `9.5`), empty if unknown.
        unit: name of the sales unit.
        categories: in order of path, each once.
        images: in the order in which they are shown.
        active: whether it is visible and can be sold; False also means archived.
    """

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    tax: str | UnsetType = UNSET
    unit: str | UnsetType = UNSET
    categories: tuple[CategoryPath, ...] | UnsetType = UNSET
    images: tuple[Image, ...] | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class VariantFields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of one variant. UNSET: the system has no such field, or it is not written.

    Attributes:
        sku: article code, empty if it has none.
        gtin: EAN/GTIN, empty if it has none.
        title: its own name in front of people, empty where it goes by its product's.
        weight: kilograms of one sales unit; None if nobody has said.
        attributes: what tells it from its sisters is among them.
        active: as of a product.
        price: net price of one sales unit; told only when it is created, S2 keeps it in step.
    """

    sku: str | UnsetType = UNSET
    gtin: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    weight: Decimal | UnsetType | None = UNSET
    attributes: Attributes | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    price: Decimal | UnsetType | None = UNSET


class ProductVariant(msgspec.Struct, frozen=True):
    """A variant as its system holds it."""

    id: ExternalId
    fields: VariantFields


class Product(msgspec.Struct, frozen=True):
    """A product with all its variants as its system holds it.

    Attributes:
        id: of the product; a single article may have the id of its only variant.
        variants: archived ones included, in the order in which they are shown.
        version: changes whenever anything of it changes; empty where the system cannot compare.
        tracked: whether the system keeps stock of it (services are not tracked).
    """

    id: ExternalId
    fields: ProductFields
    variants: tuple[ProductVariant, ...]
    version: str = ""
    tracked: bool = True


class VariantWrite(msgspec.Struct, frozen=True):
    """What to change of one variant.

    Attributes:
        id: None creates it under `key`; the same key gives back the first one.
        fields: only those that are set are written.
    """

    id: ExternalId | None
    fields: VariantFields
    key: str = ""


class ProductWrite(msgspec.Struct, frozen=True):
    """What to change of one product; in one transaction where the system has them.

    Attributes:
        id: None creates it under `key`; the same key gives back the first one.
        fields: only those that are set are written. `images` must have been added before; those
            not named are taken away.
        variants: those not named stay as they are.
        version: as it was read. Where it is another by now nothing is written and the answer is a
            refusal with the code `changed_meanwhile`. Empty: do not compare.
    """

    id: ExternalId | None
    fields: ProductFields = ProductFields()
    variants: tuple[VariantWrite, ...] = ()
    key: str = ""
    version: str = ""
