"""Calls to the plugin: signed when they are sent, and what became of them said in its own words."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web
from standardwebhooks import Webhook

from panstore.connectors.woocommerce.client import WooClient
from panstore.connectors.woocommerce.companion import (
    Companion,
    CompanionMissingError,
    id_groups,
    signed_content,
)
from panstore.connectors.woocommerce.companion_check import ask_plugin
from panstore.connectors.woocommerce.config import WooSettings
from panstore.sdk.errors import AuthError, OutcomeUnknownError, RejectedError, UnavailableError
from tests.connectors.stub import Asked, Stub, stub

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = dt.datetime(2026, 11, 25, 2, 0, tzinfo=dt.UTC)
ANY = msgspec.json.Decoder(Any)
PING: dict[str, Any] = {
    "companion": "0.1.0",
    "woocommerce": "10.5.0",
    "currency": "EUR",
    "prices_include_tax": False,
    "contract_source": "stored",
    "hook_url": "https://panstore.example/hooks/shop",
    "time": "2026-11-25T02:00:00Z",
}


@pytest.fixture
async def shop() -> AsyncIterator[Stub]:
    async with stub("/wp-json/panstore/v1/") as server:
        yield server


def _companion(
    shop: Stub, now: Callable[[], dt.datetime] = lambda: NOW
) -> tuple[Companion, WooClient]:
    entered = {
        "url": shop.url,
        "consumer_key": "ck_1",
        "consumer_secret": "cs_1",
        "timeout_s": 5,
        "concurrency": 1,
    }
    settings = WooSettings.model_validate(entered)
    numbers = itertools.count(1)
    client = WooClient("shop", settings, now=now, nonce=lambda: "n")
    companion = Companion("shop", client, SECRET, now=now, nonce=lambda: f"n{next(numbers)}")
    return companion, client


def _refusal(code: str, status: int = 401) -> web.Response:
    body = {"code": code, "message": "No.", "data": {"status": status}}
    return web.json_response(body, status=status)


def test_what_is_signed_does_not_depend_on_how_an_address_was_written() -> None:
    query = {"products": "1,2", "agreement": "list/10 & č, 50 %~"}
    content = signed_content("GET", "contract-prices", query, b"")
    assert content == (
        b"GET /panstore/v1/contract-prices?agreement=list%2F10%20%26%20%C4%8D%2C%2050%20%25~"
        b"&products=1%2C2\n"
    )
    assert signed_content("PUT", "contract-buyers", {}, b"{}") == (
        b"PUT /panstore/v1/contract-buyers\n{}"
    )


def test_ids_are_as_many_as_an_address_takes() -> None:
    assert list(id_groups([], 2)) == []
    assert list(id_groups(["1", "2", "3"], 2)) == [["1", "2"], ["3"]]
    long = ["9" * 18] * 500
    groups = list(id_groups(long, 500))
    assert len(groups) > 1
    assert sum(map(len, groups)) == 500
    assert max(len(",".join(group)) for group in groups) <= 3500


async def test_each_call_is_signed_anew_and_without_the_keys(shop: Stub) -> None:
    companion, client = _companion(shop)
    shop.answers["contract-prices"] = {}
    for _ in range(2):
        await companion.ask("write", "contract-prices", ANY, body=b'{"a":1}', method="PUT")
    first, second = shop.asked
    for asked in (first, second):
        content = b'PUT /panstore/v1/contract-prices\n{"a":1}'
        assert asked.body == {"a": 1}
        headers = {name.lower(): text for name, text in asked.headers.items()}
        signed = Webhook(SECRET).sign(headers["webhook-id"], NOW, content.decode())
        assert headers["webhook-signature"] == signed
        assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
        assert "authorization" not in headers
        assert asked.query == ""
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert SECRET not in repr(companion)
    await client.close()


async def test_a_call_that_waits_is_signed_when_its_turn_comes(shop: Stub) -> None:
    clock = [NOW]
    companion, client = _companion(shop, lambda: clock[0])

    def a_slow_shop(_: Asked) -> web.Response:
        clock[0] += dt.timedelta(minutes=4)
        return web.json_response({})

    shop.answers["x"] = a_slow_shop
    await asyncio.gather(*(companion.ask("read", "x", ANY) for _ in range(3)))
    stamps = [int(asked.headers["webhook-timestamp"]) for asked in shop.asked]
    assert stamps == [int(NOW.timestamp()) + 240 * turn for turn in range(3)]
    await client.close()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("secret_missing", "has no usable secret"),
        ("signature_missing", "headers of the signature do not reach"),
        ("signature_wrong", "`companion_secret` is not the one"),
        ("too_old", "clocks"),
    ],
)
async def test_why_the_plugin_does_not_let_us_in_is_said(shop: Stub, code: str, words: str) -> None:
    companion, client = _companion(shop)
    shop.answers |= dict.fromkeys(("ping", "x"), lambda _: _refusal(code))
    with pytest.raises(AuthError, match=words):
        await companion.ask("read", "ping", ANY)
    await client.close()


async def test_a_call_that_came_twice_has_an_unknown_outcome(shop: Stub) -> None:
    companion, client = _companion(shop)
    shop.answers |= dict.fromkeys(("ping", "x"), lambda _: _refusal("replayed"))
    with pytest.raises(OutcomeUnknownError, match="twice"):
        await companion.ask("write", "x", ANY, body=b"{}", method="PUT")
    with pytest.raises(UnavailableError, match="twice"):
        await companion.ask("read", "x", ANY)
    await client.close()


async def test_a_security_plugin_before_it_is_told_as_such(shop: Stub) -> None:
    companion, client = _companion(shop)
    shop.answers |= dict.fromkeys(("ping", "x"), lambda _: _refusal("rest_not_logged_in"))
    with pytest.raises(AuthError) as caught:
        await companion.ask("read", "ping", ANY)
    assert "No." in str(caught.value)
    await client.close()


async def test_a_refusal_has_the_plugins_own_code(shop: Stub) -> None:
    companion, client = _companion(shop)
    shop.answers |= dict.fromkeys(("ping", "x"), lambda _: _refusal("asks_for_prices", 409))
    with pytest.raises(RejectedError) as caught:
        await companion.ask("write", "x", ANY, body=b"{}", method="PUT")
    assert caught.value.code == "asks_for_prices"
    await client.close()


async def test_a_shop_without_the_plugin_says_what_to_install(shop: Stub) -> None:
    companion, client = _companion(shop)
    shop.answers |= dict.fromkeys(("ping", "x"), lambda _: _refusal("rest_no_route", 404))
    with pytest.raises(CompanionMissingError, match="Install it"):
        await companion.ping("start")
    facts = await ask_plugin(companion, "check")
    assert (facts.told, facts.keeps_prices) == (None, False)
    report = facts.report("EUR", includes_tax=False, now=NOW)
    assert "Install it" in report.problems[0]
    await client.close()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({}, None),
        ({"woocommerce": None}, "not active"),
        ({"currency": "USD"}, "different prices"),
        ({"prices_include_tax": True}, "different prices"),
        ({"hook_url": ""}, "Address|address for notices"),
        ({"time": "2026-11-25T01:58:00Z"}, "differ by 120 s"),
        ({"cron": {"wp_cron_disabled": True, "event_overdue_s": 7200}}, "120 minutes late"),
        ({"cron": {"action_overdue_s": 901}}, "15 minutes late"),
        ({"cron": {"action_overdue_s": 900}}, None),
    ],
)
async def test_what_the_plugin_sees_is_judged(
    shop: Stub, other: dict[str, Any], words: str | None
) -> None:
    companion, client = _companion(shop)
    shop.answers["ping"] = PING | other
    facts = await ask_plugin(companion, "check")
    assert facts.keeps_prices
    report = facts.report("EUR", includes_tax=False, now=NOW)
    if words is None:
        assert report.problems == ()
    else:
        (problem,) = report.problems
        assert any(word in problem for word in words.split("|")), problem
    assert report.facts["contract prices"] == "kept in the shop"
    await client.close()


async def test_a_page_cache_is_told(shop: Stub) -> None:
    companion, client = _companion(shop)
    shop.answers["ping"] = PING | {"page_cache": "WP Rocket", "late_prices": True}
    report = (await ask_plugin(companion, "check")).report("EUR", includes_tax=False, now=NOW)
    assert report.facts["page cache"] == "WP Rocket; buyers' own prices come after the page"
    await client.close()
