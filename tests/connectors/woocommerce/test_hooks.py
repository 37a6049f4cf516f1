"""Webhooks are registered, switched on again, and told apart from those that never come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from panstore.connectors.woocommerce.client import WooClient
from panstore.connectors.woocommerce.config import WooSettings
from panstore.connectors.woocommerce.hooks import TOPICS, Hooks, reach_problem
from panstore.connectors.woocommerce.punctuality import Punctuality
from panstore.connectors.woocommerce.webhooks import signature
from panstore.testing.proxy import FaultProxy, Injection
from tests.connectors.woocommerce.desk import Clock, Desk

URL = "https://panstore.shop.example/hooks/shop"
SECRET = "our-secret"


def settings(**changes: Any) -> WooSettings:
    entered = {"url": "https://shop.example", "consumer_key": "ck_a", "consumer_secret": "cs_b"}
    ours = {"webhook_url": URL, "webhook_secret": SECRET}
    return WooSettings.model_validate(entered | ours | changes)


@pytest.fixture
def punctuality() -> Punctuality:
    return Punctuality()


@pytest.fixture
def hooks(client: WooClient, punctuality: Punctuality) -> Hooks:
    return Hooks(client, settings(), punctuality)


def registered(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.call("GET", "webhooks", per_page="100", order="desc")
    return [one for one in reversed(found) if one["delivery_url"] == URL]


def signed_with(desk: Desk, secret: str) -> bool:
    """Whether what is due is signed with a secret; all of it is delivered by this."""
    found: list[bool] = []

    def take(_: str, headers: Mapping[str, str], body: bytes) -> int:
        if "x-wc-webhook-signature" in headers:
            found.append(headers["x-wc-webhook-signature"] == signature(secret, body))
        return 200

    desk.shop.courier.hand_over(take)
    assert found
    return all(found)


async def test_what_is_missing_is_registered_once(hooks: Hooks, desk: Desk, clock: Clock) -> None:
    health = await hooks.keep(clock())
    assert (health.missed, health.problems) == (True, ())
    found = registered(desk)
    assert sorted(one["topic"] for one in found) == sorted(TOPICS)
    assert {one["status"] for one in found} == {"active"}
    desk.order()
    assert signed_with(desk, SECRET)
    before = len(desk.shop.log)
    health = await hooks.keep(clock())
    assert (health.missed, health.problems) == (False, ())
    assert len(desk.shop.log) == before + 1, "where nothing is to be done, one question is asked"
    assert registered(desk) == found


async def test_ours_are_known_again_by_their_address_and_given_our_secret(
    client: WooClient, desk: Desk, clock: Clock
) -> None:
    for topic in TOPICS:
        body = {"topic": topic, "delivery_url": URL, "secret": "of another time"}
        desk.call("POST", "webhooks", body)
    desk.call("POST", "webhooks", {"topic": "order.created", "delivery_url": f"{URL}-other"})
    slashed = settings(webhook_url=f"{URL}/")
    health = await Hooks(client, slashed, Punctuality()).keep(clock())
    assert not health.missed
    assert len(registered(desk)) == len(TOPICS)
    desk.call("POST", "products", {"name": "New"})
    assert signed_with(desk, SECRET)


async def test_what_the_shop_switched_off_is_switched_on_and_told(
    hooks: Hooks, desk: Desk, clock: Clock
) -> None:
    await hooks.keep(clock())
    for _ in range(7):
        desk.order()
        desk.shop.courier.hand_over(lambda *_: 500)
    off = [one["topic"] for one in registered(desk) if one["status"] == "disabled"]
    assert "order.created" in off
    health = await hooks.keep(clock())
    assert health.missed
    assert {one["status"] for one in registered(desk)} == {"active"}
    assert not (await hooks.keep(clock())).missed


async def test_what_a_person_paused_stays_so_and_is_told(
    hooks: Hooks, desk: Desk, clock: Clock
) -> None:
    await hooks.keep(clock())
    paused = registered(desk)[0]
    desk.call("PUT", f"webhooks/{paused['id']}", {"status": "paused"})
    health = await hooks.keep(clock())
    (problem,) = health.problems
    assert paused["topic"] in problem
    assert registered(desk)[0]["status"] == "paused"


async def test_doubled_ones_are_taken_away(hooks: Hooks, desk: Desk, clock: Clock) -> None:
    await hooks.keep(clock())
    before = registered(desk)
    desk.call("POST", "webhooks", {"topic": "order.created", "delivery_url": URL})
    await hooks.keep(clock())
    assert registered(desk) == before


async def test_one_that_another_process_took_away_is_no_failure(
    hooks: Hooks, desk: Desk, clock: Clock, proxy: FaultProxy
) -> None:
    await hooks.keep(clock())
    second = desk.call("POST", "webhooks", {"topic": "order.created", "delivery_url": URL})

    def deletes(request: Any) -> bool:
        if request.method == "DELETE":
            desk.call("DELETE", f"webhooks/{second['id']}", force="true")
        return False

    proxy.script(Injection("pass"), only=deletes)
    health = await hooks.keep(clock())
    assert (health.missed, health.problems) == (False, ())


async def test_without_an_address_or_a_secret_nothing_is_asked(
    client: WooClient, desk: Desk, clock: Clock
) -> None:
    before = len(desk.shop.log)
    bare = Hooks(client, settings(webhook_url=None), Punctuality())
    assert (await bare.keep(clock())).problems == ()
    half = Hooks(client, settings(webhook_secret=None), Punctuality())
    (problem,) = (await half.keep(clock())).problems
    assert "no `webhook_secret`" in problem
    assert len(desk.shop.log) == before


async def test_what_the_shop_refuses_is_told(hooks: Hooks, clock: Clock, proxy: FaultProxy) -> None:
    for status, words in ((400, "does not take the webhook"), (401, "may not look after")):
        proxy.script(Injection("status", status=status), only=lambda one: one.method == "POST")
        problems = (await hooks.keep(clock())).problems
        assert any(words in problem for problem in problems)


async def test_many_webhooks_of_others_hide_none_of_ours(
    hooks: Hooks, desk: Desk, clock: Clock
) -> None:
    for number in range(105):
        body = {"topic": "order.created", "delivery_url": f"https://other.example/{number}"}
        desk.call("POST", "webhooks", body)
    await hooks.keep(clock())
    assert not (await hooks.keep(clock())).missed
    assert len(registered(desk)) == len(TOPICS)


async def test_late_messages_are_explained_by_the_cron(
    hooks: Hooks, punctuality: Punctuality, clock: Clock
) -> None:
    await hooks.keep(clock())
    for number in range(3):
        punctuality.hear(number, clock() - dt.timedelta(seconds=200), clock())
    (problem,) = (await hooks.keep(clock())).problems
    assert "mostly after 200 s" in problem
    assert "* * * * * wget -q -O - https://shop.example/wp-cron.php?doing_wp_cron" in problem


async def test_a_shop_whose_cron_sleeps_is_noticed(
    hooks: Hooks, punctuality: Punctuality, clock: Clock
) -> None:
    await hooks.keep(clock())
    clock.tick(10)
    punctuality.find(1, clock(), clock())
    clock.tick(400)
    (problem,) = (await hooks.keep(clock())).problems
    assert "1 change of the shop was found by asking, and no message came" in problem
    assert "wp-cron.php" in problem
    assert f"the shop cannot reach {URL}" in problem


async def test_an_address_that_wordpress_refuses_is_named(
    client: WooClient, punctuality: Punctuality, clock: Clock
) -> None:
    private = settings(webhook_url="http://192.168.1.5:8080/hooks/shop")
    hooks = Hooks(client, private, punctuality)
    await hooks.keep(clock())
    clock.tick(10)
    for number in (1, 2):
        punctuality.find(number, clock(), clock())
    clock.tick(400)
    (problem,) = (await hooks.keep(clock())).problems
    assert "2 changes of it were found" in problem
    assert "192.168.1.5, a private address" in problem
    punctuality.hear(3, clock(), clock())
    (problem,) = (await hooks.keep(clock())).problems
    assert "private" not in problem, "messages do come"
    assert "cannot reach" not in problem


async def test_the_way_of_messages_is_told(client: WooClient) -> None:
    def way(**changes: Any) -> str:
        return Hooks(client, settings(**changes), Punctuality()).way()

    assert way() == f"sent to {URL}"
    assert way(webhook_secret=None).startswith("none: the shop is asked by the clock")
    assert "private address" in way(webhook_url="http://10.0.0.5/hooks/shop")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://panstore.example/hooks/shop", ""),
        ("http://panstore.example:8080/hooks/shop", ""),
        ("https://shop.example/hooks/shop", ""),
        ("https://panstore.example:8443/hooks/shop", "port 8443"),
        ("http://localhost/hooks/shop", "private"),
        ("http://panstore.local/hooks/shop", "private"),
        ("http://[::1]/hooks/shop", "private"),
        ("http://8.8.8.8/hooks/shop", ""),
    ],
)
def test_where_wordpress_sends(url: str, words: str) -> None:
    found = reach_problem(url, "https://shop.example")
    assert (words in found) if words else found == ""
