"""Tiers of offers: from which quantities, what is one tier, what need not be kept."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from panstore.engine.context import BrakeLimits
from panstore.engine.contracts.push_batch import TiersChange
from panstore.engine.contracts.push_plan import is_usual, leasts, make_tiers
from panstore.engine.contracts.push_write import risk_of_tiers
from panstore.model.contract import ContractPrice, Offer, OfferState
from panstore.model.ids import ExternalId, ItemId, RouteId
from panstore.model.link import Link
from panstore.model.price import PriceTarget
from panstore.model.price_tiers import PriceTier, PriceTiers, decode_tiers, encode_tiers
from panstore.sdk.capabilities import Capabilities

_SOON = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
_LATER = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def _link(factor: str | None) -> Link:
    units = None if factor is None else Decimal(factor)
    return Link(ItemId("i"), RouteId("r"), ExternalId("e"), ExternalId("s"), units, "SKU")


def _offer(
    amount: str | None, state: OfferState = "agreed", until: dt.datetime | None = None
) -> Offer:
    return Offer(state, "EUR", None if amount is None else Decimal(amount), valid_until=until)


def _tiers(*tiers: tuple[int, str | None, OfferState]) -> PriceTiers:
    made = (PriceTier(Decimal(q), s, None if a is None else Decimal(a)) for q, a, s in tiers)
    return PriceTiers(tuple(made), "EUR")


@pytest.mark.parametrize(
    ("factor", "breaks", "expected"),
    [
        ("1", (), [1]),
        ("1", ("0.5", "1", "10"), [1, 10]),
        ("6", ("6", "7", "60"), [1, 2, 10]),
        ("0.25", ("1",), [1, 4]),
        (None, ("5",), [1]),
        ("3", ("10",), [1, 4]),
    ],
)
def test_whole_sales_units_from_which_a_break_is_reached(
    factor: str | None, breaks: tuple[str, ...], expected: list[int]
) -> None:
    found = leasts(_link(factor), [Decimal(one) for one in breaks], Capabilities())
    assert found == [Decimal(one) for one in expected]


def test_a_shop_that_sells_parts_begins_with_the_least_of_them() -> None:
    shop = Capabilities(fractional_stock=True, stock_digits=2)
    found = leasts(_link("3"), [Decimal(1), Decimal(6)], shop)
    assert found == [Decimal("0.01"), Decimal("0.34"), Decimal(2)]


def test_neighbours_alike_are_one_tier_that_ends_with_the_first_of_them() -> None:
    made = make_tiers([
        (Decimal(1), _offer("8", until=_LATER)),
        (Decimal(5), _offer("8", until=_SOON)),
        (Decimal(9), _offer("7")),
        (Decimal(20), _offer("7")),
    ])
    assert made.tiers == (
        PriceTier(Decimal(1), "agreed", Decimal(8), _SOON),
        PriceTier(Decimal(9), "agreed", Decimal(7)),
    )
    assert decode_tiers(encode_tiers(made)) == made


def test_where_the_usual_price_holds_throughout_nothing_is_kept() -> None:
    usual = [(Decimal(1), _offer(None, "usual")), (Decimal(5), _offer(None, "usual"))]
    assert make_tiers(usual).tiers == ()
    some = make_tiers([*usual, (Decimal(9), _offer("7"))])
    assert some == _tiers((1, None, "usual"), (9, "7", "agreed"))


@pytest.mark.parametrize(
    ("shown", "usual", "expected"),
    [("8", "8", True), ("9", "8", False), ("8", "9", False), (None, "8", False)],
)
def test_only_what_surely_stands_there_for_everybody_is_left_out(
    shown: str | None, usual: str, expected: bool
) -> None:
    price = ContractPrice(ExternalId("e"), Decimal(1), Decimal(8), Decimal(usual), "EUR")
    target = None if shown is None else PriceTarget(Decimal(shown), "EUR", includes_tax=False)
    assert is_usual(_tiers((1, "8", "agreed")), [price], target) is expected


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (_tiers(), _tiers((1, "1", "agreed")), None),
        (_tiers((1, "10", "agreed")), _tiers(), None),
        (_tiers((1, "10", "agreed")), _tiers((1, "12", "agreed")), None),
        (_tiers((1, "10", "agreed")), _tiers((1, "14", "agreed")), "price_jump"),
        (_tiers((1, "10", "agreed")), _tiers((1, None, "withheld")), "price_withheld"),
        (
            _tiers((1, "10", "agreed")),
            _tiers((1, "10", "agreed"), (5, "5", "agreed")),
            "price_jump",
        ),
        (_tiers((1, None, "usual")), _tiers((1, "1", "agreed")), None),
    ],
)
def test_what_is_risky(before: PriceTiers, after: PriceTiers, kind: str | None) -> None:
    assert risk_of_tiers(_change(before, after), BrakeLimits()) == kind


@pytest.mark.parametrize(
    ("usual", "kind"), [("12", None), ("14", "price_jump"), ("2", "price_jump"), (None, None)]
)
def test_what_is_kept_no_more_is_compared_with_what_everybody_pays(
    usual: str | None, kind: str | None
) -> None:
    before = _tiers((1, None, "withheld"), (2, "10", "agreed"))
    change = _change(before, _tiers(), None if usual is None else Decimal(usual))
    assert risk_of_tiers(change, BrakeLimits()) == kind


def _change(before: PriceTiers, after: PriceTiers, usual: Decimal | None = None) -> TiersChange:
    return TiersChange(ItemId("i"), ExternalId("s"), before, after, "SKU", usual=usual)
