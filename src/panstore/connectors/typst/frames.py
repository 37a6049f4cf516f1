"""What goes between PanStore and the process that makes its pages: frames of msgpack by length."""

from __future__ import annotations

import asyncio
import struct
from typing import BinaryIO

import msgspec

from panstore.model.document import Document, Language
from panstore.sdk.document_roles import Page

__all__ = [
    "Answer",
    "Failed",
    "Job",
    "Made",
    "Opening",
    "Ready",
    "Refused",
    "frame",
    "read",
    "take",
]

_LENGTH = struct.Struct(">I")
_MOST_BYTES = 256 * 1024 * 1024
"""A longer frame is no frame: something else was written there."""


class Opening(msgspec.Struct, frozen=True):
    """First of all: how pages look.

    Attributes:
        connection: its name, for errors.
        settings: of the connection, as JSON.
        longest_s: the process ends itself if one page takes longer; nobody waits for it then.
    """

    connection: str
    settings: str
    longest_s: int


class Job(msgspec.Struct, frozen=True):
    """One page to be made."""

    document: Document
    language: Language


class Ready(msgspec.Struct, frozen=True, tag=True):
    """Everything is loaded; what happens from now on is because of a document."""


class Made(msgspec.Struct, frozen=True, tag=True):
    """The page."""

    page: Page


class Refused(msgspec.Struct, frozen=True, tag=True):
    """It cannot be shown; `code` and words of a `RejectedError`."""

    code: str
    what: str


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A fault, by its kind and place; its own words may hold a buyer's name."""

    where: str


Answer = Ready | Made | Refused | Failed


def frame(message: Opening | Job | Answer) -> bytes:
    """`message` as it goes over the pipe."""
    body = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(body)) + body


def take(source: BinaryIO) -> bytes | None:
    """The next frame's body; waits for it. None if the other side has gone."""
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    size = _size(head)
    body = source.read(size)
    return body if len(body) == size else None


async def read(source: asyncio.StreamReader) -> bytes:
    """The next frame's body.

    Raises:
        asyncio.IncompleteReadError: the other side has gone.
        ValueError: that is no frame.
    """
    return await source.readexactly(_size(await source.readexactly(_LENGTH.size)))


def _size(head: bytes) -> int:
    size = int(_LENGTH.unpack(head)[0])
    if size > _MOST_BYTES:
        raise ValueError(f"a frame of {size} bytes")
    return size
