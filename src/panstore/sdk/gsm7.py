"""Texts as mobile networks carry them: alphabets, parts, and what a letter costs.

A text of letters of the GSM 03.38 alphabet goes out with 7 bits a letter, any other one as UTF-16;
a long one is cut into parts that telephones put together again.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from panstore.model.message import TextEncoding

__all__ = ["decode", "encode", "encoding_of", "parts_of", "plain_letters", "tidy"]

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_EXTENDED = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
_CODES: dict[str, bytes] = {
    **{letter: bytes([code]) for code, letter in enumerate(_BASIC) if code != _ESCAPE},
    **{letter: bytes([_ESCAPE, code]) for letter, code in _EXTENDED.items()},
}
_LETTERS = {code: letter for letter, code in _CODES.items()}

_ROOM: dict[TextEncoding, tuple[int, int]] = {"gsm7": (160, 153), "ucs2": (70, 67)}
"""Letters (septets, UTF-16 units) of a text in one part, and of each part of a longer one."""

_SPACES = dict.fromkeys(
    map(ord, "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{FIGURE SPACE}\N{THIN SPACE}\t"), " "
)
_UNSEEN = dict.fromkeys(map(ord, "\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{SOFT HYPHEN}\ufeff"))
_PLAIN = {
    "đ": "d",
    "Đ": "D",
    "ł": "l",
    "Ł": "L",
    "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    "œ": "oe",
    "Œ": "OE",
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    "…": "...",
    "•": "-",
}


def tidy(text: str) -> str:
    """Without spaces and signs that nobody sees and that would make the whole text UTF-16."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(_SPACES | _UNSEEN)
    return "\n".join(line.rstrip() for line in lines.strip().split("\n"))


def plain_letters(text: str) -> str:
    """With s for š and the like, as far as a letter that is not in the alphabet has a plain one."""
    return "".join(_plain(letter) for letter in unicodedata.normalize("NFC", text))


def encoding_of(text: str) -> TextEncoding:
    """The cheapest encoding that has all its letters."""
    return "gsm7" if all(letter in _CODES for letter in text) else "ucs2"


def parts_of(text: str, encoding: TextEncoding | None = None) -> tuple[str, ...]:
    """The parts in which a text goes out; no letter is cut in two.

    Args:
        encoding: the cheapest one unless given; it must have all letters of the text.
    """
    chosen = encoding or encoding_of(text)
    whole, each = _ROOM[chosen]
    if _length(text, chosen) <= whole:
        return (text,)
    return tuple(_cut(text, chosen, each))


def encode(text: str, encoding: TextEncoding) -> bytes:
    """As a provider wants it: a septet in each octet, or UTF-16, high octet first.

    Raises:
        KeyError: a letter is not in the alphabet.
    """
    if encoding == "ucs2":
        return text.encode("utf-16-be", "surrogatepass")
    return b"".join(_CODES[letter] for letter in text)


def decode(octets: bytes, encoding: TextEncoding) -> str:
    """What `encode` gave, as text; octets that mean nothing become U+FFFD."""
    if encoding == "ucs2":
        return octets.decode("utf-16-be", "replace")
    found, rest = [], octets
    while rest:
        size = 2 if rest[0] == _ESCAPE else 1
        found.append(_LETTERS.get(rest[:size], "\N{REPLACEMENT CHARACTER}"))
        rest = rest[size:]
    return "".join(found)


def _length(text: str, encoding: TextEncoding) -> int:
    return sum(_size(letter, encoding) for letter in text)


def _size(letter: str, encoding: TextEncoding) -> int:
    """Of one letter: 2 for those behind an escape, and for those outside the first plane."""
    if encoding == "gsm7":
        return len(_CODES[letter])
    return 2 if ord(letter) > 0xFFFF else 1  # noqa: PLR2004 - the end of the first plane


def _cut(text: str, encoding: TextEncoding, room: int) -> Iterator[str]:
    begin, used = 0, 0
    for at, letter in enumerate(text):
        size = _size(letter, encoding)
        if used + size > room:
            yield text[begin:at]
            begin, used = at, 0
        used += size
    yield text[begin:]


def _plain(letter: str) -> str:
    if letter in _CODES:
        return letter
    if letter in _PLAIN:
        return _PLAIN[letter]
    base = "".join(
        one for one in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(one)
    )
    return base if base and all(one in _CODES for one in base) else letter
