"""Error bodies of WordPress and WooCommerce, and the words in them."""

from __future__ import annotations

import html
import re

import msgspec

__all__ = ["BOM", "WireErrorData", "WireProblem", "page_title", "problem", "said"]

BOM = b"\xef\xbb\xbf"
"""A plugin saved with a byte order mark puts it before every answer."""

_TAG = re.compile(r"<[^<>]*>")
_TITLE = re.compile(rb"<title[^>]*>(.{0,300}?)</title>", re.IGNORECASE | re.DOTALL)
_SHOWN = 300


class WireErrorData(msgspec.Struct):
    """`data` of an error body.

    Attributes:
        resource_id: of `product_invalid_sku`: who has the SKU.
        params: of `rest_invalid_param`: what is wrong, by parameter.

    Source: WooCommerce 10.5, recorded 09-product-validation, 18-duplicate-sku.
    """

    status: int = 0
    resource_id: int | None = None
    params: dict[str, str] | None = None


class WireProblem(msgspec.Struct):
    """An error body: `{"code", "message", "data"}`; also the `error` of an item in a batch.

    Source: WooCommerce 10.5, recorded 43-errors, 19-batch.
    """

    code: str
    message: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def details(self) -> WireErrorData:
        """`data`, as far as it has the usual form; PHP writes an empty one as `[]`."""
        try:
            return _DATA.decode(self.data) or WireErrorData()
        except msgspec.DecodeError:
            return WireErrorData()

    @property
    def field(self) -> str:
        """The record in the way, or the parameter that is wrong; or empty."""
        found = self.details
        if found.resource_id is not None:
            return str(found.resource_id)
        return next(iter(found.params or {}), "")

    @property
    def words(self) -> str:
        """What it says, for people."""
        details = "; ".join(said(text) for text in (self.details.params or {}).values())
        return (f"{said(self.message)} ({details})" if details else said(self.message)) or self.code


_DATA = msgspec.json.Decoder(WireErrorData | None)
_PROBLEM = msgspec.json.Decoder(WireProblem)


def said(text: str) -> str:
    """The words of a message, which may be HTML, at most 300 characters."""
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())[:_SHOWN]


def problem(body: bytes) -> WireProblem | None:
    """The error in a body, None if it is not WordPress that speaks."""
    try:
        return _PROBLEM.decode(body.removeprefix(BOM))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def page_title(body: bytes) -> str:
    """Title of a web page, empty if the body is none or has none."""
    found = _TITLE.search(body[:20_000])
    return said(found[1].decode(errors="replace")) if found else ""
