"""How a buyer is recognised: which question each mode asks, and under which key a new one stands.

The texts are brought into one form here (spaces, case, composed letters, the country in front of
a VAT id); the ERP's side compares without regard to case and spaces.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence

from panstore.model.customer import Address, MatchBy, MatchCriterion
from panstore.model.ids import ConnectionId
from panstore.model.order import Order

__all__ = ["comparable", "criterion", "customer_key", "normal_email", "normal_vat"]

_COUNTRY = 2
_VAT_PREFIX = {"GR": "EL"}
"""Greece alone writes another code in its VAT ids than ISO 3166 says (EU VAT directive)."""


def comparable(text: str) -> str:
    """`text` in lower case, letters composed, with single spaces and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split()).lower()


def normal_email(text: str) -> str:
    """An e-mail address to compare by, or nothing where `text` cannot be one."""
    email = comparable(text)
    return email if "@" in email.strip("@") and " " not in email else ""


def normal_vat(text: str, country: str) -> str:
    """A VAT id with its country in front (`SI12345678`), or nothing.

    Args:
        text: as typed: `si 1234 5678`, `12345678` and `SI12345678` are the same.
        country: ISO 3166-1 alpha-2 code that is put in front of a bare number; may be empty.
    """
    vat = "".join(letter for letter in text if letter.isalnum()).upper()
    if not vat or vat[:_COUNTRY].isalpha():
        return vat if len(vat) > _COUNTRY else ""
    prefix = country.strip().upper()
    return _VAT_PREFIX.get(prefix, prefix) + vat


def criterion(mode: MatchBy, order: Order, generic_customer: str) -> MatchCriterion | None:
    """The question `mode` asks about the buyer of `order`; None if the order has no data for it.

    Args:
        generic_customer: code for mode `generic`.
    """
    customer, address = order.customer, _address(order)
    if mode == "generic":
        return MatchCriterion(by=mode, value=generic_customer)
    if mode == "address":
        return _by_address(order, address)
    if mode == "vat":
        value = normal_vat(customer.vat_id, address.country if address else "")
    else:
        value = normal_email(customer.email)
    return MatchCriterion(by=mode, value=value) if value else None


def customer_key(connection: ConnectionId, order: Order, asked: Sequence[MatchCriterion]) -> str:
    """Key under which the party of a new buyer is created, so that it is created once.

    Two first orders of one person give the same key, so only one of them creates the party.
    Personal data does not appear in it, only its digest.

    Args:
        asked: the criteria the order has data for, in the order of the settings; without any
            the buyer stands for this order alone.
    """
    if not asked:
        return f"{connection}/customer/order/{order.id}"
    first = asked[0]
    text = "\n".join((first.value, first.name, first.street, first.postcode))
    return f"{connection}/customer/{first.by}/{hashlib.sha256(text.strip().encode()).hexdigest()}"


def _address(order: Order) -> Address | None:
    return order.billing or order.shipping


def _by_address(order: Order, address: Address | None) -> MatchCriterion | None:
    if address is None:
        return None
    customer = order.customer
    name = address.company or customer.company or address.name or customer.name
    parts = tuple(comparable(part) for part in (name, address.street, address.postcode))
    if not all(parts):
        return None
    name, street, postcode = parts
    return MatchCriterion(by="address", name=name, street=street, postcode=postcode)
