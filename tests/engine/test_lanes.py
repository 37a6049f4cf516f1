"""Orders never wait behind a run over the whole catalogue, however slow the systems are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from panstore.engine.context import ORDERS
from panstore.engine.full_runs import begin
from panstore.engine.limiter import Lane
from panstore.engine.remote import Remote
from panstore.engine.runs import run
from panstore.model.ids import ConnectionId, RouteId
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.sdk.rules import Rule
from panstore.testing.world import Scene
from tests.engine.house import S1, S2, House
from tests.engine.life import living, settings

T = TypeVar("T")
_SHOP = RouteId("shop")
_GOODS = 400
_BATCH = 5
_SLOW_S = 0.005


class _Moment(NamedTuple):
    """A call asks for its turn, or has it."""

    what: str
    connection: ConnectionId
    lane: Lane
    call: int


class _SlowRemote(Remote):
    """Every system takes one call at a time and is slow with it.

    The first call of a full run takes until the ERP is asked something for an order, so that
    others surely stand in line by then.
    """

    def __init__(self, house: House) -> None:
        context = house.engine.context
        one = dict.fromkeys(context.connectors, 1)
        super().__init__(house.store, house.clock, context.connectors, one)
        self.moments: list[_Moment] = []
        self.line_stands = asyncio.Event()
        self._erp = house.scene.erp_connector.id
        self._order_asks = asyncio.Event()

    async def call(
        self,
        connection: ConnectionId,
        lane: Lane,
        operation: str,
        do: Callable[[], Awaitable[T]],
        *,
        reads: bool = False,
    ) -> T:
        number = len(self.moments)
        self.moments.append(_Moment("asks", connection, lane, number))
        if connection == self._erp and lane == Lane.ORDERS:
            self._order_asks.set()
        elif self.begun(Lane.FULL):
            self.line_stands.set()

        async def slowly() -> T:
            first = lane == Lane.FULL and not self.begun(Lane.FULL)
            self.moments.append(_Moment("begins", connection, lane, number))
            if first:
                await self._order_asks.wait()
            await asyncio.sleep(_SLOW_S)
            return await do()

        return await super().call(connection, lane, operation, slowly, reads=reads)

    def begun(self, lane: Lane) -> int:
        """How many calls of a lane have had their turn."""
        return sum(one.what == "begins" and one.lane == lane for one in self.moments)

    def met(self) -> list[tuple[int, int]]:
        """For each call for orders: how many less urgent ones of the same system stood in line
        when it asked, and how many of these, or later ones, had their turn before it."""
        found = []
        for place, asked in enumerate(self.moments):
            if asked.what != "asks" or asked.lane != Lane.ORDERS:
                continue
            before, after = self.moments[:place], self.moments[place + 1 :]
            turn = next(at for at, one in enumerate(after) if one == asked._replace(what="begins"))
            slower = [
                {one.call for one in some if one.what == what and self._is_slower(one, asked)}
                for some, what in ((before, "asks"), (before, "begins"), (after[:turn], "begins"))
            ]
            found.append((len(slower[0] - slower[1]), len(slower[2])))
        return found

    @staticmethod
    def _is_slower(one: _Moment, asked: _Moment) -> bool:
        return one.connection == asked.connection and one.lane > Lane.ORDERS


async def test_an_order_lives_its_life_in_the_middle_of_a_full_run(
    make_house: Callable[..., House],
) -> None:
    scene = Scene()
    goods = scene.add_goods(_GOODS, on_hand=10, price=Decimal("33.33"))
    options: dict[str, Any] = settings() | {"p1_settings": InvoiceSettings(rule=Rule("true"))}
    house = make_house(scene, **options)
    await house.open()
    await house.settle()
    remote = _SlowRemote(house)
    context = house.engine.context
    context.remote = remote
    context.options = type(context.options)(batch=_BATCH)
    for code in (S1, S2):
        await house.store.write(lambda c, m=code: begin(c, context, _SHOP, m))  # type: ignore[misc]

    full_run = asyncio.gather(*(run(context, _SHOP, code, 0) for code in (S1, S2)))
    await remote.line_stands.wait()
    order = scene.shop.place_order((goods[0].shop, 2))
    await house.engine.look(scene.shop_connector.id)
    shards = range(context.options.order_shards)
    await asyncio.gather(*(run(context, _SHOP, ORDERS, shard) for shard in shards))

    meanwhile = remote.begun(Lane.FULL)
    [sale] = living(scene, order.id)
    assert sale.reserved == sale.goods
    assert len(sale.papers) == 1
    entry = scene.shop.orders.get(order.id)
    assert entry is not None
    assert [update.status for update in entry.updates] == ["invoiced"]
    assert not full_run.done()
    await full_run
    assert remote.begun(Lane.FULL) > meanwhile
    assert remote.begun(Lane.ORDERS) >= 5
    met = remote.met()
    assert sum(waiting for waiting, _ in met) > 0, "nobody stood in line: nothing was shown"
    assert [before for _, before in met] == [0] * len(met)
    await house.settle()
    assert await house.judge() == []
