"""The number a buyer gets SMS on, as networks want it."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from panstore.sdk.modules import OrderCase

__all__ = ["number_of"]

_TAKES_SMS = frozenset({
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.PERSONAL_NUMBER,
})
_LANDLINES = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP})


def number_of(case: OrderCase, country: str) -> tuple[str, str]:
    """(the number in E.164, why there is none), one of them empty.

    The number with the goods' address counts first, then the payer's, then the customer's own.

    Args:
        country: ISO 3166-1 alpha-2, for numbers without prefix where no address says one.
    """
    order = case.order
    addresses = [one for one in (order.shipping, order.billing) if one is not None]
    home = next((one.country for one in addresses if one.country), country)
    typed = [(one.phone, one.country or home) for one in addresses]
    typed.append((order.customer.phone, home))
    whys: list[str] = []
    for text, region in typed:
        if not text.strip():
            continue
        number, why = _read(text, region.upper())
        if number:
            return number, ""
        whys.append(why)
    return "", whys[0] if whys else "The order has no telephone number, so no SMS can be sent."


def _read(text: str, region: str) -> tuple[str, str]:
    try:
        parsed = phonenumbers.parse(text, region)
    except NumberParseException:
        return "", "The order's telephone number cannot be read, so no SMS can be sent."
    if not phonenumbers.is_valid_number(parsed):
        return "", f"The order's telephone number is not valid ({region}), so no SMS can be sent."
    kind = phonenumbers.number_type(parsed)
    if kind in _LANDLINES:
        return "", "The order's telephone number is a landline, which gets no SMS."
    if kind not in _TAKES_SMS:
        return "", "The order's telephone number is of a kind that gets no SMS."
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), ""
