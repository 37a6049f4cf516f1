"""An SMSC that does octet by octet what a test says; for what no honest one does."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable

__all__ = ["BIND", "DELIVER", "ENQUIRE", "SUBMIT", "UNBIND", "Pdu", "RawSmsc", "pdu"]

BIND, SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x09, 0x04, 0x05, 0x06, 0x15

Pdu = tuple[int, int, int, bytes]
"""Command, status, sequence number, body."""


def pdu(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


class RawSmsc:
    """Use as an async context manager.

    Attributes:
        answers: what to do with the next submits: octets to send (a function of the sequence
            number), or None to end the line. With none left they are taken.
        bind_status: answer to logins.
        busy: how many of the next connections are closed at once.
        got: all that came, oldest first.
    """

    def __init__(self) -> None:
        self.answers: list[Callable[[int], bytes] | None] = []
        self.bind_status = 0
        self.silent = False
        self.busy = 0
        self.got: list[Pdu] = []
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> RawSmsc:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()

    def say(self, octets: bytes) -> None:
        """To who came last."""
        self._writers[-1].write(octets)

    def hang_up(self) -> None:
        self._writers[-1].close()

    def of(self, command: int) -> list[Pdu]:
        return [one for one in self.got if one[0] == command]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.busy:
            self.busy -= 1
            writer.close()
            return
        self._writers.append(writer)
        with contextlib.suppress(OSError, EOFError):
            while True:
                head = await reader.readexactly(16)
                length, command, status, sequence = struct.unpack(">IIII", head)
                body = await reader.readexactly(length - 16)
                self.got.append((command, status, sequence, body))
                if not self.silent:
                    self._answer(writer, command, sequence)

    def _answer(self, writer: asyncio.StreamWriter, command: int, sequence: int) -> None:
        if command == BIND:
            writer.write(pdu(0x80000009, self.bind_status, sequence, b"raw\0"))
        elif command == SUBMIT:
            does = self.answers.pop(0) if self.answers else _taken
            if does is None:
                writer.close()
            else:
                writer.write(does(sequence))
        elif command in {ENQUIRE, UNBIND}:
            writer.write(pdu(command | 0x80000000, 0, sequence))


def _taken(sequence: int) -> bytes:
    return pdu(0x80000004, 0, sequence, f"m{sequence}".encode() + b"\0")
