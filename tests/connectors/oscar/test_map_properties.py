"""Whatever a shop answers, an order is translated exactly or refused by name; nothing else."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from panstore.connectors.oscar import map as translate
from panstore.connectors.oscar.config import OSCAR_STAGES
from panstore.sdk.errors import MappingError
from panstore.testing.suites import assert_exact
from tests.connectors.oscar.recordings import encoded, guest_order, recorded

ORDERS = {"guest": guest_order(), "account": recorded("order_of_an_account")}
CENTS = st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100)
RATES = st.sampled_from([Decimal(22), Decimal("9.5"), Decimal(5), Decimal(0)])


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON document."""
    places = value.items() if isinstance(value, dict) else enumerate(value)
    found = [before]
    for key, one in places:
        inside = isinstance(one, dict | list)
        found += paths(one, (*before, key)) if inside else [(*before, key)]
    return found


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["", "-1", "1e5", "NaN", "0001-01-01T00:00:00+10:00", "9" * 30]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


PLACES = [(name, place) for name, one in ORDERS.items() for place in paths(one)[1:]]


@given(place=st.sampled_from(PLACES), value=JSON)
@example(place=("guest", ("placed_at",)), value="0001-01-01T00:00:00+10:00")
@example(place=("account", ("refunds", 0, "at")), value="0001-01-01T00:00:00+10:00")
@example(place=("account", ("returns", 0, "at")), value="0001-01-01T00:00:00+10:00")
@settings(max_examples=400, deadline=None)
def test_an_order_with_anything_anywhere_is_translated_or_refused_by_name(
    place: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    name, keys = place
    document = copy.deepcopy(ORDERS[name])
    holder: Any = document
    for key in keys[:-1]:
        holder = holder[key]
    holder[keys[-1]] = value
    raw = encoded(document)
    refusal: MappingError | None = None
    try:
        assert_exact(translate.order(raw, OSCAR_STAGES))
    except MappingError as error:
        refusal = error
    if refusal is not None:
        assert refusal.field
        assert_exact(translate.broken_order(raw, refusal, OSCAR_STAGES))


@given(st.lists(st.tuples(CENTS, RATES, CENTS, st.integers(1, 10**6)), max_size=20), CENTS)
@settings(max_examples=100, deadline=None)
def test_amounts_come_through_to_the_cent(
    lines: list[tuple[Decimal, Decimal, Decimal, int]], post: Decimal
) -> None:
    document = guest_order()
    (sample, _) = document["lines"]
    document["lines"] = []
    for net, rate, off, pieces in lines:
        gross = net + (net * rate / 100).quantize(Decimal("0.01"))
        prices = {"line_price_excl": f"{net:f}", "line_price_incl": f"{gross:f}"}
        before = {"line_price_before_discounts_incl": f"{gross + off:f}"}
        counts = {"quantity": str(pieces), "tax_rate": f"{rate:f}"}
        document["lines"].append(sample | prices | before | counts)
    document["shipping"] |= {"excl": f"{post:f}", "incl": f"{post:f}", "tax_rate": "0"}
    found = translate.order(encoded(document), OSCAR_STAGES)
    for line, (net, rate, off, pieces) in zip(found.lines, lines, strict=True):
        assert line.charged.net == net
        assert line.charged.net + line.charged.tax == line.charged.gross
        assert (line.charged.rate, line.discount) == (rate, off)
        assert line.quantity == Decimal(pieces)
    assert found.charges[0].charged.gross == post
