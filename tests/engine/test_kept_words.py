"""Words about a person are kept where they expire, and nowhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from panstore.engine.context import Options
from panstore.engine.sweep import forget
from panstore.model.customer import Address, Customer
from panstore.model.ids import ExternalId, RouteId
from panstore.model.order import Order
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.errors import OutcomeUnknownError, RejectedError, UnavailableError
from panstore.store.facts import intents_of
from panstore.store.orders import load_order
from panstore.store.parked import list_parked
from panstore.testing.world import Scene
from tests.engine.everywhere import columns_with
from tests.engine.house import House
from tests.engine.life import LIFE_MODULES, bare_house, living

Make = Callable[..., House]
SHOP = RouteId("shop")
_DAYS = 30
MAIL = "marker.mail@example.si"
MARKERS = ("marker", "555666", "555 666", "MARK9")
BUYER = Customer(None, "Markerica Novak", MAIL, "+386 41 555 666", "Markerka d.o.o.", "SIMARK98765")
HOME = Address(
    "Markerica Novak", "Markerjeva ulica 1", "1000", "Markergrad", "SI", phone="041 555 666"
)
ECHO = (
    "the party NOVAK, Markerica <Marker.Mail@example.si>, markerjeva ulica 1, 1000 Markergrad, "
    "tel. +38641555666, VAT SI MARK98765, has said: marker  pri vratih; "
    "colleague.marker@elsewhere.si knows"
)


async def _house(make_house: Make) -> House:
    scene = Scene()
    scene.add_goods(3, on_hand=10, price=Decimal("33.33"))
    return await bare_house(make_house, scene, options=Options(batch=50, payload_days=_DAYS))


def _buy(house: House, place: int = 0) -> Order:
    shop, goods = house.scene.shop, house.scene.shop_links[place].shop
    note = "Marker pri vratih"
    placed = shop.place_order((goods, 2), customer=BUYER, address=HOME, note=note)
    lines = tuple(replace(line, note="Marker za babico") for line in placed.lines)
    shop.put(replace(placed, lines=lines))
    return placed


def _answers(house: House, operation: str, error: Exception | None) -> None:
    """From now on the system answers so; None: it works again."""
    house.scene.faults.unhook()
    if error is not None:

        def answer() -> None:
            raise error

        house.scene.faults.hook(f"{operation}.before", answer)


def _refuses(house: House, operation: str) -> None:
    connection, name = operation.split(".")
    _answers(house, operation, RejectedError(connection, name, ECHO, code="refused"))


async def _retry(house: House, order: ExternalId) -> None:
    assert await house.engine.retry_order(SHOP, order)
    await house.settle()


async def _expire(house: House) -> None:
    """Longer than payloads are kept; the audit is kept for longer still."""
    house.scene.clock.advance(dt.timedelta(days=_DAYS, hours=1).total_seconds())
    await forget(house.engine.context)


async def _is_kept(house: House, order: ExternalId) -> bool:
    stored = await house.store.read(lambda c: load_order(c, SHOP, order))
    assert stored is not None
    return stored[1] is not None


async def test_after_its_life_nothing_is_left_of_a_buyer(make_house: Make) -> None:
    house = await _house(make_house)
    scene, desk = house.scene, house.scene.shop.desk
    answers = [
        UnavailableError("erp", "create_order", ECHO),
        OutcomeUnknownError("erp", "create_order", ECHO),
        RejectedError("erp", "create_order", ECHO, code="refused"),
    ]
    _answers(house, "erp.create_order", answers[0])
    order = _buy(house)
    for answer in answers:
        _answers(house, "erp.create_order", answer)
        for _ in range(5):
            await house.step(60)
    [record] = await house.store.read(list_parked)
    assert f"Order {order.number} was not taken over: erp create_order: the party" in record.reason
    intents = await house.store.read(lambda c: intents_of(c, SHOP, order.id))
    assert any("the party (...)" in intent.message for intent in intents)

    _answers(house, "erp.create_order", None)
    await _retry(house, order.id)
    _refuses(house, "erp.issue_invoice")
    desk.pay(order.id)
    await house.settle()
    _refuses(house, "shop.update_order")
    await _retry(house, order.id)
    _answers(house, "shop.update_order", None)
    await _retry(house, order.id)
    [sale] = living(scene, order.id)
    scene.erp.deliveries.ship(sale.id)
    await house.settle()
    desk.refund(order.id, lines=[(order.lines[0].id, 1)], reason="Markerju ni bilo všeč")
    desk.refund(order.id, Decimal(1), reason="Markerju je bilo žal")
    await house.settle()
    assert len(scene.erp.sales.of_shop_order(order.id)) > 1
    assert await columns_with(house.store, *MARKERS) == {"payloads.body"}

    await _expire(house)
    assert await columns_with(house.store, *MARKERS) == set()
    assert not await house.judge()


async def test_a_parked_order_that_the_shop_has_closed_expires_and_is_read_again(
    make_house: Make,
) -> None:
    house = await _house(make_house)
    _refuses(house, "erp.create_order")
    closed, open_ = _buy(house), _buy(house, 1)
    await house.settle()
    house.scene.shop.ship(closed.id)
    await house.settle()
    assert len(await house.store.read(list_parked)) == 2

    await _expire(house)
    assert not await _is_kept(house, closed.id)
    assert await _is_kept(house, open_.id), "somebody has still to decide about it"

    await _retry(house, closed.id)  # It is read from the shop, and refused as before.
    [record] = [r for r in await house.store.read(list_parked) if r.key == closed.id]
    assert "the party (...)" in record.reason
    assert await columns_with(house.store, *MARKERS) == {"payloads.body"}
    _answers(house, "erp.create_order", None)
    await _retry(house, closed.id)
    await _retry(house, open_.id)
    assert [len(living(house.scene, one.id)) for one in (closed, open_)] == [1, 1]


async def test_an_order_that_cannot_be_read_is_told_of_without_its_buyer(make_house: Make) -> None:
    house = await _house(make_house)
    order = _buy(house)
    await house.step()
    house.scene.shop.break_order(order.id, f"customer is {BUYER.name} <{MAIL}>")
    await house.settle()
    assert await columns_with(house.store, *MARKERS) == {"payloads.body"}


async def test_parties_of_the_erp_that_could_be_the_buyer_are_told_by_their_ids(
    make_house: Make,
) -> None:
    scene = Scene()
    scene.add_goods(3, on_hand=10, price=Decimal("33.33"))
    settings = OrderSettings(warehouse="LJ", match=("email",))
    house = await bare_house(make_house, scene, modules=LIFE_MODULES, s4_settings=settings)
    for name in ("Marker Ena", "Marker Dva"):
        scene.erp.parties.add(name, email=MAIL)
    _buy(house)
    await house.settle()
    [record] = await house.store.read(list_parked)
    assert record.code == "customer.ambiguous"
    assert await columns_with(house.store, *MARKERS) == {"payloads.body"}
