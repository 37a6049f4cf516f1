"""Documents made into pages: the typesetter, the payment code, the logo and the e-invoice."""

from __future__ import annotations

import io

import segno

from panstore.connectors.typst.client import Press
from panstore.connectors.typst.config import TypstSettings
from panstore.connectors.typst.embed import with_e_invoice
from panstore.connectors.typst.logo import read_logo
from panstore.connectors.typst.map.cii import cii_of
from panstore.connectors.typst.map.page import page_of
from panstore.connectors.typst.map.show import file_name
from panstore.connectors.typst.map.sums import why_none
from panstore.connectors.typst.map.upn import ENCODING, upn_payload
from panstore.connectors.typst.map.words import WORDS
from panstore.connectors.typst.wire import LogoData, PageData
from panstore.model.document import Document, Language
from panstore.sdk.document_roles import Page
from panstore.sdk.errors import RejectedError

__all__ = ["PageMaker"]


class PageMaker:
    """Makes pages; it runs in the process that does nothing else.

    Args:
        connection: name of the connection, for errors.
    """

    def __init__(self, connection: str, settings: TypstSettings) -> None:
        self._settings = settings
        self._press = Press(connection, settings)

    def make(self, document: Document, language: Language) -> Page:
        """The document as a PDF; blocks for some 50 ms.

        Raises:
            RejectedError: it cannot be shown (`code` "unprintable").
        """
        words = WORDS[language]
        logo, no_logo = self._logo()
        page = self._page(document, language, logo)
        try:
            content, problem = self._press.press(page)
        except RejectedError:
            if logo is None:
                raise
            # A picture that cannot be drawn must not stop an invoice; a letter without a font does.
            content, problem = self._press.press(self._page(document, language, None))
            no_logo = f"the logo {self._settings.logo} cannot be drawn"
        problems = [problem, no_logo]
        if self._settings.e_invoice and document.kind != "delivery_note":
            content, without = _with_e_invoice(content, document, language, page)
            problems.append(without)
        return Page(
            file_name(words.files[document.kind], document.number),
            content,
            problem="; ".join(one for one in problems if one),
        )

    def _page(self, document: Document, language: Language, logo: LogoData | None) -> PageData:
        settings = self._settings
        payload = upn_payload(document, language)
        return page_of(
            document,
            language,
            color=settings.color,
            thanks=settings.thanks.get(language),
            footer=settings.footer.get(language, ""),
            logo=logo,
            qr=None if payload is None else _qr(payload),
        )

    def _logo(self) -> tuple[LogoData | None, str]:
        if self._settings.logo is None:
            return None, ""
        try:
            svg = read_logo(self._settings.logo)
        except ValueError as error:
            return None, str(error)
        return LogoData(svg, self._settings.logo_height_mm), ""


def _with_e_invoice(
    content: bytes, document: Document, language: Language, page: PageData
) -> tuple[bytes, str]:
    """The page with the e-invoice; as it was, and why, where none can be vouched for."""
    try:
        reason = why_none(document)
        if not reason:
            content = with_e_invoice(
                content,
                cii_of(document),
                title=f"{page.title} {page.number}",
                author=page.seller.name,
                date=document.date,
                language=language,
            )
    except Exception as error:  # noqa: BLE001 - whatever happens there, the page itself is fine
        reason = str(error) or type(error).__name__
    return content, f"there is no e-invoice inside: {reason}" if reason else ""


def _qr(payload: str) -> str:
    """The code as SVG; version, correction and letters are fixed by the banks, the mask by us."""
    code = segno.make(
        payload,
        version=15,
        error="m",
        encoding=ENCODING,
        eci=True,
        boost_error=False,
        micro=False,
        mask=3,
    )
    out = io.BytesIO()
    code.save(out, kind="svg", border=2)
    return out.getvalue().decode("utf-8")
