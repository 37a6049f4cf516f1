"""Papers of Tryton's become documents, every figure as it was booked."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.connectors.tryton.map.documents import UNTAXED, document_of, safe_name, unit_code
from panstore.connectors.tryton.map.rows import row
from panstore.connectors.tryton.wire import decode, encode
from panstore.connectors.tryton.wire_documents import (
    DocumentRow,
    IdentifierRow,
    PaperLineRow,
    PaperPartyRow,
    VatRowRow,
)
from panstore.model.document import Document, DocumentKind
from panstore.model.ids import ExternalId
from panstore.sdk.errors import MappingError
from tests.connectors.tryton.replay import recorded

DAY = dt.date(2026, 11, 24)
BUYER = PaperPartyRow(
    name="Jože Čebelar",
    street=None,
    postcode=None,
    city=None,
    country=None,
    identifiers=[],
    email=None,
    phone=None,
    website=None,
    iban=None,
    bic=None,
    extra=[],
)
LINE = PaperLineRow(
    code="KZ-1",
    description="Kava",
    quantity=Decimal("2.0"),
    unit="kos",
    unit_name="Unit",
    unit_code=None,
    unit_net=Decimal("10.0000"),
    net=Decimal("20.00"),
    rate=Decimal("0.22"),
    category=None,
)
PAPER = DocumentRow(
    number="2026-00001",
    date=DAY,
    currency="EUR",
    seller=BUYER,
    buyer=BUYER,
    receiver=None,
    lines=[LINE],
    vat=[VatRowRow(Decimal("0.22"), Decimal("20.00"), Decimal("4.40"), None, None)],
    net=Decimal("20.00"),
    tax=Decimal("4.40"),
    total=Decimal("24.40"),
    paid=Decimal("0.00"),
    due=None,
    delivered=None,
    order_number=None,
    order_date=None,
    payment_method=None,
    delivery_method=None,
    reference=None,
    credits=None,
    taken_back_by=None,
    carrier=None,
    tracking=None,
    note=None,
)


def real(name: str, kind: DocumentKind) -> Document:
    """A recorded paper of the demo's company."""
    answer = decode(encode(recorded(name)["body"]))
    assert isinstance(answer, dict)
    return document_of(row(answer["result"], DocumentRow, name), kind, ExternalId("1"))


def mapped(paper: DocumentRow) -> Document:
    return document_of(paper, "invoice", ExternalId("9"))


def test_a_real_invoice_reads_as_it_was_booked() -> None:
    paper = real("document", "invoice")
    assert (paper.number, paper.date, paper.delivered) == ("2026-00001", DAY, DAY)
    assert (paper.net, paper.tax, paper.total) == (
        sum(one.base for one in paper.vat),
        sum(one.tax for one in paper.vat),
        paper.net + paper.tax,
    )
    assert [(one.rate, one.category, bool(one.reason)) for one in paper.vat] == [
        (Decimal(22), "S", False),
        (Decimal("9.5"), "S", False),
        (Decimal(0), "E", True),
    ]
    assert [(one.rate, one.category, one.unit_code) for one in paper.lines] == [
        (Decimal(22), "S", "C62"),
        (Decimal("9.5"), "S", "C62"),
        (Decimal(22), "S", "C62"),
        (Decimal(0), "E", "C62"),
    ]
    assert str(paper.lines[2].quantity) == "1"
    seller = paper.seller
    assert (seller.vat_id, seller.iban, seller.country) == (
        "SI50223054",
        "SI56263300012039086",
        "SI",
    )
    assert seller.extra[1] == "Osnovni kapital 7.500,00 EUR"
    assert paper.receiver is not None
    assert (paper.buyer.city, paper.receiver.city) == ("Ljubljana", "Maribor")
    assert (paper.owed, paper.due) == (paper.total, dt.date(2026, 12, 2))
    # ISO 11649 without the spaces that are for people.
    assert paper.reference == "RF32202600001"
    assert (paper.order_date, paper.payment_method) == (DAY, "card")


def test_a_real_credit_note_is_below_zero_and_names_its_invoice() -> None:
    paper = real("document_credit", "credit_note")
    assert (paper.credits, paper.reference, paper.due) == ("2026-00001", "", None)
    assert paper.total == -real("document", "invoice").total
    assert [one.quantity for one in paper.lines] == [-3, -2, -1, -1]
    assert paper.owed == 0


def test_a_real_delivery_note_has_a_parcel_and_no_amounts() -> None:
    paper = real("document_delivery", "delivery_note")
    assert (paper.carrier, paper.tracking) == ("Pošta Slovenije", "RR123456789SI")
    assert [(one.quantity, one.net, one.rate, one.category) for one in paper.lines] == [
        (Decimal(3), None, None, "S"),
        (Decimal(2), None, None, "S"),
    ]
    assert (paper.vat, paper.total) == ((), Decimal(0))


def test_what_is_not_known_is_empty() -> None:
    paper = mapped(PAPER)
    assert (paper.buyer.name, paper.buyer.street, paper.buyer.vat_id) == ("Jože Čebelar", "", "")
    assert (paper.reference, paper.note, paper.credits, paper.taken_back_by) == ("", "", "", "")
    nameless = mapped(replace(PAPER, lines=[replace(LINE, description=None, unit=None)]))
    assert (nameless.lines[0].description, nameless.lines[0].unit) == ("KZ-1", "")
    blank = replace(LINE, description=None, code=None)
    assert mapped(replace(PAPER, lines=[blank])).lines[0].description == ""


def test_a_tax_that_is_an_amount_has_no_rate_to_show() -> None:
    with pytest.raises(MappingError, match="invoice 2026-00001"):
        mapped(replace(PAPER, lines=[replace(LINE, rate=None)]))
    with pytest.raises(MappingError, match="not a percentage"):
        mapped(replace(PAPER, vat=[replace(PAPER.vat[0], rate=None)]))


@pytest.mark.parametrize(
    ("rate", "category", "reason", "expected"),
    [
        ("0.22", None, None, ("S", "")),
        ("0.22", "S", "a word too many", ("S", "")),
        ("0", "Z", None, ("Z", "")),
        ("0", None, None, ("E", UNTAXED)),
        ("0", None, " 42. člen ZDDV-1 ", ("E", "42. člen ZDDV-1")),
        ("0", "AE", "76.a člen ZDDV-1", ("AE", "76.a člen ZDDV-1")),
        ("0", "K", None, ("K", UNTAXED)),
        ("0", "S", None, ("E", UNTAXED)),
        ("0", "L", None, ("E", UNTAXED)),
    ],
)
def test_vat_has_a_category_and_what_is_not_charged_a_reason(
    rate: str, category: str | None, reason: str | None, expected: tuple[str, str]
) -> None:
    booked = VatRowRow(Decimal(rate), Decimal("20.00"), Decimal(0), category, reason)
    paper = mapped(
        replace(PAPER, vat=[booked], lines=[replace(LINE, rate=Decimal(rate), category=category)])
    )
    (vat,) = paper.vat
    assert (vat.category, vat.reason) == expected
    assert paper.lines[0].category == vat.category


def test_rows_of_one_rate_and_category_are_one_with_all_reasons() -> None:
    rows = [
        VatRowRow(Decimal(0), Decimal("5.00"), Decimal("0.00"), None, "42. člen ZDDV-1"),
        VatRowRow(Decimal(0), Decimal("-0.01"), Decimal("0.00"), None, None),
        VatRowRow(Decimal(0), Decimal("1.00"), Decimal("0.00"), None, "44. člen ZDDV-1"),
        VatRowRow(Decimal(0), Decimal("2.00"), Decimal("0.00"), "AE", "76.a člen ZDDV-1"),
    ]
    first, second = mapped(replace(PAPER, vat=rows)).vat
    assert (first.base, first.category) == (Decimal("5.99"), "E")
    assert first.reason == "42. člen ZDDV-1; 44. člen ZDDV-1"
    assert (second.base, second.category, second.reason) == (
        Decimal("2.00"),
        "AE",
        "76.a člen ZDDV-1",
    )


@pytest.mark.parametrize(
    ("known", "name", "symbol", "code"),
    [
        ("XBX", "Kilogram", "kg", "XBX"),
        (None, "Kilogram", "kg", "KGM"),
        (None, "Kilogramm", "kg", "KGM"),
        (None, "Liter", "l", "LTR"),
        (None, "Meter", None, "MTR"),
        (None, "Zaboj", "zab", "C62"),
        (None, None, None, "C62"),
    ],
)
def test_units_have_their_code(
    known: str | None, name: str | None, symbol: str | None, code: str
) -> None:
    line = replace(LINE, unit_code=known, unit_name=name, unit=symbol)
    assert unit_code(line) == code


@pytest.mark.parametrize(
    ("identifiers", "vat_id", "tax_number"),
    [
        ([], "", ""),
        ([("eu_vat", "SI50223054")], "SI50223054", ""),
        ([("eu_vat", "SI50223054"), ("si_ddv", "50223054")], "SI50223054", ""),
        ([("si_ddv", "50223054"), ("si_maticna", "6543219000")], "SI50223054", "6543219000"),
        ([("si_ddv", "SI50223054")], "SI50223054", ""),
        ([("gr_vat", "094259216")], "EL094259216", ""),
        ([("hr_oib", "33392005961")], "", "33392005961"),
        ([(None, "mine")], "", ""),
    ],
)
def test_the_number_under_which_vat_is_charged_has_its_prefix(
    identifiers: list[tuple[str | None, str]], vat_id: str, tax_number: str
) -> None:
    seller = replace(BUYER, identifiers=[IdentifierRow(*one) for one in identifiers])
    paper = mapped(replace(PAPER, seller=seller))
    assert (paper.seller.vat_id, paper.seller.tax_number) == (vat_id, tax_number)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Račun-2026/1.pdf", "Racun-2026-1.pdf"),
        ("..\\..\\x y.pdf", "x-y.pdf"),
        ("請求書.pdf", "document.pdf"),
    ],
)
def test_a_files_name_is_one_that_every_system_takes(name: str, safe: str) -> None:
    assert safe_name(name) == safe
