"""A proxy that stands between a connector and a real HTTP/1.1 system and breaks what it is told.

It knows where a request and a reply end, so faults are given per request even on connections
that stay open. It listens on 127.0.0.1 only and is meant for tests.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

__all__ = ["FaultProxy", "Injection", "InjectionKind", "Request"]

InjectionKind = Literal["pass", "slow", "status", "dropped", "lost", "cut", "garbage", "black_hole"]
"""`dropped`: the request never reaches the system, `lost`: it does and the reply is swallowed;
both close the connection. `cut`: half of the reply, `garbage`: a reply of the right form that
cannot be read. `black_hole`: the request is forwarded and nothing ever comes back."""

_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Injection:
    """What becomes of one request.

    Attributes:
        seconds: delay before `slow` is forwarded.
        status: HTTP status of an answer made up by the proxy; the system sees nothing.
        retry_after: its Retry-After header in seconds.
    """

    kind: InjectionKind = "pass"
    seconds: float = 0
    status: int = 503
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: raw, body included."""

    method: str
    path: str
    raw: bytes


class FaultProxy:
    """Use as an async context manager; `url` is where the connector shall go.

    Attributes:
        counts: how many requests met each kind of injection, `refused` connections not counted.
        requests: all of them, oldest first, with what was done to each.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._script: list[tuple[Injection, Callable[[Request], bool] | None]] = []
        self._decide: Callable[[Request], Injection | None] | None = None
        self.port = 0
        self.counts: Counter[str] = Counter()
        self.requests: list[tuple[Request, Injection]] = []

    @property
    def url(self) -> str:
        """Base address without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def script(
        self,
        *injections: Injection | InjectionKind,
        only: Callable[[Request], bool] | None = None,
    ) -> None:
        """Break the next requests like this, in order; later ones pass.

        Args:
            only: which requests are meant, all unless given; the others pass meanwhile.
        """
        for one in injections:
            self._script.append((one if isinstance(one, Injection) else Injection(one), only))

    def decide(self, rule: Callable[[Request], Injection | None] | None) -> None:
        """Ask `rule` about each request that the script has nothing for; None lets it pass."""
        self._decide = rule

    def calm(self) -> None:
        """Everything passes from now on."""
        self._script.clear()
        self._decide = None

    async def refuse(self) -> None:
        """Take no connections and close those there are, as a system that is down does."""
        if self._server is not None:
            self._server.close()
            self._server = None
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def accept(self) -> None:
        """Take connections (again), always on the same port."""
        if self._server is None:
            self._server = await asyncio.start_server(
                self._accepted, "127.0.0.1", self.port, limit=2**20
            )
            self.port = self._server.sockets[0].getsockname()[1]

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.refuse()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # A side went away or the proxy is closing: closing the connection is the answer.
            pass
        finally:
            await _close(writer)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Take one request and answer it; whether the connection stays open."""
        head = await reader.readuntil(_END)
        body = await _body(reader, head)
        method, path = head.split(b" ", 2)[:2]
        request = Request(method.decode(), path.decode(), head + body)
        injection = self._choose(request)
        self.counts[injection.kind] += 1
        self.requests.append((request, injection))
        if injection.kind == "status":
            writer.write(_made_up(injection))
            await writer.drain()
            return True
        if injection.kind == "dropped":
            return False
        await asyncio.sleep(injection.seconds)
        reply_head, reply = await self._forward(request)
        return await self._answer(injection, writer, reply_head, reply)

    async def _forward(self, request: Request) -> tuple[bytes, bytes]:
        """Head and body of the system's reply.

        Each request has a connection of its own: one that stayed open might be closed by the
        system meanwhile, which would be a fault nobody ordered.
        """
        reader, writer = await asyncio.open_connection(*self._target, limit=2**20)
        try:
            writer.write(request.raw)
            await writer.drain()
            head = await reader.readuntil(_END)
            return head, await _body(reader, head, reply_to=request.method)
        finally:
            await _close(writer)

    async def _answer(
        self, injection: Injection, writer: asyncio.StreamWriter, head: bytes, body: bytes
    ) -> bool:
        match injection.kind:
            case "lost":
                return False
            case "black_hole":
                await asyncio.Event().wait()
                return False
            case "cut":
                raw = head + body
                writer.write(raw[: max(len(head) + len(body) // 2, 1)])
                await writer.drain()
                return False
            case "garbage":
                writer.write(_plain_reply(b"\x00\xff<!--" * 20))
                await writer.drain()
                return False
            case _:
                writer.write(head + body)
                await writer.drain()
                return b"connection: close" not in head.lower()

    def _choose(self, request: Request) -> Injection:
        for position, (injection, only) in enumerate(self._script):
            if only is None or only(request):
                del self._script[position]
                return injection
        chosen = self._decide(request) if self._decide is not None else None
        return chosen or Injection()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _body(reader: asyncio.StreamReader, head: bytes, *, reply_to: str = "") -> bytes:
    """Read the raw body that belongs to `head`, in whatever framing it names."""
    headers = _headers(head)
    status = head.split(b" ", 2)[1] if reply_to else b""
    if reply_to == "HEAD" or status in {b"204", b"304"} or status.startswith(b"1"):
        return b""
    if b"chunked" in headers.get(b"transfer-encoding", b""):
        return await _chunks(reader)
    if b"content-length" in headers:
        return await reader.readexactly(int(headers[b"content-length"]))
    return await reader.read() if reply_to else b""


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while True:
        size = await reader.readuntil(b"\r\n")
        rest = int(size.split(b";")[0], 16)
        parts += [size, await reader.readexactly(rest + 2)]
        if rest == 0:
            return b"".join(parts)


def _headers(head: bytes) -> dict[bytes, bytes]:
    pairs = (line.split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    return {name.strip().lower(): value.strip().lower() for name, value in pairs}


def _made_up(injection: Injection) -> bytes:
    extra = b""
    if injection.retry_after is not None:
        extra = f"Retry-After: {injection.retry_after}\r\n".encode()
    body = b"not now"
    start = f"HTTP/1.1 {injection.status} Injected\r\nContent-Length: {len(body)}\r\n".encode()
    return start + extra + b"Content-Type: text/plain\r\n\r\n" + body


def _plain_reply(body: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
