"""Sales as the ERP last showed them: kept per sale, the latest look counts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import sqlalchemy as sa

from panstore.model.ids import ExternalId, OrderKey, RouteId
from panstore.model.invoice import Invoice
from panstore.model.sale import BookedOrder, SoldGoods
from panstore.model.shipment import Shipment, ShippedGoods
from panstore.store.database import Store
from panstore.store.seen_sales import SeenSale, forget_sales, remember_sales, sales_seen

SHOP = RouteId("shop")
FIRST = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
LATER = FIRST + dt.timedelta(minutes=5)
PEN = ExternalId("E1")


def _sale(number: int, shipped: int = 0) -> BookedOrder:
    goods = SoldGoods(PEN, Decimal(3), shipped=Decimal(shipped), invoiced=Decimal("1.5"))
    parcel = Shipment(
        ExternalId("P"),
        "P1",
        "shipped",
        (ShippedGoods(PEN, Decimal(shipped)),),
        carrier="Post",
        tracking="T1",
        shipped_at=FIRST,
    )
    invoice = Invoice(
        ExternalId("I"), "2026/1", "posted", Decimal("9.15"), "EUR", date=FIRST.date()
    )
    return BookedOrder(
        key=OrderKey(f"shop/1/order/{number}"),
        id=ExternalId(str(number)),
        number=f"S{number}",
        party=ExternalId("P1"),
        total=Decimal("18.30"),
        currency="EUR",
        state="open",
        goods=(goods,),
        shipments=(parcel,) if shipped else (),
        invoices=(invoice,),
    )


def test_what_was_seen_is_told_whole_and_the_latest_look_counts(store: Store) -> None:
    def work(connection: sa.Connection) -> None:
        remember_sales(connection, SHOP, "1", [_sale(1), _sale(2)], now=FIRST)
        remember_sales(connection, SHOP, "1", [_sale(1, shipped=2)], now=LATER)
        remember_sales(connection, SHOP, "2", [], now=LATER)

    store.run(work)
    assert store._read(lambda c: sales_seen(c, SHOP, "1")) == {
        _sale(1).key: SeenSale(_sale(1, shipped=2), LATER),
        _sale(2).key: SeenSale(_sale(2), FIRST),
    }
    assert store._read(lambda c: sales_seen(c, SHOP, "2")) == {}


def test_what_the_erp_has_no_more_is_forgotten(store: Store) -> None:
    def work(connection: sa.Connection) -> None:
        remember_sales(connection, SHOP, "1", [_sale(1), _sale(2)], now=FIRST)
        forget_sales(connection, [_sale(1).key])
        forget_sales(connection, [])

    store.run(work)
    assert set(store._read(lambda c: sales_seen(c, SHOP, "1"))) == {_sale(2).key}
