"""A real Kannel from Debian on loopback, with ports and files of its own."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["LACKING", "free_port", "kannel"]

LACKING = "" if shutil.which("bearerbox") else "Kannel is not installed (apt install kannel)"

_CONFIG = """\
group = core
admin-port = {admin}
admin-password = none
admin-interface = 127.0.0.1
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
store-type = spool
store-location = {folder}/spool
dlr-storage = internal
log-file = {folder}/bearerbox.log
box-allow-ip = 127.0.0.1

group = smsc
smsc = smpp
smsc-id = demo
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = kannel
smsc-password = secret
system-type = ""
reconnect-delay = 1
source-addr-autodetect = true

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {boxes}
sendsms-port = {http}
sendsms-interface = 127.0.0.1
log-file = {folder}/smsbox.log

group = sendsms-user
username = panstore
password = opensesame
max-messages = 10
concatenation = true

group = sms-service
keyword = default
text = none
max-messages = 0
"""


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def kannel(folder: Path, smsc: int) -> Iterator[str]:
    """Run both boxes in front of an SMSC; the address of the call for one SMS."""
    (folder / "spool").mkdir()
    http, boxes = free_port(), free_port()
    config = folder / "kannel.conf"
    config.write_text(
        _CONFIG.format(admin=free_port(), boxes=boxes, smsc=smsc, http=http, folder=folder)
    )
    bearer = _start("bearerbox", config, folder)
    try:
        _wait(boxes, bearer)
        box = _start("smsbox", config, folder)
        try:
            _wait(http, box)
            yield f"http://127.0.0.1:{http}/cgi-bin/sendsms"
        finally:
            _end(box)
    finally:
        _end(bearer)


def _start(program: str, config: Path, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / f"{program}.out").open("wb") as out:
        return subprocess.Popen(
            [program, "-v", "1", str(config)], stdout=out, stderr=out, cwd=folder
        )


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert process.poll() is None, f"{process.args!r} ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on {port}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
