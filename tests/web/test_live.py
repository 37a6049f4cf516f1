"""The live feed: rows with ids, from where a reader left off, and an end."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading

from litestar.response import ServerSentEventMessage

from panstore.web.app import end_streams
from panstore.web.live import feed
from tests.web.counter import Counter


class _Stepping:
    """The simulated clock for one reader: every sleep lets others run and time pass."""

    def __init__(self, counter: Counter) -> None:
        self._clock = counter.scene.clock
        self.slept = 0.0

    def now(self) -> dt.datetime:
        return self._clock.now()

    def timer(self) -> float:
        return self._clock.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        await asyncio.sleep(0)


async def _next(counter: Counter, after: int) -> ServerSentEventMessage:
    stream = feed(counter.app.state.site, counter.app.state.pages, after)
    try:
        return await anext(stream)
    finally:
        await stream.aclose()  # type: ignore[attr-defined]


async def test_a_reader_gets_what_came_after_the_row_it_knows(counter: Counter) -> None:
    first = await _next(counter, 0)
    assert isinstance(first.id, int)
    counter.scene.erp.set_on_hand(counter.scene.shop_links[1].erp, 4)
    await counter.house.settle()
    following = await _next(counter, first.id)
    assert "SKU-000002" in str(following.data)
    assert "10 pcs" in str(following.data)
    assert "4 pcs" in str(following.data)
    assert "SKU-000001" not in str(following.data)


async def test_a_quiet_line_is_kept_open_by_a_comment_every_15_seconds(counter: Counter) -> None:
    clock = _Stepping(counter)
    counter.house.engine.context.clock = clock
    last = (await _next(counter, 0)).id
    assert isinstance(last, int)
    stream = feed(counter.app.state.site, counter.app.state.pages, last)
    opening = await anext(stream)
    assert (opening.data, opening.comment) == (None, "still here")
    slept = clock.slept
    following = await anext(stream)
    assert following.comment == "still here"
    assert clock.slept - slept == 15.0
    await stream.aclose()  # type: ignore[attr-defined]


async def test_streams_end_when_the_server_is_about_to_stop(counter: Counter) -> None:
    stream = feed(counter.app.state.site, counter.app.state.pages, 0)
    await anext(stream)
    end_streams(counter.app)
    assert [message async for message in stream] == []


async def test_over_http_the_last_event_id_counts_more_than_the_address(counter: Counter) -> None:
    await counter.log_in()
    last = (await _next(counter, 0)).id
    counter.scene.erp.set_on_hand(counter.scene.shop_links[2].erp, 1)
    await counter.house.settle()

    # The test's client holds up its own event loop until the answer is whole.
    closing = threading.Timer(0.3, end_streams, [counter.app])
    closing.start()
    answer = await counter.client.get("/live/events?after=0", headers={"Last-Event-ID": str(last)})
    closing.join()
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "SKU-000003" in answer.text
    assert "SKU-000001" not in answer.text
    assert "id: " in answer.text
