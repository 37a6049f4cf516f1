"""An order is compared with what was true at its moment, whatever has become of it since."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from panstore.model.ids import ConnectionId
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.s5_contract_prices.module import module as s5
from panstore.modules.s5_contract_prices.settings import ContractPriceSettings
from panstore.sdk.rules import Rule
from tests.engine.agreeing import Agreeing
from tests.engine.house import P1, S1, S2, S4, House

MoveIn = Callable[..., Awaitable[Agreeing]]

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""The history itself is tried on both stores elsewhere."""


@pytest.fixture
def move_in(make_house: Callable[..., House]) -> MoveIn:
    """Moves buyers with an agreement into a house of their own."""

    def move(*setting: Any, **options: Any) -> Awaitable[Agreeing]:
        return Agreeing.move_in(make_house, *setting, **options)

    return move


def _below_cost(what: str) -> dict[str, Any]:
    settings = ContractPriceSettings.model_validate({"below_cost": what, "tolerance_cents": 0})
    return {"contract": (s5, settings)}


def _cost(world: Agreeing, amount: str) -> None:
    world.scene.erp.set_cost(world.scene.shop_links[0].erp, Decimal(amount))


async def test_the_price_of_the_orders_moment_is_booked_though_it_changed_since(
    move_in: MoveIn,
) -> None:
    world = await move_in("correct")
    world.agree("28.00")
    await world.show(pieces=2)
    order = world.buy(on_account=True)
    world.scene.clock.advance(60)
    world.agree("30.00")
    await world.house.settle()
    assert world.sale(order).total == Decimal("68.32"), "56.00 net"
    assert await world.verdicts(order) == ["corrected"]
    assert await world.parked() == []


async def test_what_is_given_back_because_too_much_was_charged_is_credited_once(
    move_in: MoveIn,
) -> None:
    rule = InvoiceSettings(rule=Rule("true"))
    world = await move_in("correct", modules=frozenset({S1, S2, S4, P1}), p1_settings=rule)
    world.agree("30.00")
    order = world.buy(on_account=True)
    await world.house.settle()
    assert world.scene.shop.desk.pay(order.id)
    # 81.33 were charged and 73.20 agreed; somebody at the shop notices it as well.
    assert world.scene.shop.desk.refund(order.id, Decimal("8.13"))
    await world.house.settle()
    assert [paper.total for paper in world.sale(order).papers] == [Decimal("73.20")]
    assert world.scene.shop.desk.refund(order.id, Decimal("6.10"))
    await world.house.settle()
    papers = [p for one in world.scene.erp.sales.of_shop_order(order.id) for p in one.papers]
    assert sum(paper.total for paper in papers) == Decimal("67.10")
    assert await world.parked() == []
    assert await world.house.judge() == []


async def test_between_two_prices_of_the_last_seconds_that_of_the_moment_counts(
    move_in: MoveIn,
) -> None:
    world = await move_in("correct")
    world.agree("28.00")
    await world.show(pieces=2)
    world.scene.clock.advance(3)
    order = world.buy(on_account=True)
    world.scene.clock.advance(3)
    world.agree("25.00")
    await world.house.look()
    await world.show(pieces=2)
    await world.house.settle()
    assert world.sale(order).total == Decimal("68.32")


async def test_where_nobody_asked_at_its_moment_a_person_chooses(move_in: MoveIn) -> None:
    world = await move_in("correct")
    world.agree("28.00")
    order = world.buy(on_account=True)
    world.scene.clock.advance(5)
    await world.show(pieces=2)
    world.scene.clock.advance(6)
    world.agree("30.00")
    await world.house.settle()
    assert world.scene.erp.sales.of_shop_order(order.id) == []
    [record] = await world.parked()
    assert "agreed 56 (2 x 28.00)" in record.reason
    assert "changed since about the time of the order" in record.reason


async def test_an_order_is_never_corrected_upwards(move_in: MoveIn) -> None:
    world = await move_in("correct")
    world.agree("35.00")
    await world.show(pieces=2)
    world.buy(on_account=True)
    await world.house.settle()
    [record] = await world.parked()
    assert record.code == "order.price_differs"
    assert "never charged more than he saw" in record.reason


@pytest.mark.parametrize("looked", [True, False])
@pytest.mark.parametrize("what", ["withhold", "usual"])
async def test_a_cost_that_rose_after_the_order_does_not_hold_it_up(
    move_in: MoveIn, what: str, *, looked: bool
) -> None:
    world = await move_in(**_below_cost(what))
    world.agree("33.33")
    _cost(world, "20")
    await world.house.look()
    if looked:
        assert (await world.show()).state == "agreed"
    order = world.buy()
    world.scene.clock.advance(60)
    _cost(world, "40")
    await world.house.settle()
    assert await world.verdicts(order) == ["agreed"]
    assert world.sale(order).total == order.total
    # What is shown now is another matter.
    assert (await world.show()).state == ("withheld" if what == "withhold" else "usual")


async def test_a_cost_that_rose_makes_no_wrong_price_right(move_in: MoveIn) -> None:
    """Below cost buyers see the usual price now; that one was charged an agreed price."""
    world = await move_in(**_below_cost("usual"))
    world.agree("30.00")
    _cost(world, "20")
    await world.house.look()
    await world.show()
    world.buy()
    world.scene.clock.advance(60)
    _cost(world, "40")
    await world.house.settle()
    [record] = [one for one in await world.parked() if one.code == "order.price_differs"]
    assert "agreed 60 (2 x 30.00)" in record.reason


async def test_what_was_below_cost_at_the_orders_moment_was_not_for_sale(move_in: MoveIn) -> None:
    world = await move_in(**_below_cost("withhold"))
    world.agree("33.33")
    _cost(world, "40")
    await world.house.look()
    assert (await world.show()).state == "withheld"
    order = world.buy()
    world.scene.clock.advance(60)
    _cost(world, "20")
    await world.house.look()
    assert (await world.show()).state == "agreed"
    world.scene.clock.advance(60)
    _cost(world, "41")
    await world.house.settle()
    [record] = [one for one in await world.parked() if one.code == "order.price_differs"]
    assert record.key == order.id
    assert "contract.below_cost" in record.reason


async def test_of_more_than_anybody_means_no_price_is_asked_for_and_a_person_looks(
    move_in: MoveIn,
) -> None:
    world = await move_in("correct")
    world.agree("33.33")
    order = world.buy(pieces=10**9 + 1, on_account=True, guard=False)
    await world.house.settle()
    [record] = [one for one in await world.parked() if one.code == "order.price_differs"]
    assert record.key == order.id
    assert "contract.too_many" in record.reason
    assert not world.scene.history.of(ConnectionId("erp"), "contract_prices")
