"""Faults happen exactly when and as they were ordered."""

import datetime as dt
from decimal import Decimal

import pytest

from panstore.model.ids import ExternalId, ItemId
from panstore.model.plan import Operation
from panstore.model.stock import StockTarget
from panstore.sdk.errors import (
    AuthError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)
from panstore.testing.world import Fault, Scene
from panstore.testing.world.checker import judge_writes


def stock(target: str, free: int) -> Operation:
    return Operation(ItemId("i"), ExternalId(target), None, StockTarget(Decimal(free)), "test")


@pytest.fixture
async def scene() -> Scene:
    scene = Scene()
    scene.add_goods(3)
    await scene.start()
    return scene


async def test_scripted_faults_come_in_order_and_then_all_is_well(scene: Scene) -> None:
    target = scene.shop_links[0].shop
    scene.faults.script(
        "shop",
        "write_stock",
        "unavailable",
        Fault("rate_limited", 7.0),
        "lost_before",
        "lost_after",
    )
    with pytest.raises(UnavailableError):
        await scene.shop_connector.write_stock([stock(target, 1)], None)
    with pytest.raises(RateLimitedError) as limited:
        await scene.shop_connector.write_stock([stock(target, 2)], None)
    assert limited.value.after == 7.0
    with pytest.raises(OutcomeUnknownError):
        await scene.shop_connector.write_stock([stock(target, 3)], None)
    assert scene.shop.free(target) == 0
    with pytest.raises(OutcomeUnknownError):
        await scene.shop_connector.write_stock([stock(target, 4)], None)
    assert scene.shop.free(target) == 4
    outcomes = await scene.shop_connector.write_stock([stock(target, 5)], None)
    assert [one.state for one in outcomes] == ["done"]


async def test_a_lost_answer_to_a_question_is_no_unknown_outcome(scene: Scene) -> None:
    scene.faults.script("erp", "stock_levels", "lost_after")
    with pytest.raises(UnavailableError):
        await scene.erp_connector.stock_levels([scene.shop_links[0].erp], ["LJ"])


async def test_an_outage_ends_with_simulated_time(scene: Scene) -> None:
    now = scene.clock.now()
    scene.faults.down("erp", now, now + dt.timedelta(hours=1))
    with pytest.raises(UnavailableError):
        await scene.erp_connector.catalogue(None, 1)
    scene.clock.advance(3600)
    assert (await scene.erp_connector.catalogue(None, 1)).variants


async def test_credentials_are_refused_until_the_connector_starts_again(scene: Scene) -> None:
    scene.faults.script("erp", "pull", "auth")
    for _ in range(2):
        with pytest.raises(AuthError):
            await scene.erp_connector.pull(1)
    await scene.erp_connector.start()
    assert (await scene.erp_connector.pull(1)).signals == ()


async def test_one_item_is_refused_by_name_or_spoils_its_batch(scene: Scene) -> None:
    good, bad = (link.shop for link in scene.shop_links[:2])
    scene.faults.refuse_item("shop", bad, code="locked")
    outcomes = await scene.shop_connector.write_stock([stock(good, 1), stock(bad, 1)], None)
    assert {one.target: (one.state, one.code) for one in outcomes} == {
        good: ("done", ""),
        bad: ("refused", "locked"),
    }
    scene.faults.poison_item("shop", bad)
    with pytest.raises(RejectedError):
        await scene.shop_connector.write_stock([stock(good, 2), stock(bad, 2)], None)
    assert scene.shop.free(good) == 1


class Killed(BaseException):
    """The process is gone."""


def die() -> None:
    raise Killed


@pytest.mark.parametrize(("point", "left"), [("before", 0), ("after", 4)])
async def test_a_crash_hook_kills_before_or_after_the_effect(
    scene: Scene, point: str, left: int
) -> None:
    target = scene.shop_links[0].shop
    scene.faults.hook(f"shop.write_stock.{point}", die)
    with pytest.raises(Killed):
        await scene.shop_connector.write_stock([stock(target, 4)], None)
    assert scene.shop.free(target) == left


async def test_random_faults_repeat_with_the_seed() -> None:
    async def outcomes(seed: int) -> list[str]:
        scene = Scene(seed=seed)
        await scene.start()
        scene.faults.at_random(0.5, operations=["pull"])
        for _ in range(30):
            try:
                await scene.erp_connector.pull(1)
            except UnavailableError:
                continue
        return [call.outcome for call in scene.history.of(scene.erp_connector.id, "pull")]

    assert await outcomes(3) == await outcomes(3)
    assert len(set(await outcomes(3))) > 2
    assert await outcomes(3) != await outcomes(4)


async def test_the_history_says_what_was_written(scene: Scene) -> None:
    link = scene.shop_links[0]
    await scene.shop_connector.write_stock([stock(link.shop, 99)], None)
    assert "write_stock(1 items, watermark None) -> done" in str(scene.history)
    assert list(judge_writes(scene.erp, scene.erp_connector.id, [], scene.history)) == []
