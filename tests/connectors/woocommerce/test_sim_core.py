"""The simulated shop over a socket: who is let in, what a slow shop does, and two at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.connectors.smtp.server import self_signed
from tests.connectors.woocommerce.simulator.auth import signature
from tests.connectors.woocommerce.simulator.seeds import add_simple
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import SimWoo

KEY, SECRET = "ck_core", "cs_core"
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
API = "/wp-json/wc/v3"


@pytest.fixture
def shop() -> SimWoo:
    made = SimWoo(clock=lambda: NOW)
    made.add_key(KEY, SECRET)
    return made


@pytest.fixture
async def caller() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def _get(
    caller: aiohttp.ClientSession,
    url: str,
    basic: tuple[str, str] | None = None,
    query: dict[str, str] | None = None,
) -> tuple[int, Any]:
    auth = aiohttp.encode_basic_auth(*basic) if basic else None
    headers = {"Authorization": auth} if auth else {}
    async with caller.get(url, params=query or {}, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_basic_is_believed_over_https_only(
    shop: SimWoo, caller: aiohttp.ClientSession
) -> None:
    async with running(shop) as plain:
        status, body = await _get(caller, f"{plain}{API}/products", (KEY, SECRET))
    assert (status, body["code"]) == (401, "woocommerce_rest_cannot_view")
    async with running(shop, secure=True) as url:
        assert (await _get(caller, f"{url}{API}/products", (KEY, SECRET)))[0] == 200
        status, body = await _get(caller, f"{url}{API}/products", (KEY, "cs_wrong"))
    assert (status, body["message"]) == (401, "Consumer secret is invalid.")


async def test_basic_is_believed_over_real_tls(
    shop: SimWoo, caller: aiohttp.ClientSession, tmp_path: Path
) -> None:
    certificate, key = self_signed(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=str(certificate))
    headers = {"Authorization": aiohttp.encode_basic_auth(KEY, SECRET)}
    async with running(shop, tls=served) as url:
        address = url.replace("127.0.0.1", "localhost") + f"{API}/products"
        async with caller.get(address, headers=headers, ssl=trusting) as answer:
            assert answer.status == 200


async def test_a_proxy_that_ends_tls_is_believed_where_the_shop_is_told_to(
    shop: SimWoo, caller: aiohttp.ClientSession
) -> None:
    auth = aiohttp.encode_basic_auth(KEY, SECRET)
    headers = {"Authorization": auth, "X-Forwarded-Proto": "https"}
    async with running(shop) as url:
        for trusts, status in ((False, 401), (True, 200)):
            shop.trusts_proxy = trusts
            async with caller.get(f"{url}{API}/products", headers=headers) as answer:
                assert answer.status == status


def _signed(
    url: str, nonce: str, moment: dt.datetime = NOW, secret: str = SECRET
) -> dict[str, str]:
    told = {
        "oauth_consumer_key": KEY,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(moment.timestamp())),
        "search": "\u00e4 b+c&d=e",
    }
    return told | {"oauth_signature": signature("GET", url, told, secret, "HMAC-SHA256")}


async def test_oauth_is_checked_whole_over_plain_http(
    shop: SimWoo, caller: aiohttp.ClientSession
) -> None:
    late = NOW - dt.timedelta(minutes=16)
    async with running(shop) as base:
        url = f"{base}{API}/products"
        assert (await _get(caller, url, query=_signed(url, "n1")))[0] == 200
        for told, message in (
            (_signed(url, "n1"), "Invalid nonce - nonce has already been used."),
            (_signed(url, "n2", late), "Invalid timestamp."),
            (
                _signed(url, "n3", secret="cs_wrong"),
                "Invalid signature - provided signature does not match.",
            ),
            ({"oauth_consumer_key": "ck_unknown"}, "Consumer key is invalid."),
            (
                {"oauth_consumer_key": KEY, "oauth_nonce": "n4", "oauth_timestamp": "1"},
                "Missing OAuth parameters oauth_signature, oauth_signature_method",
            ),
        ):
            status, body = await _get(caller, url, query=told)
            assert (status, body["message"]) == (401, message)


async def test_a_shop_that_knows_itself_by_another_address_refuses_good_signatures(
    shop: SimWoo, caller: aiohttp.ClientSession
) -> None:
    shop.signed_as = "http://shop.example"
    async with running(shop) as base:
        url = f"{base}{API}/products"
        status, body = await _get(caller, url, query=_signed(url, "n1"))
        assert (status, body["code"]) == (401, "woocommerce_rest_authentication_error")
        own = f"http://shop.example{API}/products"
        assert (await _get(caller, url, query=_signed(own, "n2")))[0] == 200


async def test_what_was_asked_of_a_slow_shop_is_done_though_nobody_waits_any_more(
    shop: SimWoo, caller: aiohttp.ClientSession
) -> None:
    number = add_simple(shop, "A-1")
    shop.pace.per_item, shop.pace.after = 0.5, False
    body = {"update": [{"id": number, "stock_quantity": 3}]}
    headers = {"Authorization": aiohttp.encode_basic_auth(KEY, SECRET)}
    async with running(shop, secure=True) as url:
        with pytest.raises(asyncio.TimeoutError):
            await caller.post(
                f"{url}{API}/products/batch",
                json=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=0.1),
            )
        shop.pace.per_item = 0
        for _ in range(200):
            _, stored = await _get(caller, f"{url}{API}/products/{number}", (KEY, SECRET))
            if stored["stock_quantity"] == 3:
                return
            await asyncio.sleep(0.02)
    pytest.fail("the write was never done")


async def test_many_at_once_are_served_one_after_the_other(
    shop: SimWoo, caller: aiohttp.ClientSession
) -> None:
    number = add_simple(shop, "A-1")
    headers = {"Authorization": aiohttp.encode_basic_auth(KEY, SECRET)}
    async with running(shop, secure=True) as url:

        async def less() -> int:
            address = f"{url}{API}/products/{number}"
            async with caller.put(address, json={"inventory_delta": -1}, headers=headers) as answer:
                body = await answer.json()
                return int(body["stock_quantity"])

        left = await asyncio.gather(*(less() for _ in range(20)))
    assert sorted(left) == list(range(80, 100))


async def test_a_page_of_many_links_to_the_next_at_the_address_asked(
    shop: SimWoo, caller: aiohttp.ClientSession
) -> None:
    shop.seed(products=3)
    headers = {"Authorization": aiohttp.encode_basic_auth(KEY, SECRET)}
    async with running(shop, secure=True) as url:
        address = f"{url}{API}/products?per_page=2"
        async with caller.get(address, headers=headers) as answer:
            link = answer.headers["Link"]
            assert answer.headers["X-WP-Total"] == "3"
    assert link.startswith(f"<{url.replace('http:', 'https:')}{API}/products?per_page=2&page=2>")
