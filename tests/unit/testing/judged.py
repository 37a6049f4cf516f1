"""A scene with one order, in the ERP as PanStore would have booked it, for tests of the judge."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from panstore.model.ids import ConnectionId, ExternalId, OrderKey
from panstore.model.order import Order
from panstore.model.price import PriceTarget
from panstore.model.sale import ErpOrder
from panstore.testing.bookings import book, goods_line
from panstore.testing.world import Duties, Scene
from panstore.testing.world.documents import Sale

__all__ = ["Judged"]

TEN = PriceTarget(Decimal("10.00"), "EUR", includes_tax=False, tax_class="standard")
SHOP = ConnectionId("shop")


class Judged:
    """One order of 3 pieces at 12.20; `on_hand` pieces lie in the ERP, none is offered."""

    def __init__(self, *, keyed: bool = True, on_hand: int = 10) -> None:
        self.scene = Scene(keyed=keyed)
        (self.link,) = self.scene.add_goods(1, on_hand=on_hand)
        self.scene.shop.prices[self.link.shop] = TEN
        self.order = self.scene.shop.place_order((self.link.shop, 3), guard=False)
        self.erp = self.scene.erp
        self.desk = self.scene.shop.desk

    def key(self, purpose: str = "order", revision: int = 1) -> OrderKey:
        return OrderKey(f"shop/{self.order.id}/{purpose}/{revision}")

    @property
    def present(self) -> Order:
        entry = self.scene.shop.orders.get(self.order.id)
        assert entry is not None
        return entry.order

    def booking(self, revision: int = 1) -> ErpOrder:
        """The sale for the order as it stands."""
        to_erp = {self.link.shop: self.link.erp}
        return book(self.present, SHOP, to_erp, warehouse="LJ", key=self.key(revision=revision))

    def create(self, revision: int = 1) -> Sale:
        return self.erp.sales.get(self.erp.sales.create(self.booking(revision)).id)

    def correct(self, quantity: int, revision: int = 1) -> Sale:
        """A supplement, or a return below zero."""
        key = self.key("return" if quantity < 0 else "supplement", revision)
        line = goods_line(self.link.erp, Decimal(quantity), Decimal(10), Decimal(22))
        total = Decimal("12.20") * quantity
        order = replace(self.booking(), key=key, corrects=self.key(), lines=(line,), total=total)
        return self.erp.sales.get(self.erp.sales.create(order).id)

    def verdict(
        self,
        duties: Duties | None = None,
        *,
        held: bool = False,
        parked: bool = False,
        quiescent: bool = True,
    ) -> list[str]:
        """What the judge says."""
        ids: dict[ConnectionId, set[ExternalId]] = {SHOP: {self.order.id}}
        return self.scene.judge(
            duties=duties,
            held=ids if held else None,
            parked=ids if parked else None,
            quiescent=quiescent,
        )
