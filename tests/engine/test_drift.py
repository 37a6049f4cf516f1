"""Drift reports on the simulated world: who moved, what holds our own work, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from panstore.engine.context import BrakeLimits
from panstore.engine.drift.report import Part, lanes, look
from panstore.model.drift import DriftRow
from panstore.model.ids import RouteId
from panstore.store.drift import DriftDay, drift_history
from panstore.store.tables import undone
from panstore.testing.world import Scene
from tests.engine.house import House

Make = Callable[..., House]


async def _report(
    house: House, kind: str, *, wanted: str | None = None, mend: bool = False
) -> tuple[dict[str, DriftRow], DriftDay, list[Part]]:
    engine = house.engine
    route = engine.context.routes[RouteId("shop")]
    lane = next(one for one in lanes(engine.context, route) if one.kind == kind)
    parts: list[Part] = []
    day = await look(engine, lane, parts.append, wanted=wanted, mend=mend)
    return {row.label: row for part in parts for row in part.rows}, day, parts


async def _open(make_house: Make, *, goods: int = 3, brakes: BrakeLimits | None = None) -> House:
    scene = Scene()
    scene.add_goods(goods, on_hand=10, price=Decimal("10.00"))
    house = make_house(scene, brakes=brakes)
    await house.open()
    await house.settle()
    return house


async def test_in_step_nothing_differs_and_the_day_is_kept(make_house: Make) -> None:
    house = await _open(make_house)
    for kind in ("stock", "price"):
        rows, day, _ = await _report(house, kind)
        assert {row.moved for row in rows.values()} == {"none"}
        assert (day.looked_at, day.differ, day.whole) == (3, 0, True)
    kept = await house.store.read(drift_history)
    assert [(one.kind, one.looked_at) for one in kept] == [("price", 3), ("stock", 3)]


async def test_who_moved_is_told_by_what_was_last_written(make_house: Make) -> None:
    house = await _open(make_house)
    shop, erp, both = house.scene.shop_links
    house.scene.shop.edit_stock(shop.shop, 3)
    house.scene.erp.set_on_hand(erp.erp, 4)
    house.scene.shop.edit_stock(both.shop, 2)
    house.scene.erp.set_on_hand(both.erp, 5)
    rows, day, _ = await _report(house, "stock")
    told = {sku: (r.erp, r.shop, r.wrote, r.moved) for sku, r in rows.items()}
    assert told == {
        shop.sku: ("10", "3", "10", "shop"),
        erp.sku: ("4", "10", "10", "erp"),
        both.sku: ("5", "2", "10", "both"),
    }
    assert (day.differ, day.by_shop, day.by_erp, day.by_us) == (3, 2, 2, 0)
    assert all(row.wrote_at is not None and row.why for row in rows.values())
    assert house.scene.shop.free(shop.shop) == 3


async def test_repair_marks_and_the_run_brings_it_in_step(make_house: Make) -> None:
    house = await _open(make_house)
    one, other, _ = house.scene.shop_links
    house.scene.shop.messages.take()
    house.scene.shop.edit_stock(one.shop, 3)
    house.scene.shop.edit_stock(other.shop, 3)
    house.scene.shop.messages.take()
    _, day, parts = await _report(house, "stock", wanted=one.sku, mend=True)
    assert (day.looked_at, day.repaired) == (1, 1)
    assert "both sides" in parts[0].repaired[0].says
    assert house.scene.shop.free(one.shop) == 3
    await house.runner.drain()
    assert house.scene.shop.free(one.shop) == 10
    assert house.scene.shop.free(other.shop) == 3
    assert not await house.store.read(drift_history)


async def test_what_waits_behind_a_brake_is_ours_and_stays_there(make_house: Make) -> None:
    limits = BrakeLimits(from_items=2, share=Decimal("0.1"))
    house = await _open(make_house, brakes=limits)
    for link in house.scene.shop_links:
        house.scene.erp.set_price(link.erp, Decimal("99.00"))
    await house.settle()
    rows, day, _ = await _report(house, "price")
    assert {(r.moved, r.waits) for r in rows.values()} == {("us", "brake")}
    assert day.by_us == 3
    _, _, parts = await _report(house, "price", mend=True)
    approval = next(iter(rows.values())).approval
    assert all(f"approvals approve {approval}" in one.says for one in parts[0].repaired)
    await house.runner.drain()
    assert house.scene.shop.prices[house.scene.shop_links[0].shop].amount == Decimal("10.00")


async def test_a_lost_reply_and_a_parked_record_are_ours(make_house: Make) -> None:
    house = await _open(make_house)
    link, parked, _ = house.scene.shop_links
    house.scene.erp.set_price(parked.erp, None)
    await house.settle()
    house.scene.erp.set_on_hand(link.erp, 4)
    house.scene.faults.script("shop", "write_stock", "lost_before")
    await house.step(0)
    rows, _, _ = await _report(house, "stock")
    assert (rows[link.sku].moved, rows[link.sku].waits) == ("us", "doubt")
    prices, _, parts = await _report(house, "price", mend=True)
    row = prices[parked.sku]
    assert (row.moved, row.waits, row.erp, row.shop) == (
        "us",
        "parked",
        None,
        "10.00 EUR net, tax standard",
    )
    assert f"record {row.parked}" in parts[0].repaired[0].says


async def test_what_a_person_took_back_is_not_repaired(make_house: Make) -> None:
    house = await _open(make_house)
    link = house.scene.shop_links[0]
    house.scene.shop.edit_stock(link.shop, 3)
    now = house.clock.now()
    values = {"route": "shop", "module": "S1", "item": await house.item(link.sku), "at": now}
    after = '{"type":"stock","free":"10"}'
    await house.store.write(
        lambda c: c.execute(undone.insert().values(**values, after=after, plan=1))
    )
    rows, day, parts = await _report(house, "stock", mend=True)
    assert (rows[link.sku].waits, day.repaired) == ("undone", 0)
    assert not parts[0].repaired[0].marked


async def test_an_order_moved_on_either_side_is_told(make_house: Make) -> None:
    house = await _open(make_house)
    link = house.scene.shop_links[0]
    order = house.scene.shop.place_order((link.shop, 1))
    await house.settle()
    rows, day, _ = await _report(house, "order")
    assert (rows[order.number].moved, day.looked_at, day.differ) == ("none", 1, 0)
    late = house.scene.shop.place_order((link.shop, 2))
    house.scene.faults.script("erp", "create_order", "unavailable")
    await house.look()
    rows, _, _ = await _report(house, "order")
    row = rows[late.number]
    assert (row.moved, row.erp, row.waits) == ("us", None, "mark")
    assert "not in the ERP" in row.why
    _, day, _ = await _report(house, "order", wanted=late.number, mend=True)
    assert day.repaired == 1
    await house.settle()
    rows, _, _ = await _report(house, "order")
    assert {one.moved for one in rows.values()} == {"none"}


async def test_a_sale_cancelled_in_the_erp_is_told(make_house: Make) -> None:
    house = await _open(make_house)
    order = house.scene.shop.place_order((house.scene.shop_links[0].shop, 1))
    await house.settle()
    (sale,) = house.scene.erp.sales.of_shop_order(order.id)
    house.scene.erp.deliveries.cancel(sale.id)
    rows, _, _ = await _report(house, "order")
    row = rows[order.number]
    assert row.differs
    assert "cancelled in the ERP" in row.why
