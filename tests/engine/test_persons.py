"""One person's data: shown in one piece, and gone from every column when erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from panstore.engine.context import ORDERS
from panstore.engine.persons import Erased, Held, erase, export, find_person, person_named
from panstore.engine.sweep import forget
from panstore.model.customer import Address, Customer
from panstore.model.ids import RouteId
from panstore.model.message import NewMessage
from panstore.model.order import Order
from panstore.model.plan import Held as HeldRecord
from panstore.modules.p1_invoices.settings import InvoiceSettings
from panstore.modules.p4_sms.settings import SmsSettings
from panstore.modules.s4_orders.settings import OrderSettings
from panstore.sdk.rules import Rule
from panstore.store.audit import Entry, append
from panstore.store.orders import load_order
from panstore.store.outbox import digest_of, find_message, put
from panstore.store.parked import park
from panstore.store.receipts import stopped_because
from panstore.store.tables import metadata
from panstore.testing.world import Scene
from tests.engine.house import P1, P2, P3, P4, S1, S2, S4, House, Post
from tests.engine.life import living

Make = Callable[..., House]
SHOP = RouteId("shop")
MAIL, PHONE = "Marker.Mail@example.si", "+386 41 555 666"
MARKERS = ("marker", "555666", "555 666")
BUYER = Customer(None, "Markerica Novak", MAIL, PHONE, "Markerka d.o.o.", "SIMARKER1")
HOME = Address(
    "Markerica Novak", "Markerjeva ulica 1", "1000", "Markergrad", "SI", phone="041 555 666"
)
OTHER = Customer(None, "Bine Kos", "bine@example.si", "+38640111222")


async def _house(make_house: Make) -> House:
    scene = Scene()
    scene.add_goods(3, on_hand=10, price=Decimal("33.33"))
    house = make_house(
        scene,
        modules=frozenset({S1, S2, S4, P1, P2}),
        s4_settings=OrderSettings(warehouse="LJ", match=("email",)),
    )
    await house.open()
    await house.settle()
    return house


def _buy(house: House, customer: Customer = BUYER, address: Address = HOME) -> Order:
    goods = house.scene.shop_links[0].shop
    note = "Marker pri vratih" if customer is BUYER else "Bine pozvoni"
    return house.scene.shop.place_order((goods, 1), customer=customer, address=address, note=note)


def _park_as_ambiguous(house: House) -> Order:
    """Two parties of that address: the reason names them, as the ERP knows them."""
    for name in ("Marker Ena", "Marker Dva"):
        house.scene.erp.parties.add(name, email=MAIL)
    return _buy(house)


async def _digest(house: House, channel: Any, to: str) -> str:
    return await house.store.read(lambda c: digest_of(c, channel, to))


async def _told(house: House, order: Order, to: str, *, copy: bool = False, note: str = "") -> str:
    """A message about an order, as a module queues it."""
    channel = "mail" if "@" in to else "sms"
    message = NewMessage(channel, "invoice", to, "sl", copy=copy)  # type: ignore[arg-type]
    digest = await _digest(house, message.channel, to)
    id_ = f"shop/{order.id}/{channel}/invoice//{digest}/0"

    def work(connection: sa.Connection) -> None:
        now = house.clock.now()
        put(
            connection,
            message,
            id_=id_,
            route=SHOP,
            order_id=order.id,
            module=P3,
            payload=f"payload of {id_}",
            now=now,
        )
        if note:
            park(connection, SHOP, P3, [HeldRecord(id_, "refused", note, id_)], now=now)

    await house.store.write(work)
    return id_


async def _write_down(house: House, order: Order, reason: str) -> None:
    """Why something was done, with more words than it should have."""
    entry = Entry(
        at=house.clock.now(),
        route=SHOP,
        module=ORDERS,
        key=order.id,
        label=order.number,
        cause="test",
        outcome="imported",
        reason=reason,
    )
    await house.store.write(lambda c: append(c, [entry]))


async def _find(house: House, named: str) -> Held:
    person = person_named(named)
    assert person is not None
    return await house.store.read(lambda c: find_person(c, person))


async def _erase(
    house: House, named: str, *, also_open: bool = False, stop_too: bool = False
) -> Erased:
    person = person_named(named)
    assert person is not None
    context = house.engine.context
    return await house.store.write(
        lambda c: erase(c, context, find_person(c, person), also_open=also_open, stop_too=stop_too)
    )


async def _columns_with(house: House, *words: str) -> set[str]:
    """Every column of every table in which one of the words stands, in any case."""

    def look(connection: sa.Connection) -> set[str]:
        found = set()
        for table in metadata.sorted_tables:
            for row in connection.execute(sa.select(table)).mappings():
                for name, value in row.items():
                    text = (
                        bytes(value).decode(errors="replace")
                        if isinstance(value, (bytes, memoryview))
                        else str(value)
                    )
                    if any(word.casefold() in text.casefold() for word in words):
                        found.add(f"{table.name}.{name}")
        return found

    return await house.store.read(look)


async def test_after_erasing_no_column_of_any_table_holds_the_person(make_house: Make) -> None:
    house = await _house(make_house)
    order, other = _buy(house), _buy(house, OTHER, Address("Bine Kos", "B 2", "2000", "M", "SI"))
    await house.settle()
    parked = _park_as_ambiguous(house)
    await house.settle()
    await _told(house, order, MAIL.lower(), note=f"550 no such mailbox {MAIL}")
    await _told(house, order, "+38641555666")
    archive = await _told(house, order, "archive@example.si", copy=True)
    theirs = await _told(house, other, OTHER.email)
    await _write_down(house, order, f"found as {BUYER.name.upper()}, {HOME.street}")
    before = await _columns_with(house, *MARKERS)
    assert {"payloads.body", "parked.reason", "audit.reason"} <= before
    of_other = await _columns_with(house, "bine")

    erased = await _erase(house, MAIL, also_open=True)

    assert (erased.done, erased.orders, erased.messages, erased.stopped) == (True, 2, 2, 2)
    assert sorted(erased.open_orders) == sorted([order.number, parked.number])
    assert await _columns_with(house, *MARKERS) == set()
    digest = await _digest(house, "mail", MAIL)
    assert await _columns_with(house, digest) <= {"outbox.id", "parked.key", "parked.label"}
    assert await _columns_with(house, "bine") == of_other
    for id_, state in ((archive, "waiting"), (theirs, "waiting")):
        row = await house.store.read(lambda c, i=id_: find_message(c, i))  # type: ignore[misc]
        assert row is not None
        assert row.message.state == state
        assert row.payload

    # The shop still has it all, and tells of it; the engine goes on, and keeps none of it.
    house.scene.shop.desk.readdress(order.id, HOME)
    house.scene.shop.cancel(parked.id)
    await house.settle()
    assert await _columns_with(house, *MARKERS) == set()
    stored = await house.store.read(lambda c: load_order(c, SHOP, order.id))
    assert stored is not None
    assert (stored[0].state, stored[1]) == ("skipped", None)
    assert not await house.judge()
    assert (await _find(house, MAIL)).nothing


async def test_open_orders_are_not_erased_unless_asked_for(make_house: Make) -> None:
    house = await _house(make_house)
    order = _buy(house)
    await house.settle()
    before = await _columns_with(house, *MARKERS)
    erased = await _erase(house, "041 555 666", stop_too=True)
    assert (erased.done, erased.open_orders) == (False, [order.number])
    assert await _columns_with(house, *MARKERS) == before
    digest = await _digest(house, "sms", "+38641555666")
    assert await house.store.read(lambda c: stopped_because(c, "sms", digest)) is None


async def test_a_cancelled_order_is_erased_and_the_address_stopped_if_asked(
    make_house: Make,
) -> None:
    house = await _house(make_house)
    order = _buy(house)
    house.scene.shop.cancel(order.id)
    await house.settle()
    erased = await _erase(house, MAIL.upper(), stop_too=True)
    assert (erased.done, erased.open_orders, erased.skipped) == (True, [], 0)
    assert await _columns_with(house, *MARKERS) == set()
    digest = await _digest(house, "mail", MAIL)
    assert await house.store.read(lambda c: stopped_because(c, "mail", digest))
    held = await _find(house, MAIL)
    assert (held.nothing, len(held.stopped)) == (False, 1)


@pytest.mark.parametrize("named", [MAIL, MAIL.upper(), PHONE, "041 555 666", "0038641555666"])
async def test_a_person_is_found_however_the_address_is_written(
    make_house: Make, named: str
) -> None:
    house = await _house(make_house)
    order = _buy(house)
    _buy(house, OTHER, Address("Bine Kos", "B 2", "2000", "M", "SI", phone="041 555 667"))
    await house.settle()
    await _told(house, order, MAIL)
    await _told(house, order, "+38641555666")
    held = await _find(house, named)
    assert [row.number for row, _ in held.orders] == [order.number]
    assert len(held.messages) == 2


async def test_the_export_is_one_document_with_all_that_is_held(make_house: Make) -> None:
    house = await _house(make_house)
    order = _buy(house)
    await house.settle()
    await _told(house, order, MAIL)
    held = await _find(house, MAIL)
    found = await house.store.read(lambda c: export(c, held, now=house.clock.now()))
    text = msgspec.json.encode(found).decode()
    for part in (BUYER.name, BUYER.company, MAIL, PHONE, HOME.street, HOME.city, "Marker pri"):
        assert part in text
    [told] = found["orders"]
    assert (told["number"], told["state"]) == (order.number, "imported")
    assert [fact["name"] for fact in told["facts"]][:1] == ["imported"]
    assert told["sales"]
    assert told["audit"]
    assert [message["recipient"] for message in found["messages"]] == [MAIL]


@pytest.mark.parametrize("text", ["", "Ana Novak", "12", "+", "041 55x 666"])
def test_what_is_no_address_is_no_person(text: str) -> None:
    assert person_named(text) is None


async def test_addresses_of_messages_expire_by_themselves(make_house: Make) -> None:
    house = await _house(make_house)
    order = _buy(house)
    await house.settle()
    id_ = await _told(house, order, "marker.only@example.si", copy=True)
    days = house.options.message_days
    await house.store.write(
        lambda c: c.execute(
            sa.text("update outbox set state = 'sent', ended_at = queued_at where id = :i"),
            {"i": id_},
        )
    )
    house.scene.clock.advance(dt.timedelta(days=days - 1).total_seconds())
    await forget(house.engine.context)
    assert await _columns_with(house, "marker.only") == {"payloads.body"}
    house.scene.clock.advance(dt.timedelta(days=2).total_seconds())
    await forget(house.engine.context)
    assert await _columns_with(house, "marker.only") == set()


async def test_a_whole_life_with_mails_and_sms_leaves_nothing_of_the_buyer(
    make_house: Make,
) -> None:
    scene = Scene()
    scene.add_goods(3, on_hand=10, price=Decimal("33.33"))
    post = Post(scene)
    house = make_house(
        scene,
        modules=frozenset({S1, S2, S4, P1, P2, P3, P4}),
        s4_settings=OrderSettings(warehouse="LJ", match=("email",)),
        p1_settings=InvoiceSettings(rule=Rule("true")),
        p4_settings=SmsSettings(events=("reserved", "dispatched"), consent=Rule("true")),
        post=post,
    )
    await house.open()
    await house.settle()
    order = _buy(house)
    await house.settle()
    [sale] = living(scene, order.id)
    scene.erp.deliveries.ship(sale.id)
    # The second mail is refused with words that name the buyer, and waits for a person.
    post.server.refused.add(MAIL)
    await house.settle()
    post.server.refused.clear()
    scene.shop.desk.refund(order.id, lines=[(order.lines[0].id, 1)])
    scene.faults.script("mail", "send_mail", "unavailable", "unavailable", "unavailable")
    for _ in range(5):
        await house.step()
    assert len(post.server.letters) >= 1
    assert len(post.provider.texts) >= 2
    assert {"payloads.body"} <= await _columns_with(house, *MARKERS)
    held = await _find(house, MAIL)
    assert {row.message.state for row, _ in held.messages} >= {"sent", "refused"}
    assert {row.message.channel for row, _ in held.messages} == {"mail", "sms"}

    erased = await _erase(house, MAIL, also_open=True)
    assert erased.done
    assert await _columns_with(house, *MARKERS) == set()
    sent = len(post.server.letters)
    await house.settle()
    assert len(post.server.letters) == sent
    assert await _columns_with(house, *MARKERS) == set()
