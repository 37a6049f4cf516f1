"""Web orders as the shop charged them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import msgspec

from panstore.model.customer import Address, Customer
from panstore.model.ids import ExternalId
from panstore.model.tax import Charged

__all__ = [
    "Charge",
    "Order",
    "OrderLine",
    "OrderStage",
    "Payment",
    "PickupPoint",
    "Refund",
    "RefundedLine",
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
        note: what the buyer asked for with this line (engraving, gift card), or empty.
    """

    id: ExternalId
    product: ExternalId | None
    sku: str
    title: str
    quantity: Decimal
    charged: Charged
    discount: Decimal = Decimal(0)
    note: str = ""


class Charge(msgspec.Struct, frozen=True):
    """What an order costs beside its goods: shipping, a fee, a discount, the shop's rounding.

    Attributes:
        code: the shop's code of the shipping method or fee.
        charged: negative for a discount.
    """

    kind: Literal["shipping", "fee", "discount", "rounding"]
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
        refunded: how much of what was received has been given back, >= 0.
        failed: the provider refused it, or the buyer gave up.
    """

    method: str
    amount: Decimal
    paid: Decimal
    reference: str = ""
    refunded: Decimal = Decimal(0)
    failed: bool = False


class RefundedLine(msgspec.Struct, frozen=True):
    """Part of an order line that is given back.

    Attributes:
        line: the shop's id of the line.
        quantity: pieces that need not be delivered or come back, in sales units; 0 for money only.
        charged: what is given back for them, positive.
    """

    line: ExternalId
    quantity: Decimal
    charged: Charged


class Refund(msgspec.Struct, frozen=True):
    """Money given back, with or without goods.

    Attributes:
        id: the shop's immutable id.
        amount: gross, > 0, in the order's currency. What `lines` and `charges` do not explain
            is a reduction of the price of everything.
        charges: what of shipping and fees is given back, positive.
    """

    id: ExternalId
    at: dt.datetime
    amount: Decimal
    lines: tuple[RefundedLine, ...] = ()
    charges: tuple[Charge, ...] = ()
    reason: str = ""


class PickupPoint(msgspec.Struct, frozen=True):
    """Where the buyer fetches the goods: a shop, a parcel locker."""

    code: str
    name: str


class Order(msgspec.Struct, frozen=True):
    """A web order, whole, as the shop charged it.

    Attributes:
        id: the shop's immutable id; number: what people see printed.
        placed_at: aware, UTC.
        status: the shop's own word; stage: what it means for the goods.
        total: gross, what the buyer was charged.
        discounts: names and codes of the discounts in the lines, for people to read.
        refunds: all of them, in order of time; `lines` and `total` are as before any refund.
        pickup: None where the goods are sent.
        tags: the shop's own words about the order, for rules.
        language: in which the buyer used the shop (BCP 47), empty if the shop does not say.
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
    refunds: tuple[Refund, ...] = ()
    pickup: PickupPoint | None = None
    tags: tuple[str, ...] = ()
    language: str = ""

    @property
    def received(self) -> Decimal:
        """Gross amount received and not given back."""
        return sum((one.paid - one.refunded for one in self.payments), Decimal(0))

    @property
    def given_back(self) -> Decimal:
        """Gross amount of all refunds."""
        return sum((one.amount for one in self.refunds), Decimal(0))

    @property
    def is_paid(self) -> bool:
        """Whether all that is owed has been received; an order that costs nothing is paid."""
        return self.received >= self.total - self.given_back

    @property
    def payment_failed(self) -> bool:
        """Whether nothing was received and the last payment failed."""
        return bool(self.payments) and self.payments[-1].failed and self.received <= 0

    @property
    def is_void(self) -> bool:
        """Whether nothing is left to deliver: cancelled, or all of it given back."""
        return self.stage == "cancelled" or (bool(self.refunds) and self.given_back >= self.total)
