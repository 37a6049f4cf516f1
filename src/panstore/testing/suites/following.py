"""CreateOrders.booked_orders: a sale is told as it stands, whoever brought it there."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from panstore.model.change import Signal
from panstore.model.ids import ExternalId, OrderKey
from panstore.sdk.order_roles import ReserveGoods
from panstore.sdk.roles import ChangeFeed
from panstore.testing.suites.breaking import assert_rate_limited, assert_unavailable
from panstore.testing.suites.harness_orders import SalesHarness
from panstore.testing.suites.sold import creator, key_of, new_sale, present, product_of, sold
from panstore.testing.suites.suite import Suite, assert_exact

__all__ = ["BookedOrdersSuite"]


async def _signals(harness: SalesHarness) -> set[Signal]:
    """Everything the feed holds; it is empty afterwards."""
    feed = harness.connector
    assert isinstance(feed, ChangeFeed)
    found: set[Signal] = set()
    while True:
        batch = await feed.pull(200)
        found |= set(batch.signals)
        await feed.acknowledge(batch.receipts)
        if not batch.more:
            return found


def _need_feed(harness: SalesHarness) -> None:
    if not isinstance(harness.connector, ChangeFeed):
        pytest.skip("declared: no change feed")


async def _assert_signalled(harness: SalesHarness, key: OrderKey, what: str) -> None:
    told = {signal.id for signal in await _signals(harness) if signal.kind == "sale"}
    assert ExternalId(key) in told, f"the feed does not tell of a sale that was {what}"


class BookedOrdersSuite(Suite):
    """For ERPs whose sales are followed after they were created."""

    async def test_a_new_sale_is_open_and_nothing_has_happened(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "FOLLOW-1")
        found = await present(harness, sale.key)
        assert (found.key, found.id, found.number) == (sale.key, made.id, made.number)
        assert (found.total, found.currency, found.state) == (sale.total, sale.currency, "open")
        (goods,) = found.goods
        assert goods.product == product_of(sale)
        assert [goods.ordered, goods.reserved, goods.shipped, goods.invoiced] == [2, 0, 0, 0]
        assert found.standing_invoices == ()
        assert not found.shipped

    async def test_several_sales_are_told_at_once_and_unknown_keys_left_out(
        self, harness: SalesHarness
    ) -> None:
        sales = [(await sold(harness, f"FOLLOW-MANY-{n}"))[0] for n in range(3)]
        keys = [sales[0].key, key_of("FOLLOW-NEVER", "order"), sales[2].key]
        found = await creator(harness).booked_orders(keys)
        assert_exact(list(found), "booked orders")
        assert sorted(one.key for one in found) == sorted([sales[0].key, sales[2].key])
        assert list(await creator(harness).booked_orders([])) == []

    async def test_parcels_are_told_as_they_leave(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "FOLLOW-2", quantity=3)
        product = product_of(sale)
        await harness.ship_part(made.id, {product: Decimal(1)}, tracking="TRACK-1")
        found = await present(harness, sale.key)
        assert (found.state, found.shipped, found.all_shipped) == ("open", True, False)
        assert found.goods[0].shipped == 1
        (parcel,) = [one for one in found.shipments if one.state == "shipped"]
        assert parcel.number
        assert parcel.shipped_at is not None
        assert not parcel.returned
        assert [(one.product, int(one.quantity)) for one in parcel.goods] == [(product, 1)]
        if harness.tracking:
            assert parcel.tracking == "TRACK-1"
        await harness.ship(made.id)
        found = await present(harness, sale.key)
        assert found.all_shipped
        left = [one for one in found.shipments if one.state == "shipped"]
        assert len(left) == 2
        assert sum(goods.quantity for one in left for goods in one.goods) == 3
        assert {one.id for one in left} >= {parcel.id}, "a parcel that has left got another id"

    async def test_goods_set_aside_by_hand_are_told(self, harness: SalesHarness) -> None:
        connector = harness.connector
        if not isinstance(connector, ReserveGoods):
            pytest.skip("declared: no goods are set aside")
        sale, _ = await sold(harness, "FOLLOW-3")
        await connector.reserve(sale.key, whole=False)
        found = await present(harness, sale.key)
        assert found.all_reserved
        reserved = [one for one in found.shipments if one.state == "reserved"]
        assert sum(goods.reserved for one in reserved for goods in one.goods) == 2

    async def test_what_a_person_cancels_is_told(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "FOLLOW-4")
        await harness.cancel_by_hand(made.id)
        assert (await present(harness, sale.key)).state == "cancelled"

    async def test_what_a_person_invoices_is_told(self, harness: SalesHarness) -> None:
        sale, made = await sold(harness, "FOLLOW-5")
        await harness.invoice_by_hand(made.id)
        found = await present(harness, sale.key)
        (invoice,) = found.standing_invoices
        (paper,) = await harness.papers(made.id)
        assert (invoice.number, invoice.total) == (paper.number, paper.total)
        assert invoice.key == ""
        assert found.goods[0].invoiced == 2

    async def test_a_return_is_told_when_its_goods_are_in(self, harness: SalesHarness) -> None:
        first, made = await sold(harness, "FOLLOW-6")
        await harness.ship(made.id)
        back = await new_sale(harness, "FOLLOW-6", quantity=-1, product=product_of(first))
        returned = await creator(harness).create_order(replace(back, corrects=first.key))
        found = await present(harness, back.key)
        (goods,) = found.goods
        assert [goods.ordered, goods.shipped] == [-1, 0]
        assert not found.all_shipped
        assert all(parcel.returned for parcel in found.shipments)
        await harness.receive(returned.id)
        found = await present(harness, back.key)
        assert found.goods[0].shipped == -1
        assert found.all_shipped

    async def test_what_happens_to_a_sale_is_in_the_feed_under_our_key(
        self, harness: SalesHarness
    ) -> None:
        _need_feed(harness)
        sale, made = await sold(harness, "FOLLOW-7", quantity=3)
        other, cancelled = await sold(harness, "FOLLOW-8")
        await _signals(harness)
        await harness.ship_part(made.id, {product_of(sale): Decimal(1)})
        await _assert_signalled(harness, sale.key, "shipped in part")
        await harness.ship(made.id)
        await _assert_signalled(harness, sale.key, "shipped")
        await harness.invoice_by_hand(made.id)
        await _assert_signalled(harness, sale.key, "invoiced")
        await harness.cancel_by_hand(cancelled.id)
        await _assert_signalled(harness, other.key, "cancelled")

    async def test_a_look_up_that_was_not_taken_is_an_error(self, harness: SalesHarness) -> None:
        sale, _ = await sold(harness, "FOLLOW-9")
        reader = creator(harness)
        await assert_unavailable(harness, lambda: reader.booked_orders([sale.key]))
        await assert_rate_limited(harness, lambda: reader.booked_orders([sale.key]))
