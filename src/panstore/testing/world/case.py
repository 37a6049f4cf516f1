"""What the judge has to know of a shop and of what PanStore had to do for its orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from panstore.model.ids import ConnectionId, ExternalId
from panstore.model.invoice import InvoiceScope
from panstore.model.link import Link
from panstore.model.order import Order
from panstore.testing.world.documents import Sale
from panstore.testing.world.erp import SimErp
from panstore.testing.world.shop import SimShop

__all__ = ["Case", "Duties", "owner_of", "sales_by_owner"]


@dataclass(frozen=True)
class Duties:
    """Which modules followed the orders, and by which rules; nothing unless given.

    Attributes:
        invoiced: orders that had to be invoiced.
        scope: what their invoices are for.
        credit: whether goods that come back had to be credited at once, or when they had come.
        reserved: orders whose goods had to be set aside.
        shortage: what was to be done where goods are short.
        told: the shop's word for `shipped` and `cancelled`; where there is any, the shop had to
            hear of every parcel and every invoice.
    """

    invoiced: Callable[[Order], bool] | None = None
    scope: InvoiceScope = "order"
    credit: Literal["at_once", "received"] = "at_once"
    reserved: Callable[[Order], bool] | None = None
    shortage: Literal["part", "whole"] = "part"
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Case:
    """One shop of an ERP, as the judge has to know it.

    Attributes:
        connection: id of the shop's connection.
        links: items that are linked; only these are judged for stock.
        warehouses: codes the shop sells from.
        parked: shop order ids that PanStore shows to a person instead of importing.
        held: those that are in the ERP and cannot go on without a person.
        expected: order ids that had to be handled; None for every order of the shop.
    """

    connection: ConnectionId
    shop: SimShop
    links: Sequence[Link]
    warehouses: tuple[str, ...]
    parked: Collection[ExternalId] = ()
    expected: Collection[ExternalId] | None = None
    held: Collection[ExternalId] = ()
    duties: Duties = Duties()
    _by_shop: dict[ExternalId, Link] = field(init=False, repr=False)
    _by_erp: dict[ExternalId, list[Link]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_shop = {link.shop: link for link in self.links}
        self._by_erp = defaultdict(list)
        for link in self.links:
            self._by_erp[link.erp].append(link)

    def link(self, variant: ExternalId) -> Link | None:
        """The link of a shop variant."""
        return self._by_shop.get(variant)

    def links_of(self, variant: ExternalId) -> Sequence[Link]:
        """The links of an ERP variant."""
        return self._by_erp.get(variant, ())


def owner_of(sale: Sale) -> str:
    """`connection/order id` of the sale's key; ids may contain slashes, the rest does not."""
    return sale.key.rsplit("/", 2)[0]


def sales_by_owner(erp: SimErp) -> dict[str, list[Sale]]:
    """Sales of ours by `connection/shop order`, oldest first."""
    found: dict[str, list[Sale]] = defaultdict(list)
    for sale in erp.sales:
        if sale.key:
            found[owner_of(sale)].append(sale)
    return found
