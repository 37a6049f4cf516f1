"""A mass change of prices in a shop that keeps them waits for a person, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from panstore.engine.context import BrakeLimits
from panstore.engine.status import look
from panstore.store.brakes import Approval
from panstore.testing.world import DatedPrice
from tests.engine.house import House
from tests.engine.pushing import LIST, Pushing

Make = Callable[..., House]
ONE = range(1, 2)


async def _open(make: Make) -> Pushing:
    """Forty articles, and brakes as they are if nobody says otherwise."""
    return await Pushing.open(make, goods=40, options={"brakes": BrakeLimits()})


async def _waiting(world: Pushing) -> tuple[Approval, ...]:
    status = await world.house.store.read(lambda c: look(c, world.context))
    return status.waiting


def _charged(world: Pushing) -> list[Decimal | None]:
    return [world.charged(world.account, good) for good in range(40)]


async def test_thirty_of_forty_withheld_at_once_wait(make_house: Make) -> None:
    world = await _open(make_house)
    for good in range(30):
        world.set_price(DatedPrice(None, problem="division by zero"), good=good)
    await world.house.settle()
    assert _charged(world) == [Decimal(8)] * 40
    (approval,) = await _waiting(world)
    assert approval.items == 30
    assert f"under agreement {LIST}" in approval.reason
    assert len(await world.parked()) == 30, "people are told what is wrong, brake or not"
    world.set_price("7", good=35)
    await world.house.settle()
    assert world.charged(world.account, 35) == Decimal(7), "the rest of the list goes on"
    assert await world.house.engine.decide(approval.id, "approved")
    await world.house.settle()
    assert _charged(world) == [None] * 30 + [Decimal(8)] * 5 + [Decimal(7)] + [Decimal(8)] * 4
    assert await world.wrong(ONE) == []
    assert await _waiting(world) == ()
    assert await world.marks() == []


async def test_what_was_mended_while_it_waited_needs_nobody(make_house: Make) -> None:
    world = await _open(make_house)
    for good in range(30):
        world.set_price(DatedPrice(None, problem="division by zero"), good=good)
    await world.house.settle()
    assert await _waiting(world)
    for good in range(30):
        world.set_price("8", good=good)
    await world.house.settle()
    assert sum(one.items for one in await _waiting(world)) == 0
    assert await world.parked() == []
    assert await world.wrong(ONE) == []


async def test_stopped_it_stays_as_it_is_through_a_full_run(make_house: Make) -> None:
    world = await _open(make_house)
    for good in range(30):
        world.set_price(DatedPrice(None, problem="division by zero"), good=good)
    await world.house.settle()
    (approval,) = await _waiting(world)
    assert await world.house.engine.decide(approval.id, "stopped")
    await world.house.engine.full_run(world.route.id, [world.route.contract[0].code])  # type: ignore[index]
    await world.house.settle()
    assert _charged(world) == [Decimal(8)] * 40


async def test_a_list_that_lost_most_of_its_lines_waits(make_house: Make) -> None:
    world = await _open(make_house)
    for good in range(40):
        world.set_price("5", good=good)
    await world.house.settle()
    for waiting in await _waiting(world):
        assert await world.house.engine.decide(waiting.id, "approved")
    await world.house.settle()
    assert _charged(world) == [Decimal(5)] * 40
    for good in range(30):
        world.scene.erp.set_list_price(LIST, world.sources[good])
    await world.house.settle()
    assert _charged(world) == [Decimal(5)] * 40, "from 5.00 to the usual 10.00 is twice as much"
    (approval,) = await _waiting(world)
    assert approval.items == 30
    assert await world.house.engine.decide(approval.id, "approved")
    await world.house.settle()
    assert _charged(world) == [Decimal(10)] * 30 + [Decimal(5)] * 10
    assert await world.wrong(ONE) == []


async def test_unlinking_is_never_braked(make_house: Make) -> None:
    world = await _open(make_house)
    accounts = [world.account]
    for number in range(40):
        accounts.append(world.scene.shop.accounts.open(f"buyer{number}@novak.example"))
        await world.link(accounts[-1], world.party)
    for good in range(30):
        world.set_price(DatedPrice(None, problem="division by zero"), good=good)
    await world.house.settle()
    assert sum(one.items for one in await _waiting(world)) == 30
    for account in accounts:
        await world.unlink(account)
    await world.house.settle()
    assert list(world.scene.shop.tiers.buyers) == [world.second]
    assert world.scene.shop.tiers.of(LIST, world.goods) == {}, "nobody buys at it any more"
    assert _charged(world) == [Decimal(10)] * 40
    assert sum(one.items for one in await _waiting(world)) == 0, "of what is no more nothing waits"
