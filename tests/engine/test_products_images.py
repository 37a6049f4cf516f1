"""Pictures of products: the same in both systems under two names, and never in anybody's way."""

from __future__ import annotations

from collections.abc import Callable

from panstore.engine.context import IMAGES
from panstore.model.ids import ModuleCode, RouteId
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.store.audit import latest
from panstore.testing.world import Scene
from tests.engine.house import House

Make = Callable[..., House]
S3 = ModuleCode("S3")
_SETTINGS = ProductSyncSettings(first_sync="apply")


async def test_one_picture_under_two_names_is_the_same_picture(make_house: Make) -> None:
    scene = Scene()
    scene.add_goods(1)
    [link] = scene.shop_links
    scene.erp.pages.add_content(link.erp, b"picture", "from the ERP.png")
    scene.shop.pages.add_content(link.shop, b"picture", "from the shop.png")
    house = make_house(scene, product_modules={S3: (module, _SETTINGS)})
    await house.open()
    await house.settle()
    entries = await house.store.read(latest)
    assert [one for one in entries if one.module == S3] == []


async def test_pictures_wait_for_a_run_of_their_own_and_names_do_not(make_house: Make) -> None:
    scene = Scene()
    scene.add_goods(2)
    house = make_house(scene, product_modules={S3: (module, _SETTINGS)})
    await house.open()
    await house.settle()
    first, second = scene.shop_links
    for number in range(10):
        scene.shop.pages.add_content(first.shop, f"picture {number}".encode(), "big.png")
    scene.erp.pages.edit(second.erp, name="Renamed")
    taken = _order_of_runs(house)
    await house.settle()
    named = next(n for n, (code, name) in enumerate(taken) if name == "Renamed")
    pictured = next(n for n, (code, _) in enumerate(taken) if code == IMAGES)
    assert named < pictured
    images = scene.erp.pages.products([first.erp])[0].fields.images
    assert isinstance(images, tuple)
    assert len(images) == 10


def _order_of_runs(house: House) -> list[tuple[ModuleCode, object]]:
    """What the second product is called in the shop at the end of each run, as they come."""
    seen: list[tuple[ModuleCode, object]] = []
    work, scene = house.engine._run, house.scene

    async def run(route: RouteId, code: ModuleCode, shard: int) -> None:
        await work(route, code, shard)
        seen.append((code, scene.shop.pages.products([scene.shop_links[1].shop])[0].fields.name))

    house.runner._work = run
    return seen
