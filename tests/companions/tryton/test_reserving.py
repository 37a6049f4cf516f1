"""Goods set aside and given back; repeating a call changes nothing."""

from __future__ import annotations

import pytest

from tests.companions.tryton.client import Erp, line, order
from tests.companions.tryton.test_sales import goods, states

pytestmark = pytest.mark.real


def reserved_keys(erp: Erp) -> list[str]:
    """All pages of the reservations."""
    keys: list[str] = []
    after: int | None = 0
    while after is not None:
        page = erp.gateway("reservations", after, 2)
        assert len(page["keys"]) <= 2
        keys += page["keys"]
        after = page["after"]
    return keys


def test_reserving_and_giving_back(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    on_hand = int(erp.figures(product)[0])
    erp.gateway("import_order", order(erp, key, product, 2))
    assert [*map(int, erp.figures(product))] == [on_hand, 0, 2]
    first = erp.gateway("reserve", key, False)
    assert (goods(first, product), states(first)) == ((2, 2, 0, 0), ["reserved"])
    assert [*map(int, erp.figures(product))] == [on_hand, 2, 0]
    assert erp.gateway("reserve", key, False) == first
    assert reserved_keys(erp).count(key) == 1
    back = erp.gateway("release", key)
    assert (goods(back, product), states(back)) == ((2, 0, 0, 0), ["waiting"])
    assert [*map(int, erp.figures(product))] == [on_hand, 0, 2]
    assert erp.gateway("release", key) == back
    assert key not in reserved_keys(erp)
    assert erp.gateway("reserve", key, True) == first


def drain(erp: Erp, consumer: str) -> None:
    """All that has changed until now is known."""
    rows = erp.call("panstore.outbox.pull", consumer, 5000)
    erp.call("panstore.outbox.acknowledge", consumer, [row["id"] for row in rows])


def test_short_goods_are_set_aside_as_far_as_they_go_and_the_rest_later(
    erp: Erp, key: str, consumer: str
) -> None:
    product = erp.fresh_product()
    there = int(erp.figures(product)[0])
    erp.gateway("import_order", order(erp, key, product, there + 1))
    part = erp.gateway("reserve", key, False)
    assert (goods(part, product), states(part)) == ((there + 1, there, 0, 0), ["waiting"])
    assert key in reserved_keys(erp)
    drain(erp, consumer)
    assert erp.gateway("reserve", key, False) == part
    # Who waits for goods would take a change for their coming, and ask again for ever.
    assert erp.call("panstore.outbox.pull", consumer, 10) == [], "nothing was changed"
    erp.count(product, there + 1)
    whole = erp.gateway("reserve", key, False)
    assert (goods(whole, product), states(whole)) == ((there + 1, there + 1, 0, 0), ["reserved"])
    assert goods(erp.gateway("release", key), product) == (there + 1, 0, 0, 0)
    assert [*map(int, erp.figures(product))] == [there + 1, 0, there + 1]


def test_all_or_nothing_leaves_everything_as_it_was(erp: Erp, key: str, consumer: str) -> None:
    plenty, scarce = erp.fresh_product(), erp.fresh_product()
    there = int(erp.figures(scarce)[0])
    lines = [line(erp, plenty, 1), line(erp, scarce, there + 1)]
    erp.gateway("import_order", order(erp, key, plenty, lines=lines, expected_total=None))
    drain(erp, consumer)
    before = erp.booked(key)
    answer = erp.gateway("reserve", key, True)
    assert answer == before | {"repeated": False}
    assert goods(answer, plenty) == (1, 0, 0, 0)
    assert erp.call("panstore.outbox.pull", consumer, 10) == [], "nothing was changed"
    erp.count(scarce, there + 1)
    assert states(erp.gateway("reserve", key, True)) == ["reserved"]


def test_all_or_nothing_keeps_what_a_person_has_set_aside(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    there = int(erp.figures(product)[0])
    sale = erp.gateway("import_order", order(erp, key, product, there + 1))["sale"]
    erp.press("stock.shipment.out", erp.shipment_of(sale), "assign_try")
    assert goods(erp.gateway("reserve", key, True), product) == (there + 1, there, 0, 0)


def test_goods_that_are_not_there_are_never_promised(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    erp.count(product, 0)
    erp.gateway("import_order", order(erp, key, product))
    for whole in (False, True):
        assert goods(erp.gateway("reserve", key, whole), product) == (1, 0, 0, 0)
    assert key not in reserved_keys(erp)


def test_packed_goods_are_not_given_back(erp: Erp, key: str) -> None:
    product = erp.fresh_product()
    sale = erp.gateway("import_order", order(erp, key, product))["sale"]
    erp.gateway("reserve", key, True)
    shipment = erp.shipment_of(sale)
    for button in ("pick", "pack"):
        erp.press("stock.shipment.out", shipment, button)
        assert states(erp.gateway("release", key)) == ["packed"]
        assert key in reserved_keys(erp)
    erp.press("stock.shipment.out", shipment, "do")
    sent = erp.gateway("release", key)
    assert (states(sent), goods(sent, product)) == (["shipped"], (1, 0, 1, 0))
    assert key not in reserved_keys(erp)
    assert erp.gateway("reserve", key, True) == sent


def test_sale_of_a_person_is_no_reservation_of_ours(erp: Erp) -> None:
    product = erp.fresh_product()
    sale = erp.draft_sale(product, 1)
    erp.press("sale.sale", sale, "quote", "confirm")
    before = reserved_keys(erp)
    erp.press("stock.shipment.out", erp.shipment_of(sale), "assign_try")
    assert int(erp.figures(product)[1]) == 1
    assert reserved_keys(erp) == before
