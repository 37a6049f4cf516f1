"""A picture that any system takes, made without a library for pictures."""

from __future__ import annotations

import struct
import zlib

__all__ = ["small_picture"]

_SIDE = 8


def small_picture(number: int) -> bytes:
    """A PNG of 8 x 8 pixels in one colour.

    Args:
        number: from 0 to 16,777,215, the colour; other numbers give other bytes.
    """
    head = struct.pack(">2I5B", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    line = b"\0" + number.to_bytes(3, "big") * _SIDE
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(line * _SIDE)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(kind, body) for kind, body in parts)


def _part(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
