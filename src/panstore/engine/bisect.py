"""Finds the one bad record in a batch that was refused as a whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from panstore.sdk.errors import MappingError, NotFoundError, RejectedError

__all__ = ["Refusal", "bisect"]

T = TypeVar("T")
R = TypeVar("R")
Refusal = RejectedError | MappingError | NotFoundError


async def bisect(
    records: Sequence[T], do: Callable[[Sequence[T]], Awaitable[Sequence[R]]]
) -> tuple[list[R], list[tuple[T, Refusal]]]:
    """Do a batch; where it is refused, do its halves, down to the single bad record.

    Args:
        records: at least one.
        do: the call; absolute, so that repeating it for some records is harmless.

    Returns:
        All results, and the records that are refused even alone, with the reason.

    Raises:
        RemoteError: anything else; it concerns the whole connection.
    """
    try:
        return list(await do(records)), []
    except (RejectedError, MappingError, NotFoundError) as error:
        if len(records) == 1:
            return [], [(records[0], error)]
    middle = len(records) // 2
    left, bad_left = await bisect(records[:middle], do)
    right, bad_right = await bisect(records[middle:], do)
    return left + right, bad_left + bad_right
