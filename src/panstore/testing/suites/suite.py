"""What all suites share: a binding may add tests, never replace one; values are exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

__all__ = ["Suite", "assert_exact"]


class Suite:
    """Base of the conformance suites.

    A binding is a test class that inherits one suite per role and gives a fixture `harness`.

    Raises:
        TypeError: when a binding is defined that would replace a test, or two suites have a
            test of the same name, so that one of them would never run.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        owners: dict[str, type] = {}
        for owner in cls.__mro__:
            for name in vars(owner):
                if not name.startswith("test"):
                    continue
                if name in owners:
                    raise TypeError(
                        f"{owners[name].__name__}.{name} would replace {owner.__name__}.{name}; "
                        "a conformance test cannot be overridden: mend the connector, or declare "
                        "the capability it lacks"
                    )
                owners[name] = owner


def assert_exact(value: object, where: str = "answer") -> None:
    """Assert that no float and no time without UTC hides anywhere in a model value.

    Args:
        where: how to call the value in the message.
    """
    assert not isinstance(value, float), f"{where} is a float: {value!r}; money is Decimal"
    if isinstance(value, Decimal):
        assert value.is_finite(), f"{where} is {value}"
    elif isinstance(value, dt.datetime):
        offset = value.utcoffset()
        assert offset is not None, f"{where} is naive: {value!r}; times are aware UTC"
        assert offset == dt.timedelta(0), f"{where} is not UTC: {value!r}"
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            assert_exact(getattr(value, field), f"{where}.{field}")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            assert_exact(one, f"{where}[{key!r}]")
    elif isinstance(value, tuple | list):
        for position, one in enumerate(value):
            assert_exact(one, f"{where}[{position}]")
