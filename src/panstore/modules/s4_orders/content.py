"""What of an order makes its sale: digests that tell whether the sale is still the right one.

Only fields that are named here count, and each digest says which version of this list made it:
one that an earlier version has stored counts as equal, so that an upgrade never books anew.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

import msgspec

from panstore.model.customer import Address
from panstore.model.ids import ExternalId
from panstore.model.order import Charge, Order
from panstore.model.quantity import plain
from panstore.model.sale import Booked
from panstore.model.tax import Charged

__all__ = [
    "PART",
    "address_digest",
    "content_digest",
    "counts",
    "delivery_code",
    "goods_of",
    "read_booked",
    "same",
]

_VERSION = "1:"
PART = f"{_VERSION}part"
"""Stands for a document after which another one is still to come; equal to no digest."""


def content_digest(effective: Order) -> str:
    """Digest of goods and money of an order without what was given back."""
    lines = sorted(
        (line.product or "", line.sku, _text(line.quantity), *_money(line.charged), line.note)
        for line in effective.lines
    )
    charges = sorted(
        (charge.kind, charge.code, *_money(charge.charged))
        for charge in effective.charges
        if counts(charge)
    )
    return _digest((effective.currency, _text(effective.total), lines, charges))


def address_digest(order: Order) -> str:
    """Digest of where the goods go and who pays; payments come and go, so they do not count."""
    who = order.customer
    customer = (who.name, who.email, who.phone, who.company, who.vat_id)
    pickup = None if order.pickup is None else (order.pickup.code, order.pickup.name)
    places = (_address(order.billing), _address(order.shipping))
    return _digest((customer, places, pickup, delivery_code(order)))


def same(stored: str, present: str) -> bool:
    """Whether `stored` still stands; what another version has stored counts as equal."""
    return stored == present or not stored.startswith(_VERSION)


def counts(charge: Charge) -> bool:
    """Whether a charge is worth a line: free shipping is told by the delivery method alone."""
    return bool(charge.charged.net or charge.charged.tax)


def delivery_code(order: Order) -> str:
    """The shop's code of the first shipping charge, its name where it has no code.

    Where nothing is charged for the way, the pick-up point tells it.
    """
    for charge in order.charges:
        if charge.kind == "shipping":
            return charge.code or charge.name
    return "" if order.pickup is None else order.pickup.code


def goods_of(order: Order) -> dict[ExternalId, Decimal]:
    """Sales units by the shop's variant."""
    goods: dict[ExternalId, Decimal] = {}
    sold = [(line.product, line.quantity) for line in order.lines if line.product is not None]
    for product, quantity in sold:
        goods[product] = goods.get(product, Decimal(0)) + quantity
    return goods


def read_booked(detail: str) -> Booked | None:
    """What a sale was made from, None where an earlier version did not write it down."""
    try:
        return msgspec.json.decode(detail, type=Booked)
    except msgspec.DecodeError:
        return None


def _money(charged: Charged) -> tuple[str, str, str]:
    return _text(charged.net), _text(charged.tax), _text(charged.rate)


def _text(value: Decimal) -> str:
    return plain(value) if value else "0"


def _address(address: Address | None) -> tuple[str, ...] | None:
    if address is None:
        return None
    return tuple(" ".join(part.split()) for part in msgspec.structs.astuple(address))


def _digest(value: object) -> str:
    return _VERSION + hashlib.sha256(msgspec.json.encode(value)).hexdigest()
