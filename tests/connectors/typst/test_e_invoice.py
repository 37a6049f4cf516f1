"""E-invoices keep the standard's rules, and none is made of figures that do not add up."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]
from msgspec.structs import replace

from panstore.connectors.tryton.map.documents import document_of
from panstore.connectors.tryton.map.rows import row
from panstore.connectors.tryton.wire import decode, encode
from panstore.connectors.tryton.wire_documents import DocumentRow
from panstore.connectors.typst.map.cii import cii_of
from panstore.connectors.typst.map.sample import samples
from panstore.connectors.typst.map.sums import why_none
from panstore.model.document import Document, DocumentKind, DocumentLine, VatCategory, VatRow
from panstore.model.ids import ExternalId
from tests.connectors.tryton.replay import recorded
from tests.connectors.typst.paper import (
    COMPANY,
    CUP,
    FREE,
    OFF,
    PRIVATE,
    SELLER,
    TEA,
    D,
    credit_note,
    invoice,
    many_lines,
)
from tests.connectors.typst.schematron import broken_rules

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def _told(xml: bytes, name: str) -> list[str]:
    return [one.text or "" for one in etree.fromstring(xml).iter(RAM + name)]


def _free(category: VatCategory, **changes: Any) -> Document:
    return invoice((replace(TEA, rate=D(0), category=category),), **changes)


SMALL = replace(SELLER, vat_id="", tax_number="50223054")

RIGHT = {
    "a private buyer": invoice(),
    "a company abroad, goods elsewhere": invoice(buyer=COMPANY, receiver=PRIVATE),
    "many rates": many_lines(),
    "a row without VAT": invoice((TEA, FREE)),
    "something taken off": invoice((TEA, CUP, OFF)),
    "paid": invoice(paid=D("81.96"), due=None, note="Hvala.\nNasvidenje."),
    "paid in part": invoice(paid=D("30.00")),
    "nothing to pay": invoice((TEA, replace(TEA, quantity=D(-2), net=D("-16.40")))),
    "by weight": invoice((
        DocumentLine("Čaj", D("0.333"), "T", "kg", D("24.9"), D("8.29"), D(22), unit_code="KGM"),
    )),
    "another currency": invoice(currency="CZK"),
    "no account": invoice(seller=replace(SELLER, iban="", bic="")),
    "an account without BIC": invoice(seller=replace(SELLER, bic="", tax_number="50223054")),
    "next to nothing known": invoice(
        buyer=replace(PRIVATE, street="", postcode="", city=""),
        delivered=None,
        order_number="",
        reference="",
    ),
    "a credit note": credit_note(),
    "a credit note paid back": credit_note((TEA, FREE, OFF), paid=D("-30.00")),
    "zero rate": _free("Z"),
    "reverse charge": _free("AE", buyer=COMPANY),
    "to another member state": _free("K", buyer=COMPANY),
    "to another member state, to somebody else": _free("K", buyer=COMPANY, receiver=COMPANY),
    "export": _free("G", buyer=replace(COMPANY, country="CH", vat_id="123")),
    "outside VAT": _free("O", buyer=COMPANY),
    "outside VAT, with a national number": _free("O", seller=replace(SELLER, tax_number="50")),
    "a seller too small for VAT": _free("E", seller=SMALL),
}


@pytest.mark.parametrize("document", RIGHT.values(), ids=RIGHT)
def test_it_keeps_every_rule(document: Document) -> None:
    assert why_none(document) == ""
    assert broken_rules(cii_of(document)) == []


def test_the_documents_of_a_check_are_right() -> None:
    assert [why_none(one) for one in samples()[:2]] == ["", ""]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"total": D("82.96")}, "BR-CO-15"),
        ({"net": D("68.87")}, "BR-CO-10"),
        ({"tax": D("13.11")}, "BR-CO-14"),
        ({"seller": replace(SELLER, vat_id="50223054")}, "BR-CO-09"),
        ({"vat": (VatRow(D(22), D("68.86"), D("13.10")),)}, "BR-S-08"),
    ],
)
def test_a_wrong_one_is_seen_by_the_rules_and_by_us(change: dict[str, Any], rule: str) -> None:
    wrong = invoice(**change)
    assert rule in broken_rules(cii_of(wrong))
    assert why_none(wrong)


@pytest.mark.parametrize(
    ("name", "kind"), [("document", "invoice"), ("document_credit", "credit_note")]
)
def test_what_a_real_tryton_books_can_be_an_e_invoice(name: str, kind: DocumentKind) -> None:
    answer = decode(encode(recorded(name)["body"]))
    assert isinstance(answer, dict)
    document = document_of(row(answer["result"], DocumentRow, name), kind, ExternalId("1"))
    assert why_none(replace(document, taken_back_by="")) == ""
    assert broken_rules(cii_of(document)) == []


ONE = (TEA,)
ABROAD = {"category": "K", "reason": "x"}

WRONG: dict[str, tuple[Document, str]] = {
    "taken back": (invoice(taken_back_by="2026-00043"), "taken back by 2026-00043"),
    "seller unknown": (invoice(seller=replace(SELLER, vat_id="")), "seller's VAT id"),
    "small, and charges VAT": (invoice(seller=SMALL), "seller's VAT id"),
    "no country": (invoice(buyer=replace(PRIVATE, country="")), "buyer's country"),
    "no name": (invoice(receiver=replace(PRIVATE, name=" ")), "receiver has no name"),
    "no lines": (invoice(()), "no lines"),
    "no price": (replace(invoice(), lines=(replace(TEA, unit_net=None),)), "no price"),
    "no words": (invoice((replace(TEA, description=" "),)), "no description"),
    "nothing of it": (invoice((replace(TEA, quantity=D(0)),)), "quantity times price"),
    "price": (invoice((replace(TEA, unit_net=D("8.40")),)), "quantity times price"),
    "a price that is none": (invoice((replace(TEA, unit_net=D("NaN")),)), "is no number"),
    "half cents": (invoice(paid=D("0.005")), "parts of a cent"),
    "lines": (invoice(net=D(1)), "lines add up to 68.86, not to 1"),
    "bases": (replace(invoice(ONE), vat=(VatRow(D("9.5"), D(16), D(1)),)), "bases of its VAT"),
    "taxes": (invoice(tax=D(13)), "adds up to 13.10, not to 13"),
    "total": (invoice(total=D(80)), "not the total of 80"),
    "sign": (credit_note(kind="invoice"), "wrong sign"),
    "overpaid": (invoice(paid=D(100)), "more was paid"),
    "two rows": (
        replace(
            invoice(ONE),
            vat=(VatRow(D("9.5"), D("10.40"), D("0.99")), VatRow(D("9.5"), D(6), D("0.57"))),
            tax=D("1.56"),
            total=D("17.96"),
        ),
        "two rows",
    ),
    "rates": (
        replace(invoice(), vat=(VatRow(D(22), D("68.86"), D("13.10")),)),
        "do not add up to its base",
    ),
    "VAT of a rate": (
        replace(
            invoice(ONE),
            vat=(VatRow(D("9.5"), D("16.40"), D("1.60")),),
            tax=D("1.60"),
            total=D(18),
        ),
        "is 1.56, not 1.60",
    ),
    "category": (_free("S"), "does not go with category S"),
    "reason": (
        replace(_free("E"), vat=(VatRow(D(0), D("16.40"), D(0), "E"),)),
        "no reason",
    ),
    "reverse charge to nobody": (_free("AE"), "VAT id is not known"),
    "sent abroad, nobody knows when": (_free("K", buyer=COMPANY, delivered=None), "day of del"),
    "outside VAT and inside": (
        invoice((TEA, replace(FREE, category="O"))),
        "outside VAT stands beside",
    ),
    "no day": (invoice(due=None), "until which it is to be paid"),
    "account": (invoice(seller=replace(SELLER, iban="SI56263300012039087")), "IBAN is none"),
}


@pytest.mark.parametrize(("document", "said"), WRONG.values(), ids=WRONG)
def test_what_stands_against_one_is_said(document: Document, said: str) -> None:
    assert said in why_none(document)


def test_a_credit_note_says_positive_figures_and_whom_it_takes_back() -> None:
    xml = cii_of(credit_note((TEA, OFF)))
    assert _told(xml, "TypeCode")[0] == "381"
    assert _told(xml, "LineTotalAmount") == ["16.40", "-1.50", "14.90"]
    assert _told(xml, "ChargeAmount") == ["8.2", "1.5"]
    assert _told(xml, "BilledQuantity") == ["2", "-1"]
    assert _told(xml, "DuePayableAmount") == ["16.13"]
    assert _told(xml, "IssuerAssignedID") == ["100042", "2026-00041"]


def test_a_long_street_loses_nothing() -> None:
    xml = cii_of(invoice(buyer=COMPANY))
    assert _told(xml, "LineThree") == ["3. Stock, Tür 5"]
    assert _told(xml, "SellerAssignedID") == ["TEA-1", "CUP-1"]


_lines = st.lists(
    st.builds(
        lambda quantity, cents, rate: DocumentLine(
            "Čaj",
            Decimal(quantity),
            unit_net=Decimal(cents) / 1000,
            net=(quantity * Decimal(cents) / 1000).quantize(D("0.01")),
            rate=Decimal(rate),
            category="S" if Decimal(rate) else "E",
        ),
        st.integers(1, 50),
        st.integers(1, 100_000),
        st.sampled_from(["22", "9.5", "5", "0"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25)
@given(lines=_lines, share=st.integers(0, 100), credit=st.booleans())
def test_whatever_adds_up_keeps_the_rules(
    lines: list[DocumentLine], share: int, credit: bool
) -> None:
    document = credit_note(lines) if credit else invoice(lines)
    paid = (document.total * share / 100).quantize(D("0.01"))
    document = replace(document, paid=paid, date=dt.date(2026, 1, 31))
    assert why_none(document) == ""
    assert broken_rules(cii_of(document)) == []
