"""Builds side by side, and given up with everything they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from panstore.demo.building import Build, finish

CHILD = "import subprocess, sys, time; subprocess.Popen(['sleep', '300']); time.sleep(300)"


def test_what_was_built_is_handed_over() -> None:
    builds = (Build(lambda: "erp"), Build(lambda: "shop"))
    assert finish(builds, threading.Event())
    assert [build.result() for build in builds] == ["erp", "shop"]


def test_what_ended_a_build_is_raised_where_it_is_wanted() -> None:
    def broken() -> str:
        raise ValueError("no network")

    build = Build(broken)
    assert finish((build,), threading.Event())
    with pytest.raises(ValueError, match="no network"):
        build.result()


def test_a_build_that_is_told_to_stop_leaves_no_process(tmp_path: Path) -> None:
    """In a process of its own: all that stems from it is ended."""
    script = tmp_path / "demo.py"
    script.write_text(
        "import signal, subprocess, sys, threading\n"
        "from panstore.demo.building import Build, finish\n"
        "stop = threading.Event()\n"
        "signal.signal(signal.SIGTERM, lambda *_: stop.set())\n"
        f"work = lambda: subprocess.run([sys.executable, '-c', {CHILD!r}, {str(tmp_path)!r}])\n"
        "forever = Build(threading.Event().wait)\n"
        "build = Build(work)\n"
        "print('begun', flush=True)\n"
        "sys.exit(0 if not finish((forever, build), stop) else 1)\n",
        encoding="utf-8",
    )
    demo = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, start_new_session=True
    )
    assert demo.stdout is not None
    assert demo.stdout.readline() == b"begun\n"
    while len(_of_session(demo.pid)) < 3:
        time.sleep(0.05)
    os.kill(demo.pid, signal.SIGTERM)
    assert demo.wait(30) == 0
    demo.stdout.close()
    assert _of_session(demo.pid) == []


def _of_session(leader: int) -> list[int]:
    """Live processes of a session. Source: proc(5), field 6 of `/proc/PID/stat`."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[3] == str(leader) and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found
