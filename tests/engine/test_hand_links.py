"""Links that a person makes: in step at once, undone by no code, one per article and side."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from panstore.engine.context import LINKS
from panstore.engine.hand_links import BadLinkError, remove_link, set_link
from panstore.model.ids import ExternalId, RouteId
from panstore.store.audit import Entry, latest
from panstore.store.items import count_links
from panstore.store.parked import list_parked
from panstore.store.tables import ledger
from panstore.testing.world import Scene
from tests.engine.house import House, web_sales

Make = Callable[..., House]
ROUTE = RouteId("shop")


class Trade:
    """A shop with two linked goods, and one article on either side that no code brings together."""

    def __init__(self, house: House) -> None:
        self.house, self.scene = house, house.scene
        self.route = house.engine.context.routes[ROUTE]
        self.erp = self.scene.erp.add_variant("ERP-ONLY", price=Decimal(2), on_hand=60)
        self.shop = self.scene.shop.add_variant("SHOP-ONLY")

    async def set(self, erp: ExternalId, shop: ExternalId, **how: object) -> str:
        context = self.house.engine.context
        return (await set_link(context, self.route, erp, shop, **how)).change  # type: ignore[arg-type]

    async def look_at_everything(self) -> None:
        await self.house.engine.full_run(ROUTE, [LINKS])
        await self.house.settle()

    async def count(self) -> int:
        return await self.house.store.read(lambda c: count_links(c, ROUTE))

    async def told(self) -> list[Entry]:
        rows = await self.house.store.read(lambda c: latest(c, limit=500))
        return [row for row in rows if row.module == LINKS and row.cause == "a person"]


@pytest.fixture
async def trade(make_house: Make) -> Trade:
    scene = Scene()
    scene.add_goods(2, on_hand=10)
    house = make_house(scene)
    await house.open()
    await house.settle()
    made = Trade(house)
    await made.look_at_everything()
    return made


async def test_a_link_made_by_hand_is_brought_in_step_and_stays(trade: Trade) -> None:
    assert await trade.set(trade.erp, trade.shop, factor=Decimal(6)) == "made"
    await trade.house.settle()
    assert trade.scene.shop.free(trade.shop) == Decimal(10)
    assert trade.scene.shop.prices[trade.shop].amount == Decimal(12)
    await trade.look_at_everything()
    assert await trade.count() == 3
    assert trade.scene.shop.free(trade.shop) == Decimal(10)
    [entry] = await trade.told()
    assert (entry.outcome, entry.label) == ("linked", "ERP-ONLY")
    assert "one sales unit is 6 stock units" in entry.reason


async def test_a_factor_said_later_changes_stock_and_price(trade: Trade) -> None:
    link = trade.scene.shop_links[0]
    assert await trade.set(link.erp, link.shop) == "none"
    assert await trade.told() == []
    assert await trade.set(link.erp, link.shop, factor=Decimal(5)) == "factor"
    await trade.house.settle()
    assert trade.scene.shop.free(link.shop) == Decimal(2)
    assert trade.scene.shop.prices[link.shop].amount == Decimal("50.00")
    assert await trade.set(link.erp, link.shop) == "none"
    [entry] = await trade.told()
    assert "before, one sales unit is 1 stock unit" in entry.reason


async def test_an_order_that_waited_for_the_article_goes_on_by_itself(trade: Trade) -> None:
    scene = trade.scene
    scene.shop.edit_stock(trade.shop, 5)
    scene.shop.edit_price(trade.shop, scene.shop.prices[scene.shop_links[0].shop])
    scene.shop.place_order((trade.shop, 2))
    await trade.house.settle()
    assert len(await trade.house.store.read(list_parked)) == 1
    await trade.set(trade.erp, trade.shop)
    await trade.house.settle()
    assert len(web_sales(scene)) == 1
    assert await trade.house.store.read(list_parked) == []


async def test_an_article_has_one_link_on_either_side(trade: Trade) -> None:
    link = trade.scene.shop_links[0]
    for pair in ((link.erp, trade.shop), (trade.erp, link.shop)):
        with pytest.raises(BadLinkError, match="already"):
            await trade.set(*pair)
    with pytest.raises(BadLinkError, match="listed no article"):
        await trade.set(ExternalId("none"), trade.shop)
    for factor in ("0", "-1", "NaN", "Infinity", "1E+9"):
        with pytest.raises(BadLinkError, match="cannot be a factor"):
            await trade.set(trade.erp, trade.shop, factor=Decimal(factor))
    assert await trade.count() == 2
    assert await trade.told() == []


async def test_a_link_takes_the_place_of_others_and_their_codes_do_not_undo_it(
    trade: Trade,
) -> None:
    link = trade.scene.shop_links[0]
    assert await trade.set(link.erp, trade.shop, replace=True) == "made"
    await trade.look_at_everything()
    assert trade.scene.shop.free(trade.shop) == Decimal(10)
    assert await trade.count() == 2
    assert [e.outcome for e in await trade.told()] == ["linked", "unlinked"]


async def test_a_removed_link_is_not_made_again_by_the_code_but_by_hand(trade: Trade) -> None:
    link = trade.scene.shop_links[0]
    context = trade.house.engine.context
    await remove_link(context, trade.route, link.erp, link.shop)
    await trade.look_at_everything()
    trade.scene.erp.set_on_hand(link.erp, 3)
    await trade.house.settle()
    assert await trade.count() == 1
    assert trade.scene.shop.free(link.shop) == Decimal(10)
    assert await trade.house.store.read(list_parked) == []
    kept = await trade.house.store.read(
        lambda c: c.execute(sa.select(ledger.c.item)).scalars().all()
    )
    assert len(set(kept)) == 1
    with pytest.raises(BadLinkError, match="are not linked"):
        await remove_link(context, trade.route, link.erp, link.shop)
    await trade.set(link.erp, link.shop)
    await trade.look_at_everything()
    assert trade.scene.shop.free(link.shop) == Decimal(3)


async def test_two_that_a_code_cannot_tell_apart_are_linked_by_hand(trade: Trade) -> None:
    scene = trade.scene
    twins = [scene.erp.add_variant("TWIN", on_hand=n, price=Decimal(2)) for n in (3, 5)]
    target = scene.shop.add_variant("TWIN")
    await trade.look_at_everything()
    [parked] = await trade.house.store.read(list_parked)
    assert "panstore links set" in parked.reason
    await trade.set(twins[1], target)
    await trade.look_at_everything()
    assert scene.shop.free(target) == Decimal(5)
    assert await trade.house.store.read(list_parked) == []
