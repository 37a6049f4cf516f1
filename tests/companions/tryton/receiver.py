"""A web server that keeps what it is sent, and can be told to keep the sender waiting."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

WAIT_SECONDS = 10


class Receiver:
    """Listens on a free port of 127.0.0.1 while used as a context manager."""

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, str], bytes]] = []
        self.answering = threading.Event()
        self.answering.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.messages.append((headers, self.rfile.read(length)))
                receiver.answering.wait(WAIT_SECONDS)
                try:
                    self.send_response(202)
                    self.end_headers()
                except OSError:
                    pass  # the sender has gone, as it should when kept waiting

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def wait_for(self, count: int) -> bool:
        """Whether at least `count` messages have come, waiting for them for a while."""
        deadline = time.monotonic() + WAIT_SECONDS
        while len(self.messages) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return len(self.messages) >= count

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.answering.set()
        self._server.shutdown()
        self._server.server_close()
