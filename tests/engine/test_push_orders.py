"""Orders from a shop that keeps prices: compared with what was true when they were placed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Literal

from panstore.model.customer import Customer
from panstore.model.order import Order
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.store.parked import list_parked
from panstore.testing.world import DatedPrice, Fault
from tests.engine.house import S1, S2, S4, House
from tests.engine.life import living
from tests.engine.pushing import Pushing

Make = Callable[..., House]


def _lines(five: str, one: str = "12") -> tuple[DatedPrice, DatedPrice]:
    """A list that names another price from five pieces on."""
    return DatedPrice(Decimal(five), least=Decimal(5)), DatedPrice(Decimal(one))


async def _open(make: Make, on_difference: Literal["park", "correct"] = "park") -> Pushing:
    """Seven pieces cost the buyer what the simulated shop charges everybody: 10.00 each."""
    options = {
        "modules": frozenset({S1, S2, S4}),
        "s4_settings": OrderSettings(warehouse="LJ", match=("email",)),
    }
    world = await Pushing.open(make, options=options, on_difference=on_difference)
    world.set_price(*_lines("10"))
    await world.house.settle()
    assert world.charged(world.account, quantity=7) == Decimal(10)
    world.scene.clock.advance(600)
    return world


def _buy(world: Pushing, pieces: int = 7) -> Order:
    buyer = Customer(world.account, "Ana Novak", "ana@novak.example", "+38640123456")
    return world.scene.shop.place_order((world.goods[0], pieces), customer=buyer)


async def _codes(world: Pushing) -> list[str]:
    return [one.code for one in await world.house.store.read(list_parked)]


async def test_a_change_right_after_the_order_does_not_hold_it_up(make_house: Make) -> None:
    world = await _open(make_house)
    order = _buy(world)
    world.set_price(*_lines("9"))
    await world.house.settle()
    assert await _codes(world) == []
    (sale,) = living(world.scene, order.id)
    assert sale.total == order.total
    assert world.charged(world.account, quantity=7) == Decimal(9)


async def test_a_break_that_moves_right_after_the_order_does_not_hold_it_up(
    make_house: Make,
) -> None:
    world = await _open(make_house)
    order = _buy(world)
    world.set_price(DatedPrice(Decimal(10), least=Decimal(8)), DatedPrice(Decimal(12)))
    await world.house.settle()
    assert await _codes(world) == []
    assert living(world.scene, order.id)


async def test_a_price_that_was_kept_too_long_waits_for_a_person(make_house: Make) -> None:
    world = await _open(make_house)
    for _ in range(6):
        world.scene.faults.script("erp", "price_breaks", Fault("unavailable"))
    world.set_price(*_lines("9"))
    await world.house.step(60)
    assert world.charged(world.account, quantity=7) == Decimal(10), "not written yet"
    order = _buy(world)
    await world.house.settle(seconds=20)
    assert world.charged(world.account, quantity=7) == Decimal(9)
    assert await _codes(world) == ["order.price_differs"]
    assert living(world.scene, order.id) == []


async def test_an_order_is_not_corrected_to_the_price_of_fewer_pieces(make_house: Make) -> None:
    world = await _open(make_house, "correct")
    for _ in range(6):
        world.scene.faults.script("erp", "price_breaks", Fault("unavailable"))
    world.set_price(*_lines("9"))
    await world.house.step(60)
    order = _buy(world)
    await world.house.settle(seconds=20)
    (sale,) = living(world.scene, order.id)
    assert sale.total == Decimal("76.86"), "7 x 9.00 and 22 % VAT"


async def test_fewer_pieces_than_a_break_are_compared_with_their_own_price(
    make_house: Make,
) -> None:
    world = await _open(make_house)
    _buy(world, 4)
    world.set_price(*_lines("9", "11"))
    await world.house.settle()
    assert await _codes(world) == ["order.price_differs"]
