"""The replay sees what differs: each kind of difference, made on purpose."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connectors.woocommerce.replay import Allowed, Difference, compared
from tests.connectors.woocommerce.simulator.router import WooAnswer

MOMENT = "2026-11-24T04:50:09"


def _points(real: Any, ours: Any, note: str = "", **ours_too: Any) -> list[str]:
    recorded = {"status": 200, "headers": {"allow": "GET"}, "body": real}
    headers = {"allow": "GET", **ours_too.get("headers", {})}
    answer = WooAnswer(ours_too.get("status", 200), ours, headers)
    return [path for path, _, _ in compared({"response": recorded, "note": note}, answer)]


@pytest.mark.parametrize(
    ("real", "ours", "path"),
    [
        ({"a": 1}, {"a": 2}, "body.a"),
        ({"a": 1}, {"a": "1"}, "body.a"),
        ({"a": 1}, {"a": True}, "body.a"),
        ({"a": 1}, {}, "body.a"),
        ({}, {"a": 1}, "body.a"),
        ({"a": [1, 2]}, {"a": [1]}, "body.a.length"),
        ({"a": [{"b": None}]}, {"a": [{"b": 0}]}, "body.a.0.b"),
        ({"a": MOMENT}, {"a": "2026-11-24T04:50:19"}, "body.a"),
        ({"a": MOMENT}, {"a": "2026-11-24 04:50:09"}, "body.a"),
        ({"related_ids": [1]}, {"related_ids": ["1"]}, "body.related_ids.0"),
    ],
)
def test_a_body_that_differs_is_seen(real: Any, ours: Any, path: str) -> None:
    assert _points(real, ours) == [path]


def test_status_and_headers_are_compared() -> None:
    assert _points({}, {}, status=201) == ["status"]
    assert _points({}, {}, headers={"allow": "GET, POST"}) == ["headers.allow"]
    assert _points({}, {}, headers={"x-wp-total": "1"}) == ["headers.x-wp-total"]


@pytest.mark.parametrize(
    ("real", "ours", "note"),
    [
        ({"a": MOMENT}, {"a": "2026-11-24T04:50:12"}, ""),
        ({"related_ids": [1, 2]}, {"related_ids": [3]}, ""),
        ({"a": 1}, {"a": 1, "b": 2}, "body trimmed"),
        ([1, 2, 3], [1, 2, 3, 4], "body shortened: 3 of the 4 items sent"),
    ],
)
def test_what_cannot_be_the_same_is_let_pass(real: Any, ours: Any, note: str) -> None:
    assert _points(real, ours, note) == []


def test_a_listed_difference_covers_its_own_place_only() -> None:
    known = Allowed("17-trash", 9, "body.meta_data.*.id", "an argument that is long enough")
    assert known.covers(Difference("17-trash", 9, "body.meta_data.1.id", 1, 2))
    for other in (
        Difference("18-duplicate", 9, "body.meta_data.1.id", 1, 2),
        Difference("17-trash", 8, "body.meta_data.1.id", 1, 2),
        Difference("17-trash", 9, "body.meta_data.1.key", 1, 2),
    ):
        assert not known.covers(other)
