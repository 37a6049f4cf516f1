"""The HTTP connector before the suite, with a provider that takes SMS as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from panstore.connectors.sms_http.config import HttpSmsSettings
from panstore.connectors.sms_http.connector import HttpSmsConnector
from panstore.model.ids import ConnectionId
from panstore.model.message import Text
from panstore.sdk.errors import (
    AuthError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)
from panstore.testing.suites import SendTextsSuite, SmsTrouble, TakenSms
from tests.connectors.sms_http.kannel import free_port

TEXT = Text("k", "+38640123456", "x", "gsm7", 1)


class HttpHarness:
    """A provider and the connector that calls it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.texts: list[TakenSms] = []
        self.next: SmsTrouble | None = None
        self.answer: web.Response | None = None
        self._here = self.connected(self.port)
        self._away = self.connected(free_port())
        self._hold = asyncio.Event()
        self.app = web.Application()
        self.app.router.add_post("/sms", self._take)

    @property
    def connector(self) -> HttpSmsConnector:
        """The one at whose address nobody listens, once, if that was ordered."""
        if self.next == "breaks_before":
            self.next = None
            return self._away
        return self._here

    def connected(self, port: int) -> HttpSmsConnector:
        settings = HttpSmsSettings.model_validate({
            "url": f"http://127.0.0.1:{port}/sms",
            "json_body": {"to": "{to_digits}", "text": "{text}", "idx": "{hash}"},
            "headers": {"Authorization": "Bearer {password}"},
            "password": "opensesame",
            "taken": '"queued"',
            "refused": '"error"',
            "reference": '"id": "([^"]+)"',
            "timeout_s": 1,
        })
        return HttpSmsConnector(ConnectionId("sms"), settings)

    def disturb_sms(self, what: SmsTrouble) -> None:
        self.next = what

    def taken(self) -> list[TakenSms]:
        return list(self.texts)

    async def _take(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer opensesame"
        given = await request.json()
        what, self.next = self.next, None
        if self.answer is not None:
            return self.answer
        if what == "refused":
            return web.json_response({"error": f"no phone {given['to']}"}, status=400)
        if what == "later":
            return web.json_response({"error": "busy"}, status=503)
        self.texts.append(TakenSms(given["to"], given["text"]))
        if what == "breaks_after":
            assert request.transport is not None
            request.transport.close()
        if what == "silent_after":
            await self._hold.wait()
        return web.json_response({"status": "queued", "id": f"p{len(self.texts)}"})

    async def close(self) -> None:
        self._hold.set()
        await self._here.close()
        await self._away.close()


@pytest.fixture
async def harness() -> AsyncIterator[HttpHarness]:
    one = HttpHarness()
    runner = web.AppRunner(one.app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", one.port).start()
    yield one
    await one.close()
    await runner.cleanup()


class TestHttp(SendTextsSuite):
    pass


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (401, "", AuthError, "user or password"),
        (403, "no", AuthError, "user or password"),
        (429, "", RateLimitedError, "7"),
        (302, "", UnavailableError, "correct `url`"),
        (404, "no such page +386 40 123 456", RejectedError, "no such page …"),
        (500, "oops", OutcomeUnknownError, "failed at it"),
        (200, '{"error": "no credit"}', RejectedError, "no credit"),
        (200, "<html>", OutcomeUnknownError, "fits neither"),
    ],
)
async def test_answers_mean_what_they_say(
    harness: HttpHarness, status: int, body: str, kind: type[Exception], said: str
) -> None:
    harness.answer = web.Response(status=status, text=body, headers={"Retry-After": "7"})
    with pytest.raises(kind, match=said) as caught:
        await harness.connector.send_text(TEXT)
    assert "opensesame" not in repr(caught.value)


async def test_check_sees_whether_somebody_listens(harness: HttpHarness) -> None:
    await harness.connector.start()
    report = await harness.connector.check()
    assert report.facts["receipts"] == "no"
    harness.next = "breaks_before"
    with pytest.raises(UnavailableError):
        await harness.connector.check()
    assert harness.texts == []
    assert "opensesame" not in repr(harness.connector)
