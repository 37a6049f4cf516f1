"""Where each parcel has its invoice, pieces given back before they left cost the buyer nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.order_life_machine import OrderLife, Template, World


@pytest.mark.parametrize("pieces", [1, 2])
def test_the_books_agree_with_the_shop(tmp_path: Path, pieces: int) -> None:
    class Life(OrderLife):
        template = Template(tmp_path, World(shipped_scope=True))

    life = Life()
    order = life.people.buy([(0, 2)])
    assert order is not None
    life.people.pay(order)
    life.run(life.house.step())
    life.run(life.house.step())
    life.people.ship(order, pieces=1)
    if pieces == 1:
        life.people.refund_pieces(order, 0, 1)
    else:
        life.people.refund_all(order)
    life.teardown()  # the judge reckons what stands in the books
    charged = sum(sale.charged for sale in life.scene.erp.sales)
    [entry] = life.scene.shop.orders.all()
    assert charged == entry.order.total - entry.order.given_back
