"""Variants as a system lists them; what two systems have in common is a link, not a code."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from panstore.model.ids import ExternalId

__all__ = ["Variant"]


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
