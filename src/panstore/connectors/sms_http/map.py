"""Between a text of ours and what a provider's HTTP interface says of it; no I/O here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

import msgspec

from panstore.connectors.sms_http.config import HttpSmsSettings
from panstore.model.message import Receipt, ReceiptState, Sent, Text

__all__ = [
    "Outgoing",
    "answer_of",
    "delivery_id",
    "is_ours",
    "outgoing",
    "receipts_of",
    "words_of",
]

_NAMED = re.compile(r"\{(\w+)\}")
_SHOWN = 120
_DIGITS = re.compile(r"\+?\d[\d ]{5,}")


class Outgoing(msgspec.Struct, frozen=True):
    """What is sent for one SMS, filled in."""

    query: dict[str, str]
    form: dict[str, str]
    json_body: dict[str, str]
    headers: dict[str, str]


def outgoing(text: Text, settings: HttpSmsSettings) -> Outgoing:
    """The settings' fields with this text's values."""
    values = {
        "to": text.recipient,
        "to_digits": text.recipient.lstrip("+"),
        "text": text.text,
        "from": settings.sender,
        "key": _key_of(text.key),
        "hash": _hash_of(text.key),
        "coding": "0" if text.encoding == "gsm7" else "2",
        "parts": str(text.parts),
        "user": settings.user,
        "password": settings.password.get_secret_value(),
        "callback": _callback(text.key, settings),
    }

    def filled(fields: Mapping[str, str]) -> dict[str, str]:
        return {
            name: _NAMED.sub(lambda found: values[found.group(1)], field)
            for name, field in fields.items()
        }

    return Outgoing(
        filled(settings.query),
        filled(settings.form),
        filled(settings.json_body),
        filled(settings.headers),
    )


def answer_of(
    text: Text, body: str, settings: HttpSmsSettings
) -> Sent | Literal["refused", "unknown"]:
    """What an answer with a good status says."""
    if re.search(settings.taken, body):
        return Sent(_reference_of(text, body, settings), words_of(body))
    if settings.refused and re.search(settings.refused, body):
        return "refused"
    return "unknown"


def words_of(body: str) -> str:
    """An answer for people: one line, not long, without what may be a telephone number."""
    line = _DIGITS.sub("…", " ".join(body.split()))
    return line[:_SHOWN] + "…" * (len(line) > _SHOWN)


def is_ours(query: str, settings: HttpSmsSettings) -> bool:
    """Whether the address of a receipt has our secret."""
    if settings.callback_secret is None:
        return False
    given = dict(parse_qsl(query, keep_blank_values=True)).get("secret", "")
    wanted = settings.callback_secret.get_secret_value()
    return hmac.compare_digest(given.encode(), wanted.encode())


def receipts_of(query: str, body: bytes, settings: HttpSmsSettings) -> tuple[Receipt, ...]:
    """The receipts of one message; those about something else are left out.

    Raises:
        ValueError: it cannot be read.
    """
    wanted = settings.receipts
    found = []
    for fields in _items(query, body, wanted.items):
        reference = _dig(fields, wanted.reference)
        state = _state(_dig(fields, wanted.state), settings)
        if settings.reference == "key" and reference:
            reference = _key_from(reference)
        if reference and state is not None:
            note = words_of(_dig(fields, wanted.note)) if wanted.note else ""
            found.append(Receipt(reference, state, note))
    return tuple(found)


def delivery_id(receipts: tuple[Receipt, ...]) -> str:
    """The same for the same receipts, so that one that comes twice is taken once."""
    text = "\n".join(f"{one.reference} {one.state} {one.note}" for one in receipts)
    return hashlib.sha256(text.encode()).hexdigest()


def _items(query: str, body: bytes, path: str) -> Iterator[Any]:
    plain = dict(parse_qsl(query, keep_blank_values=True))
    text = body.decode("utf-8")
    if text.lstrip().startswith(("{", "[")):
        try:
            read = msgspec.json.decode(body)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from error
        inside = _inner(read, path) if path else read
        for one in inside if isinstance(inside, list) else [inside]:
            yield plain | one if isinstance(one, dict) else plain
        return
    yield plain | dict(parse_qsl(text, keep_blank_values=True))


def _dig(fields: Any, path: str) -> str:
    found = _inner(fields, path)
    return "" if found is None or isinstance(found, dict | list) else str(found)


def _inner(fields: Any, path: str) -> Any:
    if isinstance(fields, dict) and path in fields:
        return fields[path]
    found = fields
    for name in path.split("."):
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found


def _state(word: str, settings: HttpSmsSettings) -> ReceiptState | None:
    wanted = settings.receipts
    groups: tuple[tuple[ReceiptState, tuple[str, ...]], ...] = (
        ("delivered", wanted.delivered),
        ("failed", wanted.failed),
        ("underway", wanted.underway),
    )
    return next((state for state, words in groups if word in words), None)


def _reference_of(text: Text, body: str, settings: HttpSmsSettings) -> str:
    if settings.reference == "key":
        return text.key
    if settings.reference == "hash":
        return _hash_of(text.key)
    match = re.search(settings.reference, body)
    return (match.group(1) or "") if match else ""


def _callback(key: str, settings: HttpSmsSettings) -> str:
    if settings.callback_url is None or settings.callback_secret is None:
        return ""
    named = _hash_of(key) if settings.reference == "hash" else _key_of(key)
    fields = {"secret": settings.callback_secret.get_secret_value(), "key": named}
    glue = "&" if settings.callback_url.query else "?"
    # The gateway writes the number of the state where %d stands.
    return f"{settings.callback_url}{glue}{urlencode(fields)}&state=%d"


def _key_of(key: str) -> str:
    """Our key in letters that no gateway takes for an escape."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _key_from(text: str) -> str:
    padded = text + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(padded.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _hash_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]
