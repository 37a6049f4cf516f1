"""Letters, parts and what they cost: counted as a network counts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panstore.sdk.gsm7 import decode, encode, encoding_of, parts_of, plain_letters, tidy

PLAIN = "abcXYZ019 @£$ÆßÉ!?\nèéùàäöñüΔ"
EXTENDED = "^{}\\[~]|€\f"
OTHER = "šŠčČžŽćđ«ж日"
ASTRAL = "😀\U0001d538"


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("", "gsm7", 1),
        ("a" * 160, "gsm7", 1),
        ("a" * 161, "gsm7", 2),
        ("a" * 306, "gsm7", 2),
        ("a" * 307, "gsm7", 3),
        ("€" * 80, "gsm7", 1),
        ("€" * 81, "gsm7", 2),
        ("a" * 159 + "€", "gsm7", 2),
        ("èé" * 80, "gsm7", 1),
        ("š" * 70, "ucs2", 1),
        ("š" * 71, "ucs2", 2),
        ("a" * 70 + "č", "ucs2", 2),
        ("😀" * 35, "ucs2", 1),
        ("😀" * 36, "ucs2", 2),
        ("a\N{NO-BREAK SPACE}b", "ucs2", 1),
    ],
)
def test_letters_are_counted(text: str, encoding: str, parts: int) -> None:
    assert encoding_of(text) == encoding
    assert len(parts_of(text)) == parts


def test_no_letter_is_cut_in_two() -> None:
    assert parts_of("a" * 152 + "€" * 10)[0] == "a" * 152
    assert parts_of("a" * 66 + "😀" * 5)[0] == "a" * 66


@given(st.text(st.sampled_from(PLAIN + EXTENDED), max_size=700))
def test_plain_texts_come_back_and_fit(text: str) -> None:
    parts = parts_of(text)
    assert "".join(parts) == text
    room = 160 if len(parts) == 1 else 153
    assert all(len(encode(one, "gsm7")) <= room for one in parts)
    assert "".join(decode(encode(one, "gsm7"), "gsm7") for one in parts) == text
    # Not more parts than the letters need, one lost place per part at an escape apart.
    assert len(parts) <= len(encode(text, "gsm7")) // 152 + 1


@given(st.text(st.sampled_from(PLAIN + EXTENDED + OTHER + ASTRAL), max_size=400))
def test_other_texts_come_back_and_fit(text: str) -> None:
    parts = parts_of(text, "ucs2")
    assert "".join(parts) == text
    room = 140 if len(parts) == 1 else 134
    assert all(len(encode(one, "ucs2")) <= room for one in parts)
    assert "".join(decode(encode(one, "ucs2"), "ucs2") for one in parts) == text


@given(st.text(max_size=200))
def test_plain_letters_never_make_a_text_longer_to_send(text: str) -> None:
    made = plain_letters(text)
    assert plain_letters(made) == made
    if encoding_of(text) == "gsm7":
        assert made == text


def test_plain_letters_are_what_people_expect() -> None:
    assert plain_letters("Pošiljka \u2013 š č ž ć đ Š Č Ž Ć Đ „navedek“ … ﬁ") == (
        'Posiljka - s c z c d S C Z C D "navedek" ... fi'
    )
    assert plain_letters("é ü 日 ¤") == "é ü 日 ¤"
    assert encoding_of(plain_letters("Łódź, œuvre, naïve, Ω")) == "gsm7"


def test_what_nobody_sees_does_not_cost() -> None:
    assert tidy(" 1.234,50\N{NO-BREAK SPACE}EUR \r\n\N{ZERO WIDTH SPACE}x\t y \r") == (
        "1.234,50 EUR\nx  y"
    )


def test_what_means_nothing_is_shown_as_such() -> None:
    assert decode(b"a\x1b\x01\x1b", "gsm7") == "a\ufffd\ufffd"
    assert decode(b"\x00a\xd8", "ucs2") == "a\ufffd"
    with pytest.raises(KeyError):
        encode("š", "gsm7")
