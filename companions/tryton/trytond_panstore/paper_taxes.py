"""VAT on a paper: rates of lines and rows per rate, as they were booked."""

from decimal import Decimal

_ZERO = Decimal(0)


def rate_of_line(line):
    """Share of a line's only tax, the sum of several; null where one is no percentage."""
    rates = [_rate(tax) for tax in _apart(line.taxes)]
    return None if None in rates else sum(rates, _ZERO)


def category_of_line(line):
    """UNCL 5305 category of a line's first tax, where the module `edocument_unece` is active."""
    return next((_category(tax) for tax in _apart(line.taxes)), None)


def vat_rows(invoice, lines):
    """What the invoice has booked, and a row of what no tax was booked for."""
    rows = {}
    for booked in invoice.taxes:
        tax = booked.tax
        key = (
            _rate(tax) if tax else None,
            _category(tax) if tax else None,
            booked.legal_notice or (tax.legal_notice if tax else None),
        )
        _add(rows, key, booked.base, booked.amount)
    for line in lines:
        if not line.taxes:
            _add(rows, (_ZERO, None, None), line.amount, _ZERO)
    return [
        {"rate": rate, "category": category, "reason": reason or None, "base": base, "tax": tax}
        for (rate, category, reason), (base, tax) in rows.items()
    ]


def _add(rows, key, base, tax):
    known = rows.get(key, (_ZERO, _ZERO))
    rows[key] = (known[0] + base, known[1] + tax)


def _apart(taxes):
    """Taxes that are charged, groups of them taken apart."""
    found = []
    for tax in taxes:
        if tax.type != "none":
            found.append(tax)
        found.extend(_apart(tax.childs))
    return found


def _category(tax):
    return getattr(tax, "unece_category_code", None) or None


def _rate(tax):
    return tax.rate if tax.type == "percentage" else None
