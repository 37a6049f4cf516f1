"""The payment code says what the banks' format wants, whatever stands in the document."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from panstore.connectors.typst.map.upn import ENCODING, upn_payload
from panstore.model.document import DocumentParty
from tests.connectors.typst.paper import SELLER, credit_note, delivery_note, invoice

LENGTHS = [5, 19, 1, 1, 26, 33, 33, 33, 11, 10, 1, 4, 42, 10, 19, 26, 33, 33, 33]


def test_the_fields_stand_where_banks_look_for_them() -> None:
    told = upn_payload(invoice(), "sl")
    assert told == (
        "UPNQR\n\n\n\n\nŽiga Črešnjevec\nŠmartinska cesta 152a\n1000 Ljubljana\n00000008196\n\n\n"
        "GDSV\nPlačilo računa 2026-00042\n02.12.2026\nSI56263300012039086\nSI00202600042\n"
        "Zelena skodelica d.o.o.\nSlovenska cesta 40\n1000 Ljubljana\n211\n"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"paid": Decimal("81.96")},
        {"paid": Decimal(100)},
        {"currency": "USD"},
        {"taken_back_by": "2026-00043"},
        {"seller": replace(SELLER, iban="")},
        {"seller": replace(SELLER, iban="DE89370400440532013000")},
        {"seller": replace(SELLER, iban="SI56263300012039087")},
        {"total": Decimal(10) ** 9},
        {"total": Decimal("1.005")},
    ],
)
def test_there_is_none_where_nothing_can_be_paid_so(changes: dict[str, Any]) -> None:
    assert upn_payload(invoice(**changes), "sl") is None


def test_only_invoices_are_paid() -> None:
    assert upn_payload(credit_note(), "sl") is None
    assert upn_payload(delivery_note(), "sl") is None


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        ("SI00 2026-00042", "SI002026-00042"),
        ("RF18 5390 0754 7034", "RF18539007547034"),
        ("RF19539007547034", "SI99"),
        ("2026-00042", "SI99"),
        ("SIxx1", "SI99"),
        ("SI00" + "1" * 23, "SI99"),
        ("", "SI99"),
    ],
)
def test_a_reference_is_one_that_banks_take_or_none(reference: str, shown: str) -> None:
    told = upn_payload(invoice(reference=reference), "sl")
    assert told is not None
    assert told.split("\n")[15] == shown


def test_letters_the_code_does_not_have_are_written_otherwise() -> None:
    buyer = DocumentParty(
        "Søren \u2019Ñandú\u2019 Ждан \u2013 €\u0007", "Ul. Łódź\nnad. 2", "1", "日本", "SI"
    )
    told = upn_payload(invoice(buyer=buyer, due=None), "en")
    assert told is not None
    fields = told.split("\n")
    assert fields[5:8] == ["Soren 'Nandú' ???? - EUR", "Ul. Łódź nad. 2", "1 ??"]
    assert fields[12:14] == ["Invoice 2026-00042", ""]


_words = st.text(max_size=60)


@given(
    names=st.tuples(_words, _words, _words, _words),
    number=_words,
    reference=_words,
    cents=st.integers(1, 10**11 - 1),
    due=st.none() | st.dates(dt.date(2000, 1, 1)),
)
def test_every_code_has_its_shape(
    names: tuple[str, str, str, str],
    number: str,
    reference: str,
    cents: int,
    due: dt.date | None,
) -> None:
    name, street, postcode, city = names
    buyer = DocumentParty(name, street, postcode, city)
    seller = replace(SELLER, name=city, street=name)
    told = upn_payload(
        invoice(
            buyer=buyer,
            seller=seller,
            number=number,
            reference=reference,
            total=Decimal(cents) / 100,
            due=due,
        ),
        "sl",
    )
    assert told is not None
    raw = told.encode(ENCODING)
    assert len(raw) <= 411
    fields = told.split("\n")
    assert len(fields) == len(LENGTHS) + 2
    assert fields[-1] == ""
    assert [len(field) <= most for field, most in zip(fields, LENGTHS, strict=False)] == [True] * 19
    assert int(fields[8]) == cents
    assert len(fields[8]) == 11
    assert int(fields[19]) == len(raw) - 4
    assert not any(ord(one) < 32 for field in fields for one in field)
