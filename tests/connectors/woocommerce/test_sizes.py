"""The measurement of sizes, small: what it does is right, and calls grow with batches only."""

from __future__ import annotations

from benchmarks.woocommerce import sizes


def test_a_shop_of_some_size_is_brought_in_step_with_few_calls() -> None:
    found = {figure.name: figure.value for figure in sizes(400, 60, pairs=1)}
    # 4 of the start, the last second of orders and two pages of them, changed goods by 100.
    assert found["all orders read for the first time: calls"] <= 13
    # 4 batches of 100: two modules read each of them.
    assert found["full run of S1 and S2, nothing to write: calls"] == 8
    assert found["full run of S1 and S2, nothing to write: writes"] == 0
    # Read and written by batches of 100, as the bare client does it.
    assert found["all prices change, the last time: calls"] == 8
    assert found["bare client, the last time: calls"] == 8
    assert found["drift of S1 and S2: calls"] == 8
    assert found["drift of S1 and S2: differing"] == 0
