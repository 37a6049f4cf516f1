"""The words on the pages, in each language."""

from __future__ import annotations

import msgspec

from panstore.model.document import DocumentKind, Language

__all__ = ["WORDS", "Words"]


class Words(msgspec.Struct, frozen=True):
    """Titles and labels of one language; `locale` is babel's, `day` its pattern of a date."""

    locale: str
    day: str
    titles: dict[DocumentKind, str]
    files: dict[DocumentKind, str]
    buyer: str
    receiver: str
    vat_id: str
    tax_number: str
    date: str
    delivered: str
    sent: str
    due: str
    order: str
    order_date: str
    payment_method: str
    delivery_method: str
    carrier: str
    tracking: str
    credits: str
    taken_back_by: str
    place: str
    description: str
    code: str
    quantity: str
    piece: str
    price: str
    rate: str
    rates: str
    amount: str
    base: str
    tax: str
    both: str
    net: str
    total: str
    paid: str
    refunded: str
    overpaid: str
    owed: str
    payment: str
    to_pay: str
    payee: str
    reference: str
    scan: str
    purpose: str
    handed_over: str
    received: str
    page: str
    thanks: str


WORDS: dict[Language, Words] = {
    "sl": Words(
        locale="sl_SI",
        day="d. M. y",
        titles={"invoice": "Račun", "credit_note": "Dobropis", "delivery_note": "Dobavnica"},
        files={"invoice": "racun", "credit_note": "dobropis", "delivery_note": "dobavnica"},
        buyer="Kupec",
        receiver="Prejemnik blaga",
        vat_id="ID za DDV",
        tax_number="Davčna številka",
        date="Datum izdaje",
        delivered="Datum dobave",
        sent="Odposlano",
        due="Rok plačila",
        order="Naročilo",
        order_date="Datum naročila",
        payment_method="Način plačila",
        delivery_method="Dostava",
        carrier="Prevoznik",
        tracking="Sledenje",
        credits="Dobropis k računu",
        taken_back_by="Storniran z",
        place="Št.",
        description="Opis",
        code="Šifra",
        quantity="Količina",
        piece="kos",
        price="Cena brez DDV",
        rate="DDV",
        rates="Stopnja DDV",
        amount="Znesek brez DDV",
        base="Osnova",
        tax="DDV",
        both="Skupaj",
        net="Skupaj brez DDV",
        total="Skupaj",
        paid="Že plačano",
        refunded="Že vrnjeno",
        overpaid="Preplačilo",
        owed="Za plačilo",
        payment="Podatki za plačilo",
        to_pay="Znesek",
        payee="Prejemnik",
        reference="Referenca",
        scan="Kodo UPN QR preberite z mobilno banko.",
        purpose="Plačilo računa",
        handed_over="Izdal",
        received="Prevzel (datum in podpis)",
        page="Stran",
        thanks="Hvala za vaš nakup.",
    ),
    "en": Words(
        locale="en_GB",
        day="d MMM y",
        titles={
            "invoice": "Invoice",
            "credit_note": "Credit note",
            "delivery_note": "Delivery note",
        },
        files={
            "invoice": "invoice",
            "credit_note": "credit-note",
            "delivery_note": "delivery-note",
        },
        buyer="Buyer",
        receiver="Goods go to",
        vat_id="VAT ID",
        tax_number="Tax number",
        date="Date of issue",
        delivered="Date of supply",
        sent="Sent on",
        due="Due date",
        order="Order",
        order_date="Date of order",
        payment_method="Payment",
        delivery_method="Delivery",
        carrier="Carrier",
        tracking="Tracking",
        credits="Credits invoice",
        taken_back_by="Taken back by",
        place="No.",
        description="Description",
        code="Code",
        quantity="Quantity",
        piece="pcs",
        price="Net price",
        rate="VAT",
        rates="VAT rate",
        amount="Net amount",
        base="Net",
        tax="VAT",
        both="Total",
        net="Total without VAT",
        total="Total",
        paid="Already paid",
        refunded="Already refunded",
        overpaid="Paid too much",
        owed="To be paid",
        payment="How to pay",
        to_pay="Amount",
        payee="Payee",
        reference="Reference",
        scan="Slovenian banking apps read this UPN QR code.",
        purpose="Invoice",
        handed_over="Handed over by",
        received="Received by (date and signature)",
        page="Page",
        thanks="Thank you for your order.",
    ),
}
