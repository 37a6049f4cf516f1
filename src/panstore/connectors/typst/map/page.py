"""A document as the words and figures of a page."""

from __future__ import annotations

from decimal import Decimal

from panstore.connectors.typst.map import show
from panstore.connectors.typst.map.words import WORDS, Words
from panstore.connectors.typst.wire import (
    Column,
    ColumnName,
    Fact,
    LogoData,
    PageData,
    PartyData,
    PaymentData,
    RowData,
    VatData,
)
from panstore.model.document import Document, DocumentLine, DocumentParty, Language, VatRow

__all__ = ["page_of"]

_DOT = " · "
_PIECES = frozenset({"kos", "pc", "pcs", "piece", "u", "unit"})
"""Words of ERPs for a piece; Tryton's own is `u`."""


def page_of(
    document: Document,
    language: Language,
    *,
    color: str,
    thanks: str | None = None,
    footer: str = "",
    logo: LogoData | None = None,
    qr: str | None = None,
) -> PageData:
    """Everything on the page.

    Args:
        color: `#rrggbb`, of titles and bars.
        thanks: last words; None for the usual ones, empty for none. A credit note has none.
        footer: lines at the foot of each page, above what the law wants.
        qr: payment code as SVG, None for none.
    """
    words = WORDS[language]
    priced = document.kind != "delivery_note"
    owing = priced and document.kind == "invoice"
    return PageData(
        kind=document.kind,
        language=language,
        title=words.titles[document.kind],
        number=show.clean(document.number),
        date=(document.date.year, document.date.month, document.date.day),
        seller=_seller(document.seller, words),
        buyer=_party(document.buyer, words.buyer, document, words),
        receiver=(
            None
            if document.receiver is None
            else _party(document.receiver, words.receiver, document, words)
        ),
        facts=_facts(document, words),
        columns=_columns(document, words),
        rows=tuple(
            _row(place, line, document.currency, words)
            for place, line in enumerate(document.lines, 1)
        ),
        page=words.page,
        color=color,
        vat=_vat(document, words) if priced else None,
        totals=_totals(document, words) if priced else (),
        grand=_money(words.total, document.total, document, words) if priced else None,
        after=_after(document, words) if priced else (),
        owed=_money(words.owed, document.owed, document, words) if owing else None,
        payment=_payment(document, words, qr) if owing else None,
        signatures=() if priced else (words.handed_over, words.received),
        note=show.lines_of(document.note),
        thanks=(
            ()
            if document.kind == "credit_note"
            else show.lines_of(words.thanks if thanks is None else thanks)
        ),
        footer=(*show.lines_of(footer), *_foot(document.seller)),
        logo=logo,
    )


def _seller(seller: DocumentParty, words: Words) -> PartyData:
    contact = [show.clean(one) for one in (seller.phone, seller.email, seller.website)]
    lines = [
        *_address(seller),
        *_numbers(seller, words),
        _DOT.join(one for one in contact[:2] if one),
        contact[2],
    ]
    return PartyData(show.clean(seller.name), tuple(one for one in lines if one))


def _party(party: DocumentParty, title: str, document: Document, words: Words) -> PartyData:
    lines = [*_address(party)]
    if party.country and party.country != document.seller.country:
        lines.append(show.country(party.country, words))
    if document.kind == "delivery_note":
        lines.append(show.clean(party.phone))
    else:
        lines += _numbers(party, words)
    return PartyData(show.clean(party.name), tuple(one for one in lines if one), title)


def _address(party: DocumentParty) -> tuple[str, ...]:
    return (*show.lines_of(party.street), show.clean(f"{party.postcode} {party.city}"))


def _numbers(party: DocumentParty, words: Words) -> list[str]:
    named = ((words.vat_id, party.vat_id), (words.tax_number, party.tax_number))
    return [f"{word}: {shown}" for word, text in named if (shown := show.clean(text))]


def _foot(seller: DocumentParty) -> tuple[str, ...]:
    account = [f"IBAN {show.grouped(seller.iban)}"] if seller.iban else []
    if seller.bic:
        account.append(f"BIC {show.clean(seller.bic)}")
    lines = (_DOT.join(account), _DOT.join(show.clean(one) for one in seller.extra))
    return tuple(one for one in lines if one)


def _facts(document: Document, words: Words) -> tuple[Fact, ...]:
    note = document.kind == "delivery_note"
    days = {
        words.date: document.date,
        words.sent if note else words.delivered: document.delivered,
        words.due: document.due,
    }
    order_date = document.order_date
    texts = {
        words.credits: document.credits,
        words.taken_back_by: document.taken_back_by,
        words.order: document.order_number,
        words.order_date: "" if order_date is None else show.day(order_date, words),
        words.payment_method: "" if note else document.payment_method,
        words.delivery_method: document.delivery_method,
        words.carrier: document.carrier,
        words.tracking: document.tracking,
    }
    dated = (Fact(word, show.day(day, words)) for word, day in days.items() if day is not None)
    named = (Fact(word, shown) for word, text in texts.items() if (shown := show.clean(text)))
    return (*dated, *named)


def _columns(document: Document, words: Words) -> tuple[Column, ...]:
    named: dict[ColumnName, str] = {
        "place": words.place,
        "description": words.description,
        "quantity": words.quantity,
    }
    if document.kind != "delivery_note":
        named |= {"price": words.price, "rate": words.rate, "net": words.amount}
    return tuple(Column(name, title) for name, title in named.items())


def _unit(line: DocumentLine, words: Words) -> str:
    """The ERP's word for the unit; pieces, which ERPs call this and that, as the page speaks."""
    unit = show.clean(line.unit)
    return words.piece if unit.casefold() in _PIECES else unit


def _row(place: int, line: DocumentLine, currency: str, words: Words) -> RowData:
    unit = _unit(line, words)
    return RowData(
        place=str(place),
        description=show.clean(line.description),
        code=show.clean(line.code),
        quantity=show.number(line.quantity, words) + (f"\u00a0{unit}" if unit else ""),
        price="" if line.unit_net is None else show.unit_price(line.unit_net, currency, words),
        rate="" if line.rate is None else show.per_cent(line.rate, words),
        net="" if line.net is None else show.amount(line.net, currency, words),
    )


def _vat(document: Document, words: Words) -> VatData:
    def row(one: VatRow) -> tuple[str, str, str, str]:
        base, tax, both = (
            show.amount(value, document.currency, words)
            for value in (one.base, one.tax, one.base + one.tax)
        )
        return (show.per_cent(one.rate, words), base, tax, both)

    reasons = {
        f"{show.per_cent(one.rate, words)}: {show.clean(one.reason)}": None
        for one in document.vat
        if one.reason
    }
    return VatData(
        (words.rates, words.base, words.tax, words.both),
        tuple(row(one) for one in document.vat),
        tuple(reasons),
    )


def _totals(document: Document, words: Words) -> tuple[Fact, ...]:
    return (
        _money(words.net, document.net, document, words),
        _money(words.tax, document.tax, document, words),
    )


def _after(document: Document, words: Words) -> tuple[Fact, ...]:
    shown = []
    if document.paid and document.kind == "credit_note":
        shown.append(_money(words.refunded, -document.paid, document, words))
    elif document.paid:
        shown.append(_money(words.paid, document.paid, document, words))
        over = document.paid - document.total
        if over > 0 and not document.taken_back_by:
            shown.append(_money(words.overpaid, over, document, words))
    return tuple(shown)


def _payment(document: Document, words: Words, qr: str | None) -> PaymentData | None:
    seller = document.seller
    if document.owed <= 0 or not seller.iban:
        return None
    facts = [
        _money(words.to_pay, document.owed, document, words),
        *([] if document.due is None else [Fact(words.due, show.day(document.due, words))]),
        Fact(words.payee, show.clean(seller.name)),
        Fact("IBAN", show.grouped(seller.iban)),
        Fact("BIC", show.clean(seller.bic)),
        Fact(words.reference, show.grouped(document.reference)),
    ]
    kept = tuple(one for one in facts if one.value)
    return PaymentData(words.payment, kept, words.scan if qr else "", qr)


def _money(word: str, value: Decimal, document: Document, words: Words) -> Fact:
    return Fact(word, show.money(value, document.currency, words))
