"""The judge sees each kind of harm and accuses nobody without cause."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.model.ids import ExternalId, ItemId, OrderKey
from panstore.model.order import Order
from panstore.model.plan import Operation
from panstore.model.price import PriceTarget
from panstore.model.sale import ErpOrder
from panstore.model.stock import StockTarget
from panstore.testing.bookings import book, goods_line
from panstore.testing.world import Scene

TEN = PriceTarget(Decimal("10.00"), "EUR", includes_tax=False, tax_class="standard")


@pytest.fixture
async def scene() -> Scene:
    scene = Scene()
    for link in scene.add_goods(2, on_hand=10):
        scene.shop.prices[link.shop] = TEN
    await scene.start()
    return scene


def booked(scene: Scene, order: Order, key: OrderKey | None = None) -> ErpOrder:
    to_erp = {link.shop: link.erp for link in scene.shop_links}
    return book(order, scene.shop_connector.id, to_erp, warehouse="LJ", key=key)


async def tell(scene: Scene, free: int, watermark: str | None = None) -> None:
    link = scene.shop_links[0]
    after = StockTarget(Decimal(free))
    operation = Operation(ItemId("i"), link.shop, None, after, "test")
    await scene.shop_connector.write_stock([operation], watermark)


async def sync_stock(scene: Scene, take_off: int = 0) -> None:
    link = scene.shop_links[0]
    page = await scene.shop_connector.orders_since(None, 100)
    levels = await scene.erp_connector.stock_levels([link.erp], ["LJ"])
    free = sum(level.on_hand - level.reserved - level.demand for level in levels) - take_off
    await tell(scene, int(free), page.cursor)


async def test_an_honest_run_is_found_clean(scene: Scene) -> None:
    await sync_stock(scene)
    order = scene.shop.place_order((scene.shop_links[0].shop, 3))
    await scene.erp_connector.create_order(booked(scene, order))
    await sync_stock(scene)
    assert scene.judge() == []


async def test_a_lost_order_is_seen_unless_it_is_parked_or_cancelled(scene: Scene) -> None:
    await sync_stock(scene)
    order = scene.shop.place_order((scene.shop_links[0].shop, 3))
    await sync_stock(scene, take_off=3)
    assert scene.judge() == [f"order shop/{order.id} is lost: neither in the ERP nor parked"]
    assert scene.judge(parked={scene.shop_connector.id: {order.id}}) == []
    assert scene.judge(quiescent=False) == []
    scene.shop.cancel(order.id)
    assert scene.judge() == []


async def test_a_doubled_order_is_seen_under_any_key(scene: Scene) -> None:
    await sync_stock(scene)
    order = scene.shop.place_order((scene.shop_links[0].shop, 1))
    await scene.erp_connector.create_order(booked(scene, order))
    other = OrderKey(f"shop/{order.id}/order/2")
    await scene.erp_connector.create_order(booked(scene, order, key=other))
    assert any("is doubled: SO00001, SO00002" in one for one in scene.judge())


async def test_an_invented_order_and_a_wrong_amount_are_seen(scene: Scene) -> None:
    await sync_stock(scene)
    order = scene.shop.place_order((scene.shop_links[0].shop, 1))
    ghost = booked(scene, order, key=OrderKey("shop/7/order/1"))
    await scene.erp_connector.create_order(replace(ghost, shop_order=ExternalId("7")))
    two = goods_line(scene.shop_links[0].erp, Decimal(2), Decimal(10), Decimal(22))
    wrong = replace(booked(scene, order), lines=(two,), total=Decimal("24.40"))
    await scene.erp_connector.create_order(wrong)
    found = scene.judge()
    assert "order shop/7 is in the ERP and was never placed" in found
    assert f"order shop/{order.id}: charged 12.20 EUR, booked 24.40 EUR" in found


async def test_stock_above_the_erp_is_seen_at_the_end(scene: Scene) -> None:
    await sync_stock(scene)
    scene.erp.set_on_hand(scene.shop_links[0].erp, 4)
    found = scene.judge()
    assert len(found) == 1
    assert "offers 10" in found[0]
    assert "leave 4" in found[0]


async def test_a_write_that_forgets_an_order_it_knew_is_seen(scene: Scene) -> None:
    await sync_stock(scene)
    order = scene.shop.place_order((scene.shop_links[0].shop, 3))
    await sync_stock(scene)
    assert any("was told 10" in one and "allowed 7" in one for one in scene.judge())
    await scene.erp_connector.create_order(booked(scene, order))


async def test_an_order_after_the_watermark_is_left_to_the_shop(scene: Scene) -> None:
    link = scene.shop_links[0]
    await sync_stock(scene)
    page = await scene.shop_connector.orders_since(None, 100)
    order = scene.shop.place_order((link.shop, 3))
    await scene.erp_connector.stock_levels([link.erp], ["LJ"])
    await tell(scene, 10, page.cursor)
    assert scene.shop.free(link.shop) == 7
    await scene.erp_connector.create_order(booked(scene, order))
    assert scene.judge() == []


async def test_a_write_without_any_reading_is_seen(scene: Scene) -> None:
    await tell(scene, 1)
    assert any("what was read allowed 0" in one for one in scene.judge())


async def test_an_order_of_another_shop_counts_once_it_is_kept() -> None:
    scene = Scene()
    scene.add_shop("other")
    scene.add_goods(1, on_hand=10)
    await scene.start()
    (other,) = [one for id_, one in scene.shop_connectors.items() if id_ == "other"]
    theirs = scene.links[other.id][0].shop
    scene.shops[other.id].prices[theirs] = TEN
    scene.shops[other.id].in_stock[theirs] = Decimal(10)
    scene.shops[other.id].place_order((theirs, 4))
    page = await other.orders_since(None, 10)
    await sync_stock(scene)
    assert scene.judge(quiescent=False) == []
    await other.orders_since(page.cursor, 10)
    await sync_stock(scene)
    assert any("was told 10" in one and "allowed 6" in one for one in scene.judge())
