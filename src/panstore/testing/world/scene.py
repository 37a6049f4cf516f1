"""A ready world for tests of the engine: one ERP, its shops, linked goods, one clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.link import Link
from panstore.testing.world.case import Case, Duties
from panstore.testing.world.checker import judge
from panstore.testing.world.clock import SimClock
from panstore.testing.world.erp import SimErp
from panstore.testing.world.erp_connector import SimErpConnector
from panstore.testing.world.faults import Faults
from panstore.testing.world.history import History
from panstore.testing.world.reckoning import BookingRules
from panstore.testing.world.shop import SimShop
from panstore.testing.world.shop_connector import SimShopConnector

__all__ = ["Scene"]


class Scene:
    """One ERP (`erp`) and one shop (`shop`), more shops by `add_shop`.

    Attributes:
        links: links of each shop's connection in the order of their goods.

    Args:
        seed: of the faults.
        keep: whether the history keeps calls; False for runs of a million items.
        keyed, rules: options of the ERP; the others are those of the first shop.
    """

    def __init__(  # noqa: PLR0913 - each is one trait of the world
        self,
        *,
        seed: int = 0,
        keep: bool = True,
        clock: SimClock | None = None,
        keyed: bool = True,
        guarded_stock: bool = True,
        prices_include_tax: bool = False,
        rules: BookingRules | None = None,
        tiers_batch: int = 0,
    ) -> None:
        self.clock = clock or SimClock()
        self.history = History(self.clock, keep=keep)
        self.faults = Faults(self.clock, seed=seed)
        self.erp = SimErp(self.history, keyed=keyed, rules=rules)
        self.erp_connector = SimErpConnector(ConnectionId("erp"), self.erp, self.faults)
        self.shops: dict[ConnectionId, SimShop] = {}
        self.shop_connectors: dict[ConnectionId, SimShopConnector] = {}
        self.links: dict[ConnectionId, list[Link]] = {}
        self.shop = self.add_shop(
            "shop",
            guarded_stock=guarded_stock,
            prices_include_tax=prices_include_tax,
            tiers_batch=tiers_batch,
        )
        self.shop_connector = self.shop_connectors[ConnectionId("shop")]

    def add_shop(
        self,
        connection: str,
        *,
        guarded_stock: bool = True,
        prices_include_tax: bool = False,
        dated_prices: bool = False,
        fractional: bool = False,
        tiers_batch: int = 0,
    ) -> SimShop:
        """Another shop of the same ERP, with connector and an empty list of links."""
        id_ = ConnectionId(connection)
        shop = SimShop(
            self.history,
            name=connection,
            guarded_stock=guarded_stock,
            prices_include_tax=prices_include_tax,
            dated_prices=dated_prices,
            fractional=fractional,
        )
        self.shops[id_] = shop
        self.shop_connectors[id_] = SimShopConnector(
            id_, shop, self.faults, tiers_batch=tiers_batch
        )
        self.links[id_] = []
        return shop

    def add_goods(
        self,
        count: int,
        *,
        on_hand: Decimal | int = 10,
        price: Decimal = Decimal("10.00"),
        rate: Decimal = Decimal(22),
        factor: Decimal | None = Decimal(1),
        route: str = "",
        announce: bool = False,
    ) -> list[Link]:
        """Goods with the same code in the ERP and in every shop.

        Args:
            route: of the links; the shop's connection id unless given.

        Returns:
            The new links of the first shop; `links` has those of all.
        """
        made: list[Link] = []
        for _ in range(count):
            sku = f"SKU-{len(self.erp.shelf) + 1:06}"
            erp_id = self.erp.add_variant(
                sku, price=price, on_hand=on_hand, rate=rate, announce=announce
            )
            for connection, shop in self.shops.items():
                shop_id = shop.add_variant(sku, rate=rate, announce=announce)
                link = Link(
                    ItemId(f"{connection}-{sku}"),
                    RouteId(route or connection),
                    erp_id,
                    shop_id,
                    factor,
                    sku,
                )
                self.links[connection].append(link)
                if shop is self.shop:
                    made.append(link)
        return made

    @property
    def shop_links(self) -> list[Link]:
        """The links of the first shop."""
        return self.links[self.shop_connector.id]

    async def start(self) -> None:
        """Log all connectors in."""
        await self.erp_connector.start()
        for connector in self.shop_connectors.values():
            await connector.start()

    def judge(
        self,
        *,
        parked: Mapping[ConnectionId, Collection[ExternalId]] | None = None,
        warehouses: tuple[str, ...] = ("LJ",),
        links: Mapping[ConnectionId, list[Link]] | None = None,
        quiescent: bool = True,
        held: Mapping[ConnectionId, Collection[ExternalId]] | None = None,
        duties: Duties | None = None,
    ) -> list[str]:
        """Violations over the whole run; see `checker.judge`.

        Args:
            parked: shop order ids by connection.
            warehouses: from which every shop sells.
            links: the engine's, if they are not those of `add_goods`.
            held: ids of orders in the ERP that wait for a person, by connection.
            duties: which modules followed the orders of every shop.
        """
        known = links or self.links
        cases = [
            Case(
                id_,
                shop,
                known.get(id_, []),
                warehouses,
                (parked or {}).get(id_, ()),
                held=(held or {}).get(id_, ()),
                duties=duties or Duties(),
            )
            for id_, shop in self.shops.items()
        ]
        erp_id = self.erp_connector.id
        return judge(self.erp, erp_id, cases, self.history, quiescent=quiescent)
