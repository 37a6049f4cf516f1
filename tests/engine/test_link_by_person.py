"""A route on which only people link: what nobody has linked is not written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from panstore.engine.hand_links import set_link
from panstore.model.ids import ModuleCode, RouteId
from panstore.modules.s3_products.module import module as s3
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.store.parked import list_parked
from panstore.testing.world import Scene
from tests.engine.house import House

Make = Callable[..., House]
S3 = ModuleCode("S3")


async def test_equal_codes_link_nothing_until_a_person_says_so(make_house: Make) -> None:
    scene = Scene()
    scene.add_goods(3)
    house = make_house(scene, links_by_code=False)
    await house.open()
    await house.settle()
    assert await house.links() == []
    assert scene.shop.prices == {}
    erp = scene.erp.add_variant("ONE", price=Decimal("7.50"), on_hand=4)
    shop = scene.shop.add_variant("ONE")
    await house.settle()
    route = house.engine.context.routes[RouteId("shop")]
    await set_link(house.engine.context, route, erp, shop)
    await house.settle()
    assert scene.shop.free(shop) == Decimal(4)
    assert [link.sku for link in await house.links()] == ["ONE"]


async def test_what_the_other_side_has_already_is_not_made_again_and_a_person_is_told(
    make_house: Make,
) -> None:
    scene = Scene()
    scene.erp.add_variant("ONE", price=Decimal("7.50"), on_hand=4)
    scene.shop.add_variant("ONE")
    settings = ProductSyncSettings(first_sync="apply")
    house = make_house(scene, links_by_code=False, product_modules={S3: (s3, settings)})
    await house.open()
    await house.settle()
    assert len((await scene.shop_connector.catalogue(None, 100)).variants) == 1
    assert await house.links() == []
    codes = {one.code for one in await house.store.read(list_parked)}
    assert codes == {"product.sku_taken"}
