"""A server on the loopback that answers each path as told and keeps what it was asked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

__all__ = ["Asked", "Stub", "stub"]

Answer = Callable[["Asked"], web.Response]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any


@dataclass
class Stub:
    """Answers by path below `below`; a value is sent as JSON, a function is called."""

    below: str
    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        content = await request.read()
        asked = Asked(
            request.method,
            request.path.removeprefix(self.below),
            request.query_string,
            dict(request.headers),
            json.loads(content) if content else None,
        )
        self.asked.append(asked)
        answer = self.answers[asked.path]
        if callable(answer):
            response: web.Response = answer(asked)
            return response
        return web.json_response(answer)


@asynccontextmanager
async def stub(below: str = "/panstore/v1/") -> AsyncIterator[Stub]:
    server = Stub(below)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        server.url = f"http://{host}:{port}"
        yield server
    finally:
        await runner.cleanup()
