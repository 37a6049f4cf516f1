"""One address for a simulated WooCommerce and the plugin in a real WordPress.

Calls of the plugin go to WordPress, all others to the simulator. WordPress gets a product of the
same number before the plugin is asked about it, so that both speak of the same goods.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from tests.companions.woocommerce.wordpress import WordPress

__all__ = ["front"]

_PLUGIN = "/wp-json/panstore/"
_LARGEST = 64 * 1024 * 1024
_PRODUCTS = """
foreach ( $given['ids'] as $id ) {
    if ( ! get_post( $id ) ) {
        wp_insert_post( array( 'import_id' => $id, 'post_type' => 'product',
            'post_title' => "P$id", 'post_status' => 'publish' ) );
    }
}
return 1;
"""


@asynccontextmanager
async def front(simulator: str, wordpress: WordPress) -> AsyncIterator[int]:
    """Serve both in the present event loop.

    Args:
        simulator: address of the simulated shop, without a slash at the end.

    Yields:
        The port.
    """
    known: set[int] = set()

    async def pass_on(request: web.Request) -> web.Response:
        body = await request.read()
        plugins = request.path.startswith(_PLUGIN)
        if plugins:
            ids = _named(request, body) - known
            if ids:
                await asyncio.to_thread(lambda: wordpress.php(_PRODUCTS, ids=sorted(ids)))
                known.update(ids)
        url = (wordpress.url if plugins else simulator) + request.raw_path
        headers = {name: text for name, text in request.headers.items() if name != "Host"}
        if not plugins:
            headers["Host"] = request.host
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(
                request.method, URL(url, encoded=True), data=body or None, headers=headers
            ) as reply,
        ):
            told = {
                name: text
                for name, text in reply.headers.items()
                if name.lower() not in {"transfer-encoding", "content-length", "connection"}
            }
            return web.Response(status=reply.status, body=await reply.read(), headers=told)

    application = web.Application(client_max_size=_LARGEST)
    application.router.add_route("*", "/{path:.*}", pass_on)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port: int = runner.addresses[0][1]
        yield port
    finally:
        await runner.cleanup()


def _named(request: web.Request, body: bytes) -> set[int]:
    """Products that a call about pictures names."""
    if "/product-image" not in request.path:
        return set()
    query = request.query.get("ids", request.query.get("product", ""))
    said: Any = json.loads(body) if body else {}
    named = [*query.split(","), said.get("product")]
    named += [item.get("product") for item in said.get("items", [])]
    # What a test means not to be there stays away.
    return {int(one) for one in named if str(one).isdigit() and int(one) < 99_000_000}
