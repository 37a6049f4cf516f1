"""What rules may ask of an order: one table, from which `docs/reference/rules.md` is made.

All values come from the order, its facts and its sales; a rule has no clock, so the same order
always gives the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from panstore.model.customer import Address
from panstore.model.money import minor_digits
from panstore.model.order import OrderLine
from panstore.model.sale import BookedOrder
from panstore.sdk.modules import OrderCase
from panstore.sdk.rules.errors import RuleFailedError

__all__ = [
    "LINE_NAMES",
    "ORDER_NAMES",
    "Given",
    "LineName",
    "Name",
    "given_lines",
    "living",
]

Given = bool | int | Decimal | str | Sequence[str] | Sequence[dict[str, object]]
"""What a name can stand for."""

_ZERO = Decimal(0)


class Name(msgspec.Struct, frozen=True):
    """One name that rules may use.

    Attributes:
        kind: `bool`, `int`, `decimal`, `text`, `list of text` or `list of line`.
        meaning: for people.
        read: its value for one order (`case`).
        among: all values it can have, empty where there is no such list.
        private: whether the value says who the buyer is, so that it is not shown.
    """

    kind: str
    meaning: str
    read: Callable[[OrderCase], Given]
    among: tuple[str, ...] = ()
    private: bool = False


class LineName(msgspec.Struct, frozen=True):
    """One name that rules may use of a line of the order."""

    kind: str
    meaning: str
    read: Callable[[OrderLine], Given]


LINE_NAMES: dict[str, LineName] = {
    "sku": LineName("text", "code of the article", lambda line: line.sku),
    "title": LineName("text", "name of the article in the shop", lambda line: line.title),
    "quantity": LineName("decimal", "in sales units", lambda line: line.quantity),
    "total": LineName("decimal", "gross, after all discounts", lambda line: line.charged.gross),
    "net": LineName("decimal", "without VAT", lambda line: line.charged.net),
    "vat_rate": LineName("decimal", "per cent", lambda line: line.charged.rate),
    "discount": LineName("decimal", "gross, already taken off", lambda line: line.discount),
    "has_note": LineName(
        "bool", "whether the buyer asked for something with it", lambda line: bool(line.note)
    ),
}
"""Names of one line, used inside `exists`, `all`, `exists_one`, `filter` and `map`."""


def given_lines(case: OrderCase, used: Iterable[str]) -> list[dict[str, object]]:
    """The order's lines with the names that are `used`."""
    names = tuple(used)
    return [{name: LINE_NAMES[name].read(one) for name in names} for one in case.order.lines]


def living(case: OrderCase) -> tuple[BookedOrder, ...]:
    """The order's sales that are not cancelled and deliver something, by key."""
    return tuple(
        sale
        for _, sale in sorted(case.sales.items())
        if sale.state != "cancelled" and sale.total >= 0
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, _ZERO)


def _goods(case: OrderCase) -> Decimal:
    return _sum(line.charged.gross for line in case.order.lines)


def _charged(case: OrderCase, kind: str) -> Decimal:
    return _sum(one.charged.gross for one in case.order.charges if one.kind == kind)


def _discount(case: OrderCase) -> Decimal:
    return _sum(line.discount for line in case.order.lines) - _charged(case, "discount")


def _net(case: OrderCase) -> Decimal:
    lines = _sum(one.charged.net for one in case.order.lines)
    return lines + _sum(one.charged.net for one in case.order.charges)


def _open(case: OrderCase) -> Decimal:
    order = case.order
    return max(order.total - order.given_back - order.received, _ZERO)


def _minor(amount: Callable[[OrderCase], Decimal]) -> Callable[[OrderCase], int]:
    """The same amount in the currency's smallest unit, a whole number."""

    def read(case: OrderCase) -> int:
        units = amount(case).scaleb(minor_digits(case.order.currency))
        if units != units.to_integral_value():
            raise RuleFailedError(
                f"{amount(case)} {case.order.currency} has more places than the currency"
            )
        return int(units)

    return read


def _payment_method(case: OrderCase) -> str:
    largest = max(case.order.payments, key=lambda payment: payment.amount, default=None)
    return "" if largest is None else largest.method


def _shipping_method(case: OrderCase) -> str:
    shipping = (one for one in case.order.charges if one.kind == "shipping")
    return next((one.code or one.name for one in shipping), "")


def _address(case: OrderCase) -> Address | None:
    return case.order.shipping or case.order.billing


def _billing(case: OrderCase) -> Address | None:
    return case.order.billing or case.order.shipping


def _placed_on(case: OrderCase) -> str:
    return case.order.placed_at.astimezone(ZoneInfo(case.view.zone)).date().isoformat()


def _reserved(case: OrderCase) -> bool:
    sales = living(case)
    return bool(sales) and all(sale.all_reserved for sale in sales)


def _partly_reserved(case: OrderCase) -> bool:
    some = any(sale.reserved or sale.shipped for sale in living(case))
    return some and not _reserved(case)


def _shipped(case: OrderCase) -> bool:
    sales = living(case)
    return bool(sales) and all(sale.all_shipped for sale in sales)


def _partly_shipped(case: OrderCase) -> bool:
    some = any(goods.shipped for sale in living(case) for goods in sale.goods)
    return some and not _shipped(case)


def _invoiced(case: OrderCase) -> bool:
    return any(sale.standing_invoices for sale in living(case))


ORDER_NAMES: dict[str, Name] = {
    "number": Name("text", "the order's printed number", lambda c: c.order.number),
    "status": Name("text", "the shop's own word", lambda c: c.order.status),
    "stage": Name(
        "text",
        "what the shop's status means for the goods: `open`, `shipped` or `cancelled`",
        lambda c: c.order.stage,
        among=("open", "shipped", "cancelled"),
    ),
    "placed_on": Name(
        "text", "day it was placed, such as `2026-11-24`, in the company's zone", _placed_on
    ),
    "currency": Name("text", "three letters, such as `EUR`", lambda c: c.order.currency),
    "total": Name(
        "decimal", "what the buyer was charged, gross, before any refund", lambda c: c.order.total
    ),
    "net": Name("decimal", "the same without VAT", _net),
    "goods_total": Name("decimal", "the lines alone, gross, after their discounts", _goods),
    "shipping_total": Name("decimal", "shipping, gross", lambda c: _charged(c, "shipping")),
    "fees": Name("decimal", "fees, gross", lambda c: _charged(c, "fee")),
    "discount": Name("decimal", "all that was taken off, gross", _discount),
    "received": Name("decimal", "received and not given back, gross", lambda c: c.order.received),
    "refunded": Name("decimal", "amount of all refunds, gross", lambda c: c.order.given_back),
    "owed": Name("decimal", "what is still to be paid, never below zero", _open),
    "total_minor": Name(
        "int",
        "`total` in the currency's smallest unit (cents), for arithmetic",
        _minor(lambda c: c.order.total),
    ),
    "goods_minor": Name("int", "`goods_total` in the smallest unit", _minor(_goods)),
    "received_minor": Name(
        "int", "`received` in the smallest unit", _minor(lambda c: c.order.received)
    ),
    "refunded_minor": Name(
        "int", "`refunded` in the smallest unit", _minor(lambda c: c.order.given_back)
    ),
    "owed_minor": Name("int", "`owed` in the smallest unit", _minor(_open)),
    "paid": Name(
        "bool",
        "whether all that is owed was received; an order that costs nothing is paid",
        lambda c: c.order.is_paid,
    ),
    "payment_failed": Name(
        "bool",
        "whether nothing was received and the last payment failed",
        lambda c: c.order.payment_failed,
    ),
    "payment_method": Name("text", "the shop's code of the method that pays most", _payment_method),
    "payment_methods": Name(
        "list of text",
        "codes of all its payments' methods",
        lambda c: [one.method for one in c.order.payments],
    ),
    "shipping_method": Name(
        "text", "the shop's code of the shipping method, its name without one", _shipping_method
    ),
    "pickup": Name(
        "bool", "whether the buyer fetches the goods", lambda c: c.order.pickup is not None
    ),
    "pickup_point": Name(
        "text",
        "the shop's code of the pick-up point, or empty",
        lambda c: c.order.pickup.code if c.order.pickup else "",
    ),
    "country": Name(
        "text",
        "two letters, where the goods go; the payer's without a shipping address",
        lambda c: address.country if (address := _address(c)) else "",
    ),
    "postcode": Name(
        "text",
        "where the goods go, as typed",
        lambda c: address.postcode if (address := _address(c)) else "",
        private=True,
    ),
    "billing_country": Name(
        "text",
        "two letters, who pays; the receiver's without a billing address",
        lambda c: address.country if (address := _billing(c)) else "",
    ),
    "guest": Name(
        "bool",
        "whether it was ordered without an account",
        lambda c: c.order.customer.account is None,
    ),
    "account": Name(
        "text",
        "the shop's id of the account, empty for a guest",
        lambda c: c.order.customer.account or "",
    ),
    "email": Name(
        "text",
        "the buyer's, in small letters",
        lambda c: c.order.customer.email.strip().lower(),
        private=True,
    ),
    "is_company": Name(
        "bool",
        "whether a company's name or a VAT id was given",
        lambda c: bool(c.order.customer.company or c.order.customer.vat_id),
    ),
    "has_vat_id": Name(
        "bool", "whether a VAT id was given", lambda c: bool(c.order.customer.vat_id)
    ),
    "tags": Name("list of text", "the shop's words about the order", lambda c: list(c.order.tags)),
    "discounts": Name(
        "list of text",
        "names and codes of discounts and coupons",
        lambda c: list(c.order.discounts),
    ),
    "skus": Name(
        "list of text", "codes of its articles", lambda c: [one.sku for one in c.order.lines]
    ),
    "lines": Name(
        "list of line",
        "its lines, for `exists`, `all`, `filter` and so on",
        lambda c: given_lines(c, LINE_NAMES),
    ),
    "line_count": Name("int", "how many lines", lambda c: len(c.order.lines)),
    "pieces": Name(
        "decimal",
        "quantities of all lines together, in sales units",
        lambda c: _sum(line.quantity for line in c.order.lines),
    ),
    "has_note": Name(
        "bool", "whether the buyer wrote a note", lambda c: bool(c.order.note.strip())
    ),
    "cancelled": Name(
        "bool", "whether it was cancelled in the shop", lambda c: c.order.stage == "cancelled"
    ),
    "imported": Name("bool", "whether it has a sale in the ERP", lambda c: bool(living(c))),
    "reserved": Name("bool", "whether all its goods are set aside or have left", _reserved),
    "partly_reserved": Name(
        "bool", "whether some of its goods are set aside or have left, not all", _partly_reserved
    ),
    "shipped": Name("bool", "whether all its goods have left, as the ERP says", _shipped),
    "partly_shipped": Name("bool", "whether some of its goods have left, not all", _partly_shipped),
    "invoiced": Name("bool", "whether an invoice of it stands in the books", _invoiced),
}
"""Names after `order.`."""
