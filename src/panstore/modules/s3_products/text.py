"""Descriptions between systems that keep HTML and systems that keep plain text."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

__all__ = ["one_line", "paragraphs", "to_html", "to_plain"]

_BLOCKS = frozenset([
    "p",
    "div",
    "li",
    "ul",
    "ol",
    "table",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "article",
    "blockquote",
])
_SILENT = frozenset({"script", "style"})
_GAP = re.compile(r"\n\s*\n")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._break(tag)
        self.silent += tag in _SILENT

    def handle_endtag(self, tag: str) -> None:
        self._break(tag)
        self.silent = max(0, self.silent - (tag in _SILENT))

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "br":
            self.parts.append("\n")


def one_line(text: str) -> str:
    """A name as it was meant: entities resolved, blanks collapsed."""
    return " ".join(html.unescape(text).split())


def paragraphs(text: str) -> str:
    """Plain text with its paragraphs, blanks within them collapsed."""
    found = (" ".join(part.split()) for part in _GAP.split(text.replace("\r\n", "\n")))
    return "\n\n".join(part for part in found if part)


def to_plain(markup: str) -> str:
    """Text of `markup`: tags dropped, entities resolved, paragraphs and line breaks kept."""
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    blocks = _GAP.split("".join(reader.parts))
    found = ("\n".join(" ".join(row.split()) for row in one.strip().split("\n")) for one in blocks)
    return "\n\n".join(one for one in found if one)


def to_html(text: str) -> str:
    """`text` as HTML: one `<p>` for each paragraph, everything escaped."""
    blocks = (one.strip() for one in _GAP.split(text.replace("\r\n", "\n")))
    return "".join(
        "<p>" + html.escape(one, quote=False).replace("\n", "<br>") + "</p>"
        for one in blocks
        if one
    )
