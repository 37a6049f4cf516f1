"""A day in the life of a few orders: what people do outside, step by step, and what must remain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from panstore.model.ids import ExternalId, OrderKey
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.s4_orders.settings import Event, OrderSettings
from panstore.sdk.rules import Rule
from panstore.testing.world import Scene
from panstore.testing.world.documents import Sale
from tests.engine.house import P1, P2, S1, S2, S4, House

__all__ = ["LIFE_MODULES", "Deed", "Life", "bare_house", "living", "settings"]

LIFE_MODULES = frozenset({S1, S2, S4, P1, P2})
TOLD: dict[Event, str] = {
    "waiting": "waiting for goods",
    "reserved": "reserved",
    "invoiced": "invoiced",
    "partly_shipped": "partly shipped",
    "shipped": "shipped",
    "cancelled": "cancelled",
    "refunded": "refunded",
}

Deed = Callable[[], object]


def settings() -> dict[str, Any]:
    """Options of a house in which orders live: paid orders are invoiced, all are reserved."""
    return {
        "modules": LIFE_MODULES,
        "s4_settings": OrderSettings(warehouse="LJ", match=("email",), tell=TOLD),
        "p1_settings": InvoiceSettings(rule=Rule("order.paid")),
    }


async def bare_house(make_house: Callable[..., House], scene: Scene, **options: Any) -> House:
    """A house over the scene, linked and quiet."""
    house = make_house(scene, **settings() | options)
    await house.open()
    await house.settle()
    return house


def living(scene: Scene, order: ExternalId) -> list[Sale]:
    """First sales of an order that have not been cancelled."""
    return [
        sale
        for sale in scene.erp.sales.of_shop_order(order)
        if sale.state != "cancelled" and not sale.corrects
    ]


@dataclass
class Life:
    """Three orders: one edited, paid, shipped and partly sent back; one paid and cancelled; one
    that waits for goods."""

    scene: Scene

    def __post_init__(self) -> None:
        self.goods = self.scene.add_goods(3, on_hand=10, price=Decimal("33.33"))
        self.first = self.second = self.third = ExternalId("")

    def deeds(self) -> list[Deed]:
        """What people do, in order; the house settles after each."""
        return [
            self._place,
            self._edit,
            self._pay,
            self._ship,
            self._send_back,
            self._buy_and_cancel,
            self._cancel,
            self._buy_too_much,
            self._goods_come,
        ]

    def expect(self) -> None:
        """What must be there at the end, whatever went wrong on the way."""
        scene = self.scene
        [sale] = living(scene, self.first)
        assert sale.state == "done"
        assert sale.key.endswith("/order/2")
        assert sum(one.charged for one in scene.erp.sales.of_shop_order(self.first)) == (
            self._order(self.first).total - self._order(self.first).given_back
        )
        assert living(scene, self.second) == []
        second = scene.erp.sales.of_shop_order(self.second)
        assert [one.charged for one in second] == [Decimal(0)]
        assert len([p for one in second for p in one.papers]) == 2, "an invoice and its credit"
        [waiting] = living(scene, self.third)
        assert waiting.reserved == waiting.goods
        assert self._order(self.second).status == "cancelled"
        assert self._order(self.third).status == "reserved"

    def _order(self, id_: ExternalId) -> Any:
        entry = self.scene.shop.orders.get(id_)
        assert entry is not None
        return entry.order

    def _sale(self, id_: ExternalId) -> Sale:
        [sale] = living(self.scene, id_)
        return sale

    def _place(self) -> None:
        shop, goods = self.scene.shop, self.goods
        self.first = shop.place_order((goods[0].shop, 2), (goods[1].shop, 1)).id

    def _edit(self) -> None:
        assert self.scene.shop.desk.edit(self.first, {self.goods[0].shop: 3})

    def _pay(self) -> None:
        assert self.scene.shop.desk.pay(self.first)

    def _ship(self) -> None:
        self.scene.erp.deliveries.ship(self._sale(self.first).id)

    def _send_back(self) -> None:
        order = self._order(self.first)
        assert self.scene.shop.desk.refund(self.first, lines=[(order.lines[0].id, 1)])

    def _buy_and_cancel(self) -> None:
        self.second = self.scene.shop.place_order((self.goods[1].shop, 2)).id
        assert self.scene.shop.desk.pay(self.second)

    def _cancel(self) -> None:
        self.scene.shop.cancel(self.second)

    def _buy_too_much(self) -> None:
        goods = self.goods[2]
        self.scene.erp.set_on_hand(goods.erp, 1)
        self.third = self.scene.shop.place_order((goods.shop, 4), guard=False).id

    def _goods_come(self) -> None:
        self.scene.erp.set_on_hand(self.goods[2].erp, 9)

    @staticmethod
    def key(order: ExternalId, purpose: str, revision: int) -> OrderKey:
        """Our key of a document."""
        return OrderKey(f"shop/{order}/{purpose}/{revision}")
