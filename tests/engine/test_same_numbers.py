"""Ids of two systems may be the same words and mean different articles; they are never mixed up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId
from panstore.model.stock import ShopStock, StockLevel
from panstore.sdk.errors import MappingError
from panstore.store.parked import list_parked
from panstore.testing.world import Scene, SimErpConnector, SimShopConnector
from panstore.testing.world.shelf import Shelf
from tests.engine.house import S1, House

Make = Callable[..., House]


async def _house(make_house: Make) -> House:
    """Two articles; the shop's id of the first is the ERP's id of the second."""
    scene = Scene()
    scene.erp.shelf, scene.shop.shelf = Shelf("A"), Shelf("A")
    scene.shop.add_variant("ELSEWHERE", announce=False)
    first, second = scene.add_goods(2, on_hand=5)
    assert first.shop == second.erp
    house = make_house(scene, modules=frozenset({S1}))
    await house.open()
    return house


@pytest.mark.parametrize("side", ["erp", "shop"])
async def test_the_article_that_cannot_be_read_is_the_one_that_is_parked(
    make_house: Make, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    bad = ExternalId("A1002")
    read_levels, read_stock = SimErpConnector.stock_levels, SimShopConnector.shop_stock

    async def levels(
        self: SimErpConnector, variants: Sequence[ExternalId], warehouses: Sequence[str]
    ) -> Sequence[StockLevel]:
        if side == "erp" and bad in variants:
            raise MappingError(bad, "unit", "has no meaning")
        return await read_levels(self, variants, warehouses)

    async def stock(self: SimShopConnector, variants: Sequence[ExternalId]) -> Sequence[ShopStock]:
        if side == "shop" and bad in variants:
            raise MappingError(bad, "stock", "has no meaning")
        return await read_stock(self, variants)

    monkeypatch.setattr(SimErpConnector, "stock_levels", levels)
    monkeypatch.setattr(SimShopConnector, "shop_stock", stock)
    house = await _house(make_house)
    await house.settle()
    first, second = house.scene.shop_links
    broken, fine = (second, first) if side == "erp" else (first, second)
    [record] = await house.store.read(list_parked)
    assert (record.label, record.code) == (broken.sku, "read.refused")
    assert house.scene.shop.free(fine.shop) == Decimal(5)
    assert house.scene.shop.free(broken.shop) == Decimal(0)
