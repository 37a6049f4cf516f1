"""Sends records in calls of the size a system takes, and says what became of each of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar

from panstore.engine.bisect import Refusal, bisect
from panstore.model.ids import ExternalId
from panstore.model.plan import OutcomeState
from panstore.sdk.errors import OutcomeUnknownError, RemoteError

__all__ = ["REFUSED", "Fates", "Outcome", "Refused", "parts", "send_in_parts", "sort_outcomes"]

REFUSED = "write.refused"
"""Code of a refusal for which the system gave none."""


class Outcome(Protocol):
    """What a system answers about one record, whatever its id is called there."""

    @property
    def state(self) -> OutcomeState: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...


T = TypeVar("T")
R = TypeVar("R", bound=Outcome)


class Refused(NamedTuple):
    """Why a record was refused: `code` is never empty, `message` is the system's words."""

    code: str
    message: str


@dataclass
class Fates(Generic[T, R]):
    """What became of records; each is in one of the lists, in the order in which it was given.

    Attributes:
        done: with what the system answered.
        unknown: the reply was lost, or does not say anything about it.
        untried: not sent, or in a call that came to nothing; to be sent again.
        trouble: what ended it before everything was tried.
    """

    done: list[tuple[T, R]] = field(default_factory=list)
    refused: list[tuple[T, Refused]] = field(default_factory=list)
    unknown: list[T] = field(default_factory=list)
    untried: list[T] = field(default_factory=list)
    trouble: RemoteError | None = None


def parts(some: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`some` in pieces of at most `size`."""
    size = max(1, size)
    return (some[begin : begin + size] for begin in range(0, len(some), size))


def sort_outcomes(
    records: Sequence[tuple[ExternalId, T]],
    outcomes: Sequence[tuple[ExternalId, R]],
    bad: Sequence[tuple[ExternalId, Refusal]],
) -> Fates[T, R]:
    """Say of each record what became of it: pure.

    Args:
        records, outcomes, bad: each with the id the system knows the record by; `bad` are those
            whose call was refused with nothing else in it, which counts before any outcome.

    Returns:
        Every record once. One that no outcome mentions is unknown: nothing was said about it.
    """
    fates = Fates[T, R]()
    found, alone = dict(outcomes), dict(bad)
    for key, record in records:
        outcome = found.get(key)
        if key in alone:
            fates.refused.append((record, Refused(REFUSED, str(alone[key]))))
        elif outcome is None or outcome.state == "unknown":
            fates.unknown.append(record)
        elif outcome.state == "refused":
            fates.refused.append((record, Refused(outcome.code or REFUSED, outcome.message)))
        else:
            fates.done.append((record, outcome))
    return fates


async def send_in_parts(
    records: Sequence[tuple[ExternalId, T]],
    size: int,
    send: Callable[[Sequence[T]], Awaitable[Sequence[tuple[ExternalId, R]]]],
    replied: Callable[[], None],
) -> Fates[T, R]:
    """Send records; a refused call is divided down to the bad record, the good ones go through.

    The first trouble that concerns the whole connection ends it.

    Args:
        records: with the id the system knows each by, no two alike.
        size: most records in one call.
        send: the call, absolute; answers with the same ids, in any order.
        replied: told after each call that was made.
    """
    fates = Fates[T, R]()

    async def call(
        some: Sequence[tuple[ExternalId, T]],
    ) -> Sequence[tuple[ExternalId, R]]:
        return await send([record for _, record in some])

    for some in parts(records, size):
        given = [record for _, record in some]
        if fates.trouble is not None:
            fates.untried += given
            continue
        try:
            outcomes, bad = await bisect(some, call)
        except OutcomeUnknownError as error:
            fates.unknown += given
            fates.trouble = error
        except RemoteError as error:
            fates.untried += given
            fates.trouble = error
        else:
            alone = [(key, error) for (key, _), error in bad]
            one = sort_outcomes(some, outcomes, alone)
            fates.done += one.done
            fates.refused += one.refused
            fates.unknown += one.unknown
        replied()
    return fates
