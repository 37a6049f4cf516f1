"""Child processes of the demo: written down, so that a killed demo leaves nothing behind."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

__all__ = ["Children", "DemoError", "Ports"]

_PATIENCE_S = 8.0
_OTHER_PORTS = 20


class DemoError(RuntimeError):
    """The demo cannot go on; the text says why and what to do."""


class Ports:
    """Ports of one demo: no other demo on this machine gets one of them as long as this lives.

    A port is free until its system listens, which takes seconds; two demos started together
    would choose the same ones. So each is claimed by a name in the kernel, which the end of the
    process, however it ends, gives back.
    """

    def __init__(self) -> None:
        self._claims: list[socket.socket] = []

    def take(self, preferred: int) -> int:
        """The preferred port if nobody has it, else any free one.

        Raises:
            DemoError: there is none.
        """
        for candidate in (preferred, *([0] * _OTHER_PORTS)):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", candidate))
                except OSError:
                    continue
                port: int = probe.getsockname()[1]
                if self._claim(port):
                    return port
        raise DemoError("no free port on 127.0.0.1; end some programs and start again")

    def give_back(self) -> None:
        """Let others have them."""
        while self._claims:
            self._claims.pop().close()

    def _claim(self, port: int) -> bool:
        claim = socket.socket(socket.AF_UNIX)
        try:
            # A name that begins with a zero byte lies in no directory (unix(7), "abstract").
            claim.bind(f"\0panstore-demo-port-{port}")
        except OSError as error:
            claim.close()
            # Where there are no such names, two demos may still meet.
            return error.errno != errno.EADDRINUSE
        self._claims.append(claim)
        return True


class Children:
    """The demo's processes, each leader of a group of its own."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def end_leftovers(self) -> int:
        """End what an earlier demo on this directory left behind when it was killed.

        A process counts only if it began exactly when the noted one did, so that a number given
        to another program meanwhile harms nobody.
        """
        try:
            noted = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0
        alive = [pid for pid, began in noted if _began(pid) == began]
        for pid in reversed(alive):  # PanStore before the systems it would look for
            _end_group(pid)
        self._file.unlink(missing_ok=True)
        return len(alive)

    def add(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Take charge of a process that was started in a session of its own."""
        self._running[name] = process
        noted = [(p.pid, _began(p.pid)) for p in self._running.values()]
        self._file.write_text(json.dumps(noted), encoding="utf-8")

    def ended(self) -> str | None:
        """Name of a process that has ended by itself, or None."""
        for name, process in self._running.items():
            if process.poll() is not None:
                return name
        return None

    def end_all(self) -> None:
        """End everything, the last started first; what does not obey is killed."""
        for process in reversed(self._running.values()):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE_S)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()
        self._file.unlink(missing_ok=True)


def _began(pid: int) -> str:
    """When a process began, in clock ticks since the machine did; empty if it is gone.

    Source: proc(5), field 22 of `/proc/PID/stat`, counted after the name in parentheses.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]


def _end_group(leader: int) -> None:
    for wanted in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader, wanted)
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until and _began(leader):
            time.sleep(0.05)
