"""The connector's roles against recorded answers: what is asked, how often, what is made of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from aiohttp import web
from standardwebhooks import Webhook

from panstore.connectors.oscar.config import OscarSettings
from panstore.connectors.oscar.connector import OscarConnector
from panstore.model.change import Signal
from panstore.model.ids import ConnectionId, ExternalId, ItemId, order_key
from panstore.model.plan import Operation, Value
from panstore.model.price import PriceTarget
from panstore.model.shipment import Shipment, ShippedGoods
from panstore.model.stock import StockTarget
from panstore.sdk.errors import (
    ForgedError,
    MappingError,
    NotFoundError,
    RejectedError,
    UnavailableError,
    WentBackError,
)
from panstore.sdk.order_roles import OrderUpdate, UpdateOrders
from panstore.sdk.roles import (
    Connector,
    ReadCatalogue,
    ReadOrders,
    ReceiveWebhooks,
    WritePrices,
    WriteStock,
)
from tests.connectors.oscar.recordings import guest_order, recorded
from tests.connectors.stub import Asked, Stub, stub

SHOP_TIME = dt.datetime(2026, 11, 24, 5, 0, 48, tzinfo=dt.UTC)


@pytest.fixture
async def shop() -> AsyncIterator[Stub]:
    async with stub() as server:
        server.answers |= {
            "ping": recorded("ping"),
            "products": recorded("products"),
            "orders": recorded("orders"),
        }
        yield server


def open_connector(shop: Stub, *, now: dt.datetime = SHOP_TIME, **settings: Any) -> OscarConnector:
    given = {"url": shop.url, "api_token": "pst_token"} | settings
    checked = OscarSettings.model_validate(given)
    return OscarConnector(ConnectionId("shop"), checked, now=lambda: now)


@pytest.fixture
async def connector(shop: Stub) -> AsyncIterator[OscarConnector]:
    opened = open_connector(shop)
    await opened.start()
    shop.asked.clear()
    yield opened
    await opened.close()


def operations(count: int, after: Value) -> list[Operation]:
    return [
        Operation(ItemId(f"i{n}"), ExternalId(str(n)), None, after, "test")
        for n in range(1, count + 1)
    ]


def all_done(asked: Asked) -> web.Response:
    items = [{"product": one["product"], "outcome": "done"} for one in asked.body["items"]]
    return web.json_response({"items": items})


def test_it_plays_the_roles_of_a_shop() -> None:
    settings = OscarSettings.model_validate({"url": "http://x", "api_token": "t"})
    opened = OscarConnector(ConnectionId("shop"), settings)
    assert opened.id == "shop"
    roles = (Connector, ReadCatalogue, WriteStock, WritePrices, ReadOrders, ReceiveWebhooks)
    for role in (*roles, UpdateOrders):
        assert isinstance(opened, role)


async def test_it_learns_currency_and_tax_classes(connector: OscarConnector) -> None:
    traits = connector.capabilities
    assert traits.currency == "EUR"
    assert traits.tax_classes == {"22": "22", "9.5": "9.5", "0": "0"}
    assert traits.guarded_stock
    assert not traits.prices_include_tax


async def test_the_settings_tax_classes_come_first(shop: Stub) -> None:
    opened = open_connector(shop, tax_classes={"22": "22"})
    await opened.start()
    await opened.close()
    assert opened.capabilities.tax_classes == {"22": "22"}


async def test_check_tells_versions_and_no_problems(connector: OscarConnector) -> None:
    report = await connector.check()
    assert report.problems == ()
    assert report.facts["companion"] == "0.1.0"
    assert report.facts["django-oscar"] == "4.2.1"
    assert report.facts["currency"] == "EUR"
    assert report.facts["order watermark"] == "0"


async def test_check_names_what_does_not_fit_and_the_remedy(shop: Stub) -> None:
    ping = recorded("ping") | {"prices_include_tax": True}
    ping["order_statuses"]["On hold"] = []
    shop.answers["ping"] = ping
    late = SHOP_TIME + dt.timedelta(seconds=100)
    classes = {"22": "22", "9.5": "22", "5": "books"}
    opened = open_connector(shop, now=late, tax_classes=classes)
    gross, clock, wrong, unknown, status = (await opened.check()).problems
    await opened.close()
    assert "net ones" in gross
    assert "100 s" in clock
    assert "9.5 % is the shop's class '22', but there it is 22 %" in wrong
    assert "'books', but there it is unknown" in unknown
    assert "On hold" in status


async def test_check_names_a_token_that_may_only_read_and_a_guard_that_is_off(shop: Stub) -> None:
    token = {"name": "reader", "read_only": True}
    shop.answers["ping"] = recorded("ping") | {"token": token, "checkout_guard": False}
    opened = open_connector(shop)
    report = await opened.check()
    await opened.close()
    (read_only,) = report.problems
    assert "may only read" in read_only
    assert report.facts["checkout guard"].startswith("off")


async def test_an_older_companion_says_less(shop: Stub) -> None:
    ping = recorded("ping")
    for name in ("token", "checkout_guard", "tax_rates", "order_statuses", "prices_include_tax"):
        del ping[name]
    shop.answers["ping"] = ping
    opened = open_connector(shop)
    await opened.start()
    report = await opened.check()
    await opened.close()
    assert report.problems == ()
    assert "checkout guard" not in report.facts
    assert opened.capabilities.tax_classes == {}


async def test_the_clock_that_is_compared_is_the_machines(shop: Stub) -> None:
    stale = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    shop.answers["ping"] = recorded("ping") | {"time": stale.isoformat()}
    settings = OscarSettings.model_validate({"url": shop.url, "api_token": "t"})
    opened = OscarConnector(ConnectionId("shop"), settings)
    (problem,) = (await opened.check()).problems
    await opened.close()
    assert "clocks" in problem


async def test_check_names_a_wrong_token_and_a_missing_companion(shop: Stub) -> None:
    opened = open_connector(shop)
    shop.answers["ping"] = lambda _: web.json_response(recorded("unknown_token"), status=401)
    (token,) = (await opened.check()).problems
    shop.answers["ping"] = lambda _: web.Response(status=404, text="<h1>Not Found</h1>")
    (missing,) = (await opened.check()).problems
    await opened.close()
    assert "panstore_token" in token
    assert "django-oscar-panstore" in missing


async def test_the_catalogue_is_paged(shop: Stub, connector: OscarConnector) -> None:
    page = await connector.catalogue(None, 4)
    assert [one.sku for one in page.variants][-1] == "SM-102-900"
    assert page.variants[-1].tax_rates == (Decimal(22),)
    assert page.after == "120"
    shop.answers["products"] = {"products": [], "next": None}
    assert (await connector.catalogue("120", 1000)).after is None
    assert [one.query for one in shop.asked] == ["limit=4", "limit=500&after=120"]


async def test_ids_are_asked_together_and_nonsense_not_at_all(
    shop: Stub, connector: OscarConnector
) -> None:
    ids = [ExternalId(one) for one in ("120", "X-1", "0", "120", "116")]
    assert len(await connector.variants(ids)) == 4
    assert await connector.variants([ExternalId("X-1")]) == []
    assert [one.query for one in shop.asked] == ["ids=120,116"]


async def test_long_lists_of_ids_fit_the_address_line(
    shop: Stub, connector: OscarConnector
) -> None:
    shop.answers["products"] = {"products": [], "next": None}
    ids = [ExternalId(str(10_000_000 + n)) for n in range(1000)]
    await connector.shop_stock(ids)
    asked = [one.query.removeprefix("ids=").split(",") for one in shop.asked]
    assert [id_ for some in asked for id_ in some] == ids
    assert max(len(one.query) for one in shop.asked) < 3600
    assert len(asked) == 3
    shop.asked.clear()
    await connector.shop_stock([ExternalId(str(n)) for n in range(100, 601)])
    assert [len(one.query.split(",")) for one in shop.asked] == [500, 1]


async def test_stock_and_prices_are_read(connector: OscarConnector) -> None:
    ids = [ExternalId("116"), ExternalId("120")]
    stock = {one.variant: one.free for one in await connector.shop_stock(ids)}
    assert [stock[id_] for id_ in ids] == [Decimal(0), Decimal(49)]
    prices = await connector.shop_prices(ids)
    assert prices[ids[0]] is None
    assert prices[ids[1]] == PriceTarget(
        Decimal("12.34"), "EUR", includes_tax=False, tax_class="22"
    )


@pytest.mark.parametrize("count", [1, 100, 500])
async def test_a_batch_of_changes_costs_one_request(
    shop: Stub, connector: OscarConnector, count: int
) -> None:
    shop.answers |= {"stock": all_done, "prices": all_done}
    outcomes = await connector.write_stock(operations(count, StockTarget(Decimal(3))), "17")
    assert [one.state for one in outcomes] == ["done"] * count
    price = PriceTarget(Decimal("1.50"), "EUR", includes_tax=False)
    assert len(await connector.write_prices(operations(count, price))) == count
    assert [one.path for one in shop.asked] == ["stock", "prices"]
    assert shop.asked[0].body["watermark"] == 17
    assert shop.asked[0].body["items"][0] == {"product": 1, "free": "3"}
    assert shop.asked[1].body["items"][0] == {"product": 1, "price": "1.5", "currency": "EUR"}


async def test_without_a_watermark_the_present_one_is_taken(
    shop: Stub, connector: OscarConnector
) -> None:
    shop.answers |= {"ping": recorded("ping") | {"watermark": 41}, "stock": all_done}
    await connector.write_stock(operations(1, StockTarget(Decimal(3))), None)
    assert [one.path for one in shop.asked] == ["ping", "stock"]
    assert shop.asked[1].body["watermark"] == 41


async def test_an_item_the_answer_does_not_mention_is_unknown(
    shop: Stub, connector: OscarConnector
) -> None:
    answer = {"items": [{"product": 2, "outcome": "done"}, {"product": None, "outcome": "done"}]}
    shop.answers |= {"stock": answer, "prices": answer}
    price = PriceTarget(Decimal(1), "EUR", includes_tax=False)
    for outcomes in (
        await connector.write_stock(operations(2, StockTarget(Decimal(3))), "0"),
        await connector.write_prices(operations(2, price)),
    ):
        assert {one.target: one.state for one in outcomes} == {"1": "unknown", "2": "done"}


async def test_what_cannot_be_said_is_refused_without_a_call(
    shop: Stub, connector: OscarConnector
) -> None:
    wrong = Operation(ItemId("i"), ExternalId("X-1"), None, StockTarget(Decimal(1)), "test")
    (outcome,) = await connector.write_stock([wrong], None)
    assert (outcome.state, outcome.code) == ("refused", "unknown_product")
    (outcome,) = await connector.write_prices([wrong])
    assert outcome.state == "refused"
    assert shop.asked == []
    shop.answers["stock"] = all_done
    outcomes = await connector.write_stock([wrong, *operations(1, StockTarget(Decimal(1)))], "0")
    assert {one.target: one.state for one in outcomes} == {"X-1": "refused", "1": "done"}


async def test_a_batch_refused_whole_is_an_error(shop: Stub, connector: OscarConnector) -> None:
    shop.answers["stock"] = lambda _: web.json_response(recorded("unknown_order"), status=422)
    with pytest.raises(RejectedError) as caught:
        await connector.write_stock(operations(1, StockTarget(Decimal(1))), "99999")
    assert caught.value.code == "unknown_order"


async def test_a_shop_restored_from_an_older_copy_says_so_for_itself(
    shop: Stub, connector: OscarConnector
) -> None:
    ahead = web.json_response
    for path in ("stock", "orders"):
        shop.answers[path] = lambda _: ahead(recorded("watermark_ahead"), status=422)
    with pytest.raises(WentBackError, match="it ends at 4") as writing:
        await connector.write_stock(operations(1, StockTarget(Decimal(1))), "99999")
    with pytest.raises(WentBackError) as reading:
        await connector.orders_since("99999", 100)
    for caught in (writing, reading):
        assert "panstore sync --restored shop" in str(caught.value)


async def test_orders_are_read_on_from_a_cursor(shop: Stub, connector: OscarConnector) -> None:
    page = await connector.orders_since(None, 100)
    assert [order.number for order in page.orders] == ["100001", "100003"]
    assert (page.cursor, page.more, page.broken) == ("6", False, ())
    await connector.orders_since("6", 50)
    assert [one.query for one in shop.asked] == ["after=0&limit=100", "after=6&limit=50"]


async def test_a_broken_and_a_deleted_order_hide_no_other(
    shop: Stub, connector: OscarConnector
) -> None:
    page = recorded("orders") | {"gone": [9]}
    page["orders"][0]["total_incl_tax"] = None
    shop.answers["orders"] = page
    found = await connector.orders_since(None, 100)
    assert [order.number for order in found.orders] == ["100003"]
    deleted, broken = found.broken
    assert (deleted.id, deleted.holds) == ("9", ())
    assert broken.id == "1"
    assert "order 100001: total_incl_tax" in broken.what
    assert dict(broken.holds) == {"2": Decimal(3), "120": Decimal(1)}


async def test_an_order_without_an_id_makes_the_page_unreadable(
    shop: Stub, connector: OscarConnector
) -> None:
    shop.answers["orders"] = recorded("orders") | {"orders": [{}]}
    with pytest.raises(UnavailableError, match="without an id"):
        await connector.orders_since(None, 100)


async def test_orders_are_read_by_id(shop: Stub, connector: OscarConnector) -> None:
    shop.answers["orders/1"] = guest_order()
    shop.answers["orders/2"] = lambda _: web.json_response(recorded("unknown_order"), status=404)
    ids = [ExternalId(one) for one in ("1", "2", "X/../1")]
    assert [order.id for order in await connector.orders(ids)] == ["1"]
    assert sorted(one.path for one in shop.asked) == ["orders/1", "orders/2"]
    shop.answers["orders/1"] = guest_order(status="On hold")
    with pytest.raises(MappingError, match="On hold"):
        await connector.orders([ExternalId("1")])


async def test_more_statuses_can_be_given_a_meaning(shop: Stub) -> None:
    shop.answers["orders/1"] = guest_order(status="On hold")
    opened = open_connector(shop, statuses={"On hold": "open"})
    (order,) = await opened.orders([ExternalId("1")])
    await opened.close()
    assert (order.status, order.stage) == ("On hold", "open")


def test_rewinding_goes_back_two_hundred_entries_and_not_below_the_start() -> None:
    settings = OscarSettings.model_validate({"url": "http://x", "api_token": "t"})
    opened = OscarConnector(ConnectionId("shop"), settings)
    assert opened.rewind("1000") == "800"
    assert opened.rewind("150") == "0"


def test_a_signed_message_is_received() -> None:
    secret = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="
    body = b'{"type": "stock.changed", "ids": [5]}'
    stamp = str(int(SHOP_TIME.timestamp()))
    signed = {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": Webhook(secret).sign("msg_1", SHOP_TIME, body.decode()),
    }
    settings = {"url": "http://x", "api_token": "t", "webhook_secret": secret}
    opened = OscarConnector(ConnectionId("shop"), OscarSettings.model_validate(settings))
    delivery = opened.receive(signed, body, SHOP_TIME)
    assert delivery.signals == (Signal("stock", ExternalId("5")),)


def test_without_a_secret_every_message_is_refused() -> None:
    settings = OscarSettings.model_validate({"url": "http://x", "api_token": "t"})
    opened = OscarConnector(ConnectionId("shop"), settings)
    with pytest.raises(ForgedError, match="webhook_secret"):
        opened.receive({}, b"{}", SHOP_TIME)


def update(**changes: Any) -> OrderUpdate:
    goods = (ShippedGoods(ExternalId("120"), Decimal(2)),)
    parcel = Shipment(ExternalId("7"), "S-7", "shipped", goods, carrier="Pošta", tracking="RR1 RR2")
    whole = OrderUpdate(
        order_key(ConnectionId("shop"), ExternalId("1"), "tell"),
        ExternalId("1"),
        "Shipped",
        (parcel,),
        ("2026-17",),
        "On its way.",
    )
    return msgspec.structs.replace(whole, **changes)


async def test_an_update_is_one_call(shop: Stub, connector: OscarConnector) -> None:
    shop.answers["orders/1/updates"] = recorded("order_updated")
    assert await connector.update_order(update()) == "Shipped"
    (asked,) = shop.asked
    assert asked.body == {
        "key": "shop/1/tell/1",
        "status": "Shipped",
        "note": "On its way.",
        "shipments": [
            {
                "number": "S-7",
                "carrier": "Pošta",
                "tracking": "RR1 RR2",
                "items": [{"product": 120, "quantity": "2"}],
            }
        ],
        "invoices": ["2026-17"],
    }
    await connector.update_order(update(status=None))
    assert "status" not in shop.asked[1].body
    assert connector.capabilities.keyed_updates


async def test_a_status_the_shop_does_not_allow_is_refused_by_name(
    shop: Stub, connector: OscarConnector
) -> None:
    impossible = recorded("impossible_transition")
    shop.answers["orders/1/updates"] = lambda _: web.json_response(impossible, status=422)
    with pytest.raises(RejectedError, match="cannot become 'Pending'") as caught:
        await connector.update_order(update(status="Pending"))
    assert caught.value.code == "impossible_transition"


async def test_what_is_of_another_shop_is_not_even_said(
    shop: Stub, connector: OscarConnector
) -> None:
    foreign = (ShippedGoods(ExternalId("X-1"), Decimal(1)),)
    parcel = Shipment(ExternalId("7"), "S-7", "shipped", foreign)
    with pytest.raises(RejectedError, match="'X-1'"):
        await connector.update_order(update(shipments=(parcel,)))
    with pytest.raises(NotFoundError):
        await connector.update_order(update(order=ExternalId("X-1")))
    assert shop.asked == []
