"""Web orders as the shop charged them, and as the ERP shall book them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from panstore.model.customer import Address, Customer
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.tax import Charged

__all__ = [
    "BookedLine",
    "BookedOrder",
    "Charge",
    "ErpOrder",
    "NewCustomer",
    "Order",
    "OrderLine",
    "OrderStage",
    "Payment",
]

OrderStage = Literal["open", "shipped", "cancelled"]
"""Where the goods of a shop order are: `open` holds stock in the shop, the others do not."""


class OrderLine(msgspec.Struct, frozen=True):
    """One line as charged.

    Attributes:
        id: the shop's id of the line.
        product: the shop's id of the variant, None if it no longer exists there.
        quantity: in sales units, > 0.
        charged: the whole line after all discounts.
        discount: gross amount already taken off this line, >= 0.
    """

    id: ExternalId
    product: ExternalId | None
    sku: str
    title: str
    quantity: Decimal
    charged: Charged
    discount: Decimal = Decimal(0)


class Charge(msgspec.Struct, frozen=True):
    """What an order costs beside its goods: shipping, a fee, a discount on the whole.

    Attributes:
        code: the shop's code of the shipping method or fee.
        charged: negative for a discount.
    """

    kind: Literal["shipping", "fee", "discount"]
    code: str
    name: str
    charged: Charged


class Payment(msgspec.Struct, frozen=True):
    """A payment as the shop knows it.

    Attributes:
        method: the shop's code of the method.
        amount: authorised or paid, gross, in the order's currency.
        paid: how much of it has really been received.
        reference: the payment provider's reference or empty.
    """

    method: str
    amount: Decimal
    paid: Decimal
    reference: str = ""


class Order(msgspec.Struct, frozen=True):
    """A web order, whole, as the shop charged it.

    Attributes:
        id: the shop's immutable id; number: what people see printed.
        placed_at: aware, UTC.
        status: the shop's own word; stage: what it means for the goods.
        total: gross, what the buyer was charged.
        discounts: names and codes of the discounts in the lines, for people to read.
    """

    id: ExternalId
    number: str
    placed_at: dt.datetime
    status: str
    stage: OrderStage
    currency: str
    customer: Customer
    lines: tuple[OrderLine, ...]
    total: Decimal
    charges: tuple[Charge, ...] = ()
    billing: Address | None = None
    shipping: Address | None = None
    payments: tuple[Payment, ...] = ()
    discounts: tuple[str, ...] = ()
    note: str = ""


class NewCustomer(msgspec.Struct, frozen=True):
    """A party to be created in the ERP under a key of ours, so that it is created once."""

    key: str
    customer: Customer
    generic_code: str = ""


class BookedLine(msgspec.Struct, frozen=True):
    """One line of the sale to be created.

    Attributes:
        product: the ERP's id; None for shipping, fees, discounts and rounding.
        kind: what the line is for; the ERP connection says on which product or account the
            kinds other than `goods` are booked.
        quantity: in stock units.
        unit_net: net price of one stock unit, at most 4 decimal places.
        net: what `quantity * unit_net` gives in the currency's places.
        rate: VAT in per cent.
    """

    product: ExternalId | None
    kind: Literal["goods", "shipping", "fee", "discount", "rounding"]
    description: str
    quantity: Decimal
    unit_net: Decimal
    net: Decimal
    rate: Decimal


class ErpOrder(msgspec.Struct, frozen=True):
    """A sale to be created once, whole, confirmed, or not at all.

    Attributes:
        key: our idempotency key; the ERP gives back the first sale when it repeats.
        party: id of the ERP's party, or the data of a new one.
        date: business date in the company's zone.
        total: gross; the ERP refuses the sale if its own total differs.
    """

    key: OrderKey
    shop_order: ExternalId
    number: str
    date: dt.date
    currency: str
    warehouse: str
    party: ExternalId | NewCustomer
    customer: Customer
    lines: tuple[BookedLine, ...]
    total: Decimal
    billing: Address | None = None
    shipping: Address | None = None
    delivery_method: str = ""
    payment_method: str = ""
    note: str = ""


class BookedOrder(msgspec.Struct, frozen=True):
    """The sale as it stands in the ERP, read back.

    Attributes:
        id: the ERP's id; number: what people see.
        repeated: whether it was there before this call.
    """

    id: ExternalId
    number: str
    party: ExternalId
    total: Decimal
    state: str
    repeated: bool = False
