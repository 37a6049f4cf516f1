"""A server that answers as the real Tryton did: `recorded/*.json`, made on 24 November 2026.

Recorded from the demo's company with Tryton 8.2.1 and our companion 8.2.0; the session's token is
replaced, nothing else is changed.
"""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from panstore.connectors.tryton.config import TrytonSettings
from panstore.connectors.tryton.connector import TrytonConnector
from panstore.model.ids import ConnectionId

__all__ = ["NULL", "Replay", "made", "recorded"]

NULL: dict[str, Any] = {"status": 200, "headers": {}, "body": {"result": None}}
"""An answer that no call of the connector's expects."""

_RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> dict[str, Any]:
    """One recorded answer: method, status, headers, body (decoded JSON or text)."""
    answer: dict[str, Any] = json.loads((_RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return answer


def made(url: str, **changes: Any) -> TrytonConnector:
    """A connector to the server at `url`, not started."""
    values = {"url": url, "database": "demo", "user": "panstore", "password": "p"}
    return TrytonConnector(ConnectionId("erp"), TrytonSettings.model_validate(values | changes))


class Replay:
    """Use as an async context manager.

    Attributes:
        calls: (method, params, Authorization header) of each request, oldest first.
    """

    def __init__(self) -> None:
        self._usual: dict[str, dict[str, Any]] = {}
        self._next: dict[str, deque[dict[str, Any]]] = {}
        self.calls: list[tuple[str, list[Any], str]] = []
        for name in ("login", "preferences", "ping", "taxes", "register"):
            self.usually(name)
        application = web.Application()
        application.router.add_post("/demo/rpc/", self._answer)
        self._server = TestServer(application)

    @property
    def url(self) -> str:
        return str(self._server.make_url("/")).rstrip("/")

    def usually(self, name: str) -> None:
        """Answer the method of this recording with it from now on."""
        answer = recorded(name)
        self._usual[answer["method"]] = answer

    def once(self, method: str, name: str | dict[str, Any]) -> None:
        """Answer the next call of `method` with a recording, or with what is given."""
        answer = recorded(name) if isinstance(name, str) else name
        self._next.setdefault(method, deque()).append(answer)

    def methods(self) -> list[str]:
        """Names of the methods called, without the model."""
        return [method.rsplit(".", 1)[-1] for method, _, _ in self.calls]

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._server.close()

    async def _answer(self, request: web.Request) -> web.Response:
        asked = await request.json()
        assert set(asked) == {"id", "method", "params"}, "another key changes the protocol"
        method = asked["method"]
        header = request.headers.get("Authorization", "")
        self.calls.append((method, asked["params"], header))
        waiting = self._next.get(method)
        answer = waiting.popleft() if waiting else self._usual[method]
        body = answer["body"]
        if isinstance(body, dict):
            body = json.dumps({"id": asked["id"]} | {k: v for k, v in body.items() if k != "id"})
        return web.Response(body=body.encode(), status=answer["status"], headers=answer["headers"])
