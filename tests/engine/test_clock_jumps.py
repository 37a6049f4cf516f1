"""The machine's clock is set back or forward while work waits: it waits no longer for that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from panstore.engine.context import LINKS, BrakeLimits
from panstore.engine.status import look
from panstore.engine.sweep import sweep
from panstore.store import outbox
from panstore.store.brakes import list_approvals
from panstore.store.full_runs import list_runs
from panstore.store.marks import backlog, due_marks, schedule
from panstore.testing.world import Scene
from panstore.testing.world.faults import Fault
from tests.engine.buyers import Buyers
from tests.engine.house import S1, House, web_sales

Make = Callable[..., House]
HOURS = dt.timedelta(hours=5)
STEPS_OF_TWO_MINUTES = 120


async def _open(make_house: Make, scene: Scene, **options: object) -> House:
    house = make_house(scene, **options)
    await house.open()
    await house.settle()
    return house


async def _soon(house: House, holds: Callable[[], bool]) -> bool:
    """Whether it holds within two minutes."""
    for _ in range(STEPS_OF_TWO_MINUTES):
        if holds():
            return True
        await house.step()
    return holds()


@pytest.mark.parametrize("jumps", [(-HOURS,), (HOURS, -HOURS), (-HOURS, HOURS)])
async def test_what_was_postponed_is_worked_soon(
    make_house: Make, jumps: tuple[dt.timedelta, ...]
) -> None:
    scene = Scene()
    [link] = scene.add_goods(1, on_hand=10)
    house = await _open(make_house, scene)
    scene.erp.set_on_hand(link.erp, 4)
    for jump in jumps:
        scene.faults.script("shop", "write_stock", *[Fault("unavailable")] * 30)
        for _ in range(12):
            await house.step()
        house.clock.jump(jump)
    scene.faults.calm()
    assert await _soon(house, lambda: scene.shop.free(link.shop) == Decimal(4))


async def test_a_mark_made_just_before_is_worked_and_shown(make_house: Make) -> None:
    scene = Scene()
    [link] = scene.add_goods(1, on_hand=10)
    house = await _open(make_house, scene)
    await sweep(house.engine.context)
    scene.erp.set_on_hand(link.erp, 4)
    await house.deliver()
    await house.look()
    house.clock.jump(-HOURS)
    await sweep(house.engine.context)
    now = house.clock.now()
    waiting = await house.store.read(lambda c: backlog(c, now=now))
    assert S1 in {b.module for b in waiting}
    assert await _soon(house, lambda: scene.shop.free(link.shop) == Decimal(4))


async def test_it_is_noticed_at_the_next_start_too(make_house: Make) -> None:
    scene = Scene()
    [link] = scene.add_goods(1, on_hand=10)
    house = await _open(make_house, scene)
    scene.erp.set_on_hand(link.erp, 4)
    await house.deliver()
    await house.look()
    house.clock.jump(-HOURS)
    await house.restart()
    assert await _soon(house, lambda: scene.shop.free(link.shop) == Decimal(4))


async def test_an_order_in_doubt_is_looked_up_soon_and_booked_once(make_house: Make) -> None:
    """An ERP without keys is given a minute after a lost reply, not the hours of the jump."""
    scene = Scene(keyed=False)
    [link] = scene.add_goods(1, on_hand=10)
    house = await _open(make_house, scene)
    scene.faults.script("erp", "create_order", "lost_after")
    scene.shop.place_order((link.shop, 1))
    for _ in range(3):
        await house.step()
    house.clock.jump(-HOURS)
    await _soon(house, lambda: False)
    assert len(web_sales(scene)) == 1
    assert await house.judge() == []


async def test_a_clock_set_forward_does_not_take_the_erp_s_time_away(make_house: Make) -> None:
    """The lost call may still be worked there: whoever looks too early books it twice."""
    scene = Scene(keyed=False)
    [link] = scene.add_goods(1, on_hand=10)
    house = await _open(make_house, scene)
    scene.faults.script("erp", "create_order", "lost_before")
    looked: list[dt.datetime] = []
    scene.faults.hook("erp.booked_orders.before", lambda: looked.append(scene.clock.now()))
    scene.shop.place_order((link.shop, 1))
    await house.step()
    lost_at = scene.clock.now()
    house.clock.jump(HOURS)
    await _soon(house, lambda: bool(looked))
    assert looked[0] - lost_at >= dt.timedelta(seconds=55)


async def test_a_braked_fall_is_applied_after_its_minutes(make_house: Make) -> None:
    scene = Scene()
    links = scene.add_goods(30, on_hand=10)
    brakes = BrakeLimits(from_items=20, share=Decimal("0.5"), fall_after_s=60)
    house = await _open(make_house, scene, brakes=brakes)
    for link in links:
        scene.erp.set_on_hand(link.erp, 0)
    await house.step()
    assert await house.store.read(list_approvals)
    house.clock.jump(-HOURS)
    assert await _soon(house, lambda: not any(scene.shop.free(x.shop) for x in links))


async def test_full_runs_come_again_after_a_clock_that_was_years_ahead(make_house: Make) -> None:
    scene = Scene()
    scene.add_goods(1, on_hand=10)
    house = make_house(scene)
    house.clock.jump(dt.timedelta(days=4000))
    await house.open()
    await house.settle()
    house.clock.jump(dt.timedelta(days=-4000))
    await house.settle()
    begun = {r.module: r.started_at for r in await house.store.read(list_runs)}
    scene.clock.advance(dt.timedelta(hours=25))
    await house.settle()
    again = {r.module: r.started_at for r in await house.store.read(list_runs)}
    assert all(again[code] > begun[code] for code in (LINKS, S1))
    assert all(at <= house.clock.now() for at in again.values())


async def test_nobody_is_told_of_a_next_try_hours_ahead(make_house: Make) -> None:
    scene = Scene()
    house = await _open(make_house, scene)
    scene.faults.script("erp", "pull", "unavailable")
    await house.look()
    house.clock.jump(-HOURS)
    status = await house.store.read(lambda c: look(c, house.engine.context))
    [erp] = [c for c in status.connections if c.id == "erp"]
    assert (erp.state, erp.paused_until) == ("trouble", None)


async def test_dates_stay_where_they_are(make_house: Make) -> None:
    """A price that begins next week waits for its day, however the clock is set."""
    scene = Scene()
    scene.add_goods(1, on_hand=10)
    house = await _open(make_house, scene)
    item = (await house.links())[0].item
    day = house.clock.now() + dt.timedelta(days=7)
    await house.store.write(lambda c: schedule(c, "shop", S1, [(item, day)], cause="date"))  # type: ignore[arg-type]
    for jump in (-HOURS, HOURS):
        house.clock.jump(jump)
        await house.step()

    def due(at: dt.datetime) -> Callable[..., list[str]]:
        return lambda c: [m.key for m in due_marks(c, "shop", S1, shard=0, now=at, limit=9)]  # type: ignore[arg-type]

    assert await house.store.read(due(day - dt.timedelta(seconds=1))) == []
    assert await house.store.read(due(day)) == [item]


async def _mails(buyers: Buyers, state: str) -> bool:
    """Whether the one mail comes into a state within six minutes."""
    for _ in range(3 * STEPS_OF_TWO_MINUTES):
        if await buyers.states() == [state]:
            return True
        await buyers.house.step()
    return await buyers.states() == [state]


async def test_a_mail_that_was_to_wait_a_moment_goes_out_soon(make_house: Make) -> None:
    buyers = await Buyers.move_in(make_house, Scene())
    buyers.scene.faults.script("mail", "send_mail", *[Fault("unavailable")] * 30)
    buyers.buy()
    for _ in range(12):
        await buyers.house.step()
    assert await buyers.states() == ["waiting"]
    buyers.house.clock.jump(-HOURS)
    buyers.scene.faults.calm()
    assert await _mails(buyers, "sent")


async def test_a_mail_in_the_hands_of_who_ended_is_seen_to_be_in_doubt_soon(
    make_house: Make,
) -> None:
    buyers = await Buyers.move_in(make_house, Scene())
    buyers.scene.faults.script("mail", "send_mail", *[Fault("unavailable")] * 30)
    buyers.buy()
    for _ in range(12):
        await buyers.house.step()
    assert await buyers.states() == ["waiting"]
    [row] = await buyers.rows()
    tries, now = row.message.attempts, buyers.house.clock.now()
    await buyers.house.store.write(
        lambda c: outbox.claim(c, row.id, seen="waiting", attempts=tries, now=now)
    )
    buyers.house.clock.jump(-HOURS)
    assert await _mails(buyers, "unknown")
