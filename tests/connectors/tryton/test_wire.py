"""Tryton's JSON: special values keep their type and every digit."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panstore.connectors.tryton.wire import decode, encode

plain_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.text(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.just(dt.UTC)).map(lambda at: at.replace(fold=0)),
    st.binary(),
)
values = st.recursive(
    plain_values,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text().filter(lambda key: key != "__class__"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(values)
def test_what_is_encoded_is_decoded_the_same(value: object) -> None:
    again = decode(encode(value))
    assert again == value
    assert _digits(again) == _digits(value)


def _digits(value: object) -> str:
    """Text with every digit: 1.0 and 1.00 are equal numbers."""
    return repr(value)


def test_special_values_have_trytons_form() -> None:
    at = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    sent = json.loads(encode([Decimal("80.00"), dt.date(2026, 3, 2), at, b"PDF", (1, True)]))
    assert sent == [
        {"__class__": "Decimal", "decimal": "80.00"},
        {"__class__": "date", "year": 2026, "month": 3, "day": 2},
        {
            "__class__": "datetime",
            "year": 2026,
            "month": 3,
            "day": 2,
            "hour": 8,
            "minute": 30,
            "second": 0,
            "microsecond": 0,
        },
        {"__class__": "bytes", "base64": "UERG"},
        [1, True],
    ]


@pytest.mark.parametrize(
    "value",
    [0.1, [{"a": 1.0}], dt.datetime(2026, 3, 2), dt.timedelta(1), object()],  # noqa: DTZ001
)
def test_what_has_no_exact_form_is_not_sent(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


def test_numbers_with_a_point_are_exact() -> None:
    assert decode(b'{"a": 0.10, "b": 3}') == {"a": Decimal("0.10"), "b": 3}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"id": 1, "result": [',
        b"\xff\xfe",
        b"NaN",
        b'{"__class__": "Decimal"}',
        b'{"__class__": "Decimal", "decimal": "much"}',
        b'{"__class__": "date", "year": 2026, "month": 13, "day": 1}',
        b'{"__class__": "date", "year": 2026}',
        b'{"__class__": "timedelta", "seconds": 1}',
        b'{"__class__": "bytes", "base64": "\\u010d"}',
        b'{"__class__": []}',
    ],
)
def test_what_is_not_trytons_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        decode(body)
