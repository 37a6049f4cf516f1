"""The fault proxy breaks exactly the requests it is told to break."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from panstore.testing.proxy import FaultProxy, Injection


class Remote:
    """A server that counts what reaches it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def take(self, request: web.Request) -> web.Response:
        self.seen.append(await request.text())
        return web.json_response({"number": len(self.seen), "padding": "x" * 500})


@pytest.fixture
async def remote() -> AsyncIterator[tuple[Remote, FaultProxy]]:
    remote = Remote()
    app = web.Application()
    app.router.add_route("*", "/things", remote.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with FaultProxy(host, port) as proxy:
            yield remote, proxy
    finally:
        await runner.cleanup()


async def post(session: aiohttp.ClientSession, proxy: FaultProxy, text: str) -> int:
    async with session.post(f"{proxy.url}/things", data=text) as reply:
        reply.raise_for_status()
        content = await reply.json()
        number = content["number"]
        assert isinstance(number, int)
        return number


async def test_requests_pass_in_any_framing_on_one_connection(
    remote: tuple[Remote, FaultProxy],
) -> None:
    system, proxy = remote
    async with aiohttp.ClientSession() as session:
        assert await post(session, proxy, "one") == 1

        async def chunks() -> AsyncIterator[bytes]:
            for part in (b"tw", b"o"):
                yield part

        async with session.post(f"{proxy.url}/things", data=chunks()) as reply:
            assert (await reply.json())["number"] == 2
        async with session.head(f"{proxy.url}/things") as reply:
            assert reply.status == 200
        assert await post(session, proxy, "four") == 4
    assert system.seen == ["one", "two", "", "four"]
    assert proxy.counts == {"pass": 4}


@pytest.mark.parametrize(
    ("kind", "reached"), [("dropped", []), ("lost", ["a"]), ("cut", ["a"]), ("garbage", ["a"])]
)
async def test_a_broken_reply_is_an_error_and_the_next_request_passes(
    remote: tuple[Remote, FaultProxy], kind: str, reached: list[str]
) -> None:
    system, proxy = remote
    proxy.script(Injection(kind))  # type: ignore[arg-type]
    async with aiohttp.ClientSession() as session:
        with pytest.raises((aiohttp.ClientError, ValueError)):
            await post(session, proxy, "a")
        assert system.seen == reached
        assert await post(session, proxy, "b") == len(reached) + 1


async def test_made_up_answers_do_not_reach_the_system(
    remote: tuple[Remote, FaultProxy],
) -> None:
    system, proxy = remote
    proxy.script(Injection("status", status=429, retry_after=7), Injection("status", status=502))
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{proxy.url}/things", data="a") as reply:
            assert (reply.status, reply.headers["Retry-After"]) == (429, "7")
        async with session.post(f"{proxy.url}/things", data="b") as reply:
            assert reply.status == 502
    assert system.seen == []


async def test_a_black_hole_ends_in_the_callers_time_out(
    remote: tuple[Remote, FaultProxy],
) -> None:
    system, proxy = remote
    proxy.script("black_hole")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as session:
        with pytest.raises(TimeoutError):
            await post(session, proxy, "a")
    assert system.seen == ["a"]


async def test_a_refusing_proxy_comes_back_on_the_same_port(
    remote: tuple[Remote, FaultProxy],
) -> None:
    _, proxy = remote
    async with aiohttp.ClientSession() as session:
        assert await post(session, proxy, "a") == 1
        await proxy.refuse()
        with pytest.raises(aiohttp.ClientConnectionError):
            await post(session, proxy, "b")
        await proxy.accept()
        assert await post(session, proxy, "c") == 2


async def test_a_rule_chooses_by_request(remote: tuple[Remote, FaultProxy]) -> None:
    system, proxy = remote
    proxy.decide(lambda request: Injection("dropped") if b"bad" in request.raw else None)
    async with aiohttp.ClientSession() as session:
        outcomes = await asyncio.gather(
            *(post(session, proxy, text) for text in ("good", "bad", "fine")),
            return_exceptions=True,
        )
    assert [isinstance(one, Exception) for one in outcomes] == [False, True, False]
    assert sorted(system.seen) == ["fine", "good"]


async def test_a_script_can_be_meant_for_some_requests_only(
    remote: tuple[Remote, FaultProxy],
) -> None:
    system, proxy = remote
    proxy.script("dropped", only=lambda request: request.raw.endswith(b"write"))
    async with aiohttp.ClientSession() as session:
        assert await post(session, proxy, "ask") == 1
        with pytest.raises(aiohttp.ClientError):
            await post(session, proxy, "write")
        assert await post(session, proxy, "write") == 2
    assert system.seen == ["ask", "write"]
