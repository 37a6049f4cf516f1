"""What goes over the wire: Tryton's JSON with its special values, and the companion's rows.

Source: trytond 8.2.1 `protocols/jsonrpc.py`, seen running in November 2026, and the calls of
`companions/tryton` (models `panstore.gateway` and `panstore.outbox`).
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from decimal import Decimal
from typing import Literal

import msgspec

__all__ = [
    "CompanyRow",
    "CreatedRow",
    "CurrencyRow",
    "InvoiceRow",
    "LoginRow",
    "OutboxRow",
    "PartyRow",
    "PendingRow",
    "PingRow",
    "PriceListRow",
    "PriceRow",
    "ProductRow",
    "ReservationsRow",
    "SaleRow",
    "ShipmentRow",
    "ShippedRow",
    "SoldRow",
    "StockRow",
    "TaxRow",
    "WarehouseRow",
    "WebShopRow",
    "decode",
    "encode",
]


class LoginRow(msgspec.Struct, array_like=True):
    """Answer of `common.db.login`: [user id, token, address of the bus or null]."""

    user: int
    token: str


class TaxRow(msgspec.Struct):
    """A sales tax; `rate` is a share, 0.22."""

    id: int
    name: str
    rate: Decimal


class CompanyRow(msgspec.Struct):
    """The company of our user; `currency` is its ISO 4217 code."""

    id: int
    name: str
    currency: str


class WarehouseRow(msgspec.Struct):
    """A warehouse; without a code it cannot be named in settings."""

    id: int
    code: str | None
    name: str


class PriceListRow(msgspec.Struct):
    """A sales price list of the company."""

    id: int
    name: str


class CurrencyRow(msgspec.Struct):
    """An active currency."""

    id: int
    code: str


class PingRow(msgspec.Struct):
    """`panstore.gateway.ping`."""

    company: CompanyRow
    timezone: str | None
    series: str
    version: str
    warehouses: list[WarehouseRow]
    price_lists: list[PriceListRow]
    tax_rounding: Literal["document", "line"]
    currencies: list[CurrencyRow]
    product_fields: list[str]


class ProductRow(msgspec.Struct):
    """One row of `panstore.gateway.products`: a variant.

    Attributes:
        type: `goods`, `assets` or `service`.
        unit: id of the stock unit; sale_unit: of the unit that prices are for.
    """

    id: int
    code: str | None
    name: str
    template: int
    active: bool
    salable: bool
    type: str
    unit: int
    unit_name: str
    ean: str | None
    taxes: list[TaxRow]


class StockRow(msgspec.Struct):
    """One row of `panstore.gateway.stock_levels`, in the stock unit."""

    product: int
    warehouse: int
    on_hand: Decimal
    reserved: Decimal
    demand: Decimal
    unit: int


class PriceRow(msgspec.Struct):
    """One row of `panstore.gateway.prices`.

    Attributes:
        price: net, by the list that was asked for; list_price: net, without it.
        unit: id of the unit both are for.
        valid_until: next day on which a dated line of the list begins or has ended.
    """

    product: int
    price: Decimal | None
    unit: int
    currency: str
    taxes: list[TaxRow]
    list_price: Decimal | None
    valid_until: dt.date | None


class PartyRow(msgspec.Struct):
    """One row of `panstore.gateway.find_parties`."""

    id: int
    name: str | None


class SoldRow(msgspec.Struct):
    """A product of a sale, in its stock unit; below zero in a return."""

    product: int
    ordered: Decimal
    reserved: Decimal
    shipped: Decimal
    invoiced: Decimal
    lost: Decimal = Decimal(0)


class ShippedRow(msgspec.Struct):
    """A product in a parcel, in its stock unit."""

    product: int
    quantity: Decimal
    reserved: Decimal


class ShipmentRow(msgspec.Struct):
    """A customer shipment, or a return with ids of its own; `date` is when it left."""

    id: int
    number: str | None
    state: Literal["waiting", "reserved", "packed", "shipped", "cancelled"]
    returned: bool
    carrier: str | None
    tracking: str | None
    date: dt.date | None
    goods: list[ShippedRow]


class InvoiceRow(msgspec.Struct):
    """An invoice or credit note; `total` is gross, `credits` the id of the invoice taken back."""

    id: int
    number: str | None
    state: Literal["draft", "posted", "paid", "cancelled"]
    total: Decimal
    currency: str
    key: str | None
    date: dt.date | None
    credits: int | None


class SaleRow(msgspec.Struct):
    """A sale as it stands: the answer of every call about an order; `total` is gross."""

    key: str
    sale: int
    number: str | None
    party: int
    state: Literal["open", "done", "cancelled"]
    total: Decimal
    currency: str
    repeated: bool
    goods: list[SoldRow]
    shipments: list[ShipmentRow]
    invoices: list[InvoiceRow]


class ReservationsRow(msgspec.Struct):
    """Answer of `panstore.gateway.reservations`."""

    keys: list[str]
    after: int | None


class CreatedRow(msgspec.Struct):
    """Answer of `panstore.gateway.create_product`: id of the variant."""

    product: int
    repeated: bool


class WebShopRow(msgspec.Struct):
    """A record of `web.shop`."""

    id: int
    name: str


class PendingRow(msgspec.Struct):
    """Answer of `panstore.outbox.pending`."""

    count: int


class OutboxRow(msgspec.Struct):
    """One row of `panstore.outbox.pull`; `sales` are our keys of the sales it belongs to."""

    id: int
    kind: str
    record_id: int
    code: str | None
    deleted: bool
    sales: list[str]


def encode(value: object) -> bytes:
    """JSON as Tryton reads it; Decimals, dates, times and bytes keep their type.

    Raises:
        TypeError: the value has something else in it, a float for instance.
    """
    return json.dumps(_plain(value), separators=(",", ":"), allow_nan=False).encode()


def decode(body: bytes) -> object:
    """The value Tryton sent; numbers with a point become exact Decimals, never floats.

    Raises:
        ValueError: it is not JSON or not Tryton's.
    """
    try:
        return json.loads(
            body, object_hook=_special, parse_float=Decimal, parse_constant=_no_number
        )
    except (KeyError, TypeError, ArithmeticError) as error:
        raise ValueError(f"a special value is broken: {error!r}") from error


def _plain(value: object) -> object:  # noqa: PLR0911 - one line per type
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
        case dt.datetime():
            return _moment(value)
        case dt.date():
            return {"__class__": "date", **_day(value)}
        case bytes():
            return {"__class__": "bytes", "base64": base64.b64encode(value).decode()}
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no exact form in Tryton's JSON")


def _day(value: dt.date) -> dict[str, object]:
    return {"year": value.year, "month": value.month, "day": value.day}


def _moment(value: dt.datetime) -> dict[str, object]:
    if value.tzinfo is None:
        raise TypeError(f"{value} has no time zone, so Tryton cannot be told when it is")
    value = value.astimezone(dt.UTC)
    return {
        "__class__": "datetime",
        **_day(value),
        "hour": value.hour,
        "minute": value.minute,
        "second": value.second,
        "microsecond": value.microsecond,
    }


def _special(value: dict[str, object]) -> object:
    kind = value.pop("__class__", None)
    match kind:
        case None:
            return value
        case "Decimal":
            return Decimal(str(value["decimal"]))
        case "date":
            return msgspec.convert(value, _Date).value()
        case "datetime":
            return msgspec.convert(value, _DateTime).value()
        case "bytes":
            return base64.b64decode(str(value["base64"]))
        case _:
            raise ValueError(f"unknown special value {kind!r}")


class _Date(msgspec.Struct):
    year: int
    month: int
    day: int

    def value(self) -> dt.date:
        return dt.date(self.year, self.month, self.day)


class _DateTime(_Date):
    hour: int
    minute: int
    second: int
    microsecond: int

    def value(self) -> dt.datetime:
        """Tryton's moments are naive UTC."""
        return dt.datetime(
            self.year,
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.microsecond,
            tzinfo=dt.UTC,
        )


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is not a number")
