"""The check says what does not fit and what to do about it; start learns how prices are stated."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from panstore.connectors.woocommerce.checking import Checker
from panstore.connectors.woocommerce.client import WooClient
from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.connector import WooConnector
from panstore.model.ids import ConnectionId
from panstore.sdk.errors import AuthError, UnavailableError
from panstore.sdk.roles import Report
from panstore.testing.proxy import Injection
from tests.connectors.smtp.server import self_signed
from tests.connectors.stub import stub
from tests.connectors.woocommerce.harness import KEY, SECRET, WooHarness, woo_harness
from tests.connectors.woocommerce.simulator.server import running
from tests.connectors.woocommerce.simulator.shop import SimWoo


@pytest.fixture
async def harness() -> AsyncIterator[WooHarness]:
    async with woo_harness() as found:
        yield found


async def checked(harness: WooHarness, secret: str = SECRET, **settings: Any) -> Report:
    connector = harness.connect(secret, **settings)
    try:
        return await connector.check()
    finally:
        await connector.close()


def the_problem(report: Report) -> str:
    (problem,) = report.problems
    return problem


async def test_a_good_shop_is_described(harness: WooHarness) -> None:
    report = await checked(harness)
    assert report.problems == ()
    facts = report.facts
    assert facts["currency"] == "EUR"
    assert facts["prices"] == "without tax"
    assert facts["taxes"] == "standard 19 %, reduced-rate 7 %, zero-rate 0 %"
    assert facts["WooCommerce"].startswith("10.")
    assert facts["time zone"] == "Europe/Berlin"
    assert facts["calls"].startswith("signed (OAuth 1.0a), over plain http")


async def test_start_learns_how_prices_are_stated(harness: WooHarness) -> None:
    known = harness.connector.capabilities
    assert (known.currency, known.prices_include_tax, known.price_digits) == ("EUR", False, 2)
    assert known.tax_classes == {"19": "standard", "7": "reduced-rate", "0": "zero-rate"}
    own = harness.connect(SECRET, tax_classes={"19.0": "standard"})
    await own.start()
    assert own.capabilities.tax_classes == {"19": "standard"}
    await own.close()


async def test_start_reads_the_whole_tax_table(harness: WooHarness) -> None:
    for n in range(105):
        document = {"country": "US", "rate": f"{n / 10}", "class": "reduced-rate"}
        harness.ask("POST", "taxes", document)
    harness.ask("POST", "taxes", {"country": "DE", "rate": "5.5", "class": "zero-rate"})
    await harness.connector.start()
    assert harness.connector.capabilities.tax_classes["5.5"] == "zero-rate"


async def test_a_shop_without_taxes_takes_gross_prices() -> None:
    async with woo_harness(SimWoo(calc_taxes=False)) as harness:
        known = harness.connector.capabilities
        assert (known.prices_include_tax, known.tax_classes) == (True, {})
        report = await checked(harness)
        assert report.problems == ()
        assert "buyers pay" in report.facts["taxes"]


async def test_a_shop_that_shows_no_cents() -> None:
    async with woo_harness(SimWoo(decimals=0)) as other:
        assert "Number of decimals to 2" in the_problem(await checked(other))


async def test_classes_that_are_not_the_shops(harness: WooHarness) -> None:
    report = await checked(harness, tax_classes={"19": "standard", "22": "standard", "5": "none"})
    wrong, unknown = report.problems
    assert "22 %" in wrong
    assert "19 %" in wrong
    assert "unknown" in unknown


async def test_a_tax_table_without_the_shops_own_country() -> None:
    async with woo_harness(SimWoo(country="SI")) as harness:
        assert "no rate for its own country SI" in the_problem(await checked(harness))


async def test_goods_that_may_be_sold_below_zero_are_named(harness: WooHarness) -> None:
    out, full = [await harness.add_variant(sku) for sku in ("OUT", "FULL")]
    harness.add_variations("SHIRT", 1, backorders="notify")
    harness.ask("PUT", f"products/{out}", {"backorders": "yes", "stock_quantity": 0})
    harness.ask("PUT", f"products/{full}", {"backorders": "yes", "stock_quantity": 9})
    problem = the_problem(await checked(harness))
    assert "OUT, FULL, SHIRT-000." in problem
    assert "Do not allow" in problem
    for path in (f"products/{out}", f"products/{full}"):
        harness.ask("PUT", path, {"backorders": "no"})
    assert "SHIRT-000" in the_problem(await checked(harness))


async def test_of_many_goods_sold_below_zero_some_are_named(harness: WooHarness) -> None:
    for n in range(7):
        id_ = await harness.add_variant(f"P-{n}")
        harness.ask("PUT", f"products/{id_}", {"backorders": "yes"})
    assert "P-0, P-1, P-2, P-3, P-4 and more" in the_problem(await checked(harness))


async def test_a_shop_that_counts_nothing_is_told() -> None:
    async with woo_harness(SimWoo(manage_stock=False)) as harness:
        assert "Enable stock management" in the_problem(await checked(harness))


async def test_a_key_that_may_only_read_is_told(harness: WooHarness) -> None:
    harness.shop.add_key(KEY, SECRET, "r")
    assert "Read/Write" in the_problem(await checked(harness))


async def test_a_wrong_secret_is_told_apart_from_an_unknown_key(harness: WooHarness) -> None:
    assert "`consumer_secret`" in the_problem(await checked(harness, "cs_wrong"))
    harness.shop.keys.clear()
    assert "`consumer_key`" in the_problem(await checked(harness))


async def test_a_clock_that_is_off_is_told_before_signatures_are_refused(
    harness: WooHarness,
) -> None:
    late = WooConnector(
        ConnectionId("shop"),
        harness.connector._settings,
        now=lambda: harness.shop.now() - dt.timedelta(minutes=10),
    )
    assert "differ by" in the_problem(await late.check())
    await late.close()


async def test_the_sites_own_words_may_be_kept_back(harness: WooHarness) -> None:
    blocked = Injection("status", status=403)
    harness.proxy.script(blocked, only=lambda request: request.path == "/wp-json/")
    report = await checked(harness)
    assert report.problems == ()
    assert "time zone" not in report.facts


async def test_no_api_is_a_problem_and_a_shop_that_is_down_an_error(harness: WooHarness) -> None:
    problem = the_problem(await checked(harness, url=f"{harness.proxy.url}/blog/"))
    assert "correct `url`" in problem
    harness.shop.active = False
    assert "Switch on the plugin WooCommerce" in the_problem(await checked(harness))
    await harness.proxy.refuse()
    with pytest.raises(UnavailableError):
        await checked(harness)
    await harness.proxy.accept()


async def test_plain_permalinks_are_told() -> None:
    async with woo_harness() as harness:
        harness.shop.permalinks = False
        assert "Permalinks" in the_problem(await checked(harness))


async def test_woocommerce_switched_off_is_told(harness: WooHarness) -> None:
    harness.shop.active = False
    assert "Switch on the plugin WooCommerce" in the_problem(await checked(harness))


async def test_the_address_a_shop_goes_by_is_told_where_signatures_are_for_another(
    harness: WooHarness,
) -> None:
    harness.shop.signed_as = "http://www.shop.example"
    harness.shop.home = "https://www.shop.example"
    problem = the_problem(await checked(harness))
    assert 'Set `home = "http://www.shop.example/"`' in problem
    assert (await checked(harness, home="http://www.shop.example")).problems == ()
    # What no address mends is the secret.
    wrong = the_problem(await checked(harness, "cs_wrong"))
    assert "`consumer_secret`" in wrong
    assert "Set `home" not in wrong


async def test_an_unseen_key_is_told_apart_from_an_unknown_one(harness: WooHarness) -> None:
    """Basic over plain http is what a shop sees where a web server keeps the header to itself."""
    problem = the_problem(await checked(harness, auth="basic"))
    assert "The key is good" in problem
    assert 'auth = "oauth"' in problem
    assert "home" not in problem
    harness.shop.keys.clear()
    assert "does not know the key" in the_problem(await checked(harness, auth="basic"))


async def test_over_https_the_shops_own_words_are_enough() -> None:
    shop = SimWoo()
    shop.add_key(KEY, SECRET)
    async with running(shop, secure=True) as url:
        entered = {"url": url, "consumer_key": KEY, "consumer_secret": "cs_x", "auth": "basic"}
        connector = WooConnector(ConnectionId("shop"), WooSettings.model_validate(entered))
        with pytest.raises(AuthError):
            await connector.start()
        assert "The key is known" in the_problem(await connector.check())
        await connector.close()


async def test_where_tls_ends_before_the_shop_it_says_what_to_set(harness: WooHarness) -> None:
    """Entered as https; what reaches the shop is plain http, and so it sees neither."""
    plain = WooSettings.model_validate(harness.connector._settings.model_dump() | {"auth": "basic"})
    address = str(plain.url)
    entered = WooSettings.model_validate(
        plain.model_dump() | {"url": address.replace("http://", "https://")}
    )

    def before_tls(settings: WooSettings) -> WooClient:
        inside = WooSettings.model_validate(settings.model_dump() | {"url": address})
        return WooClient("shop", inside, now=harness.shop.now, nonce=iter("abcdef").__next__)

    client = before_tls(plain)
    report = await Checker(entered, client, before_tls).report()
    await client.close()
    problem = the_problem(report)
    assert 'auth = "oauth"' in problem
    assert f'home = "{address}"' in problem


@asynccontextmanager
async def answering_shop(harness: WooHarness, **answers: Any) -> AsyncIterator[str]:
    """The address of a shop that answers as the simulated one, but for some paths."""
    paths = ("settings/general", "settings/tax", "settings/products", "taxes", "taxes/classes")
    async with stub("/wp-json/wc/v3/") as server:
        server.answers |= {path: harness.ask("GET", path) for path in paths}
        counted = {"X-WP-Total": "0", "X-WP-TotalPages": "0"}
        server.answers["products"] = lambda _: web.json_response([], headers=counted)
        server.answers |= {"system_status": {}, "variations": [], "products/batch": []}
        server.answers |= {"orders/statuses": [], "/wp-json/": {}}
        server.answers |= answers
        yield server.url


@pytest.mark.parametrize(
    ("version", "told"),
    [("9.9.5", True), ("10.2.9", True), ("10.3.0", False), ("11.0-beta", False), ("", False)],
)
async def test_a_version_that_lacks_what_is_needed_is_told(
    harness: WooHarness, version: str, told: bool
) -> None:
    async with answering_shop(harness, system_status={"environment": {"version": version}}) as url:
        report = await checked(harness, url=url)
    assert bool(report.problems) is told


async def test_statuses_without_a_meaning_are_told(harness: WooHarness) -> None:
    statuses = [
        {"slug": "processing", "name": "Processing"},
        {"slug": "checkout-draft", "name": "Draft"},
        {"slug": "picked-up", "name": "Picked up &amp; paid"},
    ]
    async with answering_shop(harness, **{"orders/statuses": statuses}) as url:
        problem = the_problem(await checked(harness, url=url))
        assert "picked-up (Picked up & paid)" in problem
        assert "processing" not in problem
        known = await checked(harness, url=url, statuses={"picked-up": "shipped"})
    assert known.problems == ()


async def test_over_https_calls_are_made_with_basic_and_certificates_are_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = self_signed(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate, key)
    shop = SimWoo()
    shop.add_key(KEY, SECRET)
    async with running(shop, tls=served) as url:
        address = url.replace("127.0.0.1", "localhost")
        entered = {"url": address, "consumer_key": KEY, "consumer_secret": SECRET}
        settings = WooSettings.model_validate(entered)
        stranger = WooConnector(ConnectionId("shop"), settings)
        with pytest.raises(UnavailableError, match="certificate"):
            await stranger.start()
        await stranger.close()
        # As if the machine knew who signed it.
        trusting = ssl.create_default_context(cafile=str(certificate))
        monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)
        connector = WooConnector(ConnectionId("shop"), settings)
        await connector.start()
        assert connector.capabilities.currency == "EUR"
        assert (await connector.check()).facts["calls"] == "Basic, over https"
        await connector.close()
    assert all("authorization" in one.headers for one in shop.log if "/wc/v3/" in one.path)
    assert not any("oauth_nonce" in one.query for one in shop.log)
