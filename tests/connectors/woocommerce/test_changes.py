"""Changed goods are found by asking; what our own writes left is not among them."""

from __future__ import annotations

import random

import pytest

from panstore.connectors.woocommerce.changes import GoodsChanges
from panstore.connectors.woocommerce.client import Call, WooClient
from panstore.connectors.woocommerce.gone_goods import GoneGoods
from panstore.connectors.woocommerce.map.changes import GoodsCursor, decoded, encoded, signals
from panstore.connectors.woocommerce.map.modified import Position
from panstore.connectors.woocommerce.memory import Echoes
from panstore.connectors.woocommerce.shelf import Shelf
from panstore.model.change import Signal
from panstore.model.ids import ConnectionId, ExternalId
from panstore.sdk.errors import UnavailableError
from panstore.testing.proxy import FaultProxy, Injection
from tests.connectors.woocommerce.desk import Clock, Desk

SIMPLE, VARIABLE, VARIATION = 13, 851, 852


@pytest.fixture
def echoes() -> Echoes:
    return Echoes()


@pytest.fixture
def shelf(client: WooClient) -> Shelf:
    return Shelf(client)


@pytest.fixture
def changes(client: WooClient, echoes: Echoes, shelf: Shelf, clock: Clock) -> GoodsChanges:
    gone = GoneGoods(client, shelf)
    return GoodsChanges(ConnectionId("shop"), client, echoes, gone, clock)


async def drain(changes: GoodsChanges, cursor: str) -> tuple[set[Signal], str]:
    found: set[Signal] = set()
    for _ in range(50):
        page = await changes.since(cursor, 100)
        found |= set(page.signals)
        cursor = page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("it comes to no end")


async def begin(changes: GoodsChanges) -> str:
    page = await changes.since(None, 100)
    assert (page.signals, page.more) == ((), False)
    return page.cursor


def about(*numbers: int) -> set[Signal]:
    return {one for number in numbers for one in signals(number, 0, deleted=False)}


async def test_products_and_variations_are_told(
    changes: GoodsChanges, desk: Desk, clock: Clock
) -> None:
    cursor = await begin(changes)
    clock.tick(5)
    desk.call("PUT", f"products/{SIMPLE}", {"name": "Other"})
    desk.call("PUT", f"products/{VARIABLE}/variations/{VARIATION}", {"stock_quantity": 3})
    found, cursor = await drain(changes, cursor)
    assert about(SIMPLE, VARIATION) <= found
    assert Signal("product", ExternalId(str(VARIABLE))) in found
    assert (await drain(changes, cursor))[0] == set()


async def test_a_sale_is_a_change_of_stock(changes: GoodsChanges, desk: Desk, clock: Clock) -> None:
    cursor = await begin(changes)
    clock.tick(5)
    desk.order(product=SIMPLE)
    assert Signal("stock", ExternalId(str(SIMPLE))) in (await drain(changes, cursor))[0]


async def test_what_our_own_write_left_is_not_told_until_somebody_changes_it(
    changes: GoodsChanges, client: WooClient, desk: Desk, clock: Clock, echoes: Echoes
) -> None:
    cursor = await begin(changes)
    clock.tick(5)
    written = await client.answer(
        Call("write", f"products/{SIMPLE}", body=b'{"stock_quantity": 4}', method="PUT")
    )
    echoes.note(written.body)
    found, cursor = await drain(changes, cursor)
    assert found == set()
    clock.tick(5)
    desk.call("PUT", f"products/{SIMPLE}", {"stock_quantity": 3})
    found, cursor = await drain(changes, cursor)
    assert found == about(SIMPLE)
    clock.tick(5)
    # Back at what we had written: by somebody else, so it is told.
    desk.call("PUT", f"products/{SIMPLE}", {"stock_quantity": 4})
    assert (await drain(changes, cursor))[0] == about(SIMPLE)


async def test_the_trash_is_looked_into_once_a_minute(
    changes: GoodsChanges, desk: Desk, clock: Clock
) -> None:
    cursor = await begin(changes)
    clock.tick(5)
    desk.call("DELETE", f"products/{SIMPLE}")
    gone = {Signal("product", ExternalId(str(SIMPLE)), deleted=True)}
    found, cursor = await drain(changes, cursor)
    assert found == gone
    clock.tick(5)
    desk.call("DELETE", f"products/{SIMPLE + 1}")
    assert (await drain(changes, cursor))[0] == set()
    clock.tick(60)
    assert len((await drain(changes, cursor))[0]) == 1


async def test_a_quiet_shop_is_asked_twice(changes: GoodsChanges, desk: Desk) -> None:
    cursor = await begin(changes)
    _, cursor = await drain(changes, cursor)
    before = len(desk.shop.log)
    await drain(changes, cursor)
    assert len(desk.shop.log) == before + 2, "products and variations"


def deleted(*numbers: int) -> set[Signal]:
    return {Signal("product", ExternalId(str(number)), deleted=True) for number in numbers}


async def test_what_is_destroyed_is_found_among_those_that_are_known(
    changes: GoodsChanges, shelf: Shelf, desk: Desk, clock: Clock
) -> None:
    # ART-0000 to ART-0499 are 13 to 512, then come VAR-1 and its variations.
    known = [SIMPLE, SIMPLE + 250, SIMPLE + 251, SIMPLE + 499, VARIATION, VARIATION + 1]
    assert len(await shelf.rows("read", known)) == len(known)
    cursor = await begin(changes)
    for number in (SIMPLE + 250, SIMPLE + 499, SIMPLE + 480):
        desk.call("DELETE", f"products/{number}", force="true")
    desk.call("DELETE", f"products/{VARIABLE}/variations/{VARIATION}", force="true")
    found: set[Signal] = set()
    for _ in range(4):
        clock.tick(60)
        more, cursor = await drain(changes, cursor)
        found |= {signal for signal in more if signal.deleted}
    assert found == deleted(SIMPLE + 250, SIMPLE + 499, VARIATION)
    for _ in range(4):
        clock.tick(60)
        more, cursor = await drain(changes, cursor)
        assert not {signal for signal in more if signal.deleted}, "it is told once"


async def test_what_only_moved_in_the_list_is_not_gone(
    client: WooClient, shelf: Shelf, desk: Desk
) -> None:
    gone = GoneGoods(client, shelf)
    known = list(range(SIMPLE + 290, SIMPLE + 310))
    await shelf.rows("read", known)
    assert await gone.look() == []
    for number in range(SIMPLE, SIMPLE + 5):
        desk.call("DELETE", f"products/{number}", force="true")
    assert await gone.look() == []


async def test_small_pages_lead_through_all_lists(
    changes: GoodsChanges, desk: Desk, clock: Clock
) -> None:
    cursor = await begin(changes)
    clock.tick(5)
    for number in range(SIMPLE, SIMPLE + 4):
        desk.call("PUT", f"products/{number}", {"name": "Other"})
    desk.call("PUT", f"products/{VARIABLE}/variations/{VARIATION}", {"stock_quantity": 3})
    desk.call("DELETE", f"products/{SIMPLE + 9}")
    found: set[Signal] = set()
    for _ in range(30):
        page = await changes.since(cursor, 1)
        assert len({signal.id for signal in page.signals}) <= 2
        found |= set(page.signals)
        cursor = page.cursor
        if not page.more:
            break
    assert about(*range(SIMPLE, SIMPLE + 4), VARIATION) <= found
    assert Signal("product", ExternalId(str(SIMPLE + 9)), deleted=True) in found


async def test_a_row_without_an_id_stops_the_reading(
    changes: GoodsChanges, desk: Desk, clock: Clock, proxy: FaultProxy
) -> None:
    cursor = await begin(changes)
    clock.tick(5)
    desk.call("PUT", f"products/{SIMPLE}", {"name": "Other"})
    proxy.script(Injection("garbage"))
    with pytest.raises(UnavailableError):
        await changes.since(cursor, 100)
    with pytest.raises(UnavailableError, match="cannot be told apart"):
        changes._head(b'{"id":"x"}')  # type: ignore[arg-type]
    assert (await drain(changes, cursor))[0] == about(SIMPLE)


def test_a_cursor_is_kept_as_text() -> None:
    cursor = GoodsCursor(Position(3), trash=Position(4, {1: (5, "d")}))
    assert decoded(encoded(cursor)) == cursor
    with pytest.raises(ValueError, match="Expected"):
        decoded("7")


def test_a_variation_touches_the_page_of_its_product() -> None:
    assert Signal("product", ExternalId("7")) in signals(8, 7, deleted=False)
    assert signals(8, 7, deleted=True) == (Signal("product", ExternalId("8"), deleted=True),)


@pytest.mark.parametrize("seed", range(4))
async def test_every_last_change_is_told_after_it_was_made(
    changes: GoodsChanges, desk: Desk, clock: Clock, seed: int
) -> None:
    chance = random.Random(seed)
    cursor = await begin(changes)
    changed: dict[str, int] = {}
    told: dict[str, int] = {}
    turn = 0

    async def read(limit: int) -> bool:
        nonlocal cursor
        page = await changes.since(cursor, limit)
        told.update({signal.id: turn for signal in page.signals})
        cursor = page.cursor
        return page.more

    for turn in range(1, 60):
        deed = chance.choice(["edit", "edit", "sell", "vary", "throw", "make", "tick", "read"])
        number = SIMPLE + chance.randint(0, 15)
        gone = desk.call("GET", f"products/{number}")["status"] == "trash"
        if deed == "edit" and not gone:
            desk.call("PUT", f"products/{number}", {"name": f"Turn {turn}"})
        elif deed == "sell" and not gone:
            desk.order(product=number)
        elif deed == "vary":
            number = VARIATION + chance.randint(0, 3)
            fields = {"regular_price": f"{turn}.00"}
            desk.call("PUT", f"products/{VARIABLE}/variations/{number}", fields)
        elif deed == "throw" and not gone:
            desk.call("DELETE", f"products/{number}")
        elif deed == "make":
            number = desk.call("POST", "products", {"name": f"New {turn}"})["id"]
        else:
            clock.tick(chance.choice([1, 2, 15, 61]))
            if deed == "read":
                await read(chance.choice([1, 4, 100]))
            continue
        changed[str(number)] = turn
    turn = 100
    clock.tick(61)
    while await read(5):
        pass
    assert {id_ for id_, at in changed.items() if told.get(id_, 0) < at} == set()
