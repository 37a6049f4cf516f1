"""The sales of a simulated ERP: confirmed whole or not at all, then reserved and shipped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.money import minor_digits, round_half_up
from panstore.model.order import BookedLine, BookedOrder, ErpOrder
from panstore.model.tax import tax_on
from panstore.sdk.errors import RejectedError

if TYPE_CHECKING:
    from panstore.testing.world.erp import SimErp

__all__ = ["Sale", "Sales", "erp_total"]

_ZERO = Decimal(0)


@dataclass(slots=True)
class Sale:
    """One sale.

    Attributes:
        key: our key, empty for sales typed into the ERP.
        shop_order: the shop's order id, empty likewise.
        goods: quantity by variant, in stock units.
        created: tick of the world's history at which it came to be.
    """

    id: ExternalId
    number: str
    key: str
    shop_order: str
    party: ExternalId
    warehouse: str
    currency: str
    total: Decimal
    goods: dict[ExternalId, Decimal]
    created: int
    lines: tuple[BookedLine, ...] = ()
    state: Literal["confirmed", "done", "cancelled"] = "confirmed"
    reserved: dict[ExternalId, Decimal] = field(default_factory=dict)

    def booked(self, *, repeated: bool) -> BookedOrder:
        """As the order role reports it."""
        return BookedOrder(self.id, self.number, self.party, self.total, self.state, repeated)


def erp_total(
    lines: tuple[BookedLine, ...], currency: str, rounding: Literal["line", "document"]
) -> Decimal:
    """Gross total as this ERP computes it: half-up, VAT per line or once per rate."""
    digits = minor_digits(currency)
    nets = [round_half_up(line.quantity * line.unit_net, digits) for line in lines]
    if rounding == "line":
        taxes = [tax_on(net, line.rate, digits) for net, line in zip(nets, lines, strict=True)]
    else:
        per_rate: dict[Decimal, Decimal] = defaultdict(Decimal)
        for net, line in zip(nets, lines, strict=True):
            per_rate[line.rate] += net
        taxes = [tax_on(base, rate, digits) for rate, base in per_rate.items()]
    return sum(nets, _ZERO) + sum(taxes, _ZERO)


class Sales:
    """All sales of one ERP; every change of demand goes into its change feed."""

    def __init__(self, erp: SimErp) -> None:
        self._erp = erp
        self._sales: dict[ExternalId, Sale] = {}
        self._by_key: dict[str, list[Sale]] = defaultdict(list)

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
        self._raise_demand(sale, {variant: quantity})
        return sale

    def by_key(self, key: OrderKey | str) -> list[Sale]:
        """Sales that carry the key, oldest first; more than one only without keyed documents."""
        return list(self._by_key.get(key, ()))

    def of_shop_order(self, shop_order: str) -> list[Sale]:
        """Sales of one order of a shop, whatever their key."""
        return [sale for sale in self._sales.values() if sale.shop_order == shop_order]

    def reserve(self, id_: ExternalId) -> None:
        """Assign goods to the sale: demand becomes reserved, availability stays."""
        sale = self._live(id_)
        for variant, quantity in sale.goods.items():
            open_now = quantity - sale.reserved.get(variant, _ZERO)
            self._move("demand", sale.warehouse, variant, -open_now)
            self._move("reserved", sale.warehouse, variant, open_now)
            sale.reserved[variant] = quantity
        self._erp.stock_changed(*sale.goods)

    def ship(self, id_: ExternalId) -> None:
        """The goods leave: on hand falls, and the promise with it."""
        sale = self._live(id_)
        self._release(sale)
        levels = self._erp.on_hand[sale.warehouse]
        for variant, quantity in sale.goods.items():
            levels[variant] = levels.get(variant, _ZERO) - quantity
        sale.state = "done"
        self._erp.stock_changed(*sale.goods)

    def cancel(self, id_: ExternalId) -> None:
        """The goods stay and are free again."""
        sale = self._live(id_)
        self._release(sale)
        sale.state = "cancelled"
        self._erp.stock_changed(*sale.goods)

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
        return dict(goods)

    def _check_total(self, order: ErpOrder) -> None:
        if order.currency not in self._erp.currencies:
            raise self._refused(f"{order.currency} is not active", "currency_inactive")
        total = erp_total(order.lines, order.currency, self._erp.tax_rounding)
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
        self._raise_demand(sale, goods)
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
        return sale

    def _raise_demand(self, sale: Sale, goods: dict[ExternalId, Decimal]) -> None:
        sale.goods = goods
        for variant, quantity in goods.items():
            self._move("demand", sale.warehouse, variant, quantity)
        self._erp.stock_changed(*goods)

    def _release(self, sale: Sale) -> None:
        for variant, quantity in sale.goods.items():
            reserved = sale.reserved.get(variant, _ZERO)
            self._move("reserved", sale.warehouse, variant, -reserved)
            self._move("demand", sale.warehouse, variant, reserved - quantity)
        sale.reserved = {}

    def _move(
        self,
        pile: Literal["demand", "reserved"],
        warehouse: str,
        variant: ExternalId,
        by: Decimal,
    ) -> None:
        levels = self._erp.demand if pile == "demand" else self._erp.reserved
        left = levels.get((warehouse, variant), _ZERO) + by
        if left:
            levels[warehouse, variant] = left
        else:
            levels.pop((warehouse, variant), None)

    def _live(self, id_: ExternalId) -> Sale:
        sale = self._sales[id_]
        if sale.state != "confirmed":
            raise self._refused(f"sale {sale.number} is {sale.state}", "illegal_state")
        return sale

    def _refused(self, what: str, code: str) -> RejectedError:
        return RejectedError(self._erp.name, "create_order", what, code=code)

    def __iter__(self) -> Iterator[Sale]:
        return iter(self._sales.values())

    def __len__(self) -> int:
        return len(self._sales)
