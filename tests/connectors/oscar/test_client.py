"""What became of a call: done, certainly not done, or unknown; the token is in no error."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest
from aiohttp import web

from panstore.connectors import exchange
from panstore.connectors.oscar.client import Call, CompanionMissingError, OscarClient
from panstore.connectors.oscar.wire import WireStockReply
from panstore.sdk.errors import (
    AuthError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    RemoteError,
    UnavailableError,
)
from panstore.testing.proxy import FaultProxy, Injection, InjectionKind
from tests.connectors.oscar.recordings import recorded
from tests.connectors.stub import Asked, Stub, stub

TOKEN = "pst_token-of-the-test"
READ = Call("read stock", "stock")
WRITE = Call("write stock", "stock", b'{"watermark":0,"items":[]}')
REPLY = msgspec.json.Decoder(WireStockReply)


def open_client(url: str, timeout_s: float = 5.0, concurrency: int = 4) -> OscarClient:
    return OscarClient("shop", url, TOKEN, timeout_s=timeout_s, concurrency=concurrency)


@pytest.fixture
async def shop() -> AsyncIterator[Stub]:
    async with stub() as server:
        server.answers["stock"] = {"items": []}
        yield server


@pytest.fixture
async def client(shop: Stub) -> AsyncIterator[OscarClient]:
    opened = open_client(shop.url)
    yield opened
    await opened.close()


async def failure(client: OscarClient, call: Call) -> RemoteError:
    with pytest.raises(RemoteError) as caught:
        await client.ask(call, REPLY)
    assert TOKEN not in repr(caught.getrepr(chain=True, style="native"))
    return caught.value


def answering(status: int, body: str = "", **headers: str) -> Callable[[Asked], web.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: web.Response(status=status, text=body, headers=named)


def companion(status: int, name: str) -> Callable[[Asked], web.Response]:
    return lambda _: web.json_response(recorded(name), status=status)


async def test_a_call_carries_the_token_and_is_sent_once(shop: Stub, client: OscarClient) -> None:
    assert (await client.ask(WRITE, REPLY)).items == []
    assert (await client.ask(READ, REPLY)).items == []
    write, read = shop.asked
    assert (write.method, write.path, read.method) == ("POST", "stock", "GET")
    assert write.body == {"watermark": 0, "items": []}
    assert write.headers["Authorization"] == f"Bearer {TOKEN}"
    assert write.headers["Content-Type"] == "application/json"
    assert TOKEN not in repr(client)


async def test_a_refused_connection_is_unavailable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    client = open_client(f"http://127.0.0.1:{port}")
    assert type(await failure(client, WRITE)) is UnavailableError
    await client.close()


async def test_an_unknown_host_is_unavailable() -> None:
    client = open_client("http://shop.invalid")
    assert type(await failure(client, WRITE)) is UnavailableError
    await client.close()


@pytest.mark.parametrize("kind", ["dropped", "lost", "cut", "garbage", "black_hole"])
@pytest.mark.parametrize("kept_alive", [False, True])
async def test_a_lost_reply_is_unknown_for_a_write_and_unavailable_for_a_read(
    shop: Stub, kind: InjectionKind, kept_alive: bool
) -> None:
    host, port = shop.url.removeprefix("http://").split(":")
    async with FaultProxy(host, int(port)) as proxy:
        client = open_client(proxy.url, timeout_s=1.5)
        for call, expected in ((WRITE, OutcomeUnknownError), (READ, UnavailableError)):
            if kept_alive:
                await client.ask(READ, REPLY)
            before = len(proxy.requests)
            proxy.script(kind)
            assert type(await failure(client, call)) is expected
            # No second try of its own, not even for a read on a connection that was kept.
            assert len(proxy.requests) == before + 1
        await client.close()


@pytest.mark.parametrize(
    ("status", "headers", "write_error"),
    [
        (500, {}, OutcomeUnknownError),
        (502, {}, OutcomeUnknownError),
        (504, {}, OutcomeUnknownError),
        (503, {}, OutcomeUnknownError),
        (503, {"Retry_After": "3"}, UnavailableError),
        (303, {"Location": "/elsewhere"}, OutcomeUnknownError),
        (304, {}, OutcomeUnknownError),
        (308, {"Location": "https://shop.example/"}, UnavailableError),
        (204, {}, OutcomeUnknownError),
    ],
)
async def test_what_a_status_says_of_a_call(
    shop: Stub,
    client: OscarClient,
    status: int,
    headers: dict[str, str],
    write_error: type[RemoteError],
) -> None:
    shop.answers["stock"] = answering(status, **headers)
    assert type(await failure(client, WRITE)) is write_error
    assert type(await failure(client, READ)) is UnavailableError
    assert len(shop.asked) == 2


async def test_a_redirect_names_the_address_to_enter(shop: Stub, client: OscarClient) -> None:
    shop.answers["stock"] = answering(301, Location="https://shop.example/panstore/v1/stock")
    error = await failure(client, WRITE)
    assert "https://shop.example/" in str(error)
    assert "`url`" in str(error)


async def test_a_503_in_the_companions_words_was_not_begun(shop: Stub, client: OscarClient) -> None:
    body = '{"error": {"code": "locked", "message": "The database is busy.", "field": null}}'
    shop.answers["stock"] = answering(503, body)
    error = await failure(client, WRITE)
    assert type(error) is UnavailableError
    assert "The database is busy." in str(error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "7"}, 7.0),
        (
            {
                "Retry_After": "Tue, 24 Nov 2026 05:01:30 GMT",
                "Date": "Tue, 24 Nov 2026 05:00:00 GMT",
            },
            90.0,
        ),
        (
            {
                "Retry_After": "Tue, 24 Nov 2026 04:00:00 -0000",
                "Date": "Tue, 24 Nov 2026 05:00:00 GMT",
            },
            0.0,
        ),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "-5"}, None),
        ({}, None),
    ],
)
async def test_how_long_to_wait(
    shop: Stub, client: OscarClient, headers: dict[str, str], seconds: float | None
) -> None:
    shop.answers["stock"] = answering(429, **headers)
    for call in (WRITE, READ):
        error = await failure(client, call)
        assert isinstance(error, RateLimitedError)
        assert error.after == seconds


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_is_not_taken_is_an_auth_error(
    shop: Stub, client: OscarClient, status: int
) -> None:
    shop.answers["stock"] = answering(status, f"no, {TOKEN} is wrong")
    assert isinstance(await failure(client, WRITE), AuthError)
    shop.answers["stock"] = companion(status, "unknown_token")
    assert "not known here" in str(await failure(client, READ))


async def test_the_token_is_struck_from_the_shops_own_words(
    shop: Stub, client: OscarClient
) -> None:
    error = {"code": "x", "message": f"who is {TOKEN}?", "field": None}
    shop.answers["stock"] = lambda _: web.json_response({"error": error}, status=422)
    assert "who is ***?" in str(await failure(client, WRITE))


async def test_a_record_that_is_gone_and_a_companion_that_is_missing(
    shop: Stub, client: OscarClient
) -> None:
    shop.answers["stock"] = companion(404, "unknown_order")
    assert type(await failure(client, READ)) is NotFoundError
    unknown_path = '{"error": {"code": "unknown_path", "message": "Nothing.", "field": null}}'
    for body in ("<h1>Not Found</h1>", unknown_path):
        shop.answers["stock"] = answering(404, body)
        error = await failure(client, WRITE)
        assert isinstance(error, CompanionMissingError)
        assert "django-oscar-panstore" in str(error)


@pytest.mark.parametrize("status", [400, 405, 409, 413, 422])
async def test_a_refusal_has_the_companions_code_and_field(
    shop: Stub, client: OscarClient, status: int
) -> None:
    shop.answers["stock"] = companion(status, "unknown_order")
    error = await failure(client, WRITE)
    assert isinstance(error, RejectedError)
    assert (error.code, error.field) == ("unknown_order", "order")
    assert "does not exist in the shop" in str(error)
    shop.answers["stock"] = answering(status, "<h1>no</h1>")
    error = await failure(client, WRITE)
    assert isinstance(error, RejectedError)
    assert (error.code, error.field) == (f"http_{status}", "")


@pytest.mark.parametrize("body", ["", "{", "[]", '{"items": "none"}', '{"items": [{}]}', "\udcff"])
async def test_an_answer_of_the_wrong_shape_is_garbage(
    shop: Stub, client: OscarClient, body: str
) -> None:
    raw = body.encode(errors="surrogateescape")
    shop.answers["stock"] = lambda _: web.Response(body=raw, content_type="application/json")
    assert type(await failure(client, WRITE)) is OutcomeUnknownError
    assert type(await failure(client, READ)) is UnavailableError


async def test_an_answer_without_end_is_not_read(
    shop: Stub, client: OscarClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_LARGEST_REPLY", 1000)
    shop.answers["stock"] = answering(200, " " * 2000 + '{"items": []}')
    assert type(await failure(client, WRITE)) is OutcomeUnknownError
    assert type(await failure(client, READ)) is UnavailableError


async def test_an_answer_that_is_no_http_is_lost_and_shows_no_token() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        client = open_client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        error = await failure(client, WRITE)
        await client.close()
    assert type(error) is OutcomeUnknownError
    assert error.__cause__ is None
    assert error.__context__ is None


async def test_no_more_calls_at_once_than_allowed(shop: Stub) -> None:
    two_came = asyncio.Event()
    host, port = shop.url.removeprefix("http://").split(":")
    async with FaultProxy(host, int(port)) as proxy:

        def watch(_: object) -> Injection | None:
            if len(proxy.requests) == 1:
                two_came.set()
            return Injection("slow", seconds=0.05)

        proxy.decide(watch)
        client = open_client(proxy.url, concurrency=2)
        calls = [asyncio.create_task(client.ask(READ, REPLY)) for _ in range(5)]
        await two_came.wait()
        assert len(proxy.requests) == 2
        await asyncio.gather(*calls)
        await client.close()
    assert len(proxy.requests) == 5


async def test_a_closed_client_opens_again(shop: Stub, client: OscarClient) -> None:
    await client.close()
    await client.ask(READ, REPLY)
    await client.close()
    await client.close()
    assert (await client.ask(READ, REPLY)).items == []
    assert len(shop.asked) == 2


async def test_each_event_loop_has_a_session_of_its_own(shop: Stub, client: OscarClient) -> None:
    await client.ask(READ, REPLY)

    async def elsewhere() -> int:
        answer = await client.ask(READ, REPLY)
        await client.close()
        return len(answer.items)

    assert await asyncio.to_thread(asyncio.run, elsewhere()) == 0
    assert (await client.ask(READ, REPLY)).items == []
    assert len(shop.asked) == 3
