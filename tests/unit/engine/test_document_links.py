"""Tokens of links to documents: what one says is what went in, and nothing else is believed."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac

import msgspec
from hypothesis import assume, example, given
from hypothesis import strategies as st

from panstore.engine.document_links import Target, read_token, token_of
from panstore.model.document import DocumentKind
from panstore.model.ids import ExternalId, RouteId

KEY = b"k" * 32
TODAY = dt.date(2026, 11, 25)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
KINDS: tuple[DocumentKind, ...] = ("invoice", "credit_note", "delivery_note")


@st.composite
def targets(draw: st.DrawFn) -> Target:
    ids = st.text(min_size=1, max_size=40)
    return Target(
        RouteId(draw(ids)),
        ExternalId(draw(ids)),
        draw(st.sampled_from(KINDS)),
        ExternalId(draw(ids)),
        TODAY.toordinal() + draw(st.integers(0, 3650)),
    )


@given(targets())
def test_a_token_says_what_went_in_and_fits_into_an_address(target: Target) -> None:
    token = token_of(KEY, target)
    assert set(token) <= set(LETTERS)
    assert read_token(KEY, token, TODAY) == target


def test_a_token_of_usual_ids_is_short() -> None:
    usual = Target(RouteId("shop"), ExternalId("100042"), "invoice", ExternalId("1234"), 739_580)
    assert len(token_of(KEY, usual)) < 100


@given(targets(), st.integers(-400, 4000))
@example(Target(RouteId("r"), ExternalId("o"), "invoice", ExternalId("d"), TODAY.toordinal()), 0)
def test_it_works_to_the_last_day_and_not_longer(target: Target, days: int) -> None:
    day = TODAY + dt.timedelta(days=days)
    found = read_token(KEY, token_of(KEY, target), day)
    assert found == (target if day.toordinal() <= target.until else None)


@given(targets(), st.binary(max_size=40))
def test_another_installation_s_token_is_nothing(target: Target, other: bytes) -> None:
    assume(other.rstrip(b"\0") != KEY)
    assert read_token(KEY, token_of(other, target), TODAY) is None


@given(targets(), st.data())
def test_no_letter_of_it_can_be_another_one(target: Target, data: st.DataObject) -> None:
    token = token_of(KEY, target)
    # The last letter has bits that say nothing; they must be as they were made, too.
    place = data.draw(st.one_of(st.just(len(token) - 1), st.integers(0, len(token) - 1)))
    letter = data.draw(st.sampled_from(LETTERS + "+/=. \n\u010d\u0661"))
    assume(letter != token[place])
    assert read_token(KEY, token[:place] + letter + token[place + 1 :], TODAY) is None


@given(targets(), st.data())
def test_neither_a_part_of_it_nor_more_than_it_is_believed(
    target: Target, data: st.DataObject
) -> None:
    token = token_of(KEY, target)
    assert read_token(KEY, token[: data.draw(st.integers(0, len(token) - 1))], TODAY) is None
    more = data.draw(st.text(st.sampled_from(LETTERS + "= \n"), min_size=1, max_size=8))
    assert read_token(KEY, token + more, TODAY) is None
    assert read_token(KEY, more + token, TODAY) is None


@given(st.text(max_size=200))
@example("")
@example("A" * 5000)
def test_anything_else_is_nothing_and_no_error(text: str) -> None:
    assert read_token(KEY, text, TODAY) is None


def _signed(body: bytes) -> str:
    made = hmac.new(KEY, body, hashlib.sha256).digest() + body
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


@given(targets())
def test_what_we_signed_in_another_form_is_nothing(target: Target) -> None:
    plain = msgspec.to_builtins(target)
    assert read_token(KEY, _signed(msgspec.msgpack.encode(plain)), TODAY) == target
    for other in (plain[:-1], [*plain, 1], [*plain[:-1], "x"], dict(enumerate(plain)), None):
        assert read_token(KEY, _signed(msgspec.msgpack.encode(other)), TODAY) is None
    assert read_token(KEY, _signed(b""), TODAY) is None
