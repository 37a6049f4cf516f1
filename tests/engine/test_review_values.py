"""Values that change while they are written, are not mentioned, or come in great numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from panstore.model.plan import Operation, WriteOutcome
from panstore.model.price import PriceTarget
from panstore.testing.world import Scene
from tests.engine.house import S1, House

Make = Callable[..., House]


async def _open(make_house: Make, scene: Scene, goods: int = 3, **options: object) -> House:
    scene.add_goods(goods, on_hand=10)
    house = make_house(scene, **options)
    await house.open()
    await house.settle()
    return house


async def test_an_edit_in_the_shop_during_our_write_is_not_forgotten(make_house: Make) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    link, shop = scene.shop_links[0], scene.shop_connector
    write, edits = shop.write_stock, [Decimal(50)]

    async def slow(
        operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        outcomes = await write(operations, watermark)
        if edits:
            # The reply is on its way; meanwhile somebody saves the product's page in the shop.
            scene.shop.edit_stock(link.shop, edits.pop())
            await house.deliver()
        return outcomes

    shop.write_stock = slow  # type: ignore[method-assign]
    scene.erp.set_on_hand(link.erp, 7)
    await house.settle()
    assert not edits
    assert scene.shop.free(link.shop) == Decimal(7)


async def test_what_a_full_run_could_not_make_sure_of_is_looked_at_again(make_house: Make) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    link, shop = scene.shop_links[0], scene.shop_connector
    scene.shop.edit_stock(link.shop, 50)
    scene.shop.messages.take()
    write, silent = shop.write_stock, [link.shop]

    async def mute(
        operations: Sequence[Operation], watermark: str | None
    ) -> Sequence[WriteOutcome]:
        if silent:
            silent.clear()
            return []
        return await write(operations, watermark)

    shop.write_stock = mute  # type: ignore[method-assign]
    await house.engine.full_run(house._routes()[0].id, [S1])
    await house.settle()
    assert not silent
    assert scene.shop.free(link.shop) == Decimal(10)


async def test_the_first_stock_write_accounts_for_orders_the_shop_had_before(
    make_house: Make,
) -> None:
    scene = Scene()
    [link] = scene.add_goods(1, on_hand=10)
    scene.shop.edit_stock(link.shop, 10)
    price = PriceTarget(Decimal(10), "EUR", includes_tax=False, tax_class="standard")
    scene.shop.edit_price(link.shop, price)
    scene.shop.place_order((link.shop, 4))
    house = make_house(scene, modules=frozenset({S1}))
    await house.open()
    # The runs begin before the feeds are read for the first time.
    await house.runner.drain()
    assert scene.shop.free(link.shop) == Decimal(6)
