"""A house in which invoices are issued by themselves and pages can be made of them."""

from __future__ import annotations

from typing import Any

from panstore.model.order import Order
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.sdk.rules import Rule
from panstore.testing.world import Scene
from tests.engine.house import P1, P2, S1, S2, S4, House, Post
from tests.engine.life import living

__all__ = ["IssuingHouse", "buy_and_ship"]


class IssuingHouse(House):
    """Like any other, with a printer; nobody is mailed."""

    def __init__(self, scene: Scene, url: str, **options: Any) -> None:
        given: dict[str, Any] = {
            "modules": frozenset({S1, S2, S4, P1, P2}),
            "p1_settings": InvoiceSettings(rule=Rule("true")),
            # Its server and printer outlive a restart, as the world does.
            "post": scene.__dict__.setdefault("post", Post(scene)),
        }
        super().__init__(scene, url, **given | options)


async def buy_and_ship(house: House) -> Order:
    """An order with an invoice and a parcel that has left."""
    scene = house.scene
    order = scene.shop.place_order((scene.shop_links[0].shop, 2))
    await house.settle()
    [sale] = living(scene, order.id)
    scene.erp.deliveries.ship(sale.id)
    await house.settle()
    return order
