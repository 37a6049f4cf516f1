"""What stands against an e-invoice of a document: each reason in words.

An e-invoice is booked by a machine, so one that might be wrong must not go out; the page of the
same document is read by a person and may.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import stdnum.iban

from panstore.model.document import Document, DocumentLine, VatCategory
from panstore.model.quantity import plain

__all__ = ["prefixed", "why_none"]

_CENT = Decimal("0.01")
_ZERO = Decimal(0)
_FREE_OF_VAT = frozenset({"E", "AE", "K", "G", "O"})
_ABROAD = frozenset({"AE", "K"})
_COUNTRY = 2

_Row = tuple[Decimal, VatCategory]


def why_none(document: Document) -> str:
    """The first reason why no e-invoice can be made of it; empty if one can.

    A delivery note has none in any case.
    """
    if document.taken_back_by:
        return f"it was taken back by {document.taken_back_by}, so nobody shall book it again"
    return next(
        (
            reason
            for found in (_parties, _figures, _sums, _bases, _rates, _abroad, _account)
            for reason in found(document)
        ),
        "",
    )


def prefixed(vat_id: str) -> bool:
    """Whether a VAT id begins with a country, as it must in an e-invoice."""
    head = vat_id[:_COUNTRY]
    return head.isascii() and head.isalpha() and len(vat_id) > _COUNTRY


def _parties(document: Document) -> Iterator[str]:
    seller, buyer, receiver = document.seller, document.buyer, document.receiver
    categories = {row.category for row in document.vat}
    known = prefixed(seller.vat_id) or (
        # Who is too small for VAT has no such number, and charges none.
        not seller.vat_id and bool(seller.tax_number) and categories <= {"E", "O"}
    )
    if not known:
        yield "the seller's VAT id is not known, or has no country before the number"
    for word, party in (("seller", seller), ("buyer", buyer), ("receiver", receiver)):
        if party is None:
            continue
        if not party.name.strip():
            yield f"the {word} has no name"
        if len(party.country) != _COUNTRY:
            yield f"the {word}'s country is not known"


def _figures(document: Document) -> Iterator[str]:
    if not document.lines:
        yield "it has no lines"
    for place, line in enumerate(document.lines, 1):
        if line.net is None or line.unit_net is None or line.rate is None:
            yield f"line {place} has no price or no VAT rate"
        elif not (line.quantity * line.unit_net).is_finite():
            yield f"line {place} has a figure that is no number"
        elif not line.description.strip():
            yield f"line {place} has no description"
        elif not line.quantity or abs(line.quantity * line.unit_net - line.net) > _slack(line):
            yield f"line {place}: quantity times price is not its amount"
    figures = [document.net, document.tax, document.total, document.paid]
    figures += [line.net or _ZERO for line in document.lines]
    figures += [one for row in document.vat for one in (row.base, row.tax)]
    if any(one != one.quantize(_CENT) for one in figures):
        yield "an amount has parts of a cent"


def _slack(line: DocumentLine) -> Decimal:
    """A unit price that was rounded to its last digit is off by half of it, for each unit."""
    digits = len(plain(line.unit_net or _ZERO).partition(".")[2])
    return abs(line.quantity) * Decimal(10) ** -max(digits, 2) / 2 + _CENT


def _sums(document: Document) -> Iterator[str]:
    lines = sum((line.net or _ZERO for line in document.lines), _ZERO)
    if lines != document.net:
        yield f"its lines add up to {lines}, not to {document.net}"
    bases = sum((row.base for row in document.vat), _ZERO)
    if bases != document.net:
        yield f"the bases of its VAT rates add up to {bases}, not to {document.net}"
    taxes = sum((row.tax for row in document.vat), _ZERO)
    if taxes != document.tax:
        yield f"the VAT of its rates adds up to {taxes}, not to {document.tax}"
    if document.net + document.tax != document.total:
        yield f"{document.net} and {document.tax} VAT are not the total of {document.total}"
    sign = -1 if document.kind == "credit_note" else 1
    if document.total * sign < 0:
        yield "its total has the wrong sign"
    if sign * (document.total - document.paid) < 0:
        yield "more was paid than it asks for"


def _bases(document: Document) -> Iterator[str]:
    by_row: dict[_Row, Decimal] = defaultdict(Decimal)
    for line in document.lines:
        by_row[line.rate or _ZERO, line.category] += line.net or _ZERO
    rows: dict[_Row, Decimal] = {(row.rate, row.category): row.base for row in document.vat}
    if len(rows) != len(document.vat):
        yield "a VAT rate has two rows"
    wrong = [row for row in by_row.keys() | rows.keys() if by_row.get(row) != rows.get(row)]
    if wrong:
        yield f"the lines with {min(wrong)[0]} % VAT do not add up to its base"


def _rates(document: Document) -> Iterator[str]:
    for row in document.vat:
        word = f"VAT of {row.rate} %"
        due = (row.base * row.rate / 100).quantize(_CENT, ROUND_HALF_UP)
        # Some round VAT for each line: off by less than a cent for each of them, and never by more
        # than the standard allows.
        if abs(due - row.tax) >= 1 or abs(due - row.tax) > _CENT * len(document.lines):
            yield f"{word} on {row.base} is {due}, not {row.tax}"
        if (row.category == "S") != (row.rate > 0):
            yield f"{word} does not go with category {row.category}"
        if row.category in _FREE_OF_VAT and not row.reason.strip():
            yield f"{word} has no reason why none is charged"


def _abroad(document: Document) -> Iterator[str]:
    for row in document.vat:
        if row.category in _ABROAD and not prefixed(document.buyer.vat_id):
            yield "no VAT is charged to a buyer whose VAT id is not known"
        if row.category == "K" and document.delivered is None:
            yield "goods went to another country, and their day of delivery is not known"
        if row.category == "O" and len(document.vat) > 1:
            yield "something outside VAT stands beside something that is not"


def _account(document: Document) -> Iterator[str]:
    if document.owed and document.due is None:
        yield "no day is known until which it is to be paid"
    iban = document.seller.iban
    if iban and not stdnum.iban.is_valid(iban):
        yield "the seller's IBAN is none"
