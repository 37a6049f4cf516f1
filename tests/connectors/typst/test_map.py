"""A document as the words of a page."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from panstore.connectors.typst.map.page import page_of
from panstore.connectors.typst.wire import Fact, PageData
from panstore.model.document import Document, Language
from tests.connectors.typst.paper import (
    COMPANY,
    FREE,
    PRIVATE,
    SELLER,
    TEA,
    D,
    credit_note,
    delivery_note,
    invoice,
)


def page(document: Document, language: Language = "sl", **more: Any) -> PageData:
    """The page, with plain spaces."""
    return page_of(document, language, color="#000000", **more)


def _said(facts: tuple[Fact, ...]) -> dict[str, str]:
    return {one.label: one.value.replace("\u00a0", " ") for one in facts}


def test_an_invoice_says_who_what_and_how_to_pay() -> None:
    made = page(invoice(paid=D(30)), qr="<svg/>", footer="a\n\nb")
    assert (made.title, made.number, made.date) == ("Račun", "2026-00042", (2026, 11, 24))
    assert made.seller.lines == (
        "Slovenska cesta 40",
        "1000 Ljubljana",
        "ID za DDV: SI50223054",
        "+386 1 555 01 23 · trgovina@zelena-skodelica.example",
        "https://zelena-skodelica.example",
    )
    assert made.buyer.lines == ("Šmartinska cesta 152a", "1000 Ljubljana")
    assert made.receiver is None
    assert _said(made.facts) == {
        "Datum izdaje": "24. 11. 2026",
        "Datum dobave": "25. 11. 2026",
        "Rok plačila": "2. 12. 2026",
        "Naročilo": "100042",
        "Datum naročila": "23. 11. 2026",
        "Način plačila": "Po predračunu",
        "Dostava": "Pošta Slovenije",
    }
    assert [one.name for one in made.columns] == [
        "place",
        "description",
        "quantity",
        "price",
        "rate",
        "net",
    ]
    assert _said((*made.totals, *made.after)) == {
        "Skupaj brez DDV": "68,86 €",
        "DDV": "13,10 €",
        "Že plačano": "30,00 €",
    }
    assert made.grand is not None
    assert made.owed is not None
    assert made.payment is not None
    assert made.grand.value.replace("\u00a0", " ") == "81,96 €"
    assert made.owed.value.replace("\u00a0", " ") == "51,96 €"
    assert _said(made.payment.facts) == {
        "Znesek": "51,96 €",
        "Rok plačila": "2. 12. 2026",
        "Prejemnik": "Zelena skodelica d.o.o.",
        "IBAN": "SI56 2633 0001 2039 086",
        "BIC": "PRIMSI2X",
        "Referenca": "SI00 2026 0004 2",
    }
    assert made.payment.hint == "Kodo UPN QR preberite z mobilno banko."
    assert made.footer == (
        "a",
        "b",
        "IBAN SI56 2633 0001 2039 086 · BIC PRIMSI2X",
        "Matična številka 6543219000 · Osnovni kapital 7.500 EUR",
    )
    assert made.thanks == ("Hvala za vaš nakup.",)


def test_what_is_not_known_is_not_shown() -> None:
    bare = replace(SELLER, phone="", website="", iban="", bic="", extra=(), vat_id="")
    made = page(
        invoice((replace(TEA, unit=""),), seller=bare, due=None, order_date=None), thanks=""
    )
    assert made.seller.lines == (
        "Slovenska cesta 40",
        "1000 Ljubljana",
        "trgovina@zelena-skodelica.example",
    )
    assert (made.footer, made.thanks, made.payment) == ((), (), None)
    assert made.rows[0].quantity == "2"
    unpaid = page(invoice(due=None, reference="", seller=replace(SELLER, bic="")))
    assert unpaid.payment is not None
    assert [one.label for one in unpaid.payment.facts] == ["Znesek", "Prejemnik", "IBAN"]
    assert (unpaid.payment.hint, unpaid.payment.qr) == ("", None)


@pytest.mark.parametrize(
    ("unit", "language", "shown"),
    [
        ("u", "sl", "2 kos"),
        ("kos", "en", "2 pcs"),
        ("kg", "en", "2 kg"),
        ("", "en", "2"),
    ],
)
def test_pieces_are_called_as_the_page_speaks(unit: str, language: Language, shown: str) -> None:
    (row,) = page(invoice((replace(TEA, unit=unit),)), language).rows
    assert row.quantity.replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("document", "after", "owed"),
    [
        (invoice(paid=D("81.96")), {"Already paid": "€81.96"}, "€0.00"),
        (invoice(paid=D(90)), {"Already paid": "€90.00", "Paid too much": "€8.04"}, "€0.00"),
        (invoice(paid=D(90), taken_back_by="8"), {"Already paid": "€90.00"}, "€0.00"),
        (credit_note(), {}, None),
        (credit_note(paid=D("-81.96")), {"Already refunded": "€81.96"}, None),
    ],
)
def test_what_was_paid_and_is_owed(
    document: Document, after: dict[str, str], owed: str | None
) -> None:
    made = page(document, "en")
    assert _said(made.after) == after
    assert (None if made.owed is None else made.owed.value) == owed
    assert made.payment is None


def test_a_credit_note_names_its_invoice_and_does_not_thank() -> None:
    made = page(credit_note(), "en", thanks="Thank you")
    assert _said(made.facts)["Credits invoice"] == "2026-00041"
    assert made.thanks == ()
    assert made.rows[0].net == "-16.40"


def test_a_delivery_note_says_where_the_goods_go_and_no_price() -> None:
    made = page(delivery_note())
    assert [one.name for one in made.columns] == ["place", "description", "quantity"]
    assert (made.vat, made.grand, made.owed, made.payment) == (None, None, None, None)
    assert made.receiver is not None
    assert made.receiver.lines == ("Ερμού 12", "105 63 Αθήνα", "Grčija", "+30 21 0123 4567")
    assert made.signatures == ("Izdal", "Prevzel (datum in podpis)")
    facts = _said(made.facts)
    assert (facts["Prevoznik"], facts["Sledenje"]) == ("Pošta Slovenije", "RA123456785SI")
    assert "Način plačila" not in facts


def test_a_company_has_its_number_and_its_country() -> None:
    made = page(invoice(buyer=replace(COMPANY, tax_number="12/345"), receiver=PRIVATE), "en")
    assert made.buyer.lines[-3:] == ("Germany", "VAT ID: DE123456789", "Tax number: 12/345")


def test_no_vat_has_its_reason_once() -> None:
    made = page(invoice((FREE, replace(TEA, rate=D(0), category="E"), TEA)))
    assert made.vat is not None
    assert made.vat.reasons == ("0\u00a0%: Oproščeno po 44. členu ZDDV-1",)
    assert made.vat.rows[1] == ("9,5\u00a0%", "16,40", "1,56", "17,96")
