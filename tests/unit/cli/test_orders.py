"""`panstore orders`: one order's story for people and for programs, and another look at it."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from panstore.cli.app import main
from panstore.cli.host import DONE, USAGE, WAITING
from panstore.model.ids import ConnectionId
from panstore.model.order import Order
from tests.engine.house import House
from tests.unit.cli.shop_host import ShopHost

ERP = ConnectionId("erp")
Capture = pytest.CaptureFixture[str]


def _order(host: ShopHost) -> Order:
    order = host.scene.shop.place_order((host.scene.shop_links[0].shop, 2))
    host.work(House.settle)
    return order


def _json(host: ShopHost, capsys: Capture, *words: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main(host, [*words, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_the_story_is_told_in_plain_words_and_in_the_company_s_zone(
    host: ShopHost, capsys: Capture
) -> None:
    order = _order(host)
    capsys.readouterr()
    assert main(host, ["orders", "show", order.number]) == DONE
    told = capsys.readouterr().out
    assert told.startswith(f"Order {order.number} on shop: in the ERP (81.33 EUR)")
    for heading in ("What happened (times in Europe/Ljubljana)", "Where it stands", "What you can"):
        assert heading in told
    local = order.placed_at.astimezone(ZoneInfo("Europe/Ljubljana")).strftime("%Y-%m-%d %H:%M:%S")
    assert f"  {local}  Placed in the shop. Over 81.33 EUR." in told
    assert "In the ERP as sale SO00001 over 81.33 EUR" in told
    assert f"`panstore orders retry {order.id} --route shop`" in told
    assert order.customer.name not in told
    assert order.customer.email not in told


def test_programs_get_the_same_story_under_stable_names(host: ShopHost, capsys: Capture) -> None:
    order = _order(host)
    code, story = _json(host, capsys, "orders", "show", order.id)
    assert code == DONE
    assert set(story) == {
        "id",
        "number",
        "route",
        "state",
        "shop_status",
        "stage",
        "total",
        "currency",
        "placed_at",
        "seen_at",
        "holds_stock",
        "zone",
        "headline",
        "happened",
        "stands",
        "waits",
        "rules",
        "can",
        "lines",
        "sales",
        "parked",
        "facts",
        "calls",
        "audit",
        "messages",
    }
    assert story["lines"] == [
        {"sku": "SKU-000001", "title": "SKU-000001", "quantity": "2", "gross": "81.33"}
    ]
    [sale] = story["sales"]
    assert (sale["number"], sale["total"], sale["state"]) == ("SO00001", "81.33", "open")
    assert {"what", "where", "text", "command"} == set(story["can"][0])


def test_where_several_are_meant_they_are_listed_and_the_route_decides(
    host: ShopHost, capsys: Capture
) -> None:
    order, other = _order(host), _order(host)
    host.work(
        lambda house: house.store.write(
            lambda c: c.execute(
                sa.text("update orders set number = :n where order_id = :o"),
                {"n": order.id, "o": other.id},
            )
        )
    )
    code, document = _json(host, capsys, "orders", "show", order.id)
    assert code == USAGE
    assert {row["id"] for row in document["orders"]} == {order.id, other.id}
    assert main(host, ["orders", "show", order.id]) == USAGE
    assert f"panstore orders show {other.id} --route shop" in capsys.readouterr().out
    assert main(host, ["orders", "retry", order.id]) == USAGE
    assert "Nothing was changed" in capsys.readouterr().err
    code, story = _json(host, capsys, "orders", "show", order.id, "--route", "shop")
    assert (code, story["number"]) == (DONE, order.number)


def test_an_order_is_looked_at_again(host: ShopHost, capsys: Capture) -> None:
    order = _order(host)
    before = len(host.scene.history.of(ERP, "booked_orders"))
    code, document = _json(host, capsys, "orders", "retry", order.number)
    assert (code, document) == (
        DONE,
        {"id": order.id, "route": "shop", "number": order.number},
    )
    _, story = _json(host, capsys, "orders", "show", order.id)
    assert [wait["what"] for wait in story["waits"]] == ["process"]
    host.work(House.settle)
    assert len(host.scene.history.of(ERP, "booked_orders")) > before
    assert main(host, ["orders", "retry", order.id]) == DONE
    assert f"Order {order.number} on shop is looked at again." in capsys.readouterr().out


@pytest.mark.parametrize("command", ["show", "retry"])
def test_an_unknown_order_is_said_to_be_unknown(
    host: ShopHost, capsys: Capture, command: str
) -> None:
    assert main(host, ["orders", command, "none"]) == 1
    assert "is not known. Nothing was changed." in capsys.readouterr().err


def _needing_a_person(host: ShopHost) -> Order:
    """An order that is in the ERP and waits for a person's word about its cancelled sale."""
    order = _order(host)
    [sale] = host.scene.erp.sales.of_shop_order(order.id)
    host.scene.erp.deliveries.cancel(sale.id)
    host.work(House.settle)
    return order


def test_all_orders_that_wait_for_a_person_are_listed_under_their_printed_numbers(
    host: ShopHost, capsys: Capture
) -> None:
    fine, order = _order(host), _needing_a_person(host)
    _, document = _json(host, capsys, "orders", "list", "--state", "parked")
    [row] = document["orders"]
    assert (row["id"], row["state"]) == (order.id, "imported")
    assert row["parked"] is not None
    _, document = _json(host, capsys, "orders", "list", "--state", "imported")
    assert [(one["id"], one["parked"]) for one in document["orders"]] == [
        (order.id, row["parked"]),
        (fine.id, None),
    ]
    assert main(host, ["orders", "list"]) == DONE
    assert "imported, parked" in capsys.readouterr().out
    host.work(
        lambda house: house.store.write(
            lambda c: c.execute(sa.text("update parked set label = key"))
        )
    )
    assert main(host, ["parked", "list"]) == WAITING
    assert capsys.readouterr().out.startswith(f"{row['parked']}  {order.number}  (orders on shop)")


def test_lists_tell_times_in_the_company_s_zone_and_name_it_once(
    host: ShopHost, capsys: Capture
) -> None:
    order = _needing_a_person(host)
    zone = ZoneInfo("Europe/Ljubljana")
    placed = order.placed_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    capsys.readouterr()
    for words, time in (
        (["orders", "list"], placed),
        (["parked", "list"], f"{host.scene.clock.now().astimezone(zone):%Y-%m-%d %H:}"),
    ):
        main(host, words)
        told = capsys.readouterr().out
        assert time in told, words
        assert told.count("Europe/Ljubljana") == 1, words
        assert "UTC" not in told
