"""The limiter: few at a time, the urgent ones first, no slot lost to a cancellation."""

from __future__ import annotations

import asyncio

import pytest

from panstore.engine.limiter import Lane, Limiter


class Desk:
    """Callers that note when they get their turn and stay until they are let go."""

    def __init__(self, slots: int) -> None:
        self.limiter = Limiter(slots)
        self.served: list[str] = []
        self.inside = 0
        self.most = 0
        self._doors: dict[str, asyncio.Event] = {}

    def come(self, name: str, lane: Lane) -> asyncio.Task[None]:
        self._doors[name] = asyncio.Event()
        return asyncio.create_task(self._stay(name, lane))

    def leave(self, name: str) -> None:
        self._doors[name].set()

    async def _stay(self, name: str, lane: Lane) -> None:
        async with self.limiter.slot(lane):
            self.served.append(name)
            self.inside += 1
            self.most = max(self.most, self.inside)
            try:
                await self._doors[name].wait()
            finally:
                self.inside -= 1


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_orders_before_stock_before_prices_before_products_before_full_runs() -> None:
    desk = Desk(1)
    tasks = [desk.come("first", Lane.FULL)]
    await _settle()
    waiting = [Lane.FULL, Lane.PRODUCTS, Lane.STOCK, Lane.ORDERS, Lane.PRICES, Lane.STOCK]
    tasks += [desk.come(f"{lane.name} {n}", lane) for n, lane in enumerate(waiting)]
    await _settle()
    for _ in range(7):
        desk.leave(desk.served[-1])
        await _settle()
    await asyncio.gather(*tasks)
    assert desk.served == [
        "first", "ORDERS 3", "STOCK 2", "STOCK 5", "PRICES 4", "PRODUCTS 1", "FULL 0",
    ]  # fmt: skip


async def test_never_more_than_there_are_slots() -> None:
    desk = Desk(3)
    tasks = [desk.come(str(n), Lane.STOCK) for n in range(10)]
    for _ in range(10):
        await _settle()
        for name in tuple(desk.served):
            desk.leave(name)
    await asyncio.gather(*tasks)
    assert (desk.most, sorted(desk.served)) == (3, sorted(map(str, range(10))))


async def test_a_caller_that_gives_up_while_waiting_takes_no_slot() -> None:
    desk = Desk(1)
    first = desk.come("first", Lane.STOCK)
    await _settle()
    impatient = desk.come("impatient", Lane.ORDERS)
    patient = desk.come("patient", Lane.FULL)
    await _settle()
    impatient.cancel()
    await _settle()
    desk.leave("first")
    await _settle()
    assert desk.served == ["first", "patient"]
    desk.leave("patient")
    await asyncio.gather(first, patient)
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_a_slot_handed_to_a_caller_that_is_cancelled_in_that_moment_is_passed_on() -> None:
    desk = Desk(1)
    first = desk.come("first", Lane.STOCK)
    await _settle()
    unlucky = desk.come("unlucky", Lane.ORDERS)
    last = desk.come("last", Lane.FULL)
    await _settle()
    desk.limiter._give()  # the slot is handed over and not taken up yet
    unlucky.cancel()
    await _settle()
    assert desk.served == ["first", "last"]
    desk.leave("last")
    desk.leave("first")
    await asyncio.gather(first, last)
    assert unlucky.cancelled()


async def test_a_caller_that_fails_gives_its_slot_back() -> None:
    limiter = Limiter(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="refused"):
            async with limiter.slot(Lane.PRICES):
                raise ValueError("refused")
    async with asyncio.timeout(1), limiter.slot(Lane.FULL):
        assert limiter._free == 0
    assert limiter._free == 1
