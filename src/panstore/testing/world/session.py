"""Log-in, faults and record-keeping that both simulated connectors share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from panstore.model.errors import InvariantError
from panstore.model.ids import ConnectionId
from panstore.sdk.errors import (
    AuthError,
    OutcomeUnknownError,
    PanstoreError,
    RateLimitedError,
    RejectedError,
    RemoteError,
    UnavailableError,
)
from panstore.testing.world.faults import Fault, Faults
from panstore.testing.world.history import History, StockRead, StockWrite

__all__ = ["Session"]

Result = TypeVar("Result")


class Session:
    """One log-in to one simulated system; every call of a connector goes through `call`."""

    def __init__(
        self, connection: ConnectionId, faults: Faults, history: History, secret: str, given: str
    ) -> None:
        self.connection = connection
        self.faults = faults
        self.history = history
        self._secret = secret
        self._given = given
        self._open = False

    async def start(self) -> None:
        """Log in.

        Raises:
            AuthError: the secret is not the system's.
        """
        await asyncio.sleep(0)
        self.faults.run_hooks(self.connection, "start", "before")
        self._fail(self.faults.choose(self.connection, "start"), "start", "", writes=False)
        if self._given != self._secret:
            self.history.record(self.connection, "start", "", "auth")
            raise AuthError(self.connection, "start", "user or password is not accepted")
        self.faults.let_in(self.connection)
        self._open = True
        self.history.record(self.connection, "start", "", "done")
        self.faults.run_hooks(self.connection, "start", "after")

    def close(self) -> None:
        """Forget the log-in."""
        self._open = False

    async def call(
        self,
        operation: str,
        summary: str,
        work: Callable[[], Result],
        *,
        writes: bool = False,
        detail: Callable[[Result], StockRead | StockWrite] | None = None,
    ) -> Result:
        """Do `work` as a remote call: it may fail before, inside or after its effect.

        Control goes to the event loop before and after the effect, as it does with a real
        system, so that other tasks can come in between.
        """
        if not self._open:
            raise InvariantError(f"{self.connection}.{operation} before start()")
        await asyncio.sleep(0)
        self.faults.run_hooks(self.connection, operation, "before")
        fault = self.faults.choose(self.connection, operation)
        self._fail(fault, operation, summary, writes=writes)
        try:
            result = work()
        except PanstoreError as error:
            self.history.record(self.connection, operation, summary, f"refused: {error}")
            raise
        lost = fault.kind == "lost_after"
        self.history.record(
            self.connection,
            operation,
            summary,
            "lost after" if lost else "done",
            detail(result) if detail is not None and self.history.keep else None,
        )
        self.faults.run_hooks(self.connection, operation, "after")
        if lost:
            raise self._lost(operation, writes=writes)
        await asyncio.sleep(0)
        return result

    def _fail(self, fault: Fault, operation: str, summary: str, *, writes: bool) -> None:
        error: RemoteError
        match fault.kind:
            case "none" | "lost_after":
                return
            case "unavailable":
                error = UnavailableError(self.connection, operation, "connection refused")
            case "rate_limited":
                error = RateLimitedError(self.connection, operation, fault.after)
            case "rejected":
                error = RejectedError(self.connection, operation, "it says no", code=fault.code)
            case "auth":
                error = AuthError(self.connection, operation, "the session is not accepted")
            case "lost_before":
                error = self._lost(operation, writes=writes)
        self.history.record(self.connection, operation, summary, fault.kind.replace("_", " "))
        raise error

    def _lost(self, operation: str, *, writes: bool) -> RemoteError:
        if writes:
            return OutcomeUnknownError(self.connection, operation, "the reply was lost")
        return UnavailableError(self.connection, operation, "the answer to a question was lost")
