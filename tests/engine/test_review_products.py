"""Faults that readers of the code found in the way of products, each shown before it was mended."""

from __future__ import annotations

from collections.abc import Callable

from panstore.engine.context import BrakeLimits
from panstore.engine.hand_links import remove_link
from panstore.model.ids import ModuleCode, RouteId
from panstore.model.product import (
    Image,
    Product,
    ProductFields,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import ProductSyncSettings
from panstore.store.brakes import list_approvals
from panstore.store.parked import list_parked
from panstore.store.product_conflicts import list_conflicts
from panstore.testing.world import Scene
from panstore.testing.world.pages import Pages
from tests.engine.house import House

Make = Callable[..., House]
S3 = ModuleCode("S3")
_SHOP = RouteId("shop")
_SETTINGS = ProductSyncSettings(first_sync="apply", publish_new=True)


async def _ready(make_house: Make, *, brakes: BrakeLimits | None = None) -> House:
    scene = Scene()
    scene.add_goods(2)
    house = make_house(scene, product_modules={S3: (module, _SETTINGS)}, brakes=brakes)
    await house.open()
    await house.settle()
    return house


def _with(pages: Pages, sku: str) -> list[Product]:
    return [p for p in pages.all() if any(v.fields.sku == sku for v in p.variants)]


async def _all_again(house: House) -> None:
    await house.engine.full_run(_SHOP, [S3])
    await house.settle()


async def test_what_changed_while_pictures_moved_is_not_forgotten(make_house: Make) -> None:
    house = await _ready(make_house)
    scene, [link, _] = house.scene, house.scene.shop_links
    done: list[bool] = []

    def meanwhile() -> None:
        if not done:
            done.append(True)
            scene.erp.pages.edit(link.erp, active=False)

    scene.faults.hook("erp.add_image.before", meanwhile)
    scene.shop.pages.add_content(link.shop, b"picture", "p.png")
    await house.settle()
    await _all_again(house)
    assert done
    assert not scene.shop.pages.products([link.shop])[0].fields.active
    scene.erp.pages.edit(link.erp, active=True)
    await house.settle()
    await _all_again(house)
    assert scene.shop.pages.products([link.shop])[0].fields.active


async def test_what_was_made_before_a_correction_is_not_taken_for_agreed(make_house: Make) -> None:
    house = await _ready(make_house)
    scene = house.scene
    scene.faults.script("shop", "write_products", "lost_after")
    made = scene.erp.pages.add("Narobe", VariantFields(sku="N-1"))
    done: list[bool] = []

    def corrected() -> None:
        if not done:
            done.append(True)
            scene.erp.pages.edit(made, name="Prav", tax="9.5")

    scene.faults.hook("shop.write_products.after", corrected)
    await house.settle()
    await _all_again(house)
    [there] = _with(scene.shop.pages, "N-1")
    assert there.fields.tax == "9.5"  # the ERP owns it
    [asked] = await house.store.read(list_conflicts)  # nobody can tell who changed the name
    assert (asked.field, asked.erp, asked.shop) == ("name", '"Prav"', '"Narobe"')


async def test_a_picture_added_while_others_move_stays(make_house: Make) -> None:
    house = await _ready(make_house)
    scene, [link, _] = house.scene, house.scene.shop_links
    done: list[Image] = []

    def meanwhile() -> None:
        if not done:
            done.append(scene.shop.pages.add_content(link.shop, b"mine", "mine.png"))

    scene.faults.hook("erp.image.before", meanwhile)
    scene.erp.pages.add_content(link.erp, b"from the ERP", "erp.png")
    await house.settle()
    await _all_again(house)
    images = scene.shop.pages.products([link.shop])[0].fields.images
    assert isinstance(images, tuple)
    assert done[0].digest in {image.digest for image in images}


async def test_a_code_that_is_another_articles_is_parked_and_not_tried_for_ever(
    make_house: Make,
) -> None:
    house = await _ready(make_house)
    scene = house.scene
    [sister] = scene.erp.pages.products([scene.shop_links[0].erp])
    [known] = [variant.fields.sku for variant in sister.variants]
    scene.erp.pages.add("Dvojnik", VariantFields(sku=known))
    await house.settle()
    parked = await house.store.read(list_parked)
    assert [one for one in parked if one.module == S3]


async def test_products_of_a_removed_link_go_their_own_ways(make_house: Make) -> None:
    house = await _ready(make_house)
    scene, [link, _] = house.scene, house.scene.shop_links
    before = scene.shop.pages.products([link.shop])[0].fields.name
    route = house.engine.context.routes[_SHOP]
    await remove_link(house.engine.context, route, link.erp, link.shop)
    scene.erp.pages.edit(link.erp, name="Nekaj drugega")
    await house.settle()
    await _all_again(house)
    assert scene.shop.pages.products([link.shop])[0].fields.name == before


async def test_many_new_variants_are_many_new_articles(make_house: Make) -> None:
    house = await _ready(make_house, brakes=BrakeLimits(from_items=1))
    scene, [link, _] = house.scene, house.scene.shop_links
    new = VariantWrite(None, VariantFields(sku="NEW-1", active=True), "somebody/new")
    scene.erp.pages.write(ProductWrite(link.erp, ProductFields(), (new,)))
    await house.settle()
    assert _with(scene.shop.pages, "NEW-1") == []
    [approval] = await house.store.read(list_approvals)
    assert approval.kind == "product_create"
