"""Rows of `panstore.gateway`: what parties have agreed, and what they pay for it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from panstore.connectors.tryton.wire import TaxRow

__all__ = ["AgreementRow", "ContractPriceRow", "PriceBreaksRow"]


class AgreementRow(msgspec.Struct):
    """A party and the price list a new sale for it takes, None for list prices."""

    party: int
    name: str | None
    active: bool
    price_list: int | None
    price_list_name: str | None


class ContractPriceRow(msgspec.Struct):
    """A price by a list, net, per stock unit.

    Attributes:
        price: None where the list has no line for it.
        list_price: without the list.
        valid_until: next day on which a dated line of the list begins or has ended.
        error: why it could not be computed.
    """

    product: int
    quantity: Decimal
    price: Decimal | None
    list_price: Decimal | None
    cost: Decimal | None
    currency: str
    taxes: list[TaxRow]
    valid_until: dt.date | None
    error: str | None


class PriceBreaksRow(msgspec.Struct):
    """Quantities of a product, in its default unit, from which lines of a list count."""

    product: int
    quantities: list[Decimal]
