"""Documents of nobody, to see whether templates and texts can be printed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from msgspec.structs import replace

from panstore.model.document import Document, DocumentLine, DocumentParty, VatRow
from panstore.model.ids import ExternalId

__all__ = ["samples"]

_SELLER = DocumentParty(
    "Primer d.o.o.",
    "Glavna ulica 1",
    "1000",
    "Ljubljana",
    "SI",
    vat_id="SI50223054",
    iban="SI56263300012039086",
    bic="PRIMSI2X",
)
_BUYER = DocumentParty("Janez Novak", "Dolga pot 2", "2000", "Maribor", "SI")
_LINE = DocumentLine("Čaj", Decimal(2), "TEA", "kos", Decimal(10), Decimal(20), Decimal("9.5"))


def samples() -> tuple[Document, ...]:
    """One of each kind."""
    invoice = Document(
        kind="invoice",
        id=ExternalId("sample"),
        number="2026-1",
        date=dt.date(2026, 1, 2),
        currency="EUR",
        seller=_SELLER,
        buyer=_BUYER,
        lines=(_LINE,),
        vat=(VatRow(Decimal("9.5"), Decimal(20), Decimal("1.90")),),
        net=Decimal(20),
        tax=Decimal("1.90"),
        total=Decimal("21.90"),
        due=dt.date(2026, 1, 10),
        order_number="1001",
        reference="SI0020261",
    )
    credit = replace(
        invoice,
        kind="credit_note",
        lines=(replace(_LINE, quantity=Decimal(-2), net=Decimal(-20)),),
        vat=(VatRow(Decimal("9.5"), Decimal(-20), Decimal("-1.90")),),
        net=Decimal(-20),
        tax=Decimal("-1.90"),
        total=Decimal("-21.90"),
        due=None,
        credits="2026-1",
        reference="",
    )
    parcel = replace(
        credit,
        kind="delivery_note",
        lines=(DocumentLine("Čaj", Decimal(2), "TEA", "kos"),),
        vat=(),
        net=Decimal(0),
        tax=Decimal(0),
        total=Decimal(0),
        credits="",
        carrier="Pošta Slovenije",
        tracking="RA123456785SI",
    )
    return invoice, credit, parcel
