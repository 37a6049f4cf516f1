"""Figures, days and names as people write them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from babel.numbers import parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from panstore.connectors.typst.map import show
from panstore.connectors.typst.map.words import WORDS
from panstore.model.document import Language

SL, EN = WORDS["sl"], WORDS["en"]


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (show.money(Decimal("1234.5"), "EUR", SL), "1.234,50 €"),
        (show.money(Decimal("1234.5"), "EUR", EN), "€1,234.50"),
        (show.money(Decimal(-3), "EUR", SL), "-3,00 €"),
        (show.money(Decimal("0.125"), "EUR", EN), "€0.13"),
        (show.money(Decimal(1234), "JPY", EN), "JP¥1,234"),
        (show.money(Decimal("-0.00"), "EUR", EN), "€0.00"),
        (show.amount(Decimal("-0.00"), "EUR", SL), "0,00"),
        (show.amount(Decimal("1234.5"), "EUR", SL), "1.234,50"),
        (show.amount(Decimal(1234), "JPY", EN), "1,234"),
        (show.unit_price(Decimal("12.295"), "EUR", SL), "12,295"),
        (show.unit_price(Decimal(12), "EUR", SL), "12,00"),
        (show.number(Decimal("2.500"), SL), "2,5"),
        (show.number(Decimal(1000), EN), "1,000"),
        (show.per_cent(Decimal("9.5"), SL), "9,5 %"),
        (show.per_cent(Decimal("9.5"), EN), "9.5%"),
        (show.day(dt.date(2026, 1, 9), SL), "9. 1. 2026"),
        (show.day(dt.date(2026, 1, 9), EN), "9 Jan 2026"),
        (show.country("de", SL), "Nemčija"),
        (show.country("DE", EN), "Germany"),
        (show.country("ZX", EN), "ZX"),
        (show.grouped("SI56 26330001"), "SI56 2633 0001"),
        (show.clean(" c\u030caj\t\u200b a\nb\u0000 "), "čaj a b"),
        (show.file_name("racun", "2026/Č 1:*?"), "racun-2026-c-1.pdf"),
        (show.file_name("racun", "№"), "racun-no.pdf"),
        (show.file_name("racun", "日"), "racun.pdf"),
    ],
)
def test_as_people_of_the_language_write_it(made: str, shown: str) -> None:
    assert made.replace("\u00a0", " ") == shown


def test_empty_lines_are_left_out() -> None:
    assert show.lines_of("a\n \r\nb\u2028c") == ("a", "b", "c")


amounts = st.decimals(
    Decimal(-(10**12)), Decimal(10**12), places=2, allow_nan=False, allow_infinity=False
)


@given(value=amounts, language=st.sampled_from(["sl", "en"]))
def test_no_amount_is_changed_by_being_shown(value: Decimal, language: Language) -> None:
    words = WORDS[language]
    for shown in (
        show.amount(value, "EUR", words),
        show.unit_price(value, "EUR", words),
        show.number(value, words),
    ):
        assert parse_decimal(shown, locale=words.locale) == value


@given(st.text(max_size=300))
def test_every_file_name_is_one_on_every_system(printed: str) -> None:
    name = show.file_name("racun", printed)
    assert re.fullmatch(r"racun(-[a-z0-9]+)*\.pdf", name)
    assert len(name) <= 100


@given(st.text())
def test_cleaned_text_is_one_line_and_stays_as_it_is(text: str) -> None:
    once = show.clean(text)
    assert show.clean(once) == once
    assert once.splitlines() in ([], [once])
