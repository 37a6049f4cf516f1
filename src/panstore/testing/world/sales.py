"""The sales of a simulated ERP: confirmed whole or not at all, then reserved and shipped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal

import msgspec

from panstore.model.ids import ExternalId, OrderKey
from panstore.model.money import minor_digits, round_half_up
from panstore.model.sale import BookedLine, BookedOrder, ErpOrder
from panstore.model.tax import tax_on
from panstore.sdk.errors import RejectedError

if TYPE_CHECKING:
    from panstore.testing.world.erp import SimErp

__all__ = ["TRYTON_RULES", "BookingRules", "Sale", "Sales", "erp_total"]

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


class BookingRules(msgspec.Struct, frozen=True, kw_only=True):
    """How an ERP comes to the total of a document; see the capabilities of the same names."""

    tax_rounding: Literal["line", "document"] = "document"
    document_rounding: Literal["half_up", "half_even"] = "half_up"
    tax_base: Literal["line", "exact"] = "line"
    tax_by_sign: bool = False


TRYTON_RULES = BookingRules(document_rounding="half_even", tax_base="exact", tax_by_sign=True)
"""As Tryton 8.2 reckons, for which the capabilities' documentation has the source."""


def erp_total(lines: Sequence[BookedLine], currency: str, rules: BookingRules) -> Decimal:
    """Gross total of a document, reckoned apart from the module that has to foresee it."""
    places = Decimal(1).scaleb(-minor_digits(currency))
    mode = ROUND_HALF_UP if rules.document_rounding == "half_up" else ROUND_HALF_EVEN
    total = _ZERO
    bases: dict[object, list[Decimal]] = defaultdict(list)
    for number, line in enumerate(lines):
        exact = line.quantity * line.unit_net
        net = exact.quantize(places, mode)
        total += net
        group = (
            number if rules.tax_rounding == "line" else None,
            line.rate,
            rules.tax_by_sign and exact < 0,
        )
        bases[group].append((exact if rules.tax_base == "exact" else net) * line.rate / 100)
    return total + sum(
        (sum(taxes, _ZERO).quantize(places, mode) for taxes in bases.values()), _ZERO
    )


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
        self._raise_demand(sale, {variant: quantity})
        return sale

    def by_key(self, key: OrderKey | str) -> list[Sale]:
        """Sales that carry the key, oldest first; more than one only without keyed documents."""
        return list(self._by_key.get(key, ()))

    def of_shop_order(self, shop_order: str) -> list[Sale]:
        """Sales of one order of a shop, whatever their key."""
        return list(self._by_shop_order.get(shop_order, ()))

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
        if shop_order:
            self._by_shop_order[shop_order].append(sale)
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
