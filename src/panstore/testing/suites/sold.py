"""Sales that the suites of the order roles begin with."""

from __future__ import annotations

from decimal import Decimal

from panstore.model.ids import ConnectionId, ExternalId, OrderKey, order_key
from panstore.model.sale import BookedOrder, ErpOrder
from panstore.sdk.roles import CreateOrders
from panstore.testing.bookings import goods_line, one_line_sale
from panstore.testing.suites.harness import ErpHarness
from panstore.testing.suites.suite import assert_exact

__all__ = ["booked", "creator", "key_of", "new_sale", "present", "product_of", "sold"]

_SHOP = ConnectionId("conformance")


def creator(harness: ErpHarness) -> CreateOrders:
    """The connector as the role that creates sales."""
    connector = harness.connector
    assert isinstance(connector, CreateOrders)
    return connector


def key_of(name: str, purpose: str, revision: int = 1) -> OrderKey:
    """Our key of a document of the order `name`."""
    return order_key(_SHOP, ExternalId(name), purpose, revision)


async def new_sale(
    harness: ErpHarness,
    name: str,
    *,
    stock: int = 10,
    quantity: int = 2,
    product: ExternalId | None = None,
) -> ErpOrder:
    """A sale that is not created yet.

    Args:
        stock: on hand of a new product.
        product: sold instead of a new one.
        quantity: pieces, below zero for a return.
    """
    if product is None:
        product = await harness.add_variant(
            f"CONF-{name}", price=Decimal("10.00"), stock=Decimal(stock)
        )
    line = goods_line(product, Decimal(quantity), Decimal("8.19"), harness.vat_rate)
    return one_line_sale(
        key_of(name, "order" if quantity > 0 else "return"),
        line,
        warehouse=harness.warehouse,
        currency=harness.currency,
        date=harness.today,
    )


def product_of(sale: ErpOrder) -> ExternalId:
    """What it sells."""
    product = sale.lines[0].product
    assert product is not None
    return product


async def sold(
    harness: ErpHarness,
    name: str,
    *,
    stock: int = 10,
    quantity: int = 2,
    product: ExternalId | None = None,
) -> tuple[ErpOrder, BookedOrder]:
    """A sale that is in the ERP; arguments as for `new_sale`."""
    sale = await new_sale(harness, name, stock=stock, quantity=quantity, product=product)
    return sale, await creator(harness).create_order(sale)


async def booked(harness: ErpHarness, key: OrderKey) -> BookedOrder | None:
    """What the connector says of the key."""
    found = await creator(harness).booked_orders([key])
    assert len(found) <= 1, f"{len(found)} answers for one key"
    return found[0] if found else None


async def present(harness: ErpHarness, key: OrderKey) -> BookedOrder:
    """The sale of the key as it stands."""
    found = await booked(harness, key)
    assert found is not None, f"{key} is not found"
    assert_exact(found, "booked order")
    return found
