"""Demos that start in the same second never get the same port."""

from __future__ import annotations

import socket
import subprocess
import sys

from panstore.demo.processes import Ports

_ASK = """
import sys
from panstore.demo.processes import Ports
ports = Ports()
print(ports.take(int(sys.argv[1])), ports.take(int(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def _unused() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_demos_that_start_together_get_ports_of_their_own() -> None:
    preferred = _unused()
    demos = [
        subprocess.Popen(
            [sys.executable, "-c", _ASK, str(preferred)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    given: list[int] = []
    for demo in demos:
        assert demo.stdout is not None
        given += map(int, demo.stdout.readline().split())
    for demo in demos:
        demo.communicate("")
    assert len(given) == len(set(given)) == 8
    assert preferred in given


def test_a_port_is_free_again_when_its_demo_has_ended() -> None:
    preferred = _unused()
    first = Ports()
    assert first.take(preferred) == preferred
    second = Ports()
    assert second.take(preferred) != preferred
    first.give_back()
    third = Ports()
    assert third.take(preferred) == preferred
    for ports in (second, third):
        ports.give_back()


def test_a_port_somebody_listens_on_is_not_given() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        busy = other.getsockname()[1]
        ports = Ports()
        assert ports.take(busy) != busy
        ports.give_back()
