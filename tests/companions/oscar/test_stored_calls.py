"""The calls by which PanStore has a shop keep buyers' own prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.companions.oscar.conftest import RunningShop
from tests.companions.oscar.contract_world import World, inside
from tests.companions.oscar.stored_prices import LIST, buy_under, keep, put, tier

pytestmark = pytest.mark.real

READ = "/panstore/v1/contract-prices?agreement={}&products={}"


@pytest.fixture
def shop(storing: World) -> RunningShop:
    """Where products are made."""
    return storing.running


@pytest.fixture
def world(storing: World) -> Iterator[World]:
    """A shop that keeps nothing of either buyer before and afterwards."""
    for buyer in (storing.alice, storing.bob):
        buy_under(storing, buyer, None)
    yield storing
    for buyer in (storing.alice, storing.bob):
        buy_under(storing, buyer, None)


def kept(world: World, *products: int, agreement: str = LIST) -> dict[int, Any]:
    ids = ",".join(map(str, products))
    items = world.running.api.get(READ.format(agreement, ids))["items"]
    return {item["product"]: item for item in items}


def code(outcome: dict[str, Any]) -> str | None:
    """Why an item was refused; None if it was not."""
    assert outcome["outcome"] == ("done" if outcome["error"] is None else "refused")
    return None if outcome["error"] is None else outcome["error"]["code"]


def test_tiers_are_absolute_and_read_back_as_written(
    world: World, product: Callable[..., int]
) -> None:
    one, other = product(), product()
    until = "2100-01-01T00:00:00+01:00"
    assert code(keep(world, one, tier("7.00"), tier("6.50", "2.50", until=until))) is None
    assert kept(world, one, other) == {
        one: {
            "product": one,
            "currency": "EUR",
            "includes_tax": False,
            "tiers": [
                tier("7.00"),
                tier("6.50", "2.5", until="2099-12-31T23:00:00.000000Z"),
            ],
        }
    }
    assert kept(world, one, agreement="list-8") == {}
    assert code(keep(world, one, tier(None, state="withheld"))) is None
    assert kept(world, one)[one]["tiers"] == [tier(None, state="withheld")]
    assert code(keep(world, one)) is None
    assert kept(world, one) == {}
    assert code(keep(world, one)) is None


def test_what_cannot_be_charged_is_refused_by_name_and_the_rest_is_done(
    world: World, product: Callable[..., int]
) -> None:
    one, good = product(), product()
    listed = world.running.api.get("/panstore/v1/products?limit=500&structure=all")["products"]
    parent = next(each["parent_id"] for each in listed if each["parent_id"])
    fine = {"currency": "EUR", "includes_tax": False, "tiers": [tier("7.00")]}
    wrong: list[tuple[str, Any]] = [
        ("unknown_product", fine | {"product": 99999999}),
        ("unknown_product", fine | {"product": 10**17}),
        ("no_stockrecord", fine | {"product": parent}),
        ("gross", fine | {"product": one, "includes_tax": True}),
        ("currency", fine | {"product": one, "currency": "USD"}),
        ("not_positive", fine | {"product": one, "tiers": [tier("0.00")]}),
        ("not_positive", fine | {"product": one, "tiers": [tier("-1.00")]}),
        ("not_positive", fine | {"product": one, "tiers": [tier("1.00", "0")]}),
        ("fraction_of_cent", fine | {"product": one, "tiers": [tier("7.005")]}),
        ("too_long", fine | {"product": one, "tiers": [tier("10000000000.00")]}),
        ("not_ascending", fine | {"product": one, "tiers": [tier("7.00", "2"), tier("6.00")]}),
        ("not_ascending", fine | {"product": one, "tiers": [tier("7.00"), tier("6.00", "1.0")]}),
        ("invalid", fine | {"product": one, "tiers": [tier("7.00", state="free")]}),
        ("invalid", fine | {"product": one, "tiers": [tier("7.00", state="usual")]}),
        ("invalid", fine | {"product": one, "tiers": [tier(None)]}),
        ("invalid", fine | {"product": one, "tiers": [tier("1.00", until="2100-01-01T00:00:00")]}),
        ("invalid", fine | {"product": one, "tiers": [tier("1.00", until="tomorrow")]}),
        ("invalid", fine | {"product": one, "tiers": None}),
        ("invalid", "no item"),
    ]
    items = [*(item for _, item in wrong), fine | {"product": good}]
    reply = put(world, "contract-prices", {"agreement": LIST, "items": items})
    assert reply.status == 200, reply
    assert [code(one) for one in reply.body["items"]] == [*(word for word, _ in wrong), None]
    assert kept(world, one, good).keys() == {good}


def test_a_call_that_makes_no_sense_is_refused_whole(
    world: World, product: Callable[..., int]
) -> None:
    one = product()
    item = {"product": one, "currency": "EUR", "tiers": [tier("7.00")]}
    for path, body, status in (
        ("contract-prices", {"items": [item]}, 422),
        ("contract-prices", {"agreement": " ", "items": [item]}, 422),
        ("contract-prices", {"agreement": "a" * 201, "items": [item]}, 422),
        ("contract-prices", {"agreement": LIST}, 422),
        ("contract-prices", [item], 422),
        ("contract-prices", {"agreement": LIST, "items": [item] * 501}, 413),
        ("contract-buyers", {"buyers": [{"account": 1}] * 501}, 413),
        ("contract-buyers", {}, 422),
    ):
        assert put(world, path, body).status == status, (path, body)
    api = world.running.api
    assert api.call("GET", "/panstore/v1/contract-prices?products=1").status == 422
    assert api.call("DELETE", "/panstore/v1/contract-prices").status == 422
    assert api.call("DELETE", "/panstore/v1/contract-buyers").status == 405
    assert kept(world, one) == {}


def test_buyers_are_absolute_and_strangers_are_refused_by_name(world: World) -> None:
    alice, bob = int(world.alice.account), int(world.bob.account)
    items = [
        {"account": 99999999, "agreement": LIST},
        {"account": alice, "agreement": LIST, "title": "Wholesale č"},
        {"account": bob, "agreement": "a" * 201},
        {"account": 10**30, "agreement": LIST},
        "nobody",
    ]
    reply = put(world, "contract-buyers", {"buyers": items})
    assert [code(one) for one in reply.body["buyers"]] == [
        "unknown_account",
        None,
        "too_long",
        "invalid",
        "invalid",
    ]
    path = f"/panstore/v1/contract-buyers?accounts={alice},{bob},99999999"
    assert world.running.api.get(path)["buyers"] == [
        {"account": alice, "agreement": LIST, "title": "Wholesale č"}
    ]
    buy_under(world, world.alice, "list-9")
    assert world.running.api.get(path)["buyers"][0]["agreement"] == "list-9"
    assert "list-9" in world.running.api.get("/panstore/v1/contract-agreements")["agreements"]
    buy_under(world, world.alice, None)
    assert world.running.api.get(path)["buyers"] == []


def test_an_agreement_is_dropped_and_its_buyers_stay(
    world: World, product: Callable[..., int]
) -> None:
    one, api = product(), world.running.api
    name = "list of, many & 50 % č"
    written = "list%20of%2C%20many%20%26%2050%20%25%20%C4%8D"
    keep(world, one, tier("7.00"), agreement=name)
    keep(world, one, tier("6.00"))
    buy_under(world, world.alice, name)
    assert kept(world, one, agreement=written).keys() == {one}
    path = f"/panstore/v1/contract-prices?agreement={written}"
    assert [api.call("DELETE", path).body for _ in range(2)] == [{"deleted": 1}, {"deleted": 0}]
    assert kept(world, one, agreement=written) == {}
    assert kept(world, one).keys() == {one}
    assert world.api_price(one, world.alice) == "10.00"
    assert name in api.get("/panstore/v1/contract-agreements")["agreements"]


def test_what_stands_there_already_is_not_written(
    world: World, product: Callable[..., int]
) -> None:
    one = product()
    account = int(world.alice.account)
    body = f"""
prices = {{
    "agreement": "again",
    "items": [{{
        "product": {one},
        "currency": "EUR",
        "tiers": [{{"least": "1", "state": "agreed", "amount": "7.00", "until": None}}],
    }}],
}}
buyers = {{"buyers": [{{"account": {account}, "agreement": "again", "title": "T"}}]}}
token = "Bearer test-token-of-the-settings"


def put(path, body):
    with CaptureQueriesContext(connection) as made:
        reply = client.put(
            f"/panstore/v1/{{path}}",
            json.dumps(body),
            content_type="application/json",
            HTTP_AUTHORIZATION=token,
        )
    said = [one["sql"] for one in made if not one["sql"].startswith("SELECT")]
    return reply.status_code, any("INSERT" in one for one in said), len(said)


for path, said in (("contract-prices", prices), ("contract-buyers", buyers)):
    found[path] = [put(path, said), put(path, said)]
    with override_settings(PANSTORE_CONTRACT_SOURCE="ask"):
        found[path].append(put(path, said))
with override_settings(PANSTORE_CONTRACT_SOURCE="ask"):
    back = {{"buyers": [{{"account": {account}, "agreement": None, "title": ""}}]}}
    found["taken back"] = put("contract-buyers", back)[0]
    address = "/panstore/v1/contract-buyers?accounts={account}"
    found["left"] = client.get(address, HTTP_AUTHORIZATION=token).json()["buyers"]
client.delete("/panstore/v1/contract-prices?agreement=again", HTTP_AUTHORIZATION=token)
"""
    found = inside(world, one, body)
    for path in ("contract-prices", "contract-buyers"):
        first, second, asking = found[path]
        assert first[:2] == [200, True]
        assert second == [200, False, 0]
        assert asking == [409, False, 0]
    assert (found["taken back"], found["left"]) == (200, []), "what it was told may be taken back"


def test_the_shop_says_that_it_keeps_prices(world: World, asking: World) -> None:
    told = [one.running.api.get("/panstore/v1/ping")["contract_source"] for one in (world, asking)]
    assert told == ["stored", "ask"]


def test_settings_that_make_no_sense_are_found_at_the_start(world: World) -> None:
    body = """
from django.conf import settings
from oscar_panstore import checks
with override_settings(PANSTORE_CONTRACT_SOURCE="maybe"):
    found["wrong"] = [one.id for one in checks.check_settings()]
rest = [one for one in settings.MIDDLEWARE if "ContractPrices" not in one]
with override_settings(MIDDLEWARE=rest):
    found["without"] = [one.id for one in checks.check_settings()]
found["right"] = [one.id for one in checks.check_settings()]
"""
    found = inside(world, 1, body)
    assert found == {
        "wrong": ["oscar_panstore.E001"],
        "without": ["oscar_panstore.W004"],
        "right": [],
    }
