"""How commands speak: tables for people, one JSON document for programs."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from panstore.model.price import PriceTarget
from panstore.model.stock import StockTarget

if TYPE_CHECKING:
    from panstore.model.plan import Value

__all__ = ["ago", "document", "line", "number", "plain", "table", "value_words", "zoned"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def document(content: Any) -> None:
    """Print one JSON document; times are ISO 8601 in UTC, amounts are strings."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, default=plain) + "\n")


def plain(value: object) -> str:
    """What JSON has no form for, as text."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return number(value)
    raise TypeError(f"not for a JSON document: {value!r}")


def line(text: str = "") -> None:
    """Print a line of text as it is."""
    sys.stdout.write(text + "\n")


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; cells are plain text, never markup, since names come from outside."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        # A pipe has no width: whoever reads it wants whole lines.
        console = Console(file=sys.stdout, highlight=False, width=250)
    console.print(made)


def number(value: Decimal) -> str:
    """A decimal without trailing zeros or exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def zoned(at: dt.datetime, zone: str) -> str:
    """A time for people in the company's zone, to the second; the zone is named once beside."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def ago(at: dt.datetime, now: dt.datetime) -> str:
    """How long ago, in the largest unit that fits."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h {seconds % _HOUR // _MINUTE} min"
    return f"{seconds // _DAY} d {seconds % _DAY // _HOUR} h"


def value_words(value: Value | None) -> str:
    """A stock or a price in words; a dash if the shop was never seen to hold one."""
    match value:
        case None:
            return "-"
        case StockTarget():
            return number(value.free)
        case PriceTarget():
            kind = "gross" if value.includes_tax else "net"
            text = f"{value.amount:f} {value.currency} {kind}"
            if value.promotion is not None:
                text += f", on offer at {value.promotion.amount:f}"
            return text
