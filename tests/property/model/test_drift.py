"""Who moved: every case, and what holds whatever the values are."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panstore.model.drift import Mover, OwnWork, Waits, own_work, who_moved

_TEXTS = st.none() | st.sampled_from(["a", "b", "c"])
_WAITS = st.sampled_from(get_args(Waits))


@pytest.mark.parametrize(
    ("shop", "erp", "wrote", "waits", "moved"),
    [
        ("a", "a", "a", "", "none"),
        ("a", "a", "b", "mark", "none"),
        (None, None, None, "", "none"),
        (None, None, "a", "held", "us"),
        ("b", "a", "a", "", "shop"),
        (None, "a", "a", "", "shop"),
        ("a", "b", "a", "", "erp"),
        ("b", "c", "a", "", "both"),
        ("b", "a", None, "", "unknown"),
        ("a", "b", "a", "brake", "us"),
    ],
)
def test_who_moved(
    shop: str | None, erp: str | None, wrote: str | None, waits: Waits, moved: Mover
) -> None:
    assert who_moved(shop=shop, erp=erp, wrote=wrote, waits=waits) == moved


@given(shop=_TEXTS, erp=_TEXTS, wrote=_TEXTS, waits=_WAITS)
def test_the_verdict_is_borne_out_by_the_values(
    shop: str | None, erp: str | None, wrote: str | None, waits: Waits
) -> None:
    moved = who_moved(shop=shop, erp=erp, wrote=wrote, waits=waits)
    if moved == "none":
        assert shop == erp
    elif moved in {"shop", "erp", "both", "unknown"}:
        assert shop != erp
        assert not waits
        assert (moved == "unknown") == (wrote is None)
    else:
        assert waits
    if moved in {"shop", "both"}:
        assert shop != wrote
    if moved in {"erp", "both"}:
        assert erp != wrote


@given(shop=_TEXTS, erp=_TEXTS, wrote=_TEXTS, waits=_WAITS)
def test_both_sides_are_judged_alike(
    shop: str | None, erp: str | None, wrote: str | None, waits: Waits
) -> None:
    swapped: dict[Mover, Mover] = {"shop": "erp", "erp": "shop"}
    moved = who_moved(shop=shop, erp=erp, wrote=wrote, waits=waits)
    if shop is None or erp is None or shop != erp:
        other = who_moved(shop=erp, erp=shop, wrote=wrote, waits=waits)
        assert other == swapped.get(moved, moved)


@given(
    st.builds(
        OwnWork,
        undone=st.booleans(),
        approval=st.none() | st.integers(1, 9),
        parked=st.none() | st.integers(1, 9),
        doubt=st.booleans(),
        marked=st.booleans(),
        held=st.sampled_from(["", "no price"]),
    )
)
def test_our_own_work_waits_for_something_exactly_if_anything_holds_it(known: OwnWork) -> None:
    waits, words = own_work(known)
    holds = {
        "undone": known.undone,
        "brake": known.approval is not None,
        "parked": known.parked is not None,
        "held": bool(known.held),
        "doubt": known.doubt,
        "mark": known.marked,
    }
    first = next((name for name, is_so in holds.items() if is_so), "")
    assert waits == first
    assert bool(words) == bool(first)
