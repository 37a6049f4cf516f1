"""SMPP 3.4 on the line: heads of requests and answers, and what a status means."""

from __future__ import annotations

import struct
from typing import Literal

import msgspec

__all__ = [
    "BIND",
    "DELIVER",
    "ENQUIRE",
    "HEAD",
    "LONGEST_PDU",
    "NACK",
    "OK",
    "RESPONSE",
    "UNBIND",
    "UNKNOWN_COMMAND",
    "VERSION",
    "WRONG_LOGIN",
    "Refusal",
    "packed",
    "refusal_of",
]

HEAD = struct.Struct(">IIII")
"""Length of the whole, command, status, sequence number."""

RESPONSE = 0x80000000
"""Set in the command of an answer."""

NACK = 0x80000000
"""The answer to what the other side does not understand."""

BIND, DELIVER, UNBIND, ENQUIRE = 0x09, 0x05, 0x06, 0x15
OK, UNKNOWN_COMMAND = 0, 0x03
WRONG_LOGIN = frozenset({0x0D, 0x0E, 0x0F})
LONGEST_PDU = 1 << 17
VERSION = 0x34

_NAMES = {
    0x01: "ESME_RINVMSGLEN",
    0x03: "ESME_RINVCMDID",
    0x04: "ESME_RINVBNDSTS",
    0x05: "ESME_RALYBND",
    0x08: "ESME_RSYSERR",
    0x0A: "ESME_RINVSRCADR",
    0x0B: "ESME_RINVDSTADR",
    0x0D: "ESME_RBINDFAIL",
    0x0E: "ESME_RINVPASWD",
    0x0F: "ESME_RINVSYSID",
    0x14: "ESME_RMSGQFUL",
    0x45: "ESME_RSUBMITFAIL",
    0x48: "ESME_RINVSRCTON",
    0x49: "ESME_RINVSRCNPI",
    0x50: "ESME_RINVDSTTON",
    0x51: "ESME_RINVDSTNPI",
    0x58: "ESME_RTHROTTLED",
    0x66: "ESME_RX_R_APPN",
    0xFF: "ESME_RUNKNOWNERR",
}
_SLOWER = frozenset({0x14, 0x58})
_LATER = frozenset({0x04, 0x08, 0x64})


class Refusal(msgspec.Struct, frozen=True):
    """What a provider says instead of taking a part; it has not taken it.

    Attributes:
        kind: it wants less, it cannot now, or it will not.
    """

    kind: Literal["slower", "later", "never"]
    name: str


def packed(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    """A whole request or answer."""
    return HEAD.pack(HEAD.size + len(body), command, status, sequence) + body


def refusal_of(status: int) -> Refusal:
    """What a status other than 0 means."""
    name = _NAMES.get(status, f"0x{status:08X}")
    if status in _SLOWER:
        return Refusal("slower", name)
    return Refusal("later" if status in _LATER else "never", name)
