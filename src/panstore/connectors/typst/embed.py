"""The e-invoice put into the page's file, as Factur-X wants it: file, relation and metadata."""

from __future__ import annotations

import datetime as dt
import io
import re

from facturx import generate_from_file  # type: ignore[import-untyped]

from panstore.model.document import Language

__all__ = ["with_e_invoice"]

# Signs may stand in a PDF's texts as they are or as their number.
_PDF_TIME = re.compile(rb"(\(D(?::|\\072))\d{14}((?:\+|\\053)00)")
_XMP_TIME = re.compile(
    rb"(<xmp:(?:Create|Modify)Date>)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00(</xmp:)"
)


def with_e_invoice(
    pdf: bytes, xml: bytes, *, title: str, author: str, date: dt.date, language: Language
) -> bytes:
    """The page with the e-invoice attached; the same input gives the same bytes.

    Args:
        pdf: PDF/A-3.
        xml: CII; it is checked against the standard's XML schema once more.
        title, author: of the document, for those who list files.
        date: of issue; it stands for the time of making, which would differ each time.

    Raises:
        Exception: the XML does not fit the schema; the library has no error of its own for that.
    """
    about = {"title": title, "author": author, "subject": title, "keywords": ""}
    file = io.BytesIO(pdf)
    generate_from_file(
        file,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=True,
        check_schematron=False,
        pdf_metadata=about,
        lang=language,
        afrelationship="alternative",
        # Uncompressed, so that programs that do not know PDF find it as well.
        xmp_compression=False,
    )
    made = file.getvalue()
    # Same length: nothing in the file moves.
    made = _PDF_TIME.sub(rb"\g<1>" + f"{date:%Y%m%d}000000".encode() + rb"\g<2>", made)
    return _XMP_TIME.sub(rb"\g<1>" + f"{date:%Y-%m-%d}T00:00:00+00:00".encode() + rb"\g<2>", made)
