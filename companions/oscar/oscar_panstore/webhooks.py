"""Signed change notices to PanStore, sent from a thread of their own.

A notice only says where to look; the journal and the tables are the truth. So a notice may be lost
(receiver down, queue full, process killed), is never repeated, and never delays a buyer.

Signed as Standard Webhooks 1.0 describes: HMAC-SHA256 over `id.timestamp.body`.
"""

import base64
import binascii
import hashlib
import hmac
import json
import logging
import os
import queue
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.exceptions import ImproperlyConfigured

from oscar_panstore import conf

logger = logging.getLogger("oscar_panstore.webhooks")

_QUEUE_SIZE = 10_000
# Long enough to gather the several saves of one back-office form, short enough to be "at once".
_GATHER_S = 0.005
# A dead receiver is left alone for this long, so that it costs one time-out and not one per notice.
_REST_S = 2.0


class Notice(NamedTuple):
    """One thing that changed.

    Attributes:
        kind: `order.changed`, `product.changed`, `stock.changed` or `price.changed`.
        record: Id of the order or product.
        seq: Journal position at that moment, for orders; else 0.
    """

    kind: str
    record: int
    seq: int = 0


def signing_key(secret: str) -> bytes:
    """Key bytes of a `whsec_...` secret.

    Raises:
        ImproperlyConfigured: If the secret is not `whsec_` and base64.
    """
    wrong = "PANSTORE_WEBHOOK_SECRET must be 'whsec_' followed by base64; nothing can be signed."
    if not secret.startswith("whsec_"):
        raise ImproperlyConfigured(wrong)
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured(wrong) from error


def signed_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Headers of one delivery.

    Args:
        secret: `whsec_...`.
        message_id: Unique id of the message, the same for every receiver.
        timestamp: Seconds since 1970, UTC.
        body: The exact bytes sent.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    mac = hmac.new(signing_key(secret), content, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def messages(notices: list[Notice]) -> list[dict[str, Any]]:
    """Notices gathered into one message per kind, each record once."""
    by_kind: dict[str, list[Notice]] = {}
    for notice in notices:
        by_kind.setdefault(notice.kind, []).append(notice)
    gathered: list[dict[str, Any]] = []
    for kind, same in by_kind.items():
        message: dict[str, Any] = {"type": kind, "ids": sorted({one.record for one in same})}
        if kind == "order.changed":
            message["seq"] = max(one.seq for one in same)
        gathered.append(message)
    return gathered


class Sender:
    """Sends notices from a daemon thread that starts with the first notice of each process.

    A web server may fork after the app was loaded; threads do not survive a fork, so the process id
    is compared at each notice and the thread started anew in the child.
    """

    def __init__(self, deliver: "Callable[[list[Notice]], None] | None" = None) -> None:
        self._deliver = deliver or Delivery()
        self._lock = threading.Lock()
        self._process = 0
        self._waiting: queue.Queue[Notice] = queue.Queue(_QUEUE_SIZE)

    def send(self, notice: Notice) -> None:
        """Hand a notice over; returns at once and never raises."""
        if not conf.webhook_urls():
            return
        self._start_in_this_process()
        try:
            self._waiting.put_nowait(notice)
        except queue.Full:
            logger.warning("Webhook queue is full; %s of %s dropped", notice.kind, notice.record)

    def _start_in_this_process(self) -> None:
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process == os.getpid():
                return
            self._waiting = queue.Queue(_QUEUE_SIZE)
            thread = threading.Thread(
                target=self._run, args=(self._waiting,), name="panstore-webhooks", daemon=True
            )
            thread.start()
            self._process = os.getpid()

    def _run(self, waiting: "queue.Queue[Notice]") -> None:
        while True:
            notices = [waiting.get()]
            time.sleep(_GATHER_S)
            while not waiting.empty():
                notices.append(waiting.get_nowait())
            self._deliver(notices)


class Delivery:
    """One round of posts to every receiver; failures are logged and forgotten."""

    def __init__(self) -> None:
        self._rests_until: dict[str, float] = {}

    def __call__(self, notices: list[Notice]) -> None:
        """Send notices to every URL of the settings that is not resting after a failure."""
        for message in messages(notices):
            body = json.dumps(message, separators=(",", ":")).encode()
            message_id = f"msg_{secrets.token_urlsafe(18)}"
            headers = signed_headers(conf.webhook_secret(), message_id, int(time.time()), body)
            for url in conf.webhook_urls():
                if time.monotonic() >= self._rests_until.get(url, 0.0):
                    self._post(url, headers, body)

    def _post(self, url: str, headers: dict[str, str], body: bytes) -> None:
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=conf.webhook_timeout_s()) as reply:
                reply.read()
        except urllib.error.HTTPError as error:
            logger.warning("Webhook to %s was refused with HTTP %s", url, error.code)
        except OSError as error:
            # Time-outs and refused connections; the receiver reads the journal when it is back.
            self._rests_until[url] = time.monotonic() + _REST_S
            logger.warning("Webhook to %s failed (%s); next try in %g s", url, error, _REST_S)


sender = Sender()
