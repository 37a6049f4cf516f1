"""A document as an e-invoice: EN 16931 in the syntax of UN/CEFACT (CII).

Another syntax, such as e-SLOG 2.0, is another file beside this one: both read the same document,
and `sums` says of both whether they may be made.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import stdnum.iban
from drafthorse.models.accounting import ApplicableTradeTax  # type: ignore[import-untyped]
from drafthorse.models.document import Document as Cii  # type: ignore[import-untyped]
from drafthorse.models.note import IncludedNote  # type: ignore[import-untyped]
from drafthorse.models.party import TaxRegistration  # type: ignore[import-untyped]
from drafthorse.models.payment import PaymentMeans, PaymentTerms  # type: ignore[import-untyped]
from drafthorse.models.tradelines import LineItem  # type: ignore[import-untyped]

from panstore.connectors.typst.map.show import clean, lines_of
from panstore.connectors.typst.map.sums import prefixed
from panstore.model.document import Document, DocumentLine, DocumentParty, VatRow
from panstore.model.quantity import plain

__all__ = ["cii_of"]

_EN_16931 = "urn:cen.eu:en16931:2017"
_TYPES = {"invoice": "380", "credit_note": "381"}
_SEPA_TRANSFER = "58"
_TRANSFER = "30"
_LINES_OF_ADDRESS = 3
_ZERO = Decimal(0)
_OUTSIDE_VAT = "O"


def cii_of(document: Document) -> bytes:
    """The e-invoice as XML.

    A credit note's figures are negative in the books and positive here: its type says what it is.

    Args:
        document: one that nothing stands against, see `sums.why_none`.
    """
    sign = Decimal(-1 if document.kind == "credit_note" else 1)
    made = Cii()
    made.context.guideline_parameter.id = _EN_16931
    made.header.id = clean(document.number)
    made.header.type_code = _TYPES[document.kind]
    made.header.issue_date_time = document.date
    note = "\n".join(lines_of(document.note))
    if note:
        made.header.notes.add(IncludedNote(content=note))
    outside = any(row.category == _OUTSIDE_VAT for row in document.vat)
    _agreement(made.trade.agreement, document, outside=outside)
    _delivery(made.trade.delivery, document)
    for place, line in enumerate(document.lines, 1):
        made.trade.items.add(_line(place, line, sign))
    _settlement(made.trade.settlement, document, sign)
    xml: bytes = made.serialize(schema=None)
    return xml


def _agreement(agreement: Any, document: Document, *, outside: bool) -> None:
    _party(agreement.seller, document.seller)
    _party(agreement.buyer, document.buyer)
    seller = document.seller
    vat_id = "" if outside else clean(seller.vat_id)
    national = clean(seller.tax_number or (seller.vat_id if outside else ""))
    if not vat_id:
        # Somebody must be named by a number, and outside VAT it must not be the one for VAT.
        agreement.seller.id = national
    for scheme, number in (("VA", vat_id), ("FC", national)):
        if number:
            agreement.seller.tax_registrations.add(TaxRegistration(id=(scheme, number)))
    if prefixed(document.buyer.vat_id) and not outside:
        number = clean(document.buyer.vat_id)
        agreement.buyer.tax_registrations.add(TaxRegistration(id=("VA", number)))
    if document.order_number:
        agreement.seller_order.issuer_assigned_id = clean(document.order_number)


def _party(into: Any, party: DocumentParty) -> None:
    into.name = clean(party.name)
    into.address.country_id = party.country.upper()
    if party.postcode:
        into.address.postcode = clean(party.postcode)
    if party.city:
        into.address.city_name = clean(party.city)
    street = lines_of(party.street)
    if len(street) > _LINES_OF_ADDRESS:
        kept = _LINES_OF_ADDRESS - 1
        street = (*street[:kept], ", ".join(street[kept:]))
    for name, line in zip(("line_one", "line_two", "line_three"), street, strict=False):
        setattr(into.address, name, line)


def _delivery(delivery: Any, document: Document) -> None:
    if document.receiver is not None:
        _party(delivery.ship_to, document.receiver)
    elif document.delivered is None or any(row.category == "K" for row in document.vat):
        # Something must be said of the delivery, and of goods to another country where they went.
        _party(delivery.ship_to, document.buyer)
    if document.delivered is not None:
        delivery.event.occurrence = document.delivered


def _line(place: int, line: DocumentLine, sign: Decimal) -> LineItem:
    price, quantity = line.unit_net or _ZERO, line.quantity * sign
    if price < 0:
        # A price is never negative there: what is taken off is a negative quantity.
        price, quantity = -price, -quantity
    item = LineItem()
    item.document.line_id = str(place)
    item.product.name = clean(line.description)
    if line.code:
        item.product.seller_assigned_id = ("", clean(line.code))
    item.agreement.net.amount = plain(price)
    item.delivery.billed_quantity = (plain(quantity), line.unit_code)
    tax = item.settlement.trade_tax
    tax.type_code = "VAT"
    tax.category_code = line.category
    if line.category != _OUTSIDE_VAT:
        tax.rate_applicable_percent = plain(line.rate or _ZERO)
    item.settlement.monetary_summation.total_amount = _cents((line.net or _ZERO) * sign)
    return item


def _settlement(settlement: Any, document: Document, sign: Decimal) -> None:
    settlement.currency_code = document.currency
    if document.reference:
        settlement.payment_reference = clean(document.reference)
    if document.seller.iban and document.kind == "invoice":
        settlement.payment_means.add(_means(document))
    for row in document.vat:
        settlement.trade_tax.add(_vat(row, sign))
    if document.due is not None:
        settlement.terms.add(PaymentTerms(due=document.due))
    if document.credits:
        settlement.invoice_referenced_document.issuer_assigned_id = clean(document.credits)
    sums = settlement.monetary_summation
    net, tax, total, paid = (
        one * sign for one in (document.net, document.tax, document.total, document.paid)
    )
    sums.line_total = _cents(net)
    sums.charge_total = _cents(_ZERO)
    sums.allowance_total = _cents(_ZERO)
    sums.tax_basis_total = (_cents(net), None)
    sums.tax_total = (_cents(tax), document.currency)
    sums.grand_total = (_cents(total), None)
    sums.prepaid_total = _cents(paid)
    sums.due_amount = _cents(total - paid)


def _means(document: Document) -> PaymentMeans:
    means = PaymentMeans(type_code=_SEPA_TRANSFER if document.currency == "EUR" else _TRANSFER)
    means.payee_account.iban = stdnum.iban.compact(document.seller.iban)
    means.payee_account.account_name = clean(document.seller.name)
    if document.seller.bic:
        means.payee_institution.bic = clean(document.seller.bic)
    return means


def _vat(row: VatRow, sign: Decimal) -> ApplicableTradeTax:
    tax = ApplicableTradeTax()
    tax.calculated_amount = _cents(row.tax * sign)
    tax.type_code = "VAT"
    if row.category not in {"S", "Z"}:
        tax.exemption_reason = clean(row.reason)
    tax.basis_amount = _cents(row.base * sign)
    tax.category_code = row.category
    if row.category != _OUTSIDE_VAT:
        tax.rate_applicable_percent = plain(row.rate)
    return tax


def _cents(value: Decimal) -> str:
    """Two digits, and no minus before a zero."""
    return f"{value + _ZERO:.2f}"
