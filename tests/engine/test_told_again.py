"""A shop whose answer was lost is told the same again, word for word, before anything else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from panstore.model.ids import ExternalId
from panstore.model.order import Order
from panstore.model.shipment import Shipment
from panstore.store.audit import latest
from panstore.store.parked import list_parked
from panstore.testing.world import Scene
from tests.engine.house import House, Killed
from tests.engine.life import bare_house, living

Make = Callable[..., House]


class _Case:
    """One order whose first telling is cut off."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.scene = house.scene
        self.id = ExternalId("")

    async def begin(self, step: str) -> None:
        """Place it, and kill PanStore at `step`."""
        self.id = self.scene.shop.place_order((self.scene.shop_links[0].shop, 2)).id

        def cut(here: str) -> None:
            if here == step:
                raise Killed(here)

        self.house.probe = cut
        with pytest.raises(Killed):
            await self.house.settle()
        self.house.probe = lambda _: None

    async def go_on(self) -> None:
        """Start again; nothing may need a person."""
        await self.house.restart()
        await self.house.settle()
        assert await self.house.store.read(list_parked) == []
        assert await self.house.judge() == []

    @property
    def order(self) -> Order:
        entry = self.scene.shop.orders.get(self.id)
        assert entry is not None
        return entry.order

    def told(self) -> list[tuple[str | None, tuple[Shipment, ...]]]:
        """Status and parcels of each telling that had an effect."""
        entry = self.scene.shop.orders.get(self.id)
        assert entry is not None
        return [(one.status, one.shipments) for one in entry.updates]

    def ship(self) -> None:
        """The warehouse sends all of it."""
        [sale] = living(self.scene, self.id)
        self.scene.erp.deliveries.ship(sale.id)


@pytest.fixture
async def case(make_house: Make) -> _Case:
    scene = Scene()
    scene.add_goods(1, on_hand=10)
    return _Case(await bare_house(make_house, scene))


async def test_what_the_shop_shows_by_then_does_not_change_what_it_is_told(case: _Case) -> None:
    await case.begin("tell.done")
    assert case.order.status == "reserved"
    await case.go_on()
    assert case.told() == [("reserved", ())]


@pytest.mark.parametrize("step", ["tell.intent", "tell.done"])
async def test_what_has_happened_since_is_told_afterwards(case: _Case, step: str) -> None:
    await case.begin(step)
    case.ship()
    await case.go_on()
    assert [(status, len(parcels)) for status, parcels in case.told()] == [
        ("reserved", 0),
        ("shipped", 1),
    ]


async def test_a_shop_that_refuses_it_by_then_has_not_heard_it(case: _Case) -> None:
    await case.begin("tell.intent")
    case.scene.shop.cancel(case.id)
    await case.go_on()
    assert case.order.stage == "cancelled"
    assert case.told() == []


async def test_a_shop_that_cannot_be_reached_is_asked_again_later(case: _Case) -> None:
    await case.begin("tell.done")
    case.scene.faults.script("shop", "update_order", "unavailable", "lost_after", "lost_before")
    await case.go_on()
    assert case.told() == [("reserved", ())]


async def test_a_shop_that_knows_no_keys_may_hear_of_a_parcel_twice_and_that_is_said(
    case: _Case,
) -> None:
    case.scene.shop.keyed_updates = False
    case.id = case.scene.shop.place_order((case.scene.shop_links[0].shop, 2)).id
    await case.house.settle()
    case.ship()
    case.scene.faults.script("shop", "update_order", "lost_after")
    await case.house.settle(most=1000)
    assert [len(parcels) for _, parcels in case.told() if parcels] == [1, 1]
    [parcel] = case.told()[-1][1]
    audit = await case.house.store.read(lambda c: latest(c, limit=1000))
    [said] = [one for one in audit if one.outcome == "maybe_twice"]
    assert f"parcel {parcel.number}" in said.reason
    assert await case.house.store.read(list_parked) == []


async def test_a_shop_that_knows_no_keys_is_seen_to_show_a_status(case: _Case) -> None:
    case.scene.shop.keyed_updates = False
    case.scene.faults.script("shop", "update_order", "lost_after")
    case.id = case.scene.shop.place_order((case.scene.shop_links[0].shop, 2)).id
    await case.house.settle(most=1000)
    assert case.told() == [("reserved", ())]
    audit = await case.house.store.read(lambda c: latest(c, limit=1000))
    assert "maybe_twice" not in {one.outcome for one in audit}
