"""Commands on a simulated world: what they print, what they change, how they end."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from panstore.cli.app import build_app, main
from panstore.cli.failures import words
from panstore.sdk.errors import (
    AuthError,
    ConfigError,
    MappingError,
    RejectedError,
    UnavailableError,
)
from panstore.store.full_runs import list_runs
from panstore.store.marks import backlog
from panstore.store.systems import beat
from tests.engine.house import House
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


def _json(host: ShopHost, capsys: Capture, *tokens: str) -> tuple[int, Any]:
    code = main(host, [*tokens, "--json"])
    return code, json.loads(capsys.readouterr().out)


def _alive(host: ShopHost) -> None:
    """As if `panstore run` were running beside us."""

    async def renew(house: House) -> None:
        now = host.scene.clock.now()
        expires = now + dt.timedelta(hours=1)
        await house.store.write(lambda c: beat(c, "run-1", now=now, expires=expires))

    host.work(renew)


def _parked_order(host: ShopHost) -> str:
    link = host.scene.shop_links[0]
    stranger = host.scene.shop.add_variant("STRANGE-[bold]1", announce=False)
    host.scene.shop.edit_stock(stranger, 5)
    host.scene.shop.edit_price(stranger, host.scene.shop.prices[link.shop])
    order = host.scene.shop.place_order((link.shop, 1), (stranger, 1))
    host.work(House.settle)
    return order.id


def test_plan_shows_what_would_be_written_and_writes_nothing(
    host: ShopHost, capsys: Capture
) -> None:
    link = host.scene.shop_links[1]
    assert main(host, ["plan", "s1"]) == 0
    assert "0 to write" in capsys.readouterr().out
    host.scene.erp.set_on_hand(link.erp, 4)
    code, document = _json(host, capsys, "plan", "S1")
    (plan,) = document["plans"]
    assert code == 2
    assert (plan["route"], plan["module"], plan["unchanged"]) == ("shop", "S1", 2)
    assert [(o["sku"], o["now"], o["new"]) for o in plan["operations"]] == [(link.sku, "10", "4")]
    assert plan["operations"][0]["reason"]
    assert main(host, ["plan", "S1"]) == 2
    printed = capsys.readouterr().out
    assert "Nothing was written" in printed
    assert link.sku in printed
    assert host.scene.shop.free(link.shop) == 10


def test_plan_of_prices_says_net_or_gross(host: ShopHost, capsys: Capture) -> None:
    host.scene.erp.set_price(host.scene.shop_links[0].erp, None)
    code, document = _json(host, capsys, "plan", "S2")
    assert code == 0
    assert [h["sku"] for h in document["plans"][0]["held"]] == [host.scene.shop_links[0].sku]


@pytest.mark.parametrize(
    ("tokens", "word"),
    [
        (["plan", "S9"], "not switched on"),
        (["sync", "S4"], "takes orders forward"),
        (["plan", "S1", "--route", "nowhere"], "no route"),
        (["orders", "list", "--route", "nowhere"], "no route"),
        (["plan"], "requires an argument"),
        (["nonsense"], "nonsense"),
        (["orders", "list", "--state", "lost"], "lost"),
        (["--config"], "requires an argument"),
        (["parked", "retry", str(2**63)], "<="),
        (["parked", "skip", "9" * 30], "999"),
        (["approvals", "stop", str(2**63)], "<="),
        (["parked", "list", "--limit", str(2**63)], "<="),
        (["plan", "S1", "--limit", "-1"], ">="),
        (["links", "list", "--limit", "0"], ">="),
        (["links", "set", "shop", "1", "2", "--factor", "six"], "six"),
        (["links", "set", "nowhere", "1", "2"], "no route"),
    ],
)
def test_what_cannot_be_understood_ends_with_64_and_a_remedy(
    host: ShopHost, capsys: Capture, tokens: list[str], word: str
) -> None:
    assert main(host, tokens) == 64
    error = capsys.readouterr().err
    assert word in error
    assert "Nothing was done" in error
    assert "What you can do" in error


def test_status_tells_what_is_behind_and_whether_it_runs(host: ShopHost, capsys: Capture) -> None:
    code, document = _json(host, capsys, "status")
    assert (code, document["running"]) == (1, False)
    _alive(host)
    code, document = _json(host, capsys, "status")
    assert (code, document["running"]) == (0, True)
    assert {c["id"]: c["state"] for c in document["connections"]}["erp"] == "works"
    [route] = document["routes"]
    assert route["linked"] == 3
    assert {m["code"]: m["waiting"] for m in route["modules"]}["S1"] == 0
    host.scene.erp.set_on_hand(host.scene.shop_links[0].erp, 4)
    host.work(House.look)
    assert main(host, ["status"]) == 0
    printed = capsys.readouterr().out
    assert "PanStore is running." in printed
    assert "1 behind since" in printed


def test_status_names_a_connection_in_trouble(host: ShopHost, capsys: Capture) -> None:
    _alive(host)
    host.scene.faults.script("erp", "pull", "unavailable")
    host.work(House.look)
    code, document = _json(host, capsys, "status")
    assert code == 1
    troubles = {c["id"]: c["trouble"] for c in document["connections"]}
    assert "refused" in troubles["erp"]


def test_check_reports_every_connection(host: ShopHost, capsys: Capture) -> None:
    assert main(host, ["check"]) == 0
    assert "shop: works" in capsys.readouterr().out
    host.scene.faults.script("shop", "check", "auth")
    code, document = _json(host, capsys, "check")
    assert code == 1
    assert document["connections"]["erp"]["ok"] is True
    assert document["connections"]["shop"]["ok"] is False
    [problem] = document["connections"]["shop"]["problems"]
    assert "until this is mended" in problem
    assert ".." not in problem


def test_words_that_end_with_a_stop_get_no_second_one() -> None:
    told = "Log in again at shop."
    for error in (
        AuthError("shop", "check", told),
        UnavailableError("shop", "check", told),
        RejectedError("shop", "check", told),
        ConfigError("connections.shop.url", told),
        MappingError("order 1", "total", told),
    ):
        what, remedy = words(error)
        assert ".." not in f"{what} {remedy}"
        assert told in what


def test_orders_are_listed_and_one_is_told(host: ShopHost, capsys: Capture) -> None:
    order = host.scene.shop.place_order((host.scene.shop_links[0].shop, 2))
    host.work(House.settle)
    _, document = _json(host, capsys, "orders", "list")
    assert [(o["id"], o["state"]) for o in document["orders"]] == [(order.id, "imported")]
    for wanted in (order.id, order.number):
        code, story = _json(host, capsys, "orders", "show", wanted)
        assert code == 0
        assert [fact["name"] for fact in story["facts"]] == ["imported"]
        assert story["lines"][0]["quantity"] == "2"
    assert main(host, ["orders", "show", order.number]) == 0
    printed = capsys.readouterr().out
    assert "Taken over into the ERP" in printed
    assert order.customer.name not in printed
    assert main(host, ["orders", "show", "none"]) == 1
    assert "not known" in capsys.readouterr().err


def test_a_parked_order_is_listed_retried_and_skipped(host: ShopHost, capsys: Capture) -> None:
    assert main(host, ["parked", "list"]) == 0
    order = _parked_order(host)
    capsys.readouterr()
    code, document = _json(host, capsys, "parked", "list")
    assert (code, [p["key"] for p in document["parked"]]) == (2, [order])
    number = str(document["parked"][0]["id"])
    assert main(host, ["parked", "list"]) == 2
    assert "STRANGE-[bold]1" in capsys.readouterr().out
    assert main(host, ["parked", "retry", number]) == 0
    assert main(host, ["parked", "skip", number]) == 1
    assert "was retried before" in capsys.readouterr().err
    host.work(House.settle)
    code, document = _json(host, capsys, "parked", "skip", number)
    assert (code, document["state"]) == (0, "skipped")
    _, document = _json(host, capsys, "orders", "list", "--state", "skipped")
    assert [o["id"] for o in document["orders"]] == [order]


def test_a_mass_change_is_stopped_and_approved(tmp_path: Path, capsys: Capture) -> None:
    host = ShopHost(tmp_path, goods=30)
    host.work(House.settle)
    for link in host.scene.shop_links:
        host.scene.erp.set_on_hand(link.erp, 0)
    host.work(House.step)
    capsys.readouterr()
    _alive(host)
    assert main(host, ["status"]) == 2
    printed = capsys.readouterr().out
    assert "held: 30 changes wait for approval" in printed
    code, document = _json(host, capsys, "status")
    assert {m["code"]: m["held"] for m in document["routes"][0]["modules"]}["S1"] == 30
    code, document = _json(host, capsys, "approvals", "list")
    (approval,) = document["approvals"]
    assert (code, approval["state"], approval["items"]) == (2, "waiting", 30)
    assert main(host, ["approvals", "list"]) == 2
    assert "applied by itself at" in capsys.readouterr().out
    number = str(approval["id"])
    assert main(host, ["approvals", "stop", number]) == 0
    assert main(host, ["approvals", "list"]) == 0
    assert main(host, ["status"]) == 0
    assert "held: 30 changes stay as they are, a person stopped them" in capsys.readouterr().out
    assert main(host, ["approvals", "approve", number]) == 0
    assert main(host, ["approvals", "approve", number]) == 1
    host.work(House.settle)
    assert {host.scene.shop.free(link.shop) for link in host.scene.shop_links} == {0}


def test_links_are_listed_set_and_removed(host: ShopHost, capsys: Capture) -> None:
    link = host.scene.shop_links[0]
    lone = host.scene.erp.add_variant("LONE", price=Decimal(2), on_hand=12)
    box = host.scene.shop.add_variant("BOX-OF-6")
    main(host, ["sync"])
    host.work(House.settle)
    capsys.readouterr()
    code, document = _json(host, capsys, "links", "list", "--find", link.sku)
    [row] = document["links"]
    assert (code, row["erp"], row["shop"], row["factor"]) == (0, link.erp, link.shop, "1")
    _, document = _json(host, capsys, "links", "list", "--unlinked")
    assert {(r["side"], r["variant"]) for r in document["unlinked"]} == {
        ("erp", lone),
        ("shop", box),
    }
    assert main(host, ["links", "set", "shop", link.erp, box]) == 1
    assert "--replace" in capsys.readouterr().err
    assert main(host, ["links", "set", "shop", lone, box, "--factor", "6"]) == 0
    assert "one sales unit is 6" in capsys.readouterr().out
    assert main(host, ["links", "list", "--unlinked"]) == 0
    assert "Everything here is linked." in capsys.readouterr().out
    host.work(House.settle)
    assert host.scene.shop.free(box) == 2
    assert main(host, ["links", "remove", "shop", lone, box]) == 0
    assert "do not link the two again" in capsys.readouterr().out
    assert main(host, ["links", "list"]) == 0
    assert "BOX-OF-6" not in capsys.readouterr().out


def test_sync_asks_for_full_runs(host: ShopHost, capsys: Capture) -> None:
    code, document = _json(host, capsys, "sync", "S1")
    assert (code, document["running"]) == (2, False)
    assert [(r["module"], r["finished_at"]) for r in document["full_runs"]] == [("S1", None)]
    assert main(host, ["sync", "--wait"]) == 2
    assert "panstore run" in capsys.readouterr().err
    _alive(host)
    code, document = _json(host, capsys, "sync")
    assert (code, {r["module"] for r in document["full_runs"]}) == (0, {"links", "S1", "S2"})
    host.work(House.settle)

    async def finished(house: House) -> None:
        runs = await house.store.read(list_runs)
        assert all(run.finished_at is not None for run in runs)
        now = host.scene.clock.now()
        assert await house.store.read(lambda c: backlog(c, now=now)) == []

    host.work(finished)


def test_init_run_and_demo_are_left_to_the_host(
    host: ShopHost, tmp_path: Path, capsys: Capture
) -> None:
    config = tmp_path / "own.toml"
    assert main(host, ["init", "--config", str(config)]) == 0
    assert main(host, ["--config", str(config), "init"]) == 1
    assert "left as it is" in capsys.readouterr().err
    assert main(host, ["init", "--force", "--config", str(config)]) == 0
    assert main(host, ["run", "--config", str(config)]) == 0
    assert main(host, ["demo", "--dir", str(tmp_path), "--headless"]) == 0
    assert host.asked[-2:] == [("run", config), ("demo", tmp_path, True)]


def test_people_see_words_and_with_debug_the_trace(
    host: ShopHost, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_config: Path) -> int:
        raise ZeroDivisionError("by the test")

    monkeypatch.setattr(host, "run", broken)
    assert main(host, ["run"]) == 1
    error = capsys.readouterr().err
    assert "something unexpected happened" in error
    assert "Traceback" not in error
    assert main(host, ["run", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        "",
        "init",
        "check",
        "run",
        "status",
        "plan",
        "sync",
        "demo",
        "orders list",
        "orders show",
        "orders retry",
        "documents",
        "messages list",
        "messages show",
        "messages resend",
        "messages skip",
        "messages stop",
        "messages allow",
        "messages bounced",
        "person export",
        "person erase",
        "parked list",
        "parked retry",
        "parked skip",
        "approvals list",
        "approvals approve",
        "approvals stop",
    ],
)
def test_every_command_explains_itself(host: ShopHost, capsys: Capture, command: str) -> None:
    assert main(host, [*command.split(), "--help"]) == 0
    printed = capsys.readouterr().out
    assert "Usage: panstore" in printed
    assert "desk" not in printed.casefold()


def test_called_as_an_app_it_ends_the_process_with_the_exit_code(host: ShopHost) -> None:
    with pytest.raises(SystemExit) as ended:
        build_app(host)(["parked", "skip", "77"])
    assert ended.value.code == 1


def test_a_restored_shop_is_named_and_begun_with_again(host: ShopHost, capsys: Capture) -> None:
    link = host.scene.shop_links[0]
    host.work(House.settle)
    backup = host.scene.shop.back_up()
    lost = host.scene.shop.place_order((link.shop, 1))
    host.work(House.settle)
    host.scene.shop.restore(backup)
    code, document = _json(host, capsys, "check")
    assert code == 1
    [problem] = document["connections"]["shop"]["problems"]
    assert "panstore sync --restored shop" in problem
    for wrong in (["nowhere"], ["shop", "--route", "shop"]):
        assert main(host, ["sync", "--restored", *wrong]) == 64
        assert "Nothing was done" in capsys.readouterr().err
    code, document = _json(host, capsys, "sync", "--restored", "shop")
    assert code == 2
    assert {r["module"] for r in document["full_runs"]} == {"links", "S1", "S2"}
    assert main(host, ["sync", "--restored", "shop"]) == 2
    assert "read again from the first" in capsys.readouterr().out
    host.work(House.settle)
    assert main(host, ["check"]) == 0
    # The ERP keeps the sale that the shop has lost, and its goods stay promised.
    assert [sale.shop_order for sale in host.scene.erp.sales] == [lost.id]
    assert host.scene.shop.free(link.shop) == 9
