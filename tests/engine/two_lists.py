"""Two parties with a price list each: what buyers who ask and shops that keep prices begin with."""

from __future__ import annotations

from decimal import Decimal

from panstore.engine.context import Context, Route
from panstore.model.ids import ConnectionId, ExternalId, RouteId
from panstore.modules.s5_contract_prices.module import module as s5
from panstore.store.parked import Parked, list_parked
from panstore.testing.world import DatedPrice, Scene
from panstore.testing.world.history import Call
from tests.engine.house import House

__all__ = ["ERP", "LIST", "OTHER_LIST", "S5", "SHOP", "TwoLists"]

SHOP, S5 = RouteId("shop"), s5.code
ERP = ConnectionId("erp")
LIST, OTHER_LIST = ExternalId("L1"), ExternalId("L2")


class TwoLists:
    """Articles at 10.00, and two parties of the ERP.

    Attributes:
        goods: the shop's ids; sources: the ERP's, in the same order.
        party, other: buy by `LIST` (8.00 each) and `OTHER_LIST` (5.00 each).
        account: of the shop, linked to nobody yet.
    """

    def __init__(self, scene: Scene, house: House) -> None:
        self.scene, self.house = scene, house
        self.goods = [one.shop for one in scene.shop_links]
        self.sources = [one.erp for one in scene.shop_links]
        self.party = scene.erp.parties.add("Novak d.o.o.").id
        self.other = scene.erp.parties.add("Kovač s.p.").id
        self.account = scene.shop.accounts.open("ana@novak.example")
        for variant in self.sources:
            scene.erp.set_list_price(LIST, variant, DatedPrice(Decimal(8)))
            scene.erp.set_list_price(OTHER_LIST, variant, DatedPrice(Decimal(5)))
        scene.erp.set_agreement(self.party, LIST)
        scene.erp.set_agreement(self.other, OTHER_LIST)

    @staticmethod
    def scene_of(goods: int, *, tiers_batch: int = 0) -> Scene:
        """A world with so many articles."""
        scene = Scene(tiers_batch=tiers_batch)
        scene.add_goods(goods, on_hand=100, price=Decimal("10.00"))
        return scene

    @property
    def context(self) -> Context:
        return self.house.engine.context

    @property
    def route(self) -> Route:
        return self.context.routes[SHOP]

    def set_price(self, *lines: DatedPrice | str, good: int = 0, by: ExternalId = LIST) -> None:
        """Somebody changes an article in a list."""
        made = [one if isinstance(one, DatedPrice) else DatedPrice(Decimal(one)) for one in lines]
        self.scene.erp.set_list_price(by, self.sources[good], *made)

    def calls_of(self, system: str, operation: str) -> list[Call]:
        """What a system was asked."""
        return self.scene.history.of(ConnectionId(system), operation)

    async def parked(self) -> list[Parked]:
        """What people have to be told about agreed prices."""
        rows = await self.house.store.read(list_parked)
        return [row for row in rows if row.module == S5]
