"""Writes the mail that goes with a document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal

from panstore.model.document import Document, Language
from panstore.model.message import Attachment, Letter, Message
from panstore.model.money import minor_digits
from panstore.modules.p3_documents.settings import DocumentSettings
from panstore.modules.p3_documents.texts import EXAMPLE
from panstore.sdk.document_roles import Page
from panstore.sdk.modules import OrderCase
from panstore.sdk.templates import Template

__all__ = ["fields_of", "letter"]


def letter(
    message: Message,
    recipient: str,
    case: OrderCase,
    settings: DocumentSettings,
    paper: tuple[Document, Page],
) -> Letter:
    """The whole mail.

    Raises:
        TemplateTextError: a company's own text gives too much, or fails with these values.
    """
    document, page = paper
    texts = settings.own(document.kind, message.language).templates(document.kind, message.language)
    fields = fields_of(document, case, message.language)
    subject, text = (_made(one, fields) for one in texts[:2])
    return Letter(
        key=message.id,
        recipient=recipient,
        subject=" ".join(subject.split()),
        text=text.strip("\n") + "\n",
        html=_made(texts[2], fields, html=True) if texts[2] else "",
        language=message.language,
        date=case.view.now,
        attachments=(Attachment(page.name, page.media_type, page.content),),
    )


def fields_of(document: Document, case: OrderCase, language: Language) -> dict[str, Any]:
    """What the texts may use, ready to be printed; the names are those of `texts.EXAMPLE`."""
    seller = document.seller
    return {
        "order": {
            "number": case.order.number,
            "date": _day(
                case.order.placed_at.astimezone(ZoneInfo(case.view.zone)).date(), language
            ),
        },
        "document": {
            "number": document.number,
            "date": _day(document.date, language),
            "total": _money(abs(document.total), document.currency, language),
            "owed": _money(document.owed, document.currency, language),
            "is_owed": document.owed > 0,
            "due": _day(document.due, language),
            "credits": document.credits,
            "carrier": document.carrier,
            "tracking": document.tracking,
        },
        "payment": {"iban": _grouped(seller.iban), "reference": document.reference},
        "buyer": {"name": document.buyer.name},
        "seller": {
            "name": seller.name,
            "email": seller.email,
            "phone": seller.phone,
            "website": seller.website,
        },
    }


def _made(text: str, fields: Mapping[str, Any], *, html: bool = False) -> str:
    return _template(text, html).render(fields)


@cache
def _template(text: str, html: bool) -> Template:  # noqa: FBT001 - a cache's key
    return Template(text, EXAMPLE, html=html)


def _day(date: dt.date | None, language: Language) -> str:
    if date is None:
        return ""
    return format_date(date, "d. M. y" if language == "sl" else "d MMMM y", locale=language)


def _money(amount: Decimal, currency: str, language: Language) -> str:
    """As people write it, with a space that every mail program shows."""
    pattern = "#,##0." + "0" * minor_digits(currency)
    number = format_decimal(amount, pattern.rstrip("."), locale=language)
    return f"{number} {currency}".replace("\N{MINUS SIGN}", "-")


def _grouped(iban: str) -> str:
    plain = iban.replace(" ", "")
    return " ".join(plain[begin : begin + 4] for begin in range(0, len(plain), 4))
