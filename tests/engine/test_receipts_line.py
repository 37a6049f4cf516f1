"""Lines on which providers tell what became of messages: they break, and nothing is lost."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping

from panstore.engine.outbox.receipts import hear
from panstore.model.ids import ConnectionId
from panstore.model.message import Receipt
from panstore.sdk.errors import UnavailableError
from panstore.sdk.message_roles import HearReceipts, TakeReceipts
from panstore.sdk.roles import Delivery, ReceiveWebhooks
from panstore.testing.world import Scene
from panstore.testing.world.post import SimMailConnector
from tests.engine.buyers import Buyers
from tests.engine.house import House

MAIL = ConnectionId("mail")


class _Line(SimMailConnector):
    """Breaks, fails, tells the same twice, and then stays open; takes webhooks as well."""

    calls = 0
    heard_all: asyncio.Event

    async def hear(self, take: TakeReceipts) -> None:
        self.calls += 1
        match self.calls:
            case 1:
                raise UnavailableError(self.id, "hear", "the line broke")
            case 2:
                raise ValueError("a fault of the connector")
            case 3:
                for _ in range(2):
                    await take([Receipt("queued-1", "delivered")])
            case _:
                self.heard_all.set()
                await asyncio.Event().wait()

    def receive(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Delivery:
        del now
        receipt = Receipt(body.decode(), "failed", "mailbox full")
        return Delivery(headers["id"], (), wake=False, receipts=(receipt,))


async def _with_line(make_house: Callable[..., House]) -> tuple[Buyers, _Line]:
    buyers = await Buyers.move_in(make_house, Scene())
    context = buyers.house.engine.context
    line = _Line(MAIL, buyers.post.server, buyers.scene.faults)
    assert isinstance(line, HearReceipts)
    assert isinstance(line, ReceiveWebhooks)
    context.connectors = {**context.connectors, MAIL: line}
    line.heard_all = asyncio.Event()
    await line.start()
    buyers.buy()
    await buyers.house.settle()
    assert await buyers.states() == ["sent"]
    return buyers, line


async def test_a_line_that_breaks_is_opened_again_and_its_receipts_count_once(
    make_house: Callable[..., House],
) -> None:
    buyers, line = await _with_line(make_house)
    listening = asyncio.create_task(hear(buyers.house.engine.context, MAIL, line))
    await line.heard_all.wait()
    assert await buyers.states() == ["delivered"]
    listening.cancel()
    await asyncio.wait([listening])
    assert listening.cancelled()


async def test_a_receipt_by_webhook_is_taken_once(make_house: Callable[..., House]) -> None:
    buyers, _ = await _with_line(make_house)
    engine = buyers.house.engine
    assert await engine.receive(MAIL, {"id": "m1"}, b"queued-1")
    assert not await engine.receive(MAIL, {"id": "m1"}, b"queued-1")
    assert await buyers.states() == ["failed"]
    [record] = await buyers.parked()
    assert "mailbox full" in record.reason
