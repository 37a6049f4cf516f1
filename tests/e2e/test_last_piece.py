"""Ten buyers want the last piece at once, with the shop's checkout guard and without it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from panstore.demo import shop as demo_shop
from panstore.demo.world import cache_directory
from tests.companions.oscar.client import Reply, Visitor
from tests.e2e.demo import Demo
from tests.e2e.life import Life, Sold

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]
_BUYERS = 10


@pytest.fixture
def no_guard(demo: Demo) -> Iterator[None]:
    """The shop's checkout guard is off, as in a shop that never had one."""
    build = demo_shop.prepare(cache_directory(), print)
    shop = demo.directory / "shop"
    assert "off" in build.manage(shop, "panstore_guard", "off")
    yield
    assert "on" in build.manage(shop, "panstore_guard", "setting")


def _all_at_once(demo: Demo, goods: dict[str, Any]) -> list[Reply]:
    """Everybody has the last piece in the basket, then all check out."""
    with ThreadPoolExecutor(_BUYERS) as pool:
        buyers = list(pool.map(lambda _: demo.visitor(), range(_BUYERS)))
        put = [reply.status for reply in pool.map(lambda b: b.put_in(goods["shop_id"]), buyers)]
        assert put == [200] * _BUYERS
        return list(pool.map(Visitor.check_out, buyers))


@contextmanager
def _watched(life: Life, goods: dict[str, Any]) -> Iterator[set[Decimal]]:
    """Everything the shop has offered of a product meanwhile."""
    seen: set[Decimal] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            seen.add(life.free(goods))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def _waiting(life: Life, orders: list[Sold]) -> list[Sold]:
    return [one for one in orders if life.order(one)["status"] == "Waiting for goods"]


def _set_aside_for(life: Life, orders: list[Sold]) -> list[Sold]:
    return [one for one in orders if life.order(one)["status"] == "Being processed"]


def test_with_the_guard_one_order_exists_and_nine_buyers_see_sold_out(
    life: Life, demo: Demo
) -> None:
    goods = life.goods(on_hand=1)
    before = life.shop.watermark()
    with _watched(life, goods) as offered:
        replies = _all_at_once(demo, goods)
        assert sorted(reply.status for reply in replies) == [200] + [406] * (_BUYERS - 1)
        assert all("sold out" in str(reply.body) for reply in replies if reply.status == 406)
        (order,) = life.shop.orders_after(before)
        sold = Sold(order["id"], order["number"], "", goods)
        assert life.status(sold, "Being processed") == "Being processed"
    assert max(offered) <= 1
    assert life.offered(goods, 0) == 0
    assert life.set_aside(goods) == 1
    life.assert_books(sold, life.total(sold))


@pytest.mark.usefixtures("no_guard")
def test_without_it_ten_orders_exist_one_is_reserved_and_nine_wait_in_line(
    life: Life, demo: Demo
) -> None:
    goods = life.goods(on_hand=1)
    before = life.shop.watermark()
    with _watched(life, goods) as offered:
        replies = _all_at_once(demo, goods)
        assert [reply.status for reply in replies] == [200] * _BUYERS
        placed = sorted(life.shop.orders_after(before), key=lambda one: one["placed_at"])
        orders = [Sold(one["id"], one["number"], "", goods) for one in placed]
        assert len(orders) == _BUYERS
        assert life.becomes(lambda: len(_waiting(life, orders)), 9) == 9
        assert len(_set_aside_for(life, orders)) == 1
        assert life.set_aside(goods) == 1

        line = _waiting(life, orders)
        life.count(goods, 2)
        assert life.becomes(lambda: line[0] in _set_aside_for(life, orders), wanted=True)
        assert life.set_aside(goods) == 2
        assert _waiting(life, orders) == line[1:]
    assert max(offered) <= 1
    for one in orders:
        life.assert_books(one, life.total(one))
    # The next buyer gets nothing of what others wait for.
    assert life.free(goods) == 0
