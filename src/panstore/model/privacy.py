"""What others say of an order, without the buyer: such texts are kept longer than the buyer is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from panstore.model.customer import Address
from panstore.model.order import Order

__all__ = ["LEFT_OUT", "without_person"]

LEFT_OUT = "(...)"
"""Stands where something was left out."""

_SHORTEST = 3
_WORD = 6
"""Values shorter than this are found as whole words only: they are pieces of many other words."""
_TAIL = 7
"""So many last digits make a telephone number, with whatever it is dialled before them."""

_GAP = r"[ \u00a0()./-]{0,2}"
_AROUND = r"\s<>()\[\]\"',;:@"
"""What an address begins after; found from there on only, so that long texts take no time."""
_ANYBODYS = (
    # The ending keeps ids apart that have an @ in them: `17@2026-11-24T10:00:00Z`.
    re.compile(rf"(?<![^{_AROUND}])[^{_AROUND}]+@[^\W_][\w.-]*\.[^\W\d_]{{2,}}"),
    re.compile(rf"(?<!\w)\+\d(?:{_GAP}\d){{7,14}}(?!\d)"),
    re.compile(r"(?<![\w.,/-])0\d{1,3}[ \u00a0()/]{1,2}\d{3}[ ./-]?\d{2,4}(?:[ ./-]?\d{2})?(?!\w)"),
)


def without_person(text: str, order: Order | None = None) -> str:
    """A text in which nobody can be recognised any more.

    Left out are all e-mail addresses and telephone numbers, and of the order: names, companies,
    streets, cities, VAT ids, telephone numbers and what people wrote (notes, reasons of refunds),
    in upper or lower case and with any white space in it; also each word of a person's name.
    Values of less than three characters stay, and so does the order's number, whatever it is
    equal to. Doing it twice changes nothing.

    Args:
        order: whom the text may be about; None where that is not known.
    """
    patterns = [*_ANYBODYS, *(() if order is None else _patterns(order))]
    while spans := _joined(m.span() for p in patterns for m in p.finditer(text)):
        # What is left may come to stand together; each turn takes letters away, so it ends.
        for begin, end in reversed(spans):
            text = text[:begin] + LEFT_OUT + text[end:]
    return text


def _joined(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping and touching spans become one, so that no rest of a value is left."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _patterns(order: Order) -> Iterator[re.Pattern[str]]:
    own = {order.number.casefold(), order.id.casefold()}
    for value in _values(order):
        if value.casefold() not in own and _counts(value):
            yield _anywhere(value)
    # Written with and without a gap after the country's letters.
    vat_id = "".join(filter(str.isalnum, order.customer.vat_id))
    if len(vat_id) >= _WORD:
        yield re.compile(r"[ .-]?".join(vat_id), re.IGNORECASE)
    for number in _numbers(order):
        digits = "".join(filter(str.isdecimal, number))
        if len(digits) >= _TAIL:
            tail = _GAP.join(digits[-_TAIL:])
            yield re.compile(rf"(?<!\d)\+?(?:\d{_GAP}){{0,8}}{tail}(?!\d)")
    for name in _names(order):
        for word in re.findall(rf"[^\W\d_]{{{_SHORTEST},}}", name):
            # As a name is written: our own sentences have `shop` and `buyer` in them.
            forms = "|".join({word, word.upper(), word.capitalize()})
            yield re.compile(rf"(?<![^\W_])(?:{forms})(?![^\W_])")


def _counts(value: str) -> bool:
    return len(value) >= _SHORTEST and any(map(str.isalnum, value))


def _anywhere(value: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, value.split()))
    if len(value) < _WORD:
        words = rf"(?<![^\W_]){words}(?![^\W_])"
    return re.compile(words, re.IGNORECASE)


def _addresses(order: Order) -> Iterator[Address]:
    return (one for one in (order.billing, order.shipping) if one is not None)


def _names(order: Order) -> Iterator[str]:
    """Of people; a company's words may be anybody's."""
    firms = {order.customer.company, *(one.company for one in _addresses(order))}
    people = (order.customer.name, *(one.name for one in _addresses(order)))
    return (name for name in people if name not in firms)


def _numbers(order: Order) -> Iterator[str]:
    yield order.customer.phone
    yield order.customer.vat_id
    yield from (one.phone for one in _addresses(order))


def _values(order: Order) -> Iterator[str]:
    buyer = order.customer
    written = (order.note, *(one.note for one in order.lines), *(r.reason for r in order.refunds))
    several = [buyer.name, buyer.email, buyer.phone, buyer.company, buyer.vat_id, *written]
    several += [line for note in written for line in note.splitlines()]
    for one in _addresses(order):
        several += [one.name, one.company, one.phone, one.street, one.city]
        several += [f"{one.postcode} {one.city}", f"{one.city} {one.postcode}"]
        if not one.postcode.isdecimal():  # A bare number may be an amount as well.
            several.append(one.postcode)
    return (value.strip() for value in several)
