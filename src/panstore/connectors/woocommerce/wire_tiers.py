"""Shapes of the calls of the plugin PanStore in the shop (`companions/woocommerce`).

Amounts and quantities are decimal strings and stay strings here.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from panstore.connectors.woocommerce.wire import Id

__all__ = [
    "WireAgreements",
    "WireBuyer",
    "WireBuyerOutcome",
    "WireBuyerPage",
    "WireBuyerReply",
    "WireCompanion",
    "WireCron",
    "WireDropped",
    "WireItemRefusal",
    "WireNotice",
    "WirePicture",
    "WirePicturePage",
    "WirePictures",
    "WireTier",
    "WireTiers",
    "WireTiersOutcome",
    "WireTiersPage",
    "WireTiersReply",
]

_Amount = Annotated[str, Meta(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,10})?\Z")]
_Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]
_Moment = Annotated[dt.datetime, Meta(tz=True)]


class WireCron(msgspec.Struct):
    """How the shop's scheduled work is doing; its webhooks are among it.

    Attributes:
        wp_cron_disabled: whether visitors do not start it, so that the server must.
        event_overdue_s: by how much WordPress's oldest event is late, None if none is.
        action_overdue_s: the same of WooCommerce's oldest action.

    Source: companions/woocommerce class-panstore-ping.php `cron`, 0.1, 2026-11-25.
    """

    wp_cron_disabled: bool = False
    event_overdue_s: int | None = None
    action_overdue_s: int | None = None


class WireCompanion(msgspec.Struct):
    """`GET ping`: the plugin and what it sees of its shop.

    Attributes:
        woocommerce: version, None where WooCommerce is not active.
        contract_source: `stored`: it keeps contract prices; `ask`: it asks for them; `off`.
        hook_url: where it sends notices of changes, empty for nowhere.
        pictures: whether it exchanges pictures by their content.
        document_links: whether buyers find links to documents in their orders.
        page_cache: name of a page cache it found, empty for none.

    Source: companions/woocommerce class-panstore-ping.php `facts`, 0.1, 2026-11-25.
    """

    companion: str
    currency: str
    prices_include_tax: bool
    contract_source: Literal["stored", "ask", "off"]
    time: _Moment
    price_digits: int = 2
    wordpress: str = ""
    woocommerce: str | None = None
    price_url: str = ""
    hook_url: str = ""
    pictures: bool = False
    document_links: bool = False
    page_cache: str = ""
    late_prices: bool = False
    cron: WireCron = msgspec.field(default_factory=WireCron)


class WireNotice(msgspec.Struct):
    """A notice of what has changed.

    Attributes:
        type: `.deleted` of orders also where they were put into the trash or taken out of it.
        ids: of orders, or of products and variations.

    Source: companions/woocommerce class-panstore-kick.php `messages`, 0.1, 2026-11-25.
    """

    type: Literal["order.changed", "order.deleted", "product.changed", "product.deleted"]
    ids: list[Id]


class WireItemRefusal(msgspec.Struct):
    """Why one item of a call was refused."""

    code: str
    message: str
    field: str | None = None


class WirePicture(msgspec.Struct):
    """A picture; with its content where one was asked for.

    Source: companions/woocommerce class-panstore-rest-images.php, 0.1, 2026-11-25.
    """

    digest: str
    name: str = ""
    base64: bytes = b""


class WirePictures(msgspec.Struct):
    """Those of one product, in the order shown."""

    product: Id
    images: list[WirePicture]


class WirePicturePage(msgspec.Struct):
    """`GET product-images`."""

    items: list[WirePictures]


class WireTier(msgspec.Struct):
    """What holds from a quantity on.

    Source: companions/woocommerce class-panstore-rest-prices.php `tier`, 0.1, 2026-11-25.
    """

    least: _Amount
    state: Literal["agreed", "usual", "withheld"]
    amount: _Amount | None = None
    until: _Moment | None = None


class WireTiers(msgspec.Struct):
    """All that is kept of one product under one agreement."""

    product: Id
    currency: _Currency
    tiers: list[WireTier]
    includes_tax: bool = False


class WireTiersPage(msgspec.Struct):
    """`GET contract-prices`."""

    items: list[WireTiers]


class WireTiersOutcome(msgspec.Struct):
    """One item of `PUT contract-prices`; a refused one repeats what was sent as its product."""

    product: int | str | None
    outcome: Literal["done", "refused"]
    error: WireItemRefusal | None = None


class WireTiersReply(msgspec.Struct):
    """`PUT contract-prices`."""

    items: list[WireTiersOutcome]


class WireDropped(msgspec.Struct):
    """`DELETE contract-prices`: how many products had prices."""

    deleted: int


class WireBuyer(msgspec.Struct):
    """An account that buys under an agreement."""

    account: Id
    agreement: str
    title: str = ""


class WireBuyerPage(msgspec.Struct):
    """`GET contract-buyers`."""

    buyers: list[WireBuyer]


class WireBuyerOutcome(msgspec.Struct):
    """One item of `PUT contract-buyers`; a refused one repeats what was sent as its account."""

    account: int | str | None
    outcome: Literal["done", "refused"]
    error: WireItemRefusal | None = None


class WireBuyerReply(msgspec.Struct):
    """`PUT contract-buyers`."""

    buyers: list[WireBuyerOutcome]


class WireAgreements(msgspec.Struct):
    """`GET contract-agreements`."""

    agreements: list[str]
