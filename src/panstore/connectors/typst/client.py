"""The typesetter: a page's data made a PDF, by the company's template or ours.

One compiler per template is kept, so that fonts are read once; it does one page at a time.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
import unicodedata
from pathlib import Path

import msgspec
import typst

from panstore.connectors.typst.config import TypstSettings
from panstore.connectors.typst.wire import PageData
from panstore.sdk.errors import RejectedError

__all__ = ["Press"]

_HERE = Path(__file__).parent
_TEMPLATES = _HERE / "templates"
_FONTS = _HERE / "fonts"
# Readable by machines and screen readers as well; a company's own need not go that far.
_OURS: list[typst.PDFStandard] = ["a-3a", "ua-1"]
_THEIRS: list[typst.PDFStandard] = ["a-3b"]
_UNKNOWN_FONT = "unknown font family"
_NO_FONT = re.compile(r"the text \"?(?P<text>.+?)\"? could not be displayed")


class _DoubtError(Exception):
    """A page was made, and something may be missing on it."""


class Press:
    """Sets pages.

    Args:
        connection: name of the connection, for errors.
    """

    def __init__(self, connection: str, settings: TypstSettings) -> None:
        self._connection = connection
        self._settings = settings
        self._lock = threading.Lock()
        self._compilers: dict[Path, typst.Compiler] = {}

    def press(self, page: PageData) -> tuple[bytes, str]:
        """The PDF, and why the company's own template was not used; blocks for some 10 ms.

        Raises:
            RejectedError: a character of it is in no font (`code` "unprintable").
        """
        data = msgspec.json.encode(page).decode()
        problem = ""
        with self._lock:
            folder = self._settings.templates
            own = self._settings.own_template(page.kind)
            if own is not None:
                try:
                    return self._set(own, data, page.date, _THEIRS), ""
                except typst.TypstError as error:
                    problem = f"{own} was not used: {_words(error)}"
                except (OSError, _DoubtError) as error:
                    problem = f"{own} was not used: {error}"
            elif folder is not None and not folder.is_dir():
                problem = f"there is no folder of templates {folder}"
            try:
                return self._set(_TEMPLATES / f"{page.kind}.typ", data, page.date, _OURS), problem
            except typst.TypstError as error:
                raise self._refused(error, page) from error

    def _set(
        self,
        template: Path,
        data: str,
        date: tuple[int, int, int],
        standards: list[typst.PDFStandard],
    ) -> bytes:
        made, warnings = self._compiler(template).compile_with_warnings(
            format="pdf",
            sys_inputs={"data": data},
            pdf_standards=standards,
            # What a template calls today is the day of issue, whenever it is printed.
            timestamp=dt.datetime(*date, tzinfo=dt.UTC),
        )
        for warning in warnings:
            if _UNKNOWN_FONT in warning.message:
                # In no font that was asked for, letters would be left out without a word.
                raise _DoubtError(warning.message)
        if not isinstance(made, bytes):
            raise TypeError("a PDF is one file")
        return made

    def _compiler(self, template: Path) -> typst.Compiler:
        if template not in self._compilers:
            own = template.parent != _TEMPLATES
            # A machine's own fonts would make the same document look different there.
            fonts = typst.Fonts(
                include_system_fonts=False,
                include_embedded_fonts=own,
                font_paths=[str(_FONTS), *([str(template.parent)] if own else [])],
            )
            self._compilers[template] = typst.Compiler(
                str(template), root=str(template.parent), font_paths=fonts
            )
        return self._compilers[template]

    def _refused(self, error: typst.TypstError, page: PageData) -> RejectedError:
        found = _NO_FONT.search(error.message)
        if found is None:
            return RejectedError(self._connection, "make a page", _words(error), code="unprintable")
        letters = sorted(set(found["text"]))
        named = ", ".join(_named(one) for one in letters[:3])
        where = _where(page, letters)
        what = f"no font has {named}{where}, so {page.title} {page.number} cannot be shown"
        return RejectedError(self._connection, "make a page", what, code="unprintable")


def _named(letter: str) -> str:
    name = unicodedata.name(letter, "no name").lower()
    return f"“{letter}” (U+{ord(letter):04X}, {name})"


def _where(page: PageData, letters: list[str]) -> str:
    """In which line or name they are, for the person who is to change it in the ERP."""
    for row in page.rows:
        if set(letters) & set(row.description + row.code + row.quantity):
            return f", which line {row.place} has"
    for word, party in (
        ("buyer", page.buyer),
        ("receiver", page.receiver),
        ("seller", page.seller),
    ):
        if party is not None and set(letters) & set("".join((party.name, *party.lines))):
            return f", which the {word}'s name or address has"
    return ""


def _words(error: typst.TypstError) -> str:
    hints = "".join(f" ({hint})" for hint in error.hints)
    return f"{error.message}{hints}"
