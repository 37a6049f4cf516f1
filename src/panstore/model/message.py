"""What a buyer is told by mail and SMS: messages to be sent once, and what became of them."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from panstore.model.document import DocumentKind, Language
from panstore.model.ids import ExternalId, OrderKey

__all__ = [
    "Attachment",
    "Channel",
    "DocumentRef",
    "Letter",
    "Message",
    "MessageState",
    "NewMessage",
    "Receipt",
    "ReceiptState",
    "Sent",
    "Text",
    "TextEncoding",
]

Channel = Literal["mail", "sms"]
"""How a buyer is reached."""

MessageState = Literal[
    "waiting", "sending", "unknown", "sent", "delivered", "failed", "refused", "stopped", "skipped"
]
"""`waiting`: will be sent by itself. `sending`: the call has begun, its outcome is not recorded.
`unknown`: the reply was lost. `sent`: the provider has taken it. `delivered`, `failed`: a receipt
or a bounce says so. `refused`: the provider or a setting says no. `stopped`: the recipient is on
the stop list, or has not agreed. `skipped`: a person left it, or it came too late to be of use."""

TextEncoding = Literal["gsm7", "ucs2"]
"""`gsm7`: the alphabet of the first mobile networks; `ucs2`: everything else, at twice the room."""


class DocumentRef(msgspec.Struct, frozen=True):
    """A document in the ERP.

    Attributes:
        sale: our key of the sale it belongs to.
        id: the ERP's id of the invoice or shipment; number: what people see.
    """

    kind: DocumentKind
    sale: OrderKey
    id: ExternalId
    number: str


class NewMessage(msgspec.Struct, frozen=True):
    """A message a module wants to be sent, once for (purpose, subject, recipient) of an order.

    Attributes:
        purpose: invoice, credit_note, delivery_note, or the name of a template.
        subject: what it is about, e.g. the ERP's id of an invoice or parcel; empty if the purpose
            happens once in an order's life.
        recipient: e-mail address or telephone number in E.164; personal, kept only in the payload.
            Empty if there is none: then nothing is sent, and `note` says why.
        document: to be attached as a page.
        copy: it goes to somebody else than the buyer (the company's archive).
        again: 0 for the first; a person who asks for it once more raises it.
        not_before: aware UTC; None for at once. not_after: later it is of no use any more.
        note: why it cannot be sent, for people; empty if it can.
    """

    channel: Channel
    purpose: str
    recipient: str
    language: Language
    subject: str = ""
    document: DocumentRef | None = None
    copy: bool = False
    again: int = 0
    not_before: dt.datetime | None = None
    not_after: dt.datetime | None = None
    note: str = ""


class Message(msgspec.Struct, frozen=True):
    """A message in the outbox, without personal data; see `NewMessage` for what is not said here.

    Attributes:
        id: our key: `connection/order/mail|sms/purpose/subject/recipient's digest/again`.
        attempts: how often it was to be handed over, whatever came of it; fences late workers.
        maybe_twice: the recipient may have got it twice, and that is known.
        reference: the provider's id of it, or empty.
        parts: of an SMS; price: of all parts, in the currency of the settings, as text; empty if
            not known.
        note: for people: why it waits, was refused or is in doubt.
    """

    id: str
    channel: Channel
    purpose: str
    subject: str
    language: Language
    state: MessageState
    queued_at: dt.datetime
    document: DocumentRef | None = None
    copy: bool = False
    again: int = 0
    due_at: dt.datetime | None = None
    not_after: dt.datetime | None = None
    attempts: int = 0
    maybe_twice: bool = False
    sent_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    reference: str = ""
    parts: int = 0
    price: str = ""
    note: str = ""


class Attachment(msgspec.Struct, frozen=True):
    """A file that goes with a letter."""

    name: str
    media_type: str
    content: bytes


class Letter(msgspec.Struct, frozen=True):
    """A mail, whole.

    Attributes:
        key: our id of the message; the Message-ID is made from it, so that it is always the same.
        recipient: bare address.
        subject: one line; text: plain; html: the same in HTML, or empty.
        language: of the text.
        date: of writing, aware; the server puts one where there is none.
    """

    key: str
    recipient: str
    subject: str
    text: str
    html: str = ""
    language: Language = "en"
    date: dt.datetime | None = None
    attachments: tuple[Attachment, ...] = ()


class Text(msgspec.Struct, frozen=True):
    """An SMS, whole.

    Attributes:
        key: our id of the message.
        recipient: E.164 with plus sign.
        encoding: that of the text; every character fits it. parts: how many the network needs.
        price: of all parts, e.g. "0.10 EUR"; empty if not known.
    """

    key: str
    recipient: str
    text: str
    encoding: TextEncoding
    parts: int
    price: str = ""


class Sent(msgspec.Struct, frozen=True):
    """The provider has taken a message.

    Attributes:
        reference: its id of it, as receipts will name it; empty if it gives none.
        note: its answer, for people, without personal data.
    """

    reference: str = ""
    note: str = ""


ReceiptState = Literal["delivered", "failed", "underway"]
"""`underway`: not yet either of the others."""


class Receipt(msgspec.Struct, frozen=True):
    """What the network says of a message later; may come late, twice or never.

    Attributes:
        reference: the provider's id, or our own key where it gives ours back.
        note: the network's words, without personal data.
    """

    reference: str
    state: ReceiptState
    note: str = ""
