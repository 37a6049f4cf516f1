"""What P3 says by itself, in Slovene and English, and the names its texts may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from panstore.model.document import DocumentKind, Language
from panstore.model.message import Message

__all__ = ["EXAMPLE", "HTML", "SUBJECTS", "TEXTS", "note_for"]

EXAMPLE: Mapping[str, Any] = {
    "order": {"number": "100042", "date": "24. 11. 2026"},
    "document": {
        "number": "2026-00012",
        "date": "24. 11. 2026",
        "total": "1.234,50 EUR",
        "owed": "1.234,50 EUR",
        "is_owed": True,
        "due": "2. 12. 2026",
        "credits": "2026-00007",
        "carrier": "Pošta Slovenije",
        "tracking": "RR123456785SI",
    },
    "payment": {"iban": "SI56 0203 6025 3863 406", "reference": "SI00 202600012"},
    "buyer": {"name": "Ana Novak"},
    "seller": {
        "name": "Primer d.o.o.",
        "email": "info@example.com",
        "phone": "+386 1 234 56 78",
        "website": "www.example.com",
    },
}
"""Every name a text may use. All values are texts, ready to be printed, but `document.is_owed`."""

SUBJECTS: dict[tuple[DocumentKind, Language], str] = {
    ("invoice", "sl"): "Račun {{ document.number }} za naročilo {{ order.number }}",
    ("credit_note", "sl"): "Dobropis {{ document.number }} za naročilo {{ order.number }}",
    ("delivery_note", "sl"): "Vaše naročilo {{ order.number }} je na poti",
    ("invoice", "en"): "Invoice {{ document.number }} for order {{ order.number }}",
    ("credit_note", "en"): "Credit note {{ document.number }} for order {{ order.number }}",
    ("delivery_note", "en"): "Your order {{ order.number }} is on its way",
}

_SIGNED_SL = """
Lep pozdrav
{{ seller.name }}
{%- if seller.phone %}
{{ seller.phone }}{% endif %}
{%- if seller.email %}
{{ seller.email }}{% endif %}
{%- if seller.website %}
{{ seller.website }}{% endif %}
"""
_SIGNED_EN = _SIGNED_SL.replace("Lep pozdrav", "Kind regards")

TEXTS: dict[tuple[DocumentKind, Language], str] = {
    ("invoice", "sl"): """Pozdravljeni,

v priponki je račun {{ document.number }} za vaše naročilo {{ order.number }}, v znesku \
{{ document.total }}.
{% if document.is_owed %}
Za plačilo je še {{ document.owed }}{% if document.due %}, rok je {{ document.due }}{% endif %}.
{%- if payment.iban %}
IBAN: {{ payment.iban }}{% endif %}
{%- if payment.reference %}
Sklic: {{ payment.reference }}{% endif %}
{% else %}
Račun je plačan. Hvala za vaš nakup.
{% endif %}"""
    + _SIGNED_SL,
    ("credit_note", "sl"): """Pozdravljeni,

v priponki je dobropis {{ document.number }} za vaše naročilo {{ order.number }}, v znesku \
{{ document.total }}.
{%- if document.credits %} Nanaša se na račun {{ document.credits }}.{% endif %}
"""
    + _SIGNED_SL,
    ("delivery_note", "sl"): """Pozdravljeni,

blago iz vašega naročila {{ order.number }} smo odposlali. V priponki je dobavnica \
{{ document.number }}.
{% if document.tracking %}
Pošiljki lahko sledite s številko {{ document.tracking }}
{%- if document.carrier %} ({{ document.carrier }}){% endif %}.
{% endif %}"""
    + _SIGNED_SL,
    ("invoice", "en"): """Hello,

attached is invoice {{ document.number }} for your order {{ order.number }}, over \
{{ document.total }}.
{% if document.is_owed %}
Still to be paid: {{ document.owed }}{% if document.due %}, due on {{ document.due }}{% endif %}.
{%- if payment.iban %}
IBAN: {{ payment.iban }}{% endif %}
{%- if payment.reference %}
Reference: {{ payment.reference }}{% endif %}
{% else %}
The invoice is paid. Thank you for your order.
{% endif %}"""
    + _SIGNED_EN,
    ("credit_note", "en"): """Hello,

attached is credit note {{ document.number }} for your order {{ order.number }}, over \
{{ document.total }}.
{%- if document.credits %} It belongs to invoice {{ document.credits }}.{% endif %}
"""
    + _SIGNED_EN,
    ("delivery_note", "en"): """Hello,

the goods of your order {{ order.number }} have left our warehouse. Attached is delivery note \
{{ document.number }}.
{% if document.tracking %}
You can follow the parcel by its number {{ document.tracking }}
{%- if document.carrier %} ({{ document.carrier }}){% endif %}.
{% endif %}"""
    + _SIGNED_EN,
}

_CARD = """<!doctype html>
<html lang="@language@"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"></head>
<body style="margin:0;padding:24px 12px;background:#f3f4f6;\
font:16px/1.5 -apple-system,Segoe UI,Roboto,Arial,sans-serif;color:#1f2937">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" \
style="max-width:560px;background:#ffffff;border:1px solid #e5e7eb;border-radius:8px">
<tr><td style="padding:28px 32px 8px">
<p style="margin:0;color:#6b7280;font-size:14px">{{ seller.name }}</p>
<h1 style="margin:4px 0 16px;font-size:22px;line-height:1.3">@title@</h1>
<p style="margin:0 0 16px">@lead@</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" \
style="border-top:1px solid #e5e7eb">@rows@
</table>
<p style="margin:16px 0 20px">@end@</p>
</td></tr>
<tr><td style="padding:16px 32px 24px;border-top:1px solid #e5e7eb;color:#6b7280;font-size:14px">
{{ seller.name }}{% if seller.phone %} &middot; {{ seller.phone }}{% endif %}
{%- if seller.email %} &middot; {{ seller.email }}{% endif %}
{%- if seller.website %} &middot; {{ seller.website }}{% endif %}
</td></tr></table></td></tr></table></body></html>
"""


def _row(word: str, value: str, when: str = "") -> str:
    cell = "padding:8px 0;border-bottom:1px solid #e5e7eb"
    row = (
        f'\n<tr><td style="{cell};color:#6b7280">{word}</td>'
        f'<td align="right" style="{cell}">{value}</td></tr>'
    )
    return f"{{% if {when} %}}{row}{{% endif %}}" if when else row


def _card(language: Language, title: str, lead: str, rows: str, end: str) -> str:
    card = _CARD
    parts = {"language": language, "title": title, "lead": lead, "rows": rows, "end": end}
    for name, part in parts.items():
        card = card.replace(f"@{name}@", part)
    return card


def _money_rows(total: str, owed: str, due: str, reference: str) -> str:
    return (
        _row(total, "<strong>{{ document.total }}</strong>")
        + _row(owed, "<strong>{{ document.owed }}</strong>", "document.is_owed")
        + _row(due, "{{ document.due }}", "document.is_owed and document.due")
        + _row("IBAN", "{{ payment.iban }}", "document.is_owed and payment.iban")
        + _row(reference, "{{ payment.reference }}", "document.is_owed and payment.reference")
    )


def _parcel_rows(order: str, carrier: str, tracking: str) -> str:
    return (
        _row(order, "{{ order.number }}")
        + _row(carrier, "{{ document.carrier }}", "document.carrier")
        + _row(tracking, "<strong>{{ document.tracking }}</strong>", "document.tracking")
    )


_ORDER_SL = _row("Naročilo", "{{ order.number }}")
_ORDER_EN = _row("Order", "{{ order.number }}")

HTML: dict[tuple[DocumentKind, Language], str] = {
    ("invoice", "sl"): _card(
        "sl",
        "Račun {{ document.number }}",
        "Pozdravljeni, v priponki je račun za vaše naročilo.",
        _ORDER_SL + _money_rows("Znesek", "Za plačilo", "Rok plačila", "Sklic"),
        "{% if document.is_owed %}Za plačilo s telefonom je na računu koda QR."
        "{% else %}Račun je plačan. Hvala za vaš nakup.{% endif %}",
    ),
    ("credit_note", "sl"): _card(
        "sl",
        "Dobropis {{ document.number }}",
        "Pozdravljeni, v priponki je dobropis za vaše naročilo.",
        _ORDER_SL
        + _row("Znesek", "<strong>{{ document.total }}</strong>")
        + _row("Račun", "{{ document.credits }}", "document.credits"),
        "Hvala za zaupanje.",
    ),
    ("delivery_note", "sl"): _card(
        "sl",
        "Vaše naročilo je na poti",
        "Pozdravljeni, blago smo odposlali. V priponki je dobavnica {{ document.number }}.",
        _parcel_rows("Naročilo", "Dostava", "Številka pošiljke"),
        "Hvala za vaš nakup.",
    ),
    ("invoice", "en"): _card(
        "en",
        "Invoice {{ document.number }}",
        "Hello, attached is the invoice for your order.",
        _ORDER_EN + _money_rows("Total", "To be paid", "Due on", "Reference"),
        "{% if document.is_owed %}The invoice has a QR code for paying by phone."
        "{% else %}The invoice is paid. Thank you for your order.{% endif %}",
    ),
    ("credit_note", "en"): _card(
        "en",
        "Credit note {{ document.number }}",
        "Hello, attached is a credit note for your order.",
        _ORDER_EN
        + _row("Total", "<strong>{{ document.total }}</strong>")
        + _row("Invoice", "{{ document.credits }}", "document.credits"),
        "Thank you for your trust.",
    ),
    ("delivery_note", "en"): _card(
        "en",
        "Your order is on its way",
        "Hello, the goods have left. Attached is delivery note {{ document.number }}.",
        _parcel_rows("Order", "Carrier", "Tracking number"),
        "Thank you for your order.",
    ),
}

_NOTES: dict[tuple[DocumentKind, Language], str] = {
    ("invoice", "sl"): "Račun {} je bil poslan kupcu po e-pošti.",
    ("credit_note", "sl"): "Dobropis {} je bil poslan kupcu po e-pošti.",
    ("delivery_note", "sl"): "Dobavnica {} je bila poslana kupcu po e-pošti.",
    ("invoice", "en"): "Invoice {} was mailed to the buyer.",
    ("credit_note", "en"): "Credit note {} was mailed to the buyer.",
    ("delivery_note", "en"): "Delivery note {} was mailed to the buyer.",
}


def note_for(message: Message, language: Language) -> str:
    """What the shop's order notes of a mail that is out; empty for one without a document."""
    if message.document is None:
        return ""
    return _NOTES[message.document.kind, language].format(message.document.number)
