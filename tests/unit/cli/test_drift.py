"""`panstore drift` on a simulated world: what it prints, what it marks, how it ends."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from panstore.cli.app import main
from tests.engine.house import House
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


def _json(host: ShopHost, capsys: Capture, *tokens: str) -> tuple[int, Any]:
    code = main(host, ["drift", *tokens, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_shop_in_step_ends_with_0(host: ShopHost, capsys: Capture) -> None:
    assert main(host, ["drift"]) == 0
    printed = capsys.readouterr().out
    assert "stock on shop: 3 looked at, 0 differ" in printed
    assert "price on shop: 3 looked at, 0 differ" in printed


def test_what_differs_is_told_with_who_moved_and_nothing_is_written(
    host: ShopHost, capsys: Capture
) -> None:
    link = host.scene.shop_links[1]
    host.scene.shop.edit_stock(link.shop, 3)
    code, told = _json(host, capsys, "stock")
    (report,) = told["reports"]
    assert (code, report["looked_at"], report["differ"], report["by_shop"]) == (2, 3, 1, 1)
    (row,) = report["rows"]
    assert (row["label"], row["erp"], row["shop"], row["wrote"]) == (link.sku, "10", "3", "10")
    assert (row["moved"], bool(row["wrote_at"])) == ("shop", True)
    assert main(host, ["drift", "stock", "--limit", "1"]) == 2
    assert link.sku in capsys.readouterr().out
    assert host.scene.shop.free(link.shop) == 3


def test_a_report_of_everything_is_whole_however_long(tmp_path: Path, capsys: Capture) -> None:
    host = ShopHost(tmp_path, goods=250)
    links = host.scene.shop_links
    host.work(House.settle)
    for link in links:
        host.scene.shop.edit_stock(link.shop, 3)
    code, told = _json(host, capsys, "stock", "--limit", "0")
    (report,) = told["reports"]
    assert (code, len(report["rows"])) == (2, len(links))
    assert {row["label"] for row in report["rows"]} == {link.sku for link in links}
    assert report["repairs"] == []
    assert main(host, ["drift", "stock", "--limit", "0"]) == 2
    printed = capsys.readouterr().out
    assert all(link.sku in printed for link in links)
    assert printed.count("who moved") == 2
    _, told = _json(host, capsys, "stock", "--limit", "5")
    assert len(told["reports"][0]["rows"]) == 5


def test_one_article_is_shown_in_step_or_not(host: ShopHost, capsys: Capture) -> None:
    code, told = _json(host, capsys, "stock", "--sku", host.scene.shop_links[0].sku.lower())
    assert code == 0
    assert [row["moved"] for row in told["reports"][0]["rows"]] == ["none"]
    assert main(host, ["drift", "--sku", "NO-SUCH"]) == 1
    assert "NO-SUCH" in capsys.readouterr().err


def test_a_repair_is_done_by_the_run(host: ShopHost, capsys: Capture) -> None:
    one, other, _ = host.scene.shop_links
    host.scene.shop.edit_stock(one.shop, 3)
    host.scene.shop.edit_stock(other.shop, 4)
    assert main(host, ["drift", "stock", "--repair", one.sku]) == 2
    printed = capsys.readouterr().out
    assert "1 marked to be repaired" in printed
    assert "No PanStore is running" in printed
    assert main(host, ["drift", "stock", "--repair-all", "--yes"]) == 2
    assert host.scene.shop.free(one.shop) == 3
    host.work(House.settle)
    assert {host.scene.shop.free(link.shop) for link in (one, other)} == {Decimal(10)}
    assert main(host, ["drift", "stock"]) == 0


def test_the_days_before_are_kept(host: ShopHost, capsys: Capture) -> None:
    assert main(host, ["drift", "--history"]) == 0
    assert "No report was made yet" in capsys.readouterr().out
    host.scene.shop.edit_stock(host.scene.shop_links[0].shop, 3)
    main(host, ["drift", "stock"])
    capsys.readouterr()
    code, told = _json(host, capsys, "--history")
    assert code == 0
    assert [(day["kind"], day["differ"], day["whole"]) for day in told["days"]] == [
        ("stock", 1, True)
    ]
    assert main(host, ["drift", "price", "--history"]) == 0
    assert main(host, ["drift", "--history", "--route", "shop"]) == 0
    assert "stock" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tokens", "word"),
    [
        (["--repair-all"], "--yes"),
        (["--repair-all", "--yes", "--sku", "A"], "means everything"),
        (["product"], "not switched on"),
        (["--route", "nowhere"], "no route"),
        (["colour"], "colour"),
    ],
)
def test_what_cannot_be_done_ends_with_64(
    host: ShopHost, capsys: Capture, tokens: list[str], word: str
) -> None:
    assert main(host, ["drift", *tokens]) == 64
    assert word in capsys.readouterr().err
