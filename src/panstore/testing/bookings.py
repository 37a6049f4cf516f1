"""Sales as PanStore would ask an ERP to create them, made without PanStore's own modules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from panstore.model.customer import Address, Customer
from panstore.model.ids import ConnectionId, ExternalId, OrderKey, order_key
from panstore.model.money import round_half_up
from panstore.model.order import Order
from panstore.model.sale import BookedLine, ErpOrder, NewCustomer
from panstore.model.tax import tax_on

__all__ = ["ANA", "ANAS_HOME", "book", "goods_line", "one_line_sale"]

ANA = Customer(None, "Ana Novak", "ana.novak@example.com", "+38640123456")
ANAS_HOME = Address("Ana Novak", "Glavna ulica 1", "1000", "Ljubljana", "SI")


def goods_line(
    product: ExternalId,
    quantity: Decimal,
    unit_net: Decimal,
    rate: Decimal,
    *,
    description: str = "goods",
) -> BookedLine:
    """A line of goods whose net amount is rounded half-up to the cent."""
    net = round_half_up(quantity * unit_net)
    return BookedLine(product, "goods", description, quantity, unit_net, net, rate)


def one_line_sale(
    key: OrderKey,
    line: BookedLine,
    *,
    warehouse: str,
    currency: str = "EUR",
    date: dt.date = dt.date(2026, 3, 2),
) -> ErpOrder:
    """A sale to Ana whose total is right under either way of rounding VAT.

    Args:
        date: business date; an ERP may need an open period for it.
    """
    return ErpOrder(
        key=key,
        shop_order=ExternalId(key.split("/")[1]),
        number=f"W{key.split('/')[1]}",
        date=date,
        currency=currency,
        warehouse=warehouse,
        party=NewCustomer(f"{key.split('/', maxsplit=1)[0]}/customer/email/ana", ANA),
        customer=ANA,
        lines=(line,),
        total=line.net + tax_on(line.net, line.rate),
        billing=ANAS_HOME,
        shipping=ANAS_HOME,
    )


def book(
    order: Order,
    connection: ConnectionId,
    to_erp: Mapping[ExternalId, ExternalId],
    *,
    warehouse: str,
    key: OrderKey | None = None,
) -> ErpOrder:
    """The sale for a simulated order of goods only, each line's net divisible by its quantity.

    Args:
        to_erp: the ERP's id of each variant in the order.
        key: the order's own unless given.
    """
    return ErpOrder(
        key=key or order_key(connection, order.id, "order"),
        shop_order=order.id,
        number=order.number,
        date=order.placed_at.date(),
        currency=order.currency,
        warehouse=warehouse,
        party=NewCustomer(f"{connection}/customer/email/{order.customer.email}", order.customer),
        customer=order.customer,
        lines=_lines(order, to_erp),
        total=order.total,
        billing=order.billing,
        shipping=order.shipping,
    )


def _lines(order: Order, to_erp: Mapping[ExternalId, ExternalId]) -> tuple[BookedLine, ...]:
    return tuple(
        goods_line(
            to_erp[line.product],
            line.quantity,
            line.charged.net / line.quantity,
            line.charged.rate,
            description=line.title,
        )
        for line in order.lines
        if line.product is not None
    )
