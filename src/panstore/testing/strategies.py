"""Hypothesis strategies for the nouns of the trade, for everybody who tests a module or connector.

Amounts and quantities are exact decimals in the sizes a web shop meets, odd cases included
(negative stock, empty codes, several VAT rates on one article). Identities are unique where a
list would otherwise contradict itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from panstore.model.customer import Address, Customer, FoundCustomer
from panstore.model.ids import ConnectionId, ExternalId, ItemId, RouteId
from panstore.model.link import Link
from panstore.model.order import Charge, Order, OrderLine, OrderStage, Payment
from panstore.model.price import PriceTarget, Promotion, SalesPrice
from panstore.model.stock import StockLevel, StockTarget
from panstore.model.tax import Charged
from panstore.sdk.capabilities import Capabilities
from panstore.sdk.modules import OrderCase, PriceItem, RouteView, StockItem

__all__ = [
    "WAREHOUSES",
    "addresses",
    "charged",
    "customers",
    "decimals",
    "erp_traits",
    "factors",
    "found_customers",
    "links",
    "moments",
    "order_cases",
    "orders",
    "price_items",
    "rates",
    "route_views",
    "sales_prices",
    "shop_traits",
    "stock_items",
    "stock_levels",
    "texts",
]

WAREHOUSES = ("LJ", "MB", "KP")
"""Codes of the warehouses in which `stock_items` has goods."""

_ZONES = ("Europe/Ljubljana", "America/New_York", "Pacific/Auckland", "UTC")
_RATES = (Decimal(22), Decimal("9.5"), Decimal(5), Decimal(0))
_HUNDRED = Decimal(100)


def decimals(low: int, high: int, places: int = 0) -> SearchStrategy[Decimal]:
    """Decimals from `low` to `high` in steps of the last of `places` places."""
    scale = 10**places
    return st.integers(low * scale, high * scale).map(lambda n: Decimal(n).scaleb(-places))


def texts(max_size: int = 12) -> SearchStrategy[str]:
    """Short text as people type it: letters of several scripts, digits, spaces, or nothing."""
    return st.text(alphabet="abcŽšč ßÄ19-@.", max_size=max_size)


def rates() -> SearchStrategy[Decimal]:
    """VAT rates in per cent."""
    return st.sampled_from(_RATES)


def factors() -> SearchStrategy[Decimal]:
    """Stock units in one sales unit, > 0."""
    return st.one_of(
        st.just(Decimal(1)), decimals(2, 24), st.sampled_from((Decimal("0.5"), Decimal("0.75")))
    )


def moments() -> SearchStrategy[dt.datetime]:
    """Aware UTC, in years a shop lives in."""
    return st.datetimes(
        dt.datetime(2024, 1, 1),  # noqa: DTZ001 - the zone is given beside it
        dt.datetime(2030, 1, 1),  # noqa: DTZ001 - as above
        timezones=st.just(dt.UTC),
    )


@st.composite
def shop_traits(draw: DrawFn) -> Capabilities:
    """What some shop can do."""
    return Capabilities(
        stock_batch=100,
        price_batch=100,
        fractional_stock=draw(st.booleans()),
        stock_digits=draw(st.integers(0, 4)),
        prices_include_tax=draw(st.booleans()),
        price_digits=draw(st.integers(0, 4)),
        dated_prices=draw(st.booleans()),
        tax_classes=draw(st.sampled_from(({}, {"22": "standard", "9.5": "reduced", "0": "none"}))),
        currency=draw(st.sampled_from((None, "EUR"))),
    )


@st.composite
def erp_traits(draw: DrawFn) -> Capabilities:
    """How some ERP computes documents; Tryton's way is among them."""
    return Capabilities(
        keyed_documents=draw(st.booleans()),
        tax_rounding=draw(st.sampled_from(("line", "document"))),
        document_digits=draw(st.integers(2, 4)),
        document_rounding=draw(st.sampled_from(("half_up", "half_even"))),
        tax_base=draw(st.sampled_from(("line", "exact"))),
        tax_by_sign=draw(st.booleans()),
    )


@st.composite
def route_views(draw: DrawFn) -> RouteView:
    """A route between some ERP and some shop at some moment."""
    return RouteView(
        route=RouteId("shop"),
        erp_connection=ConnectionId("erp"),
        shop_connection=ConnectionId("shop"),
        now=draw(moments()),
        zone=draw(st.sampled_from(_ZONES)),
        erp=draw(erp_traits()),
        shop=draw(shop_traits()),
    )


@st.composite
def links(draw: DrawFn, number: int = 1) -> Link:
    """Link of item `number`; now and then without a factor or a code."""
    return Link(
        item=ItemId(f"item-{number}"),
        route=RouteId("shop"),
        erp=ExternalId(f"e{number}"),
        shop=ExternalId(f"s{number}"),
        factor=draw(factors()) if draw(st.integers(0, 12)) else None,
        sku=draw(st.sampled_from((f"SKU-{number}", ""))),
    )


@st.composite
def stock_levels(draw: DrawFn, variant: ExternalId, warehouse: str) -> StockLevel:
    """Stock of `variant` in one warehouse; on hand may be negative, promises are not."""
    return StockLevel(
        variant=variant,
        warehouse=warehouse,
        on_hand=draw(decimals(-20, 200, 1)),
        reserved=draw(decimals(0, 60, 1)),
        demand=draw(decimals(0, 60, 1)),
        unit="piece",
    )


@st.composite
def stock_items(draw: DrawFn, number: int = 1) -> StockItem:
    """An item for S1; sometimes the ERP has lost it, sometimes the shop was never read."""
    link = draw(links(number))
    codes = draw(st.sampled_from(((), WAREHOUSES[:1], WAREHOUSES[:2], WAREHOUSES)))
    return StockItem(
        link=link,
        levels=tuple(draw(stock_levels(link.erp, code)) for code in codes),
        open_demand=draw(decimals(0, 40, 1)),
        present=draw(st.one_of(st.none(), st.builds(StockTarget, free=decimals(-5, 50)))),
    )


def _days() -> SearchStrategy[dt.date]:
    return st.dates(dt.date(2024, 1, 1), dt.date(2030, 1, 1))


@st.composite
def sales_prices(draw: DrawFn, variant: ExternalId) -> SalesPrice:
    """A price of the ERP, wrong ones included (missing, zero, negative, foreign, no VAT rate)."""
    promotion = st.builds(
        Promotion,
        amount=decimals(-1, 900, 2),
        starts=st.one_of(st.none(), _days()),
        ends=st.one_of(st.none(), _days()),
    )
    good = decimals(0, 2_000, 4)
    return SalesPrice(
        variant=variant,
        amount=draw(st.one_of(good, good, good, st.none(), decimals(-3, 0, 2))),
        currency=draw(st.sampled_from(("EUR", "EUR", "EUR", "USD"))),
        includes_tax=draw(st.booleans()),
        tax_rates=draw(
            st.one_of(st.tuples(rates()), st.tuples(rates()), st.lists(rates(), max_size=2))
        ),
        valid_until=draw(st.one_of(st.none(), _days())),
        promotion=draw(st.one_of(st.none(), promotion)),
    )


@st.composite
def price_items(draw: DrawFn, number: int = 1) -> PriceItem:
    """An item for S2."""
    link = draw(links(number))
    present = st.builds(
        PriceTarget,
        amount=decimals(1, 50, 2),
        currency=st.just("EUR"),
        includes_tax=st.booleans(),
    )
    prices = sales_prices(link.erp)
    return PriceItem(
        link=link,
        price=draw(st.one_of(prices, prices, prices, st.none())),
        present=draw(st.one_of(st.none(), present)),
    )


@st.composite
def charged(draw: DrawFn, low: int, high: int, quantity: Decimal = Decimal(1)) -> Charged:
    """A line as some shop charges it.

    Shops differ: some start from the net unit price, some from the gross one; the tax is rounded
    per piece or per line.

    Args:
        low, high: bounds of the unit price.
        quantity: pieces in the line.
    """
    rate = draw(rates())
    unit = draw(decimals(low, high, 2))
    share = rate / _HUNDRED
    way = draw(st.sampled_from(("net by line", "net by piece", "gross")))
    if way == "gross":
        gross = _cents(unit * quantity)
        net = _cents(gross / (1 + share))
        tax = gross - net
    else:
        net = _cents(unit * quantity)
        tax = _cents(net * share) if way == "net by line" else _cents(unit * share) * quantity
        tax = _cents(tax)
    return Charged(net=net, tax=tax, gross=net + tax, rate=rate)


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def addresses() -> SearchStrategy[Address]:
    """Postal addresses, incomplete ones included."""
    return st.builds(
        Address,
        name=_names(),
        street=st.sampled_from(("Slovenska cesta 1", " slovenska  CESTA 1", "Hauptstraße 9", "")),
        postcode=st.sampled_from(("1000", "2000 ", "")),
        city=st.sampled_from(("Ljubljana", "")),
        country=st.sampled_from(("SI", "GR", "si", "")),
        company=st.sampled_from(("", "Vrt d.o.o.")),
    )


def _names() -> SearchStrategy[str]:
    return st.sampled_from(("Ana Žagar", "ana  žagar ", "Bo", ""))


def customers() -> SearchStrategy[Customer]:
    """Buyers with and without an account, an e-mail address, a company, a VAT id."""
    return st.builds(
        Customer,
        account=st.one_of(st.none(), st.just(ExternalId("7"))),
        name=_names(),
        email=st.sampled_from(("ana@example.si", " Ana@Example.SI ", "", "not an address")),
        company=st.sampled_from(("", "Vrt d.o.o.")),
        vat_id=st.sampled_from(("", "SI 12345679", "12345679", "si12345679", "--")),
    )


def _titles() -> SearchStrategy[str]:
    return st.sampled_from(("Kava 250 g", "Grablje", ""))


@st.composite
def orders(draw: DrawFn, disturbance: SearchStrategy[Decimal] | None = None) -> Order:
    """A whole order whose lines and charges add up to its total.

    Args:
        disturbance: amounts by which the total is wrong; None for honest orders.
    """
    lines = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        quantity = draw(st.one_of(decimals(1, 12), decimals(1, 400), st.just(Decimal("0.5"))))
        lines.append(
            OrderLine(
                id=ExternalId(str(number)),
                product=ExternalId(f"s{number}"),
                sku=draw(st.sampled_from((f"SKU-{number}", ""))),
                title=draw(_titles()),
                quantity=quantity,
                charged=draw(charged(0, 90, quantity)),
                discount=draw(decimals(0, 3, 2)),
            )
        )
    charges = []
    bounds: dict[Literal["shipping", "fee", "discount"], tuple[int, int]] = {
        "shipping": (0, 9),
        "fee": (0, 3),
        "discount": (-5, 0),
    }
    for kind, (low, high) in bounds.items():
        if draw(st.booleans()):
            code = draw(st.sampled_from(("post", "pick-up", "")))
            charges.append(
                Charge(kind=kind, code=code, name=draw(_titles()), charged=draw(charged(low, high)))
            )
    parts = [line.charged for line in lines] + [charge.charged for charge in charges]
    total = sum((part.gross for part in parts), Decimal(0))
    payments = draw(
        st.lists(
            st.builds(
                Payment,
                method=st.sampled_from(("card", "invoice")),
                amount=decimals(0, 50, 2),
                paid=st.just(Decimal(0)),
                reference=st.sampled_from(("", "ref-1")),
            ),
            max_size=2,
        )
    )
    stages: Sequence[OrderStage] = ("open", "open", "shipped", "cancelled")
    return Order(
        id=ExternalId(str(draw(st.integers(1, 9_999)))),
        number=str(draw(st.integers(100_000, 100_999))),
        placed_at=draw(moments()),
        status="Pending",
        stage=draw(st.sampled_from(stages)),
        currency="EUR",
        customer=draw(customers()),
        lines=tuple(lines),
        total=total + (Decimal(0) if disturbance is None else draw(disturbance)),
        charges=tuple(charges),
        billing=draw(st.one_of(st.none(), addresses())),
        shipping=draw(st.one_of(st.none(), addresses())),
        payments=tuple(payments),
        discounts=draw(st.sampled_from(((), ("Spring 10 %",)))),
        note=draw(texts()),
    )


def found_customers(most: int = 3) -> SearchStrategy[tuple[FoundCustomer, ...]]:
    """An ERP's answer: nobody, one party or several."""
    party = st.builds(
        FoundCustomer, id=st.integers(1, 99).map(lambda n: ExternalId(str(n))), name=_names()
    )
    return st.lists(party, max_size=most, unique_by=lambda each: each.id).map(tuple)


@st.composite
def order_cases(
    draw: DrawFn, disturbance: SearchStrategy[Decimal] | None = None, *, ready: bool = False
) -> OrderCase:
    """An order with links to its goods and no answers yet.

    Args:
        disturbance: as for `orders`.
        ready: whether nothing but its amounts and its buyer can stop the order; otherwise a link
            or a factor may be missing and the order may be cancelled.
    """
    order = draw(orders(disturbance))
    if ready:
        order = msgspec.structs.replace(order, stage="open")
    known: dict[ExternalId, Link] = {}
    for number, line in enumerate(order.lines, start=1):
        link = draw(links(number))
        if ready:
            link = msgspec.structs.replace(link, factor=draw(factors()))
        if line.product is not None and (ready or draw(st.integers(0, 15))):
            known[line.product] = link
    return OrderCase(view=draw(route_views()), order=order, facts=(), links=known, answers={})
