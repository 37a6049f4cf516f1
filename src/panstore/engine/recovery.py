"""What the engine does with each error: one table."""

from __future__ import annotations

import datetime as dt
from enum import Enum

from panstore.model.errors import InvariantError, PanstoreError
from panstore.sdk import errors as sdk

__all__ = ["ACTIONS", "LONGEST_PAUSE", "LONGEST_REST", "Action", "action_for", "backoff"]


class Action(Enum):
    """What is done next with the record or the connection."""

    RETRY = "try again later, with growing pauses"
    LOOK = "look at the other side before anything else"
    REST = "let the connection rest, then try again; a person is told"
    PARK = "set the record aside for a person, go on with the rest"
    STOP = "stop the start and name the setting"
    REFUSE = "refuse the message"


ACTIONS: dict[type[PanstoreError], Action] = {
    InvariantError: Action.PARK,
    sdk.ConfigError: Action.STOP,
    sdk.MappingError: Action.PARK,
    sdk.UnsupportedError: Action.PARK,
    sdk.UnavailableError: Action.RETRY,
    sdk.RateLimitedError: Action.RETRY,
    sdk.WentBackError: Action.REST,
    sdk.OutcomeUnknownError: Action.LOOK,
    sdk.AuthError: Action.REST,
    sdk.NotFoundError: Action.PARK,
    sdk.RejectedError: Action.PARK,
    sdk.ForgedError: Action.REFUSE,
}

_FIRST = dt.timedelta(seconds=0.5)

LONGEST_PAUSE = dt.timedelta(minutes=1)
"""Between two tries of the same thing."""

LONGEST_REST = dt.timedelta(hours=1)
"""Of a connection that asks for it, or of a run that kills its process."""


def action_for(error: BaseException) -> Action:
    """The action for an error; what we did not mean to raise parks the record."""
    for kind in type(error).__mro__:
        if kind in ACTIONS:
            return ACTIONS[kind]
    return Action.PARK


def backoff(attempts: int) -> dt.timedelta:
    """Pause before the next try, doubling from half a second to a minute.

    Args:
        attempts: tries that failed so far, >= 0.
    """
    return min(LONGEST_PAUSE, _FIRST * (1 << min(attempts, 10)))
