"""A company's logo as SVG, whatever it was: the page takes it with the rest of the data."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

__all__ = ["read_logo"]

_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_BYTES = 2_000_000
_SIZE = struct.Struct(">II")
_SIZE_AT = 16


def read_logo(file: Path) -> str:
    """The picture in `file`.

    Raises:
        ValueError: it cannot be read, is too large, or is neither SVG nor PNG.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ValueError(f"the logo {file} cannot be read: {error.strerror}") from error
    if len(content) > _MOST_BYTES:
        raise ValueError(f"the logo {file} has more than 2 MB; make it smaller")
    if content.startswith(_PNG) and len(content) >= _SIZE_AT + _SIZE.size:
        width, height = _SIZE.unpack_from(content, _SIZE_AT)
        data = base64.b64encode(content).decode("ascii")
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
            f' width="{width}" height="{height}"><image width="{width}" height="{height}"'
            f' href="data:image/png;base64,{data}"/></svg>'
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    if "<svg" not in text:
        raise ValueError(f"the logo {file} is neither an SVG nor a PNG picture")
    return text
