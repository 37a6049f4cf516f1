"""Shapes of WooCommerce's goods, settings and taxes, as its REST API v3 answers.

Unknown fields are ignored, and what a plugin may leave out has a default. Prices are decimal
strings and stay strings here; a quantity is decoded as Decimal from its digits, never through a
float. Orders have `wire_orders`, error bodies `wire_errors`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from panstore.connectors.woocommerce.wire_errors import WireProblem

__all__ = [
    "GOODS_FIELDS",
    "PARENT_FIELDS",
    "Id",
    "WireBareGoods",
    "WireBatch",
    "WireFact",
    "WireGoods",
    "WireIndex",
    "WireItemError",
    "WireOffer",
    "WireOrderStatus",
    "WireSetting",
    "WireStatus",
    "WireTaxClass",
    "WireTaxRate",
]

Id = Annotated[int, Meta(ge=1)]


class WireGoods(msgspec.Struct):
    """A product or a variation, as lists, single reads and write answers give it.

    Attributes:
        parent_id: of a variation; 0 of a product.
        name: HTML-escaped; a variation's is that of its attributes ("Red, S") where it is read as
            a variation, and the product's with them where it is read as a product.
        manage_stock: `"parent"` for a variation that shares its product's stock.
        tax_class: empty is the standard class. A variation that has its product's class shows the
            class in lists, and `parent` in answers to writes.
        date_on_sale_to: as `date_on_sale_from` in the shop's own time, without a zone.

    Sources: WooCommerce 10.5, recorded 04-product-create-simple, 13-variable-product,
    14-variations-batch.
    """

    id: Id
    type: str = "simple"
    parent_id: int = 0
    status: str = "publish"
    name: str = ""
    sku: str = ""
    global_unique_id: str = ""
    regular_price: str = ""
    sale_price: str = ""
    date_on_sale_from: str | None = None
    date_on_sale_to: str | None = None
    virtual: bool = False
    tax_status: str = "taxable"
    tax_class: str = ""
    manage_stock: bool | str = False
    stock_quantity: Decimal | None = None
    backorders: str = "no"


class WireBareGoods(msgspec.Struct):
    """A row of which only the id can be relied on."""

    id: Id
    type: Any = None
    parent_id: Any = None
    status: Any = None
    name: Any = None
    sku: Any = None


class WireOffer(msgspec.Struct):
    """Whether the shop stops selling at zero.

    Source: WooCommerce 10.5, recorded 04-product-create-simple.
    """

    id: Id
    sku: Any = None
    manage_stock: Any = False
    backorders: Any = "no"

    @property
    def goes_below_zero(self) -> bool:
        """Whether it is sold although there is none."""
        return self.backorders in {"yes", "notify"}


GOODS_FIELDS = ",".join(WireGoods.__struct_fields__)
"""Value of `_fields`: a list of only these comes about 40 % quicker (measured on 10.5)."""

PARENT_FIELDS = "id,type,parent_id,status,name,sku"
"""Value of `_fields` where only the place of a variation is asked for, or what its product is."""


class WireFact(msgspec.Struct):
    """What of a product or variation anybody may have changed; for comparing, not for reading.

    Whatever WooCommerce changes by itself (times of change, counts of sales, related products,
    HTML of prices) is left out. The name and tax class of a variation are derived in some answers
    and not in others, so `map.echo` leaves them out too.
    """

    id: Id
    type: str = "simple"
    status: Any = None
    name: Any = None
    sku: Any = None
    global_unique_id: Any = None
    description: Any = None
    short_description: Any = None
    regular_price: Any = None
    sale_price: Any = None
    date_on_sale_from_gmt: Any = None
    date_on_sale_to_gmt: Any = None
    virtual: Any = None
    tax_status: Any = None
    tax_class: Any = None
    manage_stock: Any = None
    stock_quantity: Decimal | None = None
    stock_status: Any = None
    backorders: Any = None
    weight: Any = None
    catalog_visibility: Any = None
    categories: Any = None
    images: Any = None
    image: Any = None
    attributes: Any = None


class WireItemError(msgspec.Struct):
    """An item of a batch's answer, only far enough to see whether it failed.

    Attributes:
        id: as it was sent; 0 for what was to be created.

    Source: WooCommerce 10.5, recorded 14-variations-batch, 19-batch.
    """

    id: int | None = None
    error: WireProblem | None = None


class WireBatch(msgspec.Struct):
    """Answer of a batch: what was done, in the order in which it was sent.

    Source: WooCommerce 10.5, recorded 19-batch; a batch without items is answered with `[]`.
    """

    create: list[msgspec.Raw] = []
    update: list[msgspec.Raw] = []
    delete: list[msgspec.Raw] = []


class WireSetting(msgspec.Struct):
    """One setting of a group.

    Source: WooCommerce 10.5, recorded 02-system-status, 03-settings-tax.
    """

    id: str
    value: Any = ""


class WireTaxRate(msgspec.Struct):
    """One row of the tax table; empty places mean everywhere.

    Attributes:
        rate: per cent, with four decimals.
        tax_class: `standard` for the class without a name.

    Source: WooCommerce 10.5, recorded 03-settings-tax.
    """

    id: int
    rate: str
    country: str = ""
    state: str = ""
    postcode: str = ""
    city: str = ""
    postcodes: list[str] = []
    cities: list[str] = []
    priority: int = 1
    compound: bool = False
    order: int = 0
    tax_class: str = msgspec.field(default="standard", name="class")


class WireTaxClass(msgspec.Struct):
    """A tax class. Source: WooCommerce 10.5, recorded 03-settings-tax."""

    slug: str
    name: str = ""


class WireOrderStatus(msgspec.Struct):
    """A status orders may have in the shop, without the prefix `wc-`.

    Source: the plugin's OrderStatusRestController.php; the route is in recorded 01-index.
    """

    slug: str
    name: str = ""


class WireEnvironment(msgspec.Struct):
    """Versions. Source: WooCommerce 10.5, recorded 02-system-status."""

    version: str = ""
    wp_version: str = ""
    home_url: str = ""


class WireStatusSettings(msgspec.Struct):
    """`settings` of the system status. Source: WooCommerce 10.5, recorded 02-system-status."""

    hpos: bool | None = msgspec.field(default=None, name="HPOS_enabled")


class WireStatus(msgspec.Struct):
    """System status, the parts that are asked for.

    Source: WooCommerce 10.5, recorded 02-system-status.
    """

    environment: WireEnvironment = msgspec.field(default_factory=WireEnvironment)
    settings: WireStatusSettings = msgspec.field(default_factory=WireStatusSettings)


class WireIndex(msgspec.Struct):
    """What a WordPress site says of itself to anybody.

    Attributes:
        home: the address it goes by; signatures are checked against it.
        timezone_string: IANA name, empty where only a difference to UTC is set.

    Source: WordPress 6.9, recorded 01-index.
    """

    name: str = ""
    home: str = ""
    timezone_string: str = ""
    namespaces: list[str] = []
