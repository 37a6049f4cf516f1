"""An order with its sales as they stand in the ERP, for the modules that follow it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

from panstore.model.customer import Address, Customer
from panstore.model.ids import ConnectionId, ExternalId, OrderKey, RouteId
from panstore.model.invoice import Invoice, InvoiceState
from panstore.model.order import Order, OrderLine, Payment, Refund
from panstore.model.sale import BookedOrder, SoldGoods
from panstore.model.shipment import Shipment, ShipmentState, ShippedGoods
from panstore.model.tax import Charged
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.modules import Fact, OrderCase, RouteView

__all__ = [
    "NOON",
    "PLACED",
    "SALE",
    "an_order",
    "case",
    "credit_note",
    "fact",
    "goods",
    "invoice",
    "paid",
    "parcel",
    "refund",
    "sale",
]

PLACED = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
SALE = OrderKey("shop/77/order/1")


def an_order(total: str = "12.20", **changes: Any) -> Order:
    """An unpaid order of one piece; `changes` are fields of `Order`."""
    gross = Decimal(total)
    given: dict[str, Any] = {
        "id": ExternalId("77"),
        "number": "100077",
        "placed_at": PLACED,
        "status": "Pending",
        "stage": "open",
        "currency": "EUR",
        "customer": Customer(account=None, name="Ana Žagar", email=" Ana@Example.si"),
        "lines": (
            OrderLine(
                id=ExternalId("l1"),
                product=ExternalId("s1"),
                sku="KAVA-250",
                title="Kava 250 g",
                quantity=Decimal(2),
                charged=Charged(gross, Decimal(0), gross, Decimal(0)),
            ),
        ),
        "total": gross,
        "billing": Address("Ana Žagar", "Slovenska cesta 1", "1000", "Ljubljana", "SI"),
    }
    return Order(**given | changes)


def paid(amount: str = "12.20", method: str = "card", **changes: Any) -> tuple[Payment, ...]:
    """One payment, received whole."""
    return (Payment(method, Decimal(amount), Decimal(amount), **changes),)


def refund(amount: str, number: int = 1) -> Refund:
    """Money given back."""
    return Refund(ExternalId(f"r{number}"), NOON, Decimal(amount))


def goods(
    ordered: str, reserved: str = "0", shipped: str = "0", invoiced: str = "0", product: str = "e1"
) -> SoldGoods:
    """How far one article has come."""
    return SoldGoods(
        ExternalId(product),
        Decimal(ordered),
        Decimal(reserved),
        Decimal(shipped),
        Decimal(invoiced),
    )


def parcel(state: ShipmentState, quantity: str = "2", *, returned: bool = False) -> Shipment:
    """A parcel with one article."""
    content = (ShippedGoods(ExternalId("e1"), Decimal(quantity)),)
    return Shipment(ExternalId("p1"), "OUT1", state, content, returned=returned)


def invoice(
    number: int = 1, total: str = "12.20", state: InvoiceState = "posted", **changes: Any
) -> Invoice:
    """An invoice; its id is `i` and its number."""
    return Invoice(
        ExternalId(f"i{number}"), f"2026-{number}", state, Decimal(total), "EUR", **changes
    )


def credit_note(number: int, total: str = "-12.20", credits: str | None = None) -> Invoice:  # noqa: A002
    """A credit note, of the invoice with the id `credits` or of none."""
    return invoice(number, total, credits=None if credits is None else ExternalId(credits))


def sale(
    *content: SoldGoods,
    key: str = SALE,
    total: str = "12.20",
    state: Literal["open", "done", "cancelled"] = "open",
    shipments: tuple[Shipment, ...] = (),
    invoices: tuple[Invoice, ...] = (),
) -> BookedOrder:
    """A sale as the ERP has it."""
    return BookedOrder(
        key=OrderKey(key),
        id=ExternalId("900"),
        number="S-900",
        party=ExternalId("1"),
        total=Decimal(total),
        currency="EUR",
        state=state,
        goods=content,
        shipments=shipments,
        invoices=invoices,
    )


def fact(
    name: str, revision: int = 1, *, of: str = SALE, reference: str = "", key: str = ""
) -> Fact:
    """A step we have done about the sale `of`."""
    return Fact(name, revision, NOON, key=key, reference=reference, detail=of)


def case(
    order: Order,
    sales: Iterable[BookedOrder] = (),
    facts: Iterable[Fact] = (),
    *,
    now: dt.datetime = NOON,
    goods_arrived: bool = False,
    in_line_as: str = "",
) -> OrderCase:
    """Everything a module is given."""
    return OrderCase(
        view=RouteView(
            route=RouteId("shop"),
            erp_connection=ConnectionId("erp"),
            shop_connection=ConnectionId("shop"),
            now=now,
            zone="Europe/Ljubljana",
            erp=Capabilities(),
            shop=Capabilities(),
        ),
        order=order,
        facts=tuple(facts),
        links={},
        answers={},
        sales={one.key: one for one in sales},
        goods_arrived=goods_arrived,
        in_line_as=in_line_as,
    )
