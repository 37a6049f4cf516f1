"""Papers of Tryton's in PanStore's words; every figure is the one that was booked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from panstore.connectors.tryton.wire_documents import (
    DocumentRow,
    IdentifierRow,
    PaperLineRow,
    PaperPartyRow,
    VatRowRow,
)
from panstore.model.document import (
    Document,
    DocumentKind,
    DocumentLine,
    DocumentParty,
    VatCategory,
    VatRow,
)
from panstore.model.ids import ExternalId
from panstore.model.quantity import plain
from panstore.sdk.errors import MappingError

__all__ = ["document_of", "safe_name", "unit_code"]

UNTAXED = "DDV ni obračunan / VAT not charged"
"""Reason of what has no VAT and no legal notice in Tryton, as the law wants one on the page."""

_PIECE = "C62"
_UNIT_CODES = {
    "carat": "CTM",
    "centimeter": "CMT",
    "cubic centimeter": "CMQ",
    "cubic foot": "FTQ",
    "cubic inch": "INQ",
    "cubic meter": "MTQ",
    "day": "DAY",
    "foot": "FOT",
    "gallon": "GLL",
    "gram": "GRM",
    "hectare": "HAR",
    "hour": "HUR",
    "inch": "INH",
    "kilogram": "KGM",
    "kilometer": "KMT",
    "kilowatt-hour": "KWH",
    "liter": "LTR",
    "megawatt-hour": "MWH",
    "meter": "MTR",
    "mile": "SMI",
    "millimeter": "MMT",
    "minute": "MIN",
    "ounce": "ONZ",
    "pound": "LBR",
    "second": "SEC",
    "square centimeter": "CMK",
    "square foot": "FTK",
    "square inch": "INK",
    "square meter": "MTK",
    "square yard": "YDK",
    "yard": "YRD",
    "cm": "CMT",
    "cm²": "CMK",
    "cm³": "CMQ",
    "g": "GRM",
    "h": "HUR",
    "ha": "HAR",
    "kg": "KGM",
    "km": "KMT",
    "kw⋅h": "KWH",
    "kwh": "KWH",
    "l": "LTR",
    "m": "MTR",
    "m²": "MTK",
    "m2": "MTK",
    "m³": "MTQ",
    "m3": "MTQ",
    "min": "MIN",
    "ml": "MLT",
    "mm": "MMT",
    "mw⋅h": "MWH",
    "par": "PR",
    "pair": "PR",
    "ura": "HUR",
    "t": "TNE",
}
"""UN/ECE recommendation 20 by the units that Tryton 8.2 comes with, by name and by symbol."""

_CATEGORIES: dict[str, VatCategory] = {one: one for one in ("S", "Z", "E", "AE", "K", "G", "O")}
_ZERO = Decimal(0)
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_EU_VAT = "eu_vat"
_GREECE = "EL"
"""The prefix of Greek VAT ids, which is not the country's code."""


def document_of(paper: DocumentRow, kind: DocumentKind, id_: ExternalId) -> Document:
    """The document.

    Raises:
        MappingError: a tax of it is no percentage, which no page of ours can show.
    """
    name = f"{kind.replace('_', ' ')} {paper.number}"
    return Document(
        kind=kind,
        id=id_,
        number=paper.number,
        date=paper.date,
        currency=paper.currency,
        seller=_party(paper.seller),
        buyer=_party(paper.buyer),
        receiver=None if paper.receiver is None else _party(paper.receiver),
        lines=tuple(_line(line, kind, name) for line in paper.lines),
        vat=_vat(paper.vat, name),
        net=paper.net,
        tax=paper.tax,
        total=paper.total,
        paid=paper.paid,
        due=paper.due,
        delivered=paper.delivered,
        order_number=paper.order_number or "",
        order_date=paper.order_date,
        payment_method=paper.payment_method or "",
        delivery_method=paper.delivery_method or "",
        reference="".join((paper.reference or "").split()),
        credits=paper.credits or "",
        taken_back_by=paper.taken_back_by or "",
        carrier=paper.carrier or "",
        tracking=paper.tracking or "",
        note=(paper.note or "").strip(),
    )


def unit_code(line: PaperLineRow) -> str:
    """Tryton's own code of the unit, the one its name or symbol is known by, else pieces."""
    if line.unit_code:
        return line.unit_code
    names = ((line.unit_name or "").casefold(), (line.unit or "").casefold())
    return next((_UNIT_CODES[one] for one in names if one in _UNIT_CODES), _PIECE)


def safe_name(name: str) -> str:
    """A file's name that every system takes: letters, digits, dots and hyphens of ASCII."""
    stem, _, ending = name.rpartition(".")
    plain_stem = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    return f"{_UNSAFE.sub('-', plain_stem).strip('-') or 'document'}.{ending}"


def _line(line: PaperLineRow, kind: DocumentKind, name: str) -> DocumentLine:
    rate = None if kind == "delivery_note" else _per_cent(line.rate, name)
    return DocumentLine(
        description=line.description or line.code or "",
        quantity=Decimal(plain(line.quantity)),
        code=line.code or "",
        unit=line.unit or "",
        unit_net=line.unit_net,
        net=line.net,
        rate=rate,
        unit_code=unit_code(line),
        category="S" if rate is None else _category(line.category, rate),
    )


def _vat(rows: Sequence[VatRowRow], name: str) -> tuple[VatRow, ...]:
    """One row per rate and category, with all the reasons that were booked."""
    sums: dict[tuple[Decimal, VatCategory], tuple[Decimal, Decimal]] = {}
    reasons: dict[tuple[Decimal, VatCategory], dict[str, None]] = {}
    for row in rows:
        rate = _per_cent(row.rate, name)
        key = rate, _category(row.category, rate)
        base, tax = sums.get(key, (_ZERO, _ZERO))
        sums[key] = base + row.base, tax + row.tax
        known = reasons.setdefault(key, {})
        if row.reason and row.reason.strip():
            known[row.reason.strip()] = None
    return tuple(
        VatRow(
            rate,
            base,
            tax,
            category,
            "" if category in {"S", "Z"} else "; ".join(reasons[rate, category]) or UNTAXED,
        )
        for (rate, category), (base, tax) in sums.items()
    )


def _category(known: str | None, rate: Decimal) -> VatCategory:
    """Tryton's own (module edocument_unece), else by the rate; what has a rate is charged."""
    if rate:
        return "S"
    category = _CATEGORIES.get(known or "", "E")
    return "E" if category == "S" else category


def _per_cent(rate: Decimal | None, name: str) -> Decimal:
    if rate is None:
        raise MappingError(name, "taxes", "has a tax that is an amount, not a percentage")
    return Decimal(plain(rate * 100))


def _party(party: PaperPartyRow) -> DocumentParty:
    vat_id = _vat_id(party.identifiers)
    return DocumentParty(
        name=party.name,
        street=party.street or "",
        postcode=party.postcode or "",
        city=party.city or "",
        country=party.country or "",
        vat_id=vat_id,
        tax_number=_tax_number(party.identifiers, vat_id),
        email=party.email or "",
        phone=party.phone or "",
        website=party.website or "",
        iban=party.iban or "",
        bic=party.bic or "",
        extra=tuple(party.extra),
    )


def _vat_id(identifiers: Sequence[IdentifierRow]) -> str:
    """The number under which VAT is charged, with its prefix; national ones may lack it."""
    for one in identifiers:
        if one.type == _EU_VAT:
            return one.code
    for one in identifiers:
        country, _, what = (one.type or "").partition("_")
        if what in {"vat", "ddv", "mwst", "uid", "iva", "tva", "btw"}:
            prefix = _GREECE if country == "gr" else country.upper()
            return one.code if one.code.startswith(prefix) else prefix + one.code
    return ""


def _tax_number(identifiers: Sequence[IdentifierRow], vat_id: str) -> str:
    """The first national number that is not the VAT id once more."""
    for one in identifiers:
        if one.type and one.type != _EU_VAT and not vat_id.endswith(one.code):
            return one.code
    return ""
