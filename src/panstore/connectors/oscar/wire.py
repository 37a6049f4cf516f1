"""Shapes of the companion's JSON API `/panstore/v1/`, as it answers; unknown fields are ignored.

Amounts and quantities are decimal strings and stay strings here; `map` makes Decimals of them.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "Amount",
    "Currency",
    "Id",
    "Moment",
    "WireAddress",
    "WireCustomer",
    "WireDiscount",
    "WireError",
    "WireErrorReply",
    "WireLine",
    "WireNotice",
    "WireOption",
    "WireOrder",
    "WireOrderPage",
    "WireOrderUpdated",
    "WirePayment",
    "WirePickup",
    "WirePieces",
    "WirePing",
    "WirePriceOutcome",
    "WirePriceReply",
    "WireProduct",
    "WireProductPage",
    "WireRefund",
    "WireReturn",
    "WireShipping",
    "WireStatusChange",
    "WireStockOutcome",
    "WireStockReply",
    "WireSurcharge",
    "WireToken",
]

Amount = Annotated[str, Meta(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,10})?\Z")]
"""A decimal without exponent, such as "12.50"."""

Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")]
Moment = Annotated[dt.datetime, Meta(tz=True)]
Id = Annotated[int, Meta(ge=1)]


class WireToken(msgspec.Struct):
    """The token a call was made with.

    Source: companions/oscar/oscar_panstore/api/ping.py, 0.1, 2026-11-24.
    """

    name: str
    read_only: bool


class WirePing(msgspec.Struct):
    """`GET ping`: who is there.

    Source: companions/oscar/oscar_panstore/api/ping.py, 0.1, 2026-11-24.
    """

    shop: str
    companion: str
    oscar: str
    currency: Currency
    watermark: Annotated[int, Meta(ge=0)]
    time: Moment
    prices_include_tax: bool = False
    order_statuses: dict[str, list[str]] = {}
    tax_rates: dict[str, Amount] = {}
    contract_source: str = "ask"
    checkout_guard: bool | None = None
    token: WireToken | None = None


class WireProduct(msgspec.Struct):
    """One sellable product or variant; the stock record's fields are null where it has none.

    Source: companions/oscar/oscar_panstore/api/products.py `describe`, 0.1, 2026-11-24.
    """

    id: Id
    sku: str | None
    title: str
    is_public: bool
    tracks_stock: bool
    free: Amount | None
    price: Amount | None
    currency: Currency | None
    tax_class: str | None
    parent_id: Id | None = None
    upc: str | None = None


class WireProductPage(msgspec.Struct):
    """`GET products`: `next` is the `after` of the following page.

    Source: companions/oscar/oscar_panstore/api/products.py `list_products`, 0.1, 2026-11-24.
    """

    products: list[WireProduct]
    next: Id | None


class WireError(msgspec.Struct):
    """Why a call or an item is refused; `present` is where the journal ends, or a status.

    Source: companions/oscar/oscar_panstore/api/errors.py, 0.1, 2026-11-24.
    """

    code: str
    message: str
    field: str | None = None
    present: int | str | None = None


class WireErrorReply(msgspec.Struct):
    """Body of every answer from 400 on that the companion itself gives.

    Source: companions/oscar/oscar_panstore/api/errors.py, 0.1, 2026-11-24.
    """

    error: WireError


class WireStockOutcome(msgspec.Struct):
    """One item of `POST stock`; `free` is what the shop offers afterwards.

    Source: companions/oscar/oscar_panstore/api/stock.py `_outcome`, 0.1, 2026-11-24.
    """

    product: int | str | None
    outcome: Literal["done", "refused"]
    error: WireError | None = None
    free: Amount | None = None


class WireStockReply(msgspec.Struct):
    """`POST stock`.

    Source: companions/oscar/oscar_panstore/api/stock.py `write_stock`, 0.1, 2026-11-24.
    """

    items: list[WireStockOutcome]


class WirePriceOutcome(msgspec.Struct):
    """One item of `POST prices`, with the values as stored.

    Source: companions/oscar/oscar_panstore/api/prices.py `write_prices`, 0.1, 2026-11-24.
    """

    product: int | str | None
    outcome: Literal["done", "refused"]
    error: WireError | None = None
    price: Amount | None = None
    currency: Currency | None = None
    tax_class: str | None = None


class WirePriceReply(msgspec.Struct):
    """`POST prices`.

    Source: companions/oscar/oscar_panstore/api/prices.py `write_prices`, 0.1, 2026-11-24.
    """

    items: list[WirePriceOutcome]


class WireOrderPage(msgspec.Struct):
    """`GET orders`: each order raw, so that one that is broken does not hide the others.

    Source: companions/oscar/oscar_panstore/api/orders.py `list_orders`, 0.1, 2026-11-24.
    """

    orders: list[msgspec.Raw]
    watermark: Annotated[int, Meta(ge=0)]
    more: bool
    gone: list[Id] = []


class WireShipping(msgspec.Struct):
    """How the goods travel and what it cost, after discounts on shipping.

    Source: companions/oscar/oscar_panstore/api/order_document.py `describe`, 0.1, 2026-11-24;
    django-oscar 4.2 order/abstract_models.py `shipping_*`.
    """

    code: str
    name: str
    incl: Amount
    excl: Amount
    tax_rate: Amount | None = None


class WireOption(msgspec.Struct):
    """What the buyer chose or wrote for a line.

    Source: companions/oscar/oscar_panstore/api/order_document.py `_option`, 0.1, 2026-11-24.
    """

    name: str
    value: str


class WireLine(msgspec.Struct):
    """One line; `line_price_*` are for the whole quantity, after discounts, `cancelled` included.

    Source: companions/oscar/oscar_panstore/api/order_document.py `_line`, 0.1, 2026-11-24.
    """

    id: Id
    product: Id | None
    sku: str | None
    title: str
    quantity: Amount
    line_price_excl: Amount
    line_price_incl: Amount
    line_price_before_discounts_incl: Amount
    tax_rate: Amount | None = None
    cancelled: Amount = "0"
    options: list[WireOption] = []


class WireDiscount(msgspec.Struct):
    """A discount that is already in the lines or in the shipping.

    Source: companions/oscar/oscar_panstore/api/order_document.py `_discount`, 0.1, 2026-11-24.
    """

    name: str
    code: str | None = None


class WireSurcharge(msgspec.Struct):
    """A fee on the order.

    Source: companions/oscar/oscar_panstore/api/order_document.py `_surcharge`, 0.1, 2026-11-24.
    """

    name: str
    code: str
    incl: Amount
    excl: Amount
    tax_rate: Amount | None = None


class WireCustomer(msgspec.Struct):
    """The buyer; `id` is null for a guest.

    Source: companions/oscar/oscar_panstore/api/order_document.py `_customer`, 0.1, 2026-11-24.
    """

    id: Id | None
    email: str | None
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    vat_id: str = ""


class WireAddress(msgspec.Struct):
    """An address; `line4` is the town, `country` ISO 3166-1 alpha-2.

    Source: companions/oscar/oscar_panstore/api/order_document.py `_address`, 0.1, 2026-11-24;
    django-oscar 4.2 address/abstract_models.py. Company and VAT id only where the shop has them.
    """

    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z")]
    first_name: str = ""
    last_name: str = ""
    line1: str = ""
    line2: str = ""
    line3: str = ""
    line4: str = ""
    postcode: str = ""
    state: str = ""
    phone: str = ""
    company: str = ""
    vat_id: str = ""


class WirePayment(msgspec.Struct):
    """A payment source: allocated is authorised, debited received, refunded given back.

    Source: companions/oscar/oscar_panstore/api/order_money.py `payments`, 0.1, 2026-11-24;
    django-oscar 4.2 payment/abstract_models.py `AbstractSource`.
    """

    method: str
    allocated: Amount
    debited: Amount
    refunded: Amount
    reference: str | None = None
    failed: bool = False


class WirePieces(msgspec.Struct):
    """Pieces of a line in a refund or a return (`quantities` of the same file)."""

    line: Id
    quantity: Annotated[str, Meta(pattern=r"^[0-9]{1,15}(\.[0-9]{1,10})?\Z")]


class WireRefund(msgspec.Struct):
    """Money given back; `lines` is empty where the shop did not say for what.

    Source: companions/oscar/oscar_panstore/api/order_money.py `refunds`, 0.1, 2026-11-24.
    """

    id: str
    at: Moment
    amount: Amount
    reference: str | None = None
    lines: list[WirePieces] = []


class WireReturn(msgspec.Struct):
    """Goods that came back.

    Source: companions/oscar/oscar_panstore/api/order_money.py `returns`, 0.1, 2026-11-24.
    """

    id: str
    at: Moment
    lines: list[WirePieces]


class WirePickup(msgspec.Struct):
    """Where the buyer fetches the goods.

    Source: companions/oscar/oscar_panstore/api/order_document.py `_details`, 0.1, 2026-11-24.
    """

    code: str
    name: str


class WireStatusChange(msgspec.Struct):
    """When the order got a status (`describe` of the same file)."""

    at: Moment


class WireOrderUpdated(msgspec.Struct):
    """`POST orders/ID/updates`; `present` is the status also of an update done before.

    Source: companions/oscar/oscar_panstore/api/order_update.py `_done`, 0.1, 2026-11-24.
    """

    present: str


class WireOrder(msgspec.Struct):
    """An order, whole, in its present state.

    Source: companions/oscar/oscar_panstore/api/order_document.py `describe`, 0.1, 2026-11-24.
    """

    id: Id
    number: str
    status: str
    placed_at: Moment
    currency: Currency
    total_incl_tax: Amount
    shipping: WireShipping
    lines: list[WireLine]
    customer: WireCustomer
    discounts: list[WireDiscount] = []
    surcharges: list[WireSurcharge] = []
    billing_address: WireAddress | None = None
    shipping_address: WireAddress | None = None
    payments: list[WirePayment] = []
    note: str = ""
    refunds: list[WireRefund] = []
    returns: list[WireReturn] = []
    pickup: WirePickup | None = None
    tags: list[str] = []
    language: str | None = None
    status_changes: list[WireStatusChange] = []


class WireNotice(msgspec.Struct):
    """Body of a webhook: ids of the orders or products that changed.

    Source: companions/oscar/oscar_panstore/webhooks.py `messages`, 0.1, 2026-11-24.
    """

    type: str
    ids: list[Id] = []
