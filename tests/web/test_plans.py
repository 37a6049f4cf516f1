"""Stored plans in the console: made, approved in part, applied."""

from __future__ import annotations

from decimal import Decimal

from tests.web.counter import Counter


async def _decide(counter: Counter, path: str, **form: str) -> int:
    data = {"csrf": await counter.csrf(), **form}
    answer = await counter.client.post(path, data=data, follow_redirects=False)
    return answer.status_code


async def test_a_plan_is_made_approved_in_part_and_applied(counter: Counter) -> None:
    await counter.log_in()
    links = counter.scene.shop_links
    for link in links:
        counter.scene.erp.set_price(link.erp, Decimal("44.00"))
    assert await _decide(counter, "/plans", route="shop", module="S2") == 303
    page = (await counter.client.get("/plans/1")).text
    assert page.count("44.00") >= 3
    assert "33.33" in page
    assert await _decide(counter, "/plans/1/apply") == 409
    assert await _decide(counter, "/plans/1/approve", lines="nine") == 400
    assert await _decide(counter, "/plans/1/approve", lines="2") == 303
    assert await _decide(counter, "/plans/1/apply") == 303
    shown = sorted(str(counter.scene.shop.prices[link.shop].amount) for link in links)
    assert shown == ["33.33", "33.33", "44.00"]
    assert await _decide(counter, "/plans/1/close") == 303
    assert await _decide(counter, "/plans/1/approve") == 409
    assert "closed" in (await counter.client.get("/plans")).text


async def test_a_plan_that_is_not_there(counter: Counter) -> None:
    await counter.log_in()
    assert (await counter.client.get("/plans/7")).status_code == 404
    assert await _decide(counter, "/plans", route="shop", module="S9") == 404
    answer = await counter.client.post("/plans/1/apply", data={"csrf": "wrong"})
    assert answer.status_code == 403
