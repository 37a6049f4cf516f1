"""Figures, days and names as people of a language write them."""

from __future__ import annotations

import datetime as dt
import unicodedata
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_precision

from panstore.connectors.typst.map.words import Words

__all__ = [
    "amount",
    "clean",
    "country",
    "day",
    "file_name",
    "grouped",
    "lines_of",
    "money",
    "number",
    "per_cent",
    "unit_price",
]

_LONGEST_NAME = 80
_DIGITS = 60
_ZERO = Decimal(0)
"""Added to a figure it takes the minus from a zero, which credit notes would have."""


def money(value: Decimal, currency: str, words: Words) -> str:
    """An amount with its currency."""
    with localcontext(Context(prec=_DIGITS, rounding=ROUND_HALF_UP)):
        return format_currency(value + _ZERO, currency, locale=words.locale)


def amount(value: Decimal, currency: str, words: Words) -> str:
    """An amount in a column whose currency is said elsewhere."""
    digits = get_currency_precision(currency)
    return _decimal(value, "#,##0" + ("." + "0" * digits if digits else ""), words)


def unit_price(value: Decimal, currency: str, words: Words) -> str:
    """Like an amount, with all the digits that a price of one has beyond it."""
    digits = get_currency_precision(currency)
    return _decimal(value, "#,##0." + "0" * digits + "#" * 8, words)


def number(value: Decimal, words: Words) -> str:
    """With the digits it needs and no more."""
    return _decimal(value, "#,##0.########", words)


def per_cent(value: Decimal, words: Words) -> str:
    """`value` is in per cent already."""
    space = "\u00a0" if words.locale.startswith("sl") else ""
    return f"{number(value, words)}{space}%"


def _decimal(value: Decimal, pattern: str, words: Words) -> str:
    with localcontext(Context(prec=_DIGITS, rounding=ROUND_HALF_UP)):
        return format_decimal(value + _ZERO, format=pattern, locale=words.locale)


def day(value: dt.date, words: Words) -> str:
    """A day, in figures or with the month's short name."""
    return format_date(value, words.day, locale=words.locale)


def country(code: str, words: Words) -> str:
    """The country's name, the code itself where it has none."""
    return str(Locale.parse(words.locale).territories.get(code.upper(), code))


def grouped(text: str) -> str:
    """An account or reference in groups of four, as it is printed."""
    plain = "".join(text.split())
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def clean(text: str) -> str:
    """One line, composed letters, and no characters that have no shape."""
    shown = "".join(
        " " if one.isspace() else one
        for one in unicodedata.normalize("NFC", text)
        if one.isspace() or unicodedata.category(one) not in {"Cc", "Cf", "Cs"}
    )
    return " ".join(shown.split())


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a text that have something on them."""
    return tuple(line for raw in text.splitlines() if (line := clean(raw)))


def file_name(word: str, printed: str) -> str:
    """A file's name that every system takes: small ASCII letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", printed).encode("ascii", "ignore").decode("ascii")
    kept = "".join(one if one.isalnum() else "-" for one in plain.lower())
    rest = "-".join(part for part in kept.split("-") if part)[:_LONGEST_NAME].strip("-")
    return f"{word}-{rest}.pdf" if rest else f"{word}.pdf"
