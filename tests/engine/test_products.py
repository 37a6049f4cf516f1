"""Products through the whole engine in the simulated world, with a module made for the test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import ClassVar

import pytest
from msgspec import UNSET

from panstore.engine.context import BrakeLimits, Options
from panstore.engine.ports import no_probe
from panstore.engine.products.pipeline import start
from panstore.engine.status import look
from panstore.model.ids import ModuleCode, RouteId
from panstore.model.product import (
    Product,
    ProductFields,
    ProductWrite,
    VariantFields,
    VariantWrite,
)
from panstore.model.product_fields import decode_value, encode_field
from panstore.model.product_plan import FieldChange, ProductChange, ProductPlan, Side
from panstore.sdk.connectors import Settings
from panstore.sdk.modules import RouteView
from panstore.sdk.products import ProductItem, ProductSettings
from panstore.store.audit import latest
from panstore.store.brakes import list_approvals
from panstore.store.parked import list_parked
from panstore.store.products import list_products
from panstore.testing.world import Scene
from tests.engine.house import House, Killed

Make = Callable[..., House]
S3 = ModuleCode("S3")
_SHOP = RouteId("shop")


class _Names:
    """Creates what is missing and carries names and images from the side that has changed."""

    code: ClassVar[ModuleCode] = S3
    title: ClassVar[str] = "Products"
    settings_type: ClassVar[type[ProductSettings]] = ProductSettings

    def plan_products(
        self,
        items: Sequence[ProductItem],
        settings: Settings,
        view: RouteView,
    ) -> ProductPlan:
        assert isinstance(settings, ProductSettings)
        changes: list[ProductChange] = []
        unchanged = []
        for one in items:
            if any(p is not None and p.fields.name == "poison" for p in (one.erp, one.shop)):
                raise ValueError("it cannot be worked out")
            made = list(_changes(one))
            changes += made
            if not made:
                unchanged.append(one.link.item)
        return ProductPlan(view.route, S3, tuple(changes), tuple(unchanged))


def _changes(one: ProductItem) -> Sequence[ProductChange]:
    if one.erp is None or one.shop is None:
        source = one.erp or one.shop
        if source is None or one.base is not None or not one.may_create:
            return []
        side: Side = "shop" if one.erp is not None else "erp"
        key = f"{one.link.route}/{side}/{source.id}"
        write = ProductWrite(
            None,
            ProductFields(name=source.fields.name, tax=source.fields.tax, active=True),
            tuple(
                VariantWrite(None, VariantFields(sku=v.fields.sku), f"{key}/{v.id}")
                for v in source.variants
            ),
            key,
        )
        line = FieldChange("", "name", "", encode_field(source.fields.name), "new")
        return [ProductChange(one.link.item, "", side, "create", write, (line,), "new")]
    found = []
    for side, source, there in (("shop", one.erp, one.shop), ("erp", one.shop, one.erp)):
        known = None if one.base is None else getattr(one.base, _other(side))
        lines, fields = [], {}
        for name in ("name", "description", "images"):
            value, old = getattr(source.fields, name), getattr(there.fields, name)
            before = UNSET if known is None else getattr(known.fields, name)
            moved = before is not UNSET and value != before
            if (moved or (before is UNSET and side == "shop")) and value != old:
                fields[name] = value
                lines.append(FieldChange("", name, encode_field(old), encode_field(value), "moved"))
        if lines:
            write = ProductWrite(there.id, ProductFields(**fields), version=there.version)
            found.append(
                ProductChange(
                    one.link.item,
                    "",
                    side,
                    "change",
                    write,
                    tuple(lines),
                    "moved",
                    there,
                )
            )
    return found


def _other(side: Side) -> Side:
    return "shop" if side == "erp" else "erp"


def _house(make_house: Make, scene: Scene, *, ask: bool = False, **options: object) -> House:
    settings = ProductSettings(first_sync="ask" if ask else "apply")
    return make_house(scene, product_modules={S3: (_Names(), settings)}, **options)


def _by_sku(products: Sequence[Product], sku: str) -> list[Product]:
    return [p for p in products if any(v.fields.sku == sku for v in p.variants)]


async def _ready(make_house: Make, **options: object) -> House:
    scene = Scene()
    scene.add_goods(3)
    if options.get("ask"):
        scene.erp.pages.add("To be asked about", VariantFields(sku="ASK-1"))
    house = _house(make_house, scene, **options)  # type: ignore[arg-type]
    await house.open()
    await house.settle()
    return house


async def test_a_product_created_on_one_side_is_on_the_other_once(make_house: Make) -> None:
    house = await _ready(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    erp.add("Kava", VariantFields(sku="K-1"))
    shop.add("Majica", VariantFields(sku="M-S"), VariantFields(sku="M-L"))
    await house.settle()
    [kava] = _by_sku(shop.all(), "K-1")
    [majica] = _by_sku(erp.all(), "M-S")
    assert (kava.fields.name, majica.fields.name) == ("Kava", "Majica")
    assert len(majica.variants) == 2
    assert {link.sku for link in await house.links()} >= {"K-1"}
    assert len(await house.links()) == 6
    assert len(await house.store.read(lambda c: list_products(c, _SHOP))) == 5


async def test_a_changed_name_goes_both_ways_and_does_not_come_back(make_house: Make) -> None:
    house = await _ready(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    first, second = house.scene.shop_links[:2]
    erp.edit(first.erp, name="Novo ime")
    shop.edit(second.shop, name="Iz trgovine")
    await house.settle()
    writes = erp.writes, shop.writes
    assert shop.products([first.shop])[0].fields.name == "Novo ime"
    assert erp.products([second.erp])[0].fields.name == "Iz trgovine"
    await house.engine.full_run(_SHOP, [S3])
    await house.settle()
    assert (erp.writes, shop.writes) == writes
    rows = await house.store.read(latest)
    after = [decode_value(r.after) for r in rows if r.module == S3 and r.after is not None]
    assert {(one.side, one.field) for one in after} == {("shop", "name"), ("erp", "name")}


async def test_an_edit_inside_the_write_window_is_not_lost(make_house: Make) -> None:
    house = await _ready(make_house)
    scene = house.scene
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


async def test_a_poisonous_product_is_parked_and_the_rest_goes_on(make_house: Make) -> None:
    house = await _ready(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    first, second = house.scene.shop_links[:2]
    erp.edit(first.erp, name="poison")
    erp.edit(second.erp, name="Dobro")
    await house.settle()
    assert shop.products([second.shop])[0].fields.name == "Dobro"
    [record] = await house.store.read(list_parked)
    assert (record.module, record.code) == (S3, "internal")


@pytest.mark.parametrize("fault", ["lost_after", "lost_before", "unavailable"])
async def test_a_lost_reply_doubles_nothing(make_house: Make, fault: str) -> None:
    house = await _ready(make_house)
    scene = house.scene
    scene.faults.script("shop", "write_products", fault)  # type: ignore[arg-type]
    scene.erp.pages.add("Kava", VariantFields(sku="K-1"))
    await house.settle(seconds=5)
    assert len(_by_sku(scene.shop.pages.all(), "K-1")) == 1
    assert len(await house.links()) == 4


async def test_many_new_products_wait_for_approval(make_house: Make) -> None:
    house = await _ready(make_house, brakes=BrakeLimits(from_items=3, share=Decimal("0.1")))
    for number in range(4):
        house.scene.erp.pages.add(f"Novo {number}", VariantFields(sku=f"N-{number}"))
    await house.settle()
    assert not _by_sku(house.scene.shop.pages.all(), "N-3")
    [approval] = await house.store.read(list_approvals)
    assert approval.kind == "product_create"
    assert await house.engine.decide(approval.id, "approved")
    await house.settle()
    assert len(_by_sku(house.scene.shop.pages.all(), "N-3")) == 1


async def test_before_the_first_approval_nothing_is_written(make_house: Make) -> None:
    house = await _ready(make_house, ask=True)
    house.scene.erp.pages.add("Kava", VariantFields(sku="K-1"))
    await house.settle()
    assert (house.scene.erp.pages.writes, house.scene.shop.pages.writes) == (0, 0)
    context = house.engine.context
    seen = await house.store.read(lambda c: look(c, context))
    assert "panstore plan S3 --store" in next(
        m.to_do for m in seen.routes[0].modules if m.code == S3
    )
    await house.store.write(lambda c: start(c, context, _SHOP, S3))
    await house.settle()
    assert len(_by_sku(house.scene.shop.pages.all(), "K-1")) == 1


async def test_two_systems_in_step_begin_without_a_question(make_house: Make) -> None:
    scene = Scene()
    scene.add_goods(3)
    house = _house(make_house, scene, ask=True, options=Options(batch=2))
    await house.open()
    await house.settle()
    scene.erp.pages.add("Kava", VariantFields(sku="K-1"))
    await house.settle()
    assert len(_by_sku(scene.shop.pages.all(), "K-1")) == 1
    seen = await house.store.read(lambda c: look(c, house.engine.context))
    assert [m.to_do for m in seen.routes[0].modules if m.code == S3] == [""]


@pytest.mark.crash
async def test_kill_at_every_step_of_products(tmp_path_factory: pytest.TempPathFactory) -> None:
    for number in range(1, 60):
        scene = Scene()
        scene.add_goods(2)
        settings = ProductSettings(first_sync="apply")
        folder = tmp_path_factory.mktemp("kill")
        house = House(
            scene,
            f"sqlite:///{folder}/panstore.sqlite",
            product_modules={S3: (_Names(), settings)},
        )
        await house.open()
        await house.settle()
        left = [number]

        def probe(step: str, left: list[int] = left) -> None:
            left[0] -= step.startswith(("products.", "image."))
            if left[0] == 0:
                raise Killed(step)

        link = scene.shop_links[0]
        scene.erp.pages.add("Kava", VariantFields(sku="K-1"))
        scene.shop.pages.edit(link.shop, name="Ime")
        scene.erp.pages.add_content(link.erp, b"picture one")
        scene.erp.pages.add_content(link.erp, b"picture two")
        house.probe = probe
        try:
            await house.settle()
        except Killed:
            house.probe = no_probe
            await house.restart()
            await house.settle()
        [shop], [erp] = scene.shop.pages.products([link.shop]), scene.erp.pages.products([link.erp])
        await house.close()
        assert len(_by_sku(scene.shop.pages.all(), "K-1")) == 1
        assert shop.fields == erp.fields
        assert shop.fields.name == "Ime"
        if left[0] > 0:
            return
    raise AssertionError("the last step was not reached")
