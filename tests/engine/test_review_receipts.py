"""Receipts in bad company: orders that cannot be read, and references that are used again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import msgspec
import pytest
import sqlalchemy as sa

from panstore.engine.outbox.receipts import take_receipts
from panstore.model.ids import ConnectionId
from panstore.model.message import Letter, Receipt, Sent
from panstore.store.tables import orders, payloads
from panstore.testing.world import Scene
from tests.engine.buyers import Buyers
from tests.engine.house import House

MAIL = ConnectionId("mail")


@pytest.fixture
async def buyers(make_house: Callable[..., House]) -> Buyers:
    return await Buyers.move_in(make_house, Scene())


async def _hear(buyers: Buyers, *heard: Receipt) -> int:
    context = buyers.house.engine.context
    return await buyers.house.store.write(lambda c: take_receipts(c, context, MAIL, heard))


def _spoil(connection: sa.Connection) -> None:
    """What is kept of the orders is unreadable from now on."""
    ids = sa.select(orders.c.payload)
    connection.execute(sa.update(payloads).where(payloads.c.id.in_(ids)).values(body=b"{broken"))


@pytest.mark.parametrize("state", ["delivered", "failed"])
async def test_a_receipt_counts_though_its_order_cannot_be_read(buyers: Buyers, state: str) -> None:
    buyers.buy()
    buyers.buy()
    await buyers.house.settle()
    await buyers.house.store.write(_spoil)
    first, second = (row.message.reference for row in await buyers.rows())
    heard = [Receipt(first, "failed" if state == "failed" else "delivered")]
    assert await _hear(buyers, *heard, Receipt(second, "delivered")) == 2
    assert await buyers.states() == [state, "delivered"]


async def test_what_is_out_is_written_down_though_its_order_cannot_be_read_by_then(
    buyers: Buyers, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = buyers.post.server
    plain = buyers.post.mailer.send_mail

    async def spoils(letter: Letter) -> Sent:
        sent = await plain(letter)
        await buyers.house.store.write(_spoil)
        return sent

    monkeypatch.setattr(buyers.post.mailer, "send_mail", spoils)
    buyers.buy()
    # What becomes of the order itself is not told here.
    with contextlib.suppress(msgspec.DecodeError):
        await buyers.house.settle()
    assert len(server.letters) == 1
    assert await buyers.states() == ["sent"]
