"""A real Tryton for tests: built once, copied, started, its wake-ups caught."""

from __future__ import annotations

import datetime as dt
import os
import queue
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from panstore.demo import erp
from panstore.testing.suites import SignedMessage
from tests.connectors.tryton.office import Office

__all__ = ["WAKE_SECRET", "running_tryton"]

WAKE_SECRET = "whsec_dGVzdC1zZWNyZXQtb2YtdGhlLXRyeXRvbi1iaW5kaW5n"
_READY_S = 60.0
_END_S = 15.0


@contextmanager
def running_tryton(directory: Path) -> Iterator[tuple[Office, queue.Queue[SignedMessage]]]:
    """The demo's company in `directory`, served on a free port; ended with all its processes."""
    build = erp.prepare(cache_directory(), print)
    build.install(directory)
    with _wake_ups() as (url, messages):
        port = _free_port()
        process = build.start(directory, port=port, wake_url=url, wake_secret=WAKE_SECRET)
        try:
            erp.wait_ready(port, _READY_S)
            yield Office(erp.facts(directory)), messages
        finally:
            _end(process)


def cache_directory() -> Path:
    """Where what is slow to build is kept between runs."""
    named = os.environ.get("PANSTORE_CACHE_DIR")
    return Path(named) if named else Path.home() / ".cache" / "panstore"


@contextmanager
def _wake_ups() -> Iterator[tuple[str, queue.Queue[SignedMessage]]]:
    """Address of an inbox on loopback, and what arrives there."""
    messages: queue.Queue[SignedMessage] = queue.Queue()

    class Inbox(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): text for name, text in self.headers.items()}
            messages.put(SignedMessage(headers, body, dt.datetime.now(dt.UTC)))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/inbox", messages
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
