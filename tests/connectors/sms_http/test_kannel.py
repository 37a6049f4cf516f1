"""SMS through a real Kannel: letters, parts, receipts late, twice or never, lost answers."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from panstore.connectors.sms_http.config import HttpSmsSettings
from panstore.connectors.sms_http.connector import HttpSmsConnector
from panstore.demo.smsc import Network
from panstore.model.ids import ConnectionId
from panstore.model.message import Receipt, Text
from panstore.sdk.errors import AuthError, OutcomeUnknownError, UnavailableError
from panstore.sdk.gsm7 import encoding_of, parts_of
from panstore.testing.proxy import FaultProxy
from tests.connectors.sms_http.kannel import LACKING, free_port, kannel

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKING), reason=LACKING)]

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
SECRET = "a-secret-of-the-callback"


def text(key: str, words: str) -> Text:
    encoding = encoding_of(words)
    return Text(key, "+38640123456", words, encoding, len(parts_of(words, encoding)))


class Inbox:
    """Takes what Kannel calls, as PanStore's inbox does."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []
        self.connector: HttpSmsConnector | None = None

    async def take(self, request: web.Request) -> web.Response:
        assert self.connector is not None
        delivery = self.connector.receive({":query": request.query_string}, b"", NOW)
        self.receipts.extend(delivery.receipts)
        return web.Response(status=202)

    def of(self, key: str) -> list[str]:
        return [one.state for one in self.receipts if one.reference == key]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - nobody tells when it is so
            await asyncio.sleep(0.02)


async def test_texts_go_through_a_real_kannel(tmp_path: Path) -> None:
    inbox = Inbox()
    app = web.Application()
    app.router.add_get("/hooks/sms", inbox.take)
    runner = web.AppRunner(app)
    await runner.setup()
    hook = free_port()
    await web.TCPSite(runner, "127.0.0.1", hook).start()
    network = Network(free_port())
    await network.start()
    try:
        with kannel(tmp_path, network.port) as url:
            port = int(url.split(":")[2].split("/")[0])
            async with FaultProxy("127.0.0.1", port) as proxy:
                settings = HttpSmsSettings.model_validate({
                    "preset": "kannel",
                    "url": f"{proxy.url}/cgi-bin/sendsms",
                    "user": "panstore",
                    "password": "opensesame",
                    "sender": "PanStore",
                    "callback_url": f"http://127.0.0.1:{hook}/hooks/sms",
                    "callback_secret": SECRET,
                })
                connector = HttpSmsConnector(ConnectionId("sms"), settings)
                inbox.connector = connector
                await _all_of_it(connector, network, inbox, proxy)
                wrong = HttpSmsConnector(
                    ConnectionId("sms"), settings.model_copy(update={"password": SecretStr("no")})
                )
                with pytest.raises(AuthError):
                    await wrong.send_text(text("shop/9/wrong", "nobody"))
                await proxy.refuse()
                with pytest.raises(UnavailableError):
                    await connector.send_text(text("shop/9/away", "nobody"))
                await wrong.close()
                await connector.close()
    finally:
        await network.stop()
        await runner.cleanup()


async def _all_of_it(
    connector: HttpSmsConnector, network: Network, inbox: Inbox, proxy: FaultProxy
) -> None:
    # Letters of both alphabets come out as they went in.
    words = "Vaše naročilo 100042 je na poti. €"
    sent = await connector.send_text(text("shop/1/sms/dispatched", words))
    assert sent.reference == "shop/1/sms/dispatched"
    await until(lambda: "delivered" in inbox.of(sent.reference))
    assert [(one.text, one.to, one.sender) for one in network.messages] == [
        (words, "38640123456", "PanStore")
    ]
    plain = await connector.send_text(text("shop/2/sms/paid", "Hvala [ok] ~ 5 € {x}"))
    await until(lambda: "delivered" in inbox.of(plain.reference))
    assert network.messages[-1].text == "Hvala [ok] ~ 5 € {x}"
    assert network.messages[-1].encoding == "gsm7"

    # A long one in as many parts as were counted.
    long = text("shop/3/sms/long", "Pošiljka čaka na vas. " * 8)
    assert long.parts == 3
    await connector.send_text(long)
    await until(lambda: len(network.messages) == 3)
    assert (network.messages[-1].text, network.messages[-1].parts) == (long.text, 3)

    # Never, late, twice.
    network.script = ["silent"]
    await connector.send_text(text("shop/4/sms/silent", "never"))
    await until(lambda: len(network.messages) == 4)
    network.release.clear()
    network.script = ["twice"]
    await connector.send_text(text("shop/5/sms/late", "late and twice"))
    await until(lambda: len(network.messages) == 5)
    assert "delivered" not in inbox.of("shop/5/sms/late")
    network.release.set()
    await until(lambda: "delivered" in inbox.of("shop/5/sms/late"))
    assert "delivered" not in inbox.of("shop/4/sms/silent")

    # Refused by the network later.
    network.script = ["fail"]
    await connector.send_text(text("shop/6/sms/fail", "no such phone"))
    await until(lambda: "failed" in inbox.of("shop/6/sms/fail"))

    # The answer is lost: out once, and unknown until its receipt says so.
    proxy.script("lost")
    with pytest.raises(OutcomeUnknownError) as caught:
        await connector.send_text(text("shop/7/sms/lost", "did you get it?"))
    assert "38640" not in str(caught.value)
    await until(lambda: "delivered" in inbox.of("shop/7/sms/lost"))
    assert sum(one.text == "did you get it?" for one in network.messages) == 1

    # Dropped before Kannel had it; nobody can tell that from the one above.
    proxy.script("dropped")
    with pytest.raises(OutcomeUnknownError):
        await connector.send_text(text("shop/8/sms/dropped", "never got there"))
    assert not any(one.text == "never got there" for one in network.messages)
