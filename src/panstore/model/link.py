"""Links: which variant of the shop is which variant of the ERP."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from panstore.model.ids import ExternalId, ItemId, RouteId

__all__ = ["Link", "say_factor"]


class Link(msgspec.Struct, frozen=True):
    """One item of a route.

    Attributes:
        item: our own id; stays when codes change.
        erp, shop: ids of the variant in both systems.
        factor: stock units of the ERP in one sales unit of the shop, > 0; None while nobody has
            said it, which parks the item.
        sku: code at the last look, for people to read.
        tracked: whether both systems keep stock of it; a service is not tracked.
    """

    item: ItemId
    route: RouteId
    erp: ExternalId
    shop: ExternalId
    factor: Decimal | None = Decimal(1)
    sku: str = ""
    tracked: bool = True


def say_factor(link: Link) -> str:
    """The command with which a person says the factor, for people to copy."""
    return f"panstore links set {link.route} {link.erp} {link.shop} --factor N"
