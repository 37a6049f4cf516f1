"""The simulated shop on a loopback port."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import ssl
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from email.utils import format_datetime

from aiohttp import web

from tests.connectors.woocommerce.simulator.router import WooAnswer, WooRequest
from tests.connectors.woocommerce.simulator.shop import SimWoo

__all__ = ["running"]

_LARGEST = 64 * 1024 * 1024


@asynccontextmanager
async def running(
    shop: SimWoo, *, secure: bool = False, tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[str]:
    """Serve `shop` in the present event loop; its work is done in one thread beside it.

    Args:
        shop: The shop.
        secure: Hold plain http for https, so that Basic is believed without a certificate.
        tls: Serve real https with this.
        port: 0: any free one.

    Yields:
        The shop's address without a slash at the end.
    """
    busy = _Busy()
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="simwoo")

    async def answer(request: web.Request) -> web.Response:
        asked = WooRequest(
            method=request.method,
            path=request.path,
            query=dict(request.query.items()),  # the last of equals, as in PHP
            body=await request.read(),
            headers={name.lower(): value for name, value in request.headers.items()},
            secure=secure or request.secure,
            host=request.host,
        )
        pause = shop.pace.per_call + shop.pace.per_item * _items(asked)
        loop = asyncio.get_running_loop()
        if pause and not shop.pace.after:
            await busy.work(pause, shop.pace.cores)
        said = await loop.run_in_executor(pool, shop.handle, asked)
        await shop.courier.send_pings()
        if pause and shop.pace.after:
            await busy.work(pause, shop.pace.cores)
        return _sent(said, shop.now())

    application = web.Application(client_max_size=_LARGEST)
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls)
        await site.start()
        address = runner.addresses[0]
        yield f"{'https' if tls else 'http'}://127.0.0.1:{address[1]}"
    finally:
        await runner.cleanup()
        pool.shutdown()


class _Busy:
    """Shares a few cores among the calls in work."""

    def __init__(self) -> None:
        self._calls = 0

    async def work(self, seconds: float, cores: int) -> None:
        """Pass so much working time, longer while more calls than cores are in work."""
        self._calls += 1
        try:
            await asyncio.sleep(seconds * max(1.0, self._calls / cores))
        finally:
            self._calls -= 1


def _items(request: WooRequest) -> int:
    """How many items a batch holds; 0 for other requests."""
    if not request.path.endswith("/batch"):
        return 0
    try:
        body = json.loads(request.body)
    except ValueError:
        return 0
    return sum(len(part) for part in body.values() if isinstance(part, list))


def _sent(answer: WooAnswer, now: dt.datetime) -> web.Response:
    headers = {name: value for name, value in answer.headers.items() if name != "content-type"}
    if isinstance(answer.body, bytes):
        content = answer.body
    elif answer.headers.get("content-type", "").startswith("application/json"):
        content = b"" if answer.body == "" else json.dumps(answer.body).encode()
    else:
        content = str(answer.body).encode()
    headers["Content-Type"] = answer.headers.get("content-type", "text/html; charset=UTF-8")
    headers["Cache-Control"] = "no-store"
    # By the shop's own clock, as the web server on the same machine does it.
    headers["Date"] = format_datetime(now, usegmt=True)
    return web.Response(status=answer.status, body=content, headers=headers)
