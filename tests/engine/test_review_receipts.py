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


async def _sent_under(buyers: Buyers, reference: str) -> None:
    """Somebody's mail goes out, and the server calls it so."""

    async def sends(letter: Letter) -> Sent:
        buyers.post.server.letters.append(letter)
        return Sent(reference)

    buyers.post.mailer.send_mail = sends  # type: ignore[method-assign]
    buyers.buy()
    await buyers.house.settle()


async def test_a_reference_that_is_used_again_is_the_newest_message_s(buyers: Buyers) -> None:
    for _ in range(2):
        await _sent_under(buyers, "1")
        buyers.scene.clock.advance(3600)
    # The first one's never came, so it stays as it is.
    assert await _hear(buyers, Receipt("1", "delivered")) == 1
    assert await buyers.states() == ["sent", "delivered"]
    buyers.scene.clock.advance(3600)
    await _sent_under(buyers, "1")
    assert (await buyers.states())[-1] == "sent"
    buyers.scene.clock.advance(3600)
    assert await _hear(buyers, Receipt("1", "delivered")) == 1
    assert await _hear(buyers, Receipt("1", "delivered")) == 0
    assert await buyers.states() == ["sent", "delivered", "delivered"]


async def test_a_receipt_under_a_used_reference_counts_though_it_comes_before_the_answer(
    buyers: Buyers,
) -> None:
    await _sent_under(buyers, "1")
    assert await _hear(buyers, Receipt("1", "failed", "full")) == 1
    buyers.scene.clock.advance(3600)
    await _sent_under(buyers, "1")
    assert await buyers.states() == ["failed", "sent"]
    buyers.scene.clock.advance(3600)

    async def sends(letter: Letter) -> Sent:
        del letter
        await _hear(buyers, Receipt("1", "failed", "gone"))
        return Sent("1")

    buyers.post.mailer.send_mail = sends  # type: ignore[method-assign]
    buyers.buy()
    await buyers.house.settle()
    states = await buyers.states()
    assert (states[0], states[-1]) == ("failed", "failed")
    assert [row.message.note for row in await buyers.rows()][-1] == "gone"
