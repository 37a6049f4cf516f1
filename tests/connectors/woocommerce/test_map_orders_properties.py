"""Whatever a shop answers, an order is translated exactly or refused by name; nothing else."""

from __future__ import annotations

import copy
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from panstore.connectors.woocommerce.map.order_words import OrderWords
from panstore.connectors.woocommerce.map.orders import broken_order, head, order
from panstore.model.order import Order
from panstore.sdk.errors import MappingError
from panstore.testing.suites import assert_exact
from tests.connectors.woocommerce.order_recordings import answer, encoded

WORDS = OrderWords()
ORDERS: dict[str, Any] = {
    "guest": answer("27-order-create-guest", 0),
    "variations": answer("28-order-create-variation", 0),
    "fees": answer("30-order-shipping-fee", 0),
    "storefront": answer("42-storefront-checkout", 3),
}
REFUNDED, REFUNDS = answer("37-order-refunds", 5), answer("37-order-refunds", 6)
CENT = Decimal("0.01")


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON document."""
    places = value.items() if isinstance(value, dict) else enumerate(value)
    found = [before]
    for key, one in places:
        inside = isinstance(one, dict | list)
        found += paths(one, (*before, key)) if inside else [(*before, key)]
    return found


def put(document: Any, keys: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    holder = changed
    for key in keys[:-1]:
        holder = holder[key]
    holder[keys[-1]] = value
    return changed


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["", "-", "-1", "1e5", "NaN", "0001-01-01T00:00:00+10:00", "9" * 30]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)

PLACES = [(name, place) for name, one in ORDERS.items() for place in paths(one)[1:]]


def translated(raw: bytes, refunds: bytes) -> Order | None:
    """The order, or nothing where it is refused by name and its goods stay promised."""
    refused: MappingError
    try:
        found = order(raw, WORDS, refunds)
    except MappingError as error:
        refused = error
    else:
        assert_exact(found)
        return found
    assert str(refused).startswith("order ")
    broken = broken_order(raw, refused, WORDS)
    if broken is not None:
        assert_exact(broken)
    return None


@given(place=st.sampled_from(PLACES), value=JSON)
@example(place=("guest", ("date_created_gmt",)), value="0001-01-01T00:00:00+10:00")
@example(place=("guest", ("tax_lines", 0, "rate_percent")), value="NaN")
@example(place=("guest", ("line_items", 0, "quantity")), value="Infinity")
@settings(max_examples=400, deadline=None)
def test_an_order_with_anything_anywhere_is_translated_or_refused_by_name(
    place: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    name, keys = place
    raw = encoded(put(ORDERS[name], keys, value))
    translated(raw, b"[]")
    head(raw)


@given(place=st.sampled_from(paths(REFUNDS)[1:]), value=JSON)
@settings(max_examples=200, deadline=None)
def test_so_are_its_refunds(place: tuple[Any, ...], value: Any) -> None:
    translated(encoded(REFUNDED), encoded(put(REFUNDS, place, value)))


RATES = st.sampled_from([Decimal(22), Decimal(19), Decimal("9.5"), Decimal(0)])
EXACT = st.integers(0, 10**7).map(lambda value: Decimal(value) / 10_000)
"""Net amounts as WooCommerce computes with, four decimals; it shows two."""


def shown(amount: Decimal) -> str:
    return str(amount.quantize(CENT, ROUND_HALF_UP))


def a_shop_s_order(
    lines: list[tuple[Decimal, Decimal]], shipping: Decimal, *, at_subtotal: bool
) -> dict[str, Any]:
    """An order as WooCommerce sums it up: each part is rounded where it is shown.

    Args:
        lines: net and rate.
        at_subtotal: whether VAT is rounded once instead of line by line.
    """
    document: dict[str, Any] = copy.deepcopy(ORDERS["fees"])
    rates = sorted({rate for _, rate in lines} | {Decimal(22)})
    ids = {rate: at + 1 for at, rate in enumerate(rates)}

    def part(net: Decimal, rate: Decimal) -> dict[str, Any]:
        tax = net * rate / 100
        taxes = [{"id": ids[rate], "total": shown(tax), "subtotal": ""}]
        return {"total": shown(net), "total_tax": shown(tax), "taxes": taxes}

    parts = [*lines, (shipping, Decimal(22))]
    taxes = [net * rate / 100 for net, rate in parts]
    tax = sum(taxes if at_subtotal else [Decimal(shown(one)) for one in taxes], Decimal(0))
    net = sum((Decimal(shown(one)) for one, _ in parts), Decimal(0))
    line = document["line_items"][0]
    document["line_items"] = [
        {**line, "id": 1000 + at, "subtotal": "", "subtotal_tax": "", **part(*one)}
        for at, one in enumerate(lines)
    ]
    document["shipping_lines"][0] |= part(shipping, Decimal(22))
    document["fee_lines"] = []
    document["tax_lines"] = [
        {"rate_id": ids[rate], "compound": False, "rate_percent": float(rate)} for rate in rates
    ]
    document["total"] = shown(net + tax)
    return document


@given(
    lines=st.lists(st.tuples(EXACT, RATES), min_size=1, max_size=6),
    shipping=EXACT,
    at_subtotal=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_what_a_shop_sums_up_adds_up_here(
    lines: list[tuple[Decimal, Decimal]], shipping: Decimal, at_subtotal: bool
) -> None:
    found = translated(encoded(a_shop_s_order(lines, shipping, at_subtotal=at_subtotal)), b"[]")
    assert found is not None
    gross = sum((one.charged.gross for one in found.lines), Decimal(0))
    charged = sum((one.charged.gross for one in found.charges), Decimal(0))
    assert gross + charged == found.total
    assert [line.charged.rate for line in found.lines] == [rate for _, rate in lines]


@given(off=st.integers(-500, 500).map(lambda cents: Decimal(cents) / 100))
@settings(max_examples=100, deadline=None)
def test_a_difference_is_balanced_to_the_cent_or_left_as_it_is(off: Decimal) -> None:
    total = Decimal(ORDERS["fees"]["total"]) + off
    found = translated(encoded(put(ORDERS["fees"], ("total",), str(total))), b"[]")
    assert found is not None
    parts = sum((line.charged.gross for line in found.lines), Decimal(0))
    parts += sum((charge.charged.gross for charge in found.charges), Decimal(0))
    # One line, shipping, two fees and one rate: five parts that may each be off by a cent.
    assert found.total - parts == (0 if abs(off) <= Decimal("0.05") else off)
