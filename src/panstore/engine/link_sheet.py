"""Proposals as a sheet that a person edits: CSV as Excel writes and reads it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import msgspec

from panstore.engine.link_wizard import Proposal, Proposals
from panstore.model.ids import ExternalId, RouteId
from panstore.model.product import Variant
from panstore.model.quantity import plain

__all__ = ["SheetError", "Wish", "read_sheet", "write_sheet"]

_COLUMNS = (
    *("route", "take", "erp_id", "shop_id", "factor", "confidence", "reason", "conflict"),
    *("erp_code", "erp_name", "erp_ean", "erp_unit"),
    *("shop_code", "shop_name", "shop_ean", "shop_unit"),
)
_NEEDED = ("route", "take", "erp_id", "shop_id", "factor")
_CODES = ("erp_code", "shop_code")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}([.,][0-9]{3})+")
_TAKE = {"yes", "y", "da", "d", "x", "1", "true"}
_LEAVE = {"", "no", "n", "ne", "0", "false"}
_SURE = 90
_FORMULA = ("=", "+", "-", "@")


class Wish(msgspec.Struct, frozen=True):
    """A pair a person wants linked.

    Attributes:
        line: of the sheet; 0 if it comes from none.
        erp_code, shop_code: of both articles as the sheet shows them; None or empty where it does
            not.
    """

    erp: ExternalId
    shop: ExternalId
    factor: Decimal | None
    line: int = 0
    erp_code: str | None = None
    shop_code: str | None = None


class SheetError(Exception):
    """A sheet cannot be used; nothing was changed."""


def write_sheet(route: RouteId, found: Proposals) -> str:
    """The sheet, pairs first, then what stays alone; sure ones without a conflict say yes."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";")
    writer.writerow(_COLUMNS)
    for pair in found.pairs:
        writer.writerow([_safe(cell) for cell in _row(route, pair)])
    for variant in found.erp_alone:
        begin = (route, "", variant.id, "", "", "", "nothing in the shop fits", "")
        writer.writerow([_safe(cell) for cell in (*begin, *_said(variant), "", "", "", "")])
    for variant in found.shop_alone:
        cells = (route, "", "", variant.id, "", "", "nothing in the ERP fits", "")
        writer.writerow([_safe(cell) for cell in (*cells, "", "", "", "", *_said(variant))])
    return file.getvalue()


def _row(route: RouteId, pair: Proposal) -> tuple[str, ...]:
    sure = pair.confidence >= _SURE and not pair.conflict and pair.factor is not None
    return (
        route,
        "yes" if sure else "",
        pair.erp.id,
        pair.shop.id,
        "" if pair.factor is None else plain(pair.factor),
        str(pair.confidence),
        pair.reason,
        pair.conflict,
        *_said(pair.erp),
        *_said(pair.shop),
    )


def _said(variant: Variant) -> tuple[str, str, str, str]:
    return variant.sku, variant.title, variant.gtin, variant.unit or ""


def _safe(cell: str) -> str:
    """A name that looks like a formula must not become one in whoever opens the sheet."""
    return f"'{cell}" if cell.startswith((*_FORMULA, "'")) else cell


def _plain(cell: str) -> str:
    """The cell without the sign that `_safe` put before it."""
    return cell[1:] if cell.startswith("'") and _safe(cell[1:]) == cell else cell


def read_sheet(content: bytes, route: RouteId) -> list[Wish]:
    """What a person wants linked; separators and letters as Excel may have saved them.

    Raises:
        SheetError: something in it cannot be; line and column are named.
    """
    text = _decoded(content)
    head = text.partition("\n")[0]
    separator = max(";,\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    missing = [name for name in _NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise SheetError(f"line 1: the column {missing[0]} is not there. Nothing was changed.")
    wishes: list[Wish] = []
    lines: dict[tuple[str, str], int] = {}
    for wish in _wishes(reader, route):
        for column, variant in (("erp_id", wish.erp), ("shop_id", wish.shop)):
            first = lines.setdefault((column, variant), wish.line)
            if first != wish.line:
                raise _wrong(wish.line, column, f"{variant} is taken in line {first} already")
        wishes.append(wish)
    return wishes


def _wishes(reader: csv.DictReader[str], route: RouteId) -> Iterator[Wish]:
    for row in reader:
        at = reader.line_num
        cell = {name: (row[name] or "").strip().removeprefix("'") for name in _NEEDED}
        cell |= {name: _plain((row[name] or "").strip()) for name in _CODES if name in row}
        take = cell["take"].casefold()
        if take not in _TAKE | _LEAVE:
            raise _wrong(at, "take", f"{cell['take']!r} is neither yes nor no")
        if take in _LEAVE:
            continue
        if cell["route"] != route:
            raise _wrong(at, "route", f"{cell['route']!r} is not {route}")
        for column in ("erp_id", "shop_id"):
            if not cell[column]:
                raise _wrong(at, column, "is empty, so it cannot be linked")
        yield Wish(
            ExternalId(cell["erp_id"]),
            ExternalId(cell["shop_id"]),
            _factor(at, cell["factor"]),
            at,
            cell.get("erp_code"),
            cell.get("shop_code"),
        )


def _factor(line: int, text: str) -> Decimal | None:
    if not text:
        return None
    if _THOUSANDS.fullmatch(text):
        what = f"{text!r} may be a thousand or one. Write it without a separator of thousands"
        raise _wrong(line, "factor", what)
    try:
        factor = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise _wrong(line, "factor", f"{text!r} is no number") from None
    if not (factor.is_finite() and factor > 0):
        raise _wrong(line, "factor", f"{text!r} is not above zero")
    return factor


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Excel's plain CSV in Slovenia.
        return content.decode("cp1250", errors="replace")


def _wrong(line: int, column: str, what: str) -> SheetError:
    return SheetError(f"line {line}, column {column}: {what}. Nothing was changed.")
