"""Tell consumers after a commit that the outbox has rows, without ever making anyone wait.

One daemon thread per process sends; `wake` only sets a flag. What cannot be delivered is dropped:
the outbox is the truth and consumers poll it too, a wake-up only makes them faster.

The message is signed as Standard Webhooks 1.0.0 says (https://www.standardwebhooks.com).
Configuration, section `[panstore]` of trytond's: `wake_url` (one or more, separated by commas),
`wake_secret` ("whsec_" and base64). Without both nothing is sent.
"""

import base64
import hashlib
import hmac
import http.client
import json
import logging
import os
import threading
import time
import uuid
from urllib.parse import urlsplit

from trytond import config

TIMEOUT_SECONDS = 0.2

logger = logging.getLogger(__name__)


class _Waker:
    """The thread and the names of databases that have news."""

    def __init__(self, pid):
        self.pid = pid
        self._news = set()
        self._condition = threading.Condition()
        threading.Thread(target=self._run, name="panstore-wake-up", daemon=True).start()

    def wake(self, database):
        with self._condition:
            self._news.add(database)
            self._condition.notify()

    def _run(self):
        while True:
            with self._condition:
                while not self._news:
                    self._condition.wait()
                news, self._news = self._news, set()
            for database in sorted(news):
                for url in _urls():
                    _send(url, database)


_waker = None
_starting = threading.Lock()


def wake(database):
    """Announce news in `database`; returns at once and never raises."""
    global _waker  # noqa: PLW0603 - one thread per process
    if not _urls():
        return
    # A forked worker inherits the object but not its thread.
    if _waker is None or _waker.pid != os.getpid():
        with _starting:
            if _waker is None or _waker.pid != os.getpid():
                _waker = _Waker(os.getpid())
    _waker.wake(database)


def signed_headers(secret, message_id, timestamp, body):
    """Headers of a Standard Webhooks message of `body` (bytes)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = b".".join([message_id.encode(), str(timestamp).encode(), body])
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


def _urls():
    if not config.get("panstore", "wake_secret", default=""):
        return []
    urls = config.get("panstore", "wake_url", default="") or ""
    return [url.strip() for url in urls.split(",") if url.strip()]


def _send(url, database):
    try:
        parts = urlsplit(url)
        connect = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        body = json.dumps({"type": "outbox", "database": database}).encode()
        headers = signed_headers(
            config.get("panstore", "wake_secret"), f"msg_{uuid.uuid4().hex}", int(time.time()), body
        )
        deadline = time.monotonic() + TIMEOUT_SECONDS
        connection = connect(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.connect()
            connection.sock.settimeout(max(deadline - time.monotonic(), 0.01))
            path = parts.path or "/"
            if parts.query:
                path += f"?{parts.query}"
            connection.request("POST", path, body, headers)
            connection.getresponse()
        finally:
            connection.close()
    except Exception as error:  # noqa: BLE001 - nobody may suffer from a receiver that is away
        logger.debug("wake-up not delivered to %s: %s", url, error)
