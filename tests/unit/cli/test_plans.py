"""Commands for stored plans and for taking prices back."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from panstore.cli.app import main
from tests.engine.house import House
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]


def _json(host: ShopHost, capsys: Capture, *tokens: str) -> tuple[int, Any]:
    code = main(host, [*tokens, "--json"])
    return code, json.loads(capsys.readouterr().out)


def _shown(host: ShopHost) -> list[str]:
    return sorted(str(host.scene.shop.prices[link.shop].amount) for link in host.scene.shop_links)


def test_a_plan_is_kept_approved_in_part_applied_and_taken_back(
    host: ShopHost, capsys: Capture
) -> None:
    for link in host.scene.shop_links:
        host.scene.erp.set_price(link.erp, Decimal("44.00"))
    code, document = _json(host, capsys, "plan", "S2", "--store")
    assert (code, document["plans"][0]["id"], document["plans"][0]["state"]) == (0, 1, "open")
    code, document = _json(host, capsys, "plans", "show", "1")
    assert code == 2
    assert all(one["now"].startswith("33.33 EUR net") for one in document["lines"])
    assert all(one["new"].startswith("44.00 EUR net") for one in document["lines"])
    sku = document["lines"][0]["sku"]
    assert main(host, ["plans", "approve", "1"]) == 64
    assert main(host, ["plans", "approve", "1", "--lines", "x"]) == 64
    assert main(host, ["plans", "apply", "1"]) == 1
    capsys.readouterr()
    assert _json(host, capsys, "plans", "approve", "1", "--all")[1]["lines"] == 3
    assert _json(host, capsys, "plans", "leave", "1", "--lines", "2-3")[1]["lines"] == 2
    code, document = _json(host, capsys, "plans", "apply", "1")
    assert (code, document["applied"], document["refused"]) == (0, 1, 0)
    assert _shown(host) == ["33.33", "33.33", "44.00"]
    assert main(host, ["plans", "list"]) == 0
    assert "applied" in capsys.readouterr().out
    code, document = _json(host, capsys, "undo", "S2", "--plan", "1")
    assert (code, document["total"]) == (2, 1)
    assert [(one["kind"], one["sku"]) for one in document["lines"]] == [("change", sku)]
    assert _json(host, capsys, "plans", "close", "2")[0] == 0
    assert main(host, ["plans", "approve", "2", "--all"]) == 1


def test_a_price_is_taken_back(host: ShopHost, capsys: Capture) -> None:
    link = host.scene.shop_links[0]
    since = host.scene.clock.now().isoformat()
    host.scene.erp.set_price(link.erp, Decimal("44.00"))
    host.work(House.settle)
    code, document = _json(host, capsys, "undo", "s2", "--sku", link.sku, "--since", since)
    assert code == 2
    assert document["lines"][0]["new"].startswith("33.33 EUR net")
    assert main(host, ["plans", "approve", "1", "--sku", link.sku]) == 0
    assert main(host, ["plans", "apply", "1"]) == 0
    host.work(House.settle)
    assert _shown(host) == ["33.33"] * 3


def test_lines_nobody_has_are_told_and_a_plan_without_any_is_over(
    host: ShopHost, capsys: Capture
) -> None:
    assert main(host, ["plan", "S2", "--store"]) == 0
    assert main(host, ["plans", "list"]) == 0
    assert "applied" in capsys.readouterr().out
    host.scene.erp.set_price(host.scene.shop_links[0].erp, Decimal("30.00"))
    assert main(host, ["plan", "S2", "--store"]) == 0
    assert main(host, ["plans", "list"]) == 2
    assert main(host, ["plans", "approve", "2", "--sku", "NO SUCH"]) == 2
    assert "0 lines" in capsys.readouterr().out


def test_what_is_never_taken_back(host: ShopHost, capsys: Capture) -> None:
    assert main(host, ["undo", "S1", "--sku", "x"]) == 1
    assert "stock is never taken back" in capsys.readouterr().err
    assert main(host, ["undo", "S2"]) == 1
    assert main(host, ["undo", "S9", "--sku", "x"]) == 64
    assert main(host, ["undo", "S2", "--since", "yesterday"]) == 64
    assert main(host, ["plans", "show", "9"]) == 1


def test_what_is_next_for_orders_is_shown_and_never_kept(host: ShopHost, capsys: Capture) -> None:
    link = host.scene.shop_links[0]
    stranger = host.scene.shop.add_variant("STRANGE", announce=False)
    host.scene.shop.edit_stock(stranger, 5)
    host.scene.shop.edit_price(stranger, host.scene.shop.prices[link.shop])
    assert _json(host, capsys, "plan", "S4")[0] == 0
    host.scene.shop.place_order((stranger, 1))
    host.work(House.settle)
    code, document = _json(host, capsys, "plan", "s4")
    (orders,) = document["orders"]
    assert (code, orders["total"], orders["next"][0]["can_go_on"]) == (2, 1, False)
    assert main(host, ["plan", "S4"]) == 2
    assert "nothing to approve" in capsys.readouterr().out
    assert main(host, ["plan", "S4", "--store"]) == 64
    assert "nothing to approve" in capsys.readouterr().err
