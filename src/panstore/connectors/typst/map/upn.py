"""What the QR code of a Slovenian payment order (UPN QR) says.

Nineteen fields, each ended by a line feed, then how many characters that was, in three digits, and
one more line feed. A character is a byte: the code is in ISO 8859-2.
"""

from __future__ import annotations

import unicodedata

import stdnum.iban
import stdnum.iso11649

from panstore.connectors.typst.map.show import clean
from panstore.connectors.typst.map.words import WORDS
from panstore.model.document import Document, DocumentParty, Language

__all__ = ["ENCODING", "upn_payload"]

ENCODING = "iso-8859-2"

_NAME = 33
_PURPOSE = 42
_REFERENCE = 26
_MOST_CENTS = 10**11 - 1
_IBAN = 19
_PLAIN = {
    "ø": "o",
    "Ø": "O",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "þ": "th",
    "ð": "d",
    "\u2019": "'",
    "\u2018": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u2013": "-",
    "\u2014": "-",
    "\u2026": "...",
    "€": "EUR",
}


def upn_payload(document: Document, language: Language) -> str | None:
    """The text of the code, None where there is nothing that a Slovenian bank could pay.

    That is: nothing owed, another currency than the euro, no Slovenian account, or an amount of a
    thousand million and more.
    """
    seller, buyer = document.seller, document.buyer
    iban = _slovenian(seller.iban)
    cents = document.owed * 100
    owed = document.kind == "invoice" and document.currency == "EUR" and cents > 0
    if iban is None or not owed or cents > _MOST_CENTS or cents != int(cents):
        return None
    fields = (
        "UPNQR",
        "",
        "",
        "",
        "",
        _field(buyer.name, _NAME),
        _field(buyer.street, _NAME),
        _field(_town(buyer), _NAME),
        f"{int(cents):011d}",
        "",
        "",
        "GDSV",
        _field(f"{WORDS[language].purpose} {document.number}", _PURPOSE),
        "" if document.due is None else f"{document.due:%d.%m.%Y}",
        iban,
        _reference(document.reference),
        _field(seller.name, _NAME),
        _field(seller.street, _NAME),
        _field(_town(seller), _NAME),
    )
    told = "".join(f"{field}\n" for field in fields)
    return f"{told}{len(told.encode(ENCODING)):03d}\n"


def _slovenian(iban: str) -> str | None:
    plain = stdnum.iban.compact(iban)
    good = plain.startswith("SI") and len(plain) == _IBAN and stdnum.iban.is_valid(plain)
    return plain if good else None


def _reference(text: str) -> str:
    """Model and number; SI99 says that there is none."""
    plain = "".join(text.split()).upper()
    shape = plain.isascii() and plain.replace("-", "").isalnum() and len(plain) <= _REFERENCE
    if shape and plain.startswith("RF") and stdnum.iso11649.is_valid(plain):
        return plain
    if shape and plain.startswith("SI") and plain[2:4].isdigit():
        return plain
    return "SI99"


def _town(party: DocumentParty) -> str:
    return f"{party.postcode} {party.city}"


def _field(text: str, most: int) -> str:
    """On one line, in letters the code has, and no longer than the field."""
    return "".join(_letters(one) for one in clean(text))[:most].strip()


def _letters(one: str) -> str:
    if _fits(one):
        return one
    if one in _PLAIN:
        return _PLAIN[one]
    bare = "".join(c for c in unicodedata.normalize("NFKD", one) if not unicodedata.combining(c))
    return bare if bare and _fits(bare) else "?"


def _fits(text: str) -> bool:
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True
