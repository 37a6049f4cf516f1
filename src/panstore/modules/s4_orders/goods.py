"""Which article of the ERP each line of an order is, and how many stock units of it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from panstore.model.ids import ExternalId, order_key
from panstore.model.link import Link, say_factor
from panstore.model.money import round_half_up
from panstore.model.order import OrderLine
from panstore.model.plan import Held
from panstore.model.quantity import plain, to_stock_units
from panstore.modules.s4_orders.documents import untouched
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.modules import CreateProduct, OrderCase
from panstore.sdk.roles import NewProduct

__all__ = ["Goods", "goods", "line_name"]


class Goods(msgspec.Struct, frozen=True):
    """A line whose article the ERP knows.

    Attributes:
        article: the ERP's id.
        quantity: in stock units, > 0.
    """

    line: OrderLine
    article: ExternalId
    quantity: Decimal


def line_name(line: OrderLine) -> str:
    """The line as people know it: title and article code."""
    return f"{line.title} ({line.sku})" if line.title and line.sku else line.title or line.sku


def goods(case: OrderCase, settings: OrderSettings) -> tuple[Goods, ...] | Held | CreateProduct:
    """Every line with its article, or what stands in the way.

    An article the ERP does not know is created (one per step) or parks the order, by setting.
    """
    known: list[Goods] = []
    gone: list[OrderLine] = []
    unknown: dict[ExternalId, OrderLine] = {}
    without_factor: list[tuple[OrderLine, Link]] = []
    for line in case.order.lines:
        link = None if line.product is None else case.links.get(line.product)
        if line.product is None:
            gone.append(line)
        elif link is None:
            unknown.setdefault(line.product, line)
        elif link.factor is None or link.factor <= 0:
            without_factor.append((line, link))
        else:
            known.append(Goods(line, link.erp, to_stock_units(line.quantity, link.factor)))
    if gone:
        return _held(
            case,
            "order.product_gone",
            gone,
            "no longer exists in the shop, so nobody can tell which article of the ERP it is",
            "Enter the order in the ERP by hand and skip it here, or restore the article in the"
            " shop and retry",
        )
    if unknown:
        return _unknown(case, unknown, settings)
    if without_factor:
        commands = dict.fromkeys(f"`{say_factor(link)}`" for _, link in without_factor)
        return _held(
            case,
            "unit.no_factor",
            [line for line, _ in without_factor],
            "has no factor between the shop's sales unit and the ERP's stock unit",
            f"Say it with {' and '.join(commands)}; the order then goes on by itself",
        )
    return tuple(known)


def _unknown(
    case: OrderCase, unknown: Mapping[ExternalId, OrderLine], settings: OrderSettings
) -> Held | CreateProduct:
    if settings.unknown_product == "park":
        return _held(
            case,
            "order.unknown_product",
            list(unknown.values()),
            "is not linked to an article of the ERP",
            "Create the article in the ERP with the same code, or link it to another one with"
            " `panstore links set`; the order then goes on by itself",
        )
    product, line = next(iter(unknown.items()))  # in the order of the lines
    return CreateProduct(product=_new_product(case, line, product), shop_variant=product)


def _new_product(case: OrderCase, line: OrderLine, product: ExternalId) -> NewProduct:
    """The article at its price before discounts: a voucher must not become the list price."""
    charged = line.charged
    gross_of_one = 1 + charged.rate / 100
    net = charged.net + line.discount / gross_of_one
    unit_net = round_half_up(net / line.quantity, case.view.erp.document_digits)
    return NewProduct(
        key=order_key(case.view.shop_connection, product, "product"),
        sku=line.sku,
        title=line.title or line.sku,
        net=plain(unit_net),
        rate=plain(charged.rate),
    )


def _held(case: OrderCase, code: str, lines: list[OrderLine], what: str, remedy: str) -> Held:
    names = "; ".join(line_name(line) or f"line {line.id}" for line in lines)
    return Held(
        item=case.order.id,
        code=code,
        reason=(
            f"Order {case.order.number}: {names} {what}. {untouched(case)}; its goods"
            f" stay counted as promised in the shop. {remedy}."
        ),
        sku=lines[0].sku,
    )
