"""Who is looked at when something changes in a shop that keeps prices, and who is let go first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal

from panstore.model.contract import Agreement
from panstore.model.ids import ExternalId
from panstore.testing.world import DatedPrice, Fault
from tests.engine.house import House
from tests.engine.pushing import LIST, OTHER_LIST, Pushing

Make = Callable[..., House]


async def test_unlinking_is_told_first_and_without_the_erp(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    world.scene.erp.set_reduction(OTHER_LIST, Decimal(50))
    now = world.house.clock.now()
    world.scene.faults.down("erp", now, now + dt.timedelta(hours=1))
    await world.unlink(world.account)
    await world.house.runner.drain()
    assert world.charged(world.account) == Decimal(10)
    world.scene.faults.up("erp")
    world.house.scene.clock.advance(60)
    await world.house.settle(seconds=20)
    assert world.scene.shop.tiers.agreements() == [OTHER_LIST]
    assert await world.wrong() == []


async def test_unlinking_never_waits_for_an_erp_that_rests(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    world.scene.faults.script("erp", "agreements", Fault("rate_limited", after=3000))
    world.scene.erp.set_agreement(world.other, LIST)
    await world.house.step()
    assert world.context.remote.rests_until(world.route.erp) is not None
    for call in ("write_buyers", "buyers"):
        world.scene.faults.script("shop", call, Fault("unavailable"))
    await world.unlink(world.account)
    for _ in range(5):
        await world.house.step(5)
    assert world.context.remote.rests_until(world.route.erp) is not None
    assert world.charged(world.account) == Decimal(10)


def _asked(world: Pushing) -> list[str]:
    """Of which parties the ERP was asked, call by call."""
    return [one.summary for one in world.calls_of("erp", "agreements")]


async def test_a_changed_list_looks_at_its_own_buyers_only(make_house: Make) -> None:
    world = await Pushing.open(make_house)
    before = len(_asked(world))
    world.set_price("7")
    await world.house.settle()
    assert _asked(world)[before:] == [world.party]
    world.set_price("4", by=OTHER_LIST)
    await world.house.settle()
    assert _asked(world)[before + 1 :] == [world.other]
    assert await world.wrong() == []


async def test_another_default_list_is_everybodys_who_has_none_of_his_own(
    make_house: Make,
) -> None:
    world = await Pushing.open(make_house)
    erp = world.scene.erp
    erp.set_agreement(world.party, None)
    await world.house.settle()
    assert world.charged(world.account) == Decimal(10)
    for default, pays in ((LIST, 8), (OTHER_LIST, 5), (LIST, 8), (None, 10), (OTHER_LIST, 5)):
        erp.set_default_list(default)
        await world.house.settle()
        assert world.charged(world.account) == Decimal(pays), default
        assert await world.wrong() == []


async def test_a_list_that_changes_while_its_buyer_is_looked_at_is_seen(
    make_house: Make,
) -> None:
    """He is read at the old default list, and the new one is told before that is written down."""
    world = await Pushing.open(make_house)
    erp, house, third = world.scene.erp, world.house, ExternalId("L3")
    for source in world.sources:
        erp.set_list_price(third, source, DatedPrice(Decimal(3)))
    erp.set_default_list(OTHER_LIST)
    await house.settle()
    erp.set_agreement(world.party, None)
    await house.deliver()
    await house.look()
    connector = world.scene.erp_connector
    heard: list[Sequence[Agreement]] = []
    real = connector.agreements

    async def late(parties: Sequence[ExternalId]) -> Sequence[Agreement]:
        answer = await real(parties)
        if not heard:
            heard.append(answer)
            erp.set_default_list(third)
            await house.deliver()
            await house.look()
        return answer

    connector.agreements = late  # type: ignore[method-assign]
    await house.settle()
    assert [one.id for one in heard[0]] == [OTHER_LIST]
    assert world.charged(world.account) == Decimal(3)
    assert await world.wrong() == []
