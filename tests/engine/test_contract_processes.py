"""Several processes of PanStore on one store: each has its own memory, all show the same."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from decimal import Decimal

from panstore.engine.context import Context
from panstore.engine.contracts.quotes import quote
from panstore.engine.remote import Remote
from panstore.model.contract import QuoteLine, QuoteRequest
from panstore.store.database import Store
from panstore.testing.world import DatedPrice
from tests.engine.house import House
from tests.engine.quoting import LIST, Asking

Make = Callable[..., House]


@contextlib.asynccontextmanager
async def _second(world: Asking) -> AsyncIterator[Context]:
    """Another process beside the first: nothing is shared but the store and the ERP."""
    first = world.context
    store = Store(world.house.url)
    context = Context(
        store=store,
        clock=first.clock,
        new_id=first.new_id,
        runner=first.runner,
        remote=Remote(store, first.clock, first.connectors, {}),
        connectors=first.connectors,
        routes=first.routes,
    )
    yield context
    await context.contracts.stop()
    await store.close()


async def _amount(world: Asking, context: Context) -> Decimal | None:
    request = QuoteRequest(world.account, (QuoteLine(world.goods[0]),))
    answer = await quote(context, world.route, request)
    await context.contracts.written()
    return answer.lines[0].offer.amount


async def test_a_change_that_one_process_hears_is_shown_by_the_other(make_house: Make) -> None:
    world = await Asking.open(make_house)
    async with _second(world) as second:
        # Both read the feed of the ERP; this one found nothing in it just now.
        second.contracts.note_feed(world.route.erp, second.clock.timer(), second.clock.now())
        world.pass_time(2)
        assert await _amount(world, second) == 8
        assert await _amount(world, world.context) == 8
        world.pass_time(2)
        assert await _amount(world, second) == 8
        assert len(world.calls()) == 2
        world.set_price("7")
        await world.hear()
        assert await _amount(world, second) == 7
        assert await _amount(world, world.context) == 7


async def test_what_one_process_has_learned_is_last_known_in_the_other(make_house: Make) -> None:
    world = await Asking.open(make_house)
    await world.ask()
    world.erp_is_down()
    world.pass_time(60)
    async with _second(world) as second:
        assert await _amount(world, second) == 8


async def test_a_wrong_price_that_one_parked_is_closed_by_whoever_sees_it_mended(
    make_house: Make,
) -> None:
    world = await Asking.open(make_house)
    async with _second(world) as second:
        second.contracts.note_feed(world.route.erp, second.clock.timer(), second.clock.now())
        assert await _amount(world, second) == 8
        world.set_price("0")
        await world.hear()
        await world.ask()
        assert len(await world.parked()) == 1
        world.scene.erp.set_list_price(LIST, world.sources[0], DatedPrice(Decimal(6)))
        await world.hear()
        assert await _amount(world, second) == 6
        assert await world.parked() == []


async def test_articles_are_found_by_code_and_unit_in_any_store(make_house: Make) -> None:
    world = await Asking.open(make_house)
    unit = next(iter(world.scene.erp.shelf.known(world.sources))).unit
    assert unit is not None
    sku = world.scene.shop_links[1].sku
    answer = await world.ask(lines=[QuoteLine(sku=sku, unit=unit), QuoteLine(sku="unheard of")])
    assert [line.offer.amount for line in answer.lines] == [8, None]
