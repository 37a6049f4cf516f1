"""UpdateOrders: the shop is told once, all of it or nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
from decimal import Decimal

import pytest

from panstore.model.ids import ConnectionId, ExternalId, order_key
from panstore.model.shipment import Shipment, ShippedGoods
from panstore.sdk.errors import NotFoundError, RejectedError
from panstore.sdk.order_roles import DocumentLink, OrderUpdate, UpdateOrders
from panstore.testing.suites.breaking import (
    assert_rate_limited,
    assert_unavailable,
    assert_unknown,
)
from panstore.testing.suites.harness import Disturbance
from panstore.testing.suites.harness_orders import DeskHarness
from panstore.testing.suites.suite import Suite

__all__ = ["UpdateOrdersSuite"]

_NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


def _teller(harness: DeskHarness) -> UpdateOrders:
    connector = harness.connector
    assert isinstance(connector, UpdateOrders)
    return connector


def _need_keys(harness: DeskHarness) -> None:
    if not harness.connector.capabilities.keyed_updates:
        pytest.skip("declared: updates are not keyed")


async def _order(harness: DeskHarness, name: str) -> ExternalId:
    variant = await harness.add_variant(f"CONF-{name}", price=Decimal("10.00"), stock=Decimal(100))
    return (await harness.place_order(variant, Decimal(2))).id


def _links(harness: DeskHarness, order: ExternalId, revision: int) -> tuple[DocumentLink, ...]:
    if not harness.connector.capabilities.document_links:
        return ()
    number = f"INV-{order}-{revision}"
    # As long as they may become, with all letters that may stand in one.
    url = f"https://panstore.example/d/{order}-{revision}_{'a-Z_09' * 20}"
    return (DocumentLink("invoice", number, url),)


async def _update(
    harness: DeskHarness, order: ExternalId, status: str | None, revision: int = 1
) -> OrderUpdate:
    """A parcel with one of two pieces that has left, an invoice with a link, a status."""
    goods = ShippedGoods(await harness.ordered_product(order), Decimal(1), Decimal(1))
    parcel = Shipment(
        ExternalId(f"D{order}-{revision}"),
        f"PAR-{order}-{revision}",
        "shipped",
        (goods,),
        carrier="Post",
        tracking=f"TRACK-{order}-{revision}",
        shipped_at=_NOON,
    )
    return OrderUpdate(
        order_key(ConnectionId("conformance"), order, "tell", revision),
        order,
        status,
        (parcel,),
        (f"INV-{order}-{revision}",),
        "On its way.",
        _links(harness, order, revision),
    )


async def _assert_told(harness: DeskHarness, *updates: OrderUpdate, status: str) -> None:
    """The shop has exactly these, each once."""
    told = await harness.told(updates[0].order)
    assert told.status == status
    parcels = [parcel for update in updates for parcel in update.shipments]
    assert sorted(told.tracking) == sorted(parcel.tracking for parcel in parcels)
    assert sorted(told.invoices) == sorted(n for update in updates for n in update.invoices)
    assert sorted(told.links) == sorted(link.url for update in updates for link in update.links)


async def _assert_untold(harness: DeskHarness, order: ExternalId, status: str) -> None:
    told = await harness.told(order)
    assert told.status == status
    assert (told.tracking, told.invoices, told.links) == ((), (), ()), (
        "something of a refused update remains"
    )


class UpdateOrdersSuite(Suite):
    """For shops that are told what becomes of an order."""

    async def test_status_parcels_and_invoices_are_there_once(self, harness: DeskHarness) -> None:
        order = await _order(harness, "TELL-1")
        update = await _update(harness, order, harness.next_status)
        assert await _teller(harness).update_order(update) == harness.next_status
        await _assert_told(harness, update, status=harness.next_status)

    async def test_without_a_status_it_stays_as_it_was(self, harness: DeskHarness) -> None:
        order = await _order(harness, "TELL-2")
        before = (await harness.told(order)).status
        update = await _update(harness, order, None)
        assert await _teller(harness).update_order(update) == before
        await _assert_told(harness, update, status=before)

    async def test_what_is_told_later_comes_on_top(self, harness: DeskHarness) -> None:
        order = await _order(harness, "TELL-3")
        first = await _update(harness, order, harness.next_status)
        second = await _update(harness, order, None, 2)
        for update in (first, second):
            await _teller(harness).update_order(update)
        await _assert_told(harness, first, second, status=harness.next_status)

    async def test_links_can_be_all_there_is_to_tell(self, harness: DeskHarness) -> None:
        if not harness.connector.capabilities.document_links:
            pytest.skip("declared: no links to documents are shown")
        order = await _order(harness, "TELL-LINK")
        before = (await harness.told(order)).status
        first, second = (
            OrderUpdate(
                order_key(ConnectionId("conformance"), order, "note", revision),
                order,
                links=_links(harness, order, revision),
            )
            for revision in (1, 2)
        )
        for update in (first, second):
            assert await _teller(harness).update_order(update) == before
        await _assert_told(harness, first, second, status=before)

    async def test_the_same_key_twice_is_told_once(self, harness: DeskHarness) -> None:
        _need_keys(harness)
        order = await _order(harness, "TELL-4")
        update = await _update(harness, order, harness.next_status)
        for _ in range(2):
            assert await _teller(harness).update_order(update) == harness.next_status
        await _assert_told(harness, update, status=harness.next_status)

    async def test_the_same_key_at_the_same_time_is_told_once(self, harness: DeskHarness) -> None:
        _need_keys(harness)
        order = await _order(harness, "TELL-5")
        update = await _update(harness, order, harness.next_status)
        await asyncio.gather(*(_teller(harness).update_order(update) for _ in range(3)))
        await _assert_told(harness, update, status=harness.next_status)

    async def test_an_old_update_told_again_undoes_nothing(self, harness: DeskHarness) -> None:
        _need_keys(harness)
        order = await _order(harness, "TELL-6")
        first = await _update(harness, order, harness.next_status)
        second = await _update(harness, order, harness.closed_status, 2)
        for update in (first, second):
            await _teller(harness).update_order(update)
        assert await _teller(harness).update_order(first) == harness.closed_status
        await _assert_told(harness, first, second, status=harness.closed_status)

    async def test_a_status_that_does_not_fit_is_refused_whole(self, harness: DeskHarness) -> None:
        order = await _order(harness, "TELL-7")
        await harness.cancel_order(order)
        before = (await harness.told(order)).status
        update = await _update(harness, order, harness.next_status)
        with pytest.raises(RejectedError) as caught:
            await _teller(harness).update_order(update)
        assert caught.value.code == "impossible_transition"
        await _assert_untold(harness, order, before)

    async def test_after_a_broken_reply_it_is_told_once(self, harness: DeskHarness) -> None:
        _need_keys(harness)
        kinds: list[Disturbance] = ["lost", "dropped", "cut", "garbage", "time_out"]
        for number, what in enumerate(kinds):
            order = await _order(harness, f"TELL-BROKEN-{number}")
            update = await _update(harness, order, harness.next_status)
            await assert_unknown(
                harness,
                what,
                lambda u=update: _teller(harness).update_order(u),  # type: ignore[misc]
            )
            assert await _teller(harness).update_order(update) == harness.next_status
            await _assert_told(harness, update, status=harness.next_status)

    async def test_a_call_that_was_not_taken_tells_nothing(self, harness: DeskHarness) -> None:
        order = await _order(harness, "TELL-8")
        before = (await harness.told(order)).status
        update = await _update(harness, order, harness.next_status)
        await assert_rate_limited(harness, lambda: _teller(harness).update_order(update))
        await assert_unavailable(harness, lambda: _teller(harness).update_order(update))
        await _assert_untold(harness, order, before)

    async def test_an_order_that_is_not_there_is_an_error(self, harness: DeskHarness) -> None:
        order = harness.unknown_id
        key = order_key(ConnectionId("conformance"), order, "tell")
        with pytest.raises((NotFoundError, RejectedError)):
            await _teller(harness).update_order(OrderUpdate(key, order, harness.next_status))
