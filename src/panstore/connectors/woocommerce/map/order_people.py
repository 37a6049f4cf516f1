"""Who ordered, and where the goods and the invoice go."""

from __future__ import annotations

from panstore.connectors.woocommerce import wire_orders as wire
from panstore.connectors.woocommerce.map.order_text import first, joined, meta_text
from panstore.connectors.woocommerce.map.order_words import LANGUAGE_KEYS
from panstore.model.customer import Address, Customer
from panstore.model.ids import ExternalId
from panstore.model.order import PickupPoint

__all__ = ["address", "customer", "language", "pickup"]

_PICKUP = frozenset({"local_pickup", "pickup_location"})
"""Methods by which the buyer fetches the goods: of the classic checkout and of its blocks."""

_PICKUP_PLACE = ("pickup_location", "_pickup_location_name")


def customer(document: wire.WireOrder, vat_keys: tuple[str, ...]) -> Customer:
    """The buyer; a guest has no account."""
    billing, shipping = document.billing, document.shipping
    return Customer(
        account=ExternalId(str(document.customer_id)) if document.customer_id else None,
        name=_name(billing) or _name(shipping),
        email=(billing.email or "").strip(),
        phone=first(billing.phone, shipping.phone),
        company=first(billing.company, shipping.company),
        vat_id=first(meta_text(document.meta_data, vat_keys), billing.vat_id, shipping.vat_id),
    )


def address(told: wire.WireAddress) -> Address | None:
    """None where nothing was given: an order without delivery has an empty one."""
    found = Address(
        name=_name(told),
        street=joined(", ", told.address_1, told.address_2),
        postcode=(told.postcode or "").strip(),
        city=(told.city or "").strip(),
        country=(told.country or "").strip(),
        company=(told.company or "").strip(),
        region=(told.state or "").strip(),
        phone=(told.phone or "").strip(),
    )
    given = (found.name, found.company, found.street, found.postcode, found.city)
    return found if any(given) else None


def pickup(document: wire.WireOrder) -> PickupPoint | None:
    """Where the buyer fetches the goods, None if they are sent."""
    for line in document.shipping_lines:
        if line.method_id in _PICKUP:
            code = joined(":", line.method_id, line.instance_id)
            name = first(meta_text(line.meta_data, _PICKUP_PLACE), line.method_title)
            return PickupPoint(code, name)
    return None


def language(document: wire.WireOrder) -> str:
    """As a translating plugin noted it, in BCP 47: `de_DE` -> `de-DE`."""
    return meta_text(document.meta_data, LANGUAGE_KEYS).replace("_", "-")


def _name(told: wire.WireAddress) -> str:
    return joined(" ", told.first_name, told.last_name)
