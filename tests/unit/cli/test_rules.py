"""`panstore rules test`: which orders the rules would take, and why not the others."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from panstore.cli.app import main
from panstore.model.ids import ExternalId
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.p2_reservations.settings import ReservationSettings
from panstore.sdk.rules import Rule
from tests.engine.house import P1, P2, S1, S2, S4, House
from tests.unit.cli.shop_host import ShopHost

Capture = pytest.CaptureFixture[str]
BROKEN = Rule("1 / (order.line_count - 1) == 1")


class RuledHost(ShopHost):
    """A shop whose orders are reserved and invoiced by rules."""

    settings = ReservationSettings(unpaid_hours=24)

    @contextlib.asynccontextmanager
    async def house(self) -> AsyncIterator[House]:
        house = House(
            self.scene,
            self.url,
            modules=frozenset({S1, S2, S4, P1, P2}),
            p1_settings=InvoiceSettings(rule=Rule("order.paid && order.total < 500.0")),
            p2_settings=self.settings,
        )
        await house.open()
        yield house
        await house.close()


@pytest.fixture
def ruled(tmp_path: Path) -> RuledHost:
    made = RuledHost(tmp_path)
    made.work(House.settle)
    return made


def _order(host: ShopHost) -> ExternalId:
    placed = host.scene.shop.place_order((host.scene.shop_links[0].shop, 1))
    host.work(House.settle)
    return placed.id


def _asked(host: ShopHost, capsys: Capture, *more: str) -> dict[tuple[str, str], Any]:
    capsys.readouterr()
    assert main(host, ["rules", "test", *more, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    return {(one["module"], one["setting"]): one for one in document["rules"]}


def test_each_rule_says_of_each_order_whether_it_takes_it(
    ruled: RuledHost, capsys: Capture
) -> None:
    order = _order(ruled)
    asked = _asked(ruled, capsys)
    assert list(asked) == [("P2", "rule"), ("P2", "unpaid_rule"), ("P1", "rule")]
    assert [one["taken"] for one in asked.values()] == [1, 1, 0]
    [invoiced] = asked["P1", "rule"]["orders"]
    assert (invoiced["id"], invoiced["taken"]) == (order, False)
    assert invoiced["why"] == "not order.paid (order.paid = false)"


def test_people_see_a_table(ruled: RuledHost, capsys: Capture) -> None:
    _order(ruled)
    capsys.readouterr()
    assert main(ruled, ["rules", "test"]) == 0
    printed = capsys.readouterr().out
    assert "P2 rule on shop takes 1 of the last 1 orders: true" in printed
    assert "placed (Europe/Ljubljana)" in printed
    assert "UTC" not in printed
    assert "P1 rule on shop takes 0 of the last 1 orders: order.paid" in printed
    assert "no" in printed
    assert "not order.paid (order.paid = false)" in printed


def test_a_rule_can_be_tried_before_it_is_set(ruled: RuledHost, capsys: Capture) -> None:
    _order(ruled)
    _order(ruled)
    asked = _asked(ruled, capsys, "shop", "--rule", "order.reserved", "--last", "1")
    assert list(asked) == [("given", "rule")]
    assert asked["given", "rule"]["taken"] == 1
    assert len(asked["given", "rule"]["orders"]) == 1


def test_a_rule_that_cannot_be_worked_out_says_so(ruled: RuledHost, capsys: Capture) -> None:
    _order(ruled)
    asked = _asked(ruled, capsys, "--rule", str(BROKEN))
    [said] = asked["given", "rule"]["orders"]
    assert said["taken"] is None
    assert "division by zero" in said["why"]
    assert main(ruled, ["rules", "test", "--rule", str(BROKEN)]) == 0
    assert "cannot say" in capsys.readouterr().out


def test_a_wrong_rule_is_refused_with_its_place(ruled: RuledHost, capsys: Capture) -> None:
    assert main(ruled, ["rules", "test", "--rule", "order.payed"]) == 64
    told = capsys.readouterr().err
    assert "line 1, column 7: there is no order.payed. Did you mean order.paid?" in told
    assert "What you can do" in told


def test_another_route_than_there_is(ruled: RuledHost, capsys: Capture) -> None:
    assert main(ruled, ["rules", "test", "nowhere"]) == 64
    assert "nowhere" in capsys.readouterr().err


def test_nothing_is_asked_where_there_is_no_rule(host: ShopHost, capsys: Capture) -> None:
    _order(host)
    capsys.readouterr()
    assert main(host, ["rules", "test"]) == 0
    assert "No rule was asked" in capsys.readouterr().out


def test_orders_without_a_copy_are_counted(ruled: RuledHost, capsys: Capture) -> None:
    placed = ruled.scene.shop.place_order((ruled.scene.shop_links[0].shop, 1))
    ruled.scene.shop.break_order(placed.id, "a line has no meaning")
    ruled.work(House.settle)
    capsys.readouterr()
    assert main(ruled, ["rules", "test"]) == 0
    printed = capsys.readouterr().out
    assert "1 more could not be looked at" in printed


def test_nothing_is_done_for_any_order(ruled: RuledHost, capsys: Capture) -> None:
    placed = ruled.scene.shop.place_order((ruled.scene.shop_links[0].shop, 1))
    ruled.work(House.look)
    assert ruled.scene.erp.sales.of_shop_order(placed.id) == []
    assert _asked(ruled, capsys)["P2", "rule"]["taken"] == 1
    assert ruled.scene.erp.sales.of_shop_order(placed.id) == []
