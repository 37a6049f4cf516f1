"""Sales as they stand in Tryton become sales in PanStore's words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from panstore.connectors.tryton.map.rows import row
from panstore.connectors.tryton.map.sales import booked_order
from panstore.connectors.tryton.wire import (
    InvoiceRow,
    SaleRow,
    ShipmentRow,
    ShippedRow,
    SoldRow,
    decode,
    encode,
)
from panstore.model.ids import ExternalId, OrderKey
from panstore.model.invoice import Invoice
from panstore.model.sale import BookedOrder, SoldGoods
from panstore.model.shipment import Shipment, ShippedGoods
from panstore.sdk.errors import MappingError
from tests.connectors.tryton.replay import recorded

LJUBLJANA = ZoneInfo("Europe/Ljubljana")
DAY = dt.date(2026, 7, 1)
PARCEL = ShipmentRow(
    id=8,
    number="8",
    state="shipped",
    returned=False,
    carrier="Pošta",
    tracking="RR1SI",
    date=DAY,
    goods=[ShippedRow(7, Decimal(2), Decimal(0))],
)
INVOICE = InvoiceRow(
    id=9,
    number="2026-9",
    state="posted",
    total=Decimal("23.91"),
    currency="EUR",
    key="shop/1/invoice/1",
    date=DAY,
    credits=None,
)
SALE = SaleRow(
    key="shop/1/order/1",
    sale=5,
    number="S-5",
    party=3,
    state="open",
    total=Decimal("23.91"),
    currency="EUR",
    repeated=True,
    goods=[SoldRow(7, Decimal(2), Decimal(0), Decimal(2), Decimal(1))],
    shipments=[PARCEL],
    invoices=[INVOICE],
)


def test_a_sale_comes_with_its_parcels_and_invoices() -> None:
    assert booked_order(SALE, LJUBLJANA) == BookedOrder(
        key=OrderKey("shop/1/order/1"),
        id=ExternalId("5"),
        number="S-5",
        party=ExternalId("3"),
        total=Decimal("23.91"),
        currency="EUR",
        state="open",
        repeated=True,
        goods=(
            SoldGoods(
                ExternalId("7"), Decimal(2), Decimal(0), shipped=Decimal(2), invoiced=Decimal(1)
            ),
        ),
        shipments=(
            Shipment(
                id=ExternalId("8"),
                number="8",
                state="shipped",
                goods=(ShippedGoods(ExternalId("7"), Decimal(2)),),
                carrier="Pošta",
                tracking="RR1SI",
                # Noon in Ljubljana in summer.
                shipped_at=dt.datetime(2026, 7, 1, 10, tzinfo=dt.UTC),
            ),
        ),
        invoices=(
            Invoice(
                id=ExternalId("9"),
                number="2026-9",
                state="posted",
                total=Decimal("23.91"),
                currency="EUR",
                key="shop/1/invoice/1",
                date=DAY,
            ),
        ),
    )


def test_what_has_no_number_yet_has_an_empty_one() -> None:
    draft = replace(INVOICE, number=None, key=None, date=None, state="draft", credits=4)
    parcel = replace(PARCEL, number=None, carrier=None, tracking=None, date=None)
    sale = booked_order(replace(SALE, number=None, shipments=[parcel], invoices=[draft]), LJUBLJANA)
    assert (sale.number, sale.shipments[0].number, sale.invoices[0].number) == ("", "", "")
    assert (sale.shipments[0].carrier, sale.shipments[0].tracking) == ("", "")
    assert (sale.invoices[0].key, sale.invoices[0].credits) == ("", "4")
    assert sale.shipments[0].shipped_at is None


def test_a_planned_day_is_no_day_of_leaving() -> None:
    waiting = replace(SALE, shipments=[replace(PARCEL, state="waiting")])
    assert booked_order(waiting, LJUBLJANA).shipments[0].shipped_at is None


def test_a_return_and_a_shipment_of_one_number_are_two_parcels() -> None:
    sale = booked_order(
        replace(SALE, shipments=[PARCEL, replace(PARCEL, returned=True)]), LJUBLJANA
    )
    assert [parcel.id for parcel in sale.shipments] == ["8", "return-8"]


def test_a_real_answer_reads_as_it_stood() -> None:
    answers = decode(encode_json("booked_orders"))
    assert isinstance(answers, dict)
    sales = [booked_order(row(one, SaleRow, "sale"), LJUBLJANA) for one in answers["result"]]
    sent, back = sales
    assert (sent.all_shipped, sent.reserved, sent.standing_invoices) == (True, False, ())
    assert [one.state for one in sent.invoices] == ["cancelled", "paid"]
    assert sent.invoices[1].credits == sent.invoices[0].id
    assert (back.all_shipped, back.total) == (True, Decimal("-24.40"))
    assert [one.state for one in back.invoices] == ["draft"]


def encode_json(name: str) -> bytes:
    """The body of a recorded answer as it came."""
    return encode(recorded(name)["body"])


def test_an_unknown_state_is_no_guess() -> None:
    answer = recorded("cancel_order")["body"]["result"] | {"state": "lost"}
    with pytest.raises(MappingError) as caught:
        row(decode(encode(answer)), SaleRow, "sale shop/2/order/1")
    assert caught.value.field == "state"
