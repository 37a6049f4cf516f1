"""The demo's mail server and SMS centre: each a process of its own, on this machine only."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

from panstore.demo.processes import DemoError

__all__ = ["start_mails", "start_sms_centre", "wait_until_open"]


def start_mails(directory: Path, *, smtp_port: int, web_port: int) -> subprocess.Popen[bytes]:
    """Start the mail server; mails land in `directory / "mails"`."""
    return _start(
        directory,
        "mails",
        *("--smtp-port", str(smtp_port), "--web-port", str(web_port)),
        *("--dir", str(directory / "mails")),
    )


def start_sms_centre(directory: Path, *, port: int) -> subprocess.Popen[bytes]:
    """Start the SMS centre; each text is a line of `directory / "sms.log"`."""
    return _start(directory, "smsc", "--port", str(port), "--log", str(directory / "sms.log"))


def wait_until_open(port: int, process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait until it takes connections.

    Raises:
        DemoError: it ended, or does not within that time.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise DemoError(f"nothing answers on port {port}; the logs of the demo say why")


def _start(directory: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    logs = directory / "logs"
    logs.mkdir(exist_ok=True)
    with (logs / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"panstore.demo.{name}", *arguments],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
