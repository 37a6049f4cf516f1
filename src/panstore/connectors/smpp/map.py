"""Between a text of ours and what SMPP 3.4 says of it; no I/O here."""

from __future__ import annotations

import re
from zlib import crc32

import msgspec
import smpp34

from panstore.connectors.smpp.config import SmppSettings
from panstore.model.message import Receipt, ReceiptState, Text
from panstore.sdk.gsm7 import encode, parts_of

__all__ = ["Part", "parts", "receipt_of", "reference_of", "submit_pdu"]

_UCS2 = 8
_UDH = 0x40
_RECEIPTS = 0x3C
_IS_RECEIPT = 0x04
_INTERNATIONAL, _SPECIFIC, _LETTERS = (1, 1), (3, 0), (5, 0)
_SHORT_NUMBER = 6
_RECEIPTED_ID, _MESSAGE_STATE, _PAYLOAD = 0x001E, 0x0427, 0x0424

_STATES: dict[str, ReceiptState] = {
    "DELIVRD": "delivered",
    "EXPIRED": "failed",
    "DELETED": "failed",
    "UNDELIV": "failed",
    "REJECTD": "failed",
    "ACCEPTD": "underway",
    "ENROUTE": "underway",
    "UNKNOWN": "underway",
}
_STATE_WORDS = {
    1: "ENROUTE",
    2: "DELIVRD",
    3: "EXPIRED",
    4: "DELETED",
    5: "UNDELIV",
    6: "ACCEPTD",
    7: "UNKNOWN",
    8: "REJECTD",
}
_ID = re.compile(r"\bid:\s*(\S+)", re.IGNORECASE)
_STATE = re.compile(r"\bstat:\s*([A-Za-z]+)", re.IGNORECASE)
_ERROR = re.compile(r"\berr:\s*(\w+)", re.IGNORECASE)


class Part(msgspec.Struct, frozen=True):
    """One part of a text as it goes out.

    Attributes:
        whole: the body is longer than a part and goes out as the optional `message_payload`.
        receipt: whether a receipt is asked for.
    """

    body: bytes
    esm_class: int
    data_coding: int
    receipt: bool
    whole: bool = False


def parts(text: Text, settings: SmppSettings) -> tuple[Part, ...]:
    """A text in the parts in which it goes out; the last one asks for the receipt."""
    coding = _UCS2 if text.encoding == "ucs2" else 0
    pieces = parts_of(text.text, text.encoding)
    if len(pieces) == 1 or settings.long_texts == "payload":
        body = _octets(text.text, text, settings)
        return (Part(body, 0, coding, receipt=True, whole=len(pieces) > 1),)
    mark = crc32(text.key.encode()) & 0xFF
    return tuple(
        Part(
            bytes([5, 0, 3, mark, len(pieces), place]) + _octets(piece, text, settings),
            _UDH,
            coding,
            receipt=place == len(pieces),
        )
        for place, piece in enumerate(pieces, start=1)
    )


def submit_pdu(part: Part, recipient: str, settings: SmppSettings, sequence: int) -> bytes:
    """The part as octets on the line."""
    ton, npi = _kind_of(settings.sender)
    return smpp34.SubmitSm(
        settings.sender.lstrip("+"),
        recipient.lstrip("+"),
        b"" if part.whole else part.body,
        source_addr_ton=ton if settings.sender_ton is None else settings.sender_ton,
        source_addr_npi=npi if settings.sender_npi is None else settings.sender_npi,
        dest_addr_ton=_INTERNATIONAL[0],
        dest_addr_npi=_INTERNATIONAL[1],
        esm_class=part.esm_class,
        data_coding=part.data_coding,
        registered_delivery=int(part.receipt),
        tlvs=[smpp34.Tlv(_PAYLOAD, part.body)] if part.whole else [],
        sequence_number=sequence,
    ).encode()


def reference_of(message_id: str, settings: SmppSettings) -> str:
    """The id as receipts will name it."""
    if settings.receipt_ids == "decimal":
        try:
            return str(int(message_id, 16))
        except ValueError:
            return message_id
    return message_id


def receipt_of(pdu: smpp34.DeliverSm, settings: SmppSettings) -> Receipt | None:
    """What a delivery says of one of our texts; None if it is something else, or cannot be read."""
    if pdu.esm_class & _RECEIPTS != _IS_RECEIPT:
        return None
    tlvs = {tlv.tag: tlv.value for tlv in pdu.tlvs}
    said = bytes(tlvs.get(_PAYLOAD) or pdu.short_message).decode("latin-1")
    id_ = tlvs.get(_RECEIPTED_ID, b"").rstrip(b"\0").decode("latin-1") or _found(_ID, said)
    word = _found(_STATE, said).upper()
    if word not in _STATES:
        word = _STATE_WORDS.get(int.from_bytes(tlvs.get(_MESSAGE_STATE, b""), "big"), "")
    if not id_ or not word:
        return None
    if settings.receipt_ids == "decimal" and id_.isdecimal():
        id_ = str(int(id_))
    error = _found(_ERROR, said).strip("0")
    note = f"the network says {word}" + (f", error {error}" if error else "")
    return Receipt(id_, _STATES[word], "" if word == "DELIVRD" else note)


def _octets(piece: str, text: Text, settings: SmppSettings) -> bytes:
    if text.encoding == "gsm7" and settings.alphabet == "latin1":
        return piece.encode("latin-1", "replace")
    return encode(piece, text.encoding)


def _kind_of(sender: str) -> tuple[int, int]:
    digits = sender.lstrip("+")
    if not digits.isdecimal():
        return _LETTERS
    return _SPECIFIC if len(digits) <= _SHORT_NUMBER else _INTERNATIONAL


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match.group(1) if match else ""
