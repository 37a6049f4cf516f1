"""S3 itself through the whole engine, between systems that keep things each in its own way."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from panstore.engine.context import BrakeLimits
from panstore.engine.products.decide import take_field
from panstore.model.ids import ModuleCode, RouteId
from panstore.model.product import (
    Product,
    ProductFields,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.product_fields import decode_value
from panstore.model.product_plan import FieldDecision, Side
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import FieldRule, ProductSyncSettings
from panstore.store.audit import latest
from panstore.store.brakes import list_approvals
from panstore.store.parked import list_parked
from panstore.store.product_conflicts import list_conflicts
from panstore.testing.world import Scene
from panstore.testing.world.pages import Pages
from tests.engine.house import House

Make = Callable[..., House]
S3 = ModuleCode("S3")
_SHOP = RouteId("shop")


async def _ready(
    make_house: Make,
    *,
    brakes: BrakeLimits | None = None,
    before: Callable[[Scene], object] = lambda _: None,
    **rules: str,
) -> House:
    """Three linked articles in step, the shop escaping names and rounding weights."""
    scene = Scene()
    scene.add_goods(3)
    before(scene)
    scene.shop.pages.escapes = True
    scene.shop.pages.weight_digits = 1
    settings = ProductSyncSettings(
        first_sync="apply",
        publish_new=True,
        fields={name: FieldRule.model_validate({"owner": rule}) for name, rule in rules.items()},
    )
    house = make_house(scene, product_modules={S3: (module, settings)}, brakes=brakes)
    await house.open()
    await house.settle()
    return house


def _page(pages: Pages, sku: str) -> Product:
    [found] = [p for p in pages.all() if any(v.fields.sku == sku for v in p.variants)]
    return found


def _skus(product: Product, *, on_sale: bool = False) -> set[object]:
    return {v.fields.sku for v in product.variants if v.fields.active or not on_sale}


async def _nothing_more_is_written(house: House) -> None:
    """Two further looks at everything leave both sides as they are."""
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    writes = erp.writes, shop.writes
    for _ in range(2):
        await house.engine.full_run(_SHOP, [S3])
        await house.settle()
    assert (erp.writes, shop.writes) == writes


async def test_escaped_names_and_rounded_weights_come_to_rest(make_house: Make) -> None:
    house = await _ready(make_house, name="erp")
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    erp.add("Kava & čaj", VariantFields(sku="K-1", weight=Decimal("1.234")))
    await house.settle()
    there = _page(shop, "K-1")
    assert there.fields.name == "Kava &amp; čaj"
    assert there.variants[0].fields.weight == Decimal("1.2")
    await _nothing_more_is_written(house)
    # The audit says what the shop holds, not what it was asked to hold.
    rows = await house.store.read(latest)
    after = {
        (one.field, one.value)
        for r in rows
        if r.module == S3 and r.outcome == "written" and r.after is not None
        if (one := decode_value(r.after)).side == "shop"
    }
    assert after >= {("name", '"Kava &amp; čaj"'), ("weight", '"1.2"'), ("sku", '"K-1"')}
    assert _page(erp, "K-1").fields.name == "Kava & čaj"
    assert _page(erp, "K-1").variants[0].fields.weight == Decimal("1.234")


async def test_a_name_stored_otherwise_is_no_change_of_the_shop(make_house: Make) -> None:
    house = await _ready(make_house)
    scene = house.scene
    link = scene.shop_links[0]
    scene.erp.pages.edit(link.erp, name="Sol & poper")
    await house.settle()
    await _nothing_more_is_written(house)
    assert scene.erp.pages.products([link.erp])[0].fields.name == "Sol & poper"
    scene.shop.pages.edit(link.shop, name="Poper")
    await house.settle()
    assert scene.erp.pages.products([link.erp])[0].fields.name == "Poper"


async def test_pictures_go_over_once_and_keep_their_order(make_house: Make) -> None:
    house = await _ready(make_house)
    scene = house.scene
    erp, shop = scene.erp.pages, scene.shop.pages
    link = scene.shop_links[0]
    made = [shop.add_content(link.shop, f"picture {n}".encode(), f"{n}.png") for n in range(3)]
    await house.settle()
    images = erp.products([link.erp])[0].fields.images
    assert images is not UNSET
    assert [one.digest for one in images] == [one.digest for one in made]
    turned = tuple(reversed(made))[:2]
    shop.edit(link.shop, images=turned)
    await house.settle()
    images = erp.products([link.erp])[0].fields.images
    assert images is not UNSET
    assert [one.digest for one in images] == [one.digest for one in turned]
    await _nothing_more_is_written(house)


async def test_variants_come_and_go_and_are_renamed(make_house: Make) -> None:
    house = await _ready(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    colours = [(("Barva", "rdeča"),), (("Barva", "modra"),)]
    erp.add(
        "Majica",
        *(VariantFields(sku=f"M-{n}", attributes=own) for n, own in enumerate(colours)),
    )
    await house.settle()
    assert _skus(_page(shop, "M-0")) == {"M-0", "M-1"}
    first, second = (v.id for v in _page(erp, "M-0").variants)
    erp.edit_variant(first, sku="M-R")
    await house.settle()
    assert _skus(_page(shop, "M-1")) == {"M-R", "M-1"}
    erp.edit_variant(second, active=False)
    await house.settle()
    assert _skus(_page(shop, "M-1"), on_sale=True) == {"M-R"}
    erp.edit_variant(second, active=True)
    await house.settle()
    assert _skus(_page(shop, "M-1"), on_sale=True) == {"M-R", "M-1"}
    await _nothing_more_is_written(house)


async def test_a_second_variant_of_a_single_article_is_added(make_house: Make) -> None:
    house = await _ready(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    link = house.scene.shop_links[0]
    second = VariantFields(sku="NEW-2", attributes=(("Barva", "bela"),))
    erp.write(ProductWrite(link.erp, ProductFields(), (VariantWrite(None, second, "people"),)))
    await house.settle()
    there = _page(shop, "NEW-2")
    assert len(there.variants) == 2
    assert link.shop in {v.id for v in there.variants}
    assert len(await house.links()) == 4
    await _nothing_more_is_written(house)


@pytest.mark.parametrize("take", ["erp", "shop"])
async def test_both_changed_it_and_a_person_says(make_house: Make, take: str) -> None:
    house = await _ready(make_house)
    scene = house.scene
    link = scene.shop_links[0]
    scene.erp.pages.edit(link.erp, name="Iz ERP")
    scene.shop.pages.edit(link.shop, name="Iz trgovine")
    await house.settle()
    [conflict] = await house.store.read(list_conflicts)
    [record] = await house.store.read(list_parked)
    assert (record.code, conflict.field) == ("product.conflict", "name")
    await _nothing_more_is_written(house)
    context = house.engine.context
    route = context.routes[_SHOP]
    side: Side = "erp" if take == "erp" else "shop"
    said = FieldDecision("", "name", side, conflict.erp, conflict.shop)
    assert not await take_field(context, route, conflict.item, replace(said, shop='"Drugo"'))
    assert await take_field(context, route, conflict.item, said)
    await house.settle()
    wanted = "Iz ERP" if take == "erp" else "Iz trgovine"
    assert scene.erp.pages.products([link.erp])[0].fields.name == wanted
    assert scene.shop.pages.products([link.shop])[0].fields.name == wanted
    assert not await house.store.read(list_parked)
    assert not await house.store.read(list_conflicts)
    await _nothing_more_is_written(house)


async def test_a_system_that_compares_no_versions_loses_no_edit_of_another_field(
    make_house: Make,
) -> None:
    house = await _ready(make_house)
    scene = house.scene
    scene.shop.pages.compares = False
    link = scene.shop_links[0]
    done: list[bool] = []

    def meanwhile() -> None:
        if not done:
            done.append(True)
            scene.shop.pages.edit(link.shop, description="iz trgovine")

    scene.faults.hook("shop.write_products.before", meanwhile)
    scene.erp.pages.edit(link.erp, name="Iz ERP")
    await house.settle()
    assert done
    for page in (*scene.shop.pages.products([link.shop]), *scene.erp.pages.products([link.erp])):
        assert (page.fields.name, page.fields.description) == ("Iz ERP", "iz trgovine")
    await _nothing_more_is_written(house)


async def test_many_taken_off_sale_wait_for_approval(make_house: Make) -> None:
    house = await _ready(make_house, brakes=BrakeLimits(from_items=3, share=Decimal("0.5")))
    scene = house.scene
    for link in scene.shop_links:
        scene.erp.pages.edit(link.erp, active=False)
    await house.settle()
    pages = scene.shop.pages.products([link.shop for link in scene.shop_links])
    [approval] = await house.store.read(list_approvals)
    assert approval.kind == "product_hide"
    assert any(page.fields.active for page in pages)
    assert await house.engine.decide(approval.id, "approved")
    await house.settle()
    pages = scene.shop.pages.products([link.shop for link in scene.shop_links])
    assert not any(page.fields.active for page in pages)
    await _nothing_more_is_written(house)


@pytest.mark.parametrize("at_once", [True, False])
async def test_an_article_deleted_and_made_again_is_the_same(
    make_house: Make, *, at_once: bool
) -> None:
    house = await _ready(make_house)
    scene = house.scene
    link = scene.shop_links[0]
    scene.shop.pages.edit(link.shop, description="Iz trgovine")
    await house.settle()
    name = scene.erp.pages.products([link.erp])[0].fields.name
    scene.erp.remove_variant(link.erp)
    if not at_once:
        await house.settle()
        assert not scene.shop.pages.products([link.shop])[0].fields.active
    again = scene.erp.add_variant(link.sku, price=Decimal("7.00"), on_hand=4, title=str(name or ""))
    await house.settle()
    [moved] = [one for one in await house.links() if one.sku == link.sku]
    assert (moved.erp, moved.shop) == (again, link.shop)
    [there] = scene.shop.pages.products([link.shop])
    assert (there.fields.active, there.fields.description) == (True, "Iz trgovine")
    assert len([p for p in scene.shop.pages.all() if link.sku in _skus(p)]) == 1
    assert scene.shop.free(link.shop) == 4
    assert scene.shop.prices[link.shop].amount == Decimal("7.00")
    assert not await house.store.read(list_parked)
    await _nothing_more_is_written(house)


@pytest.mark.parametrize("products", [True, False])
async def test_stock_and_price_go_to_what_the_shop_has_made_again(
    make_house: Make, *, products: bool
) -> None:
    if products:
        house = await _ready(make_house)
        scene = house.scene
    else:
        scene = Scene()
        scene.add_goods(3)
        house = make_house(scene)
        await house.open()
        await house.settle()
    link = scene.shop_links[0]
    before = await house.links()
    scene.shop.remove_variant(link.shop)
    again = scene.shop.add_variant(link.sku, title=link.sku)
    await house.settle()
    after = await house.links()
    assert [one.item for one in after] == [one.item for one in before]
    [moved] = [one for one in after if one.sku == link.sku]
    assert (moved.erp, moved.shop) == (link.erp, again)
    assert scene.shop.free(again) == 10
    assert scene.shop.prices[again].amount == Decimal("10.00")


async def test_a_variant_deleted_and_made_again_stays_with_its_product(make_house: Make) -> None:
    house = await _ready(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    erp.add("Majica", *(VariantFields(sku=f"M-{n}") for n in range(2)))
    await house.settle()
    page = _page(erp, "M-0")
    erp.drop_variant(page.variants[1].id)
    made = VariantWrite(None, VariantFields(sku="M-1", gtin="3830001112228"), "people")
    erp.write(ProductWrite(page.id, ProductFields(), (made,)))
    await house.settle()
    there = _page(shop, "M-1")
    assert [v.fields.sku for v in there.variants] == ["M-0", "M-1"]
    assert there.variants[1].fields.gtin == "3830001112228"
    assert all(v.fields.active for v in there.variants)
    again = _page(erp, "M-1").variants[1].id
    assert (again, there.variants[1].id) in {(one.erp, one.shop) for one in await house.links()}
    # The new variant has no price in the ERP, which S2 says.
    assert not [one for one in await house.store.read(list_parked) if one.module == S3]
    await _nothing_more_is_written(house)


async def test_variants_that_belong_to_two_products_there_are_told_and_left(
    make_house: Make,
) -> None:
    def filled(scene: Scene) -> None:
        scene.shop.pages.add("Rdeča", VariantFields(sku="M-0"))
        scene.shop.pages.add("Modra", VariantFields(sku="M-1"))
        scene.erp.pages.add("Majica", *(VariantFields(sku=f"M-{n}") for n in range(2)))

    house = await _ready(make_house, before=filled)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    codes = {r.code for r in await house.store.read(list_parked) if r.module == S3}
    assert codes == {"product.structure"}
    assert len(await house.links()) == 5
    assert (erp.writes, shop.writes) == (0, 0)
    erp.edit(_page(erp, "M-0").id, name="Majice")
    await house.settle()
    await _nothing_more_is_written(house)
    assert (erp.writes, shop.writes) == (0, 0)
