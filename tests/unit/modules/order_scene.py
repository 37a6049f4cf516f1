"""One small order and what the module is told about it, for the tests of S4."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from panstore.model.customer import Address, Customer, FoundCustomer, MatchCriterion
from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.link import Link
from panstore.model.order import Charge, Order, OrderLine
from panstore.model.plan import Held
from panstore.model.sale import ErpOrder
from panstore.model.tax import Charged
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.modules import (
    CreateOrder,
    Due,
    Fact,
    OrderCase,
    RouteView,
)

__all__ = [
    "ADDRESS",
    "ANA",
    "BY_ADDRESS",
    "BY_EMAIL",
    "COFFEE",
    "NOTHING",
    "PER_LINE",
    "PLAIN_ERP",
    "SETTINGS",
    "TRYTON",
    "amount",
    "case",
    "line",
    "order",
    "parked",
    "sale",
]

PLAIN_ERP = Capabilities(keyed_documents=True)
TRYTON = Capabilities(document_rounding="half_even", tax_base="exact", tax_by_sign=True)
PER_LINE = Capabilities(tax_rounding="line")
SETTINGS = OrderSettings(warehouse="LJ")
ADDRESS = Address("Ana Žagar", "Slovenska cesta 1", "1000", "Ljubljana", "SI")
NOTHING = Decimal(0)
ANA = Customer(account=None, name="Ana Žagar", email="Ana@Example.si ")
BY_EMAIL = MatchCriterion(by="email", value="ana@example.si")
BY_ADDRESS = MatchCriterion(
    by="address", name="ana žagar", street="slovenska cesta 1", postcode="1000"
)


def amount(net: str, tax: str, rate: str = "22") -> Charged:
    return Charged(
        net=Decimal(net), tax=Decimal(tax), gross=Decimal(net) + Decimal(tax), rate=Decimal(rate)
    )


def line(
    charged: Charged, quantity: str = "1", number: int = 1, title: str = "Kava 250 g", sku: str = ""
) -> OrderLine:
    return OrderLine(
        id=ExternalId(f"l{number}"),
        product=ExternalId(f"s{number}"),
        sku=sku,
        title=title,
        quantity=Decimal(quantity),
        charged=charged,
    )


def order(*lines: OrderLine, total: str | None = None, charges: tuple[Charge, ...] = ()) -> Order:
    parts = [each.charged for each in lines] + [each.charged for each in charges]
    return Order(
        id=ExternalId("77"),
        number="100077",
        placed_at=dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC),
        status="Pending",
        stage="open",
        currency="EUR",
        customer=ANA,
        lines=lines,
        total=sum((p.gross for p in parts), Decimal(0)) if total is None else Decimal(total),
        charges=charges,
        billing=ADDRESS,
    )


COFFEE = order(line(amount("10.00", "2.20"), sku="KAVA-250"))


def case(
    one: Order = COFFEE,
    *,
    erp: Capabilities = PLAIN_ERP,
    factor: str | None = "1",
    known: bool = True,
    answers: Mapping[MatchCriterion, tuple[FoundCustomer, ...]] | None = None,
    facts: tuple[Fact, ...] = (),
) -> OrderCase:
    nobody = {BY_EMAIL: (), BY_ADDRESS: ()}
    links = {
        each.product: Link(
            item=ItemId(f"i-{each.id}"),
            route=RouteId("shop"),
            erp=ExternalId(f"e-{each.id}"),
            shop=each.product,
            factor=None if factor is None else Decimal(factor),
        )
        for each in reversed(one.lines)  # the first line of an article names it
        if each.product is not None and known
    }
    return OrderCase(
        view=RouteView(
            route=RouteId("shop"),
            erp_connection=ConnectionId("erp"),
            shop_connection=ConnectionId("shop"),
            now=dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC),
            zone="Europe/Ljubljana",
            erp=erp,
            shop=Capabilities(),
        ),
        order=one,
        facts=facts,
        links=links,
        answers=nobody if answers is None else answers,
    )


def sale(step: Due) -> ErpOrder:
    assert isinstance(step, CreateOrder)
    return step.order


def parked(step: Due, code: str) -> str:
    assert isinstance(step, Held)
    assert step.code == code
    assert step.item == "77"
    assert step.reason.startswith("Order 100077: ")
    return step.reason
