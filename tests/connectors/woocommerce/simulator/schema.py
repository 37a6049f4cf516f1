"""WordPress's check of single requests against a schema; the items of a batch never come here.

A kind is a word (`string`, `integer`, `boolean`, `number`, `object`, `mixed`, `date`), a tuple of
allowed words, or one of the shapes below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.connectors.woocommerce.simulator.answers import invalid

__all__ = ["Between", "Kind", "ListOf", "Shape", "checked", "date_like", "one_of"]


@dataclass(frozen=True)
class ListOf:
    """A list; a text is split at its commas first, as WordPress does."""

    kind: Kind


@dataclass(frozen=True)
class Shape:
    """An object with these fields; others are passed over."""

    fields: Mapping[str, Kind]


@dataclass(frozen=True)
class Between:
    """A whole number within bounds, both included."""

    lowest: int
    highest: int | None = None


Kind = str | tuple[str, ...] | ListOf | Shape | Between
Fault = tuple[str, str, Any]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}(?::\d{2})?)?")


def date_like(value: str) -> bool:
    """Whether WordPress takes a text for a moment; a date without a time it does not."""
    return _DATE.fullmatch(value) is not None


def one_of(words: tuple[str, ...]) -> str:
    """`a, b, and c`."""
    return ", ".join(words[:-1]) + f", and {words[-1]}"


def checked(fields: Mapping[str, Any], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """The fields, turned into what their kinds ask for; unknown names are passed over.

    Raises:
        Refused: 400 `rest_invalid_param` that names every field at fault.
    """
    faults: dict[str, Fault] = {}
    turned: dict[str, Any] = {}
    for name, value in fields.items():
        kind = kinds.get(name)
        if kind is None:
            continue
        # null is never refused: it becomes the empty value of its kind (recorded 09, exchange 4).
        fault = None if value is None else _fault(name, value, kind)
        if fault is not None:
            faults[name] = fault
        else:
            turned[name] = _turned(value, kind)
    if faults:
        raise invalid(faults)
    return turned


def _type_fault(name: str, kind: str) -> Fault:
    return "rest_invalid_type", f"{name} is not of type {kind}.", {"param": name}


def _fault(name: str, value: Any, kind: Kind) -> Fault | None:
    if isinstance(kind, tuple):
        found = _word_fault(name, value, kind)
    elif isinstance(kind, Between):
        found = _between_fault(name, value, kind)
    elif isinstance(kind, ListOf):
        found = _list_fault(name, value, kind)
    elif isinstance(kind, Shape):
        found = _shape_fault(name, value, kind)
    elif kind == "date":
        good = isinstance(value, str) and (not value or date_like(value))
        found = None if good else ("rest_invalid_date", "Invalid date.", None)
    else:
        found = None if _is(value, kind) else _type_fault(name, kind)
    return found


def _word_fault(name: str, value: Any, words: tuple[str, ...]) -> Fault | None:
    if not isinstance(value, str):
        return _type_fault(name, "string")
    if value in words:
        return None
    return "rest_not_in_enum", f"{name} is not one of {one_of(words)}.", None


def _shape_fault(name: str, value: Any, kind: Shape) -> Fault | None:
    if not isinstance(value, dict):
        return _type_fault(name, "object")
    found = (
        _fault(f"{name}[{field}]", value[field], inner)
        for field, inner in kind.fields.items()
        if value.get(field) is not None
    )
    return next((each for each in found if each is not None), None)


def _list_fault(name: str, value: Any, kind: ListOf) -> Fault | None:
    if isinstance(value, dict):
        return _type_fault(name, "array")
    for number, each in enumerate(_as_list(value)):
        fault = _fault(f"{name}[{number}]", each, kind.kind)
        if fault is not None:
            return fault
    return None


def _between_fault(name: str, value: Any, kind: Between) -> Fault | None:
    if not _is(value, "integer"):
        return _type_fault(name, "integer")
    number = int(float(value))
    if kind.highest is None:
        if number < kind.lowest:
            message = f"{name} must be greater than or equal to {kind.lowest}"
            return "rest_out_of_bounds", message, None
    elif not kind.lowest <= number <= kind.highest:
        bounds = f"{kind.lowest} (inclusive) and {kind.highest} (inclusive)"
        return "rest_out_of_bounds", f"{name} must be between {bounds}", None
    return None


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return [part for part in re.split(r"[\s,]+", value) if part]
    return [value]


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _boolean(value: Any) -> bool:
    told = value.lower() if isinstance(value, str) else value
    return isinstance(value, bool) or told in ("true", "false", "0", "1", "", 0, 1)


def _integer(value: Any) -> bool:
    number = _number(value)
    return number is not None and number == round(number)


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _integer,
    "number": lambda value: _number(value) is not None,
    "boolean": _boolean,
    "object": lambda value: isinstance(value, dict),
}


def _is(value: Any, kind: str) -> bool:
    check = _CHECKS.get(kind)
    return check is None or check(value)


_EMPTY: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "date": ""}


def _turned(value: Any, kind: Kind) -> Any:
    if value is None:
        return _nothing(kind)
    turned = value
    if isinstance(kind, ListOf):
        turned = [_turned(each, kind.kind) for each in _as_list(value)]
    elif isinstance(kind, Shape):
        turned = {
            name: _turned(each, kind.fields[name]) if name in kind.fields else each
            for name, each in value.items()
        }
    elif kind == "integer" or isinstance(kind, Between):
        turned = int(float(value))
    elif kind == "boolean":
        turned = value.lower() in {"true", "1"} if isinstance(value, str) else bool(value)
    return turned


def _nothing(kind: Kind) -> Any:
    if isinstance(kind, ListOf):
        return []
    return _EMPTY.get(kind) if isinstance(kind, str) else None
