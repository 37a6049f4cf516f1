"""Drift in the console: a look now, a repair, the days before."""

from __future__ import annotations

from decimal import Decimal

from panstore.engine.drift.report import lanes, look
from panstore.model.ids import RouteId
from panstore.store.drift import drift_history
from tests.web.counter import Counter


async def test_nobody_looks_without_signing_in(counter: Counter) -> None:
    answer = await counter.client.get("/drift?lane=stock+on+shop", follow_redirects=False)
    assert answer.status_code == 303


async def test_what_differs_is_shown_and_brought_in_step(counter: Counter) -> None:
    await counter.log_in()
    link = counter.scene.shop_links[0]
    assert "No report was made yet" in (await counter.client.get("/drift")).text
    assert (
        "Nothing differs among the 3"
        in (await counter.client.get("/drift?lane=stock+on+shop")).text
    )
    counter.scene.shop.edit_stock(link.shop, 3)
    counter.scene.shop.messages.take()
    page = (await counter.client.get("/drift?lane=stock+on+shop")).text
    assert link.sku in page
    assert "Bring in step" in page
    form = {"lane": "stock on shop", "name": link.sku, "back": "/drift"}
    refused = await counter.client.post("/drift/repair", data=form)
    assert refused.status_code == 403
    form["csrf"] = await counter.csrf()
    answer = await counter.client.post("/drift/repair", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/drift"
    assert counter.scene.shop.free(link.shop) == Decimal(3)
    await counter.house.runner.drain()
    assert counter.scene.shop.free(link.shop) == Decimal(10)
    counter.scene.shop.edit_stock(link.shop, 3)
    counter.scene.shop.messages.take()
    everything = {"lane": "stock on shop", "csrf": form["csrf"]}
    await counter.client.post("/drift/repair", data=everything)
    await counter.house.runner.drain()
    assert counter.scene.shop.free(link.shop) == Decimal(10)
    gone = await counter.client.post("/drift/repair", data={**form, "lane": "colour"})
    assert gone.status_code == 404


async def test_a_repair_from_the_page_is_counted_on_its_day(counter: Counter) -> None:
    await counter.log_in()
    context = counter.house.engine.context
    lane = lanes(context, context.routes[RouteId("shop")])[0]
    await look(counter.house.engine, lane, lambda _part: None)
    link = counter.scene.shop_links[0]
    counter.scene.shop.edit_stock(link.shop, 3)
    form = {"lane": "stock on shop", "csrf": await counter.csrf()}
    await counter.client.post("/drift/repair", data=form)
    await counter.client.post("/drift/repair", data={**form, "name": link.sku})
    [day] = await counter.house.store.read(drift_history)
    assert (day.differ, day.repaired) == (0, 2)
    assert "repaired 2" in (await counter.client.get("/drift")).text


async def test_the_days_and_one_record_are_shown(counter: Counter) -> None:
    await counter.log_in()
    context = counter.house.engine.context
    lane = lanes(context, context.routes[RouteId("shop")])[0]
    await look(counter.house.engine, lane, lambda _part: None)
    page = (await counter.client.get("/drift?lane=stock+on+shop&name=SKU-000001")).text
    assert "0 of 3 differ" in page
    assert "In step" in page
    none = (await counter.client.get("/drift?lane=stock+on+shop&name=NOPE")).text
    assert "There is no such record" in none
