"""What a company may say about documents by mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from panstore.model.document import DocumentKind, Language
from panstore.modules.p3_documents.texts import EXAMPLE, HTML, SUBJECTS, TEXTS
from panstore.sdk import Settings
from panstore.sdk.messages import MessageSettings
from panstore.sdk.rules import Rule
from panstore.sdk.templates import Template

__all__ = ["DocumentSettings", "MailText", "MailTexts"]


def _subject(text: str) -> str:
    if "\n" in Template(text, EXAMPLE).render(EXAMPLE).strip("\n"):
        raise ValueError("a subject has one line")
    return text


def _plain(text: str) -> str:
    Template(text, EXAMPLE)
    return text


def _html(text: str) -> str:
    Template(text, EXAMPLE, html=True)
    return text


def _address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or not text.isprintable() or " " in text or "@" in local:
        raise ValueError(f"{text!r} is no mail address; write one like office@example.com")
    return text


class MailText(Settings):
    """A company's own words for one kind of mail; what is left out is PanStore's.

    Attributes:
        subject: one line. text: plain. html: the same in HTML; without it, and with a `text`, the
            mail is plain.
    """

    subject: Annotated[str, AfterValidator(_subject)] | None = None
    text: Annotated[str, AfterValidator(_plain)] | None = None
    html: Annotated[str, AfterValidator(_html)] | None = None

    def templates(self, kind: DocumentKind, language: Language) -> tuple[str, str, str]:
        """Subject, plain text and HTML; the last one may be empty."""
        standard = HTML[kind, language] if self.text is None else ""
        return (
            SUBJECTS[kind, language] if self.subject is None else self.subject,
            TEXTS[kind, language] if self.text is None else self.text,
            standard if self.html is None else self.html,
        )


class MailTexts(Settings):
    """Own words of one kind of mail, by language."""

    sl: MailText = MailText()
    en: MailText = MailText()


class DocumentSettings(MessageSettings):
    """Settings of P3 for one route.

    Attributes:
        rule: documents of orders for which it holds are mailed.
        invoice, credit_note, delivery_note: whether documents of that kind are mailed.
        copies_to: the company's own addresses that get each mail as well, as mails of their own.
        language: of mails and pages; without it the route's, else what the buyer understands.
        texts: own words by kind and language.
        tell_shop: whether the shop's order gets a note when a document was mailed.
        link_in_shop: whether the buyer's order in the shop gets a link to each such document, where
            the shop shows links and PanStore has a public address.
        unknown: after a lost answer the mail is sent once more, marked as maybe there twice
            (`once_more`), or a person is asked (`ask`).
        unknown_after_minutes: pause before it is sent once more.
    """

    rule: Rule = Rule("true")
    invoice: bool = True
    credit_note: bool = True
    delivery_note: bool = True
    copies_to: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    language: Language | None = None
    texts: Mapping[DocumentKind, MailTexts] = Field(default_factory=dict)
    tell_shop: bool = True
    link_in_shop: bool = True
    unknown: Literal["once_more", "ask"] = "once_more"

    def own(self, kind: DocumentKind, language: Language) -> MailText:
        """The company's own words for a mail."""
        texts = self.texts.get(kind)
        if texts is None:
            return MailText()
        return texts.sl if language == "sl" else texts.en
