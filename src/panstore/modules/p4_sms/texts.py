"""What P4 says by itself, in Slovene and English, and the names its texts may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from panstore.model.document import Language

__all__ = ["EVENTS", "EXAMPLE", "STANDARD", "Event"]

Event = Literal[
    "order_received",
    "paid",
    "reserved",
    "partly_reserved",
    "dispatched",
    "ready_for_pickup",
    "invoice",
    "cancelled",
]
EVENTS: tuple[Event, ...] = get_args(Event)
"""What PanStore sees by itself; other names are a company's own, with a rule that says when."""

EXAMPLE: Mapping[str, Any] = {
    "shop": "Zelena skodelica",
    "order": {
        "number": "100042",
        "date": "24. 11. 2026",
        "total": "1.234,50 EUR",
        "pieces": "3",
        "pickup": "Trgovina Center",
    },
    "parcel": {"number": "OD-17", "carrier": "Pošta Slovenije", "tracking": "RR123456785SI"},
    "invoice": {"number": "2026-00012", "total": "1.234,50 EUR"},
}
"""Every name a text may use. All values are texts; those of `parcel` are empty where the message
is not about one, those of `invoice` before there is one."""

_FROM = "{% if shop %}{{ shop }}: {% endif %}"
_TRACK_SL = "{% if parcel.tracking %} Sledenje: {{ parcel.tracking }}{% endif %}"
_TRACK_EN = "{% if parcel.tracking %} Tracking: {{ parcel.tracking }}{% endif %}"
_BY = "{% if parcel.carrier %} ({{ parcel.carrier }}){% endif %}"
_AT_SL = "{% if order.pickup %} Prevzem: {{ order.pickup }}.{% endif %}"
_AT_EN = "{% if order.pickup %} Pick-up: {{ order.pickup }}.{% endif %}"

STANDARD: dict[tuple[Event, Language], str] = {
    ("order_received", "sl"): _FROM + "prejeli smo naročilo {{ order.number }} "
    "({{ order.total }}). Hvala za zaupanje.",
    ("order_received", "en"): _FROM + "we have received your order {{ order.number }} "
    "({{ order.total }}). Thank you.",
    ("paid", "sl"): _FROM + "prejeli smo plačilo za naročilo {{ order.number }}. Hvala.",
    ("paid", "en"): _FROM + "we have received your payment for order {{ order.number }}. "
    "Thank you.",
    ("reserved", "sl"): _FROM + "blago iz naročila {{ order.number }} je pripravljeno za odpremo.",
    ("reserved", "en"): _FROM + "the goods of your order {{ order.number }} are set aside for you.",
    ("partly_reserved", "sl"): _FROM + "del blaga iz naročila {{ order.number }} že imamo, "
    "preostalo pričakujemo.",
    ("partly_reserved", "en"): _FROM + "part of your order {{ order.number }} is here, we wait "
    "for the rest.",
    ("dispatched", "sl"): _FROM + "naročilo {{ order.number }} je na poti" + _BY + "." + _TRACK_SL,
    ("dispatched", "en"): _FROM
    + "your order {{ order.number }} is on its way"
    + _BY
    + "."
    + _TRACK_EN,
    ("ready_for_pickup", "sl"): _FROM + "naročilo {{ order.number }} vas čaka." + _AT_SL,
    ("ready_for_pickup", "en"): _FROM + "your order {{ order.number }} is ready for you." + _AT_EN,
    ("invoice", "sl"): _FROM + "račun {{ invoice.number }} za naročilo {{ order.number }} je "
    "izdan ({{ invoice.total }}).",
    ("invoice", "en"): _FROM + "invoice {{ invoice.number }} for your order {{ order.number }} "
    "has been issued ({{ invoice.total }}).",
    ("cancelled", "sl"): _FROM + "naročilo {{ order.number }} je preklicano.",
    ("cancelled", "en"): _FROM + "your order {{ order.number }} has been cancelled.",
}
