"""What became of a call: done, certainly not done, or unknown; key and secret are in no error."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web

from panstore.connectors.woocommerce.client import (
    ApiMissingError,
    Call,
    NotLetInError,
    WooClient,
)
from panstore.connectors.woocommerce.config import WooSettings
from panstore.sdk.errors import (
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    RemoteError,
    UnavailableError,
)
from panstore.testing.proxy import FaultProxy, InjectionKind
from tests.connectors.stub import Asked, Stub, stub
from tests.connectors.woocommerce.order_recordings import exchanges
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import SimWoo

KEY, SECRET = "ck_keyofthetest", "cs_secretofthetest"
READ = Call("read stock", "products", {"include": "13,14"})
WRITE = Call("write stock", "products/batch", body=b'{"update":[]}')
ANY = msgspec.json.Decoder(Any)
ROWS = msgspec.json.Decoder(list[Any])
NOW = dt.datetime(2026, 11, 25, 2, 0, tzinfo=dt.UTC)


def open_client(
    url: str, *, now: Callable[[], dt.datetime] = lambda: NOW, **settings: Any
) -> WooClient:
    entered = {"url": url, "consumer_key": KEY, "consumer_secret": SECRET, "timeout_s": 5}
    nonces = itertools.count(1)
    return WooClient(
        "shop",
        WooSettings.model_validate(entered | settings),
        now=now,
        nonce=lambda: f"nonce{next(nonces)}",
    )


@pytest.fixture
async def shop() -> AsyncIterator[Stub]:
    async with stub("/wp-json/wc/v3/") as server:
        server.answers["products"] = []
        server.answers["products/batch"] = []
        yield server


@pytest.fixture
async def client(shop: Stub) -> AsyncIterator[WooClient]:
    opened = open_client(shop.url, auth="basic")
    yield opened
    await opened.close()


async def failure(client: WooClient, call: Call) -> RemoteError:
    with pytest.raises(RemoteError) as caught:
        await client.ask(call, ANY)
    shown = repr(caught.getrepr(chain=True, style="native")) + repr(vars(caught.value))
    assert KEY not in shown
    assert SECRET not in shown
    return caught.value


def answering(status: int, body: Any = "", **headers: str) -> Callable[[Asked], web.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    text = body if isinstance(body, str) else json.dumps(body)
    return lambda _: web.Response(status=status, text=text, headers=named)


def both(shop: Stub, answer: object) -> None:
    shop.answers["products"] = shop.answers["products/batch"] = answer


async def test_over_plain_http_a_call_is_signed_anew_each_time(shop: Stub) -> None:
    client = open_client(shop.url)
    await client.ask(READ, ANY)
    await client.ask(READ, ANY)
    one, two = (dict(pair.split("=") for pair in asked.query.split("&")) for asked in shop.asked)
    assert one["include"] == "13,14"
    assert one["oauth_timestamp"] == str(int(NOW.timestamp()))
    assert one["oauth_nonce"] != two["oauth_nonce"]
    assert one["oauth_signature"] != two["oauth_signature"]
    assert "Authorization" not in shop.asked[0].headers
    assert SECRET not in str(shop.asked)
    await client.close()


async def test_with_basic_the_key_is_in_no_address(shop: Stub, client: WooClient) -> None:
    await client.ask(WRITE, ANY)
    (asked,) = shop.asked
    assert (asked.method, asked.path, asked.query) == ("POST", "products/batch", "")
    assert asked.headers["Authorization"].startswith("Basic ")
    assert asked.headers["Content-Type"] == "application/json"
    assert KEY not in f"{client!r}"


async def test_no_cache_can_answer_a_question_twice(shop: Stub, client: WooClient) -> None:
    """Some page caches keep answers of the API; a stock that is read must be the present one."""
    signing = open_client(shop.url)
    for one in (client, signing):
        shop.asked.clear()
        await one.ask(READ, ANY)
        await one.ask(READ, ANY)
        first, second = (asked.query for asked in shop.asked)
        assert first != second
        assert all(query.startswith("include=13") for query in (first, second))
    await signing.close()


async def test_only_woocommerce_is_shown_the_key(shop: Stub, client: WooClient) -> None:
    shop.answers["/wp-json/panstore/v1/ping"] = {}
    await client.ask(Call("ask companion", "ping", root="panstore/v1"), ANY)
    assert "Authorization" not in shop.asked[0].headers
    assert shop.asked[0].query == ""


async def test_a_real_signature_is_accepted_and_one_for_another_address_is_explained() -> None:
    sim = SimWoo()
    sim.add_key(KEY, SECRET)
    asked = Call("read settings", "settings/general")
    async with running(sim) as url:
        client = open_client(url, now=sim.now)
        assert (await client.answer(asked)).status == 200
        await client.close()
        other = open_client(url, now=sim.now, home="https://shop.example")
        error = await failure(other, asked)
        assert isinstance(error, NotLetInError)
        assert "`home`" in str(error)
        await other.close()


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_off_is_told_with_its_difference(hours: int) -> None:
    sim = SimWoo()
    sim.add_key(KEY, SECRET)
    async with running(sim) as url:
        client = open_client(url, now=lambda: sim.now() + dt.timedelta(hours=hours))
        error = await failure(client, Call("read settings", "settings/general"))
        assert isinstance(error, AuthError)
        assert "clocks" in str(error)
        assert f"{hours:+d}"[0] in str(error)
        assert "3600 s" in str(error) or "3599 s" in str(error) or "3601 s" in str(error)
        await client.close()


AUTH = [
    pytest.param(one, id=f"{at}-{one['request']['method']}")
    for at, one in enumerate(exchanges("44-auth-failures"))
    if one["response"]["status"] == 401
]


@pytest.mark.parametrize("recorded", AUTH)
async def test_every_recorded_no_entry_is_an_auth_error_with_a_remedy(
    shop: Stub, client: WooClient, recorded: dict[str, Any]
) -> None:
    both(shop, answering(401, recorded["response"]["body"]))
    for call in (READ, WRITE):
        error = await failure(client, call)
        assert isinstance(error, NotLetInError)
        assert error.code == recorded["response"]["body"]["code"]
        words = error.what.lower()
        assert "rest api" in words
        if "secret is invalid" in words:
            assert "`consumer_secret`" in words
        elif "write permissions" in words:
            assert "read/write" in words
        else:
            assert "authorization header" in words


async def test_who_is_known_but_may_not_needs_a_role(shop: Stub, client: WooClient) -> None:
    body = {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 403}}
    both(shop, answering(403, body))
    assert "role Shop manager" in str(await failure(client, READ))


async def test_a_call_that_came_twice_is_unknown_for_a_write(shop: Stub) -> None:
    used = exchanges("45-oauth1")[7]["response"]
    both(shop, answering(used["status"], used["body"]))
    client = open_client(shop.url)
    assert type(await failure(client, WRITE)) is OutcomeUnknownError
    assert isinstance(await failure(client, READ), AuthError)
    await client.close()


@pytest.mark.parametrize(
    ("status", "headers", "word"),
    [
        (403, {}, "'Attention Required!'"),
        (401, {"WWW_Authenticate": 'Basic realm="staging"'}, "asks for a password"),
    ],
)
async def test_who_stands_before_the_shop_is_told_apart_from_it(
    shop: Stub, client: WooClient, status: int, headers: dict[str, str], word: str
) -> None:
    page = "<html><head><title>Attention Required!</title></head></html>"
    both(shop, answering(status, page, **headers))
    error = await failure(client, WRITE)
    assert isinstance(error, NotLetInError)
    assert word in str(error)
    assert error.code == ""


async def test_a_firewall_that_dislikes_one_write_is_told_from_one_that_lets_none_through(
    shop: Stub, client: WooClient
) -> None:
    page = "<html><title>Forbidden</title>"

    def guarded(asked: Asked) -> web.Response:
        if "<script" in str(asked.body):
            return web.Response(status=403, text=page)
        return web.json_response([])

    shop.answers["products/batch"] = guarded
    attack = Call("write products", "products/batch", body=b'{"update":[{"name":"<script>"}]}')
    error = await failure(client, attack)
    assert isinstance(error, RejectedError)
    assert error.code == "fended_off"
    assert "'Forbidden'" in str(error)
    assert await client.ask(WRITE, ROWS) == []
    both(shop, answering(403, page))
    assert isinstance(await failure(client, attack), NotLetInError)
    both(shop, answering(500))
    shop.answers["orders/1"] = answering(403, page)
    put = Call("update order", "orders/1", body=b"{}", method="PUT")
    assert isinstance(await failure(client, put), NotLetInError)
    assert isinstance(await failure(client, Call("read order", "orders/1")), NotLetInError)


RECORDED = [
    pytest.param(one, id=f"{name}-{at}")
    for name in ("43-errors", "09-product-validation", "18-duplicate-sku", "20-batch-limit")
    for at, one in enumerate(exchanges(name))
    if one["response"]["status"] >= 400
]


@pytest.mark.parametrize("recorded", RECORDED)
async def test_every_recorded_error_is_understood(
    shop: Stub, client: WooClient, recorded: dict[str, Any]
) -> None:
    status, body = recorded["response"]["status"], recorded["response"]["body"]
    both(shop, answering(status, body))
    for call in (READ, WRITE):
        error = await failure(client, call)
        if body["code"] == "rest_no_route":
            assert type(error) is ApiMissingError
        elif body["code"].endswith("invalid_id"):
            assert type(error) is NotFoundError
        else:
            assert type(error) is RejectedError
            assert error.code == body["code"]
        assert "<" not in error.what
        assert "&quot;" not in error.what


async def test_a_refusal_names_what_is_wrong(shop: Stub, client: WooClient) -> None:
    (taken,) = [
        one["response"]["body"]
        for one in exchanges("18-duplicate-sku")[:1]
        if one["response"]["status"] == 400
    ]
    both(shop, answering(400, taken))
    error = await failure(client, WRITE)
    assert isinstance(error, RejectedError)
    assert (error.code, error.field) == ("product_invalid_sku", str(taken["data"]["resource_id"]))
    body = {
        "code": "rest_invalid_param",
        "message": "Invalid parameter(s): regular_price",
        "data": {
            "status": 400,
            "params": {"regular_price": "regular_price is not of type string."},
            "details": {},
        },
    }
    both(shop, answering(400, body))
    error = await failure(client, WRITE)
    assert isinstance(error, RejectedError)
    assert error.field == "regular_price"
    assert "not of type string" in error.what


async def test_odd_error_data_does_not_hide_the_code(shop: Stub, client: WooClient) -> None:
    odd: list[Any] = [[], "text", None, {"params": []}]
    for data in odd:
        both(shop, answering(400, {"code": "some_plugin", "message": "", "data": data}))
        error = await failure(client, WRITE)
        assert isinstance(error, RejectedError)
        assert (error.code, error.what) == ("some_plugin", "some_plugin")


async def test_a_fatal_error_of_php_leaves_a_write_unknown(shop: Stub, client: WooClient) -> None:
    message = "<p>There has been a critical error on this website.</p><p><a href='#'>More</a></p>"
    both(shop, answering(500, {"code": "internal_server_error", "message": message}))
    error = await failure(client, WRITE)
    assert type(error) is OutcomeUnknownError
    assert "There has been a critical error on this website. More" in str(error)
    assert type(await failure(client, READ)) is UnavailableError


@pytest.mark.parametrize(
    ("status", "headers", "write_error"),
    [
        (500, {}, OutcomeUnknownError),
        (502, {}, OutcomeUnknownError),
        (503, {}, OutcomeUnknownError),
        (503, {"Retry_After": "600"}, UnavailableError),
        (504, {}, OutcomeUnknownError),
        (524, {}, OutcomeUnknownError),
        (303, {"Location": "/elsewhere"}, OutcomeUnknownError),
        (301, {"Location": "https://shop.example/wp-json/?oauth_nonce=1"}, UnavailableError),
        (204, {}, OutcomeUnknownError),
        (413, {}, RejectedError),
    ],
)
async def test_what_a_status_says_of_a_call(
    shop: Stub,
    client: WooClient,
    status: int,
    headers: dict[str, str],
    write_error: type[RemoteError],
) -> None:
    both(shop, answering(status, **headers))
    error = await failure(client, WRITE)
    assert type(error) is write_error
    assert "oauth" not in str(error)
    expected = RejectedError if write_error is RejectedError else UnavailableError
    assert type(await failure(client, READ)) is expected
    assert len(shop.asked) == 2


async def test_what_the_shop_cannot_do_is_a_refusal(shop: Stub, client: WooClient) -> None:
    body = {"code": "woocommerce_rest_trash_not_supported", "message": "No trash.", "data": None}
    both(shop, answering(501, body))
    assert type(await failure(client, WRITE)) is RejectedError


@pytest.mark.parametrize(("said", "seconds"), [("7", 7.0), ("soon", None)])
async def test_how_long_to_wait(
    shop: Stub, client: WooClient, said: str, seconds: float | None
) -> None:
    both(shop, answering(429, "<html>", Retry_After=said))
    for call in (WRITE, READ):
        error = await failure(client, call)
        assert isinstance(error, RateLimitedError)
        assert error.after == seconds


async def test_no_api_at_the_address_is_no_record_that_is_gone(
    shop: Stub, client: WooClient
) -> None:
    both(shop, answering(404, "<title>Page not found &#8211; Shop</title>"))
    error = await failure(client, WRITE)
    assert type(error) is ApiMissingError
    assert "Permalinks" in str(error)
    assert "Page not found \u2013 Shop" in str(error)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<html><title>Just a moment...</title>", "Just a moment..."),
        ("<br />\n<b>Warning</b>: foreach() ... []", "WP_DEBUG_DISPLAY"),
        ("{", "cannot be read"),
    ],
)
async def test_a_page_instead_of_data_is_explained(
    shop: Stub, client: WooClient, body: str, words: str
) -> None:
    both(shop, answering(200, body))
    error = await failure(client, WRITE)
    assert type(error) is OutcomeUnknownError
    assert words in str(error)
    assert type(await failure(client, READ)) is UnavailableError


async def test_a_byte_order_mark_is_overlooked(shop: Stub, client: WooClient) -> None:
    both(shop, answering(200, "\ufeff[1]"))
    assert await client.ask(READ, ROWS) == [1]
    both(shop, answering(400, '\ufeff{"code": "no", "message": "No."}'))
    assert isinstance(await failure(client, WRITE), RejectedError)
    # It is WordPress that refuses, no firewall before it.
    both(shop, answering(200, []))
    shop.answers["orders/1"] = answering(403, '\ufeff{"code": "no", "message": "No."}')
    put = Call("update order", "orders/1", body=b"{}", method="PUT")
    assert isinstance(await failure(client, put), NotLetInError)


async def test_a_list_says_how_many_there_are(shop: Stub, client: WooClient) -> None:
    both(shop, answering(200, [1, 2], X_WP_Total="5", X_WP_TotalPages="3"))
    page = await client.page(READ, ROWS)
    assert (page.rows, page.total, page.pages) == ([1, 2], 5, 3)
    both(shop, answering(200, [1, 2], X_WP_Total="5"))
    with pytest.raises(UnavailableError, match="X-WP-TotalPages"):
        await client.page(READ, ROWS)


@pytest.mark.parametrize("kind", ["dropped", "lost", "cut", "garbage", "black_hole"])
async def test_a_lost_reply_is_unknown_for_a_write_and_unavailable_for_a_read(
    shop: Stub, kind: InjectionKind
) -> None:
    host, port = shop.url.removeprefix("http://").split(":")
    async with FaultProxy(host, int(port)) as proxy:
        client = open_client(proxy.url, timeout_s=1.5)
        for call, expected in ((WRITE, OutcomeUnknownError), (READ, UnavailableError)):
            before = len(proxy.requests)
            proxy.script(kind)
            assert type(await failure(client, call)) is expected
            assert len(proxy.requests) == before + 1
        await client.close()


async def test_a_shop_that_is_down_is_unavailable(shop: Stub) -> None:
    host, port = shop.url.removeprefix("http://").split(":")
    async with FaultProxy(host, int(port)) as proxy:
        client = open_client(proxy.url)
        await proxy.refuse()
        assert type(await failure(client, WRITE)) is UnavailableError
        await proxy.accept()
        await client.ask(WRITE, ANY)
        await client.close()


async def test_a_shop_that_has_enough_is_asked_less_and_then_more_again(
    shop: Stub, client: WooClient
) -> None:
    for answer in (answering(429), answering(500)):
        both(shop, answer)
        await failure(client, READ)
        assert client._paces.here().limit == 1
    both(shop, [])
    for _ in range(20):
        await client.ask(READ, ANY)
    assert client._paces.here().limit == 4


async def test_a_call_without_an_answer_is_too_much_as_well(shop: Stub) -> None:
    host, port = shop.url.removeprefix("http://").split(":")
    async with FaultProxy(host, int(port)) as proxy:
        client = open_client(proxy.url, timeout_s=1.0)
        proxy.script("black_hole")
        await failure(client, READ)
        assert client._paces.here().limit == 1
        await client.close()


async def test_what_the_shop_refuses_says_nothing_of_its_strength(
    shop: Stub, client: WooClient
) -> None:
    both(shop, answering(400, {"code": "no", "message": "No."}))
    await failure(client, READ)
    assert client._paces.here().limit == 2
