"""Documents as an ERP would give them, whose figures follow from their lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from msgspec.structs import replace

from panstore.model.document import Document, DocumentLine, DocumentParty, VatRow
from panstore.model.ids import ExternalId

D = Decimal
CENT = D("0.01")

SELLER = DocumentParty(
    "Zelena skodelica d.o.o.",
    "Slovenska cesta 40",
    "1000",
    "Ljubljana",
    "SI",
    vat_id="SI50223054",
    email="trgovina@zelena-skodelica.example",
    phone="+386 1 555 01 23",
    website="https://zelena-skodelica.example",
    iban="SI56 2633 0001 2039 086",
    bic="PRIMSI2X",
    extra=("Matična številka 6543219000", "Osnovni kapital 7.500 EUR"),
)
PRIVATE = DocumentParty("Žiga Črešnjevec", "Šmartinska cesta 152a", "1000", "Ljubljana", "SI")
COMPANY = DocumentParty(
    "Bäckerei Müller GmbH & Co. KG, Niederlassung Nordrhein-Westfalen für Feinbackwaren",
    "Donaudampfschifffahrtsgesellschaftskapitänswitwenstraße 1\nHinterhaus\n3. Stock\nTür 5",
    "40213",
    "Düsseldorf",
    "DE",
    vat_id="DE123456789",
)
TEA = DocumentLine(
    "Zeleni čaj Sencha, 100 g", D(2), "TEA-1", "kos", D("8.20"), D("16.40"), D("9.5")
)
CUP = DocumentLine("Skodelica iz porcelana", D(4), "CUP-1", "kos", D("12.295"), D("49.18"), D(22))
POST = DocumentLine("Poštnina", D(1), "", "", D("3.28"), D("3.28"), D(22))
OFF = DocumentLine("Popust", D(1), "", "", D("-1.50"), D("-1.50"), D(22))
FREE = DocumentLine("Darilni bon", D(3), "GIFT", "kos", D(5), D("15.00"), D(0), category="E")


def invoice(lines: Sequence[DocumentLine] = (TEA, CUP, POST), **changes: Any) -> Document:
    """An invoice on these lines, as a shop's customer has it."""
    rows: dict[tuple[Decimal, Any], Decimal] = {}
    for line in lines:
        assert line.net is not None
        assert line.rate is not None
        row = (line.rate, line.category)
        rows[row] = rows.get(row, D(0)) + line.net
    vat = tuple(
        VatRow(
            rate,
            base,
            (base * rate / 100).quantize(CENT, ROUND_HALF_UP),
            category,
            "" if category in {"S", "Z"} else "Oproščeno po 44. členu ZDDV-1",
        )
        for (rate, category), base in rows.items()
    )
    net = sum((row.base for row in vat), D(0))
    tax = sum((row.tax for row in vat), D(0))
    made = Document(
        kind="invoice",
        id=ExternalId("7"),
        number="2026-00042",
        date=dt.date(2026, 11, 24),
        currency="EUR",
        seller=SELLER,
        buyer=PRIVATE,
        lines=tuple(lines),
        vat=vat,
        net=net,
        tax=tax,
        total=net + tax,
        due=dt.date(2026, 12, 2),
        delivered=dt.date(2026, 11, 25),
        order_number="100042",
        order_date=dt.date(2026, 11, 23),
        payment_method="Po predračunu",
        delivery_method="Pošta Slovenije",
        reference="SI00202600042",
    )
    return replace(made, **changes)


def credit_note(lines: Sequence[DocumentLine] = (TEA, CUP, POST), **changes: Any) -> Document:
    """A credit note that takes an invoice on these lines back: negative, as it is booked."""
    taken = [replace(one, quantity=-one.quantity, net=-(one.net or 0)) for one in lines]
    about = {"kind": "credit_note", "due": None, "reference": "", "credits": "2026-00041"}
    return invoice(taken, **(about | changes))


def delivery_note(**changes: Any) -> Document:
    """What lies in the parcel."""
    about: dict[str, Any] = {
        "kind": "delivery_note",
        "lines": tuple(replace(one, unit_net=None, net=None, rate=None) for one in (TEA, CUP)),
        "vat": (),
        "net": D(0),
        "tax": D(0),
        "total": D(0),
        "due": None,
        "reference": "",
        "receiver": DocumentParty(
            "Καλημέρα Παπαδόπουλος", "Ερμού 12", "105 63", "Αθήνα", "GR", phone="+30 21 0123 4567"
        ),
        "carrier": "Pošta Slovenije",
        "tracking": "RA123456785SI",
    }
    return replace(invoice(), **(about | changes))


def many_lines() -> Document:
    """Sixty lines, six rates, a name without a place to break."""
    rates = [D("22"), D("9.5"), D("5"), D("0"), D("25.5"), D("17")]
    lines = []
    for number in range(1, 61):
        rate = rates[number % len(rates)]
        words = "Izdelek z dolgim imenom, ki se lomi čez več vrstic, " if number % 7 == 0 else ""
        name = f"{words}številka {number}" if number != 3 else "Nepretrgano" * 12
        lines.append(
            DocumentLine(
                name,
                D(number),
                f"KODA-{number:04d}",
                "kos",
                D("3.10"),
                number * D("3.10"),
                rate,
                category="S" if rate else "E",
            )
        )
    return invoice(lines)
