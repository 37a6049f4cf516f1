"""Quantities as people mean them: exact, and in the unit that is asked for."""

from decimal import Decimal

from trytond.pool import Pool


def exact(amount, digits):
    """`amount` (float) without the noise of binary fractions, with `digits` decimal places."""
    return Decimal(str(amount)).quantize(Decimal(1).scaleb(-digits)) + Decimal(0)


class Units:
    """Converts quantities; units are read once."""

    def __init__(self):
        self._uom = Pool().get("product.uom")
        self._known = {}

    def __call__(self, quantity, unit, wanted):
        if unit is None or wanted is None or unit == wanted:
            return quantity
        for id_ in (unit, wanted):
            self._known.setdefault(id_, self._uom(id_))
        return self._uom.compute_qty(self._known[unit], quantity, self._known[wanted], round=False)


def plain(value):
    """A Decimal as text without an exponent and without needless zeros: `22`, `9.5`."""
    text = format(Decimal(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
