"""What WordPress does to texts: filters markup, escapes, wraps in paragraphs, makes slugs."""

from __future__ import annotations

import html
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["clean", "decimal_text", "kses", "paragraphs", "slug", "whole"]

_ALLOWED = {
    "a", "abbr", "address", "article", "aside", "b", "big", "blockquote", "br", "caption", "cite",
    "code", "col", "colgroup", "dd", "del", "details", "div", "dl", "dt", "em", "figcaption",
    "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins",
    "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "s", "samp", "section", "small",
    "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "u", "ul", "var", "video",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s[^<>]*)?)(/?)>")
_HANDLER = re.compile(r"""\s+on\w+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_AMPERSAND = re.compile(r"&(?!(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});)")
_BLOCK = (
    "table|thead|tfoot|caption|col|colgroup|tbody|tr|td|th|div|dl|dd|dt|ul|ol|li|pre|form|map|area"
    "|blockquote|address|style|p|h[1-6]|hr|fieldset|legend|section|article|aside|hgroup|header"
    "|footer|nav|figure|figcaption|details|menu|summary"
)


def kses(text: str) -> str:
    """The text as a shop keeps it: known tags only, no handlers, bare ampersands escaped.

    A backslash is lost, of two one stays (`stripslashes`); what stood between tags that are not
    allowed stays (recorded 07).
    """
    found: list[str] = []
    end = 0
    text = re.sub(r"\\(.?)", r"\1", text, flags=re.DOTALL)
    for tag in _TAG.finditer(text):
        found.append(text[end : tag.start()].replace("<", "&lt;").replace(">", "&gt;"))
        if tag[2].lower() in _ALLOWED:
            found.append(f"<{tag[1]}{tag[2]}{_HANDLER.sub('', tag[3])}{tag[4]}>")
        end = tag.end()
    found.append(text[end:].replace("<", "&lt;").replace(">", "&gt;"))
    return _AMPERSAND.sub("&amp;", "".join(found))


def clean(value: Any) -> str:
    """A text of one line: no tags, no line breaks or tabs, no blanks around (`wc_clean`)."""
    text = re.sub(r"<[^<>]*>?", "", str(value))
    return re.sub(r"[\r\n\t ]+", " ", text).strip()


def paragraphs(text: str) -> str:
    """The text as a page shows it (`wpautop`): paragraphs, each block tag on a line of its own."""
    if not text.strip():
        return ""
    text = text.replace("\r\n", "\n").replace("\r", "\n") + "\n"
    text = re.sub(rf"(<(?:{_BLOCK})[\s/>])", r"\n\n\1", text, flags=re.IGNORECASE)
    text = re.sub(rf"(</(?:{_BLOCK})>)", r"\1\n\n", text, flags=re.IGNORECASE)
    parts = [part.strip("\n") for part in re.split(r"\n\s*\n", text) if part.strip("\n")]
    return "".join(_paragraph(part) for part in parts)


def _paragraph(part: str) -> str:
    block = rf"\s*</?(?:{_BLOCK})[\s/>]"
    if re.match(block, part, re.IGNORECASE) or re.match(r"\s*</", part):
        return f"{part}\n"
    closes = re.search(rf"</(?:{_BLOCK})>$", part, re.IGNORECASE)
    if closes is not None:
        return f"{part}\n"
    return "<p>" + part.replace("\n", "<br />\n") + "</p>\n"


def slug(text: str) -> str:
    """The text as part of an address (`sanitize_title`)."""
    text = re.sub(r"<[^<>]*>", "", html.unescape(text))
    text = text.replace("\u00df", "ss").replace("\u00f8", "o").replace("\u00e6", "ae")
    text = unicodedata.normalize("NFKD", text)
    text = "".join(each for each in text if not unicodedata.combining(each)).lower()
    text = re.sub(r"[./]", "-", text)
    text = re.sub(r"[^a-z0-9_\s-]", "", text)
    return re.sub(r"[\s-]+", "-", text).strip("-")


def decimal_text(value: Any, separator: str = ".") -> str:
    """A price or measure as WooCommerce keeps it (`wc_format_decimal`).

    The shop's own decimal separator counts as a point, all points but the last are dropped, and so
    is everything but digits, points and minus signs: in a shop with a point `10,50` becomes `1050`
    and `abc` nothing at all (WooCommerce 10.5, recorded 08-product-prices; the points: source).
    """
    if isinstance(value, float):
        text = f"{value:.6f}".rstrip("0").rstrip(".")
    else:
        text = re.sub(r"\.(?![^.]+$)|[^0-9.-]", "", str(value).strip().replace(separator, "."))
    try:
        Decimal(text)
    except InvalidOperation:
        return ""
    return text


def whole(value: Any) -> int:
    """A quantity as WooCommerce keeps it (`wc_stock_amount`): PHP's whole number of anything."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return int(value)
    found = re.match(r"\s*[+-]?\d+", str(value))
    return int(found[0]) if found else 0
