"""The sales of a simulated ERP: confirmed whole or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.money import round_half_up
from panstore.model.sale import BookedLine, BookedOrder, ErpOrder
from panstore.model.tax import tax_on
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.testing.world.documents import Sale
from panstore.testing.world.reckoning import TRYTON_RULES, BookingRules, erp_total

if TYPE_CHECKING:
    from panstore.testing.world.erp import SimErp

__all__ = ["TRYTON_RULES", "BookingRules", "Sale", "Sales", "erp_total"]

_ZERO = Decimal(0)


class Sales:
    """All sales of one ERP; every change of demand goes into its change feed."""

    def __init__(self, erp: SimErp) -> None:
        self._erp = erp
        self._sales: dict[ExternalId, Sale] = {}
        self._by_key: dict[str, list[Sale]] = defaultdict(list)
        self._by_shop_order: dict[str, list[Sale]] = defaultdict(list)

    def create(self, order: ErpOrder) -> BookedOrder:
        """Create and confirm; the first sale of the key where documents are keyed.

        Raises:
            RejectedError: `code` says why; nothing remains.
        """
        if self._erp.keyed and (found := self.by_key(order.key)):
            return found[0].booked(repeated=True)
        goods = self._goods(order)
        self._check_total(order)
        sale = self._confirm(order.key, order.shop_order, self._party(order), order, goods)
        return sale.booked(repeated=False)

    def type_in(self, variant: ExternalId, quantity: Decimal, warehouse: str) -> Sale:
        """A sale of one line by the ERP's own people, at the list price."""
        erp = self._erp
        known = erp.shelf.get(variant)
        if known is None:
            raise self._refused(f"no product {variant}", "unknown_product")
        net = round_half_up(quantity * (erp.list_prices.get(variant) or _ZERO))
        rate = known.tax_rates[0] if known.tax_rates else _ZERO
        sale = self._new_sale("", "", ExternalId(""), warehouse, erp.currency, net)
        sale.total = net + tax_on(net, rate)
        unit = erp.list_prices.get(variant) or _ZERO
        sale.lines = (BookedLine(variant, "goods", known.sku, quantity, unit, net, rate),)
        sale.goods = {variant: quantity}
        erp.deliveries.begin(sale)
        return sale

    def by_key(self, key: OrderKey | str) -> list[Sale]:
        """Sales that carry the key, oldest first; more than one only without keyed documents."""
        return list(self._by_key.get(key, ()))

    def of_shop_order(self, shop_order: str) -> list[Sale]:
        """Sales of one order of a shop, whatever their key."""
        return list(self._by_shop_order.get(shop_order, ()))

    def booked(self, keys: Sequence[OrderKey]) -> list[BookedOrder]:
        """Those of the sales that exist, the first one where a key was used twice."""
        found = [self.by_key(key)[:1] for key in keys]
        return [sale.booked(repeated=True) for sales in found for sale in sales]

    def first(self, key: OrderKey, operation: str) -> Sale:
        """The sale of that key.

        Raises:
            NotFoundError: there is none.
        """
        found = self.by_key(key)
        if not found:
            raise NotFoundError(self._erp.name, operation, f"no sale has the key {key}")
        return found[0]

    def get(self, id_: ExternalId) -> Sale:
        """The sale; it must exist."""
        return self._sales[id_]

    def _goods(self, order: ErpOrder) -> dict[ExternalId, Decimal]:
        goods: dict[ExternalId, Decimal] = defaultdict(Decimal)
        for line in order.lines:
            if line.product is None:
                continue
            if line.product not in self._erp.shelf:
                raise self._refused(f"no product {line.product}", "unknown_product")
            if line.kind == "goods":
                goods[line.product] += line.quantity
        if order.warehouse not in self._erp.on_hand:
            raise self._refused(f"no warehouse {order.warehouse}", "unknown_warehouse")
        return {product: quantity for product, quantity in goods.items() if quantity}

    def _check_total(self, order: ErpOrder) -> None:
        if order.currency not in self._erp.currencies:
            raise self._refused(f"{order.currency} is not active", "currency_inactive")
        total = erp_total(order.lines, order.currency, self._erp.rules)
        if total != order.total:
            raise self._refused(
                f"order {order.number} comes to {total}, not {order.total}", "total_differs"
            )

    def _party(self, order: ErpOrder) -> ExternalId:
        if not isinstance(order.party, str):
            return self._erp.parties.get_or_add(order.party, order.billing).id
        if self._erp.parties.get(order.party) is None:
            raise self._refused(f"no party {order.party}", "unknown_party")
        return order.party

    def _confirm(
        self,
        key: str,
        shop_order: str,
        party: ExternalId,
        order: ErpOrder,
        goods: dict[ExternalId, Decimal],
    ) -> Sale:
        sale = self._new_sale(key, shop_order, party, order.warehouse, order.currency, order.total)
        sale.lines = order.lines
        sale.corrects = order.corrects or ""
        sale.shipping = order.shipping
        sale.order = order
        sale.goods = goods
        self._erp.deliveries.begin(sale)
        return sale

    def _new_sale(
        self,
        key: str,
        shop_order: str,
        party: ExternalId,
        warehouse: str,
        currency: str,
        total: Decimal,
    ) -> Sale:
        number = len(self._sales) + 1
        id_ = ExternalId(f"S{number}")
        created = self._erp.history.tick()
        sale = Sale(
            id_, f"SO{number:05}", key, shop_order, party, warehouse, currency, total, {}, created
        )
        self._sales[id_] = sale
        if key:
            self._by_key[key].append(sale)
        if shop_order:
            self._by_shop_order[shop_order].append(sale)
        return sale

    def _refused(self, what: str, code: str) -> RejectedError:
        return RejectedError(self._erp.name, "create_order", what, code=code)

    def __iter__(self) -> Iterator[Sale]:
        return iter(self._sales.values())

    def __len__(self) -> int:
        return len(self._sales)
