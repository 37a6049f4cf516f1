"""The real engine, a simulated ERP and shop: orders arrive once, and a silent shop is noticed."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from panstore.model.ids import ExternalId
from panstore.sdk.errors import ForgedError
from panstore.testing.proxy import Injection
from tests.connectors.woocommerce.town import SHOP, Town, founded
from tests.engine.house import S1, S4


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with founded(tmp_path, S1, S4) as town:
        yield town


async def test_messages_in_any_number_and_order_make_one_sale(town: Town) -> None:
    tea = await town.add_goods("TEA")
    await town.house.settle()
    town.messages()
    order = town.order(tea, 3)
    sent = town.messages()
    assert len(sent) >= 2
    headers, body = sent[0]
    with pytest.raises(ForgedError):
        await town.house.engine.receive(SHOP, headers, body + b" ")
    await town.hear([*reversed(sent), *sent])
    await town.house.settle()
    (sale,) = town.sales(order)
    assert sale.order.total == Decimal("35.70")
    stored = town.harness.ask("GET", f"orders/{order}")
    assert stored["status"] == "on-hold"
    (keys,) = [one["value"] for one in stored["meta_data"] if one["key"] == "_panstore_updates"]
    assert f"shop/{order}/" in keys


async def test_every_order_arrives_once_through_all_faults(town: Town) -> None:
    tea = await town.add_goods("TEA")
    await town.house.settle()
    chance = random.Random(11)
    kinds: list[Injection | None] = [
        Injection("lost"),
        Injection("dropped"),
        Injection("cut"),
        Injection("garbage"),
        Injection("status", status=429, retry_after=1),
        Injection("status", status=502),
        *[None] * 8,
    ]
    town.harness.proxy.decide(lambda _: chance.choice(kinds))
    placed: list[ExternalId] = []
    for turn in range(20):
        placed.append(town.order(tea))
        if turn % 4 == 3:
            town.harness.ask("PUT", f"orders/{placed[-2]}", {"customer_note": f"turn {turn}"})
        await town.house.step()
    town.harness.proxy.calm()
    await town.house.settle(quiet=5)
    assert [len(town.sales(order)) for order in placed] == [1] * len(placed)
    for order in placed:
        notes = town.harness.ask("GET", f"orders/{order}/notes")
        said = [one["note"] for one in notes]
        assert all(said.count(text) == 1 for text in said if "PanStore" in text)
    assert sum(town.harness.proxy.counts[kind] for kind in ("lost", "dropped", "status")) > 5


async def test_what_was_missed_while_messages_were_off_is_read_at_once(town: Town) -> None:
    tea = await town.add_goods("TEA")
    await town.house.settle()
    for _ in range(7):
        town.order(tea)
        town.harness.shop.courier.hand_over(lambda *_: 500)
    hooks = town.harness.ask("GET", "webhooks", per_page="100")
    assert "disabled" in {one["status"] for one in hooks}
    town.scene.clock.advance(town.house.options.overlap_s)
    assert await town.look() >= 7
    hooks = town.harness.ask("GET", "webhooks", per_page="100")
    assert {one["status"] for one in hooks} == {"active"}
    assert await town.problems() == ()


async def test_a_shop_whose_cron_sleeps_is_explained(town: Town) -> None:
    tea = await town.add_goods("TEA")
    await town.house.settle()
    town.messages()
    await town.look()
    town.scene.clock.advance(5)
    order = town.order(tea)
    await town.look()
    await town.house.settle()
    assert len(town.sales(order)) == 1, "it is found by asking all the same"
    for _ in range(3):
        town.scene.clock.advance(town.house.options.overlap_s)
        await town.look()
    (problem,) = await town.problems()
    assert "wp-cron.php?doing_wp_cron" in problem
    await town.hear(town.messages())
    town.scene.clock.advance(3700)
    await town.look()
    assert await town.problems() == ()


async def test_an_order_deleted_for_good_gives_its_goods_back(tmp_path: Path) -> None:
    async with founded(tmp_path, S1) as town:
        tea = await town.add_goods("TEA")
        await town.house.settle()
        order = town.order(tea, 5)
        await town.house.settle()
        assert await town.harness.stored_free(tea) == 45
        town.harness.ask("DELETE", f"orders/{order}", force="true")
        town.scene.clock.advance(town.house.options.overlap_s)
        await town.look()
        await town.house.settle()
        assert await town.harness.stored_free(tea) == 50
