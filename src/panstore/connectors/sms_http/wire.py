"""What a provider's HTTP statuses mean: whether it has the SMS, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from panstore.connectors.sms_http.map import words_of
from panstore.sdk.errors import (
    AuthError,
    OutcomeUnknownError,
    RateLimitedError,
    RejectedError,
    RemoteError,
    UnavailableError,
)

__all__ = ["is_good", "refusal"]

_SEND = "send SMS"
_NO_ACCESS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


def is_good(status: int) -> bool:
    """Whether the provider says that it has read the call."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def refusal(
    connection: str, status: int, body: str, retry_after: float | None, later: Sequence[int]
) -> RemoteError:
    """The error for an answer with a status that is not good.

    Args:
        retry_after: seconds the provider asked to wait, if it said so.
        later: statuses by which it says that it takes nothing now.
    """
    words = words_of(body)
    said = f"status {status}" + (f": {words}" if words else "")
    if status in _NO_ACCESS:
        return AuthError(connection, _SEND, f"user or password are not accepted ({said})")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError(connection, _SEND, retry_after)
    if status in later:
        return UnavailableError(connection, _SEND, f"the provider takes nothing now ({said})")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return OutcomeUnknownError(connection, _SEND, f"the provider failed at it ({said})")
    if status < HTTPStatus.BAD_REQUEST:
        what = f"the provider sends us elsewhere ({said}); correct `url`"
        return UnavailableError(connection, _SEND, what)
    return RejectedError(connection, _SEND, f"the provider refuses it ({said})", code=str(status))
