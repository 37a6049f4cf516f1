"""PanStore's price service as the shop sees it: a small server that answers by a table."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from panstore.model.contract import Offer, Quote, QuotedLine, QuoteLine, QuoteRequest

__all__ = ["PriceService", "agreed"]


def agreed(amount: str, **more: Any) -> dict[str, Any]:
    """An offer in the shop's terms, as PanStore writes it."""
    offer = Offer("agreed", "EUR", Decimal(amount))
    return {**json.loads(msgspec.json.encode(offer)), **more}


class PriceService:
    """Answers only what is signed with the shop's secret, to the byte.

    Attributes:
        contracts: account -> title of its agreement; others have none.
        marks: account -> mark of its agreement.
        prices: account and product -> quantity from which on -> offer; the shop's own otherwise.
        questions: all that came and was signed, in order.
        forged: how many were not.
        next_answers: status and bytes of what is answered instead, one question each.
        delay_s: how long an answer takes.
        strangers_secret: whether it expects another secret than the shop's.
        stopped: whether it looks switched off.
        open: connections that are.
        connections: how many were opened.
    """

    def __init__(self, secret: str) -> None:
        self.contracts: dict[str, str] = {}
        self.marks: dict[str, str] = {}
        self.prices: dict[tuple[str, int], dict[int, dict[str, Any]]] = {}
        self.questions: list[dict[str, Any]] = []
        self.forged = 0
        self.next_answers: list[tuple[int, bytes]] = []
        self.delay_s = 0.0
        self.connections = 0
        self.strangers_secret = False
        self.stopped = False
        self.open: list[socket.socket] = []
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._server = self._serve(0)
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/prices/shop"

    def _serve(self, port: int) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    def stop(self) -> None:
        """It looks switched off."""
        self.stopped = True
        self._server.shutdown()
        self._server.server_close()
        self.close_idle()

    def start(self) -> None:
        """It is there again."""
        self.stopped = False
        self._server = self._serve(self.port)

    def reset(self) -> None:
        """Up, quick and honest; nobody has an agreement."""
        self.contracts.clear()
        self.marks.clear()
        self.prices.clear()
        self.next_answers.clear()
        self.delay_s, self.strangers_secret = 0.0, False

    def close_idle(self) -> None:
        """Close the connections that wait for the next question, as servers do in time."""
        for open_ in list(self.open):
            with contextlib.suppress(OSError):
                open_.shutdown(socket.SHUT_RDWR)

    def since(self, action: Callable[[], Any]) -> list[dict[str, Any]]:
        """The questions that an action leads to."""
        before = len(self.questions)
        action()
        return self.questions[before:]

    def signed(self, headers: dict[str, str], body: bytes) -> bool:
        id_, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "0")
        mac = hmac.new(self._key, f"{id_}.{stamp}.".encode() + body, hashlib.sha256).digest()
        expected = "v1," + base64.b64encode(mac).decode()
        fresh = abs(time.time() - int(stamp)) < 60
        return (
            bool(id_)
            and fresh
            and not self.strangers_secret
            and headers.get("webhook-signature") == expected
        )

    def answer(self, question: QuoteRequest) -> bytes:
        title = self.contracts.get(question.account)
        if title is None:
            return msgspec.json.encode(Quote(False, version=1, account=question.account))
        mark = self.marks.get(question.account, "")
        quote = Quote(True, title=title, version=1, account=question.account, mark=mark)
        said = json.loads(msgspec.json.encode(quote))
        said["lines"] = [self._line(question.account, line) for line in question.lines]
        return json.dumps(said).encode()

    def _line(self, account: str, line: QuoteLine) -> dict[str, Any]:
        steps = self.prices.get((account, int(line.product)), {})
        found = [offer for least, offer in sorted(steps.items()) if least <= line.quantity]
        answer = QuotedLine(line.product, line.sku, line.quantity, Offer("usual", "EUR"))
        said: dict[str, Any] = json.loads(msgspec.json.encode(answer))
        return {**said, "offer": found[-1]} if found else said


def _handler(service: PriceService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            service.connections += 1
            service.open.append(self.request)
            super().setup()

        def finish(self) -> None:
            super().finish()
            service.open.remove(self.request)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): text for name, text in self.headers.items()}
            if not service.signed(headers, body):
                service.forged += 1
                self._reply(401, b"{}")
                return
            question = json.loads(body)
            service.questions.append(question)
            if service.delay_s:
                time.sleep(service.delay_s)
            if service.next_answers:
                self._reply(*service.next_answers.pop(0))
            else:
                self._reply(200, service.answer(msgspec.json.decode(body, type=QuoteRequest)))

        def _reply(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            del format, args

    return Handler
