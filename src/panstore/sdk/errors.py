"""Errors a connector or module raises; each tells the engine what to do next.

    PanstoreError
      ConfigError           settings are wrong                  -> stop the start, name the key
      MappingError          one record cannot be translated     -> park the record, go on
      UnsupportedError      the system cannot do it             -> refuse, say what can
      RemoteError           an outside system answered badly
        UnavailableError    it did not take the call            -> retry with growing pauses
          RateLimitedError  it asked for fewer calls            -> wait as long as it says
          WentBackError     it knows less than it told before   -> rest until a person says so
        OutcomeUnknownError the reply was lost                  -> look up or read back first
        AuthError           it does not accept our credentials  -> pause the connection
        NotFoundError       the record is gone                  -> park, the link is broken
        RejectedError       it says no                          -> park the record
        ForgedError         a message was not signed by it      -> refuse the message

What the engine does with each is one table in `panstore.engine.recovery`.
"""

from __future__ import annotations

from panstore.model.errors import PanstoreError

__all__ = [
    "AuthError",
    "ConfigError",
    "ForgedError",
    "MappingError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PanstoreError",
    "RateLimitedError",
    "RejectedError",
    "RemoteError",
    "UnavailableError",
    "UnsupportedError",
    "WentBackError",
]


class ConfigError(PanstoreError):
    """Settings that cannot work.

    Attributes:
        path: the key in `panstore.toml`, e.g. `connections.shop.url`.
        remedy: what is allowed there.
    """

    def __init__(self, path: str, what: str, remedy: str = "") -> None:
        super().__init__(f"{path}: {what}" + (f" ({remedy})" if remedy else ""))
        self.path = path
        self.remedy = remedy


class MappingError(PanstoreError):
    """One record cannot be translated.

    Attributes:
        record: which record, in the other system's terms.
        field: the field that has no meaning for us.
    """

    def __init__(self, record: str, field: str, what: str) -> None:
        super().__init__(f"{record}: {field} {what}")
        self.record = record
        self.field = field


class UnsupportedError(PanstoreError):
    """The system cannot do what was asked; raised before anything was sent."""


class RemoteError(PanstoreError):
    """An outside system did not do what was asked.

    Attributes:
        connector: id of the connector.
        operation: what was asked, for people.
    """

    def __init__(self, connector: str, operation: str, what: str) -> None:
        super().__init__(f"{connector} {operation}: {what}")
        self.connector = connector
        self.operation = operation
        self.what = what


class UnavailableError(RemoteError):
    """The call was not taken: refused connection, 503, a time-out before anything was sent.

    Raise it only when the call certainly had no effect; otherwise `OutcomeUnknownError`.
    """


class RateLimitedError(UnavailableError):
    """Too many calls.

    Attributes:
        after: seconds to wait, as the system said, or None.
    """

    def __init__(self, connector: str, operation: str, after: float | None) -> None:
        super().__init__(connector, operation, f"asked to slow down (wait {after or '?'} s)")
        self.after = after


class WentBackError(UnavailableError):
    """It knows less than was read from it before: it was restored from an older copy.

    Its new orders would not be seen until its numbers had caught up, so nothing is exchanged
    with it until a person says that it was restored.
    """

    def __init__(self, connector: str, operation: str, what: str) -> None:
        super().__init__(
            connector,
            operation,
            f"{what.rstrip('.')}. It was restored from an older copy. Nothing is exchanged with it "
            f"until you say so with `panstore sync --restored {connector}`",
        )


class OutcomeUnknownError(RemoteError):
    """The reply was lost, cut or unreadable: the write may have happened."""


class AuthError(RemoteError):
    """The credentials are not accepted."""


class NotFoundError(RemoteError):
    """The record is not there any more."""


class RejectedError(RemoteError):
    """The system understood and refuses.

    Attributes:
        code: stable word for the reason, the system's own where it has one.
        field: the field it names, or the id of the record in the way; or empty.
    """

    def __init__(
        self, connector: str, operation: str, what: str, *, code: str = "", field: str = ""
    ) -> None:
        super().__init__(connector, operation, what)
        self.code = code
        self.field = field


class ForgedError(RemoteError):
    """A message whose signature, time stamp or form is not the system's."""
