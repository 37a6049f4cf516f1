"""What goes wrong in the simulated world: scripted, at random, for a while, or for one item."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from panstore.model.ids import ConnectionId, ExternalId
from panstore.testing.world.clock import SimClock

__all__ = ["ALL_KINDS", "Fault", "FaultKind", "Faults"]

FaultKind = Literal[
    "none", "unavailable", "rate_limited", "rejected", "auth", "lost_before", "lost_after"
]
"""How a call ends. `lost_before`: nothing happened, `lost_after`: it happened; the caller cannot
tell the two apart. `auth`: credentials are refused until the connector is started again."""

ALL_KINDS: tuple[FaultKind, ...] = ("unavailable", "rate_limited", "lost_before", "lost_after")
"""What random faults choose from unless told otherwise: everything that passes by itself."""

Hook = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        after: seconds to wait that a rate limit names, None if it names none.
        code: stable word of a `rejected`.
    """

    kind: FaultKind
    after: float | None = None
    code: str = "refused"


@dataclass(frozen=True, slots=True)
class _Chance:
    rate: float
    kinds: tuple[FaultKind, ...]
    connections: frozenset[str]
    operations: frozenset[str]

    def fits(self, connection: str, operation: str) -> bool:
        return (not self.connections or connection in self.connections) and (
            not self.operations or operation in self.operations
        )


class Faults:
    """Consulted by both simulated connectors around every call; deterministic for a seed.

    Hooks are named `connection.operation.before` or `.after` (`*` stands for any connection or
    operation). A hook may change the world, or raise a `BaseException` of the test's own, which
    is how a test kills the caller: before the effect, or between the effect and the reply.
    """

    def __init__(self, clock: SimClock, *, seed: int = 0) -> None:
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose, not a secret
        self._scripts: dict[tuple[str, str], deque[Fault]] = defaultdict(deque)
        self._chances: list[_Chance] = []
        self._outages: list[tuple[str, dt.datetime, dt.datetime]] = []
        self._locked_out: set[str] = set()
        self._refused: dict[tuple[str, ExternalId], tuple[str, str]] = {}
        self._poison: set[tuple[str, ExternalId]] = set()
        self._hooks: dict[str, list[Hook]] = defaultdict(list)

    def script(
        self, connection: ConnectionId | str, operation: str, *faults: Fault | FaultKind
    ) -> None:
        """The next calls of `operation` end like this, in order; then all is well again.

        Args:
            operation: `*` for the next calls of any operation, where it has no script of its own.
        """
        for fault in faults:
            entry = fault if isinstance(fault, Fault) else Fault(fault)
            self._scripts[str(connection), operation].append(entry)

    def at_random(
        self,
        rate: float,
        kinds: Sequence[FaultKind] = ALL_KINDS,
        *,
        connections: Collection[str] = (),
        operations: Collection[str] = (),
    ) -> None:
        """From now on a share of calls goes wrong.

        Args:
            rate: 0 to 1.
            kinds: chosen from with equal chance.
            connections: empty for all.
            operations: empty for all.
        """
        chance = _Chance(rate, tuple(kinds), frozenset(connections), frozenset(operations))
        self._chances.append(chance)

    def down(self, connection: ConnectionId | str, since: dt.datetime, until: dt.datetime) -> None:
        """The system takes no call at all in `[since, until)`."""
        self._outages.append((str(connection), since, until))

    def up(self, connection: ConnectionId | str) -> None:
        """It takes calls again, whatever outage was planned."""
        self._outages = [one for one in self._outages if one[0] != str(connection)]

    def lock_out(self, connection: ConnectionId | str) -> None:
        """Its credentials are refused until the connector is started again."""
        self._locked_out.add(str(connection))

    def let_in(self, connection: ConnectionId | str) -> None:
        """The connector has logged in again."""
        self._locked_out.discard(str(connection))

    def refuse_item(
        self,
        connection: ConnectionId | str,
        target: ExternalId,
        *,
        code: str = "refused",
        message: str = "the shop does not want it",
    ) -> None:
        """Writes of one item are refused by name, the others of its batch go through."""
        self._refused[str(connection), target] = (code, message)

    def poison_item(self, connection: ConnectionId | str, target: ExternalId) -> None:
        """A batch with this item in it is refused whole, without saying why."""
        self._poison.add((str(connection), target))

    def accept_item(self, connection: ConnectionId | str, target: ExternalId) -> None:
        """Neither refused nor poisonous any more."""
        self._refused.pop((str(connection), target), None)
        self._poison.discard((str(connection), target))

    def calm(self) -> None:
        """Everything works from now on, hooks aside."""
        self._scripts.clear()
        self._chances.clear()
        self._outages.clear()
        self._locked_out.clear()
        self._refused.clear()
        self._poison.clear()

    def hook(self, point: str, hook: Hook) -> None:
        """Call `hook` at `connection.operation.before` or `.after`."""
        if point.count(".") != 2 or point.rsplit(".", 1)[1] not in {"before", "after"}:
            raise ValueError(f"{point!r} is not connection.operation.before or .after")
        self._hooks[point].append(hook)

    def unhook(self) -> None:
        """Forget all hooks."""
        self._hooks.clear()

    def run_hooks(self, connection: str, operation: str, when: Literal["before", "after"]) -> None:
        """Called by the connectors."""
        if not self._hooks:
            return
        for owner in (connection, "*"):
            for name in (operation, "*"):
                for hook in tuple(self._hooks.get(f"{owner}.{name}.{when}", ())):
                    hook()

    def choose(self, connection: str, operation: str) -> Fault:
        """What becomes of this call; called once per call by the connectors."""
        now = self._clock.now()
        if any(name == connection and a <= now < b for name, a, b in self._outages):
            return Fault("unavailable")
        scripted = self._scripts.get((connection, operation))
        fault = scripted.popleft() if scripted else self._next_of_any(connection)
        if fault is not None:
            if fault.kind == "auth":
                self.lock_out(connection)
            return fault
        if connection in self._locked_out and operation != "start":
            return Fault("auth")
        for chance in self._chances:
            if chance.fits(connection, operation) and self._random.random() < chance.rate:
                return Fault(self._random.choice(chance.kinds), after=1.0)
        return Fault("none")

    def _next_of_any(self, connection: str) -> Fault | None:
        scripted = self._scripts.get((connection, "*"))
        return scripted.popleft() if scripted else None

    def item_refusal(self, connection: str, target: ExternalId) -> tuple[str, str] | None:
        """Code and message if writes of this item are refused."""
        return self._refused.get((connection, target))

    def poisonous(self, connection: str, target: ExternalId) -> bool:
        """Whether this item spoils its batch."""
        return (connection, target) in self._poison
