"""Drift of products on the simulated world, with S3 itself: field by field, and who moved."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Literal

from panstore.engine.context import BrakeLimits
from panstore.engine.drift.report import Part, lanes, look, look_at_page, repair_page
from panstore.model.drift import DriftRow
from panstore.model.ids import ModuleCode, RouteId
from panstore.model.product import VariantFields
from panstore.modules.s3_products.module import module
from panstore.modules.s3_products.settings import FieldRule, ProductSyncSettings
from panstore.store.drift import DriftDay, drift_history
from panstore.testing.world import Scene
from tests.engine.house import House

Make = Callable[..., House]
S3 = ModuleCode("S3")
_SHOP = RouteId("shop")


async def _open(
    make_house: Make, *, first: Literal["ask", "apply"] = "apply", brakes: BrakeLimits | None = None
) -> House:
    """Three linked articles in step; names belong to the ERP, descriptions to both."""
    scene = Scene()
    scene.add_goods(3)
    if first == "ask":
        scene.erp.pages.add("To be asked about", VariantFields(sku="ASK-1"))
    settings = ProductSyncSettings(
        first_sync=first,
        publish_new=True,
        fields={
            "name": FieldRule.model_validate({"owner": "erp"}),
            "description": FieldRule.model_validate({"owner": "both", "conflict": "ask"}),
        },
    )
    house = make_house(scene, product_modules={S3: (module, settings)}, brakes=brakes)
    await house.open()
    await house.settle()
    return house


async def _report(
    house: House, *, wanted: str | None = None, mend: bool = False
) -> tuple[list[DriftRow], DriftDay, list[Part]]:
    context = house.engine.context
    lane = next(one for one in lanes(context, context.routes[_SHOP]) if one.kind == "product")
    parts: list[Part] = []
    day = await look(house.engine, lane, parts.append, wanted=wanted, mend=mend)
    return [row for part in parts for row in part.rows], day, parts


def _told(rows: list[DriftRow]) -> dict[tuple[str, str], tuple[str | None, str | None, str]]:
    return {(r.label, r.field): (r.erp, r.shop, r.moved) for r in rows if r.differs}


async def test_in_step_each_product_is_one_row(make_house: Make) -> None:
    house = await _open(make_house)
    rows, day, _ = await _report(house)
    assert [(row.moved, row.field) for row in rows] == [("none", "")] * 3
    assert (day.kind, day.looked_at, day.differ, day.whole) == ("product", 3, 0, True)
    assert all(row.wrote_at is not None for row in rows)


async def test_each_field_tells_who_moved_since_both_agreed(make_house: Make) -> None:
    house = await _open(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    one, other, _ = house.scene.shop_links
    erp.edit(one.erp, name="Kava", description="Črna")
    erp.edit(other.erp, name="Čaj")
    shop.edit(other.shop, name="Tea")
    shop.edit_variant(one.shop, weight=Decimal("1.5"))
    writes = erp.writes, shop.writes
    rows, day, _ = await _report(house)
    told = _told(rows)
    assert told[one.sku, "name"][0::2] == ("Kava", "erp")
    assert told[one.sku, "description"][0::2] == ("Črna", "erp")
    assert told[one.sku, f"weight of {one.sku}"][1:] == ("1.5 kg", "shop")
    assert told[other.sku, "name"] == ("Čaj", "Tea", "both")
    assert (day.looked_at, day.differ, day.by_erp, day.by_shop, day.by_us) == (3, 2, 2, 2, 0)
    before = next(row for row in rows if row.field == "name" and row.label == one.sku)
    assert before.wrote == before.shop
    assert before.wrote_at is not None
    assert (erp.writes, shop.writes) == writes


async def test_a_repair_marks_a_product_once_and_the_run_writes(make_house: Make) -> None:
    house = await _open(make_house)
    erp, shop = house.scene.erp.pages, house.scene.shop.pages
    link = house.scene.shop_links[0]
    name = shop.products([link.shop])[0].fields.name
    shop.edit(link.shop, name="Edited", description="By hand")
    house.scene.shop.messages.take()
    await _report(house)
    rows, day, parts = await _report(house, wanted=link.sku.lower(), mend=True)
    assert _told(rows).keys() == {(link.sku, "name"), (link.sku, "description")}
    assert (day.looked_at, day.differ, day.repaired) == (1, 1, 1)
    assert [one.marked for one in parts[0].repaired] == [True]
    assert shop.products([link.shop])[0].fields.name == "Edited"
    await house.runner.drain()
    assert shop.products([link.shop])[0].fields.name == name
    assert erp.products([link.erp])[0].fields.description == "By hand"
    [kept] = await house.store.read(drift_history)
    assert (kept.differ, kept.repaired) == (1, 1)


async def test_what_both_changed_waits_for_a_person(make_house: Make) -> None:
    house = await _open(make_house)
    link = house.scene.shop_links[0]
    house.scene.erp.pages.edit(link.erp, description="Here")
    house.scene.shop.pages.edit(link.shop, description="There")
    await house.settle()
    rows, day, parts = await _report(house, mend=True)
    assert _told(rows) == {(link.sku, "description"): ("Here", "There", "us")}
    [row] = [row for row in rows if row.differs]
    assert (row.waits, row.parked is not None, day.by_us) == ("parked", True, 1)
    assert "products take" in row.why
    assert "a person has to decide" in parts[0].repaired[0].says


async def test_a_new_product_and_one_that_cannot_go_on_are_one_row_each(make_house: Make) -> None:
    house = await _open(make_house)
    house.scene.erp.pages.add("Kava", VariantFields(sku="K-1"))
    await house.settle()
    rows, _, _ = await _report(house, wanted="K-1")
    assert [row.moved for row in rows] == ["none"]
    link = house.scene.shop_links[0]
    house.scene.erp.pages.edit(link.erp, name="")
    await house.settle()
    rows, day, _ = await _report(house)
    [row] = [row for row in rows if row.differs]
    assert (row.label, row.field, row.moved, row.waits) == (link.sku, "", "us", "parked")
    assert "name is empty" in row.why
    assert day.differ == 1


async def test_before_the_first_plan_everything_is_ours(make_house: Make) -> None:
    house = await _open(make_house, first="ask")
    rows, _, _ = await _report(house)
    [row] = [row for row in rows if row.differs]
    assert (row.shop, row.moved, row.waits) == (None, "us", "held")
    assert "panstore plan" in row.why


async def test_what_a_brake_holds_is_ours(make_house: Make) -> None:
    house = await _open(make_house, brakes=BrakeLimits(from_items=2, share=Decimal("0.1")))
    for number in range(3):
        house.scene.erp.pages.add(f"New {number}", VariantFields(sku=f"N-{number}"))
    await house.settle()
    rows, _, parts = await _report(house, mend=True)
    braked = [row for row in rows if row.waits == "brake"]
    assert {row.shop for row in braked} == {None}
    assert braked
    assert all(row.moved == "us" and row.approval is not None for row in braked)
    assert any("approvals approve" in one.says for one in parts[0].repaired)


async def test_pages_are_looked_at_and_repaired_alone(make_house: Make) -> None:
    house = await _open(make_house)
    context = house.engine.context
    lane = next(one for one in lanes(context, context.routes[_SHOP]) if one.kind == "product")
    link = house.scene.shop_links[0]
    house.scene.shop.pages.edit(link.shop, name="Edited")
    house.scene.shop.messages.take()
    await _report(house)
    rows, following = await look_at_page(context, lane)
    assert (len(rows), following) == (3, "")
    assert [one.marked for one in await repair_page(house.engine, lane)] == [True]
    [kept] = await house.store.read(drift_history)
    assert kept.repaired == 1
    await house.runner.drain()
    assert not _told((await _report(house))[0])
