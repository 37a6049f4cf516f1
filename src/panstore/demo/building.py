"""Builds of the demo's systems, side by side, given up at once when the demo is told to end."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

__all__ = ["Build", "finish"]

T = TypeVar("T")
_TURN_S = 0.1
_PATIENCE_S = 5.0


class Build(Generic[T]):
    """One build in a thread of its own; it dies with the process."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: T
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error

    def wait(self, seconds: float) -> bool:
        """Whether it is over."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> T:
        """What it made; raises what ended it."""
        if self._error is not None:
            raise self._error
        return self._result


def finish(builds: Sequence[Build[Any]], stop: threading.Event) -> bool:
    """Wait until all are over.

    Returns:
        False if `stop` was set meanwhile: their processes are ended and what is half done is
        removed by the next build. A build that only waits for another program's is left to end
        with this process.
    """
    while not stop.is_set():
        if all(build.wait(_TURN_S) for build in builds):
            return not stop.is_set()
    for _ in range(round(_PATIENCE_S / _TURN_S)):
        # Again and again: a build may begin its next step before it notices.
        for pid in _descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if all(build.wait(_TURN_S) for build in builds) and not _descendants(os.getpid()):
            break
    return False


def _descendants(ancestor: int) -> list[int]:
    """Processes that stem from this one, the youngest generation last.

    Source: proc(5), field 4 of `/proc/PID/stat`, counted after the name in parentheses.
    """
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    generation = [ancestor]
    while generation:
        generation = [child for parent in generation for child in parents.get(parent, [])]
        found.extend(generation)
    return found
