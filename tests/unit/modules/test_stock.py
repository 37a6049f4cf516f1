"""S1 on examples a shop owner would check with a pencil."""

import datetime as dt
from decimal import Decimal

import pytest
from pydantic import ValidationError

from panstore.model.errors import InvariantError
from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.link import Link
from panstore.model.plan import Plan
from panstore.model.stock import StockLevel, StockTarget
from panstore.modules.s1_stock.module import module
from panstore.modules.s1_stock.settings import StockSettings
from panstore.sdk import Settings
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.modules import RouteView, StockItem, StockQuery

SHOP = Capabilities(stock_batch=100)
FRACTIONS = Capabilities(stock_batch=100, fractional_stock=True, stock_digits=2)
ONE = Decimal(1)


def view(shop: Capabilities = SHOP) -> RouteView:
    return RouteView(
        route=RouteId("shop"),
        erp_connection=ConnectionId("erp"),
        shop_connection=ConnectionId("shop"),
        now=dt.datetime(2026, 11, 24, 5, tzinfo=dt.UTC),
        zone="Europe/Ljubljana",
        erp=Capabilities(),
        shop=shop,
    )


def level(
    on_hand: str, reserved: str = "0", demand: str = "0", warehouse: str = "LJ"
) -> StockLevel:
    return StockLevel(
        variant=ExternalId("e1"),
        warehouse=warehouse,
        on_hand=Decimal(on_hand),
        reserved=Decimal(reserved),
        demand=Decimal(demand),
        unit="piece",
    )


def item(
    *levels: StockLevel,
    open_demand: str = "0",
    present: str | None = None,
    factor: Decimal | None = ONE,
    sku: str = "KAVA-250",
) -> StockItem:
    return StockItem(
        link=Link(
            item=ItemId("i1"),
            route=RouteId("shop"),
            erp=ExternalId("e1"),
            shop=ExternalId("s1"),
            factor=factor,
            sku=sku,
        ),
        levels=levels,
        open_demand=Decimal(open_demand),
        present=None if present is None else StockTarget(free=Decimal(present)),
    )


def planned(one: StockItem, shop: Capabilities = SHOP, **settings: object) -> Plan:
    chosen = StockSettings.model_validate({"warehouses": ["LJ", "MB"], **settings})
    return module.plan([one], chosen, view(shop))


def test_everything_promised_is_taken_off_and_the_reason_says_how() -> None:
    plan = planned(item(level("12", "1", "2"), open_demand="2"), safety_stock=1)
    (operation,) = plan.operations
    assert operation.after == StockTarget(free=Decimal(6))
    assert operation.before is None
    assert (operation.item, operation.target, operation.sku) == ("i1", "s1", "KAVA-250")
    assert operation.reason == (
        "on hand 12, promised 3, open in shop orders 2, safety stock 1 -> 6"
    )


def test_reserved_only_leaves_unreserved_demand_on_offer() -> None:
    (operation,) = planned(item(level("12", "1", "2")), promise="reserved").operations
    assert operation.after == StockTarget(free=Decimal(11))
    assert "reserved 1" in operation.reason


def test_what_is_in_step_is_not_written() -> None:
    plan = planned(item(level("6.0"), present="6"))
    assert plan.operations == ()
    assert plan.unchanged == ("i1",)


def test_the_chosen_warehouses_are_summed_and_others_ignored() -> None:
    levels = (level("5"), level("4", warehouse="MB"), level("90", warehouse="KP"))
    (operation,) = planned(item(*levels)).operations
    assert operation.after == StockTarget(free=Decimal(9))


def test_a_warehouse_below_zero_takes_from_the_others_because_less_is_safe() -> None:
    (operation,) = planned(item(level("-3"), level("10", warehouse="MB"))).operations
    assert operation.after == StockTarget(free=Decimal(7))


def test_negative_promises_of_a_careless_erp_never_raise_the_offer() -> None:
    (operation,) = planned(item(level("5", "-2", "-3"), open_demand="-4")).operations
    assert operation.after == StockTarget(free=Decimal(5))


def test_nothing_below_zero_is_offered() -> None:
    (operation,) = planned(item(level("2", "5"), present="1")).operations
    assert operation.after == StockTarget(free=Decimal(0))


def test_a_shop_that_oversold_is_set_to_zero() -> None:
    (operation,) = planned(item(level("0"), present="-2")).operations
    assert operation.before == StockTarget(free=Decimal(-2))
    assert operation.after == StockTarget(free=Decimal(0))


def test_bottles_become_whole_crates() -> None:
    (operation,) = planned(item(level("20"), factor=Decimal(6))).operations
    assert operation.after == StockTarget(free=Decimal(3))
    assert operation.reason.endswith("-> 20 stock units = 3 sales units of 6")


@pytest.mark.parametrize(("shop", "free"), [(SHOP, "2"), (FRACTIONS, "2.75")])
def test_fractions_are_cut_off_where_the_shop_takes_none(shop: Capabilities, free: str) -> None:
    (operation,) = planned(item(level("2.755")), shop).operations
    assert operation.after == StockTarget(free=Decimal(free))
    assert operation.reason.endswith(f"-> 2.755, cut to {free}")


def test_an_article_the_erp_lost_cannot_be_bought_any_more() -> None:
    (operation,) = planned(item(present="4", factor=None)).operations
    assert operation.after == StockTarget(free=Decimal(0))
    assert "no longer keeps stock of this article in LJ, MB -> 0" in operation.reason
    assert planned(item(present="0")).unchanged == ("i1",)


@pytest.mark.parametrize("factor", [None, Decimal(0)])
def test_without_a_factor_the_item_is_parked(factor: Decimal | None) -> None:
    (held,) = planned(item(level("5"), factor=factor)).held
    assert held.code == "unit.no_factor"
    assert held.reason.startswith("KAVA-250: nobody has said how many stock units")
    assert "`panstore links set shop e1 s1 --factor N`" in held.reason
    (unnamed,) = planned(item(level("5"), factor=factor, sku="")).held
    assert unnamed.reason.startswith("article s1 of the shop")


def test_the_query_asks_for_the_chosen_warehouses() -> None:
    settings = StockSettings(warehouses=("LJ",))
    assert module.query(settings, view()) == StockQuery(warehouses=("LJ",))


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"warehouses": []}, "at least 1"),
        ({"warehouses": ["LJ", " "]}, "a warehouse code is empty"),
        ({"warehouses": ["LJ", "LJ"]}, "would count twice"),
        ({"warehouses": ["LJ"], "safety_stock": -1}, "greater than or equal to 0"),
        ({"warehouses": ["LJ"], "safty_stock": 1}, "safty_stock"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, object], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        StockSettings.model_validate(settings)


def test_settings_of_another_module_are_refused() -> None:
    with pytest.raises(InvariantError, match="S1 was given Settings"):
        module.plan([], Settings(), view())
