"""Rows of answers in typed form, and ids; a wrong field names its record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from panstore.model.ids import ExternalId
from panstore.sdk.errors import MappingError

__all__ = [
    "external",
    "number_of",
    "numbers_of",
    "parts",
    "row",
    "rows",
]

RowT = TypeVar("RowT")

_LARGEST_ID = 2**31 - 1
"""Ids are 32-bit integers in PostgreSQL; a larger one is an error there, not an unknown record."""

_PATH = re.compile(r"at `\$\.?([^`]*)`")


def external(number: int) -> ExternalId:
    """Tryton's id as PanStore keeps it."""
    return ExternalId(str(number))


def number_of(text: str) -> int | None:
    """Tryton's id behind an external id; None for a text that cannot be one."""
    if not (text.isascii() and text.isdecimal()):
        return None
    value = int(text)
    return value if 0 < value <= _LARGEST_ID else None


def numbers_of(ids: Iterable[ExternalId]) -> list[int]:
    """Tryton's ids behind external ids; what cannot be an id of Tryton is left out."""
    return [value for value in map(number_of, ids) if value is not None]


def parts(numbers: Sequence[int], size: int) -> Iterator[list[int]]:
    """The same numbers in lists of at most `size`."""
    for start in range(0, len(numbers), size):
        yield list(numbers[start : start + size])


def row(value: object, kind: type[RowT], record: str) -> RowT:
    """One row of an answer in its typed form.

    Args:
        value: decoded JSON.
        kind: a struct of `wire`.
        record: which record it is, for people.

    Raises:
        MappingError: a field is missing or has no meaning for us; it names both.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _PATH.search(text)
        where = found.group(1) if found and found.group(1) else "row"
        raise MappingError(record, where, f"is not what was agreed ({text})") from None


def rows(value: object, kind: type[RowT], noun: str, key: str) -> list[RowT]:
    """A list of rows; each is called by `noun` and its field `key`.

    Raises:
        MappingError: as `row`.
    """
    if not isinstance(value, list):
        raise MappingError(f"list of {noun}", "answer", f"is {type(value).__name__}, not a list")
    return [row(one, kind, f"{noun} {_named(one, key)}") for one in value]


def _named(value: object, key: str) -> str:
    return str(value.get(key, "?")) if isinstance(value, dict) else "?"
