"""What happens to products while something else happens: another worker, a change of stock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from panstore.engine.context import IMAGES, LINKS
from panstore.engine.limiter import Lane
from panstore.engine.products.pipeline import work_product_marks
from panstore.engine.remote import Remote
from panstore.engine.runs import run
from panstore.model.ids import ConnectionId, ModuleCode, RouteId
from panstore.model.product import VariantFields
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.store.marks import due_marks
from panstore.testing.world import Scene
from tests.engine.house import S1, House

T = TypeVar("T")
Make = Callable[..., House]
S3 = ModuleCode("S3")
_SHOP = RouteId("shop")


class _SlowPictures(Remote):
    """A picture that is on its way arrives when the test says so."""

    def __init__(self, house: House) -> None:
        super().__init__(house.store, house.clock, house.engine.context.connectors, {})
        self.on_the_way = asyncio.Event()
        self.may_arrive = asyncio.Event()
        self.arrived = 0

    async def call(
        self,
        connection: ConnectionId,
        lane: Lane,
        operation: str,
        do: Callable[[], Awaitable[T]],
        *,
        reads: bool = False,
    ) -> T:
        async def slowly() -> T:
            if operation == "add image":
                self.on_the_way.set()
                await self.may_arrive.wait()
                self.arrived += 1
            return await do()

        return await super().call(connection, lane, operation, slowly, reads=reads)


async def _ready(make_house: Make) -> House:
    scene = Scene()
    scene.add_goods(3)
    settings = ProductSyncSettings(first_sync="apply", publish_new=True)
    house = make_house(scene, product_modules={S3: (module, settings)})
    await house.open()
    await house.settle()
    return house


async def _look(house: House) -> None:
    await house.deliver()
    await house.look()
    await run(house.engine.context, _SHOP, LINKS, 0)


async def test_two_workers_on_one_new_and_one_changed_product(make_house: Make) -> None:
    house = await _ready(make_house)
    context, scene = house.engine.context, house.scene
    link = scene.shop_links[0]
    scene.erp.pages.add("Kava", VariantFields(sku="K-1"))
    scene.erp.pages.edit(link.erp, name="Novo ime")
    await _look(house)
    marks = await house.store.read(
        lambda c: due_marks(c, _SHOP, S3, shard=0, now=house.clock.now(), limit=50)
    )
    assert len(marks) == 2
    route = context.routes[_SHOP]
    await asyncio.gather(*(work_product_marks(context, route, S3, marks) for _ in range(2)))
    await house.settle()
    made = [p for p in scene.shop.pages.all() if p.variants[0].fields.sku == "K-1"]
    assert [page.fields.name for page in made] == ["Kava"]
    assert scene.shop.pages.products([link.shop])[0].fields.name == "Novo ime"
    assert len(await house.links()) == 4
    writes = scene.erp.pages.writes, scene.shop.pages.writes
    await house.engine.full_run(_SHOP, [S3])
    await house.settle()
    assert (scene.erp.pages.writes, scene.shop.pages.writes) == writes


async def test_ten_pictures_hold_up_neither_stock_nor_a_name(make_house: Make) -> None:
    house = await _ready(make_house)
    context, scene = house.engine.context, house.scene
    first, second = scene.shop_links[:2]
    for number in range(10):
        scene.erp.pages.add_content(first.erp, f"picture {number}".encode())
    await _look(house)
    await run(context, _SHOP, S3, 0)
    remote = _SlowPictures(house)
    context.remote = remote
    pictures = asyncio.create_task(run(context, _SHOP, IMAGES, 0))
    async with asyncio.timeout(30):
        await remote.on_the_way.wait()
        scene.erp.set_on_hand(second.erp, 3)
        scene.erp.pages.edit(second.erp, name="Novo ime")
        await _look(house)
        await run(context, _SHOP, S1, 0)
        await run(context, _SHOP, S3, 0)
        assert remote.arrived == 0
        assert scene.shop.free(second.shop) == 3
        assert scene.shop.pages.products([second.shop])[0].fields.name == "Novo ime"
        remote.may_arrive.set()
        await pictures
    await house.settle()
    here, there = (
        pages.products([id_])[0].fields.images
        for pages, id_ in ((scene.erp.pages, first.erp), (scene.shop.pages, first.shop))
    )
    assert here == there
    assert remote.arrived == 10
