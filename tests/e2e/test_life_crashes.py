"""kill -9 between the effect of a call and its answer, at the dearest points of an order's life.

The real ERP or shop has done what it was asked, PanStore never hears of it and is killed. When it
is started again, everything exists exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tests.e2e.life import Life, Sold
from tests.e2e.systems import Systems

pytestmark = [pytest.mark.real, pytest.mark.crash, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systems]:
    running = Systems(tmp_path_factory.mktemp("systems") / "house")
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def life(systems: Systems) -> Life:
    return Life(systems)


class Cut(NamedTuple):
    """A call whose answer is lost.

    Attributes:
        system: erp or shop; `call`: what the request names it by.
        look: what shows its effect in that system; `effect`: and what it is then.
    """

    system: str
    call: str
    look: Callable[[Life, Sold], Any]
    effect: Any


def _sales(life: Life, sold: Sold) -> int:
    return len(life.sales(sold))


def _living(life: Life, sold: Sold) -> int:
    return len(life.living(sold))


def _papers(life: Life, sold: Sold) -> int:
    return len(life.papers(sold))


def _set_aside(life: Life, sold: Sold) -> Decimal:
    return life.set_aside(sold.goods)


def _shown(life: Life, sold: Sold) -> str:
    return str(life.order(sold)["status"])


_ON_THE_WAY = {
    "the sale is made": Cut("erp", "gateway.import_order", _sales, 1),
    "goods are set aside": Cut("erp", "gateway.reserve", _set_aside, 2),
    "the invoice is issued": Cut("erp", "gateway.issue_invoice", _papers, 1),
    "the shop is told": Cut("shop", "/updates", _shown, "Being processed"),
}
_ON_THE_WAY_BACK = {
    "the invoice is taken back": Cut("erp", "gateway.credit_invoice", _papers, 2),
    "the sale is cancelled": Cut("erp", "gateway.cancel_order", _living, 0),
}


def _kill_and_start(systems: Systems, life: Life, sold: Sold, cut: Cut, before: int) -> None:
    """Wait for the effect, kill, start again."""
    assert life.becomes(systems.lost, before + 1) == before + 1
    assert life.becomes(lambda: cut.look(life, sold), cut.effect) == cut.effect
    systems.kill_panstore()
    systems.start_panstore()


@pytest.mark.parametrize("name", _ON_THE_WAY)
def test_killed_when(systems: Systems, life: Life, name: str) -> None:
    cut, before = _ON_THE_WAY[name], systems.lost()
    goods = life.goods(on_hand=9)
    systems.lose_answer(cut.system, cut.call)
    sold = life.buy(goods, 2)
    _kill_and_start(systems, life, sold, cut, before)

    assert life.status(sold, "Being processed") == "Being processed"
    assert life.becomes(lambda: len(life.papers(sold)), 1) == 1
    ((number, _),) = life.papers(sold)
    assert life.becomes(lambda: f"Invoice {number}" in life.staff.order(sold.number), wanted=True)
    assert len(life.sales(sold)) == 1
    life.assert_books(sold, life.total(sold))
    assert life.set_aside(goods) == 2
    assert life.offered(goods, 7) == 7
    assert [subject for subject, _ in life.mails(sold, 2)] == [
        f"Confirmation of order {sold.number}",
        f"Your order {sold.number} is being packed",
    ]
    assert life.staff.order(sold.number).count(f"Invoice {number}") == 1
    assert systems.parked() == []


@pytest.mark.parametrize("name", _ON_THE_WAY_BACK)
def test_killed_on_the_way_back_when(systems: Systems, life: Life, name: str) -> None:
    cut, before = _ON_THE_WAY_BACK[name], systems.lost()
    goods = life.goods(on_hand=9)
    sold = life.buy(goods, 2)
    life.status(sold, "Being processed")
    total = life.total(sold)
    life.assert_books(sold, total)
    systems.lose_answer(cut.system, cut.call)
    life.staff.set_status(sold.number, "Cancelled")
    _kill_and_start(systems, life, sold, cut, before)

    assert life.becomes(lambda: life.living(sold), []) == []
    assert life.offered(goods, 9) == 9
    life.assert_books(sold, Decimal(0))
    assert [amount for _, amount in life.papers(sold)] == [total, -total]
    assert len(life.sales(sold)) == 1
    assert life.set_aside(goods) == 0
    note = life.papers(sold)[1][0]
    assert life.becomes(lambda: note in life.staff.order(sold.number), wanted=True)
    assert systems.parked() == []
