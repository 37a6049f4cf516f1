"""What the page about WooCommerce says that `panstore check` prints is what it prints."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from panstore.cli.check import check
from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.connector import WooConnector
from panstore.model.ids import ConnectionId
from panstore.sdk.roles import Report
from tests.connectors.smtp.server import self_signed
from tests.connectors.woocommerce.simulator.router import WooRequest
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.docs.blocks import ROOT, blocks

_PAGE = ROOT / "docs" / "howto" / "connect-woocommerce.md"
_KEY, _SECRET = "ck_shown", "cs_shown"
_CLOCK = re.compile(r"clock difference: -?\d+\.\d s")


class _Desk:
    """Has the reports already."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def ask(self, _: object) -> dict[str, Report]:
        return {"shop": self._report}


def _shown() -> list[str]:
    texts = [one.text for one in blocks("text") if one.file == _PAGE]
    return [text for text in texts if text.startswith("shop: ")]


def _ask(shop: SimWoo, method: str, path: str, body: bytes) -> None:
    query = {"consumer_key": _KEY, "consumer_secret": _SECRET}
    headers = {"content-type": "application/json"}
    asked = WooRequest(method, f"/wp-json/wc/v3/{path}", query, body, headers, secure=True)
    answer = shop.handle(asked)
    assert answer.status in {200, 201}, answer


@pytest.mark.parametrize("well", [True, False])
async def test_the_check_says_what_is_shown(
    well: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shop = SimWoo()
    shop.add_key(_KEY, _SECRET)
    for name, rate in (("standard", "19.0000"), ("reduced-rate", "7.0000")):
        tax = f'{{"country": "DE", "rate": "{rate}", "class": "{name}"}}'
        _ask(shop, "POST", "taxes", tax.encode())
    if not well:
        stock = b'{"value": "no"}'
        _ask(shop, "PUT", "settings/products/woocommerce_manage_stock", stock)
        shop.add_key(_KEY, _SECRET, "r")
    certificate, key = self_signed(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)
    async with running(shop, tls=served) as url:
        entered: dict[str, Any] = {
            "url": url.replace("127.0.0.1", "localhost"),
            "consumer_key": _KEY,
            "consumer_secret": _SECRET,
            "webhook_url": "https://panstore.example/hooks/shop",
            "webhook_secret": "shown",
        }
        connector = WooConnector(ConnectionId("shop"), WooSettings.model_validate(entered))
        report = await connector.check()
        await connector.close()
    shop.close()
    check(desk=cast("Any", _Desk(report)))
    printed = _CLOCK.sub("clock difference: 0.0 s", capsys.readouterr().out.strip())
    if not well:
        # The page leaves out the facts, which are those of the good shop.
        printed = "\n".join(one for one in printed.splitlines() if one.startswith(("shop:", "  !")))
    assert printed == _shown()[0 if well else 1]
