"""Numbers in addresses: the store counts its rows in 64 bits, a larger one is none of its rows."""

from __future__ import annotations

from typing import Annotated

from litestar.params import PathParameter, QueryParameter

__all__ = ["RecordNumber", "RowNumber", "row_number"]

_LARGEST = 2**63 - 1
_MOST_DIGITS = len(str(_LARGEST))

RecordNumber = Annotated[int, PathParameter(ge=1, le=_LARGEST)]
"""A parked record or a mass change."""

RowNumber = Annotated[int, QueryParameter(ge=0, le=_LARGEST)]
"""A row of the audit, 0 before the first."""


def row_number(text: str) -> int | None:
    """A row's number in a header; None if it is none."""
    if not (text.isascii() and text.isdecimal()) or len(text) > _MOST_DIGITS:
        return None
    return min(int(text), _LARGEST)
